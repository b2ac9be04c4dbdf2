import client from "u8-mqtt";

window.contestant = {
  connect: async ({ url, clientId, onMessage }) => {
    const mqtt = client({ keep_alive: 0, log_conn() {} }).with_websock(url);
    await mqtt.connect({ client_id: clientId, keep_alive: 0 });
    return {
      subscribe: async (qos) => {
        mqtt.on_topic("building/*", ({ topic, payload }) => onMessage(topic, payload));
        await mqtt.subscribe({ topics: [{ topic: "building/#", opts: { qos } }] });
      },
      publish: async (topic, payload, qos) => {
        const answer = await mqtt.pub({ topic, payload, qos });
        // It gives up after some seconds, and fulfils its promise all the same.
        if (qos > 0 && answer[1] === "expired") throw new Error("u8-mqtt gave it up as expired");
      },
      close: () => mqtt.disconnect(),
    };
  },
};
