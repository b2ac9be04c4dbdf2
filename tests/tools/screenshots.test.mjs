// The pictures in docs/images/ are those that `npm run screenshots` makes, and small enough to be shown in a README.
import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { test } from "node:test";
import { at } from "../../tools/lib/paths.mjs";
import { LARGEST, PICTURES } from "../../tools/screenshots/pictures.mjs";

test("docs/images has each picture of the Lab as a WebP below 150 KB, and no other of the Lab", async () => {
  const there = (await readdir(at("docs", "images"))).filter((name) => name.startsWith("lab"));
  assert.deepEqual(there.sort(), PICTURES.map(({ name }) => `${name}.webp`).sort());
  for (const name of there) {
    const bytes = await readFile(at("docs", "images", name));
    assert.equal(bytes.toString("latin1", 8, 12), "WEBP", name);
    assert.ok(bytes.length < LARGEST, `${name}: ${bytes.length} bytes`);
  }
});
