// A headless Chromium for end-to-end tests and for `npm start -- --check`.
import { chromium } from "playwright-core";
import { ensureChrome } from "../../tools/setup.mjs";

/** --no-sandbox is for root; the rest keeps Chromium from calling home. */
const FLAGS = [
  "--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-dev-shm-usage", "--no-first-run",
  "--disable-background-networking", "--disable-component-update", "--disable-sync",
];

/**
 * Launches Chromium with a profile of its own: the given directory, which outlives it, or a temporary one.
 * `errors` collects what pages threw or logged as errors, for a test to look at or to show.
 * @param {{ chrome?: string, profile?: string, flags?: string[], without?: string[] }} [options] `without`: flags of Playwright's
 *   own that are left out
 */
export const launchBrowser = async ({ chrome, profile = "", flags = [], without = [] } = {}) => {
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: chrome ?? (await ensureChrome()),
    headless: true,
    args: [...FLAGS, ...flags],
    ignoreDefaultArgs: without,
  });
  /** @type {string[]} */
  const errors = [];
  context.on("weberror", (error) => errors.push(String(error.error())));
  context.on("console", (message) => message.type() === "error" && errors.push(message.text()));
  return { context, errors, newPage: () => context.newPage(), close: () => context.close() };
};
