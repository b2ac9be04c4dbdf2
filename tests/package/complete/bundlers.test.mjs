// The package as npm installs it, through each bundler with the settings that its users begin with, or the few that the documents name.
import { cp, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { nodeResolve } from "@rollup/plugin-node-resolve";
// @ts-expect-error its declarations are not where its package.json has them
import { importMetaAssets } from "@web/rollup-plugin-import-meta-assets";
import * as esbuild from "esbuild";
import { rollup } from "rollup";
import * as vite from "vite";
import webpack from "webpack";
import { openBench, serve } from "../support/bench.mjs";
import { moduleScript, page } from "../support/project.mjs";

const WASM = "mqtt_mooring_bg.wasm";

/** @type {import("../support/bench.mjs").Bench} */
let bench;
before(async () => {
  bench = await openBench();
});
after(() => bench.close());

/**
 * What `build` makes of a project makes its round trip in a page.
 * @param {string} name
 * @param {(project: string, out: string) => Promise<void>} build
 * @param {string} [html] undefined: `build` writes index.html
 */
const works = async (name, build, html) => {
  const project = await bench.project(name);
  const out = join(project, "out");
  await mkdir(out);
  if (html !== undefined) await writeFile(join(out, "index.html"), html);
  await build(project, out);
  const { url, stop } = await serve(out);
  try {
    await bench.survives(name, url);
  } finally {
    await stop();
  }
};

/** What comes of a script of the project, in each bundler, is called so. */
const BUNDLED = page(moduleScript("/main.js"));
const ENTRIES = ["main", "inline", "init"];

describe("Vite, as it is installed", () => {
  for (const entry of ENTRIES) {
    test(`builds the entry of ${entry}.js`, () =>
      works(`vite-${entry}`, async (root, outDir) => {
        await writeFile(join(root, "index.html"), page(moduleScript(`/src/${entry}.js`)));
        await vite.build({ root, configFile: false, logLevel: "error", build: { outDir } });
      }));
  }

  test("builds a page whose init() is given the address, which Vite calls ?url", () =>
    works("vite-url", async (root, outDir) => {
      await writeFile(join(root, "src", "url.js"), `import init, { MqttClient } from "mqtt-mooring/init";
        import address from "mqtt-mooring/${WASM}?url";
        import { run } from "./session.js";
        await init(address);
        run(MqttClient);`);
      await writeFile(join(root, "index.html"), page(moduleScript("/src/url.js")));
      await vite.build({ root, configFile: false, logLevel: "error", build: { outDir } });
    }));

  test("builds a page with a worker", () =>
    works("vite-worker", async (root, outDir) => {
      await writeFile(join(root, "index.html"), page(moduleScript("/src/starts-worker.js")));
      await vite.build({ root, configFile: false, logLevel: "error", build: { outDir } });
    }));

  for (const entry of ENTRIES) {
    test(`serves the entry of ${entry}.js while it is developed`, async (t) => {
      const root = await bench.project(`vite-dev-${entry}`);
      await writeFile(join(root, "index.html"), page(moduleScript(`/src/${entry}.js`)));
      const server = await vite.createServer({ root, configFile: false, logLevel: "error", server: { host: "127.0.0.1", port: 0 } });
      t.after(() => server.close());
      await server.listen();
      const [address = ""] = server.resolvedUrls?.local ?? [];
      await bench.survives(`vite-dev-${entry}`, address);
    });
  }
});

describe("webpack, as it is installed", () => {
  /**
   * @param {string} project
   * @param {string} out
   * @param {string} entry
   * @param {import("webpack").Configuration} [settings]
   * @returns {Promise<void>}
   */
  const build = (project, out, entry, settings) =>
    new Promise((resolve, reject) => {
      const main = join(project, "src", `${entry}.js`);
      webpack({ mode: "production", context: project, entry: main, output: { path: out }, performance: { hints: false }, ...settings }, (error, stats) => {
        if (error) reject(error);
        else if (stats?.hasErrors() || stats?.hasWarnings()) reject(new Error(stats.toString("errors-warnings")));
        else resolve();
      });
    });

  for (const entry of [...ENTRIES, "starts-worker"]) {
    test(`builds the entry of ${entry}.js`, () => works(`webpack-${entry}`, (project, out) => build(project, out, entry), BUNDLED));
  }

  test("builds a page whose init() is given the address of an asset", () =>
    works(
      "webpack-address",
      (project, out) => build(project, out, "init-address", { module: { rules: [{ test: /\.wasm$/, type: "asset/resource" }] } }),
      BUNDLED,
    ));
});

describe("Rollup", () => {
  /**
   * @param {string} project
   * @param {string} dir
   * @param {string} entry
   * @param {import("rollup").Plugin[]} [plugins]
   */
  const build = async (project, dir, entry, plugins = []) => {
    const bundle = await rollup({
      input: { main: join(project, "src", `${entry}.js`) },
      plugins: [nodeResolve({ browser: true }), ...plugins],
      onwarn: (warning) => {
        throw new Error(warning.message);
      },
    });
    await bundle.write({ dir, format: "es" });
    await bundle.close();
  };

  test("builds the entry of inline.js with node-resolve alone", () => works("rollup-inline", (project, out) => build(project, out, "inline"), BUNDLED));

  for (const entry of ["main", "init"]) {
    test(`builds the entry of ${entry}.js with the plugin for addresses of assets`, () =>
      works(`rollup-${entry}`, (project, out) => build(project, out, entry, [importMetaAssets()]), BUNDLED));

    test(`builds the entry of ${entry}.js, with the module copied beside it`, () =>
      works(
        `rollup-copied-${entry}`,
        async (project, out) => {
          await build(project, out, entry);
          await cp(join(project, "node_modules", "mqtt-mooring", "dist", WASM), join(out, WASM));
        },
        BUNDLED,
      ));
  }
});

describe("esbuild", () => {
  /**
   * @param {string} project
   * @param {string} outdir
   * @param {string} entry
   * @param {import("esbuild").BuildOptions} [settings]
   */
  const build = async (project, outdir, entry, settings) => {
    const { warnings } = await esbuild.build({
      entryPoints: { main: join(project, "src", `${entry}.js`) }, bundle: true, minify: true, outdir, format: "esm", logLevel: "silent", ...settings,
    });
    if (warnings.length > 0) throw new Error(warnings.map(({ text }) => text).join("\n"));
  };

  test("builds the entry of inline.js without a word, for a classic script, too", async () => {
    await works("esbuild-inline", (project, out) => build(project, out, "inline"), BUNDLED);
    await works("esbuild-classic", (project, out) => build(project, out, "inline", { format: "iife" }), page("").replace("</output>", `</output><script src="/main.js"></script>`));
  });

  for (const entry of ["main", "init"]) {
    test(`builds the entry of ${entry}.js, with the module copied beside it`, () =>
      works(
        `esbuild-${entry}`,
        async (project, out) => {
          await build(project, out, entry);
          await cp(join(project, "node_modules", "mqtt-mooring", "dist", WASM), join(out, WASM));
        },
        BUNDLED,
      ));
  }

  test("builds a page whose init() is given the address of a file", () =>
    works("esbuild-address", (project, out) => build(project, out, "init-address", { loader: { ".wasm": "file" } }), BUNDLED));

  test("builds a page whose init() is given the bytes", () =>
    works("esbuild-bytes", (project, out) => build(project, out, "init-address", { loader: { ".wasm": "binary" } }), BUNDLED));
});
