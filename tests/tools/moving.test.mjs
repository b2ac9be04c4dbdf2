import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { moved } from "../../tools/build/moving.mjs";
import { number, sectionsOf } from "../../tools/lib/wasm.mjs";

/** @param {string} name */
const text = (name) => [name.length, ...new TextEncoder().encode(name)];

/** @param {number} kind @param {...number} content */
const section = (kind, ...content) => [kind, ...number(content.length), ...content];

/** @param {...number[]} bodies instructions */
const code = (...bodies) => section(10, bodies.length, ...bodies.flatMap((body) => [...number(body.length + 2), 0, ...body, 0x0b]));

/** Of no values, and of one i32. */
const TYPES = section(1, 2, 0x60, 0, 0, 0x60, 0, 1, 0x7f);
const IMPORTS = section(2, 1, ...text("a"), ...text("b"), 0, 1);

/**
 * Imports one function, which gives a number, and has four: `f` adds the next two, `g` gives what is imported, `h` gives what the table holds at 64, and the
 * first thing that is done is the last one, which sets a global to 7. In the table lie `g`, and what is imported.
 */
const MODULE = new Uint8Array([
  0, 0x61, 0x73, 0x6d, 1, 0, 0, 0,
  ...TYPES,
  ...IMPORTS,
  ...section(3, 4, 1, 1, 1, 0),
  ...section(4, 1, 0x70, 0, 66),
  ...section(6, 1, 0x7f, 1, 0x41, 0, 0x0b),
  ...section(7, 4, ...text("f"), 0, 1, ...text("g"), 0, 2, ...text("h"), 0, 3, ...text("seven"), 3, 0),
  ...section(8, 4),
  ...section(9, 1, 0, 0x41, 0xc0, 0, 0x0b, 2, 2, 0),
  ...code([0x10, 2, 0x10, 3, 0x6a], [0x10, 0], [0x41, 0xc0, 0, 0x11, 1, 0, 0xd2, 2, 0x1a], [0x41, 7, 0x24, 0]),
  ...section(0, ...text("name"), 1, 2, 3),
]);

/** @param {Uint8Array<ArrayBuffer>} module */
const run = (module) => {
  const { f, g, h, seven } = /** @type {any} */ (new WebAssembly.Instance(new WebAssembly.Module(module), { a: { b: () => 21 } })).exports;
  return [f(), g(), h(), seven.value];
};

describe("functions at other places", () => {
  it("do what they did, whoever calls them: others, a table, JavaScript, the module's beginning", () => {
    assert.deepEqual(run(MODULE), [42, 21, 21, 7]);
    for (const order of [[3, 2, 1, 0], [1, 3, 0, 2], [0, 1, 2, 3]]) assert.deepEqual(run(moved(MODULE, () => order)), [42, 21, 21, 7]);
  });

  it("are there in the order that was asked for, and nothing is there for tools", () => {
    const after = moved(MODULE, (bodies) => [...bodies.keys()].sort((one, other) => bodies[other].length - bodies[one].length));
    assert.deepEqual(sectionsOf(after).map(([kind]) => kind), [1, 2, 3, 4, 6, 7, 8, 9, 10]);
    const lengths = sectionsOf(after).flatMap(([kind, reader]) => (kind === 10 ? [...reader.bytes.subarray(1)] : []));
    assert.equal(lengths[0], 11);
  });

  it("may have numbers that take another byte", () => {
    const last = 200;
    const module = new Uint8Array([
      0, 0x61, 0x73, 0x6d, 1, 0, 0, 0,
      ...TYPES,
      ...section(3, ...number(last + 1), ...Array(last + 1).fill(1)),
      ...section(7, 1, ...text("f"), 0, 0),
      ...section(10, ...number(last + 1), ...Array.from({ length: last + 1 }, (_, at) => (at === 0 ? [5, 0, 0x10, ...number(last), 0x0b] : [5, 0, 0x41, ...number(at + 128), 0x0b])).flat()),
    ]);
    const after = moved(module, (bodies) => [...bodies.keys()].reverse());
    const { f } = /** @type {any} */ (new WebAssembly.Instance(new WebAssembly.Module(after))).exports;
    assert.equal(f(), last + 128);
  });

  it("a table that is filled in another way is refused", () => {
    const passive = new Uint8Array([...MODULE.subarray(0, 8), ...TYPES, ...IMPORTS, ...section(9, 1, 1, 0, 1, 0)]);
    assert.throws(() => moved(passive, () => []), { message: /tools\/build\/moving\.mjs/ });
  });
});
