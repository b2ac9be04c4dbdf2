// `npm run scram`: the example of SCRAM-SHA-256 in a page in a real Chromium, against the real broker of mqttv5-cli, which is
// built first where it is missing (minutes, once). Exit code 1 when anything is not as it should be.
import assert from "node:assert/strict";
import { launchBrowser } from "../tests/support/browser.mjs";
import { openPage, servePage } from "../tests/support/page-server.mjs";
import { startMqttv5 } from "./broker/mqttv5.mjs";
import { build } from "./build.mjs";
import { at } from "./lib/paths.mjs";
import { command, say } from "./lib/say.mjs";
import { startProxy } from "./proxy.mjs";
import { ensureChrome, setUp } from "./setup.mjs";

const ALICE = { username: "alice", password: "secret" };
const ROUNDS = 20;
const CUTS = 5;

/** Runs in the page. @param {{ url: string, credentials: { username: string, password: string } }} how */
const connect = async ({ url, credentials }) => {
  const example = "/scripts/scram-sha-256.js";
  const { scramSha256 } = await import(example);
  window.client = new window.MqttClient({
    url, clientId: "scram", cleanSession: false, authenticate: scramSha256(credentials),
    reconnect: { minDelay: 0.01, maxDelay: 0.1 },
  });
  return window.client.connect().then(() => "connected", (/** @type {any} */ { code, reasonCode }) => `${code} ${reasonCode}`);
};

/** Runs in the page: numbered messages to itself at QoS 2, each in its turn; authenticates anew where `again`. @param {{ from: number, to: number, again: boolean }} how */
const exchange = async ({ from, to, again }) => {
  const { client } = window;
  /** @type {string[]} */
  const received = [];
  const remove = client.on("messageIn", (/** @type {any} */ message) => received.push(message.text()));
  for (let number = from; number <= to; number += 1) {
    if (again) await client.reauthenticate();
    const came = new Promise((resolve) => client.once("messageIn", resolve));
    await client.publish("scram", String(number), { qos: 2 });
    await came;
  }
  remove();
  return received.map(Number);
};

const main = async () => {
  await ensureChrome();
  await build(await setUp());
  const broker = await startMqttv5(ALICE);
  const [proxy, server, browser] = await Promise.all([startProxy({ target: broker.url }), servePage({ scripts: at("examples") }), launchBrowser()]);
  try {
    const page = await browser.newPage();
    await openPage(page, server.url);
    const auths = () => proxy.log.filter(({ type }) => type === "auth").length;
    const connects = () => proxy.log.filter(({ type }) => type === "connect").length;
    say(`${broker.name}, Chromium ${browser.context.browser()?.version()}`);

    assert.equal(await page.evaluate(connect, { url: proxy.url, credentials: { ...ALICE, password: "Secret" } }), "NOT_AUTHORIZED 135");
    assert.equal(connects(), 1);
    await page.evaluate(() => window.client.free());
    say("✓ a wrong password: NOT_AUTHORIZED (0x87), and no second attempt");

    assert.equal(await page.evaluate(connect, { url: proxy.url, credentials: ALICE }), "connected");
    await page.evaluate(() => window.client.subscribe({ scram: 2 }));
    say("✓ the right one: connected, and the server's signature is right");

    const before = auths();
    const numbers = Array.from({ length: ROUNDS }, (_, index) => index + 1);
    assert.deepEqual(await page.evaluate(exchange, { from: 1, to: ROUNDS, again: true }), numbers);
    assert.equal(connects(), 2);
    assert.equal(auths() - before, ROUNDS * 4);
    say(`✓ ${ROUNDS} re-authentications on the same connection, with ${ROUNDS} QoS 2 messages between them, each received once`);

    for (let cut = 1; cut <= CUTS; cut += 1) {
      const again = page.evaluate(() => new Promise((resolve) => window.client.once("connected", () => resolve(null))));
      proxy.cut("reset");
      await again;
    }
    assert.deepEqual(await page.evaluate(exchange, { from: 1, to: ROUNDS, again: false }), numbers);
    assert.equal(connects(), 2 + CUTS);
    say(`✓ ${CUTS} lost connections: each time authenticated again by itself, and the session goes on`);

    const sent = proxy.log.filter(({ direction }) => direction === "toServer").map(({ packet }) => /** @type {any} */ (packet));
    const data = sent.flatMap((packet) => [packet.password, packet.properties?.authenticationData]);
    assert.ok(data.every((bytes) => !String(bytes ?? "").includes(ALICE.password)));
    say("✓ the password was never sent");
  } finally {
    await Promise.allSettled([browser.close(), proxy.stop(), server.stop()]);
    await broker.stop();
  }
};

await command(main);
