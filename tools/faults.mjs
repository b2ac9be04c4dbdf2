// `npm run faults`: does an ordinary client keep exactly once, in order, by itself, whatever becomes of the link? QoS 2 both ways
// between a page in a real Chromium and a real Mosquitto, for each version, chunking and kind of client. Exit code 1 on any violation.
import { parseArgs } from "node:util";
import { build } from "./build.mjs";
import { heading, lineOf } from "./faults/report.mjs";
import { CHUNKINGS, runFaults } from "./faults/run.mjs";
import { command, options, say, ToolError, wholeNumbers } from "./lib/say.mjs";
import { ensureChrome, ensureMosquitto, setUp } from "./setup.mjs";

const HELP = `npm run faults -- [options]

  --messages N     numbered messages, each way and run (default 2000)
  --cuts N         cuts of the link in each run, each at a random byte (default 250); beside them a tenth as many drops, stalls and delays
  --version V      only MQTT 5, or only 3.1.1
  --chunking C     only one of: ${Object.keys(CHUNKINGS).join("; ")}
  --client K       only durable, or only plain
  --seed N         of all that is random (default: the clock); printed
  --minutes N      of each run, after which no more faults strike (default 20)
  --dist DIR       another build than dist/, which then is not built`;

const NAMES = ["messages", "cuts", "version", "chunking", "client", "seed", "minutes", "dist"];

/**
 * @param {string} name
 * @param {string | undefined} given
 * @param {string[]} all
 */
const oneOf = (name, given, all) => {
  if (given === undefined) return all;
  if (all.includes(given)) return [given];
  throw new ToolError(`--${name} is one of ${all.join("; ")}, not "${given}".`);
};

const main = async () => {
  const { values } = options(
    () => parseArgs({ options: { ...Object.fromEntries(NAMES.map((name) => [name, { type: /** @type {const} */ ("string") }])), help: { type: "boolean", short: "h" } } }),
    "npm run faults -- --help",
  );
  if (values.help) return say(HELP);
  const given = /** @type {Record<string, string | undefined>} */ (values);
  const number = wholeNumbers(given, "npm run faults -- --help");
  const parameters = { messages: number("messages", 2000), cuts: number("cuts", 250), seed: number("seed", Date.now() % 1_000_000), minutes: number("minutes", 20), dist: given.dist };
  const versions = /** @type {Array<"5" | "3.1.1">} */ (oneOf("version", given.version, ["5", "3.1.1"]));
  const chunkings = oneOf("chunking", given.chunking, Object.keys(CHUNKINGS));
  const clients = oneOf("client", given.client, ["plain", "durable"]);
  await Promise.all([ensureChrome(), ensureMosquitto()]);
  if (given.dist === undefined) await build(await setUp());
  say(`The faults: ${JSON.stringify(parameters)}\n${heading()}`);
  for (const version of versions) {
    for (const chunking of chunkings) {
      for (const client of clients) {
        const report = await runFaults({ ...parameters, version, chunking, durable: client === "durable" });
        say(lineOf(report));
        if (report.violationCount > 0) process.exitCode = 1;
      }
    }
  }
};

await command(main);
