// `npm run hidden`: does a hidden, throttled page in a real Chromium stay connected? Two pages lie in the background for minutes: one
// with the client's worker, one whose Content Security Policy forbids it. The broker is a real Mosquitto, which gives a client up
// that it has not heard of for 1.5 × Keep Alive [MQTT-3.1.2-22]. Exit code 1 if the page with the worker was disconnected, or if the
// pages were not throttled after all, for then nothing was shown.
import { parseArgs } from "node:util";
import { launchPlainBrowser } from "../tests/support/browser.mjs";
import { openPage, servePage } from "../tests/support/page-server.mjs";
import { startBroker } from "./broker.mjs";
import { build } from "./build.mjs";
import { command, options, say, wholeNumbers } from "./lib/say.mjs";
import { startProxy } from "./proxy.mjs";
import { ensureChrome, ensureMosquitto, setUp } from "./setup.mjs";

const HELP = `npm run hidden -- [options]

  --minutes N      how long the pages are hidden (default 5)
  --keep-alive N   seconds (default 30)`;

/** Chromium throttles a page hidden for 5 minutes to one wake-up a minute; here after 10 seconds, so that 5 minutes are enough. */
const THROTTLE_SOON = "--enable-features=IntensiveWakeUpThrottling:grace_period_seconds/10";
/** A page whose timer of one second was late by less has not been throttled. */
const THROTTLED_MS = 30_000;
const TELL_MS = 30_000;

/** Runs in the page: a client, and a timer that is to go off every second. @param {{ url: string, clientId: string, keepAlive: number }} options */
const start = async ({ url, clientId, keepAlive }) => {
  const seen = { ticks: /** @type {number[]} */ ([]), ends: /** @type {string[]} */ ([]), hiddenAt: 0 };
  Object.assign(window, { seen });
  document.addEventListener("visibilitychange", () => (seen.hiddenAt = Date.now()));
  setInterval(() => seen.ticks.push(Date.now()), 1000);
  window.client = new window.MqttClient({ url, clientId, keepAlive, cleanSession: false });
  window.client.on("disconnected", (/** @type {any} */ { code, reason }) => seen.ends.push(`${code}: ${reason}`));
  await window.client.connect();
};

/** Runs in the page. */
const look = () => {
  const { ticks, ends, hiddenAt } = /** @type {any} */ (window).seen;
  return { ticks, ends, hiddenAt, hidden: document.visibilityState === "hidden", connected: window.client.connected };
};

/** The longest time between two of these. @param {number[]} times */
const longestGap = (times) => times.slice(1).reduce((longest, time, index) => Math.max(longest, time - times[index]), 0);

/** @param {number} ms */
const seconds = (ms) => `${(ms / 1000).toFixed(1)} s`;

/**
 * @param {{ title: string, clientId: string, page: import("playwright-core").Page }} candidate
 * @param {{ broker: import("./broker.mjs").Broker, proxy: Awaited<ReturnType<typeof startProxy>>, keepAlive: number }} world
 */
const judge = async ({ title, clientId, page }, { broker, proxy, keepAlive }) => {
  const { ticks, ends, hiddenAt, hidden, connected } = await page.evaluate(look);
  const sent = proxy.log.filter((entry) => entry.clientId === clientId && entry.direction === "toServer");
  const ofType = (/** @type {string} */ name) => sent.filter(({ type }) => type === name);
  const pings = ofType("pingreq");
  const lastOfEach = new Map(sent.map((entry) => [entry.connection, entry]));
  const silences = [...lastOfEach.keys()].map((id) => longestGap(sent.filter(({ connection }) => connection === id).map(({ at }) => at)));
  const broken = (broker.log ?? []).filter((line) => line.includes(`Client ${clientId} `)).map((line) => line.replace(/^\d+: /, ""));
  const late = longestGap(ticks.filter((/** @type {number} */ time) => time >= hiddenAt));
  say(`${title}: ${hidden ? "hidden to the end" : "NOT HIDDEN"}, ${connected ? "connected" : "not connected"} at the end`);
  say(`  its timer of 1 s went off ${ticks.length} times, once after ${seconds(late)}`);
  say(`  ${pings.length} PINGREQs, at ${pings.map(({ at }) => seconds(at)).join(", ") || "no time"}`);
  say(`  longest silence towards the broker: ${seconds(Math.max(0, ...silences))}; it allows ${seconds(keepAlive * 1500)}`);
  for (const line of broken) say(`  the broker says: ${line}`);
  say(`  ${ofType("connect").length} connections${ends.map((/** @type {string} */ end) => `\n    ${end}`).join("")}`);
  return { stayed: connected && hidden && ofType("connect").length === 1 && ends.length === 0, throttled: late >= THROTTLED_MS };
};

const main = async () => {
  const { values } = options(
    () => parseArgs({ options: { minutes: { type: "string" }, "keep-alive": { type: "string" }, help: { type: "boolean", short: "h" } } }),
    "npm run hidden -- --help",
  );
  if (values.help) return say(HELP);
  const number = wholeNumbers(/** @type {Record<string, string | undefined>} */ (values), "npm run hidden -- --help");
  const minutes = number("minutes", 5);
  const keepAlive = number("keep-alive", 30);
  await Promise.all([ensureChrome(), ensureMosquitto()]);
  await build(await setUp());

  const broker = await startBroker({ kind: "mosquitto" });
  const [proxy, free, strict, browser] = await Promise.all([
    startProxy({ target: broker.url }),
    servePage(),
    servePage({ headers: { "content-security-policy": "worker-src 'none'" } }),
    launchPlainBrowser({ flags: [THROTTLE_SOON] }),
  ]);
  try {
    const withWorker = { title: "With the worker", clientId: "with-worker", page: await browser.newPage() };
    const without = { title: "Without it (worker-src 'none')", clientId: "without-worker", page: await browser.newPage() };
    await openPage(withWorker.page, free.url);
    await openPage(without.page, strict.url);
    for (const { page, clientId } of [withWorker, without]) await page.evaluate(start, { url: proxy.url, clientId, keepAlive });
    await (await browser.newPage()).bringToFront();
    say(`Two pages are hidden for ${minutes} minutes; keepAlive ${keepAlive} s; ${broker.name}, Chromium ${browser.context.browser()?.version()}`);
    const since = Date.now();
    for (let left = minutes * 60_000; left > 0; left = minutes * 60_000 - (Date.now() - since)) {
      await new Promise((resolve) => setTimeout(resolve, Math.min(left, TELL_MS)));
      say(`  ${seconds(Date.now() - since)}: ${proxy.log.filter(({ type }) => type === "pingreq").length} PINGREQs so far`);
    }
    const world = { broker, proxy, keepAlive };
    const shown = await judge(withWorker, world);
    await judge(without, world);
    if (!shown.throttled) say("✗ the page was not throttled: this shows nothing");
    else say(shown.stayed ? "✓ stayed connected" : "✗ did not stay connected");
    if (!shown.throttled || !shown.stayed) process.exitCode = 1;
  } finally {
    await Promise.allSettled([browser.close(), proxy.stop(), free.stop(), strict.stop()]);
    await broker.stop();
  }
};

await command(main);
