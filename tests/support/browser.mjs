// A headless Chromium for end-to-end tests and for `npm start -- --check`.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium } from "playwright-core";
import { ensureChrome } from "../../tools/setup.mjs";

/** --no-sandbox is for root; the rest keeps Chromium from calling home. */
export const FLAGS = [
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
  return around(context, () => context.close());
};

/**
 * Runs Chromium until its standard input ends: when we close it, and also when this process is killed. Without a word
 * first, because nothing of a test's browser is to be kept but its profile's storage, which is written as it goes.
 */
const GUARD = '"$@" & pid=$!; exec 2>&-; read _; kill -9 $pid; wait $pid';

/**
 * The same as a user has it: Playwright's own flags and emulations, by which every page is always visible, focused and never
 * slowed down, are all left out. A page is hidden when another one is brought to front, and its timers are throttled then.
 * @param {{ profile?: string, flags?: string[] }} [options]
 */
export const launchPlainBrowser = async ({ profile, flags = [] } = {}) => {
  const program = await ensureChrome();
  const directory = profile ?? (await mkdtemp(join(tmpdir(), "mooring-chromium-")));
  const args = ["--headless=new", "--remote-debugging-port=0", `--user-data-dir=${directory}`, ...FLAGS, ...flags, "about:blank"];
  const child = spawn("/bin/sh", ["-c", GUARD, "sh", program, ...args], { stdio: ["pipe", "ignore", "pipe"] });
  const exited = once(child, "exit");
  const browser = await chromium.connectOverCDP(await devToolsAddress(child.stderr), { noDefaults: true });
  return around(browser.contexts()[0], async () => {
    await browser.close();
    child.stdin.end();
    await exited;
    if (profile === undefined) await rm(directory, { recursive: true, force: true, maxRetries: 5 });
  });
};

/**
 * @param {import("node:stream").Readable} stderr
 * @returns {Promise<string>}
 */
const devToolsAddress = (stderr) =>
  new Promise((resolve, reject) => {
    let output = "";
    stderr.setEncoding("utf8").on("data", (text) => {
      output = (output + text).slice(-10_000);
      const address = /DevTools listening on (ws:\S+)/.exec(output)?.[1];
      if (address) resolve(address);
    });
    stderr.on("close", () => reject(new Error(`Chromium did not start; it said: ${output}`)));
  });

/**
 * @param {import("playwright-core").BrowserContext} context
 * @param {() => Promise<void>} close
 */
const around = (context, close) => {
  /** @type {string[]} */
  const errors = [];
  context.on("weberror", (error) => errors.push(String(error.error())));
  context.on("console", (message) => message.type() === "error" && errors.push(message.text()));
  return { context, errors, newPage: () => context.newPage(), close };
};
