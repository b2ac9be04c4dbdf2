// @ts-check
// Reads a packet or a record field by field, and notes each with its name, its value in words and where it stands in the bytes.

/**
 * @typedef {object} Field
 * @property {string} group the part it belongs to
 * @property {string} name as the specification writes it
 * @property {string} value in words
 * @property {number} start
 * @property {number} end behind the last byte
 * @property {boolean} [secret] neither its value nor its bytes are shown
 */

/** What cannot be read, and why. */
export class Unreadable extends Error {}

/** Of a text or a payload this much is shown. */
const SHOWN = 2000;

/** Tells of what is not UTF-8, and leaves a byte order mark where it is. */
const strict = () => new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** @param {Uint8Array} bytes */
const hexOf = (bytes) => [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join(" ");

/** @param {number} count */
const bytesInWords = (count) => `${count.toLocaleString("en")} ${count === 1 ? "byte" : "bytes"}`;

/**
 * Bytes as text where they are text, else as hexadecimal digits.
 * @param {Uint8Array} bytes
 * @param {number} [total] where only the first are here
 */
export const sayBytes = (bytes, total = bytes.length) => {
  if (total === 0) return "(empty)";
  const first = bytes.subarray(0, SHOWN);
  const more = total > first.length ? ` … (${bytesInWords(total)} in all)` : "";
  try {
    // Text that is cut may end within a character.
    const text = strict().decode(first, { stream: more !== "" });
    if (!/[\0-\x08\x0e-\x1f\x7f]/.test(text)) return `${text}${more}`;
  } catch {
    // not text
  }
  return `${hexOf(first.subarray(0, 64))}${first.length > 64 && !more ? ` … (${bytesInWords(total)} in all)` : more}`;
};

export class Reader {
  /** @type {Field[]} */
  fields = [];
  at = 0;
  group = "";

  /** @param {Uint8Array} bytes */
  constructor(bytes) {
    this.bytes = bytes;
    this.end = bytes.length;
  }

  get left() {
    return this.end - this.at;
  }

  /**
   * Reads a field, and notes it.
   * @template T
   * @param {string} name
   * @param {(reader: this) => T} read
   * @param {(value: T) => string} [say]
   * @param {boolean} [secret]
   * @returns {T}
   */
  field(name, read, say = String, secret = false) {
    const start = this.at;
    try {
      const value = read(this);
      const field = { group: this.group, name, value: secret ? `not shown (${bytesInWords(this.at - start)})` : say(value), start, end: this.at };
      this.fields.push(secret ? { ...field, secret } : field);
      return value;
    } catch (error) {
      if (secret) this.fields.push({ group: this.group, name, value: "not shown", start, end: this.end, secret });
      throw error instanceof Unreadable ? new Unreadable(`${name}: ${error.message}`) : error;
    }
  }

  /** @param {number} length */
  take(length) {
    if (length > this.left) throw new Unreadable(`it ends after ${bytesInWords(this.left)} of ${length.toLocaleString("en")}.`);
    this.at += length;
    return this.bytes.subarray(this.at - length, this.at);
  }

  byte() {
    return this.take(1)[0];
  }

  two() {
    return this.take(2).reduce((sum, byte) => sum * 256 + byte, 0);
  }

  four() {
    return this.take(4).reduce((sum, byte) => sum * 256 + byte, 0);
  }

  /** A number in seven-bit groups, least significant first. @param {number} [most] bytes */
  varint(most = 4) {
    let value = 0;
    for (let place = 0; place < most; place++) {
      const byte = this.byte();
      value += (byte & 0x7f) * 2 ** (7 * place);
      if (byte < 0x80) return value;
    }
    throw new Unreadable(`a number of more than ${most} bytes.`);
  }

  /** Bytes behind their length, which takes two. */
  binary() {
    return this.take(this.two());
  }

  /** Text behind its length, which takes two. */
  text() {
    return this.utf8(this.binary());
  }

  /** @param {Uint8Array} bytes */
  utf8(bytes) {
    try {
      return strict().decode(bytes);
    } catch {
      throw new Unreadable("it is not UTF-8.");
    }
  }
}
