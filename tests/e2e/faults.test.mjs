// The faults' short form: the same code as `npm run faults`, with fewer of them.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { heading, lineOf } from "../../tools/faults/report.mjs";
import { runFaults } from "../../tools/faults/run.mjs";

const SIZE = { messages: 150, cuts: 15, seed: 20_261_122, minutes: 3 };

describe("an ordinary client through every fault of a link connects again by itself", () => {
  for (const { version, chunking, durable } of /** @type {const} */ ([
    { version: "3.1.1", chunking: "as is", durable: true },
    { version: "5", chunking: "1 byte", durable: false },
    { version: "3.1.1", chunking: "1-7 bytes", durable: false },
    { version: "5", chunking: "many packets, fragments", durable: true },
  ])) {
    test(`MQTT ${version}, ${chunking}, ${durable ? "durable" : "not durable"}: ${SIZE.messages} messages each way arrive once, in order`, async (t) => {
      const report = await runFaults({ ...SIZE, version, chunking, durable });
      t.diagnostic(`${heading()}\n  ${lineOf(report)}`);
      assert.equal(report.violationCount, 0, lineOf(report));
      assert.ok(report.complete, "every fault has struck");
      assert.ok(Object.values(report.broken).reduce((sum, count) => sum + count) >= SIZE.cuts, "as many links were broken");
    });
  }
});
