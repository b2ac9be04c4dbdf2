import mqtt from "mqtt";

window.contestant = {
  connect: async ({ url, clientId, version, clean, onMessage }) => {
    const client = await mqtt.connectAsync(url, { clientId, protocolVersion: version === "5" ? 5 : 4, clean, keepalive: 0, reconnectPeriod: 10 });
    client.on("message", onMessage);
    return {
      subscribe: (filter, qos) => client.subscribeAsync(filter, { qos }),
      publish: (topic, payload, qos) =>
        new Promise((resolve, reject) => {
          client.publish(topic, /** @type {any} */ (payload), { qos }, (error) => (error ? reject(error) : resolve(undefined)));
        }),
    };
  },
};
