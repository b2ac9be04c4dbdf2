// One run: rounds, in each of them every workload with every contestant, in a random order, each in a page of its own.
import { chromium } from "playwright-core";
import { createRandom } from "../tools/proxy/random.mjs";
import { ensureChrome } from "../tools/setup.mjs";
import { FLAGS } from "../tests/support/browser.mjs";
import { bundle } from "./bundle.mjs";
import { startServer } from "./server/index.mjs";
import { serveSite } from "./site.mjs";

/** @typedef {import("./contestants.mjs").Contestant} Contestant */
/** @typedef {import("./workloads/workload.js").Workload} Workload */
/** @typedef {import("./workloads/workload.js").Outcome} Outcome */

/**
 * @typedef {object} Result of one cell, measured once
 * @property {number} round
 * @property {string} workload
 * @property {string} cell
 * @property {string} contestant
 * @property {Outcome} outcome
 */

/**
 * @template T
 * @param {T[]} list
 * @param {import("../tools/proxy/random.mjs").Random} random
 * @returns {T[]} the same in a random order
 */
export const shuffled = (list, random) => {
  const order = [...list];
  for (let last = order.length - 1; last > 0; last -= 1) {
    const other = random.between(0, last);
    [order[last], order[other]] = [order[other], order[last]];
  }
  return order;
};

/**
 * @param {object} how
 * @param {number} how.rounds
 * @param {number} how.seed
 * @param {boolean} how.quick
 * @param {Contestant[]} how.contestants
 * @param {Workload[]} how.workloads
 * @param {(line: string) => void} how.onProgress
 */
export const runBench = async ({ rounds, seed, quick, contestants, workloads, onProgress }) => {
  const random = createRandom(seed);
  const scripts = await bundle(contestants.map(({ name }) => name));
  const [server, site] = await Promise.all([startServer(), serveSite(scripts)]);
  const browser = await chromium.launch({ executablePath: await ensureChrome(), headless: true, args: FLAGS });
  /** @type {Result[]} */
  const results = [];
  try {
    for (let round = 1; round <= rounds; round += 1) {
      for (const workload of workloads) {
        const order = shuffled(contestants, random);
        onProgress(`round ${round} of ${rounds}, ${workload.name}: ${order.map(({ name }) => name).join(", ")}`);
        for (const contestant of order) {
          const cells = shuffled(workload.cells(quick), random);
          const measured = await inFreshPage(contestant, workload, cells, `${contestant.name}-${workload.name}-${round}`);
          for (const { cell, outcome } of measured) results.push({ round, workload: workload.name, cell, contestant: contestant.name, outcome });
        }
      }
    }
    return { results, chromium: browser.version() };
  } finally {
    await Promise.allSettled([browser.close(), server.stop(), site.stop()]);
  }

  /**
   * @param {Contestant} contestant
   * @param {Workload} workload
   * @param {ReturnType<Workload["cells"]>} cells
   * @param {string} clientId
   */
  async function inFreshPage(contestant, workload, cells, clientId) {
    const context = await browser.newContext();
    try {
      const page = await context.newPage();
      await page.goto(`${site.url}/page/${contestant.name}.html`);
      await page.evaluate(() => window.ready);
      const { version } = contestant;
      await page.evaluate((options) => window.bench.connect(options), { url: server.url, clientId, version, durable: false, clean: true });
      const world = { page, contestant, server, clientId };
      await workload.prepare(world);
      const measured = [];
      for (const { name, measure } of cells) measured.push({ cell: name, outcome: await measure(world) });
      return measured;
    } catch (error) {
      const outcome = { wrong: /** @type {Error} */ (error).message.split("\n")[0] };
      return cells.map(({ name }) => ({ cell: name, outcome }));
    } finally {
      await server.forget(clientId);
      await context.close();
    }
  }
};
