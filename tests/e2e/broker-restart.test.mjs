// A real Mosquitto that keeps its state on disk is ended in mid-traffic and comes back. Nothing may be lost. It may double
// (Mosquitto is no exactly-once broker across its own restart), and then the packets say that the client has no part in it.
//
// A killed Mosquitto forgets what it acknowledged since it last wrote to disk; nobody can blame a client for that. So before
// the kill all that comes from the broker is held back, and the broker told to write: what has been acknowledged to anyone is on disk.
import assert from "node:assert/strict";
import { once } from "node:events";
import { describe, test } from "node:test";
import { Violations } from "../../tools/ordeal/check/violations.mjs";
import { openWorld } from "../../tools/ordeal/world.mjs";

/** @typedef {import("../../tools/ordeal/world.mjs").World} World */
/** @typedef {import("../../tools/broker.mjs").Restarts} Restarts */

const MESSAGES = 240;
const RESTARTS = 4;
const RECONNECT = { minDelay: 0.01, maxDelay: 0.1 };

/** @param {Restarts} restarts */
const endInOrder = (restarts) => restarts.end("TERM");

/**
 * @param {Restarts} restarts
 * @param {World} world
 */
const kill = async (restarts, { proxy, publisher }) => {
  await publisher.pause();
  const held = proxy.rule({ direction: "toClient", action: "hold" });
  await restarts.save();
  await restarts.end("KILL");
  while (proxy.connections.length > 0) await once(proxy, "end");
  held.remove();
};

/**
 * Mosquitto 2.0.11 keeps no session on disk whose last CONNECT asked for a clean start, as a durable client's first one does in MQTT 5.
 * @param {World} world
 */
const connectAgain = async ({ proxy }) => {
  const accepted = proxy.when({ direction: "toClient", type: "connack" });
  proxy.cut();
  assert.equal((await accepted).sessionPresent, true);
};

describe("Mosquitto restarted in mid-traffic", () => {
  for (const version of /** @type {const} */ (["3.1.1", "5"])) {
    for (const { name, end, durable } of [
      { name: "SIGTERM", end: endInOrder, durable: version === "3.1.1" },
      { name: "SIGKILL", end: kill, durable: version === "5" },
    ]) {
      test(`MQTT ${version}, ${name}, ${durable ? "a durable" : "an ordinary"} client: nothing is lost, and nothing doubled by the client`, async (t) => {
        const client = { reconnect: RECONNECT, ...(durable ? { sessionKey: "ordeal", durable } : { cleanSession: false }) };
        const world = await openWorld({ version, qos: 2, seed: 4, client, brokerRestarts: true });
        const { restarts } = world.broker;
        assert.ok(restarts);
        try {
          await world.begin();
          await connectAgain(world);
          for (let restart = 1; restart <= RESTARTS; restart += 1) {
            const goal = (MESSAGES / (RESTARTS + 1)) * restart;
            world.release(goal);
            // The last dozen is under way.
            await world.progress.until(goal - 12);
            await end(restarts, world);
            await restarts.begin();
          }
          world.release(MESSAGES);
          const violations = new Violations();
          const verdict = await world.verdict(MESSAGES, violations);
          const words = JSON.stringify(verdict.violations, null, 2);
          t.diagnostic(`${verdict.wire.connections} connections; doubled by Mosquitto: ${verdict.out.doubled} from the browser, ${verdict.in.doubled} to it`);
          for (const { text, packets } of verdict.violations.slice(0, 2)) t.diagnostic([text, ...packets].join("\n    "));
        assert.equal(verdict.out.lost + verdict.in.lost, 0, words);
          assert.equal(verdict.out.doubledByClient + verdict.in.doubledByClient, 0, words);
          const others = Object.keys(verdict.byRule).filter((rule) => rule !== "doubled");
          assert.deepEqual(others, [], words);
        } finally {
          await world.close();
        }
      });
    }
  }
});
