// Enhanced authentication (MQTT 5 §4.12) in a page: the example of SCRAM-SHA-256, with a server that does the other side of
// it by the book, or lies. `npm run scram` does the same with a real broker.
import assert from "node:assert/strict";
import { once } from "node:events";
import { after, before, describe, test } from "node:test";
import { at } from "../../tools/lib/paths.mjs";
import { launchBrowser } from "../support/browser.mjs";
import { openPage, servePage } from "../support/page-server.mjs";
import { startScramServer } from "../support/scram-server.mjs";

const ALICE = { username: "alice", password: "secret" };
const CONTINUE = 0x18;
const REAUTHENTICATE = 0x19;
const NOT_AUTHORIZED = 0x87;
/** What a client may say of it: only servers say 0x87 in a DISCONNECT (§3.14.2.1). */
const UNSPECIFIED_ERROR = 0x80;

/** @type {Awaited<ReturnType<typeof launchBrowser>>} */
let browser;
/** @type {Awaited<ReturnType<typeof servePage>>} */
let server;
/** @type {import("playwright-core").Page} */
let page;

before(async () => {
  [browser, server] = await Promise.all([launchBrowser(), servePage({ scripts: at("examples") })]);
  page = await browser.newPage();
  await openPage(page, server.url);
});
after(() => Promise.all([browser.close(), server.stop()]));

/**
 * @param {import("node:test").TestContext} t
 * @param {Omit<Parameters<typeof startScramServer>[0], "username" | "password">} [manner]
 */
const scramServer = async (t, manner) => {
  const scram = await startScramServer({ ...ALICE, ...manner });
  t.after(() => scram.stop());
  return scram;
};

/**
 * Makes window.client and connects it; tells how that ended.
 * @param {import("node:test").TestContext} t
 * @param {{ url: string, password?: string }} how
 */
const connect = async (t, { url, password = ALICE.password }) => {
  t.after(() => page.evaluate(() => window.client.free()));
  return page.evaluate(
    async ({ url, credentials }) => {
      const example = "/scripts/scram-sha-256.js";
      const { scramSha256 } = await import(example);
      const reconnect = { minDelay: 0.01, maxDelay: 0.1 };
      window.client = new window.MqttClient({ url, clientId: "scram", authenticate: scramSha256(credentials), reconnect });
      return window.client.connect().then(
        () => ({ code: "connected", reasonCode: 0 }),
        (/** @type {any} */ { code, reasonCode }) => ({ code, reasonCode }),
      );
    },
    { url, credentials: { username: ALICE.username, password } },
  );
};

/** How re-authentication ends. */
const reauthenticate = () =>
  page.evaluate(() => window.client.reauthenticate().then(() => "done", (/** @type {any} */ error) => error.code));

/** @param {import("mqtt-packet").Packet} packet */
const dataOf = (packet) => {
  return /** @type {any} */ (packet).properties?.authenticationData?.toString() ?? "";
};

describe("SCRAM-SHA-256 in a page", () => {
  test("both sides show that they know the password, and it is never sent", async (t) => {
    const scram = await scramServer(t);
    assert.deepEqual(await connect(t, scram), { code: "connected", reasonCode: 0 });
    const [first, answer] = scram.packets;
    assert.match(dataOf(first), /^n,,n=alice,r=/);
    assert.match(dataOf(answer), /^c=biws,r=.*,p=/);
    assert.equal(/** @type {any} */ (answer).reasonCode, CONTINUE);
    assert.ok(!JSON.stringify(scram.packets.map(dataOf)).includes(ALICE.password));
    assert.equal(/** @type {import("mqtt-packet").IConnectPacket} */ (first).password, undefined);
  });

  test("a server that sends its signature in a step of its own", async (t) => {
    const scram = await scramServer(t, { verifiesEarly: true });
    assert.deepEqual(await connect(t, scram), { code: "connected", reasonCode: 0 });
    assert.equal(scram.sent("auth").length, 2);
  });

  test("a wrong password is NOT_AUTHORIZED, and is not tried again", async (t) => {
    const scram = await scramServer(t);
    assert.deepEqual(await connect(t, { url: scram.url, password: "Secret" }), { code: "NOT_AUTHORIZED", reasonCode: NOT_AUTHORIZED });
    assert.equal(scram.sent("connect").length, 1);
  });

  test("a server that does not know the password is left with AUTHENTICATION_FAILED, and not tried again", async (t) => {
    const scram = await scramServer(t, { lies: true });
    const left = new Promise((resolve) => scram.on("packet", (packet) => packet.cmd === "disconnect" && resolve(packet)));
    assert.equal((await connect(t, scram)).code, "AUTHENTICATION_FAILED");
    assert.equal((await left).reasonCode, UNSPECIFIED_ERROR);
    assert.equal(scram.sent("connect").length, 1);
  });

  test("authenticates again on a live connection, which goes on", async (t) => {
    const scram = await scramServer(t);
    await connect(t, scram);
    for (const round of [1, 2, 3]) {
      assert.equal(await reauthenticate(), "done");
      const published = once(scram, "packet");
      await page.evaluate((payload) => window.client.publish("t", payload), String(round));
      const [packet] = await published;
      assert.deepEqual([packet.cmd, packet.payload.toString()], ["publish", String(round)]);
    }
    assert.equal(scram.sent("connect").length, 1);
    const codes = scram.sent("auth").map((packet) => /** @type {any} */ (packet).reasonCode);
    assert.deepEqual(codes, [CONTINUE, REAUTHENTICATE, CONTINUE, REAUTHENTICATE, CONTINUE, REAUTHENTICATE, CONTINUE]);
    const nonces = scram.packets.map(dataOf).filter((data) => data.startsWith("n,,"));
    assert.equal(new Set(nonces).size, 4, "each time with another nonce");
  });

  test("after a lost connection it authenticates by itself", async (t) => {
    const scram = await scramServer(t);
    await connect(t, scram);
    for (const connects of [2, 3]) {
      const again = page.evaluate(() => new Promise((resolve) => window.client.once("connected", () => resolve(null))));
      scram.cut();
      await again;
      assert.equal(scram.sent("connect").length, connects);
    }
    assert.equal(new Set(scram.sent("connect").map(dataOf)).size, 3);
  });

  test("a server that fails in re-authentication is left, with AUTHENTICATION_FAILED", async (t) => {
    const scram = await scramServer(t);
    await connect(t, scram);
    scram.lie();
    const ended = page.evaluate(() => new Promise((resolve) => window.client.once("disconnected", (/** @type {any} */ end) => resolve(end.willReconnect))));
    assert.equal(await reauthenticate(), "AUTHENTICATION_FAILED");
    assert.equal(await ended, false);
  });
});
