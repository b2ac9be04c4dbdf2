// `npm start`: set-up, build, broker, fault proxy and the Session Lab page on a fixed local port.
// `npm start -- --check`: the same, driven by a headless browser; see check.mjs.
// Imports node built-ins only until set-up has installed the npm packages.
import { parseArgs } from "node:util";
import { build } from "./build.mjs";
import { command, options, say, ToolError } from "./lib/say.mjs";
import { ensureChrome, ensureMosquitto, findMosquitto, setUp } from "./setup.mjs";
import { portMustBeFree } from "./start/listen.mjs";

const DEFAULT_PORT = 4173;
const HELP = `npm start -- [options]

  --broker mosquitto|aedes   the broker to run: Mosquitto speaks MQTT 3.1.1 and 5, aedes (from npm) 3.1.1;
                             without it, Mosquitto when it is installed, else aedes
  --port N                   the local port of the page (${DEFAULT_PORT}; with --check any free one)
  --check                    no page to look at: a headless browser publishes, is cut, reloads, restores, and
                             every message is counted; exit code 0 only if each arrived exactly once
  -h, --help                 this text`;

const main = async () => {
  const { values } = options(
    () =>
      parseArgs({
        options: {
          broker: { type: "string" },
          port: { type: "string" },
          check: { type: "boolean" },
          help: { type: "boolean", short: "h" },
        },
      }),
    "npm start -- --help",
  );
  if (values.help) return say(HELP);
  const wanted = brokerNamed(values.broker);
  const port = portNamed(values.port) ?? (values.check ? 0 : DEFAULT_PORT);
  await portMustBeFree(port);

  const bindgen = await setUp();
  const chrome = values.check ? await ensureChrome() : "";
  if (wanted === "mosquitto") await ensureMosquitto();
  const kind = wanted ?? ((await findMosquitto()) ? "mosquitto" : "aedes");
  await build(bindgen);

  const { startLab } = await import("./start/lab.mjs");
  const lab = await startLab({ kind, port });
  const interrupted = new Promise((resolve) => {
    for (const signal of /** @type {const} */ (["SIGINT", "SIGTERM"])) process.once(signal, () => resolve(signal));
  });
  try {
    if (values.check) {
      const { check } = await import("./check.mjs");
      const ended = interrupted.then((signal) => Promise.reject(new ToolError(`The check was ended by ${signal}.`)));
      await Promise.race([check(lab, chrome), ended]);
    } else {
      announce(lab);
      await interrupted;
    }
  } finally {
    await lab.stop();
  }
};

/** @param {string | undefined} name */
const brokerNamed = (name) => {
  if (name === undefined || name === "aedes" || name === "mosquitto") return name;
  throw new ToolError(`There is no broker "${name}" here: use \`--broker mosquitto\` or \`--broker aedes\`.`);
};

/** @param {string | undefined} text */
const portNamed = (text) => {
  if (text === undefined) return undefined;
  const port = Number(text);
  if (Number.isInteger(port) && port > 0 && port < 65536) return port;
  throw new ToolError(`"${text}" is no port: use \`--port\` with a number from 1 to 65535.`);
};

/** @param {{ broker: import("./broker.mjs").Broker, url: string, mqttUrl: string }} lab */
const announce = ({ broker, url, mqttUrl }) => {
  say(`\n  Session Lab   ${url}`);
  say(`  Examples      ${url}examples/`);
  say(`  Broker        ${broker.name}, MQTT ${broker.versions.join(" and ")}: ${mqttUrl} (plain TCP: port ${broker.tcpPort})`);
  say(`  Peer driver   ${url}peer.html?url=${mqttUrl}   (docs/peer.md)`);
  say("  Ctrl-C ends it.\n");
};

await command(main);
