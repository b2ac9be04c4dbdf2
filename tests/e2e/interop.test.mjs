// A little of `npm run interop`: the matrix passes where broker and client do what they have to, and says whose fault it is where not.
import assert from "node:assert/strict";
import { test } from "node:test";
import { runMatrix } from "../../tools/interop/run.mjs";

/** @param {string} key @param {"3.1.1" | "5"} version @param {string[]} names @returns {Promise<Record<string, import("../../tools/interop/matrix.mjs").Result>>} */
const run = async (key, version, names) => {
  const { columns } = await runMatrix({ keys: [key], versions: [version], only: (name) => names.includes(name) }, () => {});
  const results = columns.flatMap(({ results }) => results);
  assert.equal(results.length, names.length);
  return Object.fromEntries(results.map((result) => [result.feature, result]));
};

test("with aedes: what is ours passes, and what it sends again without DUP is the broker's fault, by its packets", async () => {
  const resumed = "session resumed after a cut, QoS 2 unfinished both ways";
  const results = await run("aedes", "3.1.1", ["QoS 2 out", "will published when the link is cut", resumed]);
  assert.equal(results["QoS 2 out"].status, "pass", results["QoS 2 out"].note);
  assert.equal(results["will published when the link is cut"].status, "pass", results["will published when the link is cut"].note);
  assert.equal(results[resumed].status, "broker", results[resumed].note);
  assert.match(results[resumed].note, /without DUP/);
  const [first, , again] = results[resumed].packets;
  assert.match(first, /^broker → page  PUBLISH qos=2 .*payload="in 2"/);
  assert.match(again, /^broker → page  PUBLISH qos=2 topic=.*payload="in 2"/);
});

test("with aedes: that it does not speak MQTT 5 is read off its CONNACK", async () => {
  const { columns } = await runMatrix({ keys: ["aedes"], versions: ["5"] }, () => {});
  assert.match(columns[0].unspoken?.note ?? "", /0x01/);
  assert.deepEqual(columns[0].results, []);
});
