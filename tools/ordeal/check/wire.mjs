// The proxy's log of one client, read once from beginning to end: every connection in turn, and between them what each page
// found in storage when it began.
import { Incoming } from "./incoming.mjs";
import { Outgoing } from "./outgoing.mjs";

/** @typedef {import("../../proxy/log.mjs").Entry} Entry */

/**
 * @typedef {object} Life a page's, in the order of their beginnings
 * @property {string} what what ended the page before: "kill", "reload" …
 * @property {number} connections how many connections the proxy had seen when it began
 * @property {number} [killedAt] the length of the log when the page before was killed: what was passed on later, it never read
 * @property {string[]} records names of the session's records, read before the client was made
 * @property {number[]} [pending] the numbers of what `pending()` gave; absent where the page ended before that
 */

/**
 * @typedef {object} Evidence
 * @property {Entry[]} log
 * @property {string} clientId
 * @property {"3.1.1" | "5"} version
 * @property {number} window 3.1.1: how many messages may be unacknowledged
 * @property {Life[]} lives
 * @property {Map<number, number>} ends by connection: the length of the log when it had ended
 */

/**
 * @param {Evidence} evidence
 * @param {import("./violations.mjs").Violations} violations
 */
export const checkWire = ({ log, clientId, version, window, lives, ends }, violations) => {
  const connections = byConnection(log, clientId);
  const outgoing = new Outgoing(violations, { version, window });
  const incoming = new Incoming(violations);
  let life = 0;
  /** @param {number} connection all before it are over */
  const livesBefore = (connection) => {
    for (; life < lives.length && lives[life].connections < connection; life += 1) {
      incoming.compareWith(lives[life]);
      outgoing.compareWith(lives[life]);
    }
  };
  let previous = 0;
  for (const [connection, entries] of connections) {
    livesBefore(connection);
    const end = ends.get(previous) ?? 0;
    if (previous > 0 && entries[0].seq < end) {
      violations.add("two connections", `connection ${connection} spoke before connection ${previous} had ended`, [entries[0]]);
    }
    previous = connection;
    outgoing.connect();
    incoming.connect();
    const killedAt = lives[life]?.killedAt ?? Infinity;
    for (const entry of entries) {
      const wasRead = entry.fate === "forwarded" && (entry.forwardedAt ?? 0) <= killedAt;
      step(entry, wasRead, outgoing, incoming, violations);
    }
  }
  livesBefore(Infinity);
  return {
    connections: connections.size,
    packets: log.length,
    out: { ...outgoing.figures, inFlightAtTheEnd: outgoing.inFlight.size },
    in: { ...incoming.figures, ownedAtTheEnd: incoming.owned.size },
  };
};

/**
 * @param {Entry} entry
 * @param {boolean} wasRead may have been, by the side it was for
 * @param {Outgoing} outgoing
 * @param {Incoming} incoming
 * @param {import("./violations.mjs").Violations} violations
 */
const step = (entry, wasRead, outgoing, incoming, violations) => {
  if (entry.direction === "toServer") {
    switch (entry.type) {
      case "connect":
        if (outgoing.sent.size > 0 && entry.packet?.cmd === "connect" && entry.packet.clean) {
          violations.add("clean start", "the client asked for a clean start although it had used its session", [entry]);
        }
        return;
      case "publish":
        return (entry.qos ?? 0) > 0 ? outgoing.publish(entry) : undefined;
      case "pubrel":
        return outgoing.release(entry);
      case "subscribe":
      case "unsubscribe":
        return outgoing.request(entry);
      case "puback":
      case "pubrec":
      case "pubcomp":
        return incoming.answer(entry);
      case "raw":
      case "text":
        return violations.add("not MQTT", `the client sent ${entry.size} bytes that are no MQTT packet`, [entry]);
    }
  } else if (wasRead) {
    switch (entry.type) {
      case "connack":
        return outgoing.accept(entry);
      case "publish":
        return incoming.publish(entry);
      case "pubrel":
        return incoming.released(entry);
      case "suback":
      case "unsuback":
        return outgoing.answered(entry);
      case "puback":
      case "pubrec":
      case "pubcomp":
        return outgoing.acknowledged(entry);
    }
  }
};

/**
 * @param {Entry[]} log
 * @param {string} clientId
 * @returns {Map<number, Entry[]>} in the order the connections were opened in
 */
const byConnection = (log, clientId) => {
  /** @type {Map<number, Entry[]>} */
  const connections = new Map();
  for (const entry of log) {
    if (entry.clientId !== clientId) continue;
    const entries = connections.get(entry.connection);
    if (entries) entries.push(entry);
    else connections.set(entry.connection, [entry]);
  }
  for (const entries of connections.values()) entries.sort((a, b) => clientsTime(a) - clientsTime(b));
  return new Map([...connections].sort(([a], [b]) => a - b));
};

/**
 * The order in which the client lived through it: what it sent counts from when the proxy saw it, what it was sent from when
 * the proxy passed it on.
 * @param {Entry} entry
 */
const clientsTime = ({ direction, seq, forwardedAt }) => (direction === "toClient" ? (forwardedAt ?? seq + 1) - 0.5 : seq);
