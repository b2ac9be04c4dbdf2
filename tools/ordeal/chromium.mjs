// A Chromium whose processes can be killed: the renderers one page or all pages run in, or the whole browser.
import { launchBrowser } from "../../tests/support/browser.mjs";

/** @typedef {import("playwright-core").Page} Page */

/** How long a page is kept busy to see by its processor time which process it runs in. */
const BUSY_MS = 80;

/** @param {{ chrome?: string, profile?: string }} [options] see launchBrowser */
export const launchKillable = async (options) => {
  const browser = await launchBrowser(options);
  const session = await browser.context.browser()?.newBrowserCDPSession();
  if (!session) throw new Error("this Chromium has no DevTools session for the whole browser");
  const processes = async () => (await session.send("SystemInfo.getProcessInfo")).processInfo;
  const renderers = async () => (await processes()).filter(({ type }) => type === "renderer");

  return {
    ...browser,

    /** The process ids of all renderers there are now. */
    rendererPids: async () => (await renderers()).map(({ id }) => id),

    /**
     * The process this page runs in: the one that worked while the page was kept busy.
     * @param {Page} page
     */
    rendererOf: async (page) => {
      const before = new Map((await renderers()).map(({ id, cpuTime }) => [id, cpuTime]));
      await page.evaluate((busyMs) => {
        for (const until = performance.now() + busyMs; performance.now() < until; );
      }, BUSY_MS);
      const worked = (await renderers()).map(({ id, cpuTime }) => ({ id, worked: cpuTime - (before.get(id) ?? 0) }));
      return worked.sort((a, b) => b.worked - a.worked)[0].id;
    },

    /** The browser's own process. */
    browserPid: async () => {
      const found = (await processes()).find(({ type }) => type === "browser");
      if (!found) throw new Error("Chromium names no browser process");
      return found.id;
    },
  };
};

/**
 * Kills processes by SIGKILL, at once; one that is gone already is gone.
 * @param {number[]} pids
 */
export const killProcesses = (pids) => {
  for (const pid of pids) {
    try {
      process.kill(pid, "SIGKILL");
    } catch (error) {
      if (/** @type {NodeJS.ErrnoException} */ (error).code !== "ESRCH") throw error;
    }
  }
};

/**
 * Kills the renderer of a page and resolves when the browser has noticed.
 * @param {Page} page
 * @param {number[]} pids of its renderer, others may be among them
 */
export const killPage = async (page, pids) => {
  const crashed = new Promise((resolve) => page.once("crash", resolve));
  killProcesses(pids);
  await crashed;
};
