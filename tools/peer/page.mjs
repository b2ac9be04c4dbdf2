// The page as the driver: www/peer.html in Chromium, as `npm start` serves it. One page goes through many scripts.
import { createServer } from "node:http";
import sirv from "sirv";
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
 * What examines scripts one after the other, in a page of its own.
 * @param {import("playwright-core").Page} page
 * @param {string} url of peer.html
 */
export const pageWorld = async (page, url) => {
  const [here, elsewhere] = await Promise.all([listenWebSocket(), listenWebSocket()]);
  /** @type {Line<string>} */
  let answers = new Line();
  /** @type {(line: string) => void} */
  let take = () => {};
  await page.exposeFunction("heard", (/** @type {string} */ line) => {
    take(line);
    if (/^(?:ok|error) /.test(line)) answers.push(line);
  });
  await page.addInitScript(() => {
    addEventListener("peerline", (event) => window.heard(/** @type {CustomEvent} */ (event).detail));
  });
  const ask = async (/** @type {string} */ command) => {
    await page.evaluate((text) => void window.peer(text), command);
    await answers.next("the driver's answer");
  };
  await page.goto(url);
  await page.waitForFunction(() => window.peer !== undefined);
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
    },
  };
};
