// What its entry loads first, in Node's place; the client is then loaded by itself, for the rest of aws-crt is no part of it.
import "aws-crt/dist.browser/browser/polyfills.js";
import { ClientSessionBehavior, Mqtt5Client, Mqtt5WebsocketUrlFactoryType, QoS } from "aws-crt/dist.browser/browser/mqtt5.js";

window.contestant = {
  connect: async ({ url, clientId, clean, onMessage }) => {
    const { hostname, port } = new URL(url);
    const client = new Mqtt5Client({
      hostName: hostname,
      port: Number(port),
      sessionBehavior: clean ? ClientSessionBehavior.Clean : ClientSessionBehavior.RejoinPostSuccess,
      minReconnectDelayMs: 50,
      maxReconnectDelayMs: 50,
      connectProperties: { clientId, keepAliveIntervalSeconds: 600 },
      websocketOptions: { urlFactoryOptions: { urlFactory: Mqtt5WebsocketUrlFactoryType.Custom, customUrlFactory: () => url } },
    });
    client.on("messageReceived", ({ message }) => onMessage(message.topicName, /** @type {ArrayBuffer} */ (message.payload)));
    await new Promise((resolve, reject) => {
      client.on("connectionSuccess", resolve);
      client.on("connectionFailure", ({ error }) => reject(error));
      client.start();
    });
    return {
      subscribe: (qos) => client.subscribe({ subscriptions: [{ topicFilter: "building/#", qos: qos === 0 ? QoS.AtMostOnce : QoS.AtLeastOnce }] }),
      publish: (topicName, payload, qos) => client.publish({ topicName, payload, qos: qos === 0 ? QoS.AtMostOnce : QoS.AtLeastOnce }),
      close: () => client.stop(),
    };
  },
};
