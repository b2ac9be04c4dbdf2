// Serves the bench's pages, gzipped: /page/NAME with a contestant and the driver, the scripts, and our package under /dist/.
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, join, normalize } from "node:path";
import { gzipSync } from "node:zlib";
import { distDir } from "../tools/lib/paths.mjs";
import { listen } from "../tools/start/listen.mjs";

/** @type {Record<string, string>} */
const KINDS = { ".js": "text/javascript", ".wasm": "application/wasm", ".html": "text/html" };

/** @param {string} name of the contestant */
const page = (name) => `<!doctype html>
<meta charset="utf-8">
<link rel="icon" href="data:,">
<script type="module">
  window.ready = import("/scripts/${name}.js").then(() => import("/scripts/driver.js"));
</script>
`;

/** @param {Map<string, Uint8Array>} scripts */
export const serveSite = async (scripts) => {
  /** What was asked for before, gzipped. @type {Map<string, Buffer>} */
  const ready = new Map();
  /** @param {string} path @returns {Promise<Uint8Array | string | null>} */
  const content = async (path) => {
    const [, folder, name] = path.split("/", 3);
    if (folder === "page") return page(name.replace(".html", ""));
    if (folder === "scripts") return scripts.get(name) ?? null;
    if (folder !== "dist") return null;
    return readFile(join(distDir, normalize(path.slice("/dist".length)))).catch(() => null);
  };
  const server = createServer(async (request, response) => {
    const path = new URL(request.url ?? "/", "http://localhost").pathname;
    if (!ready.has(path)) {
      const found = await content(path);
      if (found === null) return void response.writeHead(404).end();
      ready.set(path, gzipSync(found, { level: 9 }));
    }
    response
      .writeHead(200, { "content-type": KINDS[extname(path)] ?? "application/octet-stream", "content-encoding": "gzip", "cache-control": "no-store" })
      .end(ready.get(path));
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
