// What is published: which files, what package.json says of them, and that npm has nothing against it.
import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { describe, test } from "node:test";
import { at } from "../../../tools/lib/paths.mjs";
import { listen } from "../../../tools/start/listen.mjs";
import { npm } from "../support/project.mjs";

const manifest = JSON.parse(await readFile(at("package.json"), "utf8"));
const [packed] = JSON.parse((await npm(["pack", "--dry-run", "--json", "--ignore-scripts"])).stdout);
/** @type {string[]} */
const files = packed.files.map((/** @type {{ path: string }} */ { path }) => path);

describe("the published package", () => {
  test("has what is built, the licences and what there is to read, and nothing else", async () => {
    const types = await readdir(at("src", "web", "types"));
    const others = files.filter((file) => !types.includes(file.replace("dist/types/", "")));
    assert.equal(files.length - others.length, types.length);
    assert.deepEqual(others.toSorted(), [
      "CHANGELOG.md", "LICENSE-APACHE", "LICENSE-MIT", "README.md",
      "dist/index.d.ts", "dist/index.js", "dist/index.js.map",
      "dist/init.d.ts", "dist/init.js", "dist/init.js.map",
      "dist/inline.d.ts", "dist/inline.js", "dist/inline.js.map",
      "dist/mqtt_mooring_bg.wasm", "dist/mqtt_mooring_bg.wasm.d.ts", "dist/types.d.ts",
      "package.json",
    ]);
  });

  test("has every file that its exports name, and names the types first", () => {
    for (const [name, target] of Object.entries(manifest.exports)) {
      const targets = typeof target === "string" ? [target] : Object.values(target);
      for (const file of targets) assert.ok(files.includes(file.replace("./", "")), `${name}: ${file}`);
      if (typeof target !== "string") assert.deepEqual([Object.keys(target)[0], Object.keys(target).at(-1)], ["types", "default"], name);
    }
    assert.deepEqual(Object.keys(manifest.exports), [".", "./init", "./inline", "./mqtt_mooring_bg.wasm", "./package.json"]);
  });

  test("depends on nothing at run time", () => {
    for (const kind of ["dependencies", "peerDependencies", "optionalDependencies", "bundleDependencies"]) assert.equal(kind in manifest, false, kind);
    for (const script of ["preinstall", "install", "postinstall"]) assert.equal(script in manifest.scripts, false, `${script} would run where it is installed`);
  });

  test("says that its entries that load a module are kept for that, and no other file", () => {
    assert.deepEqual(manifest.sideEffects, ["./dist/index.js", "./dist/inline.js"]);
  });

  test("says whose it is, where it comes from and under which licence, and is built before it is packed", () => {
    assert.equal(manifest.license, "MIT OR Apache-2.0");
    assert.match(manifest.repository.url, /^git\+https:\/\/.*\.git$/);
    assert.ok(manifest.homepage && manifest.bugs.url && manifest.description);
    assert.ok(manifest.keywords.includes("mqtt"));
    assert.equal(manifest.scripts.prepack, manifest.scripts.build);
    assert.deepEqual(manifest.publishConfig, { access: "public", provenance: true });
  });

  test("has source maps that show the sources, and name no place of the machine that built it", async () => {
    for (const name of files.filter((file) => file.endsWith(".map"))) {
      const { sources, sourcesContent } = JSON.parse(await readFile(at(name), "utf8"));
      assert.equal(sourcesContent.length, sources.length);
      for (const source of sources) assert.doesNotMatch(source, /^\/|^file:/, name);
    }
    for (const name of files.filter((file) => /\.(js|ts|wasm)$/.test(file))) {
      assert.doesNotMatch(await readFile(at(name), "latin1"), new RegExp(at()), name);
    }
  });

  test("could be published: npm says what it would do, and corrects nothing", async (t) => {
    const registry = createServer((_, response) => void response.writeHead(404, { "content-type": "application/json" }).end("{}"));
    const port = await listen(registry, 0);
    t.after(() => registry.close());
    const { stdout, stderr } = await npm(["publish", "--dry-run", "--ignore-scripts", "--registry", `http://127.0.0.1:${port}/`]);
    assert.match(stdout, new RegExp(`\\+ mqtt-mooring@${manifest.version.replaceAll(".", "\\.")}`));
    const warnings = stderr.split("\n").filter((line) => /^npm (warn|error)/.test(line) && !/requires you to be logged in|Unknown (user|env|builtin) config/.test(line));
    assert.deepEqual(warnings, []);
  });
});
