import { MqttClient } from "mqtt-mooring";

window.contestant = {
  connect: async ({ url, clientId, version, durable, clean, onMessage }) => {
    const client = new MqttClient({
      url, clientId, protocolVersion: version, keepAlive: 0, reconnect: { minDelay: 0.05, jitter: false },
      ...(durable ? { durable, sessionKey: clientId } : { cleanSession: clean }),
    });
    client.on("messageIn", ({ topic, payload }) => onMessage(topic, payload));
    await client.connect();
    return {
      subscribe: (qos) => client.subscribe("building/#", { qos }),
      publish: (topic, payload, qos) => client.publish(topic, payload, { qos }),
      close: () => client.disconnect(),
      save: () => client.saveSession(),
      restore: (text) => {
        const other = new MqttClient({ url, clientId });
        const since = performance.now();
        other.restoreSession(text);
        const ms = performance.now() - since;
        const messages = other.outgoingMessages.length;
        other.free();
        return { ms, messages };
      },
    };
  },
};
