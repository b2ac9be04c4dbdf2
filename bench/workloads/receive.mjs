// Receive: the source sends prepared frames, and the page counts what its handler is given.
import { TOPICS } from "../server/packets.mjs";

/** @typedef {import("./workload.js").World} World */
/** @typedef {import("../server/source.mjs").Given} Given */

const DEADLINE_MS = 30_000;
const WARM_UP = 20_000;

/** @param {World} world @param {Given} given */
const receive = async ({ page, server, clientId }, given) => {
  const { count, size } = given;
  await page.evaluate((expected) => window.bench.arm(expected), count);
  await server.give(clientId, given);
  /** @type {{ count: number, bytes: number, topicLength: number, ms: number }} */
  const got = await page.evaluate(([expected, deadline]) => window.bench.received(expected, deadline), [count, DEADLINE_MS]);
  if (got.count !== count) return { wrong: `${got.count} of ${count}` };
  if (got.bytes !== count * size || got.topicLength !== count * TOPICS[0].length) return { wrong: `${got.bytes} bytes` };
  return { value: count / (got.ms / 1000) };
};

/** @param {World} world */
const prepare = async (world) => {
  await world.page.evaluate(() => window.bench.subscribe(2));
  for (const qos of /** @type {const} */ ([0, 1, 2])) await receive(world, { count: WARM_UP / (qos + 1) - (WARM_UP / (qos + 1)) % 100, size: 100, qos, perFrame: 100 });
};

/** @param {Given} given */
const cell = (given) => ({
  name: `QoS ${given.qos} · ${given.size} B · ${given.perFrame} a frame`,
  measure: (/** @type {World} */ world) => receive(world, given),
});

/** @type {import("./workload.js").Workload} */
export const receiving = {
  name: "receive",
  title: "Receive",
  unit: "messages/s",
  better: "higher",
  prepare,
  cells: () => [cell({ count: 50_000, size: 100, qos: 0, perFrame: 100 })],
};
