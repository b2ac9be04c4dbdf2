// The scripts of tests/peer/scripts, each against the native peer driver on plain TCP and against the page over WebSocket.
import { after, before, describe, test } from "node:test";
import { examine } from "../../tools/peer/examine.mjs";
import { readScripts } from "../../tools/peer/script.mjs";
import { NATIVE_WORLDS, nativeWorlds, PAGE_WORLDS, pageWorlds } from "../../tools/peer/worlds.mjs";

const scripts = await readScripts();

/**
 * @param {string} title
 * @param {number} concurrency
 * @param {() => Promise<import("../../tools/peer/worlds.mjs").Worlds>} open
 * @param {(only: string) => boolean} takes
 */
const goThrough = (title, concurrency, open, takes) =>
  describe(title, { concurrency }, () => {
    /** @type {import("../../tools/peer/worlds.mjs").Worlds} */
    let worlds;
    before(async () => {
      worlds = await open();
    });
    after(() => worlds.stop());
    for (const script of scripts.filter(({ only }) => takes(only))) {
      test(script.name, () => worlds.within((world) => examine(script, world)));
    }
  });

goThrough("native, plain TCP", NATIVE_WORLDS, nativeWorlds, (only) => only === "" || only === "native");
goThrough("page, WebSocket", PAGE_WORLDS, pageWorlds, (only) => only !== "native");
