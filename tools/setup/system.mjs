// Programs that npm and cargo do not bring: Chromium, and brokers. Found where they are;
// on Debian as root installed; otherwise one sentence says which command installs them.
import { existsSync } from "node:fs";
import { readFile, rm, writeFile } from "node:fs/promises";
import { isExecutable, run, step, which } from "../lib/run.mjs";
import { ToolError } from "../lib/say.mjs";

const CHROME_NAMES = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"];
const CHROME_PLACES = [
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  "/Applications/Chromium.app/Contents/MacOS/Chromium",
];
const RABBITMQ_PLACES = ["/usr/lib/rabbitmq/bin/rabbitmq-server", "/usr/local/sbin/rabbitmq-server", "/opt/homebrew/sbin/rabbitmq-server"];
const MOSQUITTO_PLACES = ["/usr/sbin/mosquitto", "/usr/local/sbin/mosquitto", "/opt/homebrew/sbin/mosquitto"];

/**
 * The program an environment variable names, else the first that is on PATH or in one of the places.
 * @param {string} variable
 * @param {string[]} names
 * @param {string[]} [places]
 * @returns {Promise<string | null>}
 */
export const find = async (variable, names, places = []) => {
  const named = process.env[variable];
  if (named) {
    if (await isExecutable(named)) return named;
    throw new ToolError(`${variable} names ${named}, which cannot be run: correct it or unset ${variable}.`);
  }
  for (const name of names) {
    const path = await which(name);
    if (path) return path;
  }
  for (const place of places) if (await isExecutable(place)) return place;
  return null;
};

export const findChrome = () => find("CHROME_PATH", CHROME_NAMES, CHROME_PLACES);
export const findMosquitto = () => find("MOSQUITTO_PATH", ["mosquitto"], MOSQUITTO_PLACES);

/**
 * @param {() => Promise<string | null>} finder
 * @param {{ name: string, packages: string[], variable: string }} program
 * @returns {Promise<string>}
 */
const findOrInstall = async (finder, { name, packages, variable }) => {
  const found = await finder();
  if (found) return found;
  const command = `apt-get install -y --no-install-recommends ${packages.join(" ")}`;
  if (process.getuid?.() === 0 && (await which("apt-get"))) {
    await aptInstall(name, packages);
    const installed = await finder();
    if (installed) return installed;
  }
  throw new ToolError(`${name} is not installed: run \`sudo ${command}\` (Debian), or install it your way and set ${variable} to its path.`);
};

export const ensureChrome = () =>
  findOrInstall(findChrome, { name: "Chromium", packages: ["chromium"], variable: "CHROME_PATH" });
export const ensureMosquitto = () =>
  findOrInstall(findMosquitto, { name: "Mosquitto", packages: ["mosquitto"], variable: "MOSQUITTO_PATH" });
/** The script that runs as whoever calls it, not the one that changes to the service's user. */
export const ensureRabbitmq = () =>
  findOrInstall(() => find("RABBITMQ_SERVER_PATH", [], RABBITMQ_PLACES), { name: "RabbitMQ", packages: ["rabbitmq-server"], variable: "RABBITMQ_SERVER_PATH" });
/** ejabberd's control script: it names the folder of Erlang libraries in which ejabberd is. */
export const ensureEjabberd = () =>
  findOrInstall(() => find("EJABBERDCTL_PATH", ["ejabberdctl"], ["/usr/sbin/ejabberdctl"]), { name: "ejabberd", packages: ["ejabberd"], variable: "EJABBERDCTL_PATH" });

/** @type {Promise<unknown> | undefined} */
let updated;

/**
 * @param {string} name
 * @param {string[]} packages
 */
const aptInstall = async (name, packages) => {
  const env = { DEBIAN_FRONTEND: "noninteractive" };
  const advice = `${name} could not be installed (see above): run \`apt-get update && apt-get install ${packages.join(" ")}\` to see why.`;
  updated ??= step("Reading Debian's package lists", "apt-get", ["update", "-q"], { env, advice });
  await updated;
  await withoutStartingServices(packages, () =>
    step(`Installing ${name}`, "apt-get", ["install", "-y", "-q", "--no-install-recommends", ...packages], { env, advice }),
  );
};

const POLICY = "/usr/sbin/policy-rc.d";
/** Packages whose service, of the same name, would start with the machine. */
const SERVICES = ["mosquitto", "ejabberd", "rabbitmq-server"];

/**
 * Debian starts a service as it is installed; the tools start their own brokers and want no other.
 * Only what this install caused is undone: a policy that was there before stays.
 * @param {string[]} packages
 * @param {() => Promise<unknown>} install
 */
const withoutStartingServices = async (packages, install) => {
  const ownPolicy = "#!/bin/sh\n# mqtt-mooring: no service starts while it installs a package\nexit 101\n";
  if (!existsSync(POLICY)) await writeFile(POLICY, ownPolicy, { mode: 0o755 });
  try {
    await install();
  } finally {
    if ((await readFile(POLICY, "utf8").catch(() => "")) === ownPolicy) await rm(POLICY);
  }
  const services = packages.filter((name) => SERVICES.includes(name));
  if (services.length > 0 && existsSync("/run/systemd/system")) await run("systemctl", ["disable", "--now", ...services]);
};
