// `npm start -- --check`: the main job without a display. The Session Lab page, in a headless browser, publishes at
// QoS 2, is cut in mid-handshake, saves, reloads, restores and finishes; then every message is counted.
//
// The page is driven through its hook `window.lab`, which does what its buttons do: `ready` (promise), `client` (the
// MqttClient of the moment), `connect({ url, clientId, cleanSession, protocolVersion, sessionExpiryInterval })` (by hand, unless
// told `durable: true`), `publish(topic, payload, qos)`, `save()` → string, `restore()` (from what save kept; connects). All use
// of it is in `drive`.
import { launchBrowser } from "../tests/support/browser.mjs";
import { countingSubscriber, numberOf, tally } from "../tests/support/counting.mjs";
import { say, ToolError } from "./lib/say.mjs";
import { line } from "./proxy/log.mjs";

const MESSAGES = 8;
const PATIENCE_MS = 20_000;

/** @typedef {Awaited<ReturnType<typeof import("./start/lab.mjs").startLab>>} Lab */
/** @typedef {import("playwright-core").Page} Page */
/** @typedef {import("../tests/support/counting.mjs").Tally} Tally */

const drive = {
  ready: async (/** @type {Page} */ page) => {
    const hooked = await page.evaluate(() => window.lab !== undefined);
    if (!hooked) throw new ToolError("✗ The page offers no window.lab: restore www/ with `git checkout www`.");
    await page.evaluate(() => window.lab.ready.then(() => null));
  },
  connect: (/** @type {Page} */ page, /** @type {object} */ options) =>
    page.evaluate((given) => window.lab.connect(given).then(() => null), options),
  /** aedes finds a session present only if it holds a subscription. */
  subscribe: (/** @type {Page} */ page, /** @type {string} */ filter) =>
    page.evaluate((given) => window.lab.client.subscribe({ [given]: 0 }).then(() => null), filter),
  /** Does not wait for the outcome: the link is cut before there is one. */
  publish: (/** @type {Page} */ page, /** @type {{ topic: string, count: number }} */ batch) =>
    page.evaluate(({ topic, count }) => {
      for (let number = 1; number <= count; number += 1) {
        Promise.resolve(window.lab.publish(topic, String(number), 2)).catch(() => null);
      }
    }, batch),
  save: (/** @type {Page} */ page) => page.evaluate(async () => String(await window.lab.save())),
  restore: (/** @type {Page} */ page) => page.evaluate(() => window.lab.restore().then(() => null)),
  /** The unfinished messages, a line each. @returns {Promise<string[]>} */
  unfinished: (/** @type {Page} */ page) =>
    page.evaluate(() =>
      [...window.lab.client.outgoingMessages].map(({ packetId, state }) => `#${packetId} ${state}`),
    ),
  finished: (/** @type {Page} */ page) =>
    page.waitForFunction(() => [...window.lab.client.outgoingMessages].length === 0, undefined, { timeout: PATIENCE_MS }),
};

/**
 * Throws unless every message arrived exactly once, in every version the broker speaks.
 * @param {Lab} lab
 * @param {string} chrome
 */
export const check = async (lab, chrome) => {
  const browser = await launchBrowser({ chrome });
  try {
    for (const version of lab.broker.versions) {
      say(`\nMQTT ${version} against ${lab.broker.name}`);
      await comeThroughAReload(lab, await browser.newPage(), version).catch((error) => {
        throw explained(error, browser.errors);
      });
    }
  } finally {
    await browser.close();
  }
};

/**
 * @param {Lab} lab
 * @param {Page} page
 * @param {import("./broker.mjs").Version} version
 */
const comeThroughAReload = async ({ broker, proxy, url, mqttUrl }, page, version) => {
  const clientId = `check-${version}`;
  const topic = `check/${version}`;
  const witness = await countingSubscriber({ port: broker.tcpPort, filter: topic });
  /** @type {number[]} */
  const accepted = [];
  broker.publishes?.on("publish", (publish) => publish.topic === topic && accepted.push(numberOf(publish.payload)));

  await page.goto(url);
  await within("the page to be ready", drive.ready(page));
  const session = { clientId, cleanSession: false, protocolVersion: version };
  await within("the connection", drive.connect(page, { url: mqttUrl, ...session, ...(version === "5" ? { sessionExpiryInterval: 3600 } : {}) }));
  await within("the subscription", drive.subscribe(page, `${topic}/keep`));
  say(`  connected as ${clientId}, through the fault proxy`);

  await Promise.all([withholdHandshakes(proxy, clientId), drive.publish(page, { topic, count: MESSAGES })]);
  say(`  published ${MESSAGES} messages at QoS 2: message 1 is complete; of messages 2 and 3 the`);
  say("  PUBCOMP is withheld, of messages 4 and 5 the PUBREC; messages 6 to 8 have not reached the broker");
  proxy.down = true;
  proxy.cut("reset");
  say("  cut the link");
  const saved = await within("the session to be saved", drive.save(page));
  say(`  saved the session (${saved.length} characters): ${(await drive.unfinished(page)).join(", ")}`);

  await page.reload();
  await within("the page to be ready again", drive.ready(page));
  say("  reloaded the page");
  proxy.release();
  proxy.down = false;
  const before = proxy.log.length;
  await within("the session to be restored", drive.restore(page));
  await drive.finished(page);
  say("  restored the session; on the wire since then:");
  for (const entry of proxy.log.slice(before)) if (entry.clientId === clientId) say(`    ${line(entry)}`);

  const seen = await witness.report(MESSAGES);
  const arrivals = witness.numbers();
  await witness.stop();
  await page.close();
  judge(broker, { accepted, arrivals, seen });
};

/**
 * Withholds acknowledgements so that the handshakes stand at every step; resolves when they do.
 * @param {Lab["proxy"]} proxy
 * @param {string} clientId
 */
const withholdHandshakes = async (proxy, clientId) => {
  const pubcomp = /** @type {const} */ ({ clientId, direction: "toClient", type: "pubcomp" });
  const pubrec = /** @type {const} */ ({ clientId, direction: "toClient", type: "pubrec" });
  const publish = /** @type {const} */ ({ clientId, direction: "toServer", type: "publish" });
  proxy.rule({ ...pubcomp, from: 2, action: "drop" });
  proxy.rule({ ...pubrec, from: 4, action: "drop" });
  proxy.rule({ ...publish, from: 6, action: "drop" });
  await Promise.all([
    proxy.when({ ...pubcomp, nth: 3 }),
    proxy.when({ ...pubrec, nth: 5 }),
    proxy.when({ ...publish, nth: MESSAGES }),
  ]);
};

/**
 * @param {import("./broker.mjs").Broker} broker
 * @param {{ accepted: number[], arrivals: number[], seen: Tally }} counts
 */
const judge = (broker, { accepted, arrivals, seen }) => {
  const decisive = broker.publishes ? tally(accepted, MESSAGES) : seen;
  if (broker.publishes) {
    say(`  the broker accepted: ${accepted.join(" ")}`);
    say(`  an independent subscriber saw: ${arrivals.join(" ")}${seen.exact ? "" : " (not exact)"}`);
    say(`  (${broker.name} itself is not exact towards QoS 2 subscribers; what it accepted from the client is what counts)`);
  } else {
    say(`  an independent subscriber saw: ${arrivals.join(" ")}`);
  }
  if (!decisive.exact) {
    const { missing, doubled, inOrder } = decisive;
    const faults = [
      ...(missing.length > 0 ? [`missing ${missing.join(" ")}`] : []),
      ...(doubled.length > 0 ? [`doubled ${doubled.join(" ")}`] : []),
      ...(inOrder ? [] : ["out of order"]),
    ];
    throw new ToolError(`✗ Not exactly once: ${faults.join(", ")}.`);
  }
  say(`✓ all ${MESSAGES} messages arrived exactly once, in order`);
};

/**
 * @template T
 * @param {string} what
 * @param {Promise<T>} promise
 * @returns {Promise<T>}
 */
const within = (what, promise) => {
  /** @type {NodeJS.Timeout} */
  let timer;
  const late = new Promise((_resolve, reject) => {
    timer = setTimeout(() => reject(new ToolError(`✗ Waited ${PATIENCE_MS / 1000} s for ${what}.`)), PATIENCE_MS);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
};

/**
 * What went wrong in the page, with what the page itself had to say about it.
 * @param {unknown} error
 * @param {string[]} pageErrors
 */
const explained = (error, pageErrors) => {
  const [reason] = (error instanceof Error ? error.message : String(error)).split("\n");
  const said = pageErrors.map((text) => `\n  the page: ${text}`).join("");
  return new ToolError(`${reason.startsWith("✗") ? reason : `✗ The check stopped: ${reason}`}${said}`);
};
