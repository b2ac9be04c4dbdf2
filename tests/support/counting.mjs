// Independent counting over plain TCP with MQTT.js: a subscriber that sees what really left the browser, a publisher
// that numbers what goes in. A message's number is what its payload begins with: "17" or "17 and then anything".
// Exactly once means: every number from 1 to count seen once, in order.
import { randomUUID } from "node:crypto";
import { EventEmitter } from "node:events";
import mqtt from "mqtt";

/** @typedef {import("../../tools/broker.mjs").Version} Version */

/**
 * @typedef {object} Tally
 * @property {number[]} missing
 * @property {number[]} doubled each as often as it came too often
 * @property {boolean} inOrder
 * @property {boolean} exact every number once, in order
 */

/** @param {Buffer | Uint8Array | string} payload */
export const numberOf = (payload) => Number.parseInt(Buffer.from(payload).toString("latin1"), 10);

/**
 * @param {number[]} numbers as they came
 * @param {number} count how many were sent: 1 to count
 * @returns {Tally}
 */
export const tally = (numbers, count) => {
  const seen = new Set(numbers);
  const missing = Array.from({ length: count }, (_, index) => index + 1).filter((number) => !seen.has(number));
  const doubled = numbers.filter((number, index) => numbers.indexOf(number) !== index);
  const inOrder = numbers.every((number, index) => index === 0 || numbers[index - 1] < number);
  const foreign = numbers.some((number) => !(number >= 1 && number <= count));
  return { missing, doubled, inOrder, exact: missing.length === 0 && doubled.length === 0 && inOrder && !foreign };
};

/**
 * @param {{ port: number, version?: Version, clientId?: string }} options
 */
const connect = ({ port, version = "3.1.1", clientId = `counting-${randomUUID().slice(0, 8)}` }) =>
  mqtt.connectAsync({
    host: "127.0.0.1", port, clientId, clean: true, reconnectPeriod: 0, protocolVersion: version === "5" ? 5 : 4,
  });

/** @typedef {{ number: number, topic: string, payload: Buffer, qos: number, retain: boolean, dup: boolean }} Received */

/**
 * Subscribes and counts.
 * @param {{ port: number, filter: string, qos?: 0 | 1 | 2, version?: Version }} options
 */
export const countingSubscriber = async ({ port, filter, qos = 2, version }) => {
  const client = await connect({ port, version });
  const arrivals = new EventEmitter();
  const markerTopic = `counting-marker/${randomUUID()}`;
  /** @type {Received[]} */
  const received = [];
  client.on("message", (topic, payload, packet) => {
    if (topic === markerTopic) return void arrivals.emit("marker", payload.toString());
    received.push({ number: numberOf(payload), topic, payload, qos: packet.qos, retain: packet.retain, dup: packet.dup });
    arrivals.emit("message");
  });
  await client.subscribeAsync({ [filter]: { qos }, [markerTopic]: { qos: 2 } });

  const numbers = () => received.map(({ number }) => number);
  return {
    received,
    numbers,

    /**
     * Resolves when this many different numbers have come.
     * @param {number} count
     * @param {number} [timeoutMs]
     */
    until: (count, timeoutMs = 20_000) =>
      new Promise((resolve, reject) => {
        const look = () => {
          if (new Set(numbers()).size < count) return;
          settle();
          resolve(undefined);
        };
        const settle = () => {
          clearTimeout(timer);
          arrivals.off("message", look);
        };
        const timer = setTimeout(() => {
          settle();
          reject(new Error(`${new Set(numbers()).size} of ${count} messages arrived in ${timeoutMs} ms: ${numbers().join(" ")}`));
        }, timeoutMs);
        arrivals.on("message", look);
        look();
      }),

    /**
     * What has arrived, once everything the broker took over before this call has: a marker of our own is sent
     * behind it and waited for.
     * @param {number} count
     */
    report: async (count) => {
      const marker = randomUUID();
      const passed = new Promise((resolve) => {
        /** @param {string} seen */
        const look = (seen) => {
          if (seen !== marker) return;
          arrivals.off("marker", look);
          resolve(undefined);
        };
        arrivals.on("marker", look);
      });
      await client.publishAsync(markerTopic, marker, { qos: 2 });
      await passed;
      return tally(numbers(), count);
    },

    stop: () => client.endAsync(true),
  };
};

/**
 * Publishes numbered messages; numbers go on from call to call.
 * @param {{ port: number, version?: Version }} options
 */
export const countingPublisher = async ({ port, version }) => {
  const client = await connect({ port, version });
  let last = 0;
  return {
    /**
     * Resolves when the broker has acknowledged all of them.
     * @param {string} topic
     * @param {number} count
     * @param {{ qos?: 0 | 1 | 2, retain?: boolean, pad?: number }} [options] `pad`: bytes added to each payload
     */
    send: async (topic, count, { qos = 2, retain = false, pad = 0 } = {}) => {
      for (let sent = 0; sent < count; sent += 1) {
        last += 1;
        await client.publishAsync(topic, pad > 0 ? `${last} ${"x".repeat(pad)}` : String(last), { qos, retain });
      }
      return last;
    },
    stop: () => client.endAsync(true),
  };
};
