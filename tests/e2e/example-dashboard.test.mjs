// The example examples/dashboard, as `npm start` serves it: tabs of one browser that share a session. One owns it; the others follow.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import mqtt from "mqtt";
import { assertAccessible, examplePages } from "../support/example-page.mjs";

/** @typedef {import("playwright-core").Page} Page */

const TOPIC = "examples/dashboard";

/** @param {Page} page */
const owns = (page) => page.getByText("This tab owns the session. It is connected.").waitFor();
/** @param {Page} page */
const follows = (page) => page.getByText("Another tab owns the session.").waitFor();
/** Resolves when the boiler has these readings, and no others. @param {Page} page @param {number[]} values */
const shows = (page, ...values) => page.getByRole("img", { name: `${values.length} readings: ${values.join(", ")}`, exact: true }).first().waitFor();
/** @param {Page} page */
const giveUp = (page) => page.getByRole("button", { name: "Give the session up" }).click();

/** Ends the page's process without a word to the page. @param {Page} page */
const kill = async (page) => {
  const gone = page.waitForEvent("crash");
  page.goto("chrome://kill").catch(() => {});
  await gone;
};

for (const kind of /** @type {const} */ (["mosquitto", "aedes"])) {
  describe(`example: a dashboard in two tabs, with ${kind}`, { timeout: 120_000 }, () => {
    const example = examplePages("dashboard", kind);

    /** The boiler, somewhere else. It reports one reading after the other. */
    const boiler = async () => {
      const client = await mqtt.connectAsync({ host: "127.0.0.1", port: example.tcpPort(), reconnectPeriod: 0 });
      let at = 0;
      return {
        /** @param {number[]} values */
        report: async (...values) => {
          for (const value of values) {
            at += 1;
            await client.publishAsync(`${TOPIC}/boiler`, JSON.stringify({ at, value }), { qos: 2 });
          }
        },
        stop: () => client.endAsync(true),
      };
    };

    /** A tab that owns the session and is subscribed. */
    const openOwner = async () => {
      const subscribed = example.proxy().when({ direction: "toClient", type: "suback" });
      const owner = await example.open();
      await Promise.all([owns(owner), subscribed]);
      return owner;
    };

    test("the first tab owns the session, the second one follows and shows the same, without a subscription of its own", async (t) => {
      const machine = await boiler();
      t.after(() => machine.stop());
      const first = await openOwner();
      await machine.report(60);
      await shows(first, 60);
      const second = await example.open();
      await follows(second);
      await shows(second, 60);
      await machine.report(61);
      await shows(first, 60, 61);
      await shows(second, 60, 61);
      assert.deepEqual([await first.title(), await second.title()], ["Owner · Dashboard", "Follower · Dashboard"]);
      assert.ok(await second.getByRole("button", { name: "Give the session up" }).isDisabled());
      assert.equal(example.packets("subscribe").length, 1);
      assert.deepEqual(example.errors(), []);
    });

    // Not with aedes, which loses and doubles what stands half-way when a QoS 2 subscriber comes back (docs/interop.md).
    if (kind === "aedes") return;
    for (const [ending, end] of /** @type {Array<[string, (page: Page) => Promise<unknown>]>} */ ([
      ["is closed", (page) => page.close()],
      ["is killed", kill],
      ["gives the session up", giveUp],
    ])) {
      test(`when the owner ${ending} the follower takes over, and what came meanwhile comes once`, async (t) => {
        const machine = await boiler();
        t.after(() => machine.stop());
        const first = await openOwner();
        const second = await example.open();
        await follows(second);
        await machine.report(60);
        await shows(second, 60);
        const held = example.proxy().rule({ direction: "toClient", type: "pubrel", action: "hold", overtake: true });
        const halfway = example.proxy().when({ direction: "toClient", type: "pubrel", nth: 2 });
        await machine.report(61, 62);
        await halfway;
        await end(first);
        await machine.report(63);
        held.remove();
        await owns(second);
        await machine.report(64);
        await shows(second, 60, 61, 62, 63, 64);
        const ids = example.packets("connect").map(({ packet }) => /** @type {any} */ (packet)).filter(({ clean }) => !clean);
        assert.equal(new Set(ids.map(({ clientId }) => clientId)).size, 1, "one client identifier for the session");
      });
    }
  });
}

describe("example: a dashboard in two tabs", { timeout: 120_000 }, () => {
  const example = examplePages("dashboard");

  test("an owner that gave the session up follows, and gets it back", async () => {
    const first = await example.open();
    await owns(first);
    const second = await example.open();
    await follows(second);
    await giveUp(first);
    await owns(second);
    await follows(first);
    await giveUp(second);
    await owns(first);
    await follows(second);
    assert.deepEqual(example.errors(), []);
  });

  test("an owner that is alone and gives the session up has it again", async () => {
    const page = await example.open();
    await owns(page);
    const goodbye = example.proxy().when({ direction: "toServer", type: "disconnect" });
    await giveUp(page);
    await goodbye;
    await owns(page);
  });

  test("machines report to all tabs, whichever asks them to", async () => {
    const first = await example.open();
    await owns(first);
    const second = await example.open();
    await follows(second);
    await second.getByRole("button", { name: "Have each machine report" }).click();
    for (const page of [first, second]) {
      for (let index = 0; index < 3; index += 1) await page.getByRole("img", { name: /^1 readings: \d+$/ }).nth(index).waitFor();
    }
  });

  test("axe finds nothing wrong with it", async () => {
    const page = await example.open();
    await owns(page);
    await page.getByRole("button", { name: "Have each machine report" }).click();
    await page.getByRole("img", { name: /^1 readings/ }).first().waitFor();
    await assertAccessible(page);
  });
});
