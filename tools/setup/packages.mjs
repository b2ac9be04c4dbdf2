// The npm packages: `npm ci` when package-lock.json is not the one they were installed from.
import { readFile, writeFile } from "node:fs/promises";
import { hashOf } from "../lib/hash.mjs";
import { at } from "../lib/paths.mjs";
import { step } from "../lib/run.mjs";

const stamp = at("node_modules", ".installed-from");

export const installPackages = async () => {
  const wanted = await hashOf([at("package-lock.json"), at("package.json")]);
  if ((await readFile(stamp, "utf8").catch(() => "")) === wanted) return;
  const npm = process.env.npm_execpath;
  const [program, args] = npm ? [process.execPath, [npm, "ci"]] : ["npm", ["ci"]];
  await step("Installing the npm packages", program, args, {
    advice: "The npm packages could not be installed (see above): check the connection to the npm registry, then run `npm ci`.",
  });
  await writeFile(stamp, wanted);
};
