// Listening on a fixed local port, with one clear sentence when it is taken.
import { once } from "node:events";
import { createServer } from "node:net";
import { ToolError } from "../lib/say.mjs";

/**
 * @param {import("node:net").Server} server
 * @param {number} port 0 for any free one
 * @returns {Promise<number>} the port it listens on
 */
export const listen = async (server, port) => {
  try {
    await once(server.listen(port, "127.0.0.1"), "listening");
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code !== "EADDRINUSE") throw error;
    throw new ToolError(`Port ${port} is in use: stop the program that has it, or choose another with \`npm start -- --port ${port + 1}\`.`);
  }
  return /** @type {import("node:net").AddressInfo} */ (server.address()).port;
};

/** Says so before the long steps, not after them. @param {number} port */
export const portMustBeFree = async (port) => {
  const probe = createServer();
  await listen(probe, port);
  await new Promise((resolve) => probe.close(resolve));
};
