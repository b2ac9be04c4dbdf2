// `npm run bench`: this client, others and the floor, side by side in a real Chromium. NOTES.md says how to read what it writes.
// Imports node built-ins only until set-up has installed the npm packages.
import { readFile, writeFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { build } from "../tools/build.mjs";
import { at } from "../tools/lib/paths.mjs";
import { command, elapsed, options, say, ToolError, wholeNumbers } from "../tools/lib/say.mjs";
import { ensureChrome, ensureMosquitto, setUp } from "../tools/setup.mjs";

const HELP_COMMAND = "npm run bench -- --help";
const HELP = `npm run bench -- [options]

  --only NAME,…         only these workloads: receive, publish, latency, durable, replay, save, load, heap, tasks, mosquitto
  --rows TEXT           only rows that contain this: "QoS 1 · 100 B"
  --contestants NAME,…  only these contestants: ours, floor, mqtt, paho, u8, aws
  --rounds N            default 10
  --seed N              of the order in each round; default: another one each time, which is printed
  --quick               a short run: 3 rounds, fewer sizes, a tenth of the messages for the heap
  --no-build            measures dist/ as it is
  --readme              also writes the block of README.md
  --written             measures nothing: makes RESULTS.md, and with --readme the block, from results.json again

A run of all workloads with all contestants writes bench/results.json and bench/RESULTS.md; any other one is only printed.`;

const paths = { json: at("bench", "results.json"), markdown: at("bench", "RESULTS.md"), readme: at("README.md") };

const main = async () => {
  const { values } = options(
    () =>
      parseArgs({
        options: {
          only: { type: "string" }, rows: { type: "string" }, contestants: { type: "string" }, rounds: { type: "string" }, seed: { type: "string" },
          quick: { type: "boolean" }, "no-build": { type: "boolean" }, readme: { type: "boolean" }, written: { type: "boolean" },
          help: { type: "boolean", short: "h" },
        },
      }),
    HELP_COMMAND,
  );
  if (values.help) return say(HELP);
  const bindgen = await setUp();
  const { CONTESTANTS } = await import("./contestants.mjs");
  const { WORKLOADS } = await import("./workloads/index.mjs");
  const { readmeReport, wholeReport, withBlock } = await import("./report.mjs");

  /** @param {import("./report.mjs").Report} report */
  const write = async (report) => {
    await writeFile(paths.markdown, wholeReport(report, CONTESTANTS, WORKLOADS));
    say(`wrote ${paths.markdown}`);
    if (!values.readme) return;
    const readme = withBlock(await readFile(paths.readme, "utf8"), readmeReport(report, CONTESTANTS, WORKLOADS));
    if (readme === null) throw new ToolError("README.md has no block for the bench: put <!-- bench --> and <!-- /bench --> where it should be.");
    await writeFile(paths.readme, readme);
    say(`wrote ${paths.readme}`);
  };
  if (values.written) return write(JSON.parse(await readFile(paths.json, "utf8")));

  const workloads = chosen(WORKLOADS, values.only, "workload");
  const contestants = chosen(CONTESTANTS, values.contestants, "contestant");
  await ensureChrome();
  if (workloads.some(({ needsBroker }) => needsBroker)) await ensureMosquitto();
  if (!values["no-build"]) await build(bindgen);

  const number = wholeNumbers({ rounds: values.rounds, seed: values.seed }, HELP_COMMAND);
  const quick = values.quick ?? false;
  const rounds = number("rounds", quick ? 3 : 10);
  const seed = number("seed", Math.floor(Math.random() * 1_000_000));
  const report = await measure({ workloads, contestants, rows: values.rows ?? "", quick, rounds, seed });
  say(`\n${wholeReport(report, contestants, workloads)}`);
  if (values.only !== undefined || values.contestants !== undefined || values.rows !== undefined || quick) return;
  await writeFile(paths.json, `${JSON.stringify(report)}\n`);
  await write(report);
};

/**
 * @param {Omit<Parameters<typeof import("./run.mjs").runBench>[0], "onProgress">} what
 * @returns {Promise<import("./report.mjs").Report>}
 */
const measure = async (what) => {
  const { releaseOf } = await import("./contestants.mjs");
  const { machine } = await import("./machine.mjs");
  const { runBench } = await import("./run.mjs");
  const { measure: sizes } = await import("../tools/size.mjs");
  const since = Date.now();
  const given = process.argv.slice(2);
  const { contestants, rounds, seed, quick } = what;
  say(`seed ${seed}`);
  const { results, chromium, broker } = await runBench({ ...what, onProgress: (line) => say(`${elapsed(since).padStart(12)}  ${line}`) });
  const releases = Object.fromEntries(await Promise.all(contestants.map(async (contestant) => [contestant.name, await releaseOf(contestant)])));
  const circumstances = {
    date: new Date().toISOString().slice(0, 10), command: ["npm run bench", ...(given.length > 0 ? ["--", ...given] : [])].join(" "),
    seed, rounds, quick, took: elapsed(since), machine: machine(), chromium, node: process.versions.node, broker, releases, size: (await sizes()).total,
  };
  return { circumstances, results };
};

/**
 * @template {{ name: string }} T
 * @param {T[]} all
 * @param {string | undefined} names with commas between them
 * @param {string} what
 */
const chosen = (all, names, what) => {
  if (names === undefined) return all;
  return names.split(",").map((name) => {
    const found = all.find((one) => one.name === name);
    if (found) return found;
    throw new ToolError(`There is no ${what} "${name}": ${all.map((one) => one.name).join(", ")}.`);
  });
};

await command(main);
