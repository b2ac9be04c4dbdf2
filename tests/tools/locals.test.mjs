import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { deflateRawSync } from "node:zlib";
import { renumbered } from "../../tools/build/locals.mjs";
import { bodiesIn, CODE, instructionsIn, number, Reader, sectionsOf } from "../../tools/lib/wasm.mjs";

const [I32, I64, END, ADD, GET, SET] = [0x7f, 0x7e, 0x0b, 0x6a, 0x20, 0x21];

/** @param {number} kind @param {number[]} content */
const section = (kind, content) => [kind, ...number(content.length), ...content];

/**
 * Functions from a number to a number, exported as "0", "1" and so on.
 * @param {number[][]} bodies
 */
const moduleOf = (bodies) =>
  new Uint8Array([
    0, 0x61, 0x73, 0x6d, 1, 0, 0, 0,
    ...section(1, [1, 0x60, 1, I32, 1, I32]),
    ...section(3, [bodies.length, ...bodies.map(() => 0)]),
    ...section(7, [bodies.length, ...bodies.flatMap((_, at) => [1, 0x30 + at, 0, at])]),
    ...section(10, [bodies.length, ...bodies.flatMap((body) => [...number(body.length), ...body])]),
  ]);

/**
 * Three numbers kept in locals and added up, and one of another type between: the same but for the numbers of the locals.
 * @param {number} a @param {number} b @param {number} c
 */
const sum = (a, b, c) => [
  3, 2, I32, 1, I64, 1, I32,
  GET, 0, 0x41, 0xe4, 0, ADD, SET, a, GET, a, 0x41, 0xe5, 0, ADD, SET, b, GET, b, 0x41, 0xe6, 0, ADD, SET, c,
  0x42, 7, SET, 3, GET, a, GET, b, GET, c, ADD, ADD, END,
];

/** @param {Uint8Array<ArrayBuffer>} wasm */
const answers = (wasm) => {
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(wasm));
  return Object.values(exports).map((one) => /** @type {(value: number) => number} */ (one)(1));
};

describe("the numbers of the locals", () => {
  it("become those of a function before that is alike, and the functions do the same", () => {
    const before = moduleOf([sum(1, 2, 4), sum(4, 1, 2), sum(2, 1, 4)]);
    const after = renumbered(before.slice());
    assert.deepEqual(answers(after), answers(before));
    assert.equal(after.length, before.length);
    assert.ok(deflateRawSync(after).length < deflateRawSync(before).length);
    const [, code] = sectionsOf(after).find(([kind]) => kind === CODE) ?? assert.fail();
    const [first, ...others] = bodiesIn(code).map((body) => Buffer.from(body).toString("hex"));
    assert.deepEqual(others, [first, first]);
  });

  it("stay where there is nothing to choose: parameters, one local of a type, no functions", () => {
    for (const bodies of [[], [[0, GET, 0, END]], [[2, 1, I32, 1, I64, GET, 0, SET, 1, GET, 1, END]]]) {
      assert.deepEqual(renumbered(moduleOf(bodies)), moduleOf(bodies));
    }
  });
});

describe("the instructions of a function", () => {
  it("are found whatever follows their opcodes", () => {
    const body = [
      0x02, 0x40, 0x0e, 1, 0, 0, END, // br_table
      0x43, GET, GET, GET, GET, 0x44, GET, GET, GET, GET, GET, GET, GET, GET, // f32.const, f64.const
      0x28, 2, 0x80, 0x20, 0xfc, 10, 0, 0, 0xfc, 11, 0, 0xfc, 2, // i32.load, memory.copy and fill, i32.trunc_sat
      0x1c, 1, I32, 0x11, 0x20, 0, 0x41, 0xa0, 0x20, GET, 5, END, // select with a type, call_indirect, i32.const
    ];
    const found = [...instructionsIn(new Reader(Uint8Array.from(body)))].map(({ opcode }) => opcode);
    assert.deepEqual(found, [0x02, 0x0e, END, 0x43, 0x44, 0x28, 0xfc, 0xfc, 0xfc, 0x1c, 0x11, 0x41, GET, END]);
  });
});
