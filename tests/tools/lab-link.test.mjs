// What the Lab's links and session files hold: written, read back, and refused in words. The page that uses them is under
// test in tests/e2e.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { isScenario, readLink, writeLink } from "../../www/link.js";
import { fileName, readSessionFile, writeSessionFile } from "../../www/session-file.js";

const SCRIPTS = ["cut-after-pubrec", "reload"];

describe("a link to a scenario", () => {
  /** @param {string} hash */
  const read = (hash) => readLink(hash, SCRIPTS);

  test("is read as it was written, whatever is in its texts", () => {
    /** @type {import("../../www/link.js").Scenario} */
    const scenario = {
      version: "5", keeping: "by-hand", clean: false, restore: "ask", server: "wss://broker.example/mqtt", topic: "a/{client}/b c&d=e#f+%",
      payload: "zwölf Boxkämpfer\n+ 1 & 1 = 2", qos: "1", retain: true, many: 7, filter: "a/+/#", filterQos: "0",
    };
    assert.deepEqual(read(writeLink(scenario)), scenario);
    /** @type {import("../../www/link.js").Scenario} */
    const script = { script: "reload", messages: 12, version: "3.1.1", run: true };
    assert.equal(writeLink(script), "#scenario?script=reload&messages=12&version=3.1.1&run");
    assert.deepEqual(read(writeLink(script)), script);
  });

  test("is told from a place on the page", () => {
    for (const hash of ["", "#workbench", "#scenarios", "#scenario-1"]) assert.ok(!isScenario(hash), hash);
    for (const hash of ["#scenario", "#scenario?qos=1"]) assert.ok(isScenario(hash), hash);
  });

  for (const [what, hash, words] of /** @type {[string, string, RegExp][]} */ ([
    ["without anything", "#scenario", /it says nothing\.$/],
    ["with an unknown option", "#scenario?speed=9", /there is no option "speed"\.$/],
    ["with a name of Object's own", "#scenario?constructor=1&__proto__=2", /no option "constructor"; there is no option "__proto__"/],
    ["with an unknown script", "#scenario?script=sink", /"script" must be cut-after-pubrec or reload, not "sink"\.$/],
    ["with a bad number", "#scenario?script=reload&messages=1e2", /"messages" must be a whole number from 1 to 100, not "1e2"\.$/],
    ["with a number that is too large", "#scenario?many=1001", /"many" must be a whole number from 1 to 1000/],
    ["with a bad QoS", "#scenario?qos=3", /"qos" must be 0 or 1 or 2, not "3"\.$/],
    ["with a server that is none", "#scenario?server=javascript:alert(1)", /"server" must be a ws:\/\/ or wss:\/\/ address/],
    ["with a password in the address", "#scenario?server=wss://u:p@broker.example", /without user name and password/],
    ["that runs nothing", "#scenario?run&qos=1", /"run" needs a "script"\.$/],
    ["with an option twice", "#scenario?qos=1&qos=2", /"qos" is there twice\.$/],
    ["with a script at another server", "#scenario?script=reload&server=ws://broker.example", /a script runs with the broker of npm start/],
    ["with many mistakes", "#scenario?a=1&b=1&c=1&d=1&e=1", /"a"; .*"b"; .*"c"; and 2 more\.$/],
    ["that is too long", `#scenario?payload=${"x".repeat(9000)}`, /^This link is too long: 9018 characters, of at most 4000\.$/],
  ])) {
    test(`${what} is refused, and says what is wrong`, () => {
      assert.throws(() => read(hash), (error) => error instanceof Error && words.test(error.message) && error.message.length < 400);
    });
  }

  test("is not made when it would be too long to be sent", () => {
    assert.throws(() => writeLink({ payload: "x".repeat(3000) }), /too long for a link .*: shorten the payload\.$/);
  });
});

describe("a session file", () => {
  /** @type {Required<import("../../www/session-file.js").SessionFile>} */
  const file = { text: "mooring2:AAECAw.12345678", clientId: "tablet/17", protocolVersion: "5", server: "wss://u:secret@broker.example/mqtt?token=1", savedAt: Date.UTC(2026, 10, 23, 3, 4, 5) };

  test("is read as it was written, without what may be a secret in the address", () => {
    const written = writeSessionFile(file);
    assert.doesNotMatch(written, /secret|token/);
    assert.deepEqual(readSessionFile(written), { ...file, server: "wss://broker.example/mqtt" });
    assert.equal(fileName(file.clientId, file.savedAt), "session-tablet-17-2026-11-23-03-04-05.json");
  });

  test("may be the mere string", () => {
    assert.deepEqual(readSessionFile(`  ${file.text}\n`), { text: file.text });
  });

  /** @param {object} changed */
  const with_ = (changed) => JSON.stringify({ ...JSON.parse(writeSessionFile(file)), ...changed });
  for (const [what, content, words] of /** @type {[string, string, RegExp][]} */ ([
    ["that is empty", " \n", /: it is empty\.$/],
    ["that is a picture", "\u0089PNG", /neither JSON nor begins with "mooring"\.$/],
    ["that was truncated", writeSessionFile(file).slice(0, 80), /truncated or was changed on its way\.$/],
    ["that is other JSON", "[]", /JSON of another kind\.$/],
    ["of another program", '{"format":"other"}', /its "format" is not "mqtt-mooring session file"\.$/],
    ["of a newer page", with_({ version: 2 }), /has version 2, and this page reads up to 1: update mqtt-mooring\.$/],
    ["without a version", with_({ version: "1" }), /its "version" is no number\.$/],
    ["without a session", with_({ session: "" }), /its "session" is no saved session\.$/],
    ["without a client id", with_({ clientId: 7 }), /its "clientId" is no text\.$/],
    ["of another protocol", with_({ protocolVersion: "4" }), /its "protocolVersion" is neither/],
    ["without a time", with_({ savedAt: "yesterday" }), /its "savedAt" is no time\.$/],
  ])) {
    test(`${what} is refused, and says what is wrong`, () => assert.throws(() => readSessionFile(content), words));
  }
});
