// Child processes: run one to its end, quietly with a heartbeat or with its output shown.
import { spawn } from "node:child_process";
import { constants } from "node:fs";
import { access } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { elapsed, say, ToolError } from "./say.mjs";
import { root } from "./paths.mjs";

const HEARTBEAT_MS = 15_000;

/**
 * @typedef {object} Finished
 * @property {number} code exit code; 1 when a signal ended it
 * @property {string} stdout
 * @property {string} output stdout and stderr as they came
 */

/**
 * @typedef {object} RunOptions
 * @property {Record<string, string | undefined>} [env] over this process's environment; undefined takes away
 * @property {boolean} [show] pass the output through as it comes
 * @property {(line: string) => void} [onLine] every line, of stdout and stderr alike
 */

/**
 * Runs a program to its end. Never throws for an exit code; a program that cannot be started gives code 127.
 * @param {string} program
 * @param {string[]} args
 * @param {RunOptions} [options]
 * @returns {Promise<Finished>}
 */
export const run = (program, args, { env = {}, show = false, onLine } = {}) =>
  new Promise((resolve) => {
    const child = spawn(program, args, { cwd: root, env: { ...process.env, ...env }, stdio: ["ignore", "pipe", "pipe"] });
    let stdout = "";
    let output = "";
    let partial = "";
    /** @param {string} text */
    const take = (text) => {
      output += text;
      const lines = (partial + text).split("\n");
      partial = lines.pop() ?? "";
      if (onLine) lines.forEach(onLine);
    };
    child.stdout.setEncoding("utf8").on("data", (text) => {
      stdout += text;
      if (show) process.stdout.write(text);
      take(text);
    });
    child.stderr.setEncoding("utf8").on("data", (text) => {
      if (show) process.stderr.write(text);
      take(text);
    });
    child.on("error", (error) => resolve({ code: 127, stdout, output: `${output}${error.message}\n` }));
    child.on("close", (code) => resolve({ code: code ?? 1, stdout, output }));
  });

/**
 * A long piece of work with one line when it starts, a heartbeat with its last output while it lasts, and one
 * line when it is done. A failure shows the end of its output and throws `advice`.
 * @param {string} title
 * @param {string} program
 * @param {string[]} args
 * @param {{ env?: Record<string, string>, advice: string }} options
 * @returns {Promise<Finished>}
 */
export const step = async (title, program, args, { env, advice }) => {
  const since = Date.now();
  let last = "";
  say(`· ${title} …`);
  const heartbeat = setInterval(() => say(`  ${elapsed(since)}  ${last}`), HEARTBEAT_MS);
  const finished = await run(program, args, { env, onLine: (line) => (last = progress(line) || last) });
  clearInterval(heartbeat);
  if (finished.code !== 0) {
    process.stderr.write(`${finished.output.trimEnd().split("\n").slice(-30).join("\n")}\n`);
    throw new ToolError(advice);
  }
  say(`✓ ${title} (${elapsed(since)})`);
  return finished;
};

/**
 * Where a program is on PATH, or null.
 * @param {string} name
 * @returns {Promise<string | null>}
 */
export const which = async (name) => {
  for (const dir of (process.env.PATH ?? "").split(delimiter)) {
    const candidate = join(dir, name);
    if (dir && (await isExecutable(candidate))) return candidate;
  }
  return null;
};

/** @param {string} path */
export const isExecutable = (path) => access(path, constants.X_OK).then(() => true, () => false);

/** @param {string} line a line worth repeating in a heartbeat, else "" (machine-readable output is not) */
const progress = (line) => (line.startsWith("{") ? "" : line.trim().slice(0, 100));
