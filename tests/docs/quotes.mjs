// Blocks that quote a file (`from`): each line stands in it, in this order; `…` stands for what is left out.
import { readFile } from "node:fs/promises";
import { filesBelow } from "../../tools/lib/hash.mjs";
import { at } from "../../tools/lib/paths.mjs";
import { said } from "./blocks.mjs";

/** @typedef {import("./blocks.mjs").Block} Block */

/**
 * @param {Block} block
 * @returns {Promise<string>} what is wrong, or ""
 */
export const quoteFault = async (block) => {
  const named = said(block, "from") ?? "";
  const files = await filesBelow(named.split(/\s+/).map((path) => at(path)));
  if (files.length === 0) return `there is no ${named}`;
  const faults = await Promise.all(files.map(async (file) => faultIn(block, await readFile(file, "utf8"))));
  return faults.includes("") ? "" : `${faults[0]} in ${named}`;
};

/**
 * @param {Block} block
 * @param {string} text
 */
const faultIn = (block, text) => {
  const lines = text.split("\n").map((line) => line.trim());
  let from = 0;
  for (const { text, line } of block.lines) {
    const wanted = text.trim();
    if (wanted === "" || wanted === "…") continue;
    const [begin, end, ...more] = wanted.split("…");
    const isIt = (/** @type {string} */ candidate) =>
      end !== undefined && more.length === 0 ? candidate.startsWith(begin.trimEnd()) && candidate.endsWith(end.trimStart()) : candidate === wanted;
    const found = lines.findIndex((candidate, index) => index >= from && isIt(candidate));
    if (found < 0) return `line ${line} is not (any more): ${wanted}`;
    from = found + 1;
  }
  return "";
};
