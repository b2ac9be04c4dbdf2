// `npm run fuzz -- [--minutes N] [--stable] [target …]`: the fuzz targets (fuzz/), each for N minutes, 10 unless it is said.
// With libFuzzer, which looks for inputs that reach new code; where that cannot be built, and with --stable, with the mutator
// of tests/fuzz.rs, which does not. What is done with the inputs is the same: fuzz/bodies.
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { at, toolsDir } from "./lib/paths.mjs";
import { isExecutable, run, step, which } from "./lib/run.mjs";
import { command, options, say, ToolError, wholeNumbers } from "./lib/say.mjs";
import { setUp } from "./setup.mjs";

/** The targets, and the test of tests/fuzz.rs that runs the body of each. */
const TARGETS = {
  frames: "a_stream_gives_the_same_packets_however_it_is_cut",
  packets: "what_is_decoded_is_encoded_and_decoded_to_the_same",
  session_string: "a_saved_session_is_refused_or_restored_to_what_saves_to_the_same",
  records: "records_are_read_or_put_aside_and_what_is_written_then_is_what_is_held",
  machine: "the_machine_keeps_its_rules_whatever_happens_to_it",
  model: "no_history_read_off_bytes_differs_from_the_model",
};

const VERSION = "0.13.2";

const HELP = `npm run fuzz -- [--minutes N] [--stable] [target …]

  --minutes N   how long each target is run; 10 unless it is said
  --stable      with the mutator of tests/fuzz.rs instead of libFuzzer

Targets: ${Object.keys(TARGETS).join(", ")}; all unless some are named.`;

/** cargo-fuzz, or null where it cannot be had. */
const cargoFuzz = async () => {
  const local = join(toolsDir, "bin", "cargo-fuzz");
  if (await isExecutable(local)) return local;
  const installed = await which("cargo-fuzz");
  if (installed) return installed;
  const args = ["install", "cargo-fuzz", "--version", VERSION, "--root", toolsDir];
  const built = await step(`Building cargo-fuzz ${VERSION} (a few minutes, once)`, "cargo", args, { advice: "" }).catch(() => null);
  return built && local;
};

/** Whether the targets can be built with libFuzzer; builds them. Without sanitizers, which need a nightly compiler. */
const builds = async (/** @type {string} */ program) => {
  say("Building the targets with libFuzzer …");
  const { code } = await run(program, ["fuzz", "build", "-s", "none"], { show: true });
  return code === 0;
};

const withLibFuzzer = async (/** @type {string} */ program, /** @type {string} */ target, /** @type {number} */ minutes) => {
  const corpus = at("fuzz", "corpus", target);
  await mkdir(corpus, { recursive: true });
  const limits = [`-max_total_time=${60 * minutes}`, "-max_len=4096", "-timeout=20", "-print_final_stats=1"];
  const args = ["fuzz", "run", "-s", "none", target, corpus, at("fuzz", "seeds", target), "--", ...limits];
  return run(program, args, { show: true });
};

const withMutator = (/** @type {keyof typeof TARGETS} */ target, /** @type {number} */ minutes) => {
  const env = { FUZZ_MINUTES: String(minutes), FUZZ_SEED: String(Date.now()) };
  const args = ["test", "--profile", "model", "--test", "fuzz", "--", "--nocapture", "--exact", TARGETS[target]];
  return run("cargo", args, { env, show: true });
};

await command(async () => {
  const { values, positionals } = options(
    () =>
      parseArgs({
        options: { minutes: { type: "string" }, stable: { type: "boolean" }, help: { type: "boolean", short: "h" } },
        allowPositionals: true,
      }),
    "npm run fuzz -- --help",
  );
  if (values.help) return say(HELP);
  const minutes = wholeNumbers({ minutes: values.minutes }, "npm run fuzz -- --help")("minutes", 10);
  if (minutes === 0) throw new ToolError("--minutes takes a number above 0.");
  const unknown = positionals.find((name) => !(name in TARGETS));
  if (unknown !== undefined) throw new ToolError(`There is no target "${unknown}": \`npm run fuzz -- --help\` lists them.`);
  const names = /** @type {(keyof typeof TARGETS)[]} */ (positionals.length > 0 ? positionals : Object.keys(TARGETS));

  await setUp();
  const program = values.stable ? null : await cargoFuzz();
  const coverage = program !== null && (await builds(program)) ? program : null;
  if (!coverage) say("Without libFuzzer: inputs are drawn by the mutator of tests/fuzz.rs, which does not see what they reach.");
  /** @type {string[]} */
  const failed = [];
  for (const name of names) {
    say(`\n━━ ${name}, ${minutes} min`);
    const { code } = coverage ? await withLibFuzzer(coverage, name, minutes) : await withMutator(name, minutes);
    if (code !== 0) failed.push(name);
  }
  if (failed.length > 0) throw new ToolError(`found something: ${failed.join(", ")}; the inputs are named above.`);
});
