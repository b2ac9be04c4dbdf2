// Were all numbers from 1 to count seen, once each, in order? With the packets concerned where not. Linear: the log of a full
// ordeal has a few hundred thousand entries, and a broken client may have thousands of numbers wrong.
import { blame } from "./blame.mjs";
import { numberIn } from "./message.mjs";

/** @typedef {import("../../proxy/log.mjs").Entry} Entry */

/**
 * @typedef {object} Counted
 * @property {number} expected
 * @property {number} arrived different numbers
 * @property {number} lost
 * @property {number} doubled
 * @property {number} doubledByClient of the doubled messages, those that the client is to blame for
 * @property {number} outOfOrder
 * @property {number} foreign numbers that were never sent
 */

/**
 * @param {object} what
 * @param {number[]} what.numbers as they arrived
 * @param {number} what.count
 * @param {string} what.path for people: "from the browser", "to the browser"
 * @param {"toServer" | "toClient"} what.direction
 * @param {1 | 2} what.qos at QoS 1 a number may come again
 * @param {Entry[]} what.log
 * @param {import("./violations.mjs").Violations} violations
 * @returns {Counted}
 */
export const checkNumbers = ({ numbers, count, path, direction, qos, log }, violations) => {
  const times = new Uint32Array(count + 1);
  const counted = { expected: count, arrived: 0, lost: 0, doubled: 0, doubledByClient: 0, outOfOrder: 0, foreign: 0 };
  /** @type {Map<number, Array<[string, string]>>} by number: rule and text */
  const found = new Map();
  /** @param {number} number @param {string} rule @param {string} text */
  const note = (number, rule, text) => void found.set(number, [...(found.get(number) ?? []), [rule, text]]);
  let highest = 0;
  for (const number of numbers) {
    if (!(number >= 1 && number <= count)) {
      counted.foreign += 1;
      violations.add("foreign", `${path}: message ${number} arrived and was never sent`);
      continue;
    }
    times[number] += 1;
    if (times[number] > 1) {
      counted.doubled += 1;
      if (qos === 2 && times[number] === 2) note(number, "doubled", `${path}: message ${number} arrived more than once`);
      continue;
    }
    counted.arrived += 1;
    if (number < highest) {
      counted.outOfOrder += 1;
      note(number, "order", `${path}: message ${number} arrived after message ${highest}`);
    }
    highest = Math.max(highest, number);
  }
  for (let number = 1; number <= count; number += 1) {
    if (times[number] > 0) continue;
    counted.lost += 1;
    note(number, "lost", `${path}: message ${number} never arrived`);
  }
  if (found.size > 0) {
    const trails = trailsOf(new Set(found.keys()), direction, log);
    for (const [number, notes] of found) {
      const trail = trails.get(number) ?? [];
      for (const [rule, text] of notes) {
        const whose = rule === "doubled" ? blame(direction, trail) : null;
        if (whose === "client") counted.doubledByClient += 1;
        violations.add(rule, whose ? `${text}, by the ${whose}'s fault` : text, trail);
      }
    }
  }
  return counted;
};

/**
 * Every PUBLISH of these numbers in this direction, with the acknowledgements of its packet id up to the id's next message.
 * @param {Set<number>} wanted
 * @param {"toServer" | "toClient"} direction
 * @param {Entry[]} log
 */
export const trailsOf = (wanted, direction, log) => {
  const ANSWERS = ["puback", "pubrec", "pubrel", "pubcomp"];
  /** @type {Map<number, Entry[]>} */
  const trails = new Map([...wanted].map((number) => [number, []]));
  /** @type {Map<number, number>} by packet id: the number that has it */
  const holders = new Map();
  for (const entry of log) {
    const id = entry.packetId ?? 0;
    if (entry.type === "publish" && entry.direction === direction) {
      const number = numberIn(entry);
      holders.set(id, number);
      trails.get(number)?.push(entry);
    } else if (ANSWERS.includes(entry.type) && belongs(entry, direction)) {
      trails.get(holders.get(id) ?? 0)?.push(entry);
    }
  }
  return trails;
};

/**
 * Whether an acknowledgement is about a message of this direction: PUBREL goes its way, the others the opposite one.
 * @param {Entry} entry
 * @param {"toServer" | "toClient"} direction
 */
const belongs = (entry, direction) => (entry.type === "pubrel") === (entry.direction === direction);
