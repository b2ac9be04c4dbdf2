// `npm run model`: random histories of a durable session against a model (tests/model.rs), many more of them than
// `npm test` tries. MODEL_CASES says how many, 100,000 unless it is set. The nightly form of the test.
import { command, say, ToolError } from "./lib/say.mjs";
import { run } from "./lib/run.mjs";
import { setUp } from "./setup.mjs";

await command(async () => {
  const cases = process.env.MODEL_CASES ?? "100000";
  if (!/^[1-9]\d*$/.test(cases)) throw new ToolError(`MODEL_CASES is "${cases}": it has to be a number above 0.`);
  await setUp();
  say(`${cases} histories, half of them in each version …`);
  const args = ["test", "--profile", "model", "--test", "model", "--", "--nocapture"];
  const { code } = await run("cargo", args, { env: { MODEL_CASES: cases }, show: true });
  if (code !== 0) throw new ToolError("a history differs from the model: it is printed above, shrunk");
});
