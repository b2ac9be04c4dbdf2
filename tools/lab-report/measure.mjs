// Opens the Lab's page, works in it, and notes what the browser itself says of painting, moving and being busy.
import { launchBrowser } from "../../tests/support/browser.mjs";
import { startLab } from "../start/lab.mjs";

/** @typedef {import("playwright-core").Page} Page */

/**
 * @typedef {object} Figures times in milliseconds
 * @property {number} requests
 * @property {number} kilobytes as sent, without compression
 * @property {number} firstPaint the first contentful paint
 * @property {number} largestPaint the largest contentful paint
 * @property {number} ready the page can be used
 * @property {number} moved cumulative layout shift
 * @property {number} busyLoading the longest task until it was ready
 * @property {number} elements
 * @property {number} worked until all messages were acknowledged and had come back
 * @property {number} busyWorking the longest task of that
 * @property {number} longWorking how many tasks were longer than 50 ms
 * @property {number} movedWorking
 * @property {number} pressed from pressing a button until the next frame, the longest of some
 * @property {number} back a page with that many messages unfinished can be used
 * @property {number} busyBack the longest task of that
 * @property {number} heap MiB, after all
 */

/** @typedef {{ broker: string, browser: string, parameters: Parameters, full: Figures, slower: Figures }} Report */
/** @typedef {{ rounds: number, messages: number, slower: number }} Parameters */

/** Runs in the page before anything of it: what the browser tells is kept for whoever asks. */
const observe = () => {
  /** @type {{ start: number, duration: number }[]} */
  const tasks = [];
  const seen = { tasks, moved: 0, largest: 0 };
  Object.assign(window, { seen });
  /** @param {string} type @param {(entry: any) => void} note */
  const on = (type, note) => new PerformanceObserver((list) => list.getEntries().forEach(note)).observe({ type, buffered: true });
  on("longtask", ({ startTime, duration }) => tasks.push({ start: startTime, duration }));
  on("layout-shift", ({ value, hadRecentInput }) => (seen.moved += hadRecentInput ? 0 : value));
  on("largest-contentful-paint", ({ startTime }) => (seen.largest = startTime));
};

/** @param {Page} page */
const ready = (page) => page.evaluate(() => window.lab.ready.then(() => performance.now()));

/** Entries of the browser come a little after what they are of. @param {Page} page */
const settled = (page) => page.evaluate(() => new Promise((resolve) => setTimeout(resolve, 300)));

/** Since then; a task that is not long counts as none. @param {Page} page @param {number} since */
const busy = (page, since) =>
  page.evaluate((from) => {
    const { tasks, moved } = /** @type {any} */ (window).seen;
    const durations = tasks.filter((/** @type {any} */ { start }) => start >= from).map((/** @type {any} */ { duration }) => duration);
    return { longest: Math.max(0, ...durations), count: durations.length, moved };
  }, since);

/** @param {Page} page */
const loading = async (page) => {
  const usable = await ready(page);
  await settled(page);
  const { longest, moved } = await busy(page, 0);
  const rest = await page.evaluate(() => {
    const resources = /** @type {PerformanceResourceTiming[]} */ ([...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")]);
    return {
      requests: resources.length,
      kilobytes: resources.reduce((sum, { encodedBodySize }) => sum + encodedBodySize, 0) / 1000,
      firstPaint: performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? 0,
      largestPaint: /** @type {any} */ (window).seen.largest,
      elements: document.querySelectorAll("*").length,
    };
  });
  return { ...rest, ready: usable, moved, busyLoading: longest };
};

/** Numbered messages there and back, by the page's own buttons. @param {Page} page @param {number} messages */
const working = async (page, messages) => {
  await page.evaluate(() => window.lab.connect({ durable: true }).then(() => null));
  await page.evaluate(() => window.lab.subscribe(`${window.lab.client.clientId}/#`, 2).then(() => null));
  await page.fill("#topic", `${await page.evaluate(() => window.lab.client.clientId)}/work`);
  await page.fill("#many", String(messages));
  const since = await page.evaluate(() => performance.now());
  await page.click("#publish-many");
  await page.waitForFunction((count) => document.querySelector("#account-arrived")?.textContent === String(count), messages, { timeout: 120_000 });
  const until = await page.evaluate(() => performance.now());
  await settled(page);
  const { longest, count, moved } = await busy(page, since);
  return { worked: until - since, busyWorking: longest, longWorking: count, movedWorking: moved };
};

/** The longest of some presses, each until its frame. @param {Page} page */
const pressing = async (page) => {
  let longest = 0;
  for (const id of ["path-by-hand", "path-durable", "account-clear", "messages-clear"]) {
    const took = await page.evaluate(
      (name) =>
        new Promise((resolve) => {
          const since = performance.now();
          document.getElementById(name)?.click();
          requestAnimationFrame(() => setTimeout(() => resolve(performance.now() - since)));
        }),
      id,
    );
    longest = Math.max(longest, Number(took));
  }
  return { pressed: longest };
};

/** A reload with everything unfinished. @param {Page} page @param {number} messages */
const comingBack = async (page, messages) => {
  await page.click("#fault-hold");
  await page.waitForFunction(() => document.querySelector("#faults-state")?.textContent?.includes("held back"));
  await page.click("#publish-many");
  await page.waitForFunction((count) => window.lab.client.outgoingMessages.length === count, messages, { timeout: 60_000 });
  await page.reload();
  const back = await ready(page);
  await settled(page);
  const { longest } = await busy(page, 0);
  await page.click("#fault-release");
  return { back, busyBack: longest };
};

/**
 * @param {Awaited<ReturnType<typeof startLab>>} lab
 * @param {number} messages
 * @param {number} slower
 * @returns {Promise<Figures>}
 */
const onePage = async (lab, messages, slower) => {
  const browser = await launchBrowser();
  try {
    const page = await browser.newPage();
    const devTools = await browser.context.newCDPSession(page);
    await devTools.send("Emulation.setCPUThrottlingRate", { rate: slower });
    await page.addInitScript(observe);
    await page.goto(lab.url);
    const loaded = await loading(page);
    const worked = await working(page, messages);
    const pressed = await pressing(page);
    const back = await comingBack(page, messages);
    await devTools.send("HeapProfiler.collectGarbage");
    const { usedSize } = await devTools.send("Runtime.getHeapUsage");
    return { ...loaded, ...worked, ...pressed, ...back, heap: usedSize / 2 ** 20 };
  } finally {
    await browser.close();
  }
};

/** @param {Figures[]} rounds */
const medians = (rounds) => {
  const names = /** @type {(keyof Figures)[]} */ (Object.keys(rounds[0]));
  const middle = (/** @type {keyof Figures} */ name) => rounds.map((figures) => figures[name]).sort((a, b) => a - b)[Math.floor(rounds.length / 2)];
  return /** @type {Figures} */ (Object.fromEntries(names.map((name) => [name, middle(name)])));
};

/**
 * @param {"aedes" | "mosquitto"} kind
 * @param {Parameters} parameters
 * @returns {Promise<Report>}
 */
export const measureLab = async (kind, parameters) => {
  const lab = await startLab({ kind, port: 0 });
  try {
    /** @type {Record<"full" | "slower", Figures[]>} */
    const rounds = { full: [], slower: [] };
    for (let round = 0; round < parameters.rounds; round += 1) {
      rounds.full.push(await onePage(lab, parameters.messages, 1));
      rounds.slower.push(await onePage(lab, parameters.messages, parameters.slower));
    }
    const browser = await launchBrowser();
    const version = `Chromium ${browser.context.browser()?.version() ?? ""}`.trim();
    await browser.close();
    return { broker: lab.broker.name, browser: version, parameters, full: medians(rounds.full), slower: medians(rounds.slower) };
  } finally {
    await lab.stop();
  }
};
