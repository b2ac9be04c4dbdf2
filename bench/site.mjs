// Serves the bench's pages, gzipped: /page/NAME.html with a contestant and the driver, /load/NAME.html with a contestant that connects at
// once, their scripts, and beside them our module, where the bundled script looks for it.
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, join } from "node:path";
import { gzipSync } from "node:zlib";
import { distDir } from "../tools/lib/paths.mjs";
import { listen } from "../tools/start/listen.mjs";

/** @type {Record<string, string>} */
const KINDS = { ".js": "text/javascript", ".wasm": "application/wasm", ".html": "text/html" };

/** The last two are for clocks that are exact to 5 µs, and not to 100. */
const HEADERS = {
  "content-encoding": "gzip", "cache-control": "no-store", "cross-origin-opener-policy": "same-origin", "cross-origin-embedder-policy": "require-corp",
};

const HEAD = '<!doctype html>\n<meta charset="utf-8">\n<link rel="icon" href="data:,">\n';

/**
 * Notes when a first frame comes: before the contestant's own listener, so that a client that holds messages back and then hands them over at once is
 * not faster for that. Listeners of a WebSocket are called in the order they were added.
 */
const NOTE_FRAMES =
  "window.firstFrame = 0; WebSocket = class extends WebSocket { " +
  'constructor(...given) { super(...given); this.addEventListener("message", () => { firstFrame ||= performance.now(); }); } };';

const TELL_LOADED = "window.loaded = new Promise((resolve) => (window.tellLoaded = resolve));";

/** By folder, for the contestant of this name; with the script page/load.js. @type {Record<string, (name: string, script: string) => string>} */
const PAGES = {
  page: (name) =>
    `${HEAD}<script>${NOTE_FRAMES}</script>\n` +
    `<script type="module">window.ready = import("/scripts/${name}.js").then(() => import("/scripts/driver.js"));</script>\n`,
  load: (name, script) => `${HEAD}<script>${TELL_LOADED}</script>\n<script type="module">\nimport "/scripts/${name}.js";\n${script}</script>\n`,
};

/** @param {Map<string, Uint8Array>} scripts */
export const serveSite = async (scripts) => {
  /** What was asked for before, gzipped. @type {Map<string, Buffer>} */
  const ready = new Map();
  /** @param {string} path @returns {Promise<Uint8Array | string | null>} */
  const content = async (path) => {
    if (path === "/blank.html") return HEAD;
    const [, folder, name] = path.split("/", 3);
    if (folder in PAGES) return PAGES[folder](name.replace(".html", ""), Buffer.from(scripts.get("load.js") ?? []).toString());
    if (folder !== "scripts") return null;
    return scripts.get(name) ?? (name.endsWith(".wasm") ? readFile(join(distDir, name)).catch(() => null) : null);
  };
  const server = createServer(async (request, response) => {
    const path = new URL(request.url ?? "/", "http://localhost").pathname;
    if (!ready.has(path)) {
      const found = await content(path);
      if (found === null) return void response.writeHead(404).end();
      ready.set(path, gzipSync(found, { level: 9 }));
    }
    response.writeHead(200, { ...HEADERS, "content-type": KINDS[extname(path)] ?? "application/octet-stream" }).end(ready.get(path));
  });
  const port = await listen(server, 0);
  return {
    url: `http://127.0.0.1:${port}`,
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
};
