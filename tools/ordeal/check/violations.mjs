// What a checker found: which rule was broken, in words, with the packets concerned.
import { line } from "../../proxy/log.mjs";

/** @typedef {import("../../proxy/log.mjs").Entry} Entry */

/**
 * @typedef {object} Violation
 * @property {string} rule its short name, the same for every violation of it
 * @property {string} text what happened
 * @property {string[]} packets those concerned, a line each
 */

/** More than this of one rule are counted, not shown: a broken client breaks a rule thousands of times. */
const SHOWN = 20;

export class Violations {
  constructor() {
    /** @type {Violation[]} */
    this.shown = [];
    /** @type {Map<string, number>} how often each rule was broken */
    this.counts = new Map();
  }

  /**
   * @param {string} rule
   * @param {string} text
   * @param {Array<Entry | undefined>} [entries]
   */
  add(rule, text, entries = []) {
    const count = (this.counts.get(rule) ?? 0) + 1;
    this.counts.set(rule, count);
    if (count > SHOWN) return;
    this.shown.push({ rule, text, packets: entries.filter((entry) => entry !== undefined).map(located) });
  }

  get total() {
    return [...this.counts.values()].reduce((sum, count) => sum + count, 0);
  }
}

/** @param {Entry} entry */
export const located = (entry) => `[${entry.seq}] ${entry.at} ms, connection ${entry.connection}: ${line(entry)}`;
