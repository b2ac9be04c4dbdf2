// The example that is written in JSX, as one script that a browser reads: React is bundled with it, "mqtt-mooring" is left to the
// page's import map, as in the other examples. A development build of React, so that StrictMode mounts everything twice.
import { build } from "esbuild";

/** @param {string} entry path of the .jsx file */
export const bundleJsx = async (entry) => {
  const { outputFiles } = await build({
    entryPoints: [entry],
    bundle: true,
    write: false,
    format: "esm",
    target: "es2022",
    jsx: "automatic",
    external: ["mqtt-mooring"],
    define: { "process.env.NODE_ENV": '"development"' },
    sourcemap: "inline",
    logLevel: "silent",
  });
  return outputFiles[0].text;
};
