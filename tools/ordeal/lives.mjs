// The one page of an ordeal and its many lives: opened, reloaded, killed and opened again in the same profile; and what each
// life told, above all what it found in storage when it began.
import { killPage } from "./chromium.mjs";

/** @typedef {import("./check/wire.mjs").Life} Life */
/** @typedef {Awaited<ReturnType<typeof import("./chromium.mjs").launchKillable>>} Browser */

const PATIENCE_MS = 60_000;
/** How often it is looked; by time, for a hidden page draws no frames. */
const LOOK_MS = 20;

/** The page: its script is served beside the package. */
export const HTML = `<!doctype html>
<meta charset="utf-8">
<title>mqtt-mooring ordeal</title>
<link rel="icon" href="data:,">
<script type="module" src="/scripts/app.mjs"></script>
`;

export class Lives {
  /**
   * @param {object} world
   * @param {Browser} world.browser
   * @param {string} world.url of the page
   * @param {() => number} world.connections how many the proxy has seen
   * @param {() => number} world.logLength of the proxy
   * @param {() => { goal: number }} world.settings what a page that begins is told
   */
  constructor({ browser, url, connections, logLength, settings }) {
    this.browser = browser;
    this.url = url;
    this.connections = connections;
    this.logLength = logLength;
    this.settings = settings;
    /** @type {Life[]} */
    this.all = [];
    /** @type {string[]} what pages complained about */
    this.trouble = [];
    this.ending = "beginning";
    /** @type {number | undefined} the length of the log when the page was killed */
    this.killedAt = undefined;
    /** Resolves with the next page that has begun. @type {(life: Life) => void} */
    this.begun = () => {};
    /** @type {import("playwright-core").Page | undefined} */
    this.page = undefined;
    /** @type {number[]} the renderers as of the last beginning */
    this.pids = [];
  }

  async start() {
    await this.browser.context.exposeBinding("tell", (_source, event, detail) => this.told(event, detail));
    await this.open("beginning");
  }

  /** The page that lives now. */
  get living() {
    if (!this.page) throw new Error("there is no page");
    return this.page;
  }

  /**
   * @param {string} event
   * @param {any} detail
   */
  told(event, detail) {
    const life = this.all.at(-1);
    if (event === "alive") {
      const { ending: what, killedAt } = this;
      this.all.push({ what, connections: this.connections(), killedAt, records: detail.records });
      this.killedAt = undefined;
      this.begun(this.all[this.all.length - 1]);
      return this.settings();
    }
    if (event === "ready") return this.settings().goal;
    if (event === "pending" && life) life.pending = detail;
    if (event === "trouble") this.trouble.push(`life ${this.all.length} (after a ${life?.what}): ${detail}`);
    return null;
  }

  /** Resolves when a page has begun from now on, and its renderer is known. */
  async nextLife() {
    /** @type {NodeJS.Timeout | undefined} */
    let timer;
    await new Promise((resolve, reject) => {
      this.begun = resolve;
      timer = setTimeout(() => reject(new Error(`no page began within ${PATIENCE_MS} ms after a ${this.ending}`)), PATIENCE_MS);
    }).finally(() => clearTimeout(timer));
    this.pids = await this.browser.rendererPids();
  }

  /** @param {string} ending of the page before */
  async open(ending) {
    this.ending = ending;
    this.page = await this.browser.newPage();
    const life = this.nextLife();
    life.catch(() => {});
    await this.page.goto(this.url, { waitUntil: "commit", timeout: PATIENCE_MS });
    await life;
  }

  /** Kills the page's renderer in this very moment, then opens the page again. */
  async kill() {
    const { page } = this;
    if (!page) return;
    this.killedAt = this.logLength();
    await killPage(page, this.pids);
    await this.open("kill");
    // Only now: a browser that closes its last page ends.
    page.close().catch(() => {});
  }

  async reload() {
    this.ending = "reload";
    const life = this.nextLife();
    life.catch(() => {});
    await this.page?.reload({ waitUntil: "commit", timeout: PATIENCE_MS });
    await life;
  }

  /**
   * Tells the living page something; one that has just ended need not hear it, for the next one asks.
   * @param {number} goal
   */
  setGoal(goal) {
    this.page?.evaluate((higher) => window.ordeal?.setGoal(higher), goal).catch(() => {});
  }

  /** Resolves when the page that lives now has its scripts, and its session. */
  loaded() {
    return this.living.waitForFunction(() => window.ordeal !== undefined, undefined, { timeout: PATIENCE_MS, polling: LOOK_MS });
  }

  /**
   * How things stand when the page says that all is settled, or when the time is over.
   * @param {number} count messages each way
   * @param {number} withinMs
   */
  async settle(count, withinMs) {
    await this.loaded();
    return this.living.evaluate(([messages, within]) => window.ordeal.settle(messages, within), [count, withinMs]);
  }
}
