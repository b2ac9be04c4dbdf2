// Links between documents: each leads to a file that is there, and to a heading that is in it.
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { dirname, join, normalize } from "node:path";
import { at } from "../../tools/lib/paths.mjs";

/** @param {string} text without code, in which brackets are no links */
const prose = (text) => {
  let inside = "";
  return text.split("\n").map((line) => {
    const [, fence = ""] = /^\s*(`{3,}|~{3,})/.exec(line) ?? [];
    if (inside === "" ? fence : line.trim().startsWith(inside)) {
      inside = inside === "" ? fence : "";
      return "";
    }
    return inside === "" ? line.replace(/`[^`]*`/g, (code) => "`".padEnd(code.length - 1) + "`") : "";
  });
};

/**
 * @param {string} file
 * @param {string} text
 * @returns {Promise<string[]>} what leads nowhere
 */
export const linkFaults = async (file, text) => {
  const faults = [];
  for (const [index, line] of prose(text).entries()) {
    for (const [, inText, inTag] of line.matchAll(/\]\(<?([^)>\s]+)>?(?:\s+"[^"]*")?\)|(?:src|srcset|href)="([^"]+)"/g)) {
      const link = inText ?? inTag;
      if (!link || /^[a-z]+:/.test(link)) continue;
      const [path, anchor] = link.split("#");
      const target = path === "" ? file : normalize(join(dirname(file), decodeURIComponent(path)));
      if (!existsSync(at(target))) faults.push(`line ${index + 1}: there is no ${target}`);
      else if (anchor && target.endsWith(".md") && !(await anchors(target)).has(anchor)) faults.push(`line ${index + 1}: ${target} has no heading #${anchor}`);
    }
  }
  return faults;
};

/** The headings of a document as its links name them. @param {string} file */
const anchors = async (file) => {
  const text = await readFile(at(file), "utf8");
  /** @type {Set<string>} */
  const names = new Set([...text.matchAll(/<a (?:id|name)="([^"]+)"/g)].map(([, name]) => name));
  for (const [, heading] of text.matchAll(/^#{1,6}\s+(.+?)\s*#*$/gm)) {
    const plain = heading.replace(/\[([^\]]*)\]\([^)]*\)/g, "$1").toLowerCase();
    const name = plain.replace(/[^\p{L}\p{N}\s_-]/gu, "").trim().replaceAll(" ", "-");
    let free = name;
    for (let more = 1; names.has(free); more += 1) free = `${name}-${more}`;
    names.add(free);
  }
  return names;
};
