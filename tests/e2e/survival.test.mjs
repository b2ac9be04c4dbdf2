// What survives what: a page with messages in flight both ways is reloaded, closed, killed; its browser closed, killed; its
// site data cleared; it is frozen, left and come back to. What comes after goes on where it was, or, where nothing can be kept,
// begins anew and invents nothing. README.md has the table; each of its rows is a test here, or says that it is not.
import assert from "node:assert/strict";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, afterEach, before, beforeEach, describe, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { startBroker } from "../../tools/broker.mjs";
import { killProcesses, launchKillable } from "../../tools/ordeal/chromium.mjs";
import { startProxy } from "../../tools/proxy.mjs";
import { countingPublisher, countingSubscriber, tally } from "../support/counting.mjs";
import { openTab } from "../support/durable-page.mjs";
import { servePage } from "../support/page-server.mjs";

/** @typedef {import("../support/durable-page.mjs").Tab} Tab */
/** @typedef {Awaited<ReturnType<typeof launchKillable>>} Browser */

const COUNT = 3;

/** @type {Awaited<ReturnType<typeof servePage>>} */
let server;
/** @type {import("../../tools/broker.mjs").Broker} */
let broker;
/** @type {Awaited<ReturnType<typeof startProxy>>} */
let proxy;
/** @type {Awaited<ReturnType<typeof countingSubscriber>>} */
let far;
/** @type {Awaited<ReturnType<typeof countingPublisher>>} */
let publisher;
/** @type {string} */
let profile;
/** @type {Browser[]} */
let browsers = [];
let serial = 0;
let name = "";

before(async () => {
  [server, broker] = await Promise.all([servePage(), startBroker({ kind: "mosquitto" })]);
});
after(() => Promise.all([server.stop(), broker.stop()]));

beforeEach(async () => {
  serial += 1;
  name = `survival-${process.pid}-${serial}`;
  profile = await mkdtemp(join(tmpdir(), "mooring-survival-"));
  proxy = await startProxy({ target: broker.url, seed: serial });
  far = await countingSubscriber({ port: broker.tcpPort, filter: `${name}/out` });
  publisher = await countingPublisher({ port: broker.tcpPort });
});
afterEach(async () => {
  await Promise.allSettled([...browsers.map((browser) => browser.close()), proxy.stop(), far.stop(), publisher.stop()]);
  browsers = [];
  await rm(profile, { recursive: true, force: true });
});

/** @param {{ without?: string[] }} [options] */
const launch = async (options) => {
  const browser = await launchKillable({ profile, ...options });
  browsers.push(browser);
  return browser;
};

const options = () => /** @type {const} */ ({ url: proxy.url, clientId: name, sessionKey: name, sessionInUse: "wait" });

/**
 * Starts and connects; messages then are in flight both ways, their PUBRECs and PUBRELs held back by the proxy until `release()`.
 * @param {Tab} tab
 * @param {string} [text] in the payloads
 * @param {"IndexedDB"} [store] instead of localStorage
 */
const setOut = async (tab, text = "", store = undefined) => {
  await tab.start(options(), { reconnect: true, store });
  await tab.connect();
  await tab.page.evaluate((filter) => window.client.subscribe({ [filter]: 2 }), `${name}/in`);
  const rules = ["pubrec", "pubrel"].map((type) => proxy.rule({ direction: "toClient", type, action: "hold", overtake: true }));
  const held = ["pubrec", "pubrel"].map((type) => proxy.when({ direction: "toClient", type, nth: COUNT }));
  await tab.publish(`${name}/out`, 2, 1, COUNT, text);
  await publisher.send(`${name}/in`, COUNT, { qos: 2 });
  await Promise.all(held);
  return { release: () => rules.forEach((rule) => rule.remove()) };
};

/**
 * The next page: it finds everything, goes on with it, and one more message each way arrives behind it. Exactly once, in order.
 * @param {Tab} tab
 * @param {() => void} release
 */
const goesOn = async (tab, release) => {
  const keys = await tab.start(options(), { reconnect: true });
  assert.deepEqual(keys, ["1", "2", "3"], "what pending() lists");
  release();
  assert.ok(await tab.connect(), "the server kept the session");
  await arrives(tab);
};

/** @param {Tab} tab */
const arrives = async (tab) => {
  await tab.publish(`${name}/out`, 2, COUNT + 1, COUNT + 1);
  await publisher.send(`${name}/in`, 1, { qos: 2 });
  await tab.until("messageIn", (number) => number === COUNT + 1);
  await tab.settled();
  const report = await far.report(COUNT + 1);
  assert.ok(report.exact, `from the browser: ${JSON.stringify(report)}`);
  const numbers = await tab.numbers(name);
  assert.ok(tally(numbers, COUNT + 1).exact, `to the browser: ${numbers}`);
  assert.deepEqual(tab.trouble(), []);
};

/** Resolves when this text is in the files of the profile's localStorage. @param {string} text */
const untilOnDisk = async (text) => {
  const directory = join(profile, "Default", "Local Storage", "leveldb");
  for (const until = Date.now() + 60_000; Date.now() < until; await pause(50)) {
    const files = await readdir(directory).catch(() => []);
    const contents = await Promise.all(files.map((file) => readFile(join(directory, file), "latin1").catch(() => "")));
    if (contents.some((content) => content.includes(text))) return;
  }
  assert.fail(`"${text}" never came to disk`);
};

/** @param {Browser} browser */
const killBrowser = async (browser) => {
  const closed = new Promise((resolve) => browser.context.once("close", resolve));
  killProcesses([await browser.browserPid()]);
  await closed;
};

describe("what survives what, with messages in flight both ways", () => {
  test("a reload", async () => {
    const tab = await openTab(await launch(), server.url);
    const { release } = await setOut(tab);
    await tab.reload();
    await goesOn(tab, release);
  });

  test("a tab that is closed, and opened again", async () => {
    const browser = await launch();
    const tab = await openTab(browser, server.url);
    const { release } = await setOut(tab);
    await tab.close();
    await goesOn(await openTab(browser, server.url), release);
  });

  test("a tab whose process is killed", async () => {
    const browser = await launch();
    const tab = await openTab(browser, server.url);
    const { release } = await setOut(tab);
    await tab.kill();
    await goesOn(await openTab(browser, server.url), release);
  });

  test("a browser that is closed, and started again", async () => {
    const browser = await launch();
    const tab = await openTab(browser, server.url);
    const { release } = await setOut(tab);
    await browser.close();
    await goesOn(await openTab(await launch(), server.url), release);
  });

  test("a browser that is killed: what had come to disk is there", async () => {
    const browser = await launch();
    const tab = await openTab(browser, server.url);
    const { release } = await setOut(tab, " comes to disk");
    await untilOnDisk("3 comes to disk");
    await killBrowser(browser);
    await goesOn(await openTab(await launch(), server.url), release);
  });

  test("a browser that is killed at once: what had not come to disk may be gone; nothing comes twice, and what is published later arrives", async (t) => {
    const browser = await launch();
    const tab = await openTab(browser, server.url);
    await tab.start(options(), { reconnect: true });
    await tab.connect();
    await tab.publish(`${name}/out`, 2, 1, 1);
    await tab.until("published");
    // What a page writes comes to disk in the order it was written in.
    await tab.page.evaluate(() => localStorage.setItem("marker", "all this comes to disk"));
    await untilOnDisk("all this comes to disk");
    const held = proxy.rule({ direction: "toClient", type: "pubrec", action: "hold" });
    const withheld = proxy.when({ direction: "toClient", type: "pubrec", nth: 1 });
    await tab.publish(`${name}/out`, 2, 2, 2);
    await withheld;
    await killBrowser(browser);
    const next = await openTab(await launch(), server.url);
    const keys = await next.start(options(), { reconnect: true });
    held.remove();
    assert.ok(await next.connect(), "the server kept the session");
    await next.publish(`${name}/out`, 2, 3, 3);
    await next.settled();
    const { missing, doubled, inOrder } = await far.report(3);
    t.diagnostic(`of the message published just before, ${keys.includes("2") ? "the record was there" : "nothing was left"}`);
    assert.deepEqual(doubled, []);
    assert.ok(inOrder);
    assert.deepEqual(missing, keys.includes("2") ? [] : [2]);
  });

  test("a browser that is killed at once, with a store of one's own in IndexedDB: whatever `stored` has promised is there", async () => {
    const browser = await launch();
    const tab = await openTab(browser, server.url);
    const { release } = await setOut(tab, "", "IndexedDB");
    const stored = await tab.page.evaluate(async (topic) => {
      const publication = window.client.publish(topic, "4", { qos: 2, key: "4" });
      publication.catch(() => {});
      await publication.stored;
      return true;
    }, `${name}/out`);
    assert.ok(stored);
    await killBrowser(browser);
    const next = await openTab(await launch(), server.url);
    const keys = await next.start(options(), { reconnect: true, store: "IndexedDB" });
    assert.deepEqual(keys, ["1", "2", "3", "4"]);
    release();
    assert.ok(await next.connect(), "the server kept the session");
    await publisher.send(`${name}/in`, 1, { qos: 2 });
    await next.until("messageIn", (number) => number === COUNT + 1);
    await next.settled();
    const report = await far.report(COUNT + 1);
    assert.ok(report.exact, JSON.stringify(report));
    assert.deepEqual(next.seen.filter(({ event }) => event === "messageIn").map(({ detail }) => detail), [1, 2, 3, 4]);
    assert.deepEqual(next.trouble(), []);
  });

  test("site data that is cleared under a living page: it is told, and everything is written again", async () => {
    const browser = await launch();
    const tab = await openTab(browser, server.url);
    const { release } = await setOut(tab);
    const before = await tab.records(name);
    await clearSiteData(browser, tab);
    await tab.publish(`${name}/out`, 2, COUNT + 1, COUNT + 1);
    assert.equal(await tab.until("error"), "STORAGE_CLEARED");
    const records = await tab.records(name);
    assert.deepEqual(before.filter((record) => !records.includes(record)), [], "every record is there again");
    await tab.kill();
    const next = await openTab(browser, server.url);
    const keys = await next.start(options(), { reconnect: true });
    assert.deepEqual(keys, ["1", "2", "3", "4"]);
    release();
    assert.ok(await next.connect(), "the server kept the session");
    await next.settled();
    const report = await far.report(COUNT + 1);
    assert.ok(report.exact, JSON.stringify(report));
  });

  test("site data that is cleared while no page lives is gone: the next page begins anew, and so does its server session", async () => {
    const browser = await launch();
    const tab = await openTab(browser, server.url);
    const { release } = await setOut(tab);
    await tab.kill();
    const other = await openTab(browser, server.url);
    await clearSiteData(browser, other);
    release();
    assert.deepEqual(await other.start(options()), []);
    assert.equal(await other.connect(), false, "no session is present");
    await other.publish(`${name}/out`, 2, 1, 1);
    await other.settled();
    assert.deepEqual(far.numbers(), [1]);
    assert.deepEqual(other.trouble(), []);
  });

  test("a private window: its session outlives a reload and a killed tab, and ends with the window", async () => {
    const browser = await launch();
    const incognito = () => /** @type {import("playwright-core").Browser} */ (browser.context.browser()).newContext();
    const window = await incognito();
    const tab = await openTab(browser, server.url, window);
    const { release } = await setOut(tab);
    await tab.reload();
    assert.deepEqual(await tab.start(options()), ["1", "2", "3"]);
    await tab.kill();
    await goesOn(await openTab(browser, server.url, window), release);
    await window.close();
    const later = await openTab(browser, server.url, await incognito());
    assert.deepEqual(await later.records(name), []);
  });

  test("a page that is frozen, and goes on", async () => {
    const browser = await launch();
    const tab = await openTab(browser, server.url);
    const { release } = await setOut(tab);
    const session = await browser.context.newCDPSession(tab.page);
    await session.send("Page.setWebLifecycleState", { state: "frozen" });
    release();
    await publisher.send(`${name}/in`, 1, { qos: 2 });
    await session.send("Page.setWebLifecycleState", { state: "active" });
    await tab.until("messageIn", (number) => number === COUNT + 1);
    await tab.publish(`${name}/out`, 2, COUNT + 1, COUNT + 1);
    await tab.settled();
    const report = await far.report(COUNT + 1);
    assert.ok(report.exact, JSON.stringify(report));
    assert.ok(tally(await tab.numbers(name), COUNT + 1).exact);
    assert.deepEqual(tab.trouble(), []);
  });

  test("a page that is left, and come back to: its session is free meanwhile, and goes on", async (t) => {
    const browser = await launch({ without: ["--disable-back-forward-cache"] });
    const tab = await openTab(browser, server.url);
    const { release } = await setOut(tab);
    await tab.page.goto(`${server.url}dist/index.js.map`);
    const between = await openTab(browser, server.url);
    assert.deepEqual(await between.start(options()), ["1", "2", "3"], "a page that was left holds no session back");
    await between.close();
    await tab.page.goBack();
    await tab.page.evaluate(() => window.ready);
    const restored = await tab.page.evaluate(() => window.client !== undefined);
    t.diagnostic(`the page ${restored ? "came back as it was" : "was loaded anew"}`);
    assert.equal(restored, false, "a page that holds a lock is not kept");
    await goesOn(tab, release);
  });
});

/**
 * @param {Browser} browser
 * @param {Tab} tab
 */
const clearSiteData = async (browser, tab) => {
  const session = await browser.context.newCDPSession(tab.page);
  await session.send("Storage.clearDataForOrigin", { origin: new URL(server.url).origin, storageTypes: "all" });
  await session.detach();
};
