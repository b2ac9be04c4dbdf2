// @ts-check
// A record of a durable session, field by field, as src/session/journal.rs writes it. Reads what is there, damaged or not, and says
// what cannot be read; whether a session would take it is the package's business.
import { readPropertiesOf } from "./timeline/properties.js";
import { Reader, sayBytes, Unreadable } from "./timeline/reader.js";

/** @typedef {import("./timeline/reader.js").Field} Field */

/**
 * @typedef {object} Decoded
 * @property {Field[]} fields
 * @property {Uint8Array} bytes
 * @property {string} [fault]
 */

const FORMAT = 1;
const SUM_BYTES = 4;
/** Of a number this long all groups fit into 64 bits. */
const NUMBER_BYTES = 10;
/** So many messages of a pack are shown. */
const IN_PACK = 50;

/** By their number, as `outgoingMessages` calls them. */
const STAGES = ["queued", "awaiting PUBACK", "awaiting PUBREC", "PUBREC received", "awaiting PUBCOMP", "abandoned"];

const KINDS = /** @type {Record<string, string>} */ ({ m: "the session", s: "subscriptions", o: "message going out", i: "message half received", p: "pack of messages" });

/** @param {Uint8Array} bytes */
export const crc32 = (bytes) => {
  let crc = -1;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ~crc >>> 0;
};

/** @param {Reader} r */
const number = (r) => r.varint(NUMBER_BYTES);
/** @param {Reader} r */
const eight = (r) => r.take(8).reduce((sum, byte) => sum * 256n + BigInt(byte), 0n);
/** @param {Reader} r */
const sized = (r) => r.take(number(r));

/** @param {number} ms since 1970 */
const time = (ms) => (Number.isNaN(new Date(ms).getTime()) ? `${ms} ms` : new Date(ms).toISOString());

/** @param {Reader} r @param {string} name */
const text = (r, name) => r.field(name, () => r.utf8(sized(r)), (value) => value || "(empty)");

/** @param {Reader} r */
const message = (r) => {
  const flags = r.field("Message flags", () => r.byte(), (value) => {
    const set = [value & 4 && "retain", value & 8 && "has a key", value & 16 && "was sent in a lost session"].filter(Boolean);
    return [`QoS ${value & 3}`, ...set].join(", ");
  });
  if (flags & 8) text(r, "Key");
  text(r, "Topic");
  const length = r.field("Properties", () => number(r), (value) => `${value} bytes`);
  readPropertiesOf(r, length);
  r.field("Expires at", () => number(r), (value) => (value === 0 ? "never" : time(value - 1)));
  r.field("Payload", () => sized(r), sayBytes);
};

/** @param {Reader} r */
const outgoing = (r) => {
  r.field("Stage", () => r.byte(), (value) => STAGES[value] ?? `${value}, which there is not`);
  r.field("Packet identifier", () => r.two(), (value) => (value === 0 ? "none yet" : String(value)));
  r.field("Server's session", () => r.two(), (value) => `number ${value} under this name`);
  r.field("Message number", () => eight(r));
  r.field("Order of sending", () => eight(r));
  message(r);
};

/** @param {Reader} r */
const incoming = (r) => {
  r.field("Packet identifier", () => r.two());
  r.field("Server's session", () => r.two(), (value) => `number ${value} under this name`);
  r.field("Message number", () => eight(r));
  message(r);
};

/** @param {Reader} r */
const meta = (r) => {
  r.field("Protocol version", () => r.byte(), (value) => ({ 4: "3.1.1", 5: "5" })[value] ?? `${value}, which there is not`);
  r.field("Flags", () => r.byte(), (value) => {
    const set = [value & 1 && "the server has it", value & 2 && "the server lost it", value & 4 && "subscribes again"];
    return set.filter(Boolean).join(", ") || "none set";
  });
  r.field("Unique number", () => eight(r), (value) => value.toString(16).padStart(16, "0"));
  r.field("Session Expiry Interval", () => eight(r), (value) => (value === 0xffffffffn ? "never" : `${value} s`));
  r.field("Disconnected at", () => eight(r), (value) => (value === 0n ? "not known" : time(Number(value - 1n))));
  r.field("Packet identifiers reserved up to", () => r.two());
  r.field("Server's session", () => r.two(), (value) => `number ${value} under this name`);
  text(r, "Client id");
};

/** @param {Reader} r */
const subscriptions = (r) => {
  const count = r.field("How many", () => number(r));
  for (let at = 0; at < count; at++) {
    text(r, "Topic filter");
    r.field("Options", () => r.byte(), (value) => {
      const set = [value & 4 && "No Local", value & 8 && "Retain As Published", value & 0x30 && `Retain Handling ${(value >> 4) & 3}`];
      return [`QoS ${value & 3}`, ...set.filter(Boolean)].join(", ");
    });
    r.field("Subscription Identifier", () => number(r), (value) => (value === 0 ? "none" : String(value)));
  }
};

const BODIES = /** @type {Record<string, (r: Reader) => void>} */ ({ m: meta, s: subscriptions, o: outgoing, i: incoming });

/** One record, up to the reader's end. @param {Reader} r @returns {boolean} whether it is a pack, whose messages are read, too */
const record = (r) => {
  const { at, end } = r;
  const format = r.field("Format", () => r.byte());
  if (format !== FORMAT) throw new Unreadable(`This page knows format ${FORMAT} only.`);
  const kind = r.field("Kind", () => String.fromCharCode(r.byte()), (value) => `${value}: ${KINDS[value] ?? "not known"}`);
  if (kind === "p") return true;
  const read = BODIES[kind];
  if (!read) throw new Unreadable("There is no such kind of record.");
  r.end -= SUM_BYTES;
  read(r);
  if (r.left > 0) throw new Unreadable(`${r.left} bytes more than this record has.`);
  r.end = end;
  const sum = crc32(r.bytes.subarray(at, r.at));
  const written = r.field("Checksum (CRC-32)", () => r.four(), (value) => `${value.toString(16).padStart(8, "0")}${value === sum ? ", right" : `, but it is ${sum.toString(16).padStart(8, "0")}`}`);
  if (written !== sum) throw new Unreadable("It is damaged: the checksum is another.");
  return false;
};

/** @param {Reader} r */
const pack = (r) => {
  const { end } = r;
  for (let count = 0; r.left > 0; count++) {
    if (count === IN_PACK) return `Only the first ${IN_PACK} messages of this pack are shown.`;
    r.group = `Message ${count + 1} in this pack`;
    r.field("Stored as", () => eight(r), (value) => `o/${value}`);
    const length = r.field("Record length", () => number(r), (value) => `${value} bytes`);
    if (length > r.left) throw new Unreadable(`Record length: ${length} bytes, and ${r.left} are left.`);
    r.end = r.at + length;
    record(r);
    r.end = end;
  }
  return undefined;
};

/**
 * @param {string} name as the package names it
 * @param {string} stored one UTF-16 unit for each byte
 * @returns {Decoded}
 */
export const decodeRecord = (name, stored) => {
  const bytes = Uint8Array.from(stored, (unit) => unit.charCodeAt(0));
  const r = new Reader(bytes);
  if (/[^\0-\xff]/.test(stored)) return { fields: [], bytes: new TextEncoder().encode(stored), fault: "It has characters that no record has." };
  r.group = "Record";
  /** @type {string | undefined} */
  let fault;
  try {
    if (name === "saved") r.field("Saved string", () => r.take(r.left), sayBytes);
    else if (record(r)) fault = pack(r);
  } catch (error) {
    if (!(error instanceof Unreadable)) throw error;
    fault = error.message;
  }
  return { fields: r.fields, bytes, fault };
};

/**
 * The text as it lies in the store, with what cannot be seen written as JavaScript writes it.
 * @param {string} stored
 * @param {number} most
 */
export const rawText = (stored, most) => {
  const first = stored.slice(0, most);
  const seen = first.replaceAll(/[\0-\x1f\x7f-\xa0\xad\\]/g, (unit) => (unit === "\\" ? "\\\\" : `\\x${unit.charCodeAt(0).toString(16).padStart(2, "0")}`));
  return first.length < stored.length ? `${seen} …` : seen;
};
