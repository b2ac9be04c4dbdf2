// The bench's server, in a thread of its own: sink and source for the clients that are measured. It is told what to do by messages, each a
// call with the client identifier first.
import { once } from "node:events";
import { parentPort } from "node:worker_threads";
import { WebSocketServer } from "ws";
import { Connection } from "./connection.mjs";

/** @typedef {import("./connection.mjs").Manners} Manners */

/** @type {Map<string, { connection: Connection | null, manners: Manners }>} */
const clients = new Map();

/** @param {string} clientId */
const clientOf = (clientId) => {
  const known = clients.get(clientId);
  if (known) return known;
  /** @type {{ connection: Connection | null, manners: Manners }} */
  const made = { connection: null, manners: { holdAcknowledgements: false, delayMs: 0 } };
  clients.set(clientId, made);
  return made;
};

/** @param {string} clientId @returns {Connection} */
const connectionOf = (clientId) => {
  const { connection } = clientOf(clientId);
  if (!connection) throw new Error(`the client ${clientId} has not connected`);
  return connection;
};

export const calls = {
  /** @param {string} clientId @param {import("./source.mjs").Given} given */
  give: (clientId, given) => connectionOf(clientId).give(given),
  /** @param {string} clientId @param {Partial<Manners>} manners */
  treat: (clientId, manners) => void Object.assign(clientOf(clientId).manners, manners),
  /** Counts anew. @param {string} clientId @param {number} expected messages from the client */
  expect: (clientId, expected) => {
    const connection = connectionOf(clientId);
    connection.published = 0;
    connection.completed = 0;
    connection.expected = expected;
  },
  /** @param {string} clientId */
  standing: (clientId) => {
    const { number, published, completed, acceptedAt, answeredAt } = connectionOf(clientId);
    return { number, published, completed, wallMs: answeredAt - acceptedAt };
  },
  /** @param {string} clientId */
  cut: (clientId) => void connectionOf(clientId).socket.resetAndDestroy(),
  /** All clients whose identifiers begin like that. @param {string} prefix */
  forget: (prefix) => {
    for (const [clientId, { connection }] of clients) {
      if (!clientId.startsWith(prefix)) continue;
      connection?.webSocket.terminate();
      clients.delete(clientId);
    }
  },
};

const server = new WebSocketServer({ port: 0, host: "127.0.0.1", handleProtocols: (offered) => [...offered][0] ?? false, perMessageDeflate: false, maxPayload: 2 ** 28 });
await once(server, "listening");
server.on("connection", (webSocket, request) => {
  request.socket.setNoDelay(true);
  new Connection(webSocket, request.socket, (clientId, connection) => {
    const client = clientOf(clientId);
    const sessionPresent = client.connection !== null;
    client.connection = connection;
    return { manners: client.manners, sessionPresent };
  });
});

parentPort?.on("message", async ({ number, name, args }) => {
  try {
    // @ts-expect-error: the main thread's side is typed by `calls`
    parentPort?.postMessage({ number, result: await calls[name](...args) });
  } catch (error) {
    parentPort?.postMessage({ number, error: String(error) });
  }
});
parentPort?.postMessage({ port: /** @type {import("node:net").AddressInfo} */ (server.address()).port });
