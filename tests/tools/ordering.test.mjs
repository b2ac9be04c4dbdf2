import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { orderOf } from "../../tools/build/ordering.mjs";

/** @param {number} length @param {number} factor */
const body = (length, factor) => Uint8Array.from({ length }, (_, at) => (at * factor) ^ (at >> 3));

describe("the order of the functions in the module", () => {
  it("begins with the longest, and has next to each what is like it", () => {
    const [one, other] = [body(100, 7), body(110, 11)];
    assert.deepEqual(orderOf([one, other, one.slice(0, 60), other.slice(20, 80), one.slice(10, 90)]), [1, 3, 0, 4, 2]);
  });

  it("has each function once, also where they have nothing in common", () => {
    assert.deepEqual(orderOf([body(3, 1), body(2, 1), body(9, 5)]).sort(), [0, 1, 2]);
    assert.deepEqual(orderOf([]), []);
  });
});
