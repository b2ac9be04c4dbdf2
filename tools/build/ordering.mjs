// The order of the functions in the module. What a page downloads is compressed, and gzip looks back 32 KB for what it has seen:
// functions with instructions in common are worth most near each other. Nothing else depends on their order.
//
// This room says which order; `moving.mjs` brings it about.

/** How far back gzip looks. */
const WINDOW = 32 * 1024;
/** So many bytes in a row are seen as something that two functions have in common: a few instructions. */
const RUN = 8;
/** What more functions than that have in common is never far away, whatever the order. */
const EVERYWHERE = 60;

/**
 * The places of the functions, in an order in which each has as much as possible in common with the 32 KB before it, for its
 * length. Begins with the longest.
 * @param {Uint8Array[]} bodies
 * @returns {number[]}
 */
export const orderOf = (bodies) => {
  const runs = bodies.map(runsOf);
  /** @type {Map<number, number[]>} the functions that have a run */
  const holders = new Map();
  for (const [at, run] of runs.entries()) for (const hash of run) holders.set(hash, [...(holders.get(hash) ?? []), at]);
  for (const [hash, { length }] of holders) if (length === 1 || length > EVERYWHERE) holders.delete(hash);

  const left = new Set(bodies.keys());
  const common = bodies.map(() => 0);
  /** @type {Map<number, number>} how many functions in the window have a run */
  const seen = new Map();
  /** @param {number} at @param {1 | -1} by */
  const count = (at, by) => {
    for (const hash of runs[at]) {
      const before = seen.get(hash) ?? 0;
      seen.set(hash, before + by);
      if (before + Math.min(by, 0) === 0) for (const other of holders.get(hash) ?? []) common[other] += by;
    }
  };
  /** @type {number[]} */
  const order = [];
  let [oldest, bytes] = [0, 0];
  const best = (/** @type {(at: number) => number} */ worth) => [...left].reduce((one, other) => (worth(other) > worth(one) ? other : one));
  while (left.size > 0) {
    /** @type {number} */
    const next = order.length === 0 ? best((at) => bodies[at].length) : best((at) => common[at] / bodies[at].length);
    left.delete(next);
    order.push(next);
    bytes += bodies[next].length;
    count(next, 1);
    for (; bytes > WINDOW && oldest < order.length - 1; oldest++) {
      bytes -= bodies[order[oldest]].length;
      count(order[oldest], -1);
    }
  }
  return order;
};

/**
 * The runs of bytes in a function, each as a number.
 * @param {Uint8Array} body
 */
const runsOf = (body) => {
  /** @type {Set<number>} */
  const runs = new Set();
  for (let at = 0; at + RUN <= body.length; at++) {
    let hash = 0;
    for (let i = at; i < at + RUN; i++) hash = (Math.imul(hash, 257) + body[i]) | 0;
    runs.add(hash);
  }
  return runs;
};
