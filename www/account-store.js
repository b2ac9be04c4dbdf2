// @ts-check
// The account as it is kept with the session: in parts, so that noting what became of one message does not write them all.
// Written before the next turn of the event loop: what a killed page had noted is what had happened to it.
import { ofSession } from "./keep.js";

/** @typedef {import("./account.js").Entry} Entry */

const PART = 50;
const key = (/** @type {number} */ part) => `lab.account.${part}`;

/** How many parts are kept. */
let kept = 0;
let asked = false;
/** @type {Set<number>} parts to be written */
const changed = new Set();

/** @returns {Entry[]} what is kept with the session of now */
export const keptEntries = () => {
  /** @type {Entry[]} */
  const entries = [];
  changed.clear();
  for (kept = 0; ; kept += 1) {
    const part = ofSession.read(key(kept), /** @type {Entry[] | null} */ (null));
    if (part === null) return entries;
    entries.push(...part);
  }
};

/**
 * The entry at `from` has changed; with `all` everything behind it has, too.
 * @param {() => Entry[]} entries as they are when they are written
 * @param {number} from
 * @param {boolean} [all]
 */
export const keepEntries = (entries, from, all = false) => {
  const last = all ? Math.max(kept * PART, entries().length) : from;
  for (let part = Math.floor(from / PART); part * PART <= last; part += 1) changed.add(part);
  if (asked) return;
  asked = true;
  queueMicrotask(() => {
    asked = false;
    write(entries());
  });
};

/** @param {Entry[]} entries */
const write = (entries) => {
  for (const part of changed) {
    const inPart = entries.slice(part * PART, (part + 1) * PART);
    if (inPart.length > 0) ofSession.write(key(part), inPart);
    else ofSession.remove(key(part));
  }
  kept = Math.ceil(entries.length / PART);
  changed.clear();
};
