// Packets in the notation of the scripts (docs/peer.md): `PUBLISH topic=a qos=1 id=7 payload=x` is made into bytes, and bytes are
// told in the same words. What a server sends can be made wrong on purpose; what a client sends is read strictly.
import { split, word } from "../../www/peer/words.js";
import { bytesOf, fromHex, isProperty, numberOf, prefixed, property, Reader, textOf, two, varint } from "./wire.mjs";

/** @typedef {"5" | "3.1.1"} Version */

/**
 * A packet in words: its name, and its fields in order. A field without a value is a flag that is set.
 * @typedef {object} Packet
 * @property {string} name
 * @property {[field: string, value: string][]} fields
 */

const TYPES = [
  "", "CONNECT", "CONNACK", "PUBLISH", "PUBACK", "PUBREC", "PUBREL", "PUBCOMP", "SUBSCRIBE", "SUBACK", "UNSUBSCRIBE", "UNSUBACK",
  "PINGREQ", "PINGRESP", "DISCONNECT", "AUTH",
];

/** The flags of table 2-2 that are not 0. @type {Record<string, number>} */
const FLAGS = { PUBREL: 2, SUBSCRIBE: 2, UNSUBSCRIBE: 2 };

const ACKS = ["PUBACK", "PUBREC", "PUBREL", "PUBCOMP"];

/**
 * Reads the notation.
 * @param {string} text
 * @returns {Packet}
 */
export const parsePacket = (text) => {
  const [first, ...rest] = split(text);
  const name = first?.text ?? "";
  if (!TYPES.includes(name) || name === "") throw new Error(`"${name}" is no packet`);
  const fields = rest.map(({ text: field }) => {
    const equals = field.indexOf("=");
    return /** @type {[string, string]} */ (equals < 0 ? [field, "true"] : [field.slice(0, equals), field.slice(equals + 1)]);
  });
  return { name, fields };
};

/** @param {Packet} packet */
export const wordsOf = ({ name, fields }) =>
  [name, ...fields.map(([field, value]) => (value === "true" ? field : `${field}=${word(value)}`))].join(" ");

/** What makes a packet wrong on purpose: fields of any packet. */
const FAULTS = ["flags", "length", "properties", "list-cut", "cut", "extra"];

/**
 * The bytes of a packet. Beside its own fields each may have `flags=` (the four bits of the first byte), `length=HEX` (in place of its
 * Remaining Length), `properties=HEX` (in place of its property list and the length of that), `list-cut=N` (the last N bytes of the list
 * are missing), `cut=N` (the last N bytes of the packet are) and `extra=HEX` (bytes behind its last field).
 * @param {Packet} packet
 * @param {Version} version
 */
export const encode = ({ name, fields }, version) => {
  /** @type {Map<string, string>} */
  const given = new Map();
  /** @type {Buffer[]} */
  const list = [];
  for (const [field, value] of fields) {
    if (isProperty(field)) list.push(property(field, value));
    else if (given.has(field)) throw new Error(`${field} comes twice`);
    else given.set(field, value);
  }
  const used = new Set(FAULTS);
  /** @param {string} field @param {string} [otherwise] */
  const take = (field, otherwise) => {
    used.add(field);
    const value = given.get(field) ?? otherwise;
    if (value === undefined) throw new Error(`${name} needs ${field}=`);
    return value;
  };
  const number = (/** @type {string} */ field, /** @type {string} */ otherwise) => numberOf(take(field, otherwise));
  const flag = (/** @type {string} */ field) => (take(field, "false") === "true" ? 1 : 0);
  const raw = given.get("properties");
  if (version === "3.1.1" && (list.length > 0 || raw !== undefined)) throw new Error("3.1.1 has no properties");
  const whole = Buffer.concat(list);
  const shortened = whole.subarray(0, whole.length - number("list-cut", "0"));
  const properties = raw !== undefined ? fromHex(raw) : Buffer.concat([varint(shortened.length), shortened]);
  const any = raw !== undefined || list.length > 0;
  const behind = version === "5" ? properties : Buffer.alloc(0);
  /** A reason code and properties, as short as they can be said. */
  const ending = () => {
    const code = given.has("code");
    const byte = number("code", "0");
    if (version === "3.1.1" && code) throw new Error("3.1.1 has no reason code there");
    return any ? [Buffer.from([byte]), behind] : code ? [Buffer.from([byte])] : [];
  };
  let flags = FLAGS[name] ?? 0;
  let parts;
  if (name === "CONNACK") {
    parts = [Buffer.from([given.has("acknowledge-flags") ? number("acknowledge-flags", "0") : flag("session-present"), number("code", "0")]), behind];
    used.add("session-present");
  } else if (name === "PUBLISH") {
    const qos = number("qos", "0");
    flags = (flag("dup") << 3) | (qos << 1) | flag("retain");
    const id = qos > 0 || given.has("id") ? [two(numberOf(take("id")))] : [];
    parts = [prefixed(bytesOf(take("topic", ""))), ...id, behind, bytesOf(take("payload", ""))];
  } else if (ACKS.includes(name)) {
    parts = [two(numberOf(take("id"))), ...ending()];
  } else if (name === "SUBACK" || name === "UNSUBACK") {
    const codes = version === "5" || name === "SUBACK" ? take("codes") : "";
    parts = [two(numberOf(take("id"))), behind, Buffer.from(codes.split(",").filter(Boolean).map(numberOf))];
    used.add("codes");
  } else if (name === "DISCONNECT" || name === "AUTH") {
    parts = ending();
  } else if (name === "PINGREQ" || name === "PINGRESP") {
    parts = [Buffer.alloc(0)];
  } else {
    throw new Error(`no server sends ${name}: write it in hexadecimal`);
  }
  const strange = [...given.keys()].find((field) => !used.has(field));
  if (strange !== undefined) throw new Error(`${name} has no ${strange}`);
  const complete = Buffer.concat([...parts, fromHex(given.get("extra") ?? "")]);
  const body = complete.subarray(0, complete.length - number("cut", "0"));
  const length = given.has("length") ? fromHex(take("length")) : varint(body.length);
  return Buffer.concat([Buffer.from([(TYPES.indexOf(name) << 4) | (given.has("flags") ? number("flags", "0") : flags)]), length, body]);
};

/**
 * Tells a packet that a client sent; throws what is wrong with it.
 * @param {Uint8Array} bytes one whole packet
 * @param {Version} version
 * @returns {Packet}
 */
export const decode = (bytes, version) => {
  const reader = new Reader(bytes);
  const first = reader.byte();
  reader.varint();
  const name = TYPES[first >> 4];
  const flags = first & 0x0f;
  /** @type {[string, string][]} */
  const fields = [];
  const say = (/** @type {string} */ field, /** @type {string | number} */ value) => void fields.push([field, String(value)]);
  const flag = (/** @type {string} */ field, /** @type {number} */ bit) => {
    if (bit !== 0) say(field, "true");
  };
  const properties = () => {
    if (version === "5") fields.push(...reader.properties());
  };
  const id = () => {
    const number = reader.two();
    if (number === 0) throw new Error("packet identifier 0");
    say("id", number);
  };
  const ending = () => {
    if (version === "5" && !reader.isAtEnd) say("code", hex(reader.byte()));
    if (version === "5" && !reader.isAtEnd) properties();
  };
  if (name !== "PUBLISH" && flags !== (FLAGS[name] ?? 0)) throw new Error(`${name} with flags ${flags}`);
  if (name === "CONNECT") {
    connect(reader, version, say, flag, properties);
  } else if (name === "PUBLISH") {
    const qos = (flags >> 1) & 3;
    if (qos === 3 || (qos === 0 && flags & 8)) throw new Error(`PUBLISH with flags ${flags}`);
    say("topic", reader.string());
    if (qos > 0) say("qos", qos);
    if (qos > 0) id();
    flag("dup", flags & 8);
    flag("retain", flags & 1);
    properties();
    say("payload", textOf(reader.rest()));
  } else if (ACKS.includes(name)) {
    id();
    ending();
  } else if (name === "SUBSCRIBE" || name === "UNSUBSCRIBE") {
    id();
    properties();
    if (reader.isAtEnd) throw new Error(`${name} without a topic filter`);
    while (!reader.isAtEnd) {
      say("filter", reader.string());
      if (name === "SUBSCRIBE") say("options", hex(reader.byte()));
    }
  } else if (name === "DISCONNECT" || (name === "AUTH" && version === "5")) {
    ending();
  } else if (name !== "PINGREQ") {
    throw new Error(`no client sends ${name || "packet type 0"}`);
  }
  if (!reader.isAtEnd) throw new Error(`${name} goes on behind its last field`);
  return { name, fields };
};

/**
 * @param {Reader} reader
 * @param {Version} version
 * @param {(field: string, value: string | number) => void} say
 * @param {(field: string, bit: number) => void} flag
 * @param {() => void} properties
 */
const connect = (reader, version, say, flag, properties) => {
  const protocol = reader.string();
  const level = reader.byte();
  if (protocol !== "MQTT" || level !== (version === "5" ? 5 : 4)) throw new Error(`CONNECT to ${protocol}, level ${level}`);
  const flags = reader.byte();
  if (flags & 1) throw new Error("CONNECT with its reserved flag");
  flag("clean", flags & 2);
  say("keep-alive", reader.two());
  properties();
  say("client-id", reader.string());
  if (flags & 4) {
    say("will-qos", (flags >> 3) & 3);
    flag("will-retain", flags & 0x20);
    if (version === "5") reader.properties().forEach(([name, value]) => say(`will-${name}`, value));
    say("will-topic", reader.string());
    say("will-payload", textOf(reader.binary()));
  } else if (flags & 0x38) {
    throw new Error("CONNECT with flags of a will, and without one");
  }
  if (flags & 0x80) say("username", reader.string());
  if (flags & 0x40) say("password", textOf(reader.binary()));
};

/** @param {number} byte */
const hex = (byte) => `0x${byte.toString(16).padStart(2, "0")}`;

/** What a packet says by leaving it out. @type {Record<string, string>} */
const DEFAULTS = { code: "0x00", payload: "" };

/**
 * Why `found` is not what was expected, or "". Every field that is expected must be there with its value: `*` is any, `$name` the value it had
 * first. Of CONNECT the others may be as they like; of all other packets there are none but those that say nothing.
 * @param {Packet} expected
 * @param {Packet} found
 * @param {Map<string, string>} names values by name; new ones are added
 */
export const difference = (expected, found, names) => {
  if (expected.name !== found.name) return `${found.name} in place of ${expected.name}`;
  const left = [...found.fields];
  for (const [field, wanted] of expected.fields) {
    const at = left.findIndex(([name]) => name === field);
    const value = at < 0 ? DEFAULTS[field] : left.splice(at, 1)[0][1];
    if (wanted === "false" && value === undefined) continue;
    if (value === undefined) return `there is no ${field}`;
    if (wanted.startsWith("$")) {
      const known = names.get(wanted) ?? value;
      names.set(wanted, known);
      if (known !== value) return `${field} is ${value}, not ${known} as before`;
    } else if (wanted !== "*" && !isSame(wanted, value)) {
      return `${field} is ${value}, not ${wanted}`;
    }
  }
  const more = expected.name === "CONNECT" ? undefined : left.find(([field, value]) => DEFAULTS[field] !== value);
  return more === undefined ? "" : `${more[0]}=${more[1]} was not expected`;
};

/** @param {string} wanted @param {string} value */
const isSame = (wanted, value) => {
  if (wanted === value) return true;
  const isNumber = /^(?:\d+|0x[0-9a-f]+)$/i;
  return isNumber.test(wanted) && isNumber.test(value) && Number(wanted) === Number(value);
};

/**
 * Cuts a stream into packets.
 * @param {(packet: Buffer) => void} take
 */
export const splitter = (take) => {
  let carried = Buffer.alloc(0);
  return (/** @type {Uint8Array} */ chunk) => {
    carried = Buffer.concat([carried, chunk]);
    for (;;) {
      let length = 0;
      let at = 1;
      for (; at < 5; at += 1) {
        if (at >= carried.length) return;
        length += (carried[at] & 0x7f) * 128 ** (at - 1);
        if (carried[at] < 0x80) break;
      }
      if (carried.length < at + 1 + length) return;
      take(carried.subarray(0, at + 1 + length));
      carried = carried.subarray(at + 1 + length);
    }
  };
};
