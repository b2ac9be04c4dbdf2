// The broker of mqttv5-cli: the only one at hand that authenticates by SCRAM. Built once, into .tools/mqttv5/.
import { join } from "node:path";
import { toolsDir } from "../lib/paths.mjs";
import { run, step } from "../lib/run.mjs";

const VERSION = "0.29.10";
const home = join(toolsDir, "mqttv5");

/** @returns {Promise<{ program: string, name: string }>} */
export const ensureMqttv5 = async () => {
  const program = join(home, "bin", "mqttv5");
  const asked = await run(program, ["--version"]);
  if (asked.code !== 0 || !asked.stdout.includes(VERSION)) {
    // Without --locked: the locked set names crate versions that registries have dropped. Without optimisation: it need not be fast.
    const args = ["install", "--debug", `mqttv5-cli@${VERSION}`, "--root", home, "--force"];
    await step(`Building the broker mqttv5 ${VERSION} (4 to 8 minutes, once)`, "cargo", args, {
      advice: `mqttv5 could not be built (see above): run \`cargo ${args.slice(0, 3).join(" ")}\` to see why.`,
    });
  }
  return { program, name: `mqttv5-cli ${VERSION}` };
};
