// Where pages are rendered on a server: what each bundler makes for Node imports the package, makes a client and touches no page; alone, without
// the package beside it.
import assert from "node:assert/strict";
import { rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import * as esbuild from "esbuild";
import * as vite from "vite";
import webpack from "webpack";
import { node, pack } from "../support/project.mjs";


/** @type {Awaited<ReturnType<typeof pack>>} */
let packed;
before(async () => {
  packed = await pack();
});
after(() => packed.remove());

const RENDERS = `import { MqttClient } from "mqtt-mooring";
import { MqttClient as Other } from "mqtt-mooring/init";
const client = new MqttClient({ url: "ws://127.0.0.1:1" });
console.log("<p>" + client.state + typeof Other + ("window" in globalThis) + "</p>");
`;

/**
 * @param {string} name
 * @param {(project: string) => Promise<string>} build resolves with the script that is to be run
 */
const renders = async (name, build) => {
  const project = await packed.project(name);
  await writeFile(join(project, "src", "render.js"), RENDERS);
  const script = await build(project);
  await rename(join(project, "node_modules"), join(project, "gone"));
  const { stdout, stderr } = await node([script], project);
  assert.deepEqual([stdout, stderr], ["<p>disconnectedfunctionfalse</p>\n", ""]);
};

describe("a page rendered in Node", () => {
  test("by what Vite builds for a server", () =>
    renders("vite-server", async (root) => {
      const outDir = join(root, "out");
      await vite.build({ root, configFile: false, logLevel: "error", ssr: { noExternal: true }, build: { ssr: "src/render.js", outDir } });
      return join(outDir, "render.js");
    }));

  test("by Vite's own loader, while it is developed", async (t) => {
    const root = await packed.project("vite-loader");
    await writeFile(join(root, "src", "render.js"), `${RENDERS}export default client.state;`);
    const server = await vite.createServer({ root, configFile: false, logLevel: "error", appType: "custom", server: { middlewareMode: true, ws: false } });
    t.after(() => server.close());
    assert.equal((await server.ssrLoadModule("/src/render.js")).default, "disconnected");
  });

  for (const format of /** @type {const} */ (["esm", "cjs"])) {
    test(`by what esbuild builds for Node, as ${format}`, () =>
      renders(`esbuild-${format}`, async (project) => {
        const outfile = join(project, format === "esm" ? "out.mjs" : "out.cjs");
        await esbuild.build({ entryPoints: [join(project, "src", "render.js")], bundle: true, platform: "node", format, outfile, logLevel: "error", logOverride: { "empty-import-meta": "silent" } });
        return outfile;
      }));
  }

  test("by what webpack builds for Node", () =>
    renders("webpack-server", async (context) => {
      await new Promise((resolve, reject) => {
        const output = { path: join(context, "out"), filename: "render.cjs" };
        webpack({ mode: "production", target: "node", context, entry: "./src/render.js", output, performance: { hints: false } }, (error, stats) => {
          if (error || stats?.hasErrors()) reject(error ?? new Error(stats?.toString("errors-only")));
          else resolve(undefined);
        });
      });
      return join(context, "out", "render.cjs");
    }));
});
