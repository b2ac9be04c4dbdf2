// The public types: that what must compile compiles and nothing else does, and that they say what the code does.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { OPTIONS, Options } from "../../src/web/options.js";
import { filesBelow } from "../../tools/lib/hash.mjs";
import { at } from "../../tools/lib/paths.mjs";
import { run } from "../../tools/lib/run.mjs";
import { below, commentOf, declarations, defaultOf, documented, isAny, membersOf, nameOf, place, sources, textsOf } from "./declarations.mjs";
import { classMembers } from "./class.mjs";

/** @param {string} compiler @param {string} project */
const compiles = async (compiler, project) => {
  const { code, output } = await run(process.execPath, [at("node_modules", compiler, "bin", "tsc"), "-p", at("tests", "types", project)]);
  assert.equal(code, 0, output);
};

for (const compiler of ["typescript", "typescript-6"]) {
  test(`what must compile compiles with ${compiler}, and what must not does not`, () => compiles(compiler, "tsconfig.json"));
}

test("the types need nothing of a page: they compile with those of a worker", () => compiles("typescript", "tsconfig.worker.json"));

test("the types compile with those of Node only, as its own modules are resolved", () => compiles("typescript", "tsconfig.node.json"));

test("no declaration says any", () => {
  const found = sources.flatMap((source) => [...below(source)]).filter(isAny).map(place);
  assert.deepEqual(found, []);
});

test("every name that is exported, and all that it has, says what it is", () => {
  const silent = documented().filter((node) => commentOf(node).trim() === "").map((node) => `${place(node)} ${nameOf(node)}`);
  assert.deepEqual(silent, []);
});

test("no name is exported twice", () => {
  const names = declarations.map(nameOf);
  assert.deepEqual(names.filter((name, at) => names.indexOf(name) !== at), []);
});

test("the options are those that the code knows", () => {
  assert.deepEqual([...membersOf("ClientOptions").keys()].sort(), Object.keys(OPTIONS).sort());
});

test("every option says its default, and it is the one that the code has", () => {
  const options = new Options({});
  /** @type {(name: string, held: Record<string, unknown>) => string[]} */
  const wrong = (name, held) =>
    [...membersOf(name)].flatMap(([option, member]) => {
      const said = defaultOf(member);
      const is = held[option];
      const right = is === undefined || typeof is === "object" ? said : `\`${typeof is === "string" ? JSON.stringify(is) : is}\``;
      return said === undefined || said !== right ? [`${place(member)} ${option}: ${said}, and it is ${right}`] : [];
    });
  const shown = Object.fromEntries(Object.keys(OPTIONS).map((name) => [name, options.shown(name)]));
  const { reconnect, outbox } = shown;
  // All its defaults together are what true stands for.
  const problems = [...wrong("ClientOptions", { ...shown, reconnect: true }), ...wrong("ReconnectOptions", reconnect), ...wrong("OutboxOptions", outbox)];
  assert.deepEqual(problems, []);
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
