// Where things are in the repository. One place, so that no other file counts "../".
import { fileURLToPath } from "node:url";
import { join } from "node:path";

export const root = fileURLToPath(new URL("../..", import.meta.url));

/** @param {string[]} parts a path below the repository's root */
export const at = (...parts) => join(root, ...parts);

export const toolsDir = at(".tools");
export const distDir = at("dist");
export const wwwDir = at("www");
