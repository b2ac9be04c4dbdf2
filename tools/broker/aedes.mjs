// aedes: the embedded broker that needs nothing but npm. MQTT 3.1.1 only. Exact towards publishers; towards QoS 2
// subscribers it is not (it can lose and double on reconnect), so tests count at `publishes`.
import { EventEmitter, once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer as createHttpServer } from "node:http";
import { createServer as createTcpServer } from "node:net";
import { Aedes } from "aedes";
import { createWebSocketStream, WebSocketServer } from "ws";
import { at } from "../lib/paths.mjs";

/**
 * @param {{ account?: { username: string, password: string } }} [options] `account`: the only one who gets in
 * @returns {Promise<Omit<import("../broker.mjs").Broker, "loseSession">>}
 */
export const startAedes = async ({ account } = {}) => {
  const { version } = JSON.parse(await readFile(at("node_modules", "aedes", "package.json"), "utf8"));
  const aedes = await Aedes.createBroker(account && {
    authenticate: (_client, username, password, done) => done(null, username === account.username && String(password) === account.password),
  });
  const publishes = new EventEmitter();
  aedes.on("publish", (packet, client) => {
    if (!client) return;
    const { topic, qos, retain } = packet;
    publishes.emit("publish", { clientId: client.id, topic, payload: Buffer.from(packet.payload), qos, retain });
  });

  const tcp = createTcpServer(aedes.handle);
  const http = createHttpServer((_request, response) => response.writeHead(426).end());
  const sockets = new WebSocketServer({
    server: http,
    handleProtocols: (offered) => (offered.has("mqtt") ? "mqtt" : false),
  });
  sockets.on("connection", (socket, request) => {
    const stream = createWebSocketStream(socket);
    stream.on("error", () => stream.destroy());
    aedes.handle(stream, request);
  });
  await Promise.all([listen(tcp), listen(http)]);

  return {
    kind: "aedes",
    name: `aedes ${version}`,
    url: `ws://127.0.0.1:${portOf(http)}/`,
    tcpPort: portOf(tcp),
    versions: ["3.1.1"],
    publishes,
    log: null,
    restarts: false,
    stop: async () => {
      for (const socket of sockets.clients) socket.terminate();
      await new Promise((resolve) => aedes.close(() => resolve(null)));
      await Promise.all([tcp, http].map((server) => new Promise((resolve) => server.close(resolve))));
    },
  };
};

/** @param {import("node:net").Server} server */
const listen = (server) => once(server.listen(0, "127.0.0.1"), "listening");

/** @param {import("node:net").Server} server */
const portOf = (server) => /** @type {import("node:net").AddressInfo} */ (server.address()).port;
