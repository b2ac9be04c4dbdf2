// The ordeal, put to the test: a stand-in client that keeps its promises comes through, and one that breaks a promise does
// not. An ordeal that everyone survives proves nothing.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { table } from "../../tools/ordeal/report.mjs";
import { runOrdeal } from "../../tools/ordeal/run.mjs";
import { at } from "../../tools/lib/paths.mjs";

/** @param {string} [sabotage] which promise the stand-in breaks */
const ordealOf = (sabotage) =>
  runOrdeal({
    messages: 120, kills: 6, reloads: 3, cuts: 6, version: "5", qos: 2, seed: 3, minutes: 2, patienceMs: 3000,
    dist: at("tests", "tools", "stand-in"), entry: sabotage ? `index.mjs?sabotage=${encodeURIComponent(sabotage)}` : "index.mjs",
  });

describe("the ordeal", () => {
  test("lets pass a client that keeps its promises", async () => {
    const report = await ordealOf();
    assert.equal(report.violationCount, 0, table(report));
    assert.ok(report.wire.in.storedChecks > 0, "it was seen that received messages are stored");
    assert.equal(report.complete, true);
    assert.ok(report.faults.cutsAtAByte > 0, "links were cut at a byte");
  });

  for (const { sabotage, rules } of [
    { sabotage: "PUBREC before stored", rules: ["PUBREC before stored", "lost"] },
    { sabotage: "sent before stored", rules: ["sent but not stored"] },
    { sabotage: "removed before handled", rules: ["lost"] },
    { sabotage: "reused ids", rules: ["id reused in flight"] },
  ]) {
    test(`finds a client out whose sin is: ${sabotage}`, async () => {
      const report = await ordealOf(sabotage);
      for (const rule of rules) assert.ok(report.byRule[rule] > 0, `"${rule}" is not among ${JSON.stringify(report.byRule)}`);
    });
  }
});
