// `npm run size`: what a page downloads to connect, publish and subscribe with durable sessions; what of it is the
// largest; and one line with the total.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import { build, namedModule } from "./build.mjs";
import { distDir } from "./lib/paths.mjs";
import { command, say } from "./lib/say.mjs";
import { setUp } from "./setup.mjs";
import { functions, rooms } from "./size/functions.mjs";

/** All that is loaded; nothing is loaded later. */
const FILES = ["index.js", "mqtt_mooring_bg.wasm"];
/** How many of the largest are named. */
const NAMED = 25;

/** What issue 6 asks for, in bytes. */
export const BUDGET = { gzip: 60_000, brotli: 52_000 };
/** What is held: it may only ever be lowered. */
export const LIMIT = { gzip: 106_200, brotli: 94_200 };

/** @typedef {{ raw: number, gzip: number, brotli: number }} Size */

/**
 * @param {Uint8Array} bytes
 * @returns {Size}
 */
const sizeOf = (bytes) => ({
  raw: bytes.length,
  gzip: gzipSync(bytes, { level: 9, memLevel: 9 }).length,
  brotli: brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_LGWIN]: 24 } }).length,
});

/** @returns {Promise<{ files: { name: string, size: Size }[], total: Size }>} of what is in dist/ */
export const measure = async () => {
  const files = await Promise.all(FILES.map(async (name) => ({ name, size: sizeOf(await readFile(join(distDir, name))) })));
  const sum = (/** @type {keyof Size} */ of) => files.reduce((all, { size }) => all + size[of], 0);
  return { files, total: { raw: sum("raw"), gzip: sum("gzip"), brotli: sum("brotli") } };
};

/** @param {Size} total */
export const totalLine = ({ raw, gzip, brotli }) => `total: ${raw} bytes raw, ${gzip} gzip, ${brotli} brotli`;

/** @param {import("./size/functions.mjs").Weight} weight */
const line = ({ name, bytes }) => `${String(bytes).padStart(9)}  ${name.length > 110 ? `${name.slice(0, 109)}…` : name}`;

const main = async () => {
  await build(await setUp());
  const { files, total } = await measure();
  const weights = functions(new Uint8Array(await readFile(namedModule)));
  say(`\nThe rooms of the module, bytes of code before compression (${weights.length} functions):`);
  for (const room of rooms(weights).slice(0, NAMED)) say(line(room));
  say("\nIts largest functions:");
  for (const weight of weights.slice(0, NAMED)) say(line(weight));
  say(`\n${"bytes raw".padStart(31)}${"gzip".padStart(9)}${"brotli".padStart(9)}`);
  for (const { name, size } of files) {
    say(`${name.padEnd(22)}${String(size.raw).padStart(9)}${String(size.gzip).padStart(9)}${String(size.brotli).padStart(9)}`);
  }
  say(totalLine(total));
};

if (process.argv[1] === fileURLToPath(import.meta.url)) await command(main);
