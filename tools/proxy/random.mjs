// Seeded randomness (mulberry32): a run that failed can be run again the same.

/**
 * @typedef {object} Random
 * @property {() => number} fraction in [0, 1)
 * @property {(low: number, high: number) => number} between an integer, both ends included
 */

/**
 * @param {number} seed
 * @returns {Random}
 */
export const createRandom = (seed) => {
  let state = seed >>> 0;
  const fraction = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  return { fraction, between: (low, high) => low + Math.floor(fraction() * (high - low + 1)) };
};
