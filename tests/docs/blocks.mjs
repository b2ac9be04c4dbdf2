// What lies in the documents: their fenced code blocks, with the marks that stand before them in HTML comments. How authors
// write them is told in docs.test.mjs.
import { readFile } from "node:fs/promises";
import { at } from "../../tools/lib/paths.mjs";

/** What an HTML comment before a block may begin with. */
const MARKS = ["not run", "checked only", "runs in", "needs", "with", "after", "until", "ends with", "survives", "page", "from", "printed"];

/**
 * @typedef {{ text: string, line: number }} Line with its number in the document
 * @typedef {object} Block
 * @property {string} file from the repository's root
 * @property {number} line of its fence
 * @property {string} name for people: `README.md:34`
 * @property {string} language "" where the fence names none
 * @property {Line[]} lines
 * @property {Map<string, Line[]>} marks
 * @property {string[]} faults in how it is marked
 */

const FENCE = /^(\s*)(`{3,}|~{3,})\s*([\w+-]*)/;

/**
 * @param {string} file
 * @param {string} text Markdown
 * @returns {Block[]}
 */
export const blocksOf = (file, text) => {
  const all = text.split("\n");
  /** @type {Block[]} */
  const blocks = [];
  /** @type {Line[][]} the comments since the last line that is neither a comment nor empty */
  let comments = [];
  for (let at = 0; at < all.length; at += 1) {
    const fence = FENCE.exec(all[at]);
    if (fence) {
      const [, indent, marker, language] = fence;
      const line = at + 1;
      /** @type {Line[]} */
      const lines = [];
      for (at += 1; at < all.length && !all[at].trim().startsWith(marker); at += 1) {
        lines.push({ text: all[at].startsWith(indent) ? all[at].slice(indent.length) : all[at].trimStart(), line: at + 1 });
      }
      blocks.push({ file, line, name: `${file}:${line}`, language, lines, ...marksOf(comments) });
      comments = [];
    } else if (all[at].trim().startsWith("<!--")) {
      const from = at;
      while (at + 1 < all.length && !all[at].includes("-->")) at += 1;
      comments.push(all.slice(from, at + 1).map((text, index) => ({ text, line: from + index + 1 })));
    } else if (all[at].trim() !== "") {
      comments = [];
    }
  }
  return blocks;
};

/** @param {Line[][]} comments */
const marksOf = (comments) => {
  /** @type {Map<string, Line[]>} */
  const marks = new Map();
  const faults = [];
  for (const comment of comments) {
    const whole = comment.map(({ text }) => text).join("\n");
    const [, name = "", rest = ""] = /^\s*<!--\s*([a-z ]+?)\s*:([^]*?)\s*-->\s*$/.exec(whole) ?? [];
    if (!MARKS.includes(name)) {
      faults.push(`the comment before it is no mark: ${whole.trim()} (marks: ${MARKS.join(", ")})`);
    } else if (rest.trim() === "") {
      faults.push(`"${name}:" says nothing`);
    } else {
      marks.set(name, rest.split("\n").map((text, index) => ({ text, line: comment[0].line + index })));
    }
  }
  return { marks, faults };
};

/**
 * @param {Block} block
 * @param {string} mark
 */
export const said = (block, mark) => block.marks.get(mark)?.map(({ text }) => text).join("\n").trim();

/** @param {Block} block */
export const textOf = ({ lines }) => lines.map(({ text }) => text).join("\n");

/**
 * A document; of a declaration file the doc comments.
 * @param {string} file from the repository's root
 */
export const read = async (file) => {
  const text = await readFile(at(file), "utf8");
  return file.endsWith(".d.ts") ? commentsOf(text) : text;
};

/**
 * Only what stands in doc comments, each line where it was.
 * @param {string} text
 */
const commentsOf = (text) => {
  let inside = false;
  return text
    .split("\n")
    .map((line) => {
      if (line.trim().startsWith("/**")) inside = true;
      const is = inside;
      if (line.includes("*/")) inside = false;
      return is ? line.replace(/^\s*(\/\*\*|\*\/|\*) ?/, "").replace(/\s*\*\/$/, "") : "";
    })
    .join("\n");
};
