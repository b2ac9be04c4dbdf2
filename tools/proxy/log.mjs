// What the proxy saw: one entry a packet, for tests to assert on.
import { decode } from "./frames.mjs";

/**
 * @typedef {object} Entry
 * @property {number} seq position in the log, from 0
 * @property {number} at milliseconds since the proxy started
 * @property {number} connection id of the connection, from 1
 * @property {string | undefined} clientId as its CONNECT said
 * @property {import("./frames.mjs").Direction} direction
 * @property {string} type
 * @property {number | undefined} packetId
 * @property {number | undefined} qos of a PUBLISH
 * @property {boolean | undefined} dup of a PUBLISH
 * @property {string | undefined} topic of a PUBLISH
 * @property {number | undefined} reasonCode of an acknowledgement; a CONNACK's return code in 3.1.1
 * @property {boolean | undefined} sessionPresent of a CONNACK
 * @property {number} size bytes on the wire
 * @property {Buffer} raw these bytes
 * @property {import("mqtt-packet").Packet | null} packet decoded; null when it is not MQTT or cannot be read
 * @property {"waiting" | "held" | "forwarded" | "dropped" | "truncated" | "lost"} fate so far; "lost" with its connection
 * @property {number} [forwardedAt] the length of the log when it was passed on
 */

/**
 * @param {object} seen
 * @param {number} seen.seq
 * @param {number} seen.at
 * @param {number} seen.connection
 * @param {string | undefined} seen.clientId
 * @param {number} seen.protocolVersion
 * @param {import("./frames.mjs").Direction} seen.direction
 * @param {string} seen.type
 * @param {Buffer} seen.raw
 * @returns {Entry}
 */
export const describe = ({ protocolVersion, raw, ...seen }) => {
  const packet = seen.type === "raw" || seen.type === "text" ? null : decode(raw, protocolVersion);
  const fields = /** @type {Record<string, any>} */ (packet ?? {});
  const isPublish = packet?.cmd === "publish";
  return {
    ...seen,
    clientId: packet?.cmd === "connect" ? packet.clientId : seen.clientId,
    packetId: packet?.messageId,
    qos: isPublish ? packet.qos : undefined,
    dup: isPublish ? packet.dup : undefined,
    topic: isPublish ? packet.topic : undefined,
    reasonCode: fields.reasonCode ?? fields.returnCode,
    sessionPresent: packet?.cmd === "connack" ? packet.sessionPresent : undefined,
    size: raw.length,
    raw,
    packet,
    fate: "waiting",
  };
};

/** @param {Entry} entry one line for people */
export const line = ({ direction, type, packetId, qos, dup, topic, fate }) =>
  [
    direction === "toServer" ? "→" : "←",
    type.toUpperCase(),
    ...(packetId === undefined ? [] : [`#${packetId}`]),
    ...(topic === undefined ? [] : [`${topic} QoS ${qos}${dup ? " DUP" : ""}`]),
    ...(fate === "forwarded" ? [] : [`(${fate})`]),
  ].join(" ");
