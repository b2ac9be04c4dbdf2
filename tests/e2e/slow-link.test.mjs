// A page that publishes faster than its link carries, and one that is given more than it can read: the short form of
// `npm run slow-link`, with fewer and larger messages. Memory is asserted, time is not.
import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { faultsOf, heading, lineOf } from "../../tools/slow-link/report.mjs";
import { runSlowLink, WAYS } from "../../tools/slow-link/run.mjs";

const PARAMETERS = { messages: 15_000, pad: 1000, bytesPerSecond: 5_000_000, sendHighWaterMark: 2 ** 18 };

describe("many messages take no more memory than the first tenth of them", () => {
  /** @type {import("../../tools/slow-link/run.mjs").Result[]} */
  let results;
  before(async () => (results = await runSlowLink(PARAMETERS)));

  for (const way of WAYS) {
    test(`${way}: ${PARAMETERS.messages} messages`, (t) => {
      const result = results.find((one) => one.way === way);
      assert.ok(result);
      t.diagnostic(`${heading()}\n${lineOf(result)}`);
      assert.deepEqual(faultsOf(result, PARAMETERS), []);
      if (way.endsWith("out")) assert.ok(result.mostBuffered >= PARAMETERS.sendHighWaterMark, "the link was slower than the page");
      if (way === "QoS 0 read") assert.ok(result.dropped > 0, "the reader was slower than the server");
    });
  }
});
