import Paho from "paho-mqtt";

window.contestant = {
  connect: async ({ url, clientId, clean, onMessage }) => {
    const client = new Paho.Client(url, clientId);
    client.onMessageArrived = (message) => onMessage(message.destinationName, /** @type {Uint8Array} */ (message.payloadBytes));
    /** @type {Map<Paho.Message, () => void>} the published ones that are not delivered */
    const open = new Map();
    client.onMessageDelivered = (message) => {
      open.get(message)?.();
      open.delete(message);
    };
    await new Promise((resolve, reject) => {
      client.connect({ mqttVersion: 4, cleanSession: clean, reconnect: true, onSuccess: resolve, onFailure: ({ errorMessage }) => reject(new Error(errorMessage)) });
    });
    return {
      subscribe: (qos) =>
        new Promise((resolve, reject) => {
          client.subscribe("building/#", { qos, onSuccess: resolve, onFailure: ({ errorMessage }) => reject(new Error(errorMessage)) });
        }),
      publish: (topic, payload, qos) => {
        const message = new Paho.Message(payload);
        message.destinationName = topic;
        message.qos = qos;
        return new Promise((resolve) => {
          open.set(message, () => resolve(undefined));
          client.send(message);
        });
      },
      close: () => client.disconnect(),
    };
  },
};
