// `npm run bench`: this client, others and the floor, side by side in a real Chromium. `npm run bench -- --help` tells its options.
// Imports node built-ins only until set-up has installed the npm packages.
import { parseArgs } from "node:util";
import { build } from "../tools/build.mjs";
import { command, elapsed, options, say, ToolError, wholeNumbers } from "../tools/lib/say.mjs";
import { ensureChrome, setUp } from "../tools/setup.mjs";

const HELP = `npm run bench -- [options]

  --only NAME,…         only these workloads
  --contestants NAME,…  only these contestants
  --rounds N            default 10
  --seed N              of the order in each round; default: another one each time, which is printed
  --quick               a short run: 3 rounds, fewer cells
  --no-build            measures dist/ as it is`;

const main = async () => {
  const { values } = options(
    () =>
      parseArgs({
        options: {
          only: { type: "string" }, contestants: { type: "string" }, rounds: { type: "string" }, seed: { type: "string" },
          quick: { type: "boolean" }, "no-build": { type: "boolean" }, help: { type: "boolean", short: "h" },
        },
      }),
    "npm run bench -- --help",
  );
  if (values.help) return say(HELP);
  await ensureChrome();
  const bindgen = await setUp();
  if (!values["no-build"]) await build(bindgen);

  const { CONTESTANTS } = await import("./contestants.mjs");
  const { WORKLOADS } = await import("./workloads/index.mjs");
  const { runBench } = await import("./run.mjs");
  const { tableOf } = await import("./table.mjs");
  const number = wholeNumbers({ rounds: values.rounds, seed: values.seed }, "npm run bench -- --help");
  const quick = values.quick ?? false;
  const rounds = number("rounds", quick ? 3 : 10);
  const seed = number("seed", Math.floor(Math.random() * 1_000_000));
  const workloads = chosen(WORKLOADS, values.only, "workload");
  const contestants = chosen(CONTESTANTS, values.contestants, "contestant");
  const since = Date.now();
  say(`seed ${seed}`);
  const { results, chromium } = await runBench({ rounds, seed, quick, contestants, workloads, onProgress: (line) => say(`${elapsed(since).padStart(12)}  ${line}`) });
  say(`\nChromium ${chromium}, ${rounds} rounds, seed ${seed}, ${elapsed(since)}\n`);
  for (const workload of workloads) say(tableOf(workload, contestants, results));
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
