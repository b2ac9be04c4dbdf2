// In the page, beside the contestant: receives and publishes with it, and takes the time. What it measures by is the same for all.

/** @typedef {import("../contestants/contestant.js").Connection} Connection */
/** @typedef {import("../contestants/contestant.js").QoS} QoS */

/** @type {Connection} */
let connection;

/** What has been received since it was armed. */
const received = { count: 0, bytes: 0, topicLength: 0, expected: Infinity, last: 0 };
let reached = () => {};

/** @param {string} topic @param {{ byteLength: number }} payload */
const onMessage = (topic, payload) => {
  received.count += 1;
  received.bytes += payload.byteLength;
  received.topicLength += topic.length;
  if (received.count !== received.expected) return;
  received.last = performance.now();
  reached();
};

/** @param {number} expected */
const arm = (expected) => {
  Object.assign(received, { count: 0, bytes: 0, topicLength: 0, expected, last: 0 });
  window.firstFrame = 0;
};

/** Who gets no further for so long will not. */
const STALLED_MS = 10_000;

/**
 * Resolves when it is told to, or when nothing has moved for some time.
 * @param {() => number} progress
 * @param {(resolve: () => void) => void} work
 */
const untilDone = (progress, work) =>
  new Promise((resolve) => {
    let before = -1;
    const timer = setInterval(() => {
      if (progress() === before) done();
      before = progress();
    }, STALLED_MS);
    const done = () => {
      clearInterval(timer);
      resolve(undefined);
    };
    work(done);
  });

/**
 * @typedef {object} Publishing
 * @property {number} count messages
 * @property {number} size of a payload, in bytes
 * @property {QoS} qos
 * @property {number} window messages unacknowledged at once
 * @property {string} [topic]
 */

/** Of the publishing that began last. */
let progress = { settled: 0, failed: "", ms: 0, latencies: /** @type {number[]} */ ([]) };

/** @param {Publishing} how @param {() => void} onEnd when all are settled, or one has failed */
const begin = ({ count, size, qos, window: most, topic = "building/7/temperature/set" }, onEnd = () => {}) => {
  const payload = new Uint8Array(size).fill(120);
  const own = { settled: 0, failed: "", ms: 0, latencies: /** @type {number[]} */ ([]) };
  progress = own;
  let sent = 0;
  let arrived = false;
  const since = performance.now();
  let last = since;
  const end = () => {
    own.ms = performance.now() - since;
    onEnd();
  };
  const done = () => {
    own.settled += 1;
    if (most === 1) {
      const now = performance.now();
      own.latencies.push(now - last);
      last = now;
    }
    if (own.settled < count) more();
    else if (qos > 0 || arrived) end();
  };
  /** @param {unknown} error */
  const failing = (error) => {
    own.failed ||= String(error);
    onEnd();
  };
  // Nothing acknowledges QoS 0: the server says when it has them all.
  if (qos === 0) {
    arm(1);
    reached = () => {
      arrived = true;
      if (own.settled === count) end();
    };
  }
  const more = () => {
    while (sent < count && sent - own.settled < most) {
      sent += 1;
      connection.publish(topic, payload, qos).then(done, failing);
    }
  };
  more();
};

window.bench = {
  /** @param {Omit<import("../contestants/contestant.js").ConnectOptions, "onMessage">} options */
  connect: async (options) => {
    connection = await window.contestant.connect({ ...options, onMessage });
  },
  close: async () => void (await connection.close()),
  /** @param {QoS} qos */
  subscribe: async (qos) => void (await connection.subscribe(qos)),
  arm,
  /** @param {number} expected */
  received: async (expected) => {
    await untilDone(
      () => received.count,
      (done) => {
        if (received.count >= expected) done();
        else reached = done;
      },
    );
    const { count, bytes, topicLength, last } = received;
    return { count, bytes, topicLength, ms: last - window.firstFrame };
  },
  /** @param {Publishing} how */
  publish: async (how) => {
    await untilDone(() => progress.settled, (done) => begin(how, done));
    return progress;
  },
  /** @param {Publishing} how */
  begin: (how) => begin(how),
  settled: () => progress.settled,
  /** @param {number} times */
  saveAndRestore: (times) => {
    const { save, restore } = connection;
    if (!save || !restore) throw new Error("this contestant saves nothing");
    /** @type {{ save: number[], restore: number[], messages: number }} */
    const taken = { save: [], restore: [], messages: 0 };
    for (let time = 0; time < times; time += 1) {
      const since = performance.now();
      const text = save();
      taken.save.push(performance.now() - since);
      const { ms, messages } = restore(text);
      taken.restore.push(ms);
      taken.messages = messages;
    }
    return taken;
  },
};
