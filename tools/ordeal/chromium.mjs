// A Chromium whose processes can be killed: the renderers one page or all pages run in, or the whole browser.
import { launchBrowser, launchPlainBrowser } from "../../tests/support/browser.mjs";

/** @typedef {import("playwright-core").Page} Page */

/**
 * No renderer waits for a page to come: so each that was not there when the browser had started is some page's. The other
 * features are those that Playwright turns off and that could matter here; of several such flags the last one holds.
 */
const FLAGS = ["--disable-features=SpareRendererForSitePerProcess,HttpsUpgrades,MediaRouter,OptimizationHints,PaintHolding"];

/**
 * @param {{ chrome?: string, profile?: string, without?: string[], plain?: boolean }} [options] see launchBrowser; `plain`: see
 *   launchPlainBrowser
 */
export const launchKillable = async ({ plain = false, ...options } = {}) => {
  const browser = await (plain ? launchPlainBrowser : launchBrowser)({ ...options, flags: FLAGS });
  const session = await browser.context.browser()?.newBrowserCDPSession();
  if (!session) throw new Error("this Chromium has no DevTools session for the whole browser");
  const processes = async () => (await session.send("SystemInfo.getProcessInfo")).processInfo;
  const renderers = async () => (await processes()).filter(({ type }) => type === "renderer").map(({ id }) => id);
  // The browser's own: killing these can take the whole browser along.
  const own = new Set(await renderers());

  return {
    ...browser,

    /** The processes in which pages that were opened since are rendered: with several pages, look before and after. */
    rendererPids: async () => (await renderers()).filter((pid) => !own.has(pid)),

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
