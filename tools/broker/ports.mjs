// Ports for brokers that run as processes of their own.
import { once } from "node:events";
import { connect, createServer } from "node:net";

/** Free ports on 127.0.0.1, as of now: another program may take one before its user binds it. @param {number} count */
export const freePorts = async (count) => {
  const servers = Array.from({ length: count }, () => createServer().listen(0, "127.0.0.1"));
  await Promise.all(servers.map((server) => once(server, "listening")));
  const ports = servers.map((server) => /** @type {import("node:net").AddressInfo} */ (server.address()).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
};

/** Resolves when somebody accepts a connection there; rejects when nobody does. @param {number} port */
export const accepts = async (port) => {
  const socket = connect(port, "127.0.0.1");
  await once(socket, "connect");
  socket.destroy();
};
