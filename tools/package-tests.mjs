// `npm run package-tests`: the package as npm installs it, in every target: each bundler, pages and workers without one, Node, servers that
// render pages, and the compiler that reads its types. `npm test` runs tests/package/quick of it.
// Imports node built-ins only until set-up has installed the npm packages.
import { build } from "./build.mjs";
import { command, say } from "./lib/say.mjs";
import { ensureChrome, setUp } from "./setup.mjs";
import { nodeTests } from "./test/node.mjs";

await command(async () => {
  await build(await setUp());
  await ensureChrome();
  const { passed, failed, note } = await nodeTests("tests/package");
  say(`\n${passed} passed, ${failed} failed${note ? ` (${note})` : ""}`);
  if (failed > 0) process.exitCode = 1;
});
