// The far ends, independent of the client under test: MQTT.js over plain TCP, never cut (but for a broker that is restarted).
// One counts what left the browser, one numbers what goes in.
import { randomUUID } from "node:crypto";
import { EventEmitter } from "node:events";
import mqtt from "mqtt";
import { numberOf } from "../../tests/support/counting.mjs";

/** @typedef {import("../broker.mjs").Version} Version */

/** So many of the publisher's messages are unacknowledged at once: fewer than any broker's Receive Maximum. */
const AT_ONCE = 10;

/** @typedef {{ port: number, version: Version, topic: string, reconnects: boolean }} Far */

/**
 * @param {Far} far
 * @param {string} clientId
 */
const connect = ({ port, version, reconnects }, clientId) =>
  mqtt.connectAsync({
    host: "127.0.0.1", port, clientId, clean: false, reconnectPeriod: reconnects ? 20 : 0,
    ...(version === "5" ? { protocolVersion: 5, properties: { sessionExpiryInterval: 3600 } } : { protocolVersion: 4 }),
  });

/**
 * A subscriber with a session of its own, at QoS 2. Emits "message".
 * @param {Far} far
 */
export const startSubscriber = async (far) => {
  const client = await connect(far, "ordeal-subscriber");
  const events = new EventEmitter();
  const markerTopic = `ordeal-marker/${randomUUID()}`;
  /** @type {number[]} */
  const numbers = [];
  /** @type {Set<number>} */
  const different = new Set();
  client.on("message", (from, payload) => {
    if (from === markerTopic) return void events.emit("marker");
    numbers.push(numberOf(payload));
    different.add(numbers[numbers.length - 1]);
    events.emit("message");
  });
  await client.subscribeAsync({ [far.topic]: { qos: 2 }, [markerTopic]: { qos: 2 } });
  return Object.assign(events, {
    numbers,
    different,
    /** Resolves when everything that the broker had before this call has come. */
    caughtUp: async () => {
      const seen = new Promise((resolve) => events.once("marker", resolve));
      await client.publishAsync(markerTopic, "", { qos: 2 });
      await seen;
    },
    stop: () => client.endAsync(true),
  });
};

/**
 * A publisher that goes as far as its goal allows, in order.
 * @param {Far & { qos: 1 | 2 }} far
 */
export const startPublisher = async ({ qos, ...far }) => {
  const client = await connect(far, "ordeal-publisher");
  let next = 1;
  let goal = 0;
  let unacknowledged = 0;
  /** Resolves a wait for nothing unacknowledged. */
  let quiet = () => {};
  const pump = () => {
    while (next <= goal && unacknowledged < AT_ONCE) {
      unacknowledged += 1;
      client.publish(far.topic, `${next} ${"y".repeat((next * 104_729) % 89)}`, { qos }, () => {
        unacknowledged -= 1;
        if (unacknowledged === 0) quiet();
        pump();
      });
      next += 1;
    }
  };
  return {
    /** @param {number} higher */
    setGoal: (higher) => {
      goal = higher;
      pump();
    },
    /** Publishes nothing more, until the next goal is set, and resolves when all is acknowledged. */
    pause: async () => {
      goal = 0;
      if (unacknowledged > 0) await new Promise((resolve) => (quiet = () => resolve(undefined)));
    },
    stop: () => client.endAsync(true),
  };
};
