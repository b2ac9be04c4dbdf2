// A little of `npm run interop`: what is ours passes, and what is the broker's is told by its packets.
import assert from "node:assert/strict";
import { test } from "node:test";
import { runMatrix } from "../../tools/interop/run.mjs";

const OUT = "QoS 2 out";
const RESUMED = "session resumed after a cut, QoS 2 unfinished both ways";

test("with aedes: messages out pass, what it sends again without DUP is its own fault, and it does not speak MQTT 5", async () => {
  const { columns } = await runMatrix({ keys: ["aedes"], only: (name) => name === OUT || name === RESUMED }, () => {});
  const [old, five] = columns;
  const [out, resumed] = [OUT, RESUMED].map((name) => old.results.find(({ feature }) => feature === name));
  assert.equal(out?.status, "pass", out?.note);
  assert.equal(resumed?.status, "broker", resumed?.note);
  assert.match(resumed?.note ?? "", /without DUP/);
  const [first, , again] = resumed?.packets ?? [];
  assert.match(first, /^broker → page  PUBLISH qos=2 .*payload="in 2"/);
  assert.match(again, /^broker → page  PUBLISH qos=2 topic=.*payload="in 2"/);
  assert.match(five.unspoken?.note ?? "", /0x01/);
  assert.deepEqual(five.results, []);
});
