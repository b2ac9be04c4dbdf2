// @ts-check
// The steps that fault scripts are made of, and how a step waits for what it is about: never for a time, always for
// something to be so, with an end to its patience.
import { sums } from "./account.js";
import { codeOf } from "./bus.js";
import { connect, current, forgetSession } from "./connection.js";
import { counted } from "./dom.js";
import { allClear, embedded, fault, isExactTowardsSubscribers, reloadNow } from "./faults.js";
import { leavePath } from "./guide.js";
import { storedNames, tab } from "./keep.js";
import { publishNumbered } from "./publishing.js";
import { fillIn, suggestTopics } from "./settings.js";
import { subscribe } from "./subscriptions.js";

/** @typedef {import("./scripts.js").Run} Run */
/** @typedef {import("./scripts.js").Step} Step */
/** @typedef {import("./scripts.js").Verdict} Verdict */
/** @typedef {import("../src/web/types.d.ts").QoS} QoS */

const LOOK_MS = 40;
const PATIENCE_MS = 30_000;
const LAST = "lab.script.last";
const FILLER = "lab.filler";
/** The most that is tried to be filled in at once, in characters. */
const LUMP = 2 ** 20;

/**
 * Resolves when it is so.
 * @param {() => unknown} holds
 * @param {string} what a sentence without its end, for when it does not come true
 * @param {AbortSignal} signal
 * @returns {Promise<void>}
 */
export const until = (holds, what, signal) =>
  new Promise((resolve, reject) => {
    const since = performance.now();
    const look = () => {
      if (signal.aborted) return settle(() => reject(signal.reason));
      try {
        if (holds()) return settle(resolve);
      } catch (error) {
        return settle(() => reject(error));
      }
      if (performance.now() - since > PATIENCE_MS) settle(() => reject(new Error(`${what}: that did not happen in ${PATIENCE_MS / 1000} s.`)));
    };
    const watch = setInterval(look, LOOK_MS);
    /** @param {() => void} end */
    const settle = (end) => {
      clearInterval(watch);
      end();
    };
    look();
  });

/** Nothing of an earlier script, or of a button, is in the way any more. */
export const clearFaults = async () => {
  emptyFiller();
  await allClear();
};

/**
 * A durable session under a new client id, subscribed to what the script publishes where the broker is exact. The session of the script before goes.
 * @param {Run} run
 * @param {{ keepAlive?: number }} [given]
 */
export const begin = async ({ clientId }, given = {}) => {
  await clearFaults();
  leavePath();
  const last = tab.read(LAST, "");
  // Another tab may have taken it over: then it is not ours to forget.
  if (last !== "") await forgetSession(last).catch(() => {});
  tab.write(LAST, clientId);
  suggestTopics(clientId);
  await connect({ url: embedded()?.brokerUrl, clientId, durable: true, reconnect: true, ...given });
  if (given.keepAlive !== undefined) fillIn({ keepAlive: undefined });
  // aedes keeps a session only for its subscriptions; what it sends while a link breaks would not be exact.
  await subscribe(`lab/${clientId}/${isExactTowardsSubscribers() ? "#" : "unused"}`, 2);
};

/**
 * @param {"pubrec" | "puback" | "pubrel"} type
 * @param {"after" | "before"} when
 * @returns {Step}
 */
export const armCut = (type, when) => ({
  say: `Tell the proxy: cut ${when} the first ${type.toUpperCase()}`,
  act: ({ clientId }) => fault({ action: "cut-at", clientId, type, when }),
});

/**
 * Does not wait for the outcomes: faults come before them. What becomes of each message is in the account.
 * @param {QoS} qos
 * @param {{ unheard?: true, messages?: number }} [how] `unheard`: to a topic that nobody has subscribed to
 * @returns {Step}
 */
export const publishing = (qos, { unheard, messages } = {}) => ({
  say: messages === undefined ? `Publish the messages at QoS ${qos}` : `Publish ${counted(messages, "message")} at QoS ${qos}`,
  act: (run) => {
    const topic = unheard ? `unheard/${run.clientId}` : run.topic;
    const before = sums().published;
    /** @type {unknown} */
    let failure;
    publishNumbered(messages ?? run.messages, { topic, qos }).catch((error) => (failure = error));
    const taken = () => {
      if (failure !== undefined) throw failure;
      return sums().published > before;
    };
    return until(taken, "The messages are published", run.signal);
  },
});

/** The client that the script began with has another connection than its first. @param {Run} run */
export const connectedAgain = ({ signal }) =>
  until(() => current()?.state === "connected" && (current()?.stats.connections ?? 0) > 1, "The client has a connection again", signal);

/** Connects; a page that was just left may still hold the session. @param {Run} run */
export const waitingToConnect = ({ clientId }) => connect({ clientId, durable: true }, "wait");

/** Every message has its outcome, and has come back where it is expected to. @param {Run} run */
export const finished = ({ signal }) =>
  until(
    () => {
      const { published, unfinished, underway } = sums();
      return published > 0 && unfinished + underway === 0;
    },
    "Every message has its outcome",
    signal,
  );

/** @param {Run} run @returns {Verdict} */
export const exactlyOnce = ({ messages }) => {
  const { arrived, lost, doubled, unknown, acknowledged } = sums();
  if (!isExactTowardsSubscribers()) {
    const all = acknowledged === messages && lost + unknown === 0;
    return { good: all, words: `${acknowledged} of ${messages} acknowledged, ${lost} lost. What this broker sends back is not exact, so it is not counted.` };
  }
  const good = arrived === messages && lost + doubled + unknown === 0;
  const words = good
    ? `${messages === 1 ? "The message" : `All ${messages}`} arrived, each exactly once.`
    : `${arrived} of ${messages} arrived: ${lost} lost, ${doubled} doubled, ${unknown} unknown.`;
  return { good, words };
};

/** The page ends with it. @returns {Promise<never>} */
export const reload = () => {
  reloadNow();
  return new Promise(() => {});
};

/** Until not even one character more has room under a key of its own. Each lump has a key of its own: what is there already is not written again. */
export const fillStorage = () => {
  let key = 0;
  for (let lump = LUMP; lump >= 1; lump = Math.floor(lump / 2)) {
    try {
      for (;;) localStorage.setItem(`${FILLER}/${(key += 1)}`, "·".repeat(lump));
    } catch (error) {
      if (!(error instanceof DOMException && error.name === "QuotaExceededError")) throw error;
    }
  }
};

export const emptyFiller = () => {
  for (const name of storedNames()) if (name.startsWith(`${FILLER}/`)) localStorage.removeItem(name);
};

/** @param {Run} run */
export const refused = async ({ messages, topic }) => {
  const code = await publishNumbered(messages, { topic, qos: 2 }).then(
    () => "",
    (error) => codeOf(error) ?? String(error),
  );
  if (code !== "QUOTA_EXCEEDED") throw new Error(`publish() should have been refused with QUOTA_EXCEEDED; it ${code === "" ? "went well" : `said ${code}`}.`);
};
