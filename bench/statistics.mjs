// Medians and quartiles.

/**
 * @param {number[]} sorted ascending, not empty
 * @param {number} part from 0 to 1
 * @returns {number} between the two nearest by its distance to them
 */
const quantileOf = (sorted, part) => {
  const place = (sorted.length - 1) * part;
  const below = Math.floor(place);
  const above = Math.ceil(place);
  return sorted[below] + (sorted[above] - sorted[below]) * (place - below);
};

/** @param {number[]} values not empty @param {number} part from 0 to 1 */
export const quantile = (values, part) => quantileOf(values.toSorted((a, b) => a - b), part);

/**
 * @typedef {object} Summary
 * @property {number} median
 * @property {number} lower the first quartile
 * @property {number} upper the third quartile
 * @property {number} count
 */

/** @param {number[]} values not empty @returns {Summary} */
export const summary = (values) => {
  const sorted = values.toSorted((a, b) => a - b);
  return { median: quantileOf(sorted, 0.5), lower: quantileOf(sorted, 0.25), upper: quantileOf(sorted, 0.75), count: values.length };
};
