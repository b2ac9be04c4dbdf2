// What a client may answer to the server's messages: only what came, once for each time it came, in the order it came;
// and a PUBREC only when the message is in storage, which shows when the page is killed and the next one looks.

/** @typedef {import("../../proxy/log.mjs").Entry} Entry */

/** Which answer belongs to what. @type {Record<string, string>} */
const ANSWERED_BY = { puback: "publish", pubrec: "publish", pubcomp: "pubrel" };

/**
 * What waits for each kind of answer on this connection, in order, and how many of them have been answered.
 * @returns {Record<"puback" | "pubrec" | "pubcomp", { entries: Entry[], answered: number }>}
 */
const nothingWaiting = () => ({
  puback: { entries: [], answered: 0 },
  pubrec: { entries: [], answered: 0 },
  pubcomp: { entries: [], answered: 0 },
});

export class Incoming {
  /** @param {import("./violations.mjs").Violations} violations */
  constructor(violations) {
    this.violations = violations;
    /** @type {Map<number, Entry>} by packet id: PUBRECs of messages whose PUBREL has not been passed on */
    this.owned = new Map();
    this.figures = { publishes: 0, pubrecs: 0, storedChecks: 0 };
    this.waiting = nothingWaiting();
  }

  /** A new connection begins. */
  connect() {
    this.waiting = nothingWaiting();
  }

  /** @param {Entry} entry a PUBLISH that was passed on to the client */
  publish(entry) {
    this.figures.publishes += 1;
    if (entry.qos === 1) this.waiting.puback.entries.push(entry);
    if (entry.qos === 2) this.waiting.pubrec.entries.push(entry);
  }

  /** @param {Entry} entry a PUBREL that was passed on to the client */
  released(entry) {
    this.waiting.pubcomp.entries.push(entry);
    this.owned.delete(entry.packetId ?? 0);
  }

  /** @param {Entry} entry a PUBACK, PUBREC or PUBCOMP from the client, whatever became of it */
  answer(entry) {
    const { type, packetId = 0 } = entry;
    const kind = /** @type {"puback" | "pubrec" | "pubcomp"} */ (type);
    const waiting = this.waiting[kind];
    const expected = waiting.entries[waiting.answered];
    if (expected?.packetId === packetId) {
      waiting.answered += 1;
    } else {
      const text = expected
        ? `${kind.toUpperCase()} #${packetId} was sent where #${expected.packetId} was next [MQTT-4.6.0]`
        : `${kind.toUpperCase()} #${packetId} answers no ${ANSWERED_BY[kind].toUpperCase()} of this connection`;
      this.violations.add(expected ? "order of answers" : "answer to nothing", text, [expected, entry]);
    }
    if (kind !== "pubrec") return;
    this.figures.pubrecs += 1;
    if ((entry.reasonCode ?? 0) < 0x80) this.owned.set(packetId, entry);
  }

  /**
   * A message the client took over with PUBREC, and has not been told to release, must be in storage.
   * @param {{ what: string, records: string[] }} life
   */
  compareWith({ what, records }) {
    const kept = new Set(records);
    for (const [id, entry] of this.owned) {
      this.figures.storedChecks += 1;
      if (!kept.has(`i/${id}`)) this.violations.add("PUBREC before stored", `PUBREC #${id} was sent, and after a ${what} there is no record i/${id}`, [entry]);
    }
  }
}
