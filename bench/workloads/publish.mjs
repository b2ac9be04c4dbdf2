// Publish: pipelined, as many messages unacknowledged as the window allows, while the sink acknowledges all of a frame in one; or one at a
// time, each when the last one has been acknowledged.
import { quantile } from "../statistics.mjs";

/** @typedef {import("./workload.js").World} World */
/** @typedef {import("./workload.js").Cell} Cell */
/** @typedef {import("./workload.js").Outcome} Outcome */
/** @typedef {import("../server/packets.mjs").QoS} QoS */
/** @typedef {{ count: number, size: number, qos: QoS, window: number }} Given */
/** @typedef {{ settled: number, failed: string, ms: number, latencies: number[] }} Published as the page tells */

export const WINDOW = 1000;
export const SIZE = 100;

/** @param {World} world @param {Given} given @returns {Promise<Published>} */
export const publishInPage = ({ page }, given) => page.evaluate((how) => window.bench.publish(how), given);

/** @param {Published} got @param {number} arrived @param {number} count @returns {{ wrong: string } | null} */
export const faultOf = ({ settled, failed, ms }, arrived, count) => {
  if (failed) return { wrong: failed };
  if (ms === 0 && settled === count) return { wrong: "nothing came back" };
  return settled === count && arrived === count ? null : { wrong: `${Math.min(settled, arrived)} of ${count}` };
};

/** @param {World} world @param {Given} given @param {string} [clientId] */
export const publish = async (world, given, clientId = world.clientId) => {
  await world.server.expect(clientId, given.count);
  const got = await publishInPage(world, given);
  const { published } = await world.server.standing(clientId);
  return { got, wrong: faultOf(got, published, given.count) };
};

/** @param {World} world @param {Given} given @param {string} [clientId] @returns {Promise<Outcome>} */
export const pipelined = async (world, given, clientId) => {
  const { got, wrong } = await publish(world, given, clientId);
  return wrong ?? { value: given.count / (got.ms / 1000) };
};

/** @param {World} world */
export const prepare = async (world) => {
  await world.open();
  await world.connect();
  await pipelined(world, { count: 2_000, size: SIZE, qos: 1, window: WINDOW });
};

/** @param {QoS} qos */
export const nameOf = (qos) => `QoS ${qos} · ${SIZE} B · window ${WINDOW}`;

/** @type {Array<import("../contestants.mjs").Ability[]>} by QoS */
const NEEDS = [["publish QoS 0"], [], ["QoS 2"]];
const COUNTS = [10_000, 8_000, 3_000];

/** @param {QoS} qos @returns {Cell} */
const cell = (qos) => ({
  rows: [{ name: nameOf(qos), unit: "messages/s" }],
  needs: NEEDS[qos],
  measure: async (world) => {
    const given = { count: COUNTS[qos], size: SIZE, qos, window: WINDOW };
    await pipelined(world, { ...given, count: 500 });
    return [await pipelined(world, given)];
  },
});

/** @type {import("./workload.js").Workload} */
export const publishing = {
  name: "publish",
  title: "Publish, pipelined",
  about:
    "From the first call to the promise of the last message: its acknowledgement; at QoS 0 until the server has them all. At most 1,000 are unacknowledged; the server " +
    "answers all packets of a frame in one frame.",
  rounds: Infinity,
  prepare,
  cells: () => [cell(0), cell(1), cell(2)],
};

/** @param {QoS} qos @returns {Cell} */
const single = (qos) => ({
  rows: [{ name: `QoS ${qos}, p50`, unit: "ms" }, { name: `QoS ${qos}, p99`, unit: "ms" }],
  needs: NEEDS[qos],
  measure: async (world) => {
    const { got, wrong } = await publish(world, { count: 200, size: SIZE, qos, window: 1 });
    return wrong ? [wrong, wrong] : [{ value: quantile(got.latencies, 0.5) }, { value: quantile(got.latencies, 0.99) }];
  },
});

/** @type {import("./workload.js").Workload} */
export const oneAtATime = {
  name: "latency",
  title: "Publish, one at a time",
  about: `From the call to the promise of each of 200 messages of ${SIZE} B, one after the other: its acknowledgement; at QoS 0 its being handed to the socket.`,
  rounds: Infinity,
  prepare,
  cells: () => [single(0), single(1), single(2)],
};
