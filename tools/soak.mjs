// `npm run soak`: random faults for as long as you like. Exit code 1 on a lost or doubled message, or any other violation.
import { parseArgs } from "node:util";
import { build } from "./build.mjs";
import { command, options, say, ToolError, wholeNumbers } from "./lib/say.mjs";
import { ensureChrome, ensureMosquitto, setUp } from "./setup.mjs";
import { table } from "./soak/report.mjs";
import { runSoak } from "./soak/run.mjs";

const HELP = `npm run soak -- [options]

  --minutes N      how long faults strike (default 5)
  --version V      MQTT 5 (default) or 3.1.1
  --seed N         of all that is random (default: the clock); printed
  --dist DIR       another build than dist/, which then is not built`;

const NAMES = ["minutes", "version", "seed", "dist"];

const main = async () => {
  const { values } = options(
    () => parseArgs({ options: { ...Object.fromEntries(NAMES.map((name) => [name, { type: /** @type {const} */ ("string") }])), help: { type: "boolean", short: "h" } } }),
    "npm run soak -- --help",
  );
  if (values.help) return say(HELP);
  const given = /** @type {Record<string, string | undefined>} */ (values);
  const number = wholeNumbers(given, "npm run soak -- --help");
  const { version = "5", dist } = given;
  if (version !== "5" && version !== "3.1.1") throw new ToolError(`--version is 5 or 3.1.1, not "${version}".`);
  const parameters = { minutes: number("minutes", 5), version: /** @type {"5" | "3.1.1"} */ (version), seed: number("seed", Date.now() % 1_000_000), dist };
  await Promise.all([ensureChrome(), ensureMosquitto()]);
  if (dist === undefined) await build(await setUp());
  say(`The soak: ${JSON.stringify(parameters)}`);
  const report = await runSoak(parameters, say);
  say(table(report));
  if (report.violationCount > 0) process.exitCode = 1;
};

await command(main);
