// The broker of mqttv5-cli as a child process on free loopback ports, where nobody gets in but with the account, by SCRAM-SHA-256, or with
// user name and password; or everybody.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { run } from "../lib/run.mjs";
import { ToolError } from "../lib/say.mjs";
import { ensureMqttv5 } from "../setup/mqttv5.mjs";
import { freePorts } from "./ports.mjs";
import { runGuarded, untilReady } from "./process.mjs";

/** By which program the file of accounts is made, and what the configuration says. */
const METHODS = {
  scram: { tool: "scram", settings: (/** @type {string} */ file) => ({ allow_anonymous: false, auth_method: "ScramSha256", scram_file: file }) },
  password: { tool: "passwd", settings: (/** @type {string} */ file) => ({ allow_anonymous: false, auth_method: "Password", password_file: file }) },
  none: { tool: "passwd", settings: () => ({ allow_anonymous: true, auth_method: "None" }) },
};

/**
 * @param {{ username: string, password: string, method?: keyof typeof METHODS, settings?: Record<string, unknown> }} how `settings`: further ones
 *   of its configuration file, such as `maximum_qos`
 */
export const startMqttv5 = async ({ username, password, method = "scram", settings = {} }) => {
  const { program, name } = await ensureMqttv5();
  const dir = await mkdtemp(join(tmpdir(), "mooring-mqttv5-"));
  const accounts = join(dir, "accounts.txt");
  const made = await run(program, [METHODS[method].tool, "--create", "--batch", password, username, accounts]);
  if (made.code !== 0) throw new ToolError(`mqttv5 could not make an account; it said: ${made.output.trim()}`);
  const [tcpPort, wsPort] = await freePorts(2);
  const config = join(dir, "config.json");
  await writeFile(config, JSON.stringify({
    bind_addresses: [`127.0.0.1:${tcpPort}`],
    websocket_config: { bind_addresses: [`127.0.0.1:${wsPort}`], path: "/mqtt", subprotocol: "mqtt", use_tls: false },
    auth_config: METHODS[method].settings(accounts),
    storage_config: { backend: "Memory", base_dir: dir, cleanup_interval: "1h", enable_persistence: true },
    ...settings,
  }));
  const running = runGuarded(program, ["broker", "--config", config, "--non-interactive"], { cwd: dir });
  await untilReady(running, { name, port: wsPort });
  return {
    name,
    url: `ws://127.0.0.1:${wsPort}/mqtt`,
    stop: async () => {
      await running.stop();
      await rm(dir, { recursive: true, force: true });
    },
  };
};
