// Blocks that quote a file (`from`): each line stands in it, in this order; `…` stands for what is left out.
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { at } from "../../tools/lib/paths.mjs";
import { said } from "./blocks.mjs";

/**
 * @param {import("./blocks.mjs").Block} block
 * @returns {Promise<string>} what is wrong, or ""
 */
export const quoteFault = async (block) => {
  const file = said(block, "from") ?? "";
  if (!existsSync(at(file))) return `there is no ${file}`;
  const lines = (await readFile(at(file), "utf8")).split("\n").map((line) => line.trim());
  let at_ = 0;
  for (const { text, line } of block.lines) {
    const wanted = text.trim();
    if (wanted === "" || /^(\/\/\s*)?…$/.test(wanted)) continue;
    const [begin, end, ...more] = wanted.split("…");
    const matches = (/** @type {string} */ candidate) =>
      more.length === 0 && end !== undefined ? candidate.startsWith(begin.trimEnd()) && candidate.endsWith(end.trimStart()) : candidate === wanted;
    const found = lines.findIndex((candidate, index) => index >= at_ && matches(candidate));
    if (found < 0) return `line ${line} is not in ${file} (any more): ${wanted}`;
    at_ = found + 1;
  }
  return "";
};
