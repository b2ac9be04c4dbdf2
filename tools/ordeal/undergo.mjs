// A world, from its beginning to its end: lets the faults strike, waits until all is settled, and has everything checked.
import { createRandom } from "../proxy/random.mjs";
import { Violations } from "./check/violations.mjs";
import { inflict, nothingDone, schedule } from "./faults.mjs";
import { Stalled } from "./progress.mjs";

/**
 * @typedef {object} Faults
 * @property {import("./faults.mjs").Counts} counts
 * @property {import("./faults.mjs").CutKind[]} cutKinds each as likely
 * @property {number} messages each way
 * @property {number} minutes after which no more faults strike
 * @property {number} seed
 */

/**
 * @param {import("./world.mjs").World} world is closed at the end
 * @param {Faults} faults
 * @param {(line: string) => void} say is told how far it is
 */
export const undergo = async (world, { counts, cutKinds, messages, minutes, seed }, say) => {
  const since = Date.now();
  const { proxy, progress } = world;
  try {
    await world.begin();
    const faults = schedule(counts, createRandom(seed), cutKinds);
    const violations = new Violations();
    const tellEvery = Math.max(1, Math.floor(faults.length / 20));
    const done = nothingDone();
    let struck = 0;
    await inflict({
      ...world, faults, count: messages, done,
      isOver: () => Date.now() - since > minutes * 60_000,
      onFault: () => {
        struck += 1;
        if (struck % tellEvery !== 0) return;
        const kinds = Object.keys(counts).map((kind) => `${done[/** @type {keyof typeof done} */ (kind)]} × ${kind}`);
        say(`  ${Math.round((Date.now() - since) / 1000)} s: ${kinds.join(", ")}; ${progress.least} messages through each way`);
      },
    }).catch((error) => {
      if (!(error instanceof Stalled)) throw error;
      violations.add("stalled", error.message, proxy.log.slice(-12));
      world.release(messages);
    });
    const verdict = await world.verdict(messages, violations);
    return { ...world.names, seconds: Math.round((Date.now() - since) / 1000), complete: struck === faults.length, done, ...verdict };
  } finally {
    await world.close();
  }
};
