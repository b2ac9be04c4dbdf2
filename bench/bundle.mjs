// The scripts of the pages, bundled and minified by esbuild: one for each contestant, and the driver.
import { join } from "node:path";
import { build } from "esbuild";
import { at, distDir } from "../tools/lib/paths.mjs";

/** @param {string[]} contestants their names @returns {Promise<Map<string, Uint8Array>>} by file name */
export const bundle = async (contestants) => {
  const entryPoints = [...contestants.map((name) => at("bench", "contestants", `${name}.js`)), at("bench", "page", "driver.js"), at("bench", "page", "load.js")];
  const { outputFiles } = await build({
    entryPoints, bundle: true, minify: true, write: false, outdir: "/", entryNames: "[name]", format: "esm", target: "es2022", platform: "browser",
    alias: { "mqtt-mooring": join(distDir, "index.js"), uuid: at("bench", "contestants", "uuid.js") }, define: { global: "globalThis" }, logLevel: "error",
  });
  return new Map(outputFiles.map(({ path, contents }) => [path.slice(path.lastIndexOf("/") + 1), contents]));
};
