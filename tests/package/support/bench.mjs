// What a target is tried with: a packed package, a browser, a broker, and somebody at its far end who counts.
//
//   const bench = await openBench();
//   const project = await bench.project("vite");
//   await bench.survives(project, …);
import assert from "node:assert/strict";
import { createServer } from "node:http";
import sirv from "sirv";
import { startBroker } from "../../../tools/broker.mjs";
import { listen } from "../../../tools/start/listen.mjs";
import { launchBrowser } from "../../support/browser.mjs";
import { countingSubscriber } from "../../support/counting.mjs";
import { pack } from "./project.mjs";

/**
 * Serves a directory, with index.html at /.
 * @param {string} directory
 * @param {Record<string, string>} [headers]
 */
export const serve = async (directory, headers = {}) => {
  const files = sirv(directory, { dev: true, setHeaders: (response) => Object.entries(headers).forEach(([name, value]) => response.setHeader(name, value)) });
  const server = createServer((request, response) => files(request, response, () => void response.writeHead(404).end()));
  const port = await listen(server, 0);
  return {
    url: `http://127.0.0.1:${port}/`,
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
};

/**
 * What a page complains of, as it goes.
 * @param {import("playwright-core").Page} tab
 */
const troubleOf = (tab) => {
  /** @type {string[]} */
  const trouble = [];
  tab.on("pageerror", (error) => trouble.push(String(error)));
  tab.on("console", (message) => ["error", "warning"].includes(message.type()) && trouble.push(message.text()));
  tab.on("requestfailed", (request) => trouble.push(`not loaded: ${request.url()}`));
  return trouble;
};

/** @typedef {Awaited<ReturnType<typeof openBench>>} Bench */

/** @param {{ kind?: "aedes" | "mosquitto" }} [options] */
export const openBench = async ({ kind = "aedes" } = {}) => {
  const [packed, browser, broker] = await Promise.all([pack(), launchBrowser(), startBroker({ kind })]);
  const [version] = broker.versions.toReversed();
  return {
    ...packed,
    browser,
    broker,

    /**
     * Has somebody count what arrives while `act` makes a round trip of two lives.
     * @param {string} name of the topic, the client and the session
     * @param {(life: number) => Promise<string>} act what each life said
     */
    lives: async (name, act) => {
      const far = await countingSubscriber({ port: broker.tcpPort, filter: name });
      try {
        assert.equal(await act(1), "stored second");
        assert.equal(await act(2), "acknowledged second");
        const report = await far.report(2);
        assert.ok(report.exact, JSON.stringify(report));
      } finally {
        await far.stop();
      }
    },

    /**
     * A page makes a durable round trip: what it stored before it was reloaded is acknowledged after it.
     * @param {string} name
     * @param {string} address
     * @param {{ look?: (page: import("playwright-core").Page) => Promise<void>, hidden?: boolean }} [how] `look` at the page, before it is closed;
     *   `hidden`: the page is told that it is
     * @returns {Promise<string[]>} what the hidden page complained of; one that is seen may not
     */
    async survives(name, address, { look, hidden = false } = {}) {
      const tab = await browser.newPage();
      const trouble = troubleOf(tab);
      if (hidden) await tab.addInitScript(() => Object.defineProperty(document, "visibilityState", { value: "hidden" }));
      const said = async () => {
        const outcome = tab.locator("output:not(:empty)");
        await outcome.waitFor({ state: "attached", timeout: 20_000 }).catch((error) => {
          throw new Error(`the page said nothing: ${trouble.join("; ") || error}`);
        });
        return (await outcome.textContent()) ?? "";
      };
      try {
        const query = new URLSearchParams({ url: broker.url, name, version });
        await this.lives(name, async (life) => {
          await (life === 1 ? tab.goto(`${address}?${query}`) : tab.reload());
          return said();
        });
        await look?.(tab);
        if (!hidden) assert.deepEqual(trouble, []);
        return trouble;
      } finally {
        await tab.close();
      }
    },

    /**
     * @param {string} address of a page that cannot use the package
     * @returns {Promise<string>} the first error that nobody caught
     */
    failure: async (address) => {
      const tab = await browser.newPage();
      const failure = tab.waitForEvent("pageerror");
      await tab.goto(address);
      const error = await failure;
      await tab.close();
      return String(error);
    },

    close: () => Promise.all([packed.remove(), browser.close(), broker.stop()]),
  };
};
