// One ordeal: kills, reloads and cuts, of a page with a durable client.
import { CUTS_BY_FORCE } from "./faults.mjs";
import { undergo } from "./undergo.mjs";
import { openWorld } from "./world.mjs";

/**
 * @typedef {object} Parameters
 * @property {number} messages each way
 * @property {number} kills
 * @property {number} reloads
 * @property {number} cuts
 * @property {"3.1.1" | "5"} version
 * @property {1 | 2} qos
 * @property {number} seed
 * @property {number} minutes after which no more faults strike
 * @property {number} [patienceMs] see Setting
 * @property {string} [dist] see Setting
 * @property {string} [entry] see Setting
 */

/** The page's client: one that goes on with what its predecessor left, and is never long without a connection. */
const CLIENT = { sessionKey: "ordeal", durable: true, sessionInUse: "wait", reconnect: { minDelay: 0.01, maxDelay: 0.05 } };

/** @typedef {Awaited<ReturnType<typeof runOrdeal>>} Report */

/**
 * @param {Parameters} parameters
 * @param {(line: string) => void} [say] is told how far it is
 */
export const runOrdeal = async (parameters, say = () => {}) => {
  const { messages, kills, reloads, cuts, minutes } = parameters;
  const world = await openWorld({ ...parameters, client: CLIENT });
  const { done, ...report } = await undergo(world, { counts: { kill: kills, reload: reloads, cut: cuts }, cutKinds: CUTS_BY_FORCE, messages, minutes, seed: parameters.seed }, say);
  return { parameters, ...report, faults: { kills: done.kill, reloads: done.reload, cuts: done.cut, cutsAtAByte: done.cutAtByte } };
};
