// What a check can come to, beside passing: the broker does not offer the thing, the broker is at fault, or (anything else that is thrown) we are. The first two need
// packets that show it.

/** @typedef {import("../proxy/log.mjs").Entry} Entry */

/** The broker says, or shows, that it has no such thing, and need not have it. */
export class NotOffered extends Error {
  /** @param {string} reason @param {Entry[]} evidence */
  constructor(reason, evidence) {
    super(reason);
    this.evidence = evidence;
  }
}

/** The client has sent what the specification asks for, and the broker did what it forbids, or did not what it demands. */
export class BrokersFault extends Error {
  /** @param {string} reason @param {Entry[]} evidence */
  constructor(reason, evidence) {
    super(reason);
    this.evidence = evidence;
  }
}

const MOST_BYTES = 72;

/** @param {Buffer} bytes */
const hex = (bytes) => {
  const shown = bytes.subarray(0, MOST_BYTES).toString("hex").replace(/(..)(?=.)/g, "$1 ");
  return bytes.length > MOST_BYTES ? `${shown} … (${bytes.length} bytes)` : shown;
};

/** Fields that are of no interest, or said already. */
const UNSAID = new Set(["cmd", "length", "topicLength", "protocolId", "bridgeMode", "clean", "password"]);

/** @param {string} key @param {unknown} value */
const word = (key, value) => {
  if (value instanceof Uint8Array || (typeof value === "object" && value !== null && /** @type {any} */ (value).type === "Buffer")) {
    const bytes = Buffer.from(/** @type {any} */ (value));
    return `${key}=${bytes.length > 40 ? `${bytes.length} bytes` : JSON.stringify(bytes.toString("utf8"))}`;
  }
  return `${key}=${typeof value === "string" && value.length > 60 ? `${JSON.stringify(value.slice(0, 60))}…` : JSON.stringify(value)}`;
};

/** One packet for people: who sent it to whom, what it says, and its bytes. @param {Entry} entry @param {string} who the client */
export const packetLines = ({ direction, type, packet, raw, fate }, who) => {
  const fields = Object.entries(packet ?? {})
    .filter(([key, value]) => !UNSAID.has(key) && value !== undefined && value !== null && value !== false && !(key === "properties" && Object.keys(/** @type {object} */ (value)).length === 0))
    .map(([key, value]) => word(key, value));
  const arrow = direction === "toServer" ? `${who} → broker` : `broker → ${who}`;
  const lost = fate === "forwarded" ? "" : ` [${fate} by the proxy]`;
  return [`${arrow}  ${type.toUpperCase()}${packet ? "" : " (mqtt-packet cannot read it)"} ${fields.join(" ")}${lost}`.trimEnd(), `    ${hex(raw)}`];
};
