// Functions at other places in the module. WebAssembly knows a function by its place, so that whatever names one has to name the
// new place: calls, tables, exports, what begins.
//
// wasm-opt could do it, too, but reading and writing the module again makes it larger where functions return several values.
import { ToolError } from "../lib/say.mjs";
import { bodiesIn, CODE, CUSTOM, FUNCTIONS, importedBy, instructionsIn, number, Reader, sectionsOf } from "../lib/wasm.mjs";

const [EXPORTS, START, ELEMENTS] = [7, 8, 9];
const [CALL, REF_FUNC, I32_CONST] = [0x10, 0xd2, 0x41];
/** Where the sections begin. */
const HEADER = 8;

/** @typedef {(place: number) => number} Move from a function's old place to the new one */

/**
 * The module with its functions in another order, and without what only tools look at: the names of its functions, for instance.
 * @param {Uint8Array<ArrayBuffer>} wasm
 * @param {(bodies: Uint8Array[]) => number[]} orderOf the old places of the functions with a body, among themselves, in the new order
 * @returns {Uint8Array<ArrayBuffer>}
 */
export const moved = (wasm, orderOf) => {
  const imported = importedBy(wasm);
  const [, code] = sectionsOf(wasm).find(([kind]) => kind === CODE) ?? [CODE, new Reader(Uint8Array.of(0))];
  const order = orderOf(bodiesIn(code));
  /** @type {number[]} */
  const places = [];
  for (const [place, at] of order.entries()) places[at] = imported + place;
  /** @type {Move} */
  const move = (place) => (place < imported ? place : places[place - imported]);

  /** @type {number[]} */
  const bytes = [...wasm.subarray(0, HEADER)];
  for (const [kind, section] of sectionsOf(wasm)) {
    if (kind === CUSTOM) continue;
    const content = (CONTENTS[kind] ?? unchanged)(section, move, order);
    bytes.push(kind, ...number(content.length));
    for (const byte of content) bytes.push(byte);
  }
  return Uint8Array.from(bytes);
};

/** @typedef {(section: Reader, move: Move, order: number[]) => ArrayLike<number> & Iterable<number>} Content a section's new content */

/** @type {Content} */
const unchanged = ({ bytes }) => bytes;

/** @type {Content} */
const functions = (section, _, order) => {
  const types = Array.from({ length: section.number() }, () => section.number());
  return [...number(types.length), ...order.flatMap((at) => number(types[at]))];
};

/** @type {Content} */
const code = (section, move, order) => {
  const bodies = bodiesIn(section).map((body) => {
    const reader = new Reader(body);
    for (let left = 2 * reader.number(); left > 0; left--) reader.number();
    return replaced(reader, move);
  });
  return [...number(bodies.length), ...order.flatMap((at) => [...number(bodies[at].length), ...bodies[at]])];
};

/**
 * What was read, and the instructions behind it with the functions that they name at their new places.
 * @param {Reader} reader
 * @param {Move} move
 * @returns {number[]}
 */
const replaced = (reader, move) => {
  const { bytes } = reader;
  /** @type {number[]} */
  const all = [];
  let copied = 0;
  for (const { opcode, at } of instructionsIn(reader)) {
    if (opcode !== CALL && opcode !== REF_FUNC) continue;
    const operand = new Reader(bytes.subarray(at));
    all.push(...bytes.subarray(copied, at), ...number(move(operand.number())));
    copied = at + operand.at;
  }
  return [...all, ...bytes.subarray(copied)];
};

/** @type {Content} */
const exported = (section, move) => {
  const content = number(section.number());
  while (!section.isAtEnd) {
    const { bytes } = section.take(section.number());
    const kind = section.number();
    const place = section.number();
    content.push(...number(bytes.length), ...bytes, kind, ...number(kind === 0 ? move(place) : place));
  }
  return content;
};

/** @type {Content} */
const start = (section, move) => number(move(section.number()));

/** Active ones of the first table, from a constant on: nothing here makes others. @type {Content} */
const elements = (section, move) => {
  const content = number(section.number());
  while (!section.isAtEnd) {
    const begin = section.at;
    if (section.number() !== 0 || section.number() !== I32_CONST) throw new ToolError("the module has a table that is filled in a way unknown to tools/build/moving.mjs: teach it that way.");
    const [, , length] = Array.from({ length: 3 }, () => section.number());
    content.push(...section.bytes.subarray(begin, section.at));
    for (let left = length; left > 0; left--) content.push(...number(move(section.number())));
  }
  return content;
};

/** @type {Record<number, Content>} */
const CONTENTS = { [FUNCTIONS]: functions, [EXPORTS]: exported, [START]: start, [ELEMENTS]: elements, [CODE]: code };
