// The matrix: every feature on every broker, in both versions, each in a world of its own.
import { connecting } from "./features/connecting.mjs";
import { limits } from "./features/limits.mjs";
import { messages } from "./features/messages.mjs";
import { properties } from "./features/properties.mjs";
import { retained } from "./features/retained.mjs";
import { sessions } from "./features/sessions.mjs";
import { subscriptions } from "./features/subscriptions.mjs";
import { wills } from "./features/wills.mjs";
import { openBench } from "./bench.mjs";
import { BrokersFault, NotOffered, packetLines } from "./verdict.mjs";
import { violationIn } from "./violations.mjs";

/** @typedef {import("../broker.mjs").Version} Version */
/** @typedef {"pass" | "not offered" | "broker" | "FAIL"} Status */
/** @typedef {Awaited<ReturnType<typeof checkOf>>} Check what a check is given */

/**
 * @typedef {object} Feature
 * @property {string} name
 * @property {Version[]} [versions] default: both
 * @property {boolean} [limited] against the broker that allows little, where there is one
 * @property {boolean} [secured] against the broker that knows only one account, where the others let everyone in
 * @property {boolean} [enhanced] against the broker that authenticates by SCRAM, where there is one
 * @property {(t: Check) => Promise<unknown>} check
 */

/**
 * @typedef {object} Result
 * @property {string} feature
 * @property {Version} version
 * @property {Status} status
 * @property {string} note
 * @property {string[]} packets that show it
 * @property {number} ms
 */

/** @type {Record<string, Feature[]>} */
export const FEATURES = { Connection: connecting, Messages: messages, Retained: retained, Wills: wills, Sessions: sessions, Subscriptions: subscriptions, Properties: properties, Limits: limits };

export const allFeatures = () => Object.values(FEATURES).flat();

/** @param {Feature} feature @param {Version} version */
export const hasIt = ({ versions }, version) => versions === undefined || versions.includes(version);

/** How many checks are under way at once: they mostly wait. */
const AT_ONCE = 3;
const CHECK_MS = 90_000;
/** So far, with all brokers: they share a browser, and no check may find in its storage what another one has left. */
let checks = 0;

/** 32-bit FNV-1a, as the page counts it. @param {Uint8Array} bytes */
const hashOf = (bytes) => bytes.reduce((hash, byte) => Math.imul(hash ^ byte, 0x01000193) >>> 0, 0x811c9dc5);

/** @param {Parameters<typeof openBench>[0]} world */
const checkOf = async (world) => ({
  ...(await openBench(world)),
  hashOf,
  /** What the client owes. @param {boolean} holds @param {string} otherwise */
  expect: (holds, otherwise) => {
    if (!holds) throw new Error(otherwise);
  },
  /** For what only time tells. @param {number} ms @returns {Promise<void>} */
  pass: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
});

/**
 * @param {object} where
 * @param {import("./brokers.mjs").Broker} where.broker
 * @param {Record<import("./bench.mjs").Role, import("./brokers.mjs").Instance | null>} where.instances
 * @param {Version} where.version
 * @param {import("playwright-core").BrowserContext} where.context
 * @param {string} where.serverUrl
 * @param {Feature[]} where.features
 * @param {(result: Result) => void} where.tell
 * @returns {Promise<Result[]>}
 */
export const runFeatures = async ({ features, tell, ...where }) => {
  /** @type {Result[]} */
  const results = [];
  const waiting = features.filter((feature) => hasIt(feature, where.version));
  const work = async () => {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      const result = await runOne({ ...where, feature: next });
      results.push(result);
      tell(result);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return results;
};

/** @param {Omit<Parameters<typeof runFeatures>[0], "features" | "tell"> & { feature: Feature }} what @returns {Promise<Result>} */
const runOne = async ({ feature, instances, version, ...where }) => {
  const role = feature.limited ? "limited" : feature.secured ? "secured" : feature.enhanced ? "enhanced" : "ordinary";
  const { url } = /** @type {import("./brokers.mjs").Instance} */ (instances[role] ?? instances.ordinary);
  const since = performance.now();
  const name = `${process.pid}-${(checks += 1)}`;
  const t = await checkOf({ ...where, instances, version, name, url });
  /** @param {Status} status @param {string} note @param {import("../proxy/log.mjs").Entry[]} entries */
  const result = (status, note, entries) => ({
    feature: feature.name, version, status, note, ms: Math.round(performance.now() - since),
    packets: entries.flatMap((entry) => packetLines(entry, t.farProxy.log.includes(entry) ? "far client" : "page")),
  });
  /** @type {NodeJS.Timeout | undefined} */
  let timer;
  const late = new Promise((_resolve, reject) => (timer = setTimeout(() => reject(new Error(`not done within ${CHECK_MS / 1000} s`)), CHECK_MS)));
  try {
    await Promise.race([feature.check(t), late]);
    return result("pass", t.notes.join("; "), []);
  } catch (error) {
    if (error instanceof NotOffered) return result("not offered", error.message, error.evidence);
    if (error instanceof BrokersFault) return result("broker", error.message, error.evidence);
    const violation = violationIn(t.proxy.log);
    if (violation) return result("broker", violation.reason, violation.entries);
    return result("FAIL", error instanceof Error ? error.message : String(error), /** @type {any} */ (error)?.evidence ?? t.recent());
  } finally {
    clearTimeout(timer);
    await t.close();
  }
};
