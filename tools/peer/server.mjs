// The server's side of a script: a port that takes plain TCP or WebSocket connections, one after the other, and a
// connection whose packets and end can be awaited.
import { once } from "node:events";
import { createServer as createHttpServer } from "node:http";
import { createServer } from "node:net";
import { WebSocketServer } from "ws";
import { splitter } from "./packet.mjs";

/** How long a script waits for anything before it is taken for missing. Nothing is ever shown by its passing. */
const PATIENCE_MS = 30_000;

/** Values that are awaited one by one, in order. @template T */
export class Line {
  /** @type {T[]} */
  #values = [];
  /** @type {((value: T) => void)[]} */
  #waiting = [];

  /** @param {T} value */
  push(value) {
    const first = this.#waiting.shift();
    if (first) first(value);
    else this.#values.push(value);
  }

  /** What has come and was not taken. */
  get left() {
    return this.#values;
  }

  /**
   * @param {string} what is waited for
   * @returns {Promise<T>}
   */
  next(what) {
    const value = this.#values.shift();
    if (value !== undefined) return Promise.resolve(value);
    return new Promise((resolve, reject) => {
      /** @param {T} value */
      const take = (value) => {
        clearTimeout(timer);
        resolve(value);
      };
      const timer = setTimeout(() => {
        this.#waiting.splice(this.#waiting.indexOf(take), 1);
        reject(new Error(`waited ${PATIENCE_MS / 1000} s for ${what}`));
      }, PATIENCE_MS);
      this.#waiting.push(take);
    });
  }
}

/** What a client did: sent a packet, or ended the connection. @typedef {Buffer | "end"} Deed */

/** A connection as a script sees it. */
export class Connection {
  /** @type {Line<Deed>} */
  deeds = new Line();
  isOpen = true;
  /** What came and is no whole packet. */
  #split = splitter((packet) => this.deeds.push(packet));

  /** @param {{ send: (bytes: Buffer) => void, text: (text: string) => void, close: () => void, reset: () => void }} socket */
  constructor(socket) {
    this.socket = socket;
  }

  /** @param {Uint8Array} bytes */
  received(bytes) {
    this.#split(bytes);
  }

  ended() {
    if (this.isOpen) this.deeds.push("end");
    this.isOpen = false;
  }
}

/** Listens for plain TCP. */
export const listenTcp = async () => {
  /** @type {Line<Connection>} */
  const connections = new Line();
  const server = createServer({ noDelay: true }, (socket) => {
    const connection = new Connection({
      send: (bytes) => void socket.write(bytes),
      text: () => {
        throw new Error("there is no text message on plain TCP");
      },
      close: () => void socket.end(),
      reset: () => void socket.resetAndDestroy(),
    });
    socket.on("data", (bytes) => connection.received(bytes));
    socket.on("end", () => connection.ended());
    socket.on("error", () => connection.ended());
    socket.on("close", () => connection.ended());
    connections.push(connection);
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
  return { address: `127.0.0.1:${port}`, connections, stop: () => void server.close() };
};

/** Listens for WebSocket connections. */
export const listenWebSocket = async () => {
  /** @type {Line<Connection>} */
  const connections = new Line();
  const server = createHttpServer();
  const sockets = new WebSocketServer({ server, handleProtocols: () => "mqtt" });
  sockets.on("connection", (socket, request) => {
    const connection = new Connection({
      send: (bytes) => socket.send(bytes),
      text: (text) => socket.send(text),
      close: () => socket.close(1000),
      reset: () => request.socket.resetAndDestroy(),
    });
    socket.on("message", (bytes) => connection.received(/** @type {Buffer} */ (bytes)));
    socket.on("error", () => connection.ended());
    socket.on("close", () => connection.ended());
    connections.push(connection);
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
  return {
    address: `ws://127.0.0.1:${port}/mqtt`,
    connections,
    stop: () => {
      sockets.close();
      server.close();
      server.closeAllConnections();
    },
  };
};
