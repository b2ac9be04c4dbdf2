// The broker of mqttv5-cli as a child process on free loopback ports, where nobody gets in but by SCRAM-SHA-256.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { run } from "../lib/run.mjs";
import { ToolError } from "../lib/say.mjs";
import { ensureMqttv5 } from "../setup/mqttv5.mjs";
import { accepts, freePorts } from "./ports.mjs";

/** Runs it until its standard input ends: when we close it, and also when this process is killed. */
const GUARD = '"$@" & pid=$!; exec 2>&-; read _; kill -9 $pid; wait $pid';
const PATIENCE_MS = 10_000;
const LOOK_MS = 20;

/** @param {{ username: string, password: string }} account */
export const startMqttv5 = async ({ username, password }) => {
  const { program, name } = await ensureMqttv5();
  const dir = await mkdtemp(join(tmpdir(), "mooring-mqttv5-"));
  const accounts = join(dir, "scram.txt");
  const made = await run(program, ["scram", "--create", "--batch", password, username, accounts]);
  if (made.code !== 0) throw new ToolError(`mqttv5 could not make an account; it said: ${made.output.trim()}`);
  const [tcpPort, wsPort] = await freePorts(2);
  const args = [
    "broker", "--non-interactive", "--storage-backend", "memory", "--allow-anonymous", "false",
    "--host", `127.0.0.1:${tcpPort}`, "--ws-host", `127.0.0.1:${wsPort}`, "--auth-method", "scram", "--scram-file", accounts,
  ];
  const child = spawn("/bin/sh", ["-c", GUARD, "sh", program, ...args], { stdio: ["pipe", "ignore", "pipe"], cwd: dir });
  let output = "";
  child.stderr.setEncoding("utf8").on("data", (text) => (output = (output + text).slice(-10_000)));
  const exited = once(child, "exit");
  const stop = async () => {
    child.stdin.end();
    await exited;
    await rm(dir, { recursive: true, force: true });
  };
  const since = Date.now();
  while (!(await accepts(wsPort).then(() => true, () => false))) {
    if (Date.now() - since > PATIENCE_MS) {
      await stop();
      throw new ToolError(`mqttv5 did not start within ${PATIENCE_MS / 1000} s; it said: ${output.trim()}`);
    }
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
  return { name, url: `ws://127.0.0.1:${wsPort}/mqtt`, stop };
};
