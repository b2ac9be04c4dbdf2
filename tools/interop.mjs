// `npm run interop`: the built package in a real Chromium against six real brokers, feature by feature, in both versions. Installs what is missing, starts and stops each, and writes docs/interop.md.
// Exit code 1 when anything is our fault.
import { writeFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { build } from "./build.mjs";
import { at } from "./lib/paths.mjs";
import { command, elapsed, options, say, ToolError } from "./lib/say.mjs";
import { BROKERS } from "./interop/brokers.mjs";
import { allFeatures } from "./interop/matrix.mjs";
import { document, summary } from "./interop/report.mjs";
import { runMatrix, VERSIONS } from "./interop/run.mjs";
import { ensureChrome, setUp } from "./setup.mjs";

const HELP = `npm run interop -- [options] [BROKER …]

BROKER: ${Object.entries(BROKERS).map(([key, { title }]) => `${key} (${title})`).join(", ")}; default: all of them, and only then docs/interop.md is written.

  --version V      only MQTT 5, or only 3.1.1
  --only TEXT      only features whose name has this text in it
  --out FILE       write the table there, whatever was run`;

const main = async () => {
  const { values, positionals } = options(
    () => parseArgs({ allowPositionals: true, options: { version: { type: "string" }, only: { type: "string" }, out: { type: "string" }, help: { type: "boolean", short: "h" } } }),
    "npm run interop -- --help",
  );
  if (values.help) return say(HELP);
  const unknown = positionals.find((key) => !(key in BROKERS));
  if (unknown !== undefined) throw new ToolError(`There is no broker "${unknown}": \`npm run interop -- --help\` lists them.`);
  const versions = VERSIONS.filter((version) => values.version === undefined || version === values.version);
  if (versions.length === 0) throw new ToolError(`--version is 5 or 3.1.1, not "${values.version}".`);
  const text = values.only?.toLowerCase() ?? "";
  const only = (/** @type {string} */ name) => name.toLowerCase().includes(text);
  if (!allFeatures().some(({ name }) => only(name))) throw new ToolError(`No feature has "${values.only}" in its name; docs/interop.md lists them.`);
  const keys = positionals.length > 0 ? positionals : Object.keys(BROKERS);

  const since = Date.now();
  await ensureChrome();
  await build(await setUp());
  for (const key of keys) await BROKERS[key].ensure();
  const { columns, browser } = await runMatrix({ keys, only, versions }, say);
  const isWhole = keys.length === Object.keys(BROKERS).length && versions.length === VERSIONS.length && text === "";
  const file = values.out ?? (isWhole ? at("docs", "interop.md") : null);
  const written = `npm run interop${process.argv.slice(2).length > 0 ? ` -- ${process.argv.slice(2).join(" ")}` : ""}`;
  const date = new Date().toISOString().slice(0, 10);
  if (file) await writeFile(file, document({ columns, browser, command: written, date }));
  say(`\n${summary(columns)} (${elapsed(since)})${file ? `: ${file}` : ""}`);
  if (columns.some(({ results }) => results.some(({ status }) => status === "FAIL"))) process.exitCode = 1;
};

await command(main);
// Whatever a broker's connection has left behind must not keep the command.
process.exit();
