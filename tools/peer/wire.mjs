// Bytes of MQTT as they lie on the wire: integers, strings, variable byte integers, property lists; both ways, and strict.
// Written against the specification, not against the client: nothing of src/ is used here.

/** @typedef {"byte" | "two" | "four" | "varint" | "string" | "binary" | "pair"} Kind */

/** Table 2-4: identifier, name as the scripts write it, type. @type {[id: number, name: string, kind: Kind][]} */
const PROPERTIES = [
  [0x01, "payload-format-indicator", "byte"],
  [0x02, "message-expiry-interval", "four"],
  [0x03, "content-type", "string"],
  [0x08, "response-topic", "string"],
  [0x09, "correlation-data", "binary"],
  [0x0b, "subscription-identifier", "varint"],
  [0x11, "session-expiry-interval", "four"],
  [0x12, "assigned-client-identifier", "string"],
  [0x13, "server-keep-alive", "two"],
  [0x15, "authentication-method", "string"],
  [0x16, "authentication-data", "binary"],
  [0x17, "request-problem-information", "byte"],
  [0x18, "will-delay-interval", "four"],
  [0x19, "request-response-information", "byte"],
  [0x1a, "response-information", "string"],
  [0x1c, "server-reference", "string"],
  [0x1f, "reason-string", "string"],
  [0x21, "receive-maximum", "two"],
  [0x22, "topic-alias-maximum", "two"],
  [0x23, "topic-alias", "two"],
  [0x24, "maximum-qos", "byte"],
  [0x25, "retain-available", "byte"],
  [0x26, "user-property", "pair"],
  [0x27, "maximum-packet-size", "four"],
  [0x28, "wildcard-subscription-available", "byte"],
  [0x29, "subscription-identifier-available", "byte"],
  [0x2a, "shared-subscription-available", "byte"],
];

/** @type {Map<string, { id: number, kind: Kind }>} */
const BY_NAME = new Map(PROPERTIES.map(([id, name, kind]) => [name, { id, kind }]));
/** @type {Map<number, { name: string, kind: Kind }>} */
const BY_ID = new Map(PROPERTIES.map(([id, name, kind]) => [id, { name, kind }]));

/** @param {string} name */
export const isProperty = (name) => BY_NAME.has(name);

/** @param {string} digits two for each byte; blanks are ignored */
export const fromHex = (digits) => {
  const packed = digits.replace(/\s+/g, "");
  if (!/^(?:[0-9a-f]{2})*$/i.test(packed)) throw new Error(`"${digits}" is not hexadecimal, two digits for each byte`);
  return Buffer.from(packed, "hex");
};

/** How much of a packet is shown to people. */
const SHOWN = 300;

/** For people: of what is very long, the beginning. @param {Uint8Array} bytes */
export const toHex = (bytes) => {
  const digits = Array.from(bytes.subarray(0, SHOWN), (byte) => byte.toString(16).padStart(2, "0")).join(" ");
  return bytes.length > SHOWN ? `${digits} … (${bytes.length} bytes)` : digits;
};

/** @param {number} value */
export const varint = (value) => {
  const bytes = [];
  do {
    const rest = Math.floor(value / 128);
    bytes.push((value % 128) | (rest > 0 ? 0x80 : 0));
    value = rest;
  } while (value > 0);
  return Buffer.from(bytes);
};

/** @param {number} value */
export const two = (value) => Buffer.from([value >> 8, value & 0xff]);

/** @param {Uint8Array} bytes */
export const prefixed = (bytes) => Buffer.concat([two(bytes.length), bytes]);

/**
 * What a value in a script says as bytes: its text, the digits behind `hex:`, or as many x as `x*` is followed by.
 * @param {string} value
 */
export const bytesOf = (value) => {
  const [, count] = /^x\*(\d+)$/.exec(value) ?? [];
  if (count !== undefined) return Buffer.alloc(Number(count), "x");
  return value.startsWith("hex:") ? fromHex(value.slice(4)) : Buffer.from(value);
};

/**
 * A number in a script: decimal, or hexadecimal with 0x, or binary with 0b.
 * @param {string} value
 */
export const numberOf = (value) => {
  const number = Number(value);
  if (!/^(?:\d+|0x[0-9a-f]+|0b[01]+)$/i.test(value) || !Number.isSafeInteger(number)) throw new Error(`"${value}" is no number`);
  return number;
};

/**
 * One property, identifier and value.
 * @param {string} name
 * @param {string} value of a user property `NAME:VALUE`
 */
export const property = (name, value) => {
  const known = BY_NAME.get(name);
  if (known === undefined) throw new Error(`there is no property "${name}"`);
  return Buffer.concat([Buffer.from([known.id]), encoded(known.kind, value)]);
};

/**
 * @param {Kind} kind
 * @param {string} value
 */
const encoded = (kind, value) => {
  switch (kind) {
    case "byte":
      return Buffer.from([numberOf(value)]);
    case "two":
      return two(numberOf(value));
    case "four": {
      const bytes = Buffer.alloc(4);
      bytes.writeUInt32BE(numberOf(value));
      return bytes;
    }
    case "varint":
      return varint(numberOf(value));
    case "string":
    case "binary":
      return prefixed(bytesOf(value));
    case "pair": {
      const colon = value.indexOf(":");
      return Buffer.concat([prefixed(Buffer.from(value.slice(0, colon))), prefixed(Buffer.from(value.slice(colon + 1)))]);
    }
  }
};

/** A position in received bytes; every reading is checked. */
export class Reader {
  #bytes;
  #at = 0;

  /** @param {Uint8Array} bytes */
  constructor(bytes) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get isAtEnd() {
    return this.#at === this.#bytes.length;
  }

  /** @param {number} length */
  take(length) {
    const end = this.#at + length;
    if (end > this.#bytes.length) throw new Error("it ends in the middle of a field");
    const taken = this.#bytes.subarray(this.#at, end);
    this.#at = end;
    return taken;
  }

  rest() {
    return this.take(this.#bytes.length - this.#at);
  }

  byte() {
    return this.take(1)[0];
  }

  two() {
    return this.take(2).readUInt16BE();
  }

  varint() {
    let value = 0;
    for (let length = 0; length < 4; length += 1) {
      const byte = this.byte();
      value += (byte & 0x7f) * 128 ** length;
      if (byte < 0x80) {
        if (byte === 0 && length > 0) throw new Error("a variable byte integer is longer than it must be");
        return value;
      }
    }
    throw new Error("a variable byte integer has more than four bytes");
  }

  binary() {
    return this.take(this.two());
  }

  string() {
    const bytes = this.binary();
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    if (text.includes("\0")) throw new Error("a string contains U+0000");
    return text;
  }

  /** A property list with its length, as `[name, value]` pairs. @returns {[string, string][]} */
  properties() {
    const list = new Reader(this.take(this.varint()));
    /** @type {[string, string][]} */
    const found = [];
    while (!list.isAtEnd) {
      const id = list.varint();
      const known = BY_ID.get(id);
      if (known === undefined) throw new Error(`there is no property ${id}`);
      if (known.kind !== "pair" && found.some(([name]) => name === known.name)) throw new Error(`${known.name} comes twice`);
      found.push([known.name, list.#value(known.kind)]);
    }
    return found;
  }

  /** @param {Kind} kind */
  #value(kind) {
    switch (kind) {
      case "byte":
        return String(this.byte());
      case "two":
        return String(this.two());
      case "four":
        return String(this.take(4).readUInt32BE());
      case "varint":
        return String(this.varint());
      case "string":
        return this.string();
      case "binary":
        return textOf(this.binary());
      case "pair":
        return `${this.string()}:${this.string()}`;
    }
  }
}

/**
 * Bytes as a value in a script: text where they are UTF-8 that can be read, else digits behind `hex:`.
 * @param {Uint8Array} bytes
 */
export const textOf = (bytes) => {
  const text = Buffer.from(bytes).toString();
  const isText = Buffer.from(text).equals(bytes) && !/[\u0000-\u001f\u007f]/.test(text) && !text.startsWith("hex:");
  return isText ? text : `hex:${Buffer.from(bytes).toString("hex")}`;
};
