// What a block of code becomes: a module with what its marks put around it, type-checked and bundled.
import { mkdir, rm, writeFile } from "node:fs/promises";
import { dirname, extname, join, relative } from "node:path";
import { build } from "esbuild";
import { at, root } from "../../tools/lib/paths.mjs";
import { run } from "../../tools/lib/run.mjs";
import { said } from "./blocks.mjs";

/** @typedef {import("./blocks.mjs").Block} Block */
/** @typedef {import("./blocks.mjs").Line} Line */

/** The ending of a file of that language. */
export const ENDINGS = /** @type {Record<string, "js" | "jsx" | "ts" | "tsx">} */ ({
  js: "js", javascript: "js", mjs: "js", jsx: "jsx", ts: "ts", typescript: "ts", tsx: "tsx",
});

const scratch = at("test-results", "docs");
/** One tree a strictness. Below them files lie as their documents do, so that relative imports mean the same (`rootDirs`). */
const STRICT = { ts: {}, js: { noImplicitAny: false, useUnknownInCatchVariables: false } };

/**
 * The module: the class if it is meant, what `with` says, the block, what `after` says.
 * @param {Block} block
 * @returns {Line[]}
 */
export const moduleOf = (block) => [
  ...(uses(block, "MqttClient") ? [{ text: 'import { MqttClient } from "mqtt-mooring";', line: block.line }] : []),
  ...(block.marks.get("with") ?? []),
  ...block.lines,
  ...(block.marks.get("after") ?? []),
  { text: "export {};", line: block.line },
];

/**
 * Type-checks all blocks, by `tsc --strict`.
 * @param {Block[]} blocks
 * @returns {Promise<Map<Block, string[]>>} what is wrong with which
 */
export const typeFaults = async (blocks) => {
  /** @type {Map<string, Block>} */
  const files = new Map();
  /** @type {Map<Block, string[]>} */
  const faults = new Map();
  await rm(scratch, { recursive: true, force: true });
  for (const block of blocks) {
    const ending = ENDINGS[block.language];
    const path = join(scratch, ending.slice(0, 2), `${block.file}.${block.line}.${ending}`);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, moduleOf(block).map(({ text }) => text).join("\n"));
    files.set(relative(root, path), block);
  }
  for (const [kind, exceptions] of Object.entries(STRICT)) {
    const tree = join(scratch, kind);
    await mkdir(tree, { recursive: true });
    await writeFile(join(tree, "tsconfig.json"), JSON.stringify(settings(tree, exceptions)));
    const { output } = await run(process.execPath, [at("node_modules", "typescript", "bin", "tsc"), "--pretty", "false", "-p", join(tree, "tsconfig.json")]);
    for (const line of output.split("\n")) {
      const [, file, row, what] = /^(.*?)\((\d+),\d+\): (error .*)$/.exec(line) ?? [];
      const block = files.get(file);
      if (block) faults.set(block, [...(faults.get(block) ?? []), `line ${moduleOf(block)[Number(row) - 1]?.line}: ${what}`]);
      else if (/\berror\b/.test(line)) throw new Error(`tsc: ${line}`);
    }
  }
  return faults;
};

/**
 * @param {string} tree
 * @param {object} exceptions
 */
const settings = (tree, exceptions) => ({
  compilerOptions: {
    strict: true,
    ...exceptions,
    noEmit: true,
    allowJs: true,
    checkJs: true,
    skipLibCheck: true,
    target: "esnext",
    module: "esnext",
    moduleResolution: "bundler",
    moduleDetection: "force",
    jsx: "react-jsx",
    lib: ["esnext", "dom", "dom.iterable", "dom.asynciterable"],
    types: ["node"],
    typeRoots: [at("node_modules", "@types")],
    rootDirs: [tree, root],
  },
  include: [join(tree, "**", "*"), at("tests", "docs", "names.ts")],
});

/**
 * Bundles a block with all that it imports but the package itself, which the page's import map, or Node, finds.
 * @param {Block} block
 * @param {Line[]} lines
 * @param {{ node: boolean, addresses: (text: string) => string }} where
 */
export const bundled = async (block, lines, { node, addresses }) => {
  const { outputFiles } = await build({
    stdin: {
      contents: addresses(lines.map(({ text }) => text).join("\n")),
      loader: ENDINGS[block.language],
      resolveDir: dirname(at(block.file)),
      sourcefile: `${block.name}${extname(block.file)}`,
    },
    bundle: true,
    write: false,
    format: "esm",
    target: "esnext",
    jsx: "automatic",
    legalComments: "none",
    logLevel: "silent",
    ...(node ? { platform: "node", packages: "external" } : { external: ["mqtt-mooring", "mqtt-mooring/*"] }),
  });
  return outputFiles[0].text;
};

/**
 * Whether it uses `name` and means ours.
 * @param {Block} block
 * @param {string} name
 */
export const uses = (block, name) => {
  const text = ["with", "after", "until"].map((mark) => said(block, mark) ?? "").concat(block.lines.map(({ text }) => text)).join("\n");
  const own = new RegExp(`\\b(?:const|let|var|using|function|class)\\s+${name}\\b|[{,]\\s*${name}\\s*[,}][^\\n]*\\bfrom\\b`);
  return new RegExp(`(?<![.\\w])${name}\\b`).test(text) && !own.test(text);
};
