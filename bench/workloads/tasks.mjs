// Tasks: the longest time for which a client keeps the page's main thread to itself.
import { longestTask } from "../trace.mjs";
import { pipelined, SIZE, WINDOW } from "./publish.mjs";
import { MAIN, prepareReceiving, receive } from "./receive.mjs";

/** @typedef {import("./workload.js").World} World */
/** @typedef {import("./workload.js").Outcome} Outcome */

const CATEGORIES = ["toplevel", "devtools.timeline", "disabled-by-default-devtools.timeline", "blink.user_timing"];

/** @param {World} world @param {() => Promise<Outcome>} work @returns {Promise<Outcome[]>} */
const traced = async ({ page }, work) => {
  const browser = /** @type {import("playwright-core").Browser} */ (page.context().browser());
  await browser.startTracing(page, { categories: CATEGORIES });
  await page.evaluate(() => void performance.mark("bench: begin"));
  const outcome = await work();
  await page.evaluate(() => void performance.mark("bench: end"));
  const trace = await browser.stopTracing();
  return ["value" in outcome ? { value: longestTask(JSON.parse(trace.toString("utf8")).traceEvents) } : outcome];
};

/** @type {import("./workload.js").Workload} */
export const tasks = {
  name: "tasks",
  title: "Longest task of the main thread",
  about:
    `While it receives ${MAIN.count.toLocaleString("en")} messages (QoS 0, 100 B, 100 a frame), and publishes 5,000 (QoS 1, 100 B, window 1,000), ` +
    "as the browser traces it.",
  rounds: 3,
  prepare: prepareReceiving,
  cells: () => [
    { rows: [{ name: "receiving", unit: "ms" }], needs: [], measure: (world) => traced(world, () => receive(world, MAIN)) },
    {
      rows: [{ name: "publishing", unit: "ms" }], needs: [],
      measure: async (world) => {
        const given = { size: SIZE, qos: /** @type {const} */ (1), window: WINDOW };
        await pipelined(world, { ...given, count: 2_000 });
        return traced(world, () => pipelined(world, { ...given, count: 5_000 }));
      },
    },
  ],
};
