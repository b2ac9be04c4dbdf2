// `npm run peer [-- PATTERN]`: goes through the scripts of tests/peer/scripts whose names contain PATTERN, as a server on plain TCP
// against the native peer driver, and over WebSocket against the page in headless Chromium. docs/peer.md describes the scripts.
import { parseArgs } from "node:util";
import { build } from "./build.mjs";
import { command, elapsed, options, say, ToolError } from "./lib/say.mjs";
import { ensureChrome, setUp } from "./setup.mjs";

const HELP = `npm run peer -- [PATTERN] [--native] [--page] [--list]

  PATTERN    only scripts whose names contain it: publish/, "publish/qos-3 [5]"
  --native   only against examples/peer, over plain TCP
  --ws       only against examples/peer, over WebSocket
  --page     only against www/peer.html in Chromium
  --list     tells what there is, and runs nothing`;

const main = async () => {
  const { values, positionals } = options(
    () =>
      parseArgs({
        allowPositionals: true,
        options: {
          native: { type: "boolean" },
          ws: { type: "boolean" },
          page: { type: "boolean" },
          list: { type: "boolean" },
          help: { type: "boolean", short: "h" },
        },
      }),
    "npm run peer -- --help",
  );
  if (values.help) return say(HELP);
  const bindgen = await setUp();
  const { readScripts } = await import("./peer/script.mjs");
  const scripts = await readScripts(positionals.join(" "));
  if (scripts.length === 0) throw new ToolError(`No script's name contains "${positionals.join(" ")}": npm run peer -- --list tells them all.`);
  if (values.list) return scripts.forEach(({ name, title }) => say(`${name}  ${title}`));

  const worlds = await import("./peer/worlds.mjs");
  const all = !values.native && !values.ws && !values.page;
  let failed = 0;
  if (all || values.native) {
    failed += await goThrough("native, plain TCP", scripts.filter(worlds.isForTcp), await worlds.nativeWorlds());
  }
  if (values.ws) {
    const meant = scripts.filter(worlds.isForWebSocket);
    failed += await goThrough("native, WebSocket", meant, await worlds.nativeWorlds({ websocket: true }));
  }
  if (all || values.page) {
    await ensureChrome();
    await build(bindgen);
    failed += await goThrough("page, WebSocket", scripts.filter(worlds.isForThePage), await worlds.pageWorlds());
  }
  if (failed > 0) process.exitCode = 1;
};

/**
 * @param {string} title
 * @param {import("./peer/script.mjs").Case[]} scripts
 * @param {import("./peer/worlds.mjs").Worlds} worlds
 */
const goThrough = async (title, scripts, worlds) => {
  const { examine } = await import("./peer/examine.mjs");
  const since = Date.now();
  let failed = 0;
  try {
    await Promise.all(
      scripts.map(async (script) => {
        try {
          await worlds.within((world) => examine(script, world));
        } catch (error) {
          failed += 1;
          say(`\n✗ ${script.name}\n${/** @type {Error} */ (error).message}`);
        }
      }),
    );
  } finally {
    await worlds.stop();
  }
  say(`${failed > 0 ? "✗" : "✓"} ${title}: ${scripts.length - failed} passed, ${failed} failed (${elapsed(since)})`);
  return failed;
};

await command(main);
