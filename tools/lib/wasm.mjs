// The binary format of WebAssembly modules, as far as the tools look at it.

/** Reads the module a number and a name at a time. */
export class Reader {
  /** @param {Uint8Array} bytes */
  constructor(bytes) {
    this.bytes = bytes;
    this.at = 0;
  }

  /** An unsigned LEB128 number. */
  number() {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = this.bytes[this.at++];
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
  }

  /** @param {number} length */
  take(length) {
    return new Reader(this.bytes.subarray(this.at, (this.at += length)));
  }

  text() {
    return new TextDecoder().decode(this.take(this.number()).bytes);
  }

  get isAtEnd() {
    return this.at >= this.bytes.length;
  }
}

/** Kinds of sections. */
export const CUSTOM = 0;
export const TYPES = 1;
export const FUNCTIONS = 3;
export const CODE = 10;
/** The part of the section "name" that has the names of the functions. */
export const FUNCTION_NAMES = 1;

/**
 * @param {Uint8Array} wasm a module
 * @returns {[kind: number, section: Reader][]}
 */
export const sectionsOf = (wasm) => {
  const module = new Reader(wasm);
  module.take(8);
  /** @type {[number, Reader][]} */
  const sections = [];
  while (!module.isAtEnd) sections.push([module.number(), module.take(module.number())]);
  return sections;
};

/**
 * The bodies of the functions.
 * @param {Reader} section of the code
 */
export const bodiesIn = (section) => Array.from({ length: section.number() }, () => section.take(section.number()).bytes);

/**
 * How many functions are imported: the number of the first one that has a body.
 * @param {Uint8Array<ArrayBuffer>} wasm
 */
export const importedBy = (wasm) => WebAssembly.Module.imports(new WebAssembly.Module(wasm)).filter(({ kind }) => kind === "function").length;

/**
 * As an unsigned LEB128 number.
 * @param {number} value
 * @returns {number[]}
 */
export const number = (value) => (value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...number(value >>> 7)]);

/** How many numbers follow an opcode, where it is not none. @type {Record<number, number>} */
const FOLLOWING = {
  // block, loop, if; br, br_if; call, call_indirect
  0x02: 1, 0x03: 1, 0x04: 1, 0x0c: 1, 0x0d: 1, 0x10: 1, 0x11: 2,
  // local, global and table, get and set; memory.size and grow; i32.const, i64.const; ref.null, ref.func
  0x20: 1, 0x21: 1, 0x22: 1, 0x23: 1, 0x24: 1, 0x25: 1, 0x26: 1, 0x3f: 1, 0x40: 1, 0x41: 1, 0x42: 1, 0xd0: 1, 0xd2: 1,
};
/** The same for what begins with 0xfc: conversions, then memory and table. */
const FOLLOWING_FC = [0, 0, 0, 0, 0, 0, 0, 0, 2, 1, 2, 1, 2, 1, 2, 1, 1, 1];
const [BR_TABLE, SELECT_TYPED, F32_CONST, F64_CONST, MORE] = [0x0e, 0x1c, 0x43, 0x44, 0xfc];

/**
 * The instructions of a function, of WebAssembly 2.0 without vectors.
 * @param {Reader} body behind its locals
 * @returns {Generator<{ opcode: number, at: number }>} with the place of what follows the opcode
 */
export function* instructionsIn(body) {
  while (!body.isAtEnd) {
    const opcode = body.bytes[body.at++];
    yield { opcode, at: body.at };
    let numbers = opcode >= 0x28 && opcode <= 0x3e ? 2 : (FOLLOWING[opcode] ?? 0);
    if (opcode === BR_TABLE) numbers = body.number() + 1;
    if (opcode === SELECT_TYPED) numbers = body.number();
    if (opcode === MORE) numbers = FOLLOWING_FC[body.number()];
    for (; numbers > 0; numbers--) body.number();
    body.at += opcode === F32_CONST ? 4 : opcode === F64_CONST ? 8 : 0;
  }
}
