// Content hashes of files, by which a step knows that nothing changed since it last ran.
import { createHash } from "node:crypto";
import { readdir, readFile, stat } from "node:fs/promises";
import { join, relative } from "node:path";
import { root } from "./paths.mjs";

/**
 * All files at or below the given paths, in a stable order; paths that do not exist count as empty.
 * @param {string[]} paths
 * @returns {Promise<string[]>}
 */
export const filesBelow = async (paths) => {
  const found = [];
  for (const path of paths) {
    const info = await stat(path).catch(() => null);
    if (info?.isFile()) found.push(path);
    if (info?.isDirectory()) {
      const names = (await readdir(path)).map((name) => join(path, name));
      found.push(...(await filesBelow(names)));
    }
  }
  return found.sort();
};

/**
 * @param {string[]} paths files and directories
 * @param {string[]} [facts] other things the result depends on
 */
export const hashOf = async (paths, facts = []) => {
  const hash = createHash("sha256");
  for (const fact of facts) hash.update(`${fact}\0`);
  for (const file of await filesBelow(paths)) {
    hash.update(`${relative(root, file)}\0`);
    hash.update(await readFile(file));
    hash.update("\0");
  }
  return hash.digest("hex");
};
