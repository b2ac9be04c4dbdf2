// One direction of one connection: packets in order, each with what a rule decided about it.

/**
 * @typedef {object} Item
 * @property {Buffer} raw
 * @property {import("./log.mjs").Entry} entry
 * @property {import("./rules.mjs").Action} action
 * @property {number} inside of a cut at a byte: how many of the packet's bytes go on
 * @property {boolean} waiting held or delayed
 * @property {NodeJS.Timeout} [timer]
 */

export class Lane {
  /**
   * @param {import("./writer.mjs").Writer} writer towards this direction's end
   * @param {object} connection
   * @param {(kind: import("./rules.mjs").CutKind) => void} connection.finishThenCut
   * @param {() => number} connection.latency in milliseconds, of every packet
   * @param {() => number} connection.logLength
   */
  constructor(writer, connection) {
    this.writer = writer;
    this.connection = connection;
    /** @type {Item[]} in order, those that wait with those behind them */
    this.queue = [];
    /** @type {Set<Item>} waiting while others overtake */
    this.aside = new Set();
    this.stopped = false;
  }

  /**
   * @param {Buffer} raw
   * @param {import("./log.mjs").Entry} entry
   * @param {import("./rules.mjs").Rule | null} rule
   */
  push(raw, entry, rule) {
    const action = rule?.action ?? { action: "pass" };
    const ms = action.action === "delay" ? (action.ms ?? 0) : this.connection.latency();
    const isDelayed = action.action === "delay" || (action.action !== "hold" && ms > 0);
    const waiting = action.action === "hold" || isDelayed;
    /** @type {Item} */
    const item = { raw, entry, action, inside: rule?.selection.inside ?? 0, waiting };
    if (isDelayed) item.timer = setTimeout(() => this.letGo(item), ms);
    if (action.action === "hold") {
      entry.fate = "held";
      rule?.held.add(() => this.letGo(item));
    }
    if (waiting && action.overtake) this.aside.add(item);
    else this.queue.push(item);
    this.pump();
  }

  /** @param {Item} item whose wait is over */
  letGo(item) {
    if (this.stopped) return false;
    clearTimeout(item.timer);
    item.waiting = false;
    if (this.aside.delete(item)) this.perform(item);
    this.pump();
    this.writer.flush();
    return true;
  }

  pump() {
    while (!this.stopped && this.queue.length > 0 && !this.queue[0].waiting) {
      this.perform(/** @type {Item} */ (this.queue.shift()));
    }
  }

  /** @param {Item} item */
  perform({ raw, entry, action, inside }) {
    const kind = action.kind ?? "reset";
    switch (action.action) {
      case "drop":
        entry.fate = "dropped";
        return;
      case "cut-before":
        entry.fate = "lost";
        return this.connection.finishThenCut(kind);
      case "half-then-cut":
        entry.fate = "truncated";
        this.writer.write(raw.subarray(0, Math.max(1, raw.length >> 1)));
        return this.connection.finishThenCut(kind);
      case "cut-at-byte":
        if (inside < raw.length) entry.fate = "truncated";
        else this.passedOn(entry);
        this.writer.write(raw.subarray(0, inside));
        return this.connection.finishThenCut(kind);
      case "cut-after":
        this.passedOn(entry);
        this.writer.write(raw);
        return this.connection.finishThenCut(kind);
      case "duplicate":
        this.writer.write(raw);
    }
    this.passedOn(entry);
    this.writer.write(raw);
  }

  /** @param {import("./log.mjs").Entry} entry */
  passedOn(entry) {
    entry.fate = "forwarded";
    entry.forwardedAt = this.connection.logLength();
  }

  /** The sender has closed: what is only delayed goes out now; what is held, and all behind it, is lost. */
  end() {
    for (const item of [...this.queue, ...this.aside]) {
      if (item.waiting && item.timer) this.letGo(item);
    }
    this.stop();
  }

  /** What has passed goes out; nothing passes any more. */
  stop() {
    this.stopped = true;
    this.writer.flushNow();
    for (const item of [...this.queue, ...this.aside]) {
      clearTimeout(item.timer);
      item.entry.fate = "lost";
    }
    this.queue = [];
    this.aside.clear();
  }
}
