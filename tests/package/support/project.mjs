// A project of somebody who uses the package: an empty directory into which the packed package is installed as npm does it,
// without a network.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, readdir, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { at, root } from "../../../tools/lib/paths.mjs";

const execute = promisify(execFile);

/** Its registry is nobody: what npm would ask it for fails. */
const NOWHERE = ["--registry", "http://127.0.0.1:1/", "--fetch-retries", "0"];

/**
 * @param {string[]} args
 * @param {string} [cwd]
 */
export const npm = async (args, cwd = root) => {
  const { npm_execpath: program } = process.env;
  const [command, first] = program ? [process.execPath, [program]] : ["npm", []];
  return execute(command, [...first, ...args, ...NOWHERE, "--update-notifier=false"], { cwd, maxBuffer: 1e7 });
};

/** @param {string[]} args @param {string} cwd */
export const node = (args, cwd) => execute(process.execPath, args, { cwd });

/**
 * Packs the package as it would be published, and installs it. What is in dist/ was built before.
 * @returns {Promise<{ project: (name: string) => Promise<string>, remove: () => Promise<void> }>} `project` makes a copy of the
 *   project in which it is installed, and resolves with its directory
 */
export const pack = async () => {
  const directory = await mkdtemp(join(tmpdir(), "mooring-package-"));
  await npm(["pack", "--ignore-scripts", "--pack-destination", directory]);
  const [name] = await readdir(directory);
  const installed = join(directory, "installed");
  await mkdir(installed);
  await writeFile(join(installed, "package.json"), JSON.stringify({ name: "project", private: true, type: "module" }));
  await npm(["install", "--offline", join(directory, name)], installed);
  assert.deepEqual((await readdir(join(installed, "node_modules"))).filter((one) => !one.startsWith(".")), ["mqtt-mooring"], "it depends on nothing");
  await cp(at("tests", "package", "app"), join(installed, "src"), { recursive: true });
  return {
    project: async (name) => {
      const place = join(directory, name);
      await cp(installed, place, { recursive: true });
      return place;
    },
    remove: () => rm(directory, { recursive: true, force: true }),
  };
};

/**
 * Puts a package of this repository beside it.
 * @param {string} project
 * @param {string} name
 */
export const alongside = (project, name) => symlink(at("node_modules", name), join(project, "node_modules", name));

/** @param {string} script */
export const page = (script) => `<!doctype html>
<meta charset="utf-8">
<title>A project</title>
<link rel="icon" href="data:,">
${script}
<output></output>
`;

/** @param {string} address */
export const moduleScript = (address) => `<script type="module" src="${address}"></script>`;
