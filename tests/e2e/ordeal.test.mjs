// The ordeal's short form: the same code as `npm run ordeal`, with fewer faults.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { table } from "../../tools/ordeal/report.mjs";
import { runOrdeal } from "../../tools/ordeal/run.mjs";

describe("a page that is killed, reloaded and cut off while messages go both ways", () => {
  for (const version of /** @type {const} */ (["3.1.1", "5"])) {
    for (const { qos, promise, size } of /** @type {const} */ ([
      { qos: 2, promise: "300 messages each way arrive once, in order", size: { messages: 300, kills: 8, reloads: 8, cuts: 25 } },
      { qos: 1, promise: "100 messages each way arrive", size: { messages: 100, kills: 3, reloads: 3, cuts: 8 } },
    ])) {
      test(`MQTT ${version}, QoS ${qos}: ${promise}, and every packet is in order`, async (t) => {
        const report = await runOrdeal({ ...size, version, qos, seed: 20_261_122, minutes: 4 });
        t.diagnostic(table(report));
        assert.equal(report.violationCount, 0, table(report));
        assert.ok(report.complete, "every fault has struck");
        assert.equal(report.faults.kills, size.kills);
      });
    }
  }
});
