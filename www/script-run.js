// @ts-check
// Runs one fault script at a time, step by step. A step may end the page: where the script stands is kept for the tab, and
// the page that comes after goes on. However a script ends, what it did to the server's proxy and to storage is undone.
import { emit } from "./bus.js";
import { embedded, isExactTowardsSubscribers } from "./faults.js";
import { tab } from "./keep.js";
import { clearFaults, emptyFiller } from "./script-steps.js";
import { SCRIPTS, scriptNamed } from "./scripts.js";
import { newClientId } from "./settings.js";

/** @typedef {import("./scripts.js").Script} Script */
/** @typedef {import("./scripts.js").Verdict} Verdict */

/**
 * What the page shows of the script that runs or ran last.
 * @typedef {object} Progress
 * @property {string} id
 * @property {string} clientId
 * @property {number} messages
 * @property {number} pauseMs between steps, for eyes to follow
 * @property {number} at the step that is done now, or that failed; all of them: it is through
 * @property {"running" | "done" | "failed"} state
 * @property {Verdict | null} verdict
 */

const KEY = "lab.script";

/** @type {Progress | null} */
let progress = null;
let stopping = new AbortController();

export const scriptProgress = () => progress;
export const isRunning = () => progress?.state === "running";

/** @param {Progress} now */
const become = (now) => {
  progress = now;
  tab.write(KEY, now);
  emit("script", { id: now.id, at: now.at, state: now.state });
};

/**
 * Why this script cannot run here; "" if it can.
 * @param {Script} script
 */
export const hindrance = (script) => {
  if (!embedded()) return "needs the broker of npm start";
  return script.exact && !isExactTowardsSubscribers() ? "aedes loses and doubles what it sends at QoS 2" : "";
};

/** @param {number} ms */
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/**
 * @param {Script} script
 * @param {Progress} from
 * @returns {Promise<Verdict>}
 */
const carryOn = async (script, from) => {
  stopping = new AbortController();
  const { clientId, messages } = from;
  const run = { clientId, messages, topic: `lab/${clientId}/script`, signal: stopping.signal };
  let { at } = from;
  try {
    for (; at < script.steps.length; at += 1) {
      const { act, endsPage } = script.steps[at];
      become({ ...from, at: endsPage ? at + 1 : at });
      await act(run);
      if (from.pauseMs > 0) await pause(from.pauseMs);
      run.signal.throwIfAborted();
    }
    const verdict = script.verdict(run);
    become({ ...from, at, state: "done", verdict });
    return verdict;
  } catch (error) {
    const words = error instanceof Error ? error.message : String(error);
    become({ ...from, at, state: "failed", verdict: { good: false, words } });
    throw error;
  } finally {
    await clearFaults();
  }
};

/**
 * Settles with the script's outcome; rejects if it could not be run to its end.
 * @param {string} id
 * @param {{ messages?: number, pauseMs?: number }} [how]
 * @returns {Promise<Verdict>}
 */
export const runScript = async (id, { messages = 5, pauseMs = 0 } = {}) => {
  const script = scriptNamed(id);
  if (!script) throw new Error(`There is no script "${id}": there are ${SCRIPTS.map((known) => known.id).join(", ")}.`);
  if (isRunning()) throw new Error("A script is running: stop it first, or wait for its end.");
  const reason = hindrance(script);
  if (reason !== "") throw new Error(`"${script.title}" cannot run here: it ${reason.startsWith("needs") ? reason : `does not with this broker, for ${reason}`}.`);
  return carryOn(script, { id, clientId: newClientId(), messages, pauseMs, at: 0, state: "running", verdict: null });
};

/** The step under way is given up; what it asked of the client may still happen. */
export const stopScript = () => stopping.abort(new Error("Stopped by you."));

/**
 * What the page before this one left: a script that goes on by itself, the outcome of one that is through, or one that was
 * left in the middle of something.
 * @returns {Promise<Verdict> | null} the end of a script that goes on
 */
export const goOnWithScript = () => {
  // A tab that was killed may have left storage full.
  emptyFiller();
  const kept = tab.read(KEY, /** @type {Progress | null} */ (null));
  const script = kept && scriptNamed(kept.id);
  if (!kept || !script) return null;
  if (kept.state !== "running") {
    progress = kept;
    return null;
  }
  if (script.steps[kept.at - 1]?.endsPage) return carryOn(script, kept);
  become({ ...kept, state: "failed", verdict: { good: false, words: "The page was left in the middle of it." } });
  void clearFaults().catch(() => {});
  return null;
};
