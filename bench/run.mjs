// One run: rounds, in each of them every workload with every contestant, in a random order, each in a page of its own.
import { chromium } from "playwright-core";
import { startMosquitto } from "../tools/broker/mosquitto.mjs";
import { createRandom } from "../tools/proxy/random.mjs";
import { ensureChrome } from "../tools/setup.mjs";
import { FLAGS } from "../tests/support/browser.mjs";
import { bundle } from "./bundle.mjs";
import { startServer } from "./server/index.mjs";
import { serveSite } from "./site.mjs";

/** @typedef {import("./contestants.mjs").Contestant} Contestant */
/** @typedef {import("./contestants.mjs").Ability} Ability */
/** @typedef {import("./workloads/workload.js").Workload} Workload */
/** @typedef {import("./workloads/workload.js").Cell} Cell */
/** @typedef {import("./workloads/workload.js").Outcome} Outcome */
/** @typedef {import("./workloads/workload.js").World} World */

/**
 * @typedef {object} Result of one row, measured once
 * @property {number} round
 * @property {string} workload
 * @property {string} row
 * @property {string} contestant
 * @property {Outcome | { lacks: Ability }} outcome
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
 * @param {string} how.rows only those with this in their names
 * @param {(line: string) => void} how.onProgress
 */
export const runBench = async ({ rounds, seed, quick, contestants, workloads, rows, onProgress }) => {
  const random = createRandom(seed);
  const scripts = await bundle(contestants.map(({ name }) => name));
  const broker = workloads.some(({ needsBroker }) => needsBroker) ? await startMosquitto({ settings: ["max_inflight_messages 0"], persistent: false }) : null;
  const [server, site] = await Promise.all([startServer(), serveSite(scripts)]);
  const browser = await chromium.launch({ executablePath: await ensureChrome(), headless: true, args: FLAGS });
  /** @type {Result[]} */
  const results = [];
  /** Cells that were wrong once: nothing makes a figure of them. @type {Set<string>} */
  const failed = new Set();
  try {
    let expectedMs = 0;
    for (let round = 1; round <= rounds; round += 1) {
      for (const workload of workloads.filter((one) => round <= one.rounds)) {
        const since = Date.now();
        const order = shuffled(contestants, random);
        onProgress(`round ${round} of ${Math.min(rounds, workload.rounds)}, ${workload.name}: ${order.map(({ name }) => name).join(", ")}`);
        for (const contestant of order) {
          const cells = shuffled(workload.cells(quick).filter((cell) => cell.rows.some(({ name }) => name.includes(rows))), random);
          for (const cell of cells) {
            const lacks = lackOf(contestant, cell);
            if (lacks && round === 1) note(cell.rows.map(() => ({ lacks })), cell);
          }
          const able = cells.filter((cell) => !lackOf(contestant, cell) && !failed.has(keyOf(cell)));
          if (able.length > 0) await inFreshPage(contestant, workload, able, `${contestant.name}-${workload.name}-${round}`, note);

          /** @param {Result["outcome"][]} outcomes @param {Cell} cell */
          function note(outcomes, cell) {
            for (const [index, outcome] of outcomes.entries()) {
              results.push({ round, workload: workload.name, row: cell.rows[index].name, contestant: contestant.name, outcome });
              if (!("wrong" in outcome)) continue;
              failed.add(keyOf(cell));
              onProgress(`  ${contestant.name}, ${cell.rows[index].name}: wrong (${outcome.wrong})`);
            }
          }
          /** @param {Cell} cell */
          function keyOf(cell) {
            return `${workload.name} ${contestant.name} ${cell.rows[0].name}`;
          }
        }
        if (round === 1) expectedMs += (Date.now() - since) * Math.min(rounds, workload.rounds);
      }
      if (round === 1 && rounds > 1) onProgress(`as it went so far, all rounds take ${Math.ceil(expectedMs / 60_000)} min`);
    }
    return { results, chromium: browser.version(), broker: broker?.name ?? null };
  } finally {
    await Promise.allSettled([browser.close(), server.stop(), site.stop(), broker?.stop()]);
  }

  /**
   * @param {Contestant} contestant
   * @param {Workload} workload
   * @param {Cell[]} cells
   * @param {string} clientId
   * @param {(outcomes: Outcome[], cell: Cell) => void} onMeasured
   */
  async function inFreshPage(contestant, workload, cells, clientId, onMeasured) {
    const context = await browser.newContext();
    const left = [...cells];
    /** @type {string[]} */
    const errors = [];
    try {
      context.on("weberror", (error) => errors.push(String(error.error())));
      const page = await context.newPage();
      /** @type {World} */
      const world = {
        page, contestant, server, broker, site: site.url, clientId,
        open: async () => {
          await page.goto(`${site.url}/page/${contestant.name}.html`);
          await page.evaluate(() => window.ready);
        },
        connect: ({ clientId: other = clientId, durable = false, clean = true } = {}) =>
          page.evaluate((options) => window.bench.connect(options), {
            url: workload.needsBroker && broker ? broker.url : server.url, clientId: other, version: contestant.version, durable, clean,
          }),
      };
      await workload.before?.(world);
      await workload.prepare(world);
      while (left.length > 0) {
        const outcomes = await left[0].measure(world);
        onMeasured(outcomes, left[0]);
        left.shift();
        // A client that has failed may have no connection left.
        if (left.length > 0 && outcomes.some((outcome) => "wrong" in outcome)) await workload.prepare(world);
      }
    } catch (error) {
      const wrong = [/** @type {Error} */ (error).message.split("\n")[0], ...errors.slice(0, 1)].join("; ");
      for (const cell of left) onMeasured(cell.rows.map(() => ({ wrong })), cell);
    } finally {
      await server.forget(clientId);
      await context.close();
    }
  }
};

/** @param {Contestant} contestant @param {Cell} cell @returns {Ability | undefined} */
const lackOf = (contestant, cell) => cell.needs.find((ability) => contestant.lacks[ability] !== undefined);
