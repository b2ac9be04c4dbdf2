// The public types: that what must compile compiles and nothing else does, and that they say what the code does.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { OPTIONS } from "../../src/web/options.js";
import { filesBelow } from "../../tools/lib/hash.mjs";
import { at } from "../../tools/lib/paths.mjs";
import { run } from "../../tools/lib/run.mjs";
import { below, commentOf, declarations, isAny, membersOf, nameOf, place, sources, textsOf } from "./declarations.mjs";
import { classMembers } from "./class.mjs";

for (const compiler of ["typescript", "typescript-6"]) {
  test(`what must compile compiles with ${compiler}, and what must not does not`, async () => {
    const { code, output } = await run(process.execPath, [at("node_modules", compiler, "bin", "tsc"), "-p", at("tests", "types", "tsconfig.json")]);
    assert.equal(code, 0, output);
  });
}

test("no declaration says any", () => {
  const found = sources.flatMap((source) => [...below(source)]).filter(isAny).map(place);
  assert.deepEqual(found, []);
});

test("no name is exported twice", () => {
  const names = declarations.map(nameOf);
  assert.deepEqual(names.filter((name, at) => names.indexOf(name) !== at), []);
});

test("the options are those that the code knows", () => {
  assert.deepEqual([...membersOf("ClientOptions").keys()].sort(), Object.keys(OPTIONS).sort());
});

test("the events are those that the code knows", async () => {
  const listed = (await readFile(at("src", "web", "events.rs"), "utf8")).matchAll(/^ {4}\w+ = "(\w+)",$/gm);
  const names = [...listed].map(([, name]) => name);
  // The one whose events are made in JavaScript.
  assert.deepEqual([...membersOf("ClientEvents").keys()].sort(), [...names, "log"].sort());
});

test("the codes of errors are those that the code has, and each says what it means", async () => {
  const scripts = (await filesBelow([at("src", "web"), at("package"), at("tools", "build")])).filter((path) => /\.m?js$/.test(path));
  const code = (await Promise.all(scripts.map((path) => readFile(path, "utf8")))).join("\n");
  const used = [...code.matchAll(/^== ([A-Z_]+)$|"([A-Z]+(?:_[A-Z]+)+)"/gm)].map(([, heading, text]) => heading ?? text);
  const known = textsOf("ErrorCode");
  assert.deepEqual(known.filter((name) => !used.includes(name)), []);
  assert.deepEqual(used.filter((name) => !known.includes(name)), []);
  const meanings = commentOf(/** @type {import("typescript-6").Node} */ (declarations.find((node) => nameOf(node) === "ErrorCode")));
  assert.deepEqual(known.filter((name) => !meanings.includes(`- \`${name}\`: `)), []);
});

test("the methods and properties of the class are those that the code gives it", () => {
  assert.deepEqual([...membersOf("MqttClient").keys()].filter((name) => name !== "Constructor").sort(), classMembers().sort());
});
