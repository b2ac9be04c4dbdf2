// @ts-check
// What the page itself keeps over a reload: in sessionStorage what belongs to this tab (form values, guide), in
// localStorage what belongs to the browser (a saved string), and where it belongs to a session, beside that session.
// Where storage is denied the page works on without it.

/**
 * @param {() => Storage} storage
 */
const shelf = (storage) => ({
  /**
   * @template T
   * @param {string} key
   * @param {T} otherwise
   * @returns {T}
   */
  read: (key, otherwise) => {
    try {
      const text = storage().getItem(key);
      return text === null ? otherwise : JSON.parse(text);
    } catch {
      return otherwise;
    }
  },

  /**
   * @param {string} key
   * @param {unknown} value
   */
  write: (key, value) => {
    try {
      storage().setItem(key, JSON.stringify(value));
    } catch {
      // denied or full: what this page shows is lost with a reload, nothing else is
    }
  },

  /** @param {string} key */
  remove: (key) => {
    try {
      storage().removeItem(key);
    } catch {
      // denied: then nothing is there
    }
  },
});

export const tab = shelf(() => sessionStorage);
export const browser = shelf(() => localStorage);

/** @typedef {{ kind: "tab" } | { kind: "session", clientId: string } | { kind: "nobody" }} Owner */

/** @type {Owner} whose session this page has: a durable one is nobody's here until its lock is */
let owner = { kind: "nobody" };

/**
 * @param {Owner} now
 * @returns {boolean} whether what is kept is another's now; by hand it goes on with the tab, whichever client that has
 */
export const belongTo = (now) => {
  const moved = owner.kind !== "tab" || now.kind !== "tab";
  owner = now;
  return moved;
};

/**
 * @param {string} key without a "/"
 * @param {string} clientId
 */
const beside = (key, clientId) => `${key}/${clientId}`;

/**
 * What goes with the session: beside a durable one for whichever page has that next; by hand, with this tab.
 */
export const ofSession = {
  /**
   * @template T
   * @param {string} key
   * @param {T} otherwise
   * @returns {T}
   */
  read: (key, otherwise) => {
    if (owner.kind === "session") return browser.read(beside(key, owner.clientId), otherwise);
    return owner.kind === "tab" ? tab.read(key, otherwise) : otherwise;
  },

  /**
   * @param {string} key
   * @param {unknown} value
   */
  write: (key, value) => {
    if (owner.kind === "session") browser.write(beside(key, owner.clientId), value);
    else if (owner.kind === "tab") tab.write(key, value);
  },

  /** @param {string} key */
  remove: (key) => {
    if (owner.kind === "session") browser.remove(beside(key, owner.clientId));
    else if (owner.kind === "tab") tab.remove(key);
  },
};

/**
 * What is kept beside a durable session that this page does not have.
 * @template T
 * @param {string} clientId
 * @param {string} key
 * @param {T} otherwise
 * @returns {T}
 */
export const readBeside = (clientId, key, otherwise) => browser.read(beside(key, clientId), otherwise);

/** @param {string} clientId */
export const forgetBeside = (clientId) => {
  for (const name of storedNames()) {
    const at = name.indexOf("/");
    if (name.startsWith("lab.") && at > 0 && name.slice(at + 1) === clientId) browser.remove(name);
  }
};

/** The keys of localStorage. */
export const storedNames = () => {
  try {
    return Object.keys(localStorage);
  } catch {
    return [];
  }
};
