// Brokers that are processes of their own: run until we are done with them, or gone ourselves, with all that they started.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { ToolError } from "../lib/say.mjs";
import { accepts } from "./ports.mjs";

/**
 * Runs a program, in a process group of its own, until its standard input ends: when we close it, and also when this process is killed. Only
 * that group is ended, by its id. What interrupts or ends the group that we are in reaches the guard, too, and must not end it before its program.
 */
const GUARD = 'setsid "$@" & pid=$!; trap "" INT TERM HUP; exec 2>&-; read _; kill -s KILL -- "-$pid"; wait $pid';
const LOOK_MS = 20;

/** @typedef {ReturnType<typeof runGuarded>} Running */

/**
 * @param {string} program
 * @param {string[]} args
 * @param {{ cwd: string, env?: Record<string, string> }} how
 */
export const runGuarded = (program, args, { cwd, env = {} }) => {
  const child = spawn("/bin/sh", ["-c", GUARD, "sh", program, ...args], { stdio: ["pipe", "pipe", "pipe"], cwd, env: { ...process.env, ...env } });
  let output = "";
  let ended = false;
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text) => (output = (output + text).slice(-100_000)));
  }
  // The guard outlives its program: what that had open is closed when it ends.
  child.stdout.on("close", () => (ended = true));
  const exited = once(child, "exit");
  return {
    output: () => output,
    ended: () => ended,
    stop: async () => {
      child.stdin.end();
      await exited;
    },
  };
};

/**
 * Resolves when the program accepts connections there and `said` is in its output; with the match of that.
 * @param {Running} running
 * @param {{ name: string, port: number, said?: RegExp, patienceMs?: number }} what
 */
export const untilReady = async (running, { name, port, said = /(?:)/, patienceMs = 60_000 }) => {
  for (const since = Date.now(); Date.now() - since < patienceMs && !running.ended(); ) {
    const match = said.exec(running.output());
    if (match && (await accepts(port).then(() => true, () => false))) return match;
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
  const last = running.output().trim().split("\n").slice(-5).join(" / ");
  const ended = running.ended();
  await running.stop();
  throw new ToolError(`${name} ${ended ? "ended as it started" : `did not start within ${patienceMs / 1000} s`}; it said: ${last}`);
};
