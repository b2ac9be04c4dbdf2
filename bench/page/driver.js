// In the page, beside the contestant: receives and publishes with it, and takes the time. What it measures by is the same for all.

/** @typedef {import("../contestants/contestant.js").Connection} Connection */
/** @typedef {import("../contestants/contestant.js").QoS} QoS */

const TOPIC = "building/7/temperature/set";

/** @type {Connection} */
let connection;

/** What has been received since it was armed. */
const received = { count: 0, bytes: 0, topicLength: 0, expected: Infinity, first: 0, last: 0 };
let reached = () => {};

/** @param {string} topic @param {{ byteLength: number }} payload */
const onMessage = (topic, payload) => {
  if (received.count === 0) received.first = performance.now();
  received.count += 1;
  received.bytes += payload.byteLength;
  received.topicLength += topic.length;
  if (received.count !== received.expected) return;
  received.last = performance.now();
  reached();
};

/** @param {number} expected */
const arm = (expected) => Object.assign(received, { count: 0, bytes: 0, topicLength: 0, expected, first: 0, last: 0 });

/** @param {number} expected @param {number} deadlineMs */
const untilReceived = (expected, deadlineMs) =>
  new Promise((resolve) => {
    if (received.count >= expected) return resolve(undefined);
    const timer = setTimeout(resolve, deadlineMs);
    reached = () => {
      clearTimeout(timer);
      resolve(undefined);
    };
  });

/**
 * @typedef {object} Publishing
 * @property {number} count messages
 * @property {number} size of a payload, in bytes
 * @property {QoS} qos
 * @property {number} window messages unacknowledged at once
 * @property {number} deadlineMs
 */

/** @param {Publishing} how */
const publish = ({ count, size, qos, window: most, deadlineMs }) => {
  const payload = new Uint8Array(size).fill(120);
  let sent = 0;
  let settled = 0;
  let failed = "";
  const since = performance.now();
  return new Promise((resolve) => {
    const timer = setTimeout(() => end(), deadlineMs);
    const end = () => {
      clearTimeout(timer);
      resolve({ settled, failed, ms: performance.now() - since });
    };
    const done = () => {
      settled += 1;
      if (settled < count) more();
      else if (qos > 0) end();
    };
    // Nothing acknowledges QoS 0: the server says when it has them all.
    if (qos === 0) {
      arm(1);
      reached = end;
    }
    /** @param {unknown} error */
    const failing = (error) => {
      failed = String(error);
      end();
    };
    const more = () => {
      while (sent < count && sent - settled < most) {
        sent += 1;
        connection.publish(TOPIC, payload, qos).then(done, failing);
      }
    };
    more();
  });
};

window.bench = {
  /** @param {Omit<import("../contestants/contestant.js").ConnectOptions, "onMessage">} options */
  connect: async (options) => {
    connection = await window.contestant.connect({ ...options, onMessage });
  },
  /** @param {QoS} qos */
  subscribe: async (qos) => void (await connection.subscribe("building/#", qos)),
  arm: (/** @type {number} */ expected) => void arm(expected),
  /** @param {number} expected @param {number} deadlineMs */
  received: async (expected, deadlineMs) => {
    await untilReceived(expected, deadlineMs);
    const { count, bytes, topicLength, first, last } = received;
    return { count, bytes, topicLength, ms: last - first };
  },
  publish,
};
