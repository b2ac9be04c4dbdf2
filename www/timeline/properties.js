// @ts-check
// The properties of MQTT 5 (2.2.2.2, table 2-4) and its reason codes (table 2-6), with the names the specification gives them.
import { sayBytes, Unreadable } from "./reader.js";

/** @typedef {import("./reader.js").Reader} Reader */

/** @param {number} value */
const seconds = (value) => `${value.toLocaleString("en")} s`;
/** @param {number} value */
const expiry = (value) => (value === 0xffffffff ? "never" : seconds(value));
/** @param {number} value */
const yesOrNo = (value) => (value === 1 ? "1 (yes)" : value === 0 ? "0 (no)" : String(value));
/** @param {number} value */
const format = (value) => (value === 1 ? "1 (UTF-8 text)" : value === 0 ? "0 (bytes)" : String(value));
/** @param {number} value */
const plain = (value) => value.toLocaleString("en");
/** @param {number} value */
const bytes = (value) => `${plain(value)} bytes`;

/** @type {(say: (value: number) => string) => (r: Reader, name: string) => void} */
const byte = (say) => (r, name) => void r.field(name, () => r.byte(), say);
/** @type {(say: (value: number) => string) => (r: Reader, name: string) => void} */
const two = (say) => (r, name) => void r.field(name, () => r.two(), say);
/** @type {(say: (value: number) => string) => (r: Reader, name: string) => void} */
const four = (say) => (r, name) => void r.field(name, () => r.four(), say);
/** @type {(r: Reader, name: string) => void} */
const text = (r, name) => void r.field(name, () => r.text());
/** @type {(r: Reader, name: string) => void} */
const binary = (r, name) => void r.field(name, () => r.binary(), sayBytes);
/** May be a token or a proof. @type {(r: Reader, name: string) => void} */
const secret = (r, name) => void r.field(name, () => r.binary(), sayBytes, true);
/** @type {(r: Reader, name: string) => void} */
const pair = (r, name) => void r.field(name, () => [r.text(), r.text()], ([key, value]) => `${key} = ${value}`);
/** @type {(r: Reader, name: string) => void} */
const varint = (r, name) => void r.field(name, () => r.varint(), plain);

/** @type {Map<number, [name: string, read: (r: Reader, name: string) => void]>} */
const PROPERTIES = new Map([
  [0x01, ["Payload Format Indicator", byte(format)]],
  [0x02, ["Message Expiry Interval", four(seconds)]],
  [0x03, ["Content Type", text]],
  [0x08, ["Response Topic", text]],
  [0x09, ["Correlation Data", binary]],
  [0x0b, ["Subscription Identifier", varint]],
  [0x11, ["Session Expiry Interval", four(expiry)]],
  [0x12, ["Assigned Client Identifier", text]],
  [0x13, ["Server Keep Alive", two(seconds)]],
  [0x15, ["Authentication Method", text]],
  [0x16, ["Authentication Data", secret]],
  [0x17, ["Request Problem Information", byte(yesOrNo)]],
  [0x18, ["Will Delay Interval", four(seconds)]],
  [0x19, ["Request Response Information", byte(yesOrNo)]],
  [0x1a, ["Response Information", text]],
  [0x1c, ["Server Reference", text]],
  [0x1f, ["Reason String", text]],
  [0x21, ["Receive Maximum", two(plain)]],
  [0x22, ["Topic Alias Maximum", two(plain)]],
  [0x23, ["Topic Alias", two(plain)]],
  [0x24, ["Maximum QoS", byte(plain)]],
  [0x25, ["Retain Available", byte(yesOrNo)]],
  [0x26, ["User Property", pair]],
  [0x27, ["Maximum Packet Size", four(bytes)]],
  [0x28, ["Wildcard Subscription Available", byte(yesOrNo)]],
  [0x29, ["Subscription Identifier Available", byte(yesOrNo)]],
  [0x2a, ["Shared Subscription Available", byte(yesOrNo)]],
]);

/**
 * A property length, and the properties of that length.
 * @param {Reader} r
 * @param {string} group
 */
export const readProperties = (r, group) => {
  const before = r.group;
  r.group = group;
  const length = r.field("Property Length", () => r.varint(), bytes);
  readPropertiesOf(r, length);
  r.group = before;
};

/**
 * Properties that take so many bytes.
 * @param {Reader} r
 * @param {number} length
 */
export const readPropertiesOf = (r, length) => {
  if (length > r.left) throw new Unreadable(`Property Length: ${length} bytes of properties, and ${r.left} are left.`);
  const { end } = r;
  r.end = r.at + length;
  while (r.left > 0) {
    const start = r.at;
    const id = r.varint();
    const [name, read] = PROPERTIES.get(id) ?? [];
    if (!name || !read) throw new Unreadable(`Property 0x${id.toString(16).padStart(2, "0")}: there is none with this identifier.`);
    const noted = r.fields.length;
    read(r, name);
    // The identifier is the first of the property's bytes.
    r.fields[noted].start = start;
  }
  r.end = end;
};

/** @type {Record<number, string>} */
const REASONS = {
  0x00: "Success",
  0x01: "Granted QoS 1",
  0x02: "Granted QoS 2",
  0x04: "Disconnect with Will Message",
  0x10: "No matching subscribers",
  0x11: "No subscription existed",
  0x18: "Continue authentication",
  0x19: "Re-authenticate",
  0x80: "Unspecified error",
  0x81: "Malformed Packet",
  0x82: "Protocol Error",
  0x83: "Implementation specific error",
  0x84: "Unsupported Protocol Version",
  0x85: "Client Identifier not valid",
  0x86: "Bad User Name or Password",
  0x87: "Not authorized",
  0x88: "Server unavailable",
  0x89: "Server busy",
  0x8a: "Banned",
  0x8b: "Server shutting down",
  0x8c: "Bad authentication method",
  0x8d: "Keep Alive timeout",
  0x8e: "Session taken over",
  0x8f: "Topic Filter invalid",
  0x90: "Topic Name invalid",
  0x91: "Packet Identifier in use",
  0x92: "Packet Identifier not found",
  0x93: "Receive Maximum exceeded",
  0x94: "Topic Alias invalid",
  0x95: "Packet too large",
  0x96: "Message rate too high",
  0x97: "Quota exceeded",
  0x98: "Administrative action",
  0x99: "Payload format invalid",
  0x9a: "Retain not supported",
  0x9b: "QoS not supported",
  0x9c: "Use another server",
  0x9d: "Server moved",
  0x9e: "Shared Subscriptions not supported",
  0x9f: "Connection rate exceeded",
  0xa0: "Maximum connect time",
  0xa1: "Subscription Identifiers not supported",
  0xa2: "Wildcard Subscriptions not supported",
};

/**
 * The name of a reason code; 0 has others in SUBACK and DISCONNECT.
 * @param {number} code
 * @param {string} [success]
 */
export const reasonName = (code, success = "Success") => (code === 0 ? success : (REASONS[code] ?? "Unknown reason code"));

/** @param {number} code @param {string} name */
export const coded = (code, name) => `0x${code.toString(16).padStart(2, "0")} ${name}`;
