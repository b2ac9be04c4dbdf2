// What durability costs: the same pipelined publishing with the session in memory and in localStorage.
import { pipelined, SIZE, WINDOW } from "./publish.mjs";

/** @typedef {import("./workload.js").World} World */
/** @typedef {import("./workload.js").Cell} Cell */
/** @typedef {import("../server/packets.mjs").QoS} QoS */

const COUNT = 3_000;
const WARM_UP = 1_000;

/** @param {QoS} qos @param {boolean} durable */
export const nameOf = (qos, durable) => `QoS ${qos} · ${durable ? "in localStorage" : "in memory"}`;

/** @param {QoS} qos @param {boolean} durable @returns {Cell} */
const cell = (qos, durable) => ({
  rows: [{ name: nameOf(qos, durable), unit: "messages/s" }],
  needs: ["storage", ...(durable ? [] : /** @type {const} */ (["memory"])), ...(qos === 2 ? /** @type {const} */ (["QoS 2"]) : [])],
  measure: async (world) => {
    const clientId = `${world.clientId}-${qos}${durable ? "d" : "m"}`;
    await world.connect({ clientId, durable, clean: false });
    const given = { count: COUNT, size: SIZE, qos, window: WINDOW };
    const warmUp = await pipelined(world, { ...given, count: WARM_UP }, clientId);
    const outcome = "wrong" in warmUp ? warmUp : await pipelined(world, given, clientId);
    await world.page.evaluate(() => window.bench.close());
    return [outcome];
  },
});

/** @type {import("./workload.js").Workload} */
export const durability = {
  name: "durable",
  title: "Publish, durable",
  about: `As above, ${SIZE} B, window 1,000. MQTT.js has no store for browsers: its own one in memory was made to write each packet to localStorage, too.`,
  rounds: Infinity,
  prepare: (world) => world.open(),
  cells: () => /** @type {const} */ ([1, 2]).flatMap((qos) => [cell(qos, false), cell(qos, true)]),
};
