// `npm run slow-link`: a million messages through a slow link, out and in, at QoS 0 and 1. What the page takes up must not grow with them:
// exit code 1 when it does, or when a message is missing.
import { parseArgs } from "node:util";
import { build } from "./build.mjs";
import { command, options, say, wholeNumbers } from "./lib/say.mjs";
import { ensureChrome, setUp } from "./setup.mjs";
import { faultsOf, heading, lineOf } from "./slow-link/report.mjs";
import { runSlowLink } from "./slow-link/run.mjs";

const HELP = `npm run slow-link -- [options]

  --messages N             each way (default 1000000)
  --bytes N                in each payload (default 40)
  --bytes-per-second N     that the link from the page carries (default 4000000)
  --send-high-water-mark N the client's option, in bytes (default 1048576)`;

const NAMES = ["messages", "bytes", "bytes-per-second", "send-high-water-mark"];

const main = async () => {
  const { values } = options(
    () => parseArgs({ options: { ...Object.fromEntries(NAMES.map((name) => [name, { type: /** @type {const} */ ("string") }])), help: { type: "boolean", short: "h" } } }),
    "npm run slow-link -- --help",
  );
  if (values.help) return say(HELP);
  const number = wholeNumbers(/** @type {Record<string, string | undefined>} */ (values), "npm run slow-link -- --help");
  const parameters = {
    messages: number("messages", 1_000_000), pad: number("bytes", 40),
    bytesPerSecond: number("bytes-per-second", 4_000_000), sendHighWaterMark: number("send-high-water-mark", 2 ** 20),
  };
  await ensureChrome();
  await build(await setUp());
  say(`A slow link: ${JSON.stringify(parameters)}\n${heading()}`);
  const results = await runSlowLink(parameters, { onResult: (result) => say(lineOf(result)) });
  const faults = results.flatMap((result) => faultsOf(result, parameters));
  for (const fault of faults) say(`✗ ${fault}`);
  if (faults.length > 0) process.exitCode = 1;
  else say("✓ memory flat, every message there, in order");
};

await command(main);
