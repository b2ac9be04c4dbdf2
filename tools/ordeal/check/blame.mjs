// A message came twice: by whose fault? The packets between client and broker tell. A QoS 2 message is one handshake: the same
// packet id all along, DUP on what is sent again, and no PUBLISH behind the PUBREL (sender), or behind a PUBCOMP (receiver) [MQTT-4.3.3].
// Whoever sent it as two, or sent it again when it was over, has doubled it; where the client did neither, the broker has, or
// lost what it knew in a restart.
import { numberIn } from "./message.mjs";

/** @typedef {import("../../proxy/log.mjs").Entry} Entry */

/**
 * @param {number} number of the message
 * @param {"toServer" | "toClient"} direction the message's
 * @param {Entry[]} log
 * @returns {"client" | "broker"}
 */
export const blame = (number, direction, log) => {
  const publishes = log.filter((entry) => entry.type === "publish" && entry.direction === direction && numberIn(entry) === number);
  const [first, ...again] = publishes;
  const sentAsTwo = again.some(({ packetId, dup }) => packetId !== first.packetId || !dup);
  if (direction === "toServer") {
    const released = log.find((entry) => entry.type === "pubrel" && entry.direction === "toServer" && entry.packetId === first?.packetId && entry.seq > first.seq);
    const sentAfterwards = released !== undefined && publishes.some(({ seq }) => seq > released.seq);
    return sentAsTwo || sentAfterwards ? "client" : "broker";
  }
  const read = publishes.filter(({ fate }) => fate === "forwarded");
  const completed = log.find((entry) => entry.type === "pubcomp" && entry.direction === "toServer" && entry.packetId === first?.packetId && entry.seq > first.seq);
  const sentWhenOver = completed !== undefined && read.some(({ seq }) => seq > completed.seq);
  return sentAsTwo || sentWhenOver ? "broker" : "client";
};
