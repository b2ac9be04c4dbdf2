// One client's WebSocket and the one opened to the broker for it: what comes in is split into packets, decided on,
// and sent on; and the ways such a connection ends.
import { Splitter } from "./frames.mjs";
import { Lane } from "./lane.mjs";
import { describe } from "./log.mjs";
import { Writer } from "./writer.mjs";

/** @typedef {import("./frames.mjs").Direction} Direction */
/** @typedef {{ ws: import("ws").WebSocket, socket: import("node:net").Socket }} End */

/** How long a last packet may take to be confirmed before the cut comes anyway. */
const CONFIRM_MS = 1000;

export class Connection {
  /**
   * @param {number} id
   * @param {{ toServer: End, toClient: End }} ends by the direction that leads to them
   * @param {import("../proxy.mjs").Proxy} proxy
   */
  constructor(id, ends, proxy) {
    this.id = id;
    this.ends = ends;
    this.proxy = proxy;
    this.protocolVersion = 4;
    /** @type {string | undefined} */
    this.clientId = undefined;
    /** "open"; "stopped": its sockets stand but nothing passes any more; "ended". */
    this.state = /** @type {"open" | "stopped" | "ended"} */ ("open");
    this.writers = { toServer: this.createWriter("toServer"), toClient: this.createWriter("toClient") };
    this.lanes = { toServer: this.createLane("toServer"), toClient: this.createLane("toClient") };
    this.receiveFrom(ends.toClient.ws, "toServer");
    this.receiveFrom(ends.toServer.ws, "toClient");
  }

  /** @param {Direction} direction */
  createWriter(direction) {
    return new Writer(this.ends[direction].ws, () => this.proxy.chunking[direction], this.proxy.random);
  }

  /** @param {Direction} direction */
  createLane(direction) {
    return new Lane(this.writers[direction], {
      finishThenCut: (kind) => void this.finishThenCut(direction, kind),
      latency: () => this.proxy.latencyMs,
      logLength: () => this.proxy.log.length,
    });
  }

  /**
   * @param {import("ws").WebSocket} ws
   * @param {Direction} direction
   */
  receiveFrom(ws, direction) {
    const splitter = new Splitter(direction);
    ws.on("message", (/** @type {Buffer} */ data, isBinary) => {
      if (!this.passes(direction)) return;
      if (!isBinary) return this.passText(data, direction);
      for (const { raw, type } of splitter.push(data)) {
        if (this.passes(direction)) this.pass(raw, type, direction);
      }
      if (this.passes(direction)) this.writers[direction].flush();
    });
    ws.on("error", () => ws.terminate());
    ws.on("close", (code) => this.closedBy(direction, code));
  }

  /** @param {Direction} direction */
  passes(direction) {
    return this.state === "open" && !this.lanes[direction].stopped;
  }

  /**
   * @param {Buffer} raw
   * @param {string} type
   * @param {Direction} direction
   */
  pass(raw, type, direction) {
    const entry = this.record(raw, type, direction);
    if (entry.packet?.cmd === "connect") {
      this.protocolVersion = entry.packet.protocolVersion ?? 4;
      this.clientId = entry.clientId;
    }
    const rule = this.proxy.decide(entry);
    this.lanes[direction].push(raw, entry, rule);
    this.proxy.tell(entry);
  }

  /**
   * A text frame is never MQTT: it goes on as it came.
   * @param {Buffer} data
   * @param {Direction} direction
   */
  passText(data, direction) {
    const entry = this.record(data, "text", direction);
    this.writers[direction].sendText(data.toString());
    entry.fate = "forwarded";
    this.proxy.tell(entry);
  }

  /**
   * @param {Buffer} raw
   * @param {string} type
   * @param {Direction} direction
   */
  record(raw, type, direction) {
    const { log, startedAt } = this.proxy;
    const { id, clientId, protocolVersion } = this;
    const at = Math.round(performance.now() - startedAt);
    const entry = describe({ seq: log.length, at, connection: id, clientId, protocolVersion, direction, type, raw });
    log.push(entry);
    return entry;
  }

  /**
   * Sends bytes (or a text frame) that the other end never sent.
   * @param {Direction} direction
   * @param {Buffer | string} data
   */
  inject(direction, data) {
    const writer = this.writers[direction];
    if (typeof data === "string") return writer.sendText(data);
    writer.write(data);
    writer.flushNow();
  }

  /**
   * Ends the connection as a fault would:
   * - "reset" breaks both TCP connections;
   * - "close" closes both WebSockets in order;
   * - "half-close" ends the direction to the client with a FIN and nothing before it; see halfClose;
   * - "silence": nothing passes any more, nothing is answered, and neither end is told, not even that the other one has
   *   gone: a link that is dead and does not know it.
   * @param {import("./rules.mjs").CutKind} [kind]
   */
  cut(kind = "reset") {
    if (this.state === "ended") return;
    if (kind === "half-close") return this.halfClose("toClient");
    this.stop();
    for (const { ws, socket } of Object.values(this.ends)) {
      if (kind === "reset") socket.resetAndDestroy();
      if (kind === "close") ws.close(1001, "cut by the proxy");
      if (kind === "silence") ws.pause();
    }
    this.proxy.emit("cut", this, kind);
    if (kind !== "silence") this.end();
  }

  /**
   * Ends one direction with a FIN from our side, without a closing frame; the other direction goes on passing until its
   * sender closes, as it does when it has read the FIN.
   * @param {Direction} direction
   */
  halfClose(direction) {
    if (!this.passes(direction)) return;
    this.lanes[direction].stop();
    this.ends[direction].socket.end();
    this.proxy.emit("cut", this, "half-close");
  }

  /**
   * Sends what has passed, makes sure that the direction's end has read it, and then cuts. From the call on
   * nothing else passes, in neither direction: no answer slips through, and nothing follows a truncated packet. After
   * a half-close the other direction does pass.
   * @param {Direction} direction
   * @param {import("./rules.mjs").CutKind} kind
   */
  async finishThenCut(direction, kind) {
    if (kind === "half-close") return this.halfClose(direction);
    this.stop();
    const { ws } = this.ends[direction];
    if (kind !== "silence" && ws.readyState === ws.OPEN) await confirmed(ws);
    this.cut(kind);
  }

  /**
   * @param {Direction} direction that of the packets of the side that closed
   * @param {number} code
   */
  closedBy(direction, code) {
    if (this.state === "ended") return;
    if (this.state === "open") this.lanes[direction].end();
    this.stop();
    const { ws } = this.ends[direction];
    if (code === 1005) ws.close();
    else if (code === 1006 || code === 1015) ws.terminate();
    else ws.close(code);
    this.end();
  }

  /** Nothing passes any more; the sockets stand. */
  stop() {
    this.state = "stopped";
    this.lanes.toServer.stop();
    this.lanes.toClient.stop();
  }

  end() {
    this.state = "ended";
    this.proxy.forget(this);
  }
}

/**
 * Resolves when the peer has answered a ping, and so has read all that was sent before it; or is gone; or is too slow.
 * @param {import("ws").WebSocket} ws
 * @returns {Promise<void>}
 */
const confirmed = (ws) =>
  new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      resolve();
    };
    const timer = setTimeout(done, CONFIRM_MS);
    ws.once("pong", done);
    ws.once("close", done);
    ws.ping();
  });
