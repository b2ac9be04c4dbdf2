// The numbers of the functions' locals. What a page downloads is compressed, and instructions are seen to be the same as some before
// only where their locals have the same numbers. Nothing else depends on which of its type's numbers a local has.
//
// They are found by trying: two locals of a type change numbers, and keep them where the function, after the 32 KB before it, is
// smaller for it. Every function keeps its place, its length and its instructions.
import { deflateRawSync } from "node:zlib";
import { bodiesIn, CODE, FUNCTIONS, instructionsIn, number, Reader, sectionsOf, TYPES } from "../lib/wasm.mjs";

/** How far back gzip looks. */
const WINDOW = 32 * 1024;
/** Each local is tried in place of so many after it: more make the build longer, and the module hardly smaller. */
const NEAR = 3;
const [LOCAL_GET, LOCAL_TEE] = [0x20, 0x22];

/**
 * The module with other numbers for its locals.
 * @param {Uint8Array<ArrayBuffer>} wasm
 */
export const renumbered = (wasm) => {
  const sections = new Map(sectionsOf(wasm).filter(([kind]) => [TYPES, FUNCTIONS, CODE].includes(kind)));
  const [types, functions, code] = [TYPES, FUNCTIONS, CODE].map((kind) => sections.get(kind) ?? new Reader(Uint8Array.of(0)));
  const parameters = parametersIn(types);
  functions.number();
  let before = Buffer.alloc(0);
  for (const body of bodiesIn(code)) {
    improve(body, parameters[functions.number()], before);
    before = Buffer.concat([before, body]).subarray(-WINDOW);
  }
  return wasm;
};

/**
 * How many parameters each type of function has.
 * @param {Reader} types
 */
const parametersIn = (types) =>
  Array.from({ length: types.number() }, () => {
    types.number();
    const { length } = types.take(types.number()).bytes;
    types.take(types.number());
    return length;
  });

/**
 * Gives a function's locals other numbers, in place.
 * @param {Uint8Array} body
 * @param {number} parameters how many it has: they keep their numbers
 * @param {Uint8Array} before what is before it in the module
 */
const improve = (body, parameters, before) => {
  const reader = new Reader(body);
  /** @type {number[]} the type of each local that is not a parameter */
  const types = [];
  for (let left = reader.number(); left > 0; left--) {
    const count = reader.number();
    types.push(...Array(count).fill(reader.number()));
  }
  /** @type {Map<number, number[]>} where in the body each local is named */
  const places = new Map(types.map((_, at) => [parameters + at, []]));
  for (const { opcode, at } of instructionsIn(reader)) {
    if (opcode >= LOCAL_GET && opcode <= LOCAL_TEE) places.get(new Reader(body.subarray(at)).number())?.push(at);
  }
  const size = () => deflateRawSync(body, { level: 9, memLevel: 9, ...before.length > 0 && { dictionary: before } }).length;
  /** @param {number} one @param {number} other */
  const exchange = (one, other) => {
    const [ones, others] = [places.get(one) ?? [], places.get(other) ?? []];
    for (const at of ones) body.set(number(other), at);
    for (const at of others) body.set(number(one), at);
    places.set(one, others).set(other, ones);
  };
  let smallest = size();
  for (const [at, type] of types.entries()) {
    const alike = types.flatMap((other, place) => (place > at && other === type ? [place] : []));
    for (const other of alike.slice(0, NEAR)) {
      const pair = /** @type {const} */ ([parameters + at, parameters + other]);
      // A number of 128 or more takes another byte.
      if (number(pair[0]).length !== number(pair[1]).length) continue;
      exchange(...pair);
      const next = size();
      if (next < smallest) smallest = next;
      else exchange(...pair);
    }
  }
};
