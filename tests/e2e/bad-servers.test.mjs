// Servers that are not there, refuse, are no MQTT servers, or have limits: each ends in a typed error that says what is
// wrong, and the session is as it was.
import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { WebSocketServer } from "ws";
import { startBroker } from "../../tools/broker.mjs";
import { launchBrowser } from "../support/browser.mjs";
import { openPage, servePage } from "../support/page-server.mjs";

/** @type {Awaited<ReturnType<typeof launchBrowser>>} */
let browser;
/** @type {Awaited<ReturnType<typeof servePage>>} */
let server;
/** @type {import("playwright-core").Page} */
let page;

before(async () => {
  [browser, server] = await Promise.all([launchBrowser(), servePage()]);
  page = await browser.newPage();
  await openPage(page, server.url);
});
after(() => Promise.all([browser.close(), server.stop()]));

const CONNACK = { "3.1.1": [0x20, 2, 0, 0], 5: [0x20, 3, 0, 0, 0] };

/**
 * A saved session with one unfinished message, made with a server that never acknowledges any.
 * @param {import("node:test").TestContext} t
 * @param {"3.1.1" | "5"} protocolVersion
 */
const unfinishedSession = async (t, protocolVersion) => {
  const { url } = await fakeServer(t, (socket) => socket.send(Buffer.from(CONNACK[protocolVersion])));
  return page.evaluate(
    async (options) => {
      const client = new window.MqttClient({ ...options, clientId: "bad-servers", reconnect: false });
      client.cleanSession = false;
      await client.connect();
      client.publish("t", "unfinished", { qos: 2 }).catch(() => null);
      const state = client.saveSession();
      client.free();
      return state;
    },
    { url, protocolVersion },
  );
};

/**
 * Connects a client that holds a session with one unfinished message, and tells how that ended.
 * @param {import("node:test").TestContext} t
 * @param {import("../../src/web/types.d.ts").ClientOptions} options
 */
const failToConnect = async (t, { protocolVersion = "5", ...options }) => {
  const state = await unfinishedSession(t, protocolVersion);
  return page.evaluate(async ({ state, options }) => {
    const client = new window.MqttClient({ clientId: "bad-servers", timeout: 5, reconnect: false, ...options });
    client.restoreSession(state);
    const before = JSON.stringify(client.outgoingMessages);
    const error = await client.connect().then(
      () => null,
      (/** @type {any} */ reason) => reason,
    );
    const outcome = {
      isError: error instanceof Error,
      name: error?.name,
      code: error?.code,
      reasonCode: error?.reasonCode,
      message: error?.message,
      state: client.state,
      messages: client.outgoingMessages.length,
      unchanged: JSON.stringify(client.outgoingMessages) === before && client.cleanSession === false,
    };
    client.free();
    return outcome;
  }, { state, options: { protocolVersion, ...options } });
};

/**
 * @param {Awaited<ReturnType<typeof failToConnect>>} outcome
 * @param {string} code
 */
const assertTyped = (outcome, code) => {
  assert.equal(outcome.name, "MqttError");
  assert.ok(outcome.isError);
  assert.equal(outcome.code, code, outcome.message);
  assert.equal(outcome.state, "disconnected");
  assert.equal(outcome.messages, 1, "the unfinished message is still there");
  assert.ok(outcome.unchanged, "the session is as it was");
  assert.ok(outcome.message.length > 20, `says what happened: ${outcome.message}`);
};

/**
 * A WebSocket server that answers the first message with `answer`, until the test is over.
 * @param {import("node:test").TestContext} t
 * @param {(socket: import("ws").WebSocket) => void} answer
 */
const fakeServer = async (t, answer) => {
  const wss = new WebSocketServer({ port: 0, host: "127.0.0.1", handleProtocols: () => "mqtt" });
  await once(wss, "listening");
  wss.on("connection", (socket) => socket.once("message", () => answer(socket)));
  const { port } = /** @type {import("node:net").AddressInfo} */ (wss.address());
  t.after(async () => {
    for (const socket of wss.clients) socket.terminate();
    await new Promise((resolve) => wss.close(resolve));
  });
  return { url: `ws://127.0.0.1:${port}/` };
};

describe("a server that is no good", () => {
  test("a port where nobody listens is CONNECTION_LOST and names the address", async (t) => {
    const free = createServer().listen(0, "127.0.0.1");
    await once(free, "listening");
    const { port } = /** @type {import("node:net").AddressInfo} */ (free.address());
    await new Promise((resolve) => free.close(resolve));
    const outcome = await failToConnect(t, { url: `ws://127.0.0.1:${port}/` });
    assertTyped(outcome, "CONNECTION_LOST");
    assert.match(outcome.message, new RegExp(String(port)));
  });

  test("a web server without WebSocket is CONNECTION_LOST", async (t) => {
    const http = createServer((_request, response) => response.end("hello")).listen(0, "127.0.0.1");
    await once(http, "listening");
    t.after(async () => {
      http.closeAllConnections();
      await new Promise((resolve) => http.close(resolve));
    });
    const { port } = /** @type {import("node:net").AddressInfo} */ (http.address());
    assertTyped(await failToConnect(t, { url: `ws://127.0.0.1:${port}/` }), "CONNECTION_LOST");
  });

  test("an address that is no WebSocket address is USAGE", async (t) => {
    assertTyped(await failToConnect(t, { url: "mailto:broker" }), "USAGE");
  });

  test("a WebSocket server that speaks text is PROTOCOL_ERROR", async (t) => {
    const fake = await fakeServer(t, (socket) => socket.send("hello"));
    assertTyped(await failToConnect(t, { url: fake.url }), "PROTOCOL_ERROR");
  });

  test("a WebSocket server that speaks something else is PROTOCOL_ERROR", async (t) => {
    const fake = await fakeServer(t, (socket) => socket.send(Buffer.from("SSH-2.0-OpenSSH\r\n")));
    assertTyped(await failToConnect(t, { url: fake.url }), "PROTOCOL_ERROR");
  });

  test("a server that accepts and says nothing is TIMEOUT", async (t) => {
    const fake = await fakeServer(t, () => {});
    assertTyped(await failToConnect(t, { url: fake.url, timeout: 1 }), "TIMEOUT");
  });

  test("a server that hangs up is CONNECTION_LOST", async (t) => {
    const fake = await fakeServer(t, (socket) => socket.terminate());
    assertTyped(await failToConnect(t, { url: fake.url }), "CONNECTION_LOST");
  });
});

describe("a broker that refuses", () => {
  for (const protocolVersion of /** @type {const} */ (["3.1.1", "5"])) {
    test(`${protocolVersion}: no rights are NOT_AUTHORIZED with the reason code`, async (t) => {
      const folder = await mkdtemp(join(tmpdir(), "mooring-"));
      t.after(() => rm(folder, { recursive: true }));
      await writeFile(join(folder, "passwords"), "");
      const broker = await startBroker({
        kind: "mosquitto",
        settings: ["allow_anonymous false", `password_file ${join(folder, "passwords")}`],
      });
      t.after(() => broker.stop());
      const outcome = await failToConnect(t, { url: broker.url, protocolVersion, username: "nobody", password: "wrong" });
      assertTyped(outcome, "NOT_AUTHORIZED");
      assert.equal(outcome.reasonCode, 0x87);
    });
  }

  test("a payload over the server's limit is PACKET_TOO_LARGE, and smaller ones go on", async (t) => {
    const broker = await startBroker({ kind: "mosquitto", settings: ["max_packet_size 512"] });
    t.after(() => broker.stop());
    const outcome = await page.evaluate(async (url) => {
      const client = new window.MqttClient({ url, clientId: "limits", reconnect: false });
      await client.connect();
      const limit = client.serverLimits.maximumPacketSize;
      const tooLarge = await client.publish("t", "x".repeat(600), { qos: 2 }).catch((/** @type {any} */ reason) => reason.code);
      const fits = await client.publish("t", "x".repeat(100), { qos: 2 });
      const left = client.outgoingMessages.length;
      client.free();
      return { limit, tooLarge, reasonCode: fits.reasonCode, left };
    }, broker.url);
    assert.equal(outcome.limit, 512);
    assert.equal(outcome.tooLarge, "PACKET_TOO_LARGE");
    assert.ok(outcome.reasonCode < 0x80);
    assert.equal(outcome.left, 0);
  });
});
