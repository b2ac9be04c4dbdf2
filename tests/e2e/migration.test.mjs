// Who comes from MQTT.js or Paho: the programs of examples/from-*, the original and the ported one side by side at one broker. Both
// see the same messages, also over a broken connection; and what docs/from-*.md say of a reload, and of the day of the switch, is so.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import mqtt from "mqtt";
import { startLab } from "../../tools/start/lab.mjs";
import { launchBrowser } from "../support/browser.mjs";
import { assertAccessible } from "../support/example-page.mjs";

/** @typedef {"original" | "ported"} Half */
/** @typedef {{ topic: string, text: string, qos: number, retain: boolean }} Seen */

const HALVES = /** @type {const} */ (["original", "ported"]);

/** @type {Awaited<ReturnType<typeof launchBrowser>>} */
let browser;
before(async () => {
  browser = await launchBrowser();
});
after(() => browser.close());

/** What `npm start` serves, an independent client, and the page of an example with both programs online. @param {string} example @param {"aedes" | "mosquitto"} kind */
const open = async (example, kind) => {
  const lab = await startLab({ kind, port: 0 });
  const { broker, proxy } = lab;
  const farEnd = await mqtt.connectAsync({ host: "127.0.0.1", port: broker.tcpPort, reconnectPeriod: 0 });
  const page = await browser.newPage();
  await page.goto(`${lab.url}examples/${example}/`);
  const tab = await page.evaluate(() => sessionStorage["tab"]);

  const items = (/** @type {Half} */ half, /** @type {string} */ list) => page.locator(`#${half} ${list} li`);
  const both = (/** @type {(half: Half) => Promise<unknown>} */ deed) => Promise.all(HALVES.map(deed));
  /** @param {Half} half @param {string} text */
  const isDelivered = (half, text) => items(half, "ul").filter({ hasText: new RegExp(`^${text}$`) }).waitFor();
  /** One after the other: there is one mouse. @param {Half} half @param {string} text */
  const say = async (half, text) => {
    await page.locator(`#${half} input`).fill(text);
    await page.locator(`#${half} form`).getByText("Send").click();
  };
  const online = () => both((half) => page.locator(`#${half} output`).getByText("online").waitFor());
  await online();
  return {
    url: lab.mqttUrl, tab, proxy, farEnd, page, both, say, isDelivered, online,
    /** What a program has seen in that part of the room, as it came. @param {Half} half @param {string} [below] @returns {Promise<Seen[]>} */
    seen: async (half, below = "room/said") => {
      const all = await items(half, "ol").evaluateAll((nodes) =>
        nodes.map((node) => {
          const { topic = "", qos, retain } = /** @type {HTMLElement} */ (node).dataset;
          return { topic, text: node.textContent ?? "", qos: Number(qos), retain: retain === "true" };
        }),
      );
      return all.filter(({ topic }) => topic.startsWith(below));
    },
    /** Until both programs have seen that text in that topic. @param {string} text @param {string} [topic] */
    shown: (text, topic = "room/said") =>
      both((half) => page.locator(`#${half} ol li[data-topic="${topic}"]`).filter({ hasText: new RegExp(`^${text}$`) }).waitFor({ state: "attached" })),
    delivered: (/** @type {Half} */ half) => items(half, "ul").allTextContents(),
    problems: () => page.locator("[role=alert]").allTextContents(),
    stop: async () => {
      await page.close();
      await farEnd.endAsync(true);
      await lab.stop();
    },
  };
};

/** @param {string} example @param {"aedes" | "mosquitto"} kind @param {(world: Awaited<ReturnType<typeof open>>) => Promise<void>} act */
const within = async (example, kind, act) => {
  const world = await open(example, kind);
  await act(world).finally(world.stop);
};

for (const { example, library, survives } of [
  { example: "from-mqttjs", library: "MQTT.js", survives: false },
  { example: "from-paho", library: "Paho", survives: true },
]) {
  describe(`the chat room, with ${library} and ported`, () => {
    for (const kind of /** @type {const} */ (["aedes", "mosquitto"])) {
      test(`with ${kind} both programs see the same messages: their own, each other's and others'`, () =>
        within(example, kind, async ({ both, say, isDelivered, seen, shown, delivered, farEnd, problems, page, tab }) => {
          // One after the other: to two PUBRECs that come together aedes answers with the second one's PUBREL, twice.
          const said = Array.from({ length: 5 }, (_, number) => HALVES.map((half) => ({ half, text: `${half} ${number}` }))).flat();
          for (const { half, text } of said) {
            await say(half, text);
            await isDelivered(half, text);
            await shown(text);
          }
          const others = /** @type {const} */ ([["Grüße, 世界 🌍", 0], ["kept", 1], ["", 2]]);
          for (const [text, qos] of others) {
            await farEnd.publishAsync("room/said/by others", text, { qos, retain: text === "kept" });
            await shown(text, "room/said/by others");
          }

          const [original, ported] = /** @type {Seen[][]} */ (await both((half) => seen(half)));
          assert.deepEqual(ported, original);
          assert.deepEqual(ported.map(({ text }) => text), [...said, ...others.map(([text]) => ({ text }))].map(({ text }) => text));
          assert.deepEqual(ported.map(({ qos }) => qos), [...said.map(() => 2), 0, 1, 2]);
          assert.ok(ported.every(({ retain }) => !retain), "to those who are there nothing is retained");
          for (const half of HALVES) assert.deepEqual(await delivered(half), said.filter((one) => one.half === half).map(({ text }) => text));
          assert.deepEqual(await problems(), ["", ""]);

          await assertAccessible(page);
          await page.locator("#ported").getByText("Leave").click();
          await page.locator(`#original li[data-topic="room/who/ported-${tab}"]`).getByText("gone").waitFor();
        }));
    }

    test("what is said while the connections are made again is delivered by both, and both see it once", () =>
      within(example, "mosquitto", async ({ proxy, both, say, isDelivered, seen, shown, farEnd, online, problems }) => {
        const held = proxy.rule({ direction: "toClient", type: "connack", action: "hold" });
        const waiting = proxy.when({ direction: "toClient", type: "connack", nth: 2 });
        proxy.cut("reset");
        await waiting;
        for (const half of HALVES) await say(half, `${half} meanwhile`);
        await farEnd.publishAsync("room/said", "others meanwhile", { qos: 2 });
        held.remove();
        await both((half) => isDelivered(half, `${half} meanwhile`));
        await online();
        await farEnd.publishAsync("room/said", "the end", { qos: 2 });
        await shown("the end");

        const [original, ported] = /** @type {Seen[][]} */ (await both((half) => seen(half)));
        assert.deepEqual(ported, original);
        assert.deepEqual(ported.map(({ text }) => text).sort(), ["original meanwhile", "others meanwhile", "ported meanwhile", "the end"]);
        assert.equal((await problems())[1], "");
      }));

    test(`a reload without PUBREC: the ported program delivers what it said, ${library} ${survives ? "does, too" : "has lost it"}`, () =>
      within(example, "mosquitto", async ({ proxy, both, say, isDelivered, delivered, seen, shown, page, online }) => {
        const held = proxy.rule({ direction: "toClient", type: "pubrec", action: "hold" });
        const waiting = proxy.when({ direction: "toClient", type: "pubrec", nth: 2 });
        for (const half of HALVES) await say(half, `${half} before`);
        await waiting;
        await page.reload();
        held.remove();
        await online();
        await isDelivered("ported", "ported before");
        if (survives) await isDelivered("original", "original before");
        for (const half of HALVES) await say(half, `${half} after`);
        await both((half) => isDelivered(half, `${half} after`));
        await both((half) => shown(`${half} after`));

        assert.deepEqual(await delivered("ported"), ["ported before", "ported after"]);
        assert.deepEqual(await delivered("original"), survives ? ["original before", "original after"] : ["original after"]);
        const texts = (await seen("ported")).map(({ text }) => text).sort();
        assert.deepEqual(texts, [...(survives ? ["original before"] : []), "original after", "ported before", "ported after"].sort());
      }));

    test("on the day of the switch the new client takes over what the server kept for the old one", () =>
      within(example, "mosquitto", async ({ page, farEnd, url, tab }) => {
        await page.locator("#original").getByText("Leave").click();
        await page.locator("#original output").getByText("offline").waitFor();
        for (const text of ["1", "2", "3"]) await farEnd.publishAsync("room/said", text, { qos: 2 });

        const taken = await page.evaluate(async ({ url, clientId }) => {
          const name = "mqtt-mooring";
          const { MqttClient } = /** @type {typeof import("mqtt-mooring")} */ (await import(name));
          const client = new MqttClient({
            url, clientId, sessionKey: "switch", durable: true, protocolVersion: "3.1.1", resumeWithoutState: true,
          });
          /** @type {string[]} */
          const texts = [];
          /** @type {Promise<void>} */
          const three = new Promise((resolve) => client.on("messageIn", (message) => {
            if (message.topic === "room/said") texts.push(message.text());
            if (message.text() === "3") resolve();
          }));
          const { sessionPresent } = await client.connect();
          await three;
          await client.disconnect();
          client.free();
          return { sessionPresent, texts };
        }, { url, clientId: `room-original-${tab}` });
        assert.deepEqual(taken, { sessionPresent: true, texts: ["1", "2", "3"] });
      }));
  });
}
