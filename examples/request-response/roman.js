// How numbers were written in Rome.

const LETTERS = /** @type {const} */ ([
  [1000, "M"], [900, "CM"], [500, "D"], [400, "CD"], [100, "C"], [90, "XC"], [50, "L"], [40, "XL"], [10, "X"], [9, "IX"], [5, "V"], [4, "IV"], [1, "I"],
]);

/** @param {string} text a whole number from 1 to 3999 */
export const roman = (text) => {
  let left = Number(text);
  if (!Number.isInteger(left) || left < 1 || left > 3999) throw new RangeError(`"${text}" is no whole number from 1 to 3999.`);
  let written = "";
  for (const [value, letters] of LETTERS) {
    for (; left >= value; left -= value) written += letters;
  }
  return written;
};
