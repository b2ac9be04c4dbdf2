// Receive: the source sends prepared frames, and the page counts what its handler is given.
import { TOPICS } from "../server/packets.mjs";

/** @typedef {import("./workload.js").World} World */
/** @typedef {import("./workload.js").Cell} Cell */
/** @typedef {import("../server/source.mjs").Given} Given */
/** @typedef {import("../server/packets.mjs").QoS} QoS */

/**
 * The page gets `count` messages from wherever `send` sends them.
 * @param {World} world
 * @param {{ count: number, size: number, qos: QoS }} what
 * @param {() => Promise<number | void>} send fulfilled with how many were acknowledged
 * @returns {Promise<import("./workload.js").Outcome>}
 */
export const receiveFrom = async ({ page }, { count, size, qos }, send) => {
  await page.evaluate((expected) => window.bench.arm(expected), count);
  const sent = send();
  /** @type {{ count: number, bytes: number, topicLength: number, ms: number }} */
  const got = await page.evaluate((expected) => window.bench.received(expected), count);
  if (got.count !== count) return { wrong: `${got.count} of ${count}` };
  const acknowledged = await sent;
  if (qos > 0 && acknowledged !== count) return { wrong: `${acknowledged} of ${count} acknowledged` };
  if (got.bytes !== count * size || got.topicLength !== count * TOPICS[0].length) return { wrong: `${got.bytes} bytes of ${count * size}` };
  return { value: count / (got.ms / 1000) };
};

/** @param {World} world @param {Given} given */
export const receive = (world, given) => receiveFrom(world, given, () => world.server.give(world.clientId, given));

/** So many messages of 100 bytes at each QoS before anything is measured, for the compilers of the browser to have seen all of it. */
const WARM_UP = [20_000, 2_000, 1_000];

/** @param {World} world */
export const prepareReceiving = async (world) => {
  await world.open();
  await world.connect();
  await world.page.evaluate((qos) => window.bench.subscribe(qos), world.contestant.lacks["QoS 2"] ? 1 : 2);
  await receive(world, { count: WARM_UP[0], size: 100, qos: 0, perFrame: 100 });
};

/** The one that budgets are about. */
export const MAIN = { count: 30_000, size: 100, qos: /** @type {QoS} */ (0), perFrame: 100 };

/** @param {Given} given */
export const nameOf = ({ qos, size, perFrame }) => `QoS ${qos} · ${size < 1024 ? `${size} B` : `${size / 1024} KiB`} · ${perFrame} a frame`;

/** By the size of a payload. @type {Record<number, number>} */
const COUNTS = { 32: 2_000, 100: 2_000, 1024: 2_000, 65536: 300 };

/** @param {Given} given @returns {Cell} */
const cell = (given) => ({
  rows: [{ name: nameOf(given), unit: "messages/s" }],
  needs: given.qos === 2 ? ["QoS 2"] : [],
  measure: async (world) => [await receive(world, given)],
});

/** @param {boolean} quick @returns {Given[]} */
const matrix = (quick) => {
  const sizes = quick ? [100] : [32, 100, 1024, 65536];
  const frames = quick ? [100] : [1, 10, 100];
  const all = /** @type {const} */ ([0, 1, 2]).flatMap((qos) => sizes.flatMap((size) => frames.map((perFrame) => ({ qos, size, perFrame, count: COUNTS[size] }))));
  return all.map((given) => (nameOf(given) === nameOf(MAIN) ? MAIN : given));
};

/** @type {import("./workload.js").Workload} */
export const receiving = {
  name: "receive",
  title: "Receive",
  about:
    "From the first frame to the last message that the handler is given. The server sends frames that were prepared before; " +
    "at QoS 1 and 2 up to 1,000 are unacknowledged.",
  rounds: Infinity,
  prepare: async (world) => {
    await prepareReceiving(world);
    for (const qos of /** @type {const} */ ([1, 2])) {
      if (qos === 1 || !world.contestant.lacks["QoS 2"]) await receive(world, { count: WARM_UP[qos], size: 100, qos, perFrame: 100 });
    }
  },
  cells: (quick) => matrix(quick).map(cell),
};
