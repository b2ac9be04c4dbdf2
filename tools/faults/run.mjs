// One run of the faults: a page with an ordinary client that connects again by itself, and a link on which packets are
// dropped, delayed, split, truncated and stalled, and which is broken by reset, by close, from one side only, and by silence.
import { undergo } from "../ordeal/undergo.mjs";
import { openWorld } from "../ordeal/world.mjs";

/** @typedef {import("../proxy/writer.mjs").Chunking} Chunking */

/**
 * How the bytes are cut into WebSocket frames; of two ways, each connection has another one.
 * @type {Record<string, Chunking[]>}
 */
export const CHUNKINGS = {
  "as is": ["as-is"],
  "1 byte": ["1 byte a frame"],
  "1-7 bytes": ["random 1-7 bytes"],
  "many packets, fragments": ["many packets a frame", "two fragments"],
};

/** The ways a link is cut, each as often as it is listed: silence takes the client seconds to notice. */
const CUTS = /** @type {import("../proxy/rules.mjs").CutKind[]} */ ([
  ...Array(11).fill("reset"), ...Array(6).fill("close"), ...Array(7).fill("half-close"), "silence",
]);

/**
 * @typedef {object} Parameters
 * @property {number} messages each way, at QoS 2
 * @property {number} cuts of the link, each at a random byte
 * @property {"3.1.1" | "5"} version
 * @property {string} chunking one of CHUNKINGS
 * @property {boolean} durable
 * @property {number} seed
 * @property {number} minutes after which no more faults strike
 * @property {string} [dist] see Setting
 */

/** @typedef {Awaited<ReturnType<typeof runFaults>>} Report */

/**
 * @param {Parameters} parameters
 * @param {(line: string) => void} [say] is told how far it is
 */
export const runFaults = async (parameters, say = () => {}) => {
  const { messages, cuts, chunking, durable, minutes, seed } = parameters;
  const client = {
    ...(durable ? { sessionKey: "ordeal", durable } : { cleanSession: false }),
    reconnect: { minDelay: 0.01, maxDelay: 0.1 },
    // A link that is silent is given up in seconds, and so is an attempt.
    keepAlive: 1, timeout: 2,
  };
  const world = await openWorld({ ...parameters, qos: 2, client });
  const { proxy } = world;
  const ways = CHUNKINGS[chunking];
  proxy.on("connection", ({ id }) => proxy.chunkBoth(ways[id % ways.length]));
  /** @type {Record<string, number>} */
  const broken = {};
  proxy.on("cut", (_connection, kind) => (broken[kind] = (broken[kind] ?? 0) + 1));
  const some = Math.ceil(cuts / 10);
  const faults = { counts: { cut: cuts, drop: some, stall: some, delay: some }, cutKinds: CUTS, messages, minutes, seed };
  const { done, ...report } = await undergo(world, faults, say);
  return { parameters, ...report, faults: done, broken };
};
