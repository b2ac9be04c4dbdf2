// @ts-check
// The account: every numbered message this page published, whether the server acknowledged it, how often it came back.
// Kept with the session, so that it covers what the page before it sent: beside a durable one for whichever page has that
// next, else over a reload of this tab. No DOM in here.
import { keepEntries, keptEntries } from "./account-store.js";
import { emit, on } from "./bus.js";
import { batched } from "./dom.js";
import { comesBack } from "./subscriptions.js";

/** @typedef {import("../src/web/types.d.ts").QoS} QoS */

/**
 * @typedef {object} Entry one number of one topic
 * @property {string} topic
 * @property {number} number
 * @property {QoS} qos
 * @property {"unfinished" | "acknowledged" | "lost" | "unknown"} state a QoS 0 message is "acknowledged" when it was sent;
 *   "unknown": the session ended in mid-handshake, and the server may have it or not
 * @property {boolean} expected a subscription of this client matched when it was published
 * @property {number} published how often: once, unless the same number was published again
 * @property {number} arrived
 * @property {number} since when it got its state
 */

/**
 * @typedef {object} Sums
 * @property {number} published
 * @property {number} acknowledged
 * @property {number} arrived
 * @property {number} lost
 * @property {number} unknown
 * @property {number} doubled
 * @property {number} unfinished
 * @property {number} underway acknowledged, expected back, and not back yet
 */

/** An acknowledged message that is expected back and is not here after this time counts as lost. */
const GRACE_MS = 5000;
/** Codes of publishes that the client never took, or took back: nothing was promised, nothing is lost. */
const NEVER_TAKEN = new Set([
  "USAGE", "INVALID_TOPIC", "NOT_CONNECTED", "OUTBOX_FULL", "NOT_AVAILABLE", "PACKET_TOO_LARGE", "SESSION_IN_USE", "QUOTA_EXCEEDED",
]);
const NUMBERED = /^([1-9]\d{0,8})(?= |$)/;

/** @type {Entry[]} in the order of publishing */
let entries = [];
/** @type {Set<Entry>} arrived at a page before this one, which may have died before the session knew: they may come again */
const handedBefore = new Set();

/** @param {string} payload */
const numberOf = (payload) => Number(NUMBERED.exec(payload)?.[1] ?? 0);

/**
 * @param {string} topic
 * @param {string} payload
 */
const entryOf = (topic, payload) => {
  const number = numberOf(payload);
  return entries.findLast((entry) => entry.topic === topic && entry.number === number);
};

/**
 * The name a numbered message is published under; a topic has no "#". Others need none.
 * @param {string} topic
 * @param {string} payload
 */
export const keyFor = (topic, payload) => (numberOf(payload) === 0 ? undefined : `${topic}#${numberOf(payload)}`);

/** @param {Entry} entry */
const keyOf = ({ topic, number }) => `${topic}#${number}`;

/** @param {string} key */
const entryFor = (key) => entries.findLast((entry) => keyOf(entry) === key);

/** @param {string} topic */
export const lastNumber = (topic) =>
  entries.reduce((last, entry) => (entry.topic === topic ? Math.max(last, entry.number) : last), 0);

export const accountEntries = () => entries;

/**
 * @param {Entry} entry
 * @param {number} now
 */
const isMissing = (entry, now) =>
  entry.state === "acknowledged" && entry.expected && entry.arrived === 0 && now - entry.since > GRACE_MS;

/**
 * What became of one number, in one word.
 * @param {Entry} entry
 * @returns {"unfinished" | "acknowledged" | "arrived" | "lost" | "unknown" | "doubled"}
 */
export const fateOf = (entry) => {
  if (entry.arrived > entry.published) return "doubled";
  if (entry.arrived === 0 && (entry.state === "lost" || isMissing(entry, Date.now()))) return "lost";
  if (entry.state === "unfinished") return "unfinished";
  if (entry.arrived === 0 && entry.state === "unknown") return "unknown";
  return entry.arrived > 0 ? "arrived" : "acknowledged";
};

/** @returns {Sums} */
export const sums = () => {
  const now = Date.now();
  const total = { published: 0, acknowledged: 0, arrived: 0, lost: 0, unknown: 0, doubled: 0, unfinished: 0, underway: 0 };
  for (const entry of entries) {
    const fate = fateOf(entry);
    total.published += 1;
    if (entry.state === "acknowledged") total.acknowledged += 1;
    if (entry.state === "unfinished") total.unfinished += 1;
    if (entry.arrived > 0) total.arrived += 1;
    if (fate === "lost") total.lost += 1;
    if (fate === "unknown") total.unknown += 1;
    if (fate === "doubled") total.doubled += 1;
    if (fate === "acknowledged" && entry.expected && !isMissing(entry, now)) total.underway += 1;
  }
  return total;
};

/**
 * @param {Entry | undefined} entry
 * @param {Entry["state"]} state
 */
const become = (entry, state) => {
  if (!entry || entry.state !== "unfinished") return;
  entry.state = state;
  entry.since = Date.now();
  keep(entry);
};

/** An entry has changed. @param {Entry} entry */
const keep = (entry) => keepEntries(accountEntries, entries.lastIndexOf(entry));

/** Entries came or went otherwise than at the end. */
const keepAll = () => keepEntries(accountEntries, 0, true);

export const clearAccount = () => {
  entries = [];
  keepAll();
  emit("cleared", {});
};

/**
 * A durable session was taken over, with these messages unfinished: the account a page before this one kept beside it goes
 * on. That page may have died between what happened and its note of it.
 * @param {import("../src/web/types.d.ts").PendingMessage[]} left
 */
const takeOver = (left) => {
  const here = entries;
  entries = keptEntries();
  const open = new Set(left.map(({ key }) => key));
  handedBefore.clear();
  for (const entry of entries) {
    if (entry.arrived > 0) handedBefore.add(entry);
    if (!open.has(keyOf(entry))) become(entry, "unknown");
  }
  for (const { key, topic, payload, qos } of left) {
    const number = numberOf(new TextDecoder().decode(payload));
    if (key === undefined || number === 0 || entryFor(key)) continue;
    const since = Date.now();
    entries.push({ topic, number, qos, state: "unfinished", expected: comesBack(topic), since, published: 1, arrived: 0 });
  }
  entries.push(...here);
  keepAll();
};

/** @param {() => void} changed called soon after the account changed */
export const startAccount = (changed) => {
  entries = keptEntries();
  const note = batched(changed);

  on("client", ({ moved }) => {
    if (moved) entries = keptEntries();
    note();
  });
  on("opened", ({ left }) => takeOver(left));
  on("published", ({ topic, payload, qos }) => {
    const number = numberOf(payload);
    if (number === 0) return;
    const known = entryOf(topic, payload);
    const entry = { topic, number, qos, state: /** @type {const} */ ("unfinished"), expected: comesBack(topic), since: Date.now() };
    if (known) Object.assign(known, entry, { published: known.published + 1 });
    else entries.push({ ...entry, published: 1, arrived: 0 });
    keep(known ?? entries[entries.length - 1]);
  });
  on("publishDone", ({ topic, payload }) => become(entryOf(topic, payload), "acknowledged"));
  // Exact, whichever page published it.
  on("messageOut", ({ key, reasonCode }) => {
    if (key !== undefined) become(entryFor(key), reasonCode < 0x80 ? "acknowledged" : "lost");
  });
  // A string saved without keys: the end of a restored message names its topic, not its number. Servers acknowledge in
  // the order of publishing (MQTT 5 §4.6), so it is the first one that is open.
  on("restoredDone", ({ topic, qos, key }) => {
    if (key !== undefined) return;
    become(entries.find((entry) => entry.state === "unfinished" && entry.topic === topic && entry.qos === qos), "acknowledged");
  });
  on("publishFailed", ({ topic, payload, code }) => {
    const entry = entryOf(topic, payload);
    if (!entry || entry.state !== "unfinished" || code === "DISCONNECTED") return;
    if (!NEVER_TAKEN.has(code)) return become(entry, "lost");
    entries = entries.filter((other) => other !== entry);
    keepAll();
  });
  on("messageLost", ({ message, direction, certainty, code }) => {
    if (direction !== "out" || NEVER_TAKEN.has(code)) return;
    become(entryLost(message), certainty === "not-delivered" ? "lost" : "unknown");
  });
  on("messageIn", (message) => {
    const entry = message.retain ? undefined : entryOf(message.topic, message.text());
    if (!entry || (message.qos === 2 && message.duplicate && handedBefore.delete(entry))) return;
    entry.arrived += 1;
    keep(entry);
  });
  on(
    ["opened", "published", "publishDone", "publishFailed", "messageOut", "restoredDone", "messageLost", "messageIn", "cleared"],
    note,
  );
};

/** @param {{ key?: string, topic: string, payload: Uint8Array }} message */
const entryLost = ({ key, topic, payload }) => {
  if (key !== undefined) return entryFor(key);
  if (payload.length > 0) return entryOf(topic, new TextDecoder().decode(payload));
  // Without its payload, which the server has then, it is the first one that is open.
  return entries.find((entry) => entry.state === "unfinished" && entry.topic === topic);
};
