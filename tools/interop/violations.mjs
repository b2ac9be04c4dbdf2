// What a broker must never send, whatever the check is about. Looked for when a check failed: a client that ends the connection because of such a packet does what it has to.

/** @typedef {import("../proxy/log.mjs").Entry} Entry */
/** @typedef {{ reason: string, entries: Entry[] }} Violation */

const CLIENT_ONLY_311 = ["disconnect", "auth"];
const ACKNOWLEDGEMENTS = ["puback", "pubrec", "pubrel", "pubcomp"];

/**
 * The first violation by the broker on any connection; null where there is none. Each packet is held against what the client had said, and acknowledged, by then: at the
 * proxy an acknowledgement is seen before the broker has it, so what counts against the broker here counts there, too.
 * @param {Entry[]} log of one proxy
 * @returns {Violation | null}
 */
export const violationIn = (log) => {
  for (const id of new Set(log.map(({ connection }) => connection))) {
    const found = onConnection(log.filter(({ connection }) => connection === id));
    if (found) return found;
  }
  return null;
};

/** @param {Entry[]} log @returns {Violation | null} */
const onConnection = (log) => {
  const connect = log.find(({ type }) => type === "connect");
  const said = /** @type {any} */ (connect?.packet);
  if (!connect || !said) return null;
  const { receiveMaximum = 65_535, maximumPacketSize = Infinity, topicAliasMaximum = 0 } = said.properties ?? {};
  /** @type {Map<number, Entry>} */
  const aliases = new Map();
  /** @type {Map<number, Entry>} QoS 1 and 2, unacknowledged */
  const open = new Map();
  for (const entry of log) {
    const { direction, type, size, packetId = 0, fate } = entry;
    if (direction === "toServer") {
      const refuses = type === "pubrec" && /** @type {any} */ (entry.packet)?.reasonCode >= 0x80;
      if ((type === "puback" || type === "pubcomp" || refuses) && fate === "forwarded") open.delete(packetId);
      continue;
    }
    if (said.protocolVersion < 5 && CLIENT_ONLY_311.includes(type)) {
      return { reason: `sends ${type.toUpperCase()} to a client of MQTT 3.1.1, where only a client may send DISCONNECT (§3.14) and there is no AUTH`, entries: [connect, entry] };
    }
    if (said.protocolVersion < 5 && ACKNOWLEDGEMENTS.includes(type) && size !== 4) {
      return { reason: `sends ${type.toUpperCase()} of ${size} bytes to a client of MQTT 3.1.1, where it has 4 (§3.4 to §3.7)`, entries: [connect, entry] };
    }
    if (size > maximumPacketSize) return { reason: `sends a packet of ${size} bytes to a client that takes ${maximumPacketSize} [MQTT-3.1.2-24]`, entries: [connect, entry] };
    const packet = /** @type {any} */ (entry.packet);
    if (type !== "publish" || !packet) continue;
    const alias = packet.properties?.topicAlias;
    if (alias > topicAliasMaximum) return { reason: `uses topic alias ${alias}, and ${topicAliasMaximum} are allowed [MQTT-3.3.2-11]`, entries: [connect, entry] };
    if (alias !== undefined && packet.topic !== "") aliases.set(alias, entry);
    if (packet.topic === "" && !aliases.has(alias)) return { reason: `uses topic alias ${alias}, which no packet of this connection has set (§3.3.2.3.4)`, entries: [connect, ...log.filter((other) => other.type === "publish" && other.seq <= entry.seq)] };
    if (packet.qos > 0) open.set(packetId, entry);
    if (open.size > receiveMaximum) return { reason: `has sent ${open.size} unacknowledged messages to a client whose Receive Maximum is ${receiveMaximum} [MQTT-3.3.4-9]`, entries: [connect, ...log.filter((other) => ["publish", "puback"].includes(other.type) && other.seq <= entry.seq)] };
  }
  return null;
};
