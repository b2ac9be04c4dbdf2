// What the browser does to a page and its network, in a real Chromium as users have it: no network, a hidden page, a frozen one, the
// back/forward cache; and two clients with one client identifier. Attempts are counted at the proxy.
import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, describe, test } from "node:test";
import { startBroker } from "../../tools/broker.mjs";
import { startProxy } from "../../tools/proxy.mjs";
import { frozen, hidden, offline } from "../../tools/soak/lifecycle.mjs";
import { launchPlainBrowser } from "../support/browser.mjs";
import { hear } from "../support/hearing.mjs";
import { openPage, servePage } from "../support/page-server.mjs";

const PATIENCE_MS = 20_000;

/** @type {Awaited<ReturnType<typeof launchPlainBrowser>>} */
let browser;
/** @type {Awaited<ReturnType<typeof servePage>>} */
let server;
/** @type {import("../../tools/broker.mjs").Broker} */
let broker;
/** @type {Awaited<ReturnType<typeof startProxy>>} */
let proxy;
/** @type {import("playwright-core").Page[]} */
let pages = [];

before(async () => {
  [browser, server, broker] = await Promise.all([launchPlainBrowser(), servePage(), startBroker({ kind: "mosquitto" })]);
});
after(() => Promise.all([browser.close(), server.stop(), broker.stop()]));
beforeEach(async () => {
  pages = [];
  proxy = await startProxy({ target: broker.url });
});
afterEach(async () => {
  await Promise.all(pages.map((page) => page.close()));
  await proxy.stop();
});

/** A page, and what it tells. */
const open = async () => {
  const page = await browser.newPage();
  pages.push(page);
  const heard = await hear(page, PATIENCE_MS);
  await openPage(page, server.url);
  return {
    page,
    /** Resolves with the nth that was told of this event. @param {string} event @param {number} [nth] */
    until: (event, nth = 1) => heard.until((seen) => seen.filter((one) => one.event === event)[nth - 1], `${event} ${nth}`),
    /** How often this was told. @param {string} event */
    count: (event) => heard.seen.filter((one) => one.event === event).length,
    /** @param {Record<string, unknown>} options */
    connect: (options) => page.evaluate(startClient, { clientId: "lifecycle", url: proxy.url, ...options }),
  };
};

/** Runs in the page: a client that tells what becomes of it. @param {Record<string, unknown>} options */
const startClient = async (options) => {
  const client = new window.MqttClient(options);
  window.client = client;
  client.on("connected", () => window.tell("connected"));
  client.on("disconnected", (/** @type {any} */ { code, willReconnect, attempt, inMs }) => window.tell("disconnected", { code, willReconnect, attempt, inMs }));
  client.on("connectionStatus", (/** @type {any} */ { state }) => window.tell(`is ${state}`));
  await client.connect();
};

/** How often a WebSocket was asked for; the proxy may have refused. */
const countUpgrades = () => {
  let count = 0;
  const { upgrade } = proxy;
  proxy.upgrade = (...args) => {
    count += 1;
    upgrade.apply(proxy, args);
  };
  return () => count;
};

const BACK_AT_ONCE = { reconnect: { minDelay: 0.01, maxDelay: 0.05 } };
/** After five losses in a row the sixth attempt is made after 3.2 s. */
const LONGER_AND_LONGER = { reconnect: { minDelay: 0.2, maxDelay: 60, jitter: false } };

/**
 * Refuses every connection until the client waits for a good while; then something happens, and the client connects with one attempt, and
 * sooner than it would have.
 * @param {Awaited<ReturnType<typeof open>>} tab
 * @param {() => Promise<void>} something
 */
const assertTriesAtOnce = async (tab, something) => {
  proxy.down = true;
  proxy.cut();
  const { detail } = await tab.until("disconnected", 5);
  const since = performance.now();
  assert.equal(detail.inMs, 3200);
  proxy.down = false;
  const upgrades = countUpgrades();
  await something();
  await tab.until("connected", 2);
  assert.ok(performance.now() - since < detail.inMs, "not by the schedule");
  assert.equal(upgrades(), 1);
};

describe("the network", () => {
  test("while it is away no attempt is made, and when it comes back one is, at once", async () => {
    const tab = await open();
    await tab.connect(BACK_AT_ONCE);
    const upgrades = countUpgrades();
    await offline(tab.page, async () => {
      assert.equal(await tab.page.evaluate(() => navigator.onLine), false);
      proxy.cut();
      const { detail } = await tab.until("disconnected");
      assert.deepEqual([detail.willReconnect, detail.inMs], [true, undefined], "it waits for the network, not for a time");
      await tab.until("is waiting");
      // Whatever else could bring an attempt about: the page is hidden and shown again, and time goes by.
      await hidden(tab.page, async () => {});
      await tab.page.evaluate(() => new Promise((resolve) => setTimeout(resolve, 200)));
      assert.equal(upgrades(), 0);
    });
    await tab.until("connected", 2);
    assert.equal(upgrades(), 1);
  });

  test("its coming back ends a long wait", async () => {
    const tab = await open();
    await tab.connect(LONGER_AND_LONGER);
    await assertTriesAtOnce(tab, () => offline(tab.page, async () => {}));
  });

  test("with a connection that lives it changes nothing: the server is asked, and answers", async () => {
    const tab = await open();
    await tab.connect(BACK_AT_ONCE);
    const answered = proxy.when({ direction: "toClient", type: "pingresp" });
    await offline(tab.page, async () => {});
    await answered;
    assert.equal(tab.count("disconnected"), 0);
    assert.equal(proxy.opened, 1);
  });
});

describe("a hidden page", () => {
  test("that becomes visible tries at once, however long it would have waited", async () => {
    const tab = await open();
    await tab.connect(LONGER_AND_LONGER);
    await assertTriesAtOnce(tab, () => hidden(tab.page, async () => {}));
  });

  test("that loses its connection makes another one while it is hidden", async () => {
    const tab = await open();
    await tab.connect(BACK_AT_ONCE);
    await hidden(tab.page, async () => {
      proxy.cut();
      await tab.until("connected", 2);
    });
    assert.equal(tab.count("disconnected"), 1);
  });
});

describe("a frozen page", () => {
  test("whose connection broke meanwhile connects again when it is thawed", async () => {
    const tab = await open();
    await tab.connect(BACK_AT_ONCE);
    const upgrades = countUpgrades();
    await frozen(tab.page, async () => {
      proxy.cut();
      assert.equal(upgrades(), 0);
    });
    await tab.until("connected", 2);
    assert.equal(upgrades(), 1);
  });

  test("whose connection died in silence asks the server when it is thawed, and gives it up by the clock", async () => {
    const tab = await open();
    await tab.connect({ ...BACK_AT_ONCE, keepAlive: 1 });
    await frozen(tab.page, async () => {
      proxy.cut("silence");
      await new Promise((resolve) => setTimeout(resolve, 2000));
    });
    const { detail } = await tab.until("disconnected");
    assert.deepEqual([detail.code, detail.willReconnect], ["KEEP_ALIVE_TIMEOUT", true]);
    await tab.until("connected", 2);
  });
});

describe("the back/forward cache", () => {
  test("a page that was left and is come back to goes on, whether this Chromium kept it or made it anew", async (t) => {
    const tab = await open();
    await tab.page.evaluate(() => {
      Object.assign(window, { mark: "kept" });
      addEventListener("pageshow", ({ persisted }) => window.tell("pageshow", persisted));
    });
    await tab.connect(BACK_AT_ONCE);
    const elsewhere = await servePage({ html: "<!doctype html><title>elsewhere</title>" });
    t.after(() => elsewhere.stop());
    await tab.page.goto(elsewhere.url);
    await tab.page.goBack({ waitUntil: "commit" });
    const kept = await tab.page.evaluate(() => /** @type {any} */ (window).mark === "kept");
    const reasons = await tab.page.evaluate(() => {
      const [entry] = performance.getEntriesByType("navigation");
      return JSON.stringify(/** @type {any} */ (entry).notRestoredReasons?.reasons ?? null);
    });
    t.diagnostic(kept ? "the page came out of the cache" : `the page was made anew: ${reasons}`);
    if (kept) {
      await tab.until("pageshow");
    } else {
      await tab.page.evaluate(() => window.ready);
      await tab.connect(BACK_AT_ONCE);
    }
    await tab.until("connected", 2);
    assert.equal(await tab.page.evaluate(() => window.client.connected), true);
  });
});

describe("two clients with one client identifier", () => {
  for (const version of /** @type {const} */ (["3.1.1", "5"])) {
    test(`do not storm the server, MQTT ${version}: they connect no more often than the schedule lets them`, async (t) => {
      const minDelay = 0.1;
      const reconnect = { minDelay, maxDelay: 60, jitter: false, stableAfter: 10 };
      const tabs = [await open(), await open()];
      const since = performance.now();
      for (const tab of tabs) await tab.connect({ reconnect, protocolVersion: version });
      // They throw each other out for ever, later and later.
      await Promise.all(tabs.map((tab) => tab.until("disconnected", 4)));
      const connects = proxy.log.filter(({ type }) => type === "connect").length;
      const seconds = (performance.now() - since) / 1000;
      // A page's nth loss in a row is followed by 0.1 · 2^(n - 1) s, so after n losses 0.1 · (2^n - 1) s have gone by.
      let most = 1;
      while (minDelay * (2 ** most - 1) <= seconds) most += 1;
      t.diagnostic(`${connects} CONNECTs of two pages in ${seconds.toFixed(1)} s; the schedule allows ${2 * most}`);
      assert.ok(connects <= 2 * most, `${connects} CONNECTs`);
    });
  }
});
