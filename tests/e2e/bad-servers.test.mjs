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

/**
 * Connects a client that holds a restored session with one unfinished message, and tells how that ended.
 * @param {import("../../src/web/types.d.ts").ClientOptions} options
 */
const failToConnect = (options) =>
  page.evaluate(async (options) => {
    const client = new window.MqttClient({ clientId: "bad-servers", protocolVersion: "5", timeout: 5, ...options });
    client.cleanSession = false;
    client.restoreSession("");
    const before = client.outgoingMessages.length;
    const error = await client.connect().then(
      () => null,
      (reason) => reason,
    );
    const outcome = {
      isError: error instanceof Error,
      name: error?.name,
      code: error?.code,
      reasonCode: error?.reasonCode,
      message: error?.message,
      state: client.state,
      unchanged: client.outgoingMessages.length === before && client.cleanSession === false,
    };
    client.free();
    return outcome;
  }, options);

/**
 * @param {Awaited<ReturnType<typeof failToConnect>>} outcome
 * @param {string} code
 */
const assertTyped = (outcome, code) => {
  assert.equal(outcome.name, "MqttError");
  assert.ok(outcome.isError);
  assert.equal(outcome.code, code, outcome.message);
  assert.equal(outcome.state, "disconnected");
  assert.ok(outcome.unchanged, "the session is as it was");
  assert.ok(outcome.message.length > 20, `says what happened: ${outcome.message}`);
};

/**
 * A WebSocket server that answers the first message with `answer`.
 * @param {(socket: import("ws").WebSocket) => void} answer
 */
const fakeServer = async (answer) => {
  const wss = new WebSocketServer({ port: 0, host: "127.0.0.1", handleProtocols: () => "mqtt" });
  await once(wss, "listening");
  wss.on("connection", (socket) => socket.once("message", () => answer(socket)));
  const { port } = /** @type {import("node:net").AddressInfo} */ (wss.address());
  const stop = async () => {
    for (const socket of wss.clients) socket.terminate();
    await new Promise((resolve) => wss.close(resolve));
  };
  return { url: `ws://127.0.0.1:${port}/`, stop };
};

describe("a server that is no good", () => {
  test("a port where nobody listens is CONNECTION_LOST and names the address", async () => {
    const free = createServer().listen(0, "127.0.0.1");
    await once(free, "listening");
    const { port } = /** @type {import("node:net").AddressInfo} */ (free.address());
    await new Promise((resolve) => free.close(resolve));
    const outcome = await failToConnect({ url: `ws://127.0.0.1:${port}/` });
    assertTyped(outcome, "CONNECTION_LOST");
    assert.match(outcome.message, new RegExp(String(port)));
  });

  test("a web server without WebSocket is CONNECTION_LOST", async () => {
    const http = createServer((_request, response) => response.end("hello")).listen(0, "127.0.0.1");
    await once(http, "listening");
    const { port } = /** @type {import("node:net").AddressInfo} */ (http.address());
    assertTyped(await failToConnect({ url: `ws://127.0.0.1:${port}/` }), "CONNECTION_LOST");
    http.closeAllConnections();
    await new Promise((resolve) => http.close(resolve));
  });

  test("an address that is no WebSocket address is USAGE", async () => {
    assertTyped(await failToConnect({ url: "mailto:broker" }), "USAGE");
  });

  test("a WebSocket server that speaks text is PROTOCOL_ERROR", async () => {
    const fake = await fakeServer((socket) => socket.send("hello"));
    assertTyped(await failToConnect({ url: fake.url }), "PROTOCOL_ERROR");
    await fake.stop();
  });

  test("a WebSocket server that speaks something else is PROTOCOL_ERROR", async () => {
    const fake = await fakeServer((socket) => socket.send(Buffer.from("SSH-2.0-OpenSSH\r\n")));
    assertTyped(await failToConnect({ url: fake.url }), "PROTOCOL_ERROR");
    await fake.stop();
  });

  test("a server that accepts and says nothing is TIMEOUT", async () => {
    const fake = await fakeServer(() => {});
    assertTyped(await failToConnect({ url: fake.url, timeout: 1 }), "TIMEOUT");
    await fake.stop();
  });

  test("a server that hangs up is CONNECTION_LOST", async () => {
    const fake = await fakeServer((socket) => socket.terminate());
    assertTyped(await failToConnect({ url: fake.url }), "CONNECTION_LOST");
    await fake.stop();
  });
});

describe("a broker that refuses", () => {
  for (const protocolVersion of /** @type {const} */ (["3.1.1", "5"])) {
    test(`${protocolVersion}: no rights are NOT_AUTHORIZED with the reason code`, async () => {
      const folder = await mkdtemp(join(tmpdir(), "mooring-"));
      await writeFile(join(folder, "passwords"), "");
      const broker = await startBroker({
        kind: "mosquitto",
        settings: ["allow_anonymous false", `password_file ${join(folder, "passwords")}`],
      });
      const outcome = await failToConnect({ url: broker.url, protocolVersion, username: "nobody", password: "wrong" });
      assertTyped(outcome, "NOT_AUTHORIZED");
      assert.equal(outcome.reasonCode, 0x87);
      await broker.stop();
      await rm(folder, { recursive: true });
    });
  }

  test("a payload over the server's limit is PACKET_TOO_LARGE, and smaller ones go on", async () => {
    const broker = await startBroker({ kind: "mosquitto", settings: ["max_packet_size 512"] });
    const outcome = await page.evaluate(async (url) => {
      const client = new window.MqttClient({ url, clientId: "limits" });
      await client.connect();
      const limit = client.serverLimits.maximumPacketSize;
      const tooLarge = await client.publish("t", "x".repeat(600), { qos: 2 }).catch((reason) => reason.code);
      const fits = await client.publish("t", "x".repeat(100), { qos: 2 });
      const left = client.outgoingMessages.length;
      client.free();
      return { limit, tooLarge, reasonCode: fits.reasonCode, left };
    }, broker.url);
    assert.equal(outcome.limit, 512);
    assert.equal(outcome.tooLarge, "PACKET_TOO_LARGE");
    assert.ok(outcome.reasonCode < 0x80);
    assert.equal(outcome.left, 0);
    await broker.stop();
  });
});
