// The page as the driver: www/peer.html in Chromium, as `npm start` serves it. One page goes through many scripts.
import { once } from "node:events";
import { createServer } from "node:http";
import sirv from "sirv";
import { WebSocketServer } from "ws";
import { distDir, wwwDir } from "../lib/paths.mjs";
import { listen } from "../start/listen.mjs";
import { Line, listenWebSocket } from "./server.mjs";

/** The page and the built package, as tools/start/lab.mjs lays them out. */
export const servePeerPage = async () => {
  const pages = sirv(wwwDir, { dev: true });
  const built = sirv(distDir, { dev: true });
  const server = createServer((request, response) => {
    const url = request.url ?? "/";
    const missing = () => void response.writeHead(404).end();
    if (!url.startsWith("/dist/")) return pages(request, response, missing);
    request.url = url.slice("/dist".length);
    built(request, response, missing);
  });
  const port = await listen(server, 0);
  return {
    url: `http://127.0.0.1:${port}/peer.html`,
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
};

/**
 * What examines scripts one after the other, in a page of its own. Commands and lines go over a WebSocket: there are thousands,
 * and DevTools would take its time over each.
 * @param {import("playwright-core").Page} page
 * @param {string} url of peer.html
 */
export const pageWorld = async (page, url) => {
  const [here, elsewhere, control] = await Promise.all([listenWebSocket(), listenWebSocket(), listenControl()]);
  /** @type {Line<string>} */
  let answers = new Line();
  /** @type {(line: string) => void} */
  let take = () => {};
  await page.addInitScript((address) => {
    const socket = new WebSocket(address);
    socket.onmessage = ({ data }) => void window.peer(data);
    addEventListener("peerline", (event) => socket.send(/** @type {CustomEvent} */ (event).detail));
  }, control.address);
  await page.goto(url);
  await page.waitForFunction(() => window.peer !== undefined);
  const socket = await control.socket;
  socket.on("message", (data) => {
    const line = String(data);
    take(line);
    if (/^(?:ok|error) /.test(line)) answers.push(line);
  });
  const ask = async (/** @type {string} */ command) => {
    socket.send(command);
    await answers.next("the driver's answer");
  };
  return {
    here,
    elsewhere,
    /** @returns {Promise<import("./examine.mjs").Driven>} */
    start: async (/** @type {string[]} */ options) => {
      answers = new Line();
      /** @type {string[]} */
      const early = [];
      take = (line) => early.push(line);
      await ask(["open", here.address, ...options].join(" "));
      return {
        listen: (listener) => {
          early.forEach(listener);
          take = listener;
        },
        ask,
        quit: () => ask("quit"),
      };
    },
    stop: async () => {
      here.stop();
      elsewhere.stop();
      await page.close();
      control.stop();
    },
  };
};

/** Where a page comes for its commands. */
const listenControl = async () => {
  const server = new WebSocketServer({ port: 0, host: "127.0.0.1" });
  await once(server, "listening");
  const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
  /** @type {Promise<import("ws").WebSocket>} */
  const socket = new Promise((resolve) => server.once("connection", resolve));
  return {
    address: `ws://127.0.0.1:${port}/`,
    socket,
    stop: () => {
      for (const client of server.clients) client.terminate();
      server.close();
    },
  };
};
