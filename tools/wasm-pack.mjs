// `npm run wasm-pack -- test --headless --chrome`: wasm-pack with what it needs, set up where it is missing. Whatever
// else it can do, it can do here, too; `test` alone gets what makes it reliable without a network.
import { delimiter } from "node:path";
import { at } from "./lib/paths.mjs";
import { run, which } from "./lib/run.mjs";
import { command, ToolError } from "./lib/say.mjs";
import { besideBindgen, installWasmPack } from "./setup/wasm-pack.mjs";
import { ensureChrome, setUp } from "./setup.mjs";

await command(async () => {
  const [verb, ...rest] = process.argv.slice(2);
  if (!verb) throw new ToolError("Say what wasm-pack is to do: `npm run wasm-pack -- test --headless --chrome`, or `build`.");
  const bindgen = await setUp();
  const program = await installWasmPack();
  const path = [await besideBindgen(bindgen), at("node_modules", ".bin"), process.env.PATH].join(delimiter);
  const args = [verb, ...rest];
  if (verb === "test" && rest.includes("--chrome") && !rest.includes("--chromedriver")) {
    // The runner drives the browser without one; but wasm-pack would download it.
    args.push("--chromedriver", (await which("chromedriver")) ?? (await ensureChrome()));
  }
  const { code } = await run(program, args, { env: { PATH: path, CHROME_PATH: await ensureChrome() }, show: true });
  if (code !== 0) throw new ToolError(`wasm-pack ${verb} failed with code ${code} (see above).`);
});
