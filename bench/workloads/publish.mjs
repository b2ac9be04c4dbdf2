// Publish, pipelined: as many messages unacknowledged as the window allows, and the sink acknowledges all of a frame in one.

/** @typedef {import("./workload.js").World} World */
/** @typedef {import("../server/packets.mjs").QoS} QoS */
/** @typedef {{ count: number, size: number, qos: QoS }} Given */

const DEADLINE_MS = 30_000;
const WINDOW = 1000;

/** @param {World} world @param {Given} given */
const publish = async ({ page, server, clientId }, given) => {
  const { count } = given;
  await server.expect(clientId, count);
  /** @type {{ settled: number, failed: string, ms: number }} */
  const got = await page.evaluate((how) => window.bench.publish(how), { ...given, window: WINDOW, deadlineMs: DEADLINE_MS });
  const { published } = await server.standing(clientId);
  if (got.failed) return { wrong: got.failed };
  if (got.settled !== count || published !== count) return { wrong: `${Math.min(got.settled, published)} of ${count}` };
  return { value: count / (got.ms / 1000) };
};

/** @param {Given} given */
const cell = (given) => ({
  name: `QoS ${given.qos} · ${given.size} B · window ${WINDOW}`,
  measure: (/** @type {World} */ world) => publish(world, given),
});

/** @type {import("./workload.js").Workload} */
export const publishing = {
  name: "publish",
  title: "Publish, pipelined",
  unit: "messages/s",
  better: "higher",
  prepare: async (world) => void (await publish(world, { count: 10_000, size: 100, qos: 1 })),
  cells: () => [cell({ count: 20_000, size: 100, qos: 1 })],
};
