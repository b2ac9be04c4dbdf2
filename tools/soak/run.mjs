// The soak: for so many minutes a page with a durable client that connects again by itself goes through random faults, of its link
// and of its own, while messages of QoS 2 go both ways.
import { memoryOf, watchMemory } from "../../tests/support/memory.mjs";
import { Violations } from "../ordeal/check/violations.mjs";
import { makeFault, nothingDone, strike } from "../ordeal/faults.mjs";
import { Stalled } from "../ordeal/progress.mjs";
import { openWorld } from "../ordeal/world.mjs";
import { createRandom } from "../proxy/random.mjs";
import { frozen, hidden, offline } from "./lifecycle.mjs";

/** @typedef {import("../ordeal/world.mjs").World} World */
/** @typedef {import("../proxy/random.mjs").Random} Random */
/** @typedef {import("../ordeal/faults.mjs").Kind | keyof typeof LIFECYCLE} Kind */

/** What strikes, all of it in random order, and then again. */
const KINDS = /** @type {Kind[]} */ ([
  "cut", "cut", "cut", "cut", "cut", "cut", "drop", "drop", "stall", "stall", "delay", "delay", "reload",
  "offline", "offline", "hide", "hide", "freeze", "freeze",
]);
const CUTS = /** @type {import("../proxy/rules.mjs").CutKind[]} */ (["reset", "reset", "reset", "close", "close", "half-close", "half-close", "half-close", "silence"]);

const CLIENT = {
  sessionKey: "ordeal", durable: true, sessionInUse: "wait",
  // A link that is silent is given up in seconds, and so is an attempt.
  reconnect: { minDelay: 0.01, maxDelay: 0.5 }, keepAlive: 2, timeout: 3,
};

/** So many messages go each way between two faults. */
const SHARE = 15;
const SLACK = 40;
const MOST_MS = 3000;
const TELL_MS = 10_000;

/** @param {number} ms */
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/**
 * Faults of the page's life. While the network is away its link breaks, or falls silent, and no other comes about. A page that is
 * hidden or frozen loses its link now and then, too.
 * @type {Record<"offline" | "hide" | "freeze", (world: World, random: Random, ms: number) => Promise<void>>}
 */
const LIFECYCLE = {
  offline: async ({ proxy, lives }, random, ms) => {
    // Without a network a page cannot even load its scripts, and nobody means that.
    await lives.loaded();
    await offline(lives.living, async () => {
      proxy.down = true;
      proxy.cut(random.between(0, 1) === 0 ? "reset" : "silence");
      await pause(ms);
      proxy.down = false;
    });
  },
  hide: ({ proxy, lives }, random, ms) => hidden(lives.living, () => cutPerhaps(proxy, random, ms)),
  freeze: ({ proxy, lives }, random, ms) => frozen(lives.living, () => cutPerhaps(proxy, random, ms)),
};

/** @param {World["proxy"]} proxy @param {Random} random @param {number} ms */
const cutPerhaps = async (proxy, random, ms) => {
  await pause(ms / 2);
  if (random.between(0, 1) === 0) proxy.cut("reset");
  await pause(ms / 2);
};

/**
 * All kinds in one random order after the other, the first one whole, until it is over.
 * @param {Random} random
 * @param {() => boolean} isOver
 */
function* shuffledAgainAndAgain(random, isOver) {
  for (let round = 1; ; round += 1) {
    for (const left = [...KINDS]; left.length > 0; ) {
      if (round > 1 && isOver()) return;
      yield left.splice(random.between(0, left.length - 1), 1)[0];
    }
  }
}

/** @typedef {Awaited<ReturnType<typeof runSoak>>} Report */

/**
 * @param {{ minutes: number, version: "3.1.1" | "5", seed: number, dist?: string }} parameters
 * @param {(line: string) => void} [say] is told how far it is
 */
export const runSoak = async (parameters, say = () => {}) => {
  const { minutes, version, seed } = parameters;
  const random = createRandom(seed);
  const world = await openWorld({ ...parameters, qos: 2, client: CLIENT, plainBrowser: true });
  const { proxy, lives, progress } = world;
  try {
    await watchMemory(world.browser.context);
    const since = Date.now();
    await world.begin();
    const violations = new Violations();
    const before = await memoryOf(lives.living);
    const done = { ...nothingDone(), offline: 0, hide: 0, freeze: 0 };
    let goal = 0;
    const more = () => {
      goal += SHARE;
      world.release(goal);
      return true;
    };
    let told = since;
    try {
      for (const kind of shuffledAgainAndAgain(random, () => Date.now() - since > minutes * 60_000)) {
        more();
        await progress.until(goal - SLACK);
        if (kind in LIFECYCLE) {
          const deed = /** @type {keyof typeof LIFECYCLE} */ (kind);
          await LIFECYCLE[deed](world, random, random.between(1, MOST_MS));
          done[deed] += 1;
        } else await strike(makeFault(/** @type {import("../ordeal/faults.mjs").Kind} */ (kind), random, CUTS), world, done, more);
        if (Date.now() - told < TELL_MS) continue;
        told = Date.now();
        say(`  ${Math.round((told - since) / 1000)} s: ${progress.least} messages through each way, ${proxy.opened - 1} reconnections; ${list(done)}`);
      }
    } catch (error) {
      if (!(error instanceof Stalled)) throw error;
      violations.add("stalled", error.message, proxy.log.slice(-12));
    }
    const verdict = await world.verdict(goal, violations);
    const after = await memoryOf(lives.living);
    return {
      parameters: { minutes, version, seed }, ...world.names, seconds: Math.round((Date.now() - since) / 1000),
      messages: goal, faults: done, reconnections: proxy.opened - lives.all.length, before, after, ...verdict,
    };
  } finally {
    await world.close();
  }
};

/** @param {Record<string, number>} done */
export const list = (done) => Object.entries(done).filter(([kind]) => kind !== "cutAtByte").map(([kind, count]) => `${count} × ${kind}`).filter((words) => !words.startsWith("0 ")).join(", ");
