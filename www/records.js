// @ts-check
// Durable sessions as they lie in localStorage: which there are, whether a page has them, and their records. Looks only;
// writing there is the package's business.
import { storedNames } from "./keep.js";

/** How the Lab names the sessions it makes. */
const OURS = "lab/";
/** How long a closed tab may take to be gone. */
const GOING_MS = 500;

/** @param {string} clientId */
export const sessionKeyOf = (clientId) => OURS + clientId;

/** A session may be without a client id of ours: its client made one. @param {string} clientId */
export const nameOf = (clientId) => clientId || "A session under a client id that was made for it";

/** @param {string} key */
const encoded = (key) => key.replaceAll("%", "%25").replaceAll("/", "%2F");

/** @param {string} part */
const decoded = (part) => part.replaceAll("%2F", "/").replaceAll("%25", "%");

/** @param {string} clientId */
const prefixOf = (clientId) => `mooring/${encoded(sessionKeyOf(clientId))}/`;

/** How a page that has the session shows it to others. @param {string} clientId */
const lockOf = (clientId) => `mooring/local/${sessionKeyOf(clientId)}`;

const inOrder = new Intl.Collator("en", { numeric: true });

/**
 * As the package names them: meta, subscriptions, o/<number>, p/<number> (several of the former in one), i/<packet id>.
 * @param {string} clientId
 */
export const recordNames = (clientId) => {
  const prefix = prefixOf(clientId);
  const names = storedNames().filter((key) => key.startsWith(prefix));
  return names.map((key) => key.slice(prefix.length)).sort(inOrder.compare);
};

/**
 * As it lies there; null: there is none.
 * @param {string} clientId
 * @param {string} name
 */
export const recordText = (clientId, name) => localStorage.getItem(prefixOf(clientId) + name);

/**
 * Of key and value, in UTF-16 units.
 * @param {string} clientId
 * @param {string} name
 */
export const recordSize = (clientId, name) => {
  const key = prefixOf(clientId) + name;
  return key.length + (localStorage.getItem(key)?.length ?? 0);
};

/**
 * How many messages lie in a pack: behind two units each with its number, in eight, and its length, in units of seven bits.
 * @param {string} pack
 */
const messagesIn = (pack) => {
  let count = 0;
  for (let at = 2; at < pack.length; count++) {
    let [length, shift, more] = [0, 0, true];
    for (at += 8; more; shift += 7) {
      const unit = pack.charCodeAt(at++);
      length += (unit & 0x7f) * 2 ** shift;
      more = unit >= 0x80;
    }
    at += length;
  }
  return count;
};

/** How many unfinished messages are stored. @param {string} clientId */
export const storedMessages = (clientId) => {
  const names = recordNames(clientId);
  const packed = names.filter((name) => name.startsWith("p/")).map((name) => messagesIn(localStorage.getItem(prefixOf(clientId) + name) ?? ""));
  return {
    outgoing: packed.reduce((sum, count) => sum + count, names.filter((name) => name.startsWith("o/")).length),
    incoming: names.filter((name) => name.startsWith("i/")).length,
  };
};

/** @param {string} clientId */
export const isStored = (clientId) => recordNames(clientId).length > 0;

/** Whose sessions lie here with something unfinished, and are no page's now. @returns {Promise<string[]>} */
export const leftSessions = async () => {
  const start = `mooring/${encoded(OURS)}`;
  const parts = storedNames().filter((key) => key.startsWith(start)).map((key) => key.split("/")[1]);
  const held = await locksHeld();
  return [...new Set(parts)].map((part) => decoded(part).slice(OURS.length)).filter((clientId) => {
    const { outgoing, incoming } = storedMessages(clientId);
    return outgoing + incoming > 0 && !held.has(lockOf(clientId));
  });
};

/**
 * Whether no page has the session, now or in a moment: the tab that had it may be about to go.
 * @param {string} clientId
 */
export const isFree = async (clientId) => {
  if (!navigator.locks) return true;
  try {
    await navigator.locks.request(lockOf(clientId), { signal: AbortSignal.timeout(GOING_MS) }, () => undefined);
    return true;
  } catch {
    return false;
  }
};

const locksHeld = async () => {
  const snapshot = await navigator.locks?.query().catch(() => undefined);
  return new Set(snapshot?.held?.map(({ name }) => name));
};
