// @ts-check
// One control packet of MQTT 3.1.1 or 5 in words: all its fields for those who look at it, and a line for the list. What
// cannot be read is said so, with the fields before it; nothing is thrown.
import { coded, readProperties, reasonName } from "./properties.js";
import { Reader, sayBytes, Unreadable } from "./reader.js";

/** @typedef {import("./reader.js").Field} Field */
/** @typedef {4 | 5} Level 4: MQTT 3.1.1 */

/**
 * @typedef {object} Packet
 * @property {string} type
 * @property {number} [id] Packet Identifier
 * @property {string} [topic]
 * @property {number} [alias] Topic Alias
 * @property {Level} [level] of CONNECT: the version it asks for
 * @property {string} summary
 * @property {Field[]} fields
 * @property {string} [fault]
 */

/** By their number (table 2-1). */
export const TYPES = [
  "type 0", "CONNECT", "CONNACK", "PUBLISH", "PUBACK", "PUBREC", "PUBREL", "PUBCOMP", "SUBSCRIBE", "SUBACK", "UNSUBSCRIBE", "UNSUBACK",
  "PINGREQ", "PINGRESP", "DISCONNECT", "AUTH",
];

/** Of CONNACK in 3.1.1 (table 3.1 there). */
const RETURN_CODES = [
  "Connection accepted", "Unacceptable protocol version", "Identifier rejected", "Server unavailable", "Bad user name or password",
  "Not authorized",
];
const RETAIN_HANDLING = ["at the time of the subscribe", "only if it is new", "none", "3"];
const PROPERTIES = "Properties";

/** @param {number} count */
const bytes = (count) => `${count.toLocaleString("en")} ${count === 1 ? "byte" : "bytes"}`;

/** @param {(string | false)[]} parts */
const joined = (...parts) => parts.filter(Boolean).join(", ");

/** What is known of a packet while it is read. */
class Decoding extends Reader {
  summary = "";
  /** @type {number | undefined} */
  id;
  /** @type {string | undefined} */
  topic;
  /** @type {Level | undefined} */
  asked;

  /** @param {Uint8Array} kept @param {number} total @param {Level} level */
  constructor(kept, total, level) {
    super(kept);
    this.total = total;
    this.level = level;
  }

  get isNew() {
    return this.level === 5;
  }

  packetId() {
    this.id = this.field("Packet Identifier", () => this.two());
  }

  properties(group = PROPERTIES) {
    if (this.isNew) readProperties(this, group);
  }
}

/** @type {(r: Decoding, flags: number) => void} */
const connect = (r) => {
  r.field("Protocol Name", () => r.text());
  const level = r.field("Protocol Version", () => r.byte(), (v) => ({ 3: "3 (MQTT 3.1)", 4: "4 (MQTT 3.1.1)", 5: "5 (MQTT 5)" })[v] ?? String(v));
  r.level = r.asked = level === 5 ? 5 : 4;
  const cleanName = r.isNew ? "clean start" : "clean session";
  const flags = r.field("Connect Flags", () => r.byte(), (value) => {
    const will = (value & 4) !== 0 && `will at QoS ${(value >> 3) & 3}${value & 0x20 ? ", retained" : ""}`;
    const names = joined((value & 2) !== 0 && cleanName, will, (value & 0x80) !== 0 && "user name", (value & 0x40) !== 0 && "password");
    return coded(value, names || "none set");
  });
  const keepAlive = r.field("Keep Alive", () => r.two(), (value) => (value === 0 ? "0 (off)" : `${value} s`));
  r.properties();
  r.group = "Payload";
  const clientId = r.field("Client Identifier", () => r.text(), (value) => value || "(empty: the server chooses)");
  if (flags & 4) {
    r.properties("Will Properties");
    r.field("Will Topic", () => r.text());
    r.field(r.isNew ? "Will Payload" : "Will Message", () => r.binary(), sayBytes);
  }
  if (flags & 0x80) r.field("User Name", () => r.text());
  if (flags & 0x40) r.field("Password", () => r.binary(), sayBytes, true);
  const clean = flags & 2 ? cleanName : "goes on with the session";
  r.summary = joined(clientId || "no client id", r.isNew ? "MQTT 5" : "MQTT 3.1.1", clean, `keep alive ${keepAlive} s`);
};

/** @type {(r: Decoding, flags: number) => void} */
const connack = (r) => {
  const flags = r.field("Connect Acknowledge Flags", () => r.byte(), (value) => coded(value, value & 1 ? "session present" : "no session present"));
  const name = (/** @type {number} */ code) => (r.isNew ? reasonName(code) : (RETURN_CODES[code] ?? "Unknown return code"));
  const code = r.field(r.isNew ? "Reason Code" : "Return Code", () => r.byte(), (value) => coded(value, name(value)));
  r.properties();
  r.summary = joined(name(code), code === 0 && (flags & 1 ? "session present" : "no session present"));
};

/** @type {(r: Decoding, flags: number) => void} */
const publish = (r, flags) => {
  const qos = (flags >> 1) & 3;
  r.topic = r.field("Topic Name", () => r.text(), (value) => value || "(empty: by its alias)");
  if (qos > 0) r.packetId();
  r.properties();
  r.group = "Payload";
  const length = r.total - r.at;
  r.field("Application Message", () => r.take(r.left), (value) => sayBytes(value, length));
  r.summary = joined(`QoS ${qos}`, (flags & 8) !== 0 && "DUP", (flags & 1) !== 0 && "RETAIN", bytes(length));
};

/** PUBACK, PUBREC, PUBREL, PUBCOMP: reason and properties may be left out (3.4.2.1). @type {(r: Decoding, flags: number) => void} */
const acknowledge = (r) => {
  r.packetId();
  reasonAndProperties(r, "Success", "");
};

/** @param {Decoding} r @param {string} success @param {string} otherwise where it is left out */
const reasonAndProperties = (r, success, otherwise) => {
  if (r.isNew && r.left > 0) {
    const code = r.field("Reason Code", () => r.byte(), (value) => coded(value, reasonName(value, success)));
    if (r.left > 0) r.properties();
    r.summary = reasonName(code, success);
  } else r.summary = otherwise;
};

/** @type {(r: Decoding, flags: number) => void} */
const subscribe = (r) => {
  r.packetId();
  r.properties();
  r.group = "Payload";
  const asked = [];
  while (r.left > 0) {
    const filter = r.field("Topic Filter", () => r.text());
    const options = r.field(r.isNew ? "Subscription Options" : "Requested QoS", () => r.byte(), (value) => {
      const handling = `retained messages: ${RETAIN_HANDLING[(value >> 4) & 3]}`;
      const more = r.isNew && joined((value & 4) !== 0 && "No Local", (value & 8) !== 0 && "Retain As Published", handling);
      return joined(`QoS ${value & 3}`, more);
    });
    asked.push(`${filter} at QoS ${options & 3}`);
  }
  r.summary = joined(...asked);
};

/** @type {(r: Decoding, flags: number) => void} */
const unsubscribe = (r) => {
  r.packetId();
  r.properties();
  r.group = "Payload";
  const filters = [];
  while (r.left > 0) filters.push(r.field("Topic Filter", () => r.text()));
  r.summary = joined(...filters);
};

/** SUBACK and UNSUBACK: one code for each filter. @type {(success: string) => (r: Decoding, flags: number) => void} */
const codes = (success) => (r) => {
  r.packetId();
  r.properties();
  r.group = "Payload";
  const name = (/** @type {number} */ code) => (!r.isNew && code === 0x80 ? "Failure" : reasonName(code, success));
  const given = [];
  while (r.left > 0) {
    const code = r.field(r.isNew ? "Reason Code" : "Return Code", () => r.byte(), (value) => coded(value, name(value)));
    given.push(name(code));
  }
  r.summary = joined(...given);
};

/** @type {Record<string, (r: Decoding, flags: number) => void>} */
const BODIES = {
  CONNECT: connect,
  CONNACK: connack,
  PUBLISH: publish,
  PUBACK: acknowledge,
  PUBREC: acknowledge,
  PUBREL: acknowledge,
  PUBCOMP: acknowledge,
  SUBSCRIBE: subscribe,
  SUBACK: codes("Granted QoS 0"),
  UNSUBSCRIBE: unsubscribe,
  UNSUBACK: codes("Success"),
  PINGREQ: () => {},
  PINGRESP: () => {},
  DISCONNECT: (r) => reasonAndProperties(r, "Normal disconnection", r.isNew ? "Normal disconnection" : ""),
  AUTH: (r) => reasonAndProperties(r, "Success", "Success"),
};

/** @param {string} type @param {number} flags */
const flagsInWords = (type, flags) => {
  if (type !== "PUBLISH") return flags.toString(2).padStart(4, "0");
  return joined(flags & 8 ? "DUP" : "no DUP", `QoS ${(flags >> 1) & 3}`, flags & 1 ? "RETAIN" : "no RETAIN");
};

/** @param {Decoding} r @param {string} type @param {number} flags */
const readBody = (r, type, flags) => {
  const read = BODIES[type];
  if (!read) throw new Unreadable("There is no packet of this type.");
  read(r, flags);
  if (r.left > 0) throw new Unreadable(`${bytes(r.left)} more than this packet has.`);
};

/**
 * @param {Uint8Array} kept the packet, or the first bytes of one that is long
 * @param {number} total how long it is
 * @param {Level} level the version of its connection
 * @returns {Packet}
 */
export const decode = (kept, total, level) => {
  const r = new Decoding(kept, total, level);
  r.group = "Fixed header";
  const type = TYPES[kept[0] >> 4];
  const flags = kept[0] & 0x0f;
  /** @type {string | undefined} */
  let fault;
  try {
    r.field("Packet type and flags", () => r.byte(), () => `${type}, ${flagsInWords(type, flags)}`);
    r.field("Remaining Length", () => r.varint(), bytes);
    r.group = "Variable header";
    readBody(r, type, flags);
  } catch (error) {
    if (!(error instanceof Unreadable)) throw error;
    fault = total > kept.length ? `Only the first ${bytes(kept.length)} of it were kept. ${error.message}` : error.message;
  }
  const alias = r.fields.find(({ name }) => name === "Topic Alias");
  return {
    type,
    id: r.id,
    topic: r.topic,
    ...(alias ? { alias: Number(alias.value.replaceAll(",", "")) } : {}),
    level: r.asked,
    summary: r.summary,
    fields: r.fields,
    fault,
  };
};
