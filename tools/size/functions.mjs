// What the functions of a WebAssembly module weigh, by their names: those that are the largest, and the rooms they are in.

/** @typedef {{ name: string, bytes: number }} Weight */

/** Reads the module a number and a name at a time. */
class Reader {
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

const CUSTOM = 0;
const CODE = 10;
const FUNCTION_NAMES = 1;

/**
 * Every function that has a body, the largest first.
 * @param {Uint8Array<ArrayBuffer>} wasm a module with its name section
 * @returns {Weight[]}
 */
export const functions = (wasm) => {
  const module = new Reader(wasm);
  module.take(8);
  /** @type {number[]} */
  let bodies = [];
  let names = new Map();
  while (!module.isAtEnd) {
    const [kind, section] = [module.number(), module.take(module.number())];
    if (kind === CODE) bodies = bodiesIn(section);
    if (kind === CUSTOM && section.text() === "name") names = namesIn(section);
  }
  const imported = WebAssembly.Module.imports(new WebAssembly.Module(wasm)).filter(({ kind }) => kind === "function").length;
  const weights = bodies.map((bytes, index) => ({ bytes, name: plain(names.get(imported + index) ?? "?") }));
  return weights.sort((a, b) => b.bytes - a.bytes);
};

/** @param {Reader} section */
const bodiesIn = (section) =>
  Array.from({ length: section.number() }, () => {
    const bytes = section.number();
    section.take(bytes);
    return bytes;
  });

/** @param {Reader} section */
const namesIn = (section) => {
  /** @type {Map<number, string>} */
  const names = new Map();
  while (!section.isAtEnd) {
    const [kind, part] = [section.number(), section.take(section.number())];
    if (kind !== FUNCTION_NAMES) continue;
    for (let left = part.number(); left > 0; left--) names.set(part.number(), part.text());
  }
  return names;
};

/**
 * A name without hashes, and without what says only that it is a method.
 * @param {string} name
 */
const plain = (name) =>
  name
    .replace(/::h[0-9a-f]{16}$/, "")
    .replace(/\[[0-9a-f]{16}\]/g, "")
    .replace(/::<impl mqtt_mooring::[\w:]+>/g, "")
    .replace(/(?:::\{\{closure\}\})+/g, "::{closure}");

/**
 * What each room weighs, the heaviest first. A function is in the first room its name tells of: what a library makes for
 * one of our types counts for that.
 * @param {Weight[]} weights
 * @returns {Weight[]}
 */
export const rooms = (weights) => {
  /** @type {Map<string, number>} */
  const sums = new Map();
  for (const { name, bytes } of weights) sums.set(roomOf(name), (sums.get(roomOf(name)) ?? 0) + bytes);
  return [...sums].map(([name, bytes]) => ({ name, bytes })).sort((a, b) => b.bytes - a.bytes);
};

/** @param {string} name */
const roomOf = (name) => {
  const ours = /mqtt_mooring::(\w+(?:::[a-z]\w*)?)/.exec(name);
  if (ours) return ours[1];
  if (name.startsWith("mqttclient_")) return "web::class (exported)";
  return /\b(core|alloc|std|dlmalloc|wasm_bindgen\w*|js_sys|web_sys|serde\w*|gloo\w*)\b/.exec(name)?.[1] ?? "other";
};
