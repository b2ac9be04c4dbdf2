// The soak's short form: the same code as `npm run soak`, each kind of fault at least once.
import assert from "node:assert/strict";
import { test } from "node:test";
import { table } from "../../tools/soak/report.mjs";
import { runSoak } from "../../tools/soak/run.mjs";

test("a page whose link breaks and stalls, whose network goes, and which is hidden, frozen and reloaded loses and doubles nothing", async (t) => {
  const report = await runSoak({ minutes: 0, version: "5", seed: 20_261_122 });
  t.diagnostic(table(report));
  assert.equal(report.violationCount, 0, table(report));
  assert.ok(report.reconnections > 0);
  for (const kind of /** @type {const} */ (["cut", "drop", "stall", "delay", "reload", "offline", "hide", "freeze"])) {
    assert.ok(report.faults[kind] > 0, `${kind} has struck`);
  }
});
