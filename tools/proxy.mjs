// The fault proxy: a WebSocket between client and broker that sees MQTT packets and can drop, hold, double, delay or
// truncate them, cut the link at an exact place, and change how bytes are cut into frames. What it passes on it passes
// on byte for byte, in order. Used by tests, by the Session Lab's fault buttons and by `npm start -- --check`.
//
//   const proxy = await startProxy({ target: broker.url, seed: 1 });
//   const held = proxy.rule({ direction: "toClient", type: "pubrec", action: "hold" });
//   await proxy.when({ direction: "toClient", type: "pubrec", nth: 2 });   // seen by the proxy, not by the client
//   proxy.cut("reset");
//   held.remove();
import { EventEmitter, once } from "node:events";
import { createServer } from "node:http";
import { WebSocket, WebSocketServer } from "ws";
import { Connection } from "./proxy/connection.mjs";
import { line } from "./proxy/log.mjs";
import { createRandom } from "./proxy/random.mjs";
import { Rule, Selection } from "./proxy/rules.mjs";

/** @typedef {import("./proxy/rules.mjs").Selector} Selector */
/** @typedef {import("./proxy/rules.mjs").Action} Action */
/** @typedef {import("./proxy/writer.mjs").Chunking} Chunking */
/** @typedef {import("./proxy/log.mjs").Entry} Entry */

const WAIT_MS = 15_000;

/** Events: "connection" (Connection), "packet" (Entry), "cut" (Connection, kind), "end" (Connection). */
export class Proxy extends EventEmitter {
  /**
   * @param {string} target the broker's WebSocket address; may be changed for later connections
   * @param {number} seed
   */
  constructor(target, seed) {
    super();
    this.target = target;
    this.url = "";
    this.random = createRandom(seed);
    this.startedAt = performance.now();
    /** How long every packet takes through the proxy, beyond what a rule says. */
    this.latencyMs = 0;
    /** While true, new connections are refused by a TCP reset. */
    this.down = false;
    /** @type {{ toServer: Chunking, toClient: Chunking }} */
    this.chunking = { toServer: "as-is", toClient: "as-is" };
    /** @type {Connection[]} those that have not ended; silenced ones are among them */
    this.connections = [];
    /** @type {Entry[]} */
    this.log = [];
    /** @type {Rule[]} */
    this.rules = [];
    /** @type {Set<(entry: Entry) => void>} */
    this.waits = new Set();
    /** @type {Set<NodeJS.Timeout>} */
    this.timers = new Set();
    this.opened = 0;
    /** @type {WeakMap<import("node:http").IncomingMessage, string>} */
    this.protocols = new WeakMap();
    this.upgrader = new WebSocketServer({
      noServer: true,
      handleProtocols: (_offered, request) => this.protocols.get(request) || false,
    });
  }

  /**
   * Adds a standing order; see rules.mjs for what can be selected and done. Without `nth`, `from`, `every` or
   * `probability` it takes every packet that fits.
   * @param {Selector & Action} order
   */
  rule(order) {
    const rule = new Rule(order, this.random, (ended) => (this.rules = this.rules.filter((other) => other !== ended)));
    this.rules.push(rule);
    return rule;
  }

  /** Ends all rules and lets go what they hold, in order. Gives the number of packets let go. */
  release() {
    return this.rules.reduce((count, rule) => count + rule.remove(), 0);
  }

  /** The packets held back now. */
  get held() {
    return this.log.filter(({ fate }) => fate === "held");
  }

  /**
   * Resolves with the nth (default first) packet that fits and is seen from now on, whatever a rule does to it.
   * @param {Selector & { timeoutMs?: number }} selector
   * @returns {Promise<Entry>}
   */
  when({ timeoutMs = WAIT_MS, ...selector }) {
    const selection = new Selection({ nth: selector.nth ?? 1, ...selector }, this.random);
    return new Promise((resolve, reject) => {
      /** @param {Entry} entry */
      const look = (entry) => {
        if (!selection.takes(entry)) return;
        settle();
        resolve(entry);
      };
      const settle = () => {
        clearTimeout(timer);
        this.timers.delete(timer);
        this.waits.delete(look);
      };
      const timer = setTimeout(() => {
        settle();
        const seen = this.log.slice(-20).map(line).join("\n  ") || "nothing";
        reject(new Error(`the proxy saw ${selection.count} packets like ${JSON.stringify(selector)} in ${timeoutMs} ms; last seen:\n  ${seen}`));
      }, timeoutMs);
      this.timers.add(timer);
      this.waits.add(look);
    });
  }

  /**
   * Cuts every connection; see Connection.cut. Gives the number cut.
   * @param {import("./proxy/rules.mjs").CutKind} [kind]
   */
  cut(kind = "reset") {
    const cut = [...this.connections];
    for (const connection of cut) connection.cut(kind);
    return cut.length;
  }

  /** @param {Chunking} chunking for both directions */
  chunkBoth(chunking) {
    this.chunking = { toServer: chunking, toClient: chunking };
  }

  /**
   * The rule that takes this packet. Every rule counts it, also those that come too late to decide.
   * @param {Entry} entry
   */
  decide(entry) {
    const [rule] = this.rules.filter(({ selection }) => selection.takes(entry));
    if (rule) rule.hits += 1;
    return rule ?? null;
  }

  /** @param {Entry} entry */
  tell(entry) {
    for (const look of [...this.waits]) look(entry);
    this.emit("packet", entry);
  }

  /** @param {Connection} connection that has ended */
  forget(connection) {
    this.connections = this.connections.filter((other) => other !== connection);
    this.emit("end", connection);
  }

  /**
   * Takes over an HTTP upgrade: opens the broker's side first, with the sub-protocols the client offers, and accepts
   * the client with the one the broker chose.
   * @param {import("node:http").IncomingMessage} request
   * @param {import("node:net").Socket} socket
   * @param {Buffer} head
   */
  upgrade(request, socket, head) {
    socket.on("error", () => socket.destroy());
    if (this.down) return void socket.resetAndDestroy();
    const offered = request.headers["sec-websocket-protocol"]?.split(",").map((name) => name.trim()) ?? [];
    const server = new WebSocket(this.target, offered, { perMessageDeflate: false });
    /** @type {import("node:net").Socket} */
    let serverSocket;
    const abandon = () => server.terminate();
    const refuse = () => socket.end("HTTP/1.1 502 Bad Gateway\r\nConnection: close\r\n\r\n");
    socket.once("close", abandon);
    server.once("error", refuse);
    server.once("upgrade", (response) => (serverSocket = response.socket));
    server.once("open", () => {
      if (this.down) return void socket.resetAndDestroy();
      this.protocols.set(request, server.protocol);
      this.upgrader.handleUpgrade(request, socket, head, (client) => {
        socket.off("close", abandon);
        server.off("error", refuse);
        const ends = { toServer: { ws: server, socket: serverSocket }, toClient: { ws: client, socket } };
        const connection = new Connection((this.opened += 1), ends, this);
        this.connections.push(connection);
        this.emit("connection", connection);
      });
    });
  }

  /** Breaks what stands, and waits for nothing any more. */
  shutDown() {
    this.down = true;
    for (const timer of this.timers) clearTimeout(timer);
    this.cut("reset");
  }
}

/**
 * A proxy with a port of its own.
 * @param {{ target: string, seed?: number }} options
 */
export const startProxy = async ({ target, seed = 1 }) => {
  const proxy = new Proxy(target, seed);
  const server = createServer((_request, response) => response.writeHead(426).end());
  server.on("upgrade", (request, socket, head) => {
    proxy.upgrade(request, /** @type {import("node:net").Socket} */ (socket), head);
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  proxy.url = `ws://127.0.0.1:${/** @type {import("node:net").AddressInfo} */ (server.address()).port}/`;
  const stop = async () => {
    proxy.shutDown();
    await new Promise((resolve) => server.close(resolve));
  };
  return Object.assign(proxy, { stop });
};
