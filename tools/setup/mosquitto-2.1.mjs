// Mosquitto 2.1, newer than the Mosquitto of stable Debian: unpacked from Debian's packages, with the libraries it needs, into .tools/mosquitto-2.1.2/. Nothing is
// installed, and the system's own package lists stay as they are.
import { chmod, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { toolsDir } from "../lib/paths.mjs";
import { isExecutable, run, step, which } from "../lib/run.mjs";
import { ToolError } from "../lib/say.mjs";

const VERSION = "2.1.2";
const NAME = `Mosquitto ${VERSION}`;
const home = join(toolsDir, `mosquitto-${VERSION}`);
const KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg";

/** @returns {Promise<string>} the program's path */
export const ensureMosquitto21 = async () => {
  const program = process.env.MOSQUITTO_2_1_PATH ?? join(home, "mosquitto");
  if (await isWanted(program)) return program;
  if (process.env.MOSQUITTO_2_1_PATH !== undefined) {
    throw new ToolError(`MOSQUITTO_2_1_PATH names ${program}, which is not ${NAME}: correct it or unset MOSQUITTO_2_1_PATH.`);
  }
  if (!(await which("apt-get")) || !(await which("dpkg"))) {
    throw new ToolError(`${NAME} is unpacked from Debian's packages, and there is no apt-get here: install it your way and set MOSQUITTO_2_1_PATH to its path.`);
  }
  await unpack();
  if (await isWanted(program)) return program;
  throw new ToolError(`${program} was unpacked and does not run: remove ${home} and try again, or set MOSQUITTO_2_1_PATH to another one.`);
};

/** @param {string} program */
const isWanted = async (program) => (await isExecutable(program)) && (await run(program, ["-h"])).stdout.startsWith(`mosquitto version ${VERSION}\n`);

const unpack = async () => {
  await rm(home, { recursive: true, force: true });
  const apt = join(home, "apt");
  for (const part of ["state/lists/partial", "cache/archives/partial"]) await mkdir(join(apt, part), { recursive: true });
  await writeFile(join(apt, "sources.list"), `deb [signed-by=${KEYRING}] ${await mirror()} sid main\n`);
  await writeFile(join(apt, "status"), "");
  const settings = {
    "Dir::Etc::sourcelist": join(apt, "sources.list"), "Dir::Etc::sourceparts": "-", "Dir::State": join(apt, "state"),
    "Dir::State::status": join(apt, "status"), "Dir::Cache": join(apt, "cache"), "APT::Sandbox::User": (await run("id", ["-un"])).stdout.trim(),
    "Debug::NoLocking": "1",
  };
  const options = Object.entries(settings).flatMap(([name, value]) => ["-o", `${name}=${value}`]);
  const advice = `${NAME} could not be fetched (see above): it comes from Debian sid, whose version may be another one by now; set MOSQUITTO_2_1_PATH to a ${NAME} of yours.`;
  await step("Reading the package lists of Debian sid, for .tools only", "apt-get", [...options, "-q", "update"], { advice });
  const packages = [`mosquitto=${VERSION}*`, "systemd-standalone-sysusers"];
  await step(`Fetching ${NAME}`, "apt-get", [...options, "-q", "-y", "--download-only", "--no-install-recommends", "install", ...packages], { advice });
  const archives = join(apt, "cache", "archives");
  const root = join(home, "root");
  const wanted = (await readdir(archives)).filter((file) => /^(lib|zlib|mosquitto_).*\.deb$/.test(file));
  for (const file of wanted) await succeeds("dpkg", ["-x", join(archives, file), root]);
  await writeLauncher(root);
  await rm(apt, { recursive: true, force: true });
};

/** It needs the C library it was linked with, and thus that one's loader. @param {string} root */
const writeLauncher = async (root) => {
  const lib = join(root, "usr", "lib");
  const triplet = (await readdir(lib)).find((name) => name.endsWith("-linux-gnu"));
  const libraries = join(lib, triplet ?? "");
  const loader = (await readdir(libraries)).find((name) => /^ld-linux.*\.so\.\d$/.test(name));
  if (!triplet || !loader) throw new ToolError(`Debian's packages of ${NAME} have no loader for this machine: set MOSQUITTO_2_1_PATH to a ${NAME} of yours.`);
  await succeeds("/sbin/ldconfig", ["-n", libraries, lib]);
  const launcher = join(home, "mosquitto");
  const call = [join(libraries, loader), "--library-path", `${libraries}:${lib}`, join(root, "usr", "sbin", "mosquitto")].map((part) => `'${part.replaceAll("'", `'\\''`)}'`);
  await writeFile(launcher, `#!/bin/sh\nexec ${call.join(" ")} "$@"\n`);
  await chmod(launcher, 0o755);
};

/** @param {string} program @param {string[]} args */
const succeeds = async (program, args) => {
  const { code, output } = await run(program, args);
  if (code !== 0) throw new ToolError(`${NAME} could not be unpacked: \`${program} ${args.join(" ")}\` said: ${output.trim()}`);
};

/** Where this machine gets its Debian packages from. */
const mirror = async () => {
  const directory = "/etc/apt/sources.list.d";
  const lists = ["/etc/apt/sources.list", ...(await readdir(directory).catch(() => [])).map((name) => join(directory, name))];
  for (const list of lists) {
    const text = await readFile(list, "utf8").catch(() => "");
    const found = /^(?:URIs:|deb(?: +\[[^\]]*\])?)\s+(\S+\/debian)\/?(?:\s|$)/m.exec(text);
    if (found) return found[1];
  }
  throw new ToolError(`${NAME} is unpacked from Debian's packages, and ${lists[0]} names no Debian mirror: set MOSQUITTO_2_1_PATH to a ${NAME} of yours.`);
};
