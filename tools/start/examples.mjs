// /examples/: the example pages as they lie in the repository, and main.js of those that are written in JSX, bundled when it is asked for.
// Beside them, at /node_modules/, the libraries that the examples of moving from another client compare with.
import { access } from "node:fs/promises";
import sirv from "sirv";
import { at } from "../lib/paths.mjs";
import { bundleJsx } from "./jsx.mjs";

/** @typedef {import("node:http").IncomingMessage} Request */
/** @typedef {import("node:http").ServerResponse} Response */
/** @typedef {(request: Request, response: Response, missing: () => void) => void} Serve */

/** What serves which folder of this server's addresses. @returns {Record<string, Serve>} */
export const examplePlaces = () => {
  const files = sirv(at("examples"), { dev: true });
  return {
    "/examples": (request, response, missing) => void serveExample(files, request, response, missing),
    "/node_modules/mqtt": sirv(at("node_modules", "mqtt"), { dev: true }),
    "/node_modules/paho-mqtt": sirv(at("node_modules", "paho-mqtt"), { dev: true }),
  };
};

/**
 * @param {Serve} files
 * @param {Request} request
 * @param {Response} response
 * @param {() => void} missing
 */
const serveExample = async (files, request, response, missing) => {
  const script = /^\/([\w-]+)\/main\.js$/.exec(request.url ?? "");
  const source = script && at("examples", script[1], "main.jsx");
  if (!source || !(await exists(source))) return files(request, response, missing);
  try {
    const text = await bundleJsx(source);
    response.writeHead(200, { "content-type": "text/javascript", "cache-control": "no-store" }).end(text);
  } catch (error) {
    response.writeHead(500, { "content-type": "text/plain" }).end(`${error}\n`);
  }
};

/** @param {string} path */
const exists = (path) => access(path).then(() => true, () => false);
