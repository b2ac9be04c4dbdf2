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
