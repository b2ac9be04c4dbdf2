// Mosquitto as a child process on free loopback ports, with a configuration fit for counting: MQTT 3.1.1 and 5,
// nothing kept on disk unless asked for, and an unlimited queue, so that what is missing at the far end was lost on the way.
import { spawn } from "node:child_process";
import { pbkdf2Sync, randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { findMosquitto } from "../setup/system.mjs";
import { ToolError } from "../lib/say.mjs";
import { accepts, freePorts } from "./ports.mjs";

const ATTEMPTS = 3;

/**
 * Runs Mosquitto until its standard input ends: when we close it, and also when this process is killed, so that no
 * broker is ever left behind. By KILL, because Mosquitto 2.0.11 can sleep through a TERM in its WebSocket library.
 * A line on standard input is a signal: after USR1 Mosquitto goes on, any other ends it and leaves its directory, which
 * else goes with it. Arguments: the program, its configuration, its directory.
 */
const GUARD =
  '"$0" -c "$1" & pid=$!; exec 2>&-; while read -r order && [ "$order" = USR1 ]; do kill -USR1 $pid; done; ' +
  'kill -"${order:-KILL}" $pid; wait $pid; [ -n "$order" ] || rm -rf "$2"';

/** How long Mosquitto may take to look at a TERM before it is woken. */
const WAKE_MS = 100;
const LOOK_MS = 5;

/**
 * @param {object} options
 * @param {string[]} options.settings
 * @param {boolean} options.persistent
 * @param {string[]} [options.listenerSettings] of the WebSocket listener
 * @param {{ username: string, password: string }} [options.account] the only one who gets in
 * @param {string | null} [options.program] another one than that which is installed
 * @returns {Promise<Omit<import("../broker.mjs").Broker, "loseSession">>}
 */
export const startMosquitto = async ({ settings, persistent, listenerSettings = [], account, program: given }) => {
  const program = given ?? (await findMosquitto());
  if (!program) {
    throw new ToolError("Mosquitto is not installed: run `sudo apt-get install mosquitto`, or use `npm start -- --broker aedes`.");
  }
  let output = "";
  // A port found free can be taken before Mosquitto binds it, so a failed start is tried again with other ports.
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const dir = await mkdtemp(join(tmpdir(), "mooring-mosquitto-"));
    const [tcpPort, wsPort] = await freePorts(2);
    const config = join(dir, "mosquitto.conf");
    const kept = persistent ? ["persistence true", `persistence_location ${dir}/`] : ["persistence false"];
    const passwords = join(dir, "passwords");
    if (account) await writeFile(passwords, passwordLine(account), { mode: 0o600 });
    const access = account ? ["allow_anonymous false", `password_file ${passwords}`] : ["allow_anonymous true"];
    await writeFile(config, configuration(tcpPort, wsPort, [...access, ...kept, ...settings], listenerSettings));
    /** @type {string[]} */
    const log = [];
    const launch = () => launchMosquitto({ program, config, dir, log });
    let running = launch();
    const started = await running.started;
    output = started.output;
    if (!started.version) {
      await running.stop();
      continue;
    }
    await Promise.all([accepts(tcpPort), accepts(wsPort)]);
    const database = join(dir, "mosquitto.db");
    return {
      kind: "mosquitto",
      name: `Mosquitto ${started.version}`,
      url: `ws://127.0.0.1:${wsPort}/`,
      tcpPort,
      versions: ["3.1.1", "5"],
      publishes: null,
      log,
      stop: async () => {
        await running.stop();
        await rm(dir, { recursive: true, force: true });
      },
      restarts: persistent && {
        save: async () => {
          const before = await inodeOf(database);
          running.order("USR1");
          // Written beside it and then renamed: another file, and a whole one.
          while ((await inodeOf(database)) === before) await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
        },
        end: async (signal) => {
          running.order(signal);
          const wake = setInterval(() => void accepts(wsPort).catch(() => {}), WAKE_MS);
          await running.exited.finally(() => clearInterval(wake));
        },
        begin: async () => {
          running = launch();
          const again = await running.started;
          if (!again.version) throw new ToolError(`Mosquitto did not start again; it said: ${lastLines(again.output)}`);
          await Promise.all([accepts(tcpPort), accepts(wsPort)]);
        },
      },
    };
  }
  throw new ToolError(`Mosquitto did not start; it said: ${lastLines(output)}`);
};

/** @param {string} output */
const lastLines = (output) => output.trim().split("\n").slice(-3).join(" / ");

/** @param {string} path */
const inodeOf = (path) => stat(path).then(({ ino }) => ino, () => null);

/** @param {{ program: string, config: string, dir: string, log: string[] }} how */
const launchMosquitto = ({ program, config, dir, log }) => {
  const child = spawn("/bin/sh", ["-c", GUARD, program, config, dir], { stdio: ["pipe", "ignore", "pipe"] });
  createInterface({ input: child.stderr }).on("line", (line) => log.push(line));
  const exited = once(child, "exit");
  return {
    started: untilRunning(child.stderr),
    exited,
    /** @param {string} signal */
    order: (signal) => child.stdin.write(`${signal}\n`),
    stop: async () => {
      child.stdin.end();
      await exited;
    },
  };
};

/** As mosquitto_passwd writes it: PBKDF2 with SHA-512. @param {{ username: string, password: string }} account */
const passwordLine = ({ username, password }) => {
  const salt = randomBytes(12);
  const hash = pbkdf2Sync(password, salt, 101, 64, "sha512");
  return `${username}:$7$101$${salt.toString("base64")}$${hash.toString("base64")}\n`;
};

/**
 * @param {number} tcpPort
 * @param {number} wsPort
 * @param {string[]} settings
 * @param {string[]} listenerSettings
 */
const configuration = (tcpPort, wsPort, settings, listenerSettings) =>
  [
    "log_dest stderr",
    "log_type error",
    "log_type warning",
    "log_type notice",
    "log_type information",
    ...(process.getuid?.() === 0 ? ["user root"] : []),
    "max_inflight_messages 20",
    "max_queued_messages 0",
    ...settings,
    `listener ${tcpPort} 127.0.0.1`,
    `listener ${wsPort} 127.0.0.1`,
    "protocol websockets",
    "socket_domain ipv4",
    ...listenerSettings,
    "",
  ].join("\n");

/**
 * Waits for the line Mosquitto prints once its listeners are open, or for its end.
 * @param {import("node:stream").Readable} stderr
 * @returns {Promise<{ version: string | null, output: string }>}
 */
const untilRunning = (stderr) =>
  new Promise((resolve) => {
    let output = "";
    stderr.setEncoding("utf8").on("data", (text) => {
      output = (output + text).slice(-10_000);
      const version = /mosquitto version (\S+) running/.exec(output)?.[1];
      if (version) resolve({ version, output });
    });
    stderr.on("close", () => resolve({ version: null, output }));
  });
