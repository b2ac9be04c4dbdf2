// The development server: its pages, its control endpoint and who may use it, its one-sentence errors.
import assert from "node:assert/strict";
import { once } from "node:events";
import { request as httpRequest } from "node:http";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { text } from "node:stream/consumers";
import { root } from "../../tools/lib/paths.mjs";
import { run } from "../../tools/lib/run.mjs";
import { startLab } from "../../tools/start/lab.mjs";
import { plainClient } from "./plain-client.mjs";

describe("the Lab's server", () => {
  /** @type {Awaited<ReturnType<typeof startLab>>} */
  let lab;
  /** @type {string} */
  let www;
  before(async () => {
    www = await mkdtemp(join(tmpdir(), "mooring-www-"));
    await writeFile(join(www, "index.html"), "<title>Lab</title>");
    lab = await startLab({ kind: "aedes", port: 0, www, dist: www });
  });
  after(async () => {
    await lab.stop();
    await rm(www, { recursive: true });
  });

  /** @param {object | string} order @param {Record<string, string>} [headers] */
  const fault = async (order, headers = {}) => {
    const body = typeof order === "string" ? order : JSON.stringify(order);
    const sent = httpRequest(new URL("lab/fault", lab.url), { method: "POST", headers }).end(body);
    const [response] = await once(sent, "response");
    return { status: response.statusCode, body: JSON.parse(await text(response)) };
  };

  const info = async () => (await fetch(new URL("lab/info", lab.url))).json();

  test("serves the page and the package", async () => {
    assert.equal(await (await fetch(lab.url)).text(), "<title>Lab</title>");
    assert.equal((await fetch(new URL("dist/index.html", lab.url))).status, 200);
    assert.equal((await fetch(new URL("nothing", lab.url))).status, 404);
  });

  test("tells the page about its broker", async () => {
    const { name, tcpPort } = lab.broker;
    assert.deepEqual(await info(), { brokerUrl: lab.mqttUrl, broker: name, versions: ["3.1.1"], tcpPort, held: 0, holding: false, down: false });
  });

  test("cut: only the client that is meant", async () => {
    const [one, other] = [await plainClient(lab.mqttUrl), await plainClient(lab.mqttUrl)];
    assert.deepEqual((await fault({ action: "cut", clientId: one.id, kind: "close" })).body, { cut: 1 });
    assert.equal(await one.closed, 1001);
    await other.roundTrip();
    other.socket.terminate();
    await other.closed;
  });

  test("hold acknowledgements, release them", async () => {
    const client = await plainClient(lab.mqttUrl);
    await fault({ action: "hold" });
    assert.equal((await info()).holding, true, "before anything is held");
    client.publish(1, "a");
    await lab.proxy.when({ type: "puback" });
    await client.roundTrip();
    assert.deepEqual(client.ids("puback"), []);
    assert.deepEqual((await fault({ action: "release" })).body, { released: 1 });
    assert.equal((await info()).holding, false);
    await client.see("puback");
    client.socket.terminate();
    await client.closed;
  });

  test("cut-at: after the packet that is meant, of the client that is meant, once", async () => {
    const [meant, other] = [await plainClient(lab.mqttUrl), await plainClient(lab.mqttUrl)];
    const order = { action: "cut-at", clientId: meant.id, type: "puback", nth: 2 };
    assert.deepEqual((await fault(order)).body, { armed: true });
    for (const client of [other, meant]) for (const number of [1, 2, 3]) client.publish(number, "a");
    await meant.closed;
    assert.equal(meant.ids("puback").length, 2);
    await other.roundTrip();
    assert.equal((await info()).holding, false, "it holds nothing");
    assert.deepEqual((await fault({ action: "release" })).body, { released: 0 });
    other.socket.terminate();
    await other.closed;
  });

  test("cut-at, before: the packet does not get through", async () => {
    const client = await plainClient(lab.mqttUrl);
    await fault({ action: "cut-at", clientId: client.id, type: "puback", when: "before" });
    client.publish(1, "a");
    await client.closed;
    assert.deepEqual(client.ids("puback"), []);
    await fault({ action: "release" });
  });

  test("double: each of these packets comes twice, until release", async () => {
    const client = await plainClient(lab.mqttUrl);
    await fault({ action: "double", clientId: client.id, types: ["puback"] });
    client.publish(1, "a");
    await client.see("puback");
    await client.roundTrip();
    assert.equal(client.ids("puback").length, 2);
    await fault({ action: "release" });
    client.socket.terminate();
    await client.closed;
  });

  test("down: the links are cut and no other one comes about, until up", async () => {
    const client = await plainClient(lab.mqttUrl);
    assert.deepEqual((await fault({ action: "down" })).body, { cut: 1 });
    await client.closed;
    assert.equal((await info()).down, true);
    await assert.rejects(plainClient(lab.mqttUrl));
    assert.equal((await fault({ action: "up" })).status, 200);
    const next = await plainClient(lab.mqttUrl);
    await next.roundTrip();
    next.socket.terminate();
    await next.closed;
  });

  test("lose-session: the broker forgets the client, and a connected one is out", async () => {
    const client = await plainClient(lab.mqttUrl);
    assert.deepEqual((await fault({ action: "lose-session", clientId: client.id })).body, { lost: client.id });
    await client.closed;
  });

  test("refuses what it does not know, in one sentence", async () => {
    for (const order of [{}, { action: "cut", kind: "gently" }, { action: "lose-session" }, { action: "hold", types: 1 }, { action: "cut-at", clientId: "a" },
      { action: "cut-at", clientId: "a", type: "puback", nth: 0 }, { action: "cut-at", type: "puback" }, { action: "double", clientId: "a" }, "no JSON", "null"]) {
      const { status, body } = await fault(order);
      assert.equal(status, 400, JSON.stringify(order));
      assert.match(body.error, /\.$/);
    }
    assert.equal((await fetch(new URL("lab/fault", lab.url))).status, 405);
  });

  test("refuses pages from elsewhere, and names that only point here", async () => {
    assert.equal((await fault({ action: "cut" }, { origin: "https://elsewhere.example" })).status, 403);
    assert.equal((await fault({ action: "cut" }, { host: "rebound.example:4173" })).status, 403);
  });

  test("a busy port is one sentence that names the way out", async () => {
    const port = Number(new URL(lab.url).port);
    const { code, output } = await run(process.execPath, [join(root, "tools", "start.mjs"), "--port", String(port)]);
    assert.equal(code, 1);
    assert.equal(output, `Port ${port} is in use: stop the program that has it, or choose another with \`npm start -- --port ${port + 1}\`.\n`);
  });
});
