// Heap: what a page takes up after a million messages against what it took up after ten thousand.
import { memoryOf, watchMemory } from "../../tests/support/memory.mjs";
import { receive } from "./receive.mjs";

const FIRST = 10_000;
const LAST = 1_000_000;

/** @param {number} messages */
const growthTo = (messages) => `growth to ${messages.toLocaleString("en")}`;
export const GROWTH = growthTo(LAST);

/** @param {boolean} quick @returns {import("./workload.js").Cell} */
const cell = (quick, last = quick ? LAST / 10 : LAST) => ({
  rows: [{ name: "after 10,000", unit: "KiB" }, { name: growthTo(last), unit: "KiB" }],
  needs: [],
  measure: async (world) => {
    const given = { size: 100, qos: /** @type {const} */ (0), perFrame: 100 };
    const total = async () => {
      const { heap, wasm } = await memoryOf(world.page);
      return (heap + wasm) / 1024;
    };
    await receive(world, { ...given, count: FIRST });
    const early = await total();
    const outcome = await receive(world, { ...given, count: last - FIRST });
    const late = await total();
    return "value" in outcome ? [{ value: early }, { value: late - early }] : [outcome, outcome];
  },
});

/** @type {import("./workload.js").Workload} */
export const heap = {
  name: "heap",
  title: "Heap after many messages",
  about:
    "The JavaScript heap after a collection and the WebAssembly memory, together; QoS 0, 100 B, 100 a frame. The growth is from what it was after " +
    "the first 10,000 messages.",
  rounds: 1,
  before: ({ page }) => watchMemory(page.context()),
  prepare: async ({ page, open, connect }) => {
    await open();
    await connect();
    await page.evaluate(() => window.bench.subscribe(0));
  },
  cells: (quick) => [cell(quick)],
};
