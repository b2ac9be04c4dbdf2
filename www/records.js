// @ts-check
// Durable sessions as they lie in localStorage: which there are, whether a page has them, and their records. Looks only;
// writing there is the package's business.

/**
 * @typedef {object} StoredRecord
 * @property {string} name as the package names it: meta, subscriptions, o/<number>, i/<packet id>
 * @property {number} size of key and value, in UTF-16 units
 */

/** How the Lab names the sessions it makes. */
const OURS = "lab/";

/** @param {string} clientId */
export const sessionKeyOf = (clientId) => OURS + clientId;

/** @param {string} key */
const encoded = (key) => key.replaceAll("%", "%25").replaceAll("/", "%2F");

/** @param {string} part */
const decoded = (part) => part.replaceAll("%2F", "/").replaceAll("%25", "%");

const prefixOf = (/** @type {string} */ clientId) => `mooring/${encoded(sessionKeyOf(clientId))}/`;

const keys = () => {
  try {
    return Object.keys(localStorage);
  } catch {
    return [];
  }
};

/** @param {string} clientId @returns {StoredRecord[]} */
export const recordsOf = (clientId) => {
  const prefix = prefixOf(clientId);
  return keys()
    .filter((key) => key.startsWith(prefix))
    .map((key) => ({ name: key.slice(prefix.length), size: key.length + (localStorage.getItem(key)?.length ?? 0) }))
    .sort((one, other) => one.name.localeCompare(other.name, "en", { numeric: true }));
};

/** How many unfinished messages are stored. @param {string} clientId */
export const storedMessages = (clientId) => {
  const names = recordsOf(clientId).map(({ name }) => name);
  return {
    outgoing: names.filter((name) => name.startsWith("o/")).length,
    incoming: names.filter((name) => name.startsWith("i/")).length,
  };
};

/** @param {string} clientId */
export const isStored = (clientId) => recordsOf(clientId).length > 0;

/** Whose sessions lie here with something unfinished, and are no page's now. @returns {Promise<string[]>} */
export const leftSessions = async () => {
  const start = `mooring/${encoded(OURS)}`;
  const parts = keys().filter((key) => key.startsWith(start)).map((key) => key.split("/")[1]);
  const held = await locksHeld();
  return [...new Set(parts)].map((part) => decoded(part).slice(OURS.length)).filter((clientId) => {
    const { outgoing, incoming } = storedMessages(clientId);
    return outgoing + incoming > 0 && !held.has(`mooring/local/${sessionKeyOf(clientId)}`);
  });
};

const locksHeld = async () => {
  const snapshot = await navigator.locks?.query().catch(() => undefined);
  return new Set(snapshot?.held?.map(({ name }) => name));
};
