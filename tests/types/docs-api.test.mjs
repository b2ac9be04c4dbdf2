// docs/api is made of the doc comments: what they say now, nobody has to make it anew.
import assert from "node:assert/strict";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { at } from "../../tools/lib/paths.mjs";
import { writeApi } from "../../tools/docs-api.mjs";
import { declarations, nameOf } from "./declarations.mjs";

/** @param {string} directory */
const pagesIn = async (directory) => {
  const names = (await readdir(directory)).sort();
  return Promise.all(names.map(async (name) => ({ name, text: await readFile(join(directory, name), "utf8") })));
};

test("docs/api says what the doc comments say: npm run docs:api writes it", async (t) => {
  const directory = await mkdtemp(join(tmpdir(), "docs-api-"));
  t.after(() => rm(directory, { recursive: true }));
  await writeApi(directory);
  assert.deepEqual(await pagesIn(at("docs", "api")), await pagesIn(directory));
});

test("every name that is exported has its place in docs/api", async () => {
  const pages = (await pagesIn(at("docs", "api"))).map(({ text }) => text).join("\n");
  assert.deepEqual(declarations.map(nameOf).filter((name) => !new RegExp(`^## ${name}(\\(\\))?$`, "m").test(pages)), []);
});

test("a page of docs/api is small enough to be read", async () => {
  const large = (await pagesIn(at("docs", "api"))).filter(({ text }) => text.length > 32_000);
  assert.deepEqual(large.map(({ name }) => name), []);
});
