// The development server: broker, fault proxy and web server as one thing with one address. The page at /, the built
// package at /dist/, the examples at /examples/, the broker through the proxy at /mqtt, the fault buttons' endpoint at /lab/.
import { createServer } from "node:http";
import sirv from "sirv";
import { startBroker } from "../broker.mjs";
import { distDir, wwwDir } from "../lib/paths.mjs";
import { Proxy } from "../proxy.mjs";
import { createControl } from "./control.mjs";
import { examplePlaces } from "./examples.mjs";
import { listen } from "./listen.mjs";

/**
 * @param {{ kind: "aedes" | "mosquitto", port: number, www?: string, dist?: string, seed?: number }} options
 */
export const startLab = async ({ kind, port, www = wwwDir, dist = distDir, seed = 1 }) => {
  const broker = await startBroker({ kind });
  const proxy = new Proxy(broker.url, seed);
  const control = createControl({ broker, proxy });
  const pages = sirv(www, { dev: true });
  const places = Object.entries({ "/dist": sirv(dist, { dev: true }), ...examplePlaces() });

  const server = createServer((request, response) => {
    const url = request.url ?? "/";
    const missing = () => void response.writeHead(404, { "content-type": "text/plain" }).end(`There is no ${url}.\n`);
    if (url.startsWith("/lab/")) return void control(request, response);
    const folder = /^\/examples(\/[\w-]+)?(?=\?|$)/; // Without the slash behind it a page would not find its scripts.
    if (folder.test(url)) return void response.writeHead(307, { location: url.replace(folder, "$&/") }).end();
    const [path, serve] = places.find(([name]) => url.startsWith(`${name}/`)) ?? ["", pages];
    request.url = url.slice(path.length);
    serve(request, response, missing);
  });
  server.on("upgrade", (request, socket, head) => {
    if (request.url !== "/mqtt") return void socket.end("HTTP/1.1 404 Not Found\r\nConnection: close\r\n\r\n");
    proxy.upgrade(request, /** @type {import("node:net").Socket} */ (socket), head);
  });

  const actualPort = await listen(server, port).catch(async (error) => {
    await broker.stop();
    throw error;
  });
  return {
    broker,
    proxy,
    url: `http://127.0.0.1:${actualPort}/`,
    mqttUrl: `ws://127.0.0.1:${actualPort}/mqtt`,
    stop: async () => {
      proxy.shutDown();
      server.closeAllConnections();
      await Promise.all([new Promise((resolve) => server.close(resolve)), broker.stop()]);
    },
  };
};
