import { MqttClient } from "mqtt-mooring";

window.contestant = {
  connect: async ({ url, clientId, version, durable, clean, onMessage }) => {
    const client = new MqttClient({
      url, clientId, protocolVersion: version, keepAlive: 0,
      ...(durable ? { durable, sessionKey: clientId } : { cleanSession: clean }),
      // In 3.1.1 the default is 20.
      inflightWindow: 65_535,
    });
    client.on("messageIn", ({ topic, payload }) => onMessage(topic, payload));
    await client.connect();
    return {
      subscribe: (filter, qos) => client.subscribe(filter, { qos }),
      publish: (topic, payload, qos) => client.publish(topic, payload, { qos }),
    };
  },
};
