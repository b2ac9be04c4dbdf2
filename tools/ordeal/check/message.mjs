// What makes two PUBLISH packets the same message, and which number a message has.

/** @typedef {import("../../proxy/log.mjs").Entry} Entry */

/** @param {Entry} entry a PUBLISH; its payload begins with its number */
export const numberIn = (entry) => Number.parseInt(payloadOf(entry).toString("latin1", 0, 12), 10);

/** @param {Entry} entry */
const payloadOf = ({ packet }) => {
  const payload = packet?.cmd === "publish" ? packet.payload : "";
  return Buffer.isBuffer(payload) ? payload : Buffer.from(payload);
};

/**
 * Everything of a PUBLISH that a resend must repeat: all but DUP, the packet id, and what belongs to the moment or to the
 * connection (the expiry counts down, a topic alias is the connection's).
 * @param {Entry} entry
 * @param {string} topic with its alias resolved
 */
export const fingerprint = (entry, topic) => {
  const { properties = {}, qos, retain } = /** @type {import("mqtt-packet").IPublishPacket} */ (entry.packet);
  const { messageExpiryInterval: _expiry, topicAlias: _alias, ...kept } = properties;
  return `${qos} ${retain} ${topic} ${JSON.stringify(kept)} ${payloadOf(entry).toString("latin1")}`;
};

/** The full topics of one direction of one connection, where an alias may stand for one. */
export class Topics {
  constructor() {
    /** @type {Map<number, string>} */
    this.aliases = new Map();
  }

  /** @param {Entry} entry a PUBLISH */
  of({ packet, topic = "" }) {
    const alias = packet?.cmd === "publish" ? packet.properties?.topicAlias : undefined;
    if (alias === undefined) return topic;
    if (topic !== "") this.aliases.set(alias, topic);
    return this.aliases.get(alias) ?? "";
  }
}
