// The broker of mqttv5-cli as a child process on free loopback ports, where nobody gets in but with the account: by SCRAM-SHA-256, or with
// user name and password.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { run } from "../lib/run.mjs";
import { ToolError } from "../lib/say.mjs";
import { ensureMqttv5 } from "../setup/mqttv5.mjs";
import { freePorts } from "./ports.mjs";
import { runGuarded, untilReady } from "./process.mjs";

/**
 * @param {{ username: string, password: string, method?: "scram" | "password", settings?: Record<string, unknown> }} how `settings`: further ones
 *   of its configuration file, such as `maximum_qos`
 */
export const startMqttv5 = async ({ username, password, method = "scram", settings = {} }) => {
  const { program, name } = await ensureMqttv5();
  const dir = await mkdtemp(join(tmpdir(), "mooring-mqttv5-"));
  const accounts = join(dir, "accounts.txt");
  const made = await run(program, [method === "scram" ? "scram" : "passwd", "--create", "--batch", password, username, accounts]);
  if (made.code !== 0) throw new ToolError(`mqttv5 could not make an account; it said: ${made.output.trim()}`);
  const [tcpPort, wsPort] = await freePorts(2);
  const config = join(dir, "config.json");
  const methods = { scram: { auth_method: "ScramSha256", scram_file: accounts }, password: { auth_method: "Password", password_file: accounts } };
  await writeFile(config, JSON.stringify({
    bind_addresses: [`127.0.0.1:${tcpPort}`],
    websocket_config: { bind_addresses: [`127.0.0.1:${wsPort}`], path: "/mqtt", subprotocol: "mqtt", use_tls: false },
    auth_config: { allow_anonymous: false, ...methods[method] },
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
