// One test for each script: all its cases, one after the other, in one world.
import { after, before, describe, test } from "node:test";
import { examine } from "../../tools/peer/examine.mjs";
import { readScripts } from "../../tools/peer/script.mjs";

/**
 * @param {string} title
 * @param {number} concurrency how many scripts are under way at a time
 * @param {() => Promise<import("../../tools/peer/worlds.mjs").Worlds>} open
 * @param {(script: import("../../tools/peer/script.mjs").Case) => boolean} takes which scripts are meant
 */
export const goThroughScripts = async (title, concurrency, open, takes) => {
  /** @type {Map<string, import("../../tools/peer/script.mjs").Case[]>} */
  const scripts = new Map();
  for (const one of (await readScripts()).filter(takes)) {
    const name = one.name.replace(/ \[.*/, "");
    scripts.set(name, [...(scripts.get(name) ?? []), one]);
  }
  describe(title, { concurrency }, () => {
    /** @type {import("../../tools/peer/worlds.mjs").Worlds} */
    let worlds;
    before(async () => {
      worlds = await open();
    });
    after(() => worlds.stop());
    for (const [name, cases] of scripts) {
      test(name, () =>
        worlds.within(async (world) => {
          for (const one of cases) await examine(one, world);
        }),
      );
    }
  });
};
