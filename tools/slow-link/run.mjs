// Many messages through a slow link, or to a page that is slower than the server: what the page takes up must not grow with them.
import { launchBrowser } from "../../tests/support/browser.mjs";
import { memoryOf, watchMemory } from "../../tests/support/memory.mjs";
import { openPage, servePage } from "../../tests/support/page-server.mjs";
import { startSlowServer } from "./server.mjs";

/** @typedef {import("../../tests/support/memory.mjs").Memory} Memory */
/** @typedef {"QoS 0 out" | "QoS 1 out" | "QoS 0 in" | "QoS 1 in" | "QoS 0 read" | "QoS 1 read"} Way */

/** Published; given to a handler; given to an iterator that is read slower than the server sends. @type {Way[]} */
export const WAYS = ["QoS 0 out", "QoS 1 out", "QoS 0 in", "QoS 1 in", "QoS 0 read", "QoS 1 read"];

/**
 * @typedef {object} Parameters
 * @property {number} messages
 * @property {number} pad bytes in each payload, beside its number
 * @property {number} bytesPerSecond of the link from the page
 * @property {number} sendHighWaterMark
 */

/**
 * @typedef {object} Result
 * @property {Way} way
 * @property {number} messages that arrived, or were told to be dropped
 * @property {number} dropped of them
 * @property {boolean} inOrder
 * @property {number} mostBuffered bytes that the WebSocket held
 * @property {Memory} start after a tenth of the messages
 * @property {Memory} end
 * @property {Memory} growth from `start` to the highest sample
 * @property {number} seconds
 */

/** So often the page's memory is looked at; the first tenth is for warming up. */
const SAMPLES = 10;
/** So many QoS 1 messages the page leaves unacknowledged before it publishes another one. */
const AT_ONCE = 5000;
const RECEIVE_MAXIMUM = 200;

/**
 * Runs in the page: connects, and leaves window.slow for what follows.
 * @param {{ url: string, way: Way, pad: number, sendHighWaterMark: number, atOnce: number, receiveMaximum: number }} how
 */
const start = async ({ url, way, pad, sendHighWaterMark, atOnce, receiveMaximum }) => {
  window.client?.free();
  const client = new window.MqttClient({ url, clientId: "slow", sendHighWaterMark, receiveMaximum });
  window.client = client;
  const filler = "x".repeat(pad);
  let done = 0;
  let inOrder = true;
  let unacknowledged = 0;
  let goOn = () => {};
  let dropped = 0;
  let last = 0;
  /** @param {any} message */
  const take = (message) => {
    const number = Number.parseInt(message.text(), 10);
    if (way === "QoS 0 read" ? number <= last : number !== last + 1) inOrder = false;
    last = number;
    done += 1;
    window.slow.reached();
  };
  if (way.endsWith("in")) client.on("messageIn", take);
  client.on("error", (/** @type {any} */ { code, message }) => {
    if (code !== "MESSAGES_DROPPED") throw new Error(message);
    dropped += Number.parseInt(message, 10);
    window.slow.reached();
  });
  const read = async () => {
    for await (const message of client.messages("slow/in", { highWaterMark: 100 })) {
      take(message);
      if (done % 100 === 0) await new Promise((resolve) => setTimeout(resolve));
    }
  };
  if (way.endsWith("read")) read();
  await client.connect();
  let goal = 0;
  window.slow = {
    reached: () => {},
    standing: () => ({ done, dropped, inOrder, mostBuffered: window.memory.mostBuffered() }),
    /** Publishes, or waits for, all up to this number. @param {number} higher */
    until: async (higher) => {
      goal = higher;
      if (!way.endsWith("out")) return done + dropped >= goal ? undefined : new Promise((resolve) => (window.slow.reached = () => done + dropped >= goal && resolve(undefined)));
      for (; done < goal; done += 1) {
        if (way === "QoS 0 out") await client.publish("slow/out", `${done + 1} ${filler}`);
        else {
          unacknowledged += 1;
          client.publish("slow/out", `${done + 1} ${filler}`, { qos: 1 }).then(() => {
            unacknowledged -= 1;
            goOn();
          });
          if (unacknowledged >= atOnce) await new Promise((resolve) => (goOn = () => resolve(undefined)));
        }
      }
      while (unacknowledged > 0) await new Promise((resolve) => (goOn = () => resolve(undefined)));
    },
  };
};

/**
 * @param {Parameters} parameters
 * @param {{ ways?: Way[], onResult?: (result: Result) => void }} [how]
 */
export const runSlowLink = async (parameters, { ways = WAYS, onResult = () => {} } = {}) => {
  const { messages, pad, bytesPerSecond, sendHighWaterMark } = parameters;
  const [server, pages, browser] = await Promise.all([startSlowServer({ bytesPerSecond }), servePage(), launchBrowser()]);
  try {
    await watchMemory(browser.context);
    /** @type {Result[]} */
    const results = [];
    for (const way of ways) {
      const page = await browser.newPage();
      await openPage(page, pages.url);
      const result = await through(page, server, way);
      await page.close();
      onResult(result);
      results.push(result);
    }
    return results;
  } finally {
    await Promise.allSettled([browser.close(), server.stop(), pages.stop()]);
  }

  /**
   * @param {import("playwright-core").Page} page
   * @param {Awaited<ReturnType<typeof startSlowServer>>} slow
   * @param {Way} way
   * @returns {Promise<Result>}
   */
  async function through(page, slow, way) {
    const since = Date.now();
    slow.begin();
    await page.evaluate(start, { url: slow.url, way, pad, sendHighWaterMark, atOnce: AT_ONCE, receiveMaximum: RECEIVE_MAXIMUM });
    const isOut = way.endsWith("out");
    const given = isOut ? null : slow.give({ count: messages, qos: way.startsWith("QoS 0") ? 0 : 1, pad, receiveMaximum: RECEIVE_MAXIMUM });
    /** @type {Memory[]} */
    const samples = [];
    for (let sample = 1; sample <= SAMPLES; sample += 1) {
      await page.evaluate((goal) => window.slow.until(goal), Math.floor((messages / SAMPLES) * sample));
      samples.push(await memoryOf(page));
    }
    await given;
    /** @type {{ done: number, dropped: number, mostBuffered: number, inOrder: boolean }} */
    const standing = await page.evaluate(() => window.slow.standing());
    // What was handed to the socket has not all arrived yet.
    while (isOut && slow.took.count < messages) await new Promise((resolve) => setTimeout(resolve, 20));
    const highest = (/** @type {keyof Memory} */ what) => Math.max(...samples.slice(1).map((sample) => sample[what]));
    return {
      way,
      messages: isOut ? slow.took.count : standing.done + standing.dropped,
      dropped: standing.dropped,
      inOrder: isOut ? slow.took.inOrder : standing.inOrder,
      mostBuffered: standing.mostBuffered,
      start: samples[0],
      end: samples[samples.length - 1],
      growth: { heap: highest("heap") - samples[0].heap, wasm: highest("wasm") - samples[0].wasm },
      seconds: Math.round((Date.now() - since) / 1000),
    };
  }
};

