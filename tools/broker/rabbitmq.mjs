// RabbitMQ with its web MQTT plug-in as a child process on free loopback ports, with all that it keeps in a directory of its own. It runs as
// whoever calls it, not as the service's user, and with a port mapper (epmd) of its own, which ends with it: it would else leave one behind.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { which } from "../lib/run.mjs";
import { ToolError } from "../lib/say.mjs";
import { ensureRabbitmq } from "../setup/system.mjs";
import { freePorts } from "./ports.mjs";
import { runGuarded, untilReady } from "./process.mjs";

/** @param {{ username: string, password: string }} account */
export const startRabbitmq = async ({ username, password }) => {
  const program = await ensureRabbitmq();
  const epmd = await which("epmd");
  if (!epmd) throw new ToolError("RabbitMQ needs Erlang's epmd, which is not on PATH: run `sudo apt-get install erlang-base`.");
  const dir = await mkdtemp(join(tmpdir(), "mooring-rabbitmq-"));
  const [port, mapperPort, nodePort] = await freePorts(3);
  const inside = (/** @type {string} */ name) => join(dir, name);
  await writeFile(inside("rabbitmq.conf"), configuration(port, username, password));
  await writeFile(inside("enabled_plugins"), "[rabbitmq_web_mqtt].\n");
  const env = {
    HOME: dir, ERL_EPMD_ADDRESS: "127.0.0.1", ERL_EPMD_PORT: String(mapperPort), RABBITMQ_DIST_PORT: String(nodePort),
    RABBITMQ_NODENAME: "mooring@localhost", RABBITMQ_BASE: dir, RABBITMQ_MNESIA_BASE: inside("mnesia"), RABBITMQ_LOG_BASE: inside("log"),
    RABBITMQ_CONFIG_FILE: inside("rabbitmq"), RABBITMQ_ADVANCED_CONFIG_FILE: inside("advanced"), RABBITMQ_CONF_ENV_FILE: inside("none"),
    RABBITMQ_ENABLED_PLUGINS_FILE: inside("enabled_plugins"), RABBITMQ_PID_FILE: inside("pid"), RABBITMQ_FEATURE_FLAGS_FILE: inside("features"),
    RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: "-kernel inet_dist_use_interface {127,0,0,1}",
    // So that the script becomes the server, in place of starting one beside itself.
    RABBITMQ_ALLOW_INPUT: "1",
  };
  const mapper = runGuarded(epmd, ["-address", "127.0.0.1", "-port", String(mapperPort)], { cwd: dir, env });
  const end = async () => {
    await mapper.stop();
    await rm(dir, { recursive: true, force: true, maxRetries: 5 });
  };
  try {
    await untilReady(mapper, { name: "epmd", port: mapperPort });
    const running = runGuarded(program, ["-noinput"], { cwd: dir, env });
    const said = /RabbitMQ\S* (\d+\.\d+\.\d+)[^]* completed with/;
    const [, version] = await untilReady(running, { name: "RabbitMQ", port, said, patienceMs: 120_000 });
    return {
      name: `RabbitMQ ${version}`,
      url: `ws://127.0.0.1:${port}/mqtt`,
      stop: async () => {
        await running.stop();
        await end();
      },
    };
  } catch (error) {
    await end();
    throw error;
  }
};

/**
 * @param {number} port
 * @param {string} username
 * @param {string} password
 */
const configuration = (port, username, password) => `listeners.tcp = none
mqtt.listeners.tcp = none
mqtt.allow_anonymous = false
web_mqtt.tcp.ip = 127.0.0.1
web_mqtt.tcp.port = ${port}
web_mqtt.ws_path = /mqtt
default_user = ${username}
default_pass = ${password}
loopback_users = none
`;
