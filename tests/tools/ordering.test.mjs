import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { namedInOrder, orderOf } from "../../tools/build/ordering.mjs";
import { functions } from "../../tools/size/functions.mjs";

/** @param {number} length @param {number} factor */
const body = (length, factor) => Uint8Array.from({ length }, (_, at) => (at * factor) ^ (at >> 3));

/** @param {string} name */
const text = (name) => [name.length, ...new TextEncoder().encode(name)];

/** One function imported, and two with bodies: one that does nothing, and one that drops a number. */
const MODULE = new Uint8Array([
  0, 0x61, 0x73, 0x6d, 1, 0, 0, 0,
  1, 4, 1, 0x60, 0, 0,
  2, 7, 1, ...text("a"), ...text("b"), 0, 0,
  3, 3, 2, 0, 0,
  10, 10, 2, 2, 0, 0x0b, 5, 0, 0x41, 1, 0x1a, 0x0b,
]);

describe("the order of the functions in the module", () => {
  it("begins with the longest, and has next to each what is like it", () => {
    const [one, other] = [body(100, 7), body(110, 11)];
    assert.deepEqual(orderOf([one, other, one.slice(0, 60), other.slice(20, 80), one.slice(10, 90)]), [1, 3, 0, 4, 2]);
  });

  it("has each function once, also where they have nothing in common", () => {
    assert.deepEqual(orderOf([body(3, 1), body(2, 1), body(9, 5)]).sort(), [0, 1, 2]);
    assert.deepEqual(orderOf([]), []);
  });

  it("is the alphabetical order of the names that they are given", () => {
    const named = namedInOrder(MODULE);
    assert.ok(WebAssembly.validate(named));
    assert.deepEqual(functions(named), [{ name: "000000", bytes: 5 }, { name: "000001", bytes: 2 }]);
  });
});
