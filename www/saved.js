// @ts-check
// The saved string: kept in localStorage as it is, with a note beside it of whose it is and whether it was used. A string
// that was restored once is not offered again: it is behind by everything that has finished since.
import { emit } from "./bus.js";
import { browser } from "./keep.js";

/**
 * @typedef {object} Origin
 * @property {string} clientId
 * @property {"3.1.1" | "5"} protocolVersion
 * @property {string} url
 * @property {number} outgoing
 * @property {number} incoming
 */

/** @typedef {Origin & { length: number, savedAt: number, restoredAt: number | null }} Note */

const KEY = "lab.saved";
const NOTE_KEY = "lab.saved.note";

/** What is kept on this page, also where storage is denied. */
let kept = "";
/** @type {Note | null} */
let keptNote = null;

export const readSaved = () => {
  try {
    return localStorage.getItem(KEY) ?? kept;
  } catch {
    return kept;
  }
};

/** @returns {Note | null} */
export const readNote = () => {
  const note = browser.read(NOTE_KEY, keptNote);
  return note && note.length === readSaved().length ? note : null;
};

/** The note of the kept string as long as that was not restored. */
export const waitingNote = () => {
  const note = readNote();
  return note?.restoredAt === null ? note : null;
};

/** @param {Note} note */
const keepNote = (note) => {
  keptNote = note;
  browser.write(NOTE_KEY, note);
};

/**
 * Whose this string is, if it is the kept one.
 * @param {string} text
 */
export const savedFrom = (text) => (text === readSaved() ? readNote() : null);

/**
 * @param {string} text
 * @param {Origin} origin
 * @param {number} [savedAt] milliseconds since 1970: now, unless it comes from a file
 */
export const keepSaved = (text, origin, savedAt = Date.now()) => {
  kept = text;
  try {
    localStorage.setItem(KEY, text);
  } catch (cause) {
    throw new Error(
      `The browser did not store the ${text.length} characters (${cause instanceof Error ? cause.message : cause}): copy the string before you leave the page.`,
      { cause },
    );
  } finally {
    keepNote({ ...origin, length: text.length, savedAt, restoredAt: null });
    emit("saved", { text });
  }
};

/** @param {string} text */
export const markRestored = (text) => {
  const note = savedFrom(text);
  if (note) keepNote({ ...note, restoredAt: Date.now() });
  emit("saved", { text });
};

export const forgetSaved = () => {
  kept = "";
  keptNote = null;
  try {
    localStorage.removeItem(KEY);
    localStorage.removeItem(NOTE_KEY);
  } catch {
    // denied: then nothing is there
  }
  emit("saved", { text: "" });
};
