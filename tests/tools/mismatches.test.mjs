import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { refuseMismatches } from "../../tools/build/mismatches.mjs";
import { number } from "../../tools/lib/wasm.mjs";

/** @param {string} name */
const text = (name) => [...number(name.length), ...new TextEncoder().encode(name)];

/** @param {number} kind @param {...number} content */
const section = (kind, ...content) => [kind, ...number(content.length), ...content];

/** A module of one function that does nothing. @param {string} name */
const moduleWith = (name) => {
  const names = [1, 0, ...text(name)];
  return new Uint8Array([
    0, 0x61, 0x73, 0x6d, 1, 0, 0, 0,
    ...section(1, 1, 0x60, 0, 0),
    ...section(3, 1, 0),
    ...section(10, 1, 2, 0, 0x0b),
    ...section(0, ...text("name"), 1, ...number(names.length), ...names),
  ]);
};

describe("what the linker could not put together", () => {
  it("is refused by its name, with what to do", () => {
    assert.throws(() => refuseMismatches(moduleWith("signature_mismatch:__multi3")), { message: /calls __multi3, .* without i128/ });
  });

  it("is nothing else", () => {
    assert.doesNotThrow(() => refuseMismatches(moduleWith("__multi3")));
  });
});
