// `npm run ordeal`: does the durable session keep its promise? A real page in a real Chromium, behind a proxy that cuts, in
// front of a real Mosquitto, is killed, reloaded and cut off hundreds of times while numbered messages go both ways; then every
// message is counted at the other end and every packet is looked at. Exit code 1 on any violation.
import { writeFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { build } from "./build.mjs";
import { command, options, say, ToolError, wholeNumbers } from "./lib/say.mjs";
import { table } from "./ordeal/report.mjs";
import { runOrdeal } from "./ordeal/run.mjs";
import { ensureChrome, ensureMosquitto, setUp } from "./setup.mjs";

const HELP = `npm run ordeal -- [options]

  --messages N     numbered messages, each way (default 10000)
  --kills N        SIGKILLs of the page's renderer process (default 300)
  --reloads N      reloads of the page (default 300)
  --cuts N         cuts of the link, each at a random byte (default 1000)
  --version V      MQTT 5 (default) or 3.1.1
  --qos Q          2 (default) or 1
  --seed N         of all that is random (default: the clock); printed
  --minutes N      after so many no more faults strike (default 120)
  --json FILE      the figures and violations as JSON, too
  --dist DIR       another build than dist/, which then is not built
  --entry FILE     its module (default index.js)`;

/** @type {import("node:util").ParseArgsConfig["options"]} */
const OPTIONS = {
  ...Object.fromEntries(
    ["messages", "kills", "reloads", "cuts", "version", "qos", "seed", "minutes", "json", "dist", "entry"].map((name) => [name, { type: "string" }]),
  ),
  help: { type: "boolean", short: "h" },
};

const main = async () => {
  const values = /** @type {Record<string, string | undefined>} */ (options(() => parseArgs({ options: OPTIONS }), "npm run ordeal -- --help").values);
  if (values.help) return say(HELP);
  const number = wholeNumbers(values, "npm run ordeal -- --help");
  const { version = "5", qos = "2", dist, entry, json } = values;
  if (version !== "5" && version !== "3.1.1") throw new ToolError(`--version is 5 or 3.1.1, not "${version}".`);
  if (qos !== "2" && qos !== "1") throw new ToolError(`--qos is 2 or 1, not "${qos}".`);
  const parameters = {
    messages: number("messages", 10_000), kills: number("kills", 300), reloads: number("reloads", 300), cuts: number("cuts", 1000),
    version: /** @type {"5" | "3.1.1"} */ (version), qos: /** @type {1 | 2} */ (Number(qos)),
    seed: number("seed", Date.now() % 1_000_000), minutes: number("minutes", 120), dist, entry,
  };
  await Promise.all([ensureChrome(), ensureMosquitto()]);
  if (dist === undefined) await build(await setUp());
  say(`The ordeal: ${JSON.stringify(parameters)}`);
  const report = await runOrdeal(parameters, say);
  say(table(report));
  if (json) await writeFile(json, `${JSON.stringify(report, null, 2)}\n`);
  if (report.violationCount > 0) process.exitCode = 1;
};

await command(main);
