// An independent client (npm mqtt, over TCP) at a block's broker: subscribed to everything, and it says what it is told to.
import { once, EventEmitter } from "node:events";
import mqtt from "mqtt";

/** @typedef {Awaited<ReturnType<typeof startFarEnd>>} FarEnd */

/** @param {number} port */
export const startFarEnd = async (port) => {
  const client = await mqtt.connectAsync({ host: "127.0.0.1", port, protocolVersion: 5, clientId: "far-end", reconnectPeriod: 0 });
  /** @type {Array<{ topic: string, payload: string }>} */
  const came = [];
  /** @type {Map<string, string>} */
  const answers = new Map();
  const news = new EventEmitter();
  client.on("message", (topic, bytes, { properties }) => {
    came.push({ topic, payload: bytes.toString() });
    const answer = answers.get(topic);
    const { responseTopic, correlationData } = properties ?? {};
    if (answer !== undefined && responseTopic) client.publish(responseTopic, answer, { properties: { correlationData } });
    news.emit("message");
  });
  await client.subscribeAsync("#", { qos: 2 });
  return {
    /**
     * @param {string} topic
     * @param {string} payload
     * @param {{ qos?: 0 | 1 | 2, retain?: boolean }} [options]
     */
    publish: async (topic, payload, options = {}) => void (await client.publishAsync(topic, payload, options)),
    /**
     * @param {string} topic
     * @param {number} [count]
     */
    received: async (topic, count = 1) => {
      for (;;) {
        const payloads = came.filter((message) => message.topic === topic).map(({ payload }) => payload);
        if (payloads.length >= count) return payloads;
        await once(news, "message");
      }
    },
    /**
     * @param {string} topic
     * @param {string} payload
     */
    answer: async (topic, payload) => void answers.set(topic, payload),
    stop: () => client.endAsync(true),
  };
};
