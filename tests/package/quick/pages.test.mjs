// The package as npm installs it, in pages without a bundler, and through the bundler that is quickest: what `npm test` looks at. The
// others are in ../complete, for `npm run package-tests`.
import assert from "node:assert/strict";
import { cp, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import * as esbuild from "esbuild";
import { moduleScript, page } from "../support/project.mjs";
import { openBench, serve } from "../support/bench.mjs";

/** @type {import("../support/bench.mjs").Bench} */
let bench;
before(async () => {
  bench = await openBench();
});
after(() => bench.close());

const WASM = "mqtt_mooring_bg.wasm";
const PLACES = { "mqtt-mooring": "index.js", "mqtt-mooring/init": "init.js", "mqtt-mooring/inline": "inline.js" };

/** @param {string} base */
const importMap = (base) =>
  `<script type="importmap">${JSON.stringify({ imports: Object.fromEntries(Object.entries(PLACES).map(([name, file]) => [name, base + file])) })}</script>`;

const INSTALLED = importMap("/node_modules/mqtt-mooring/dist/");

/**
 * @param {import("node:test").TestContext} t
 * @param {string} name
 * @param {string} html
 * @param {Record<string, string>} [headers]
 */
const served = async (t, name, html, headers) => {
  const project = await bench.project(name);
  await writeFile(join(project, "index.html"), html);
  return { project, url: await address(t, project, headers) };
};

/**
 * @param {import("node:test").TestContext} t
 * @param {string} directory
 * @param {Record<string, string>} [headers]
 */
const address = async (t, directory, headers) => {
  const { url, stop } = await serve(directory, headers);
  t.after(stop);
  return url;
};

describe("a page without a bundler", () => {
  for (const entry of ["main", "inline", "init"]) {
    test(`the entry of ${entry}.js, by an import map`, async (t) => {
      const { url } = await served(t, `plain-${entry}`, page(INSTALLED + moduleScript(`/src/${entry}.js`)));
      const title = entry === "init" ? "NOT_READY" : "A project";
      await bench.survives(`plain-${entry}`, url, { look: async (tab) => assert.equal(await tab.title(), title, "before init() the class says that it is not ready") });
    });
  }

  for (const [name, file] of Object.entries(PLACES).filter(([name]) => !name.endsWith("/init"))) {
    test(`${name}, from another origin`, async (t) => {
      const { project } = await served(t, `elsewhere-${file}`, "");
      const cdn = await address(t, join(project, "node_modules"), { "access-control-allow-origin": "*" });
      await writeFile(
        join(project, "src", "index.html"),
        page(`<script type="module">
          import { MqttClient } from "${cdn}mqtt-mooring/dist/${file}";
          import { run } from "./session.js";
          run(MqttClient);
        </script>`),
      );
      await bench.survives(`elsewhere-${file}`, await address(t, join(project, "src")));
    });
  }
});

describe("a dedicated worker without a bundler, with a store in IndexedDB", () => {
  /**
   * @param {import("node:test").TestContext} t
   * @param {string} name
   * @param {(script: string) => string} change of the worker's script
   */
  const worksWith = async (t, name, change) => {
    const { project, url } = await served(t, name, page(moduleScript("/src/starts-worker.js")));
    const worker = join(project, "src", "worker.js");
    await writeFile(worker, change(await readFile(worker, "utf8")));
    await bench.survives(name, url);
  };

  test("inline.js, by its address, for import maps are not for workers", (t) =>
    worksWith(t, "worker-inline", (script) => script.replace("mqtt-mooring/inline", "../node_modules/mqtt-mooring/dist/inline.js")));

  // What is imported with a top-level `await` lets messages pass by that come before the handler is set.
  test("index.js, imported when the first message is there", (t) =>
    worksWith(t, "worker-index", (script) =>
      script.replace(/^import.*inline";\n/, "").replace("run(MqttClient", 'run((await import("../node_modules/mqtt-mooring/dist/index.js")).MqttClient')));
});

describe("a strict Content Security Policy", () => {
  const POLICY = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; img-src data:; connect-src 'self' ws://127.0.0.1:*";

  for (const entry of ["main", "inline"]) {
    for (const workers of ["worker-src 'none'", "require-trusted-types-for 'script'; trusted-types 'none'"]) {
      test(`the entry of ${entry}.js in a hidden page, which would have a worker keep the time: ${workers}`, async (t) => {
        const name = `strict-${entry}-${workers.slice(0, 6)}`;
        const { project, url } = await served(t, name, page(moduleScript(`/built/${entry}.js`)), { "content-security-policy": `${POLICY}; ${workers}` });
        await esbuild.build({ entryPoints: [join(project, "src", `${entry}.js`)], bundle: true, format: "esm", outdir: join(project, "built"), logLevel: "error" });
        await cp(join(project, "node_modules", "mqtt-mooring", "dist", WASM), join(project, "built", WASM));
        const refused = await bench.survives(name, url, { hidden: true });
        assert.notEqual(refused.length, 0, "the worker was asked for");
        for (const line of refused) assert.match(line, /worker|TrustedScriptURL/i);
      });
    }
  }

  for (const [entry, what] of [["main", "http.*/mqtt_mooring_bg.wasm"], ["inline", "the WebAssembly in mqtt-mooring/inline"]]) {
    test(`one that allows no WebAssembly is named by the error, for ${entry}.js`, async (t) => {
      const { url } = await served(t, `no-wasm-${entry}`, page(INSTALLED + moduleScript(`/src/${entry}.js`)), { "content-security-policy": "script-src 'self' 'unsafe-inline'" });
      assert.match(await bench.failure(url), new RegExp(`MqttError: ${what} could not be loaded .*Content Security Policy.*'wasm-unsafe-eval'`, "s"));
    });
  }
});

describe("a module that cannot be loaded", () => {
  test("is named by the error, with what to do", async (t) => {
    const { project, url } = await served(t, "missing", page(INSTALLED + moduleScript("/src/main.js")));
    await rm(join(project, "node_modules", "mqtt-mooring", "dist", WASM));
    assert.match(await bench.failure(url), /MqttError: http:.*\/mqtt_mooring_bg\.wasm could not be loaded \(HTTP 404\): serve that file \(Vite before 8: optimizeDeps\.exclude\), or import mqtt-mooring\/inline/);
  });
});
