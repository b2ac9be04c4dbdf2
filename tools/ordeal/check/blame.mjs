// A message came twice: by whose fault? The packets between client and broker tell. A QoS 2 message is one handshake: the same
// packet id all along, DUP on what is sent again, and no PUBLISH once its sender has sent the PUBREL [MQTT-4.3.3-6] (3.1.1: [MQTT-4.3.3-1]): whoever
// has received that may have forgotten the packet id, whether its PUBCOMP got through or not.
// Whoever sent it as two, or sent it again when it was over, has doubled it; where the client did neither, the broker has, or
// lost what it knew in a restart.

/** @typedef {import("../../proxy/log.mjs").Entry} Entry */

/**
 * @param {"toServer" | "toClient"} direction the message's
 * @param {Entry[]} trail its packets, in both directions
 * @returns {"client" | "broker"}
 */
export const blame = (direction, trail) => {
  const publishes = trail.filter(({ type, fate }) => type === "publish" && (direction === "toServer" || fate === "forwarded"));
  const [first, ...again] = publishes;
  const isSentAsTwo = again.some(({ packetId, dup }) => packetId !== first.packetId || !dup);
  const released = trail.find(({ type }) => type === "pubrel");
  const isSentWhenOver = released !== undefined && again.some(({ seq }) => seq > released.seq);
  const sender = direction === "toServer" ? "client" : "broker";
  const receiver = direction === "toServer" ? "broker" : "client";
  return isSentAsTwo || isSentWhenOver ? sender : receiver;
};
