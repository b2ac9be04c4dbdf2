// A web server for end-to-end tests: the built package at /dist/ and an empty page at / that exposes its class; or a page
// with scripts of its own, at /scripts/; and whatever else it is told to serve.
//
//   const server = await servePage();
//   await openPage(page, server.url);       // later: await reloadPage(page);
//   await page.evaluate(async (url) => { const client = new window.MqttClient({ url }); … }, proxy.url);
import { createServer } from "node:http";
import sirv from "sirv";
import { distDir } from "../../tools/lib/paths.mjs";
import { listen } from "../../tools/start/listen.mjs";

const PAGE = `<!doctype html>
<meta charset="utf-8">
<title>mqtt-mooring test page</title>
<link rel="icon" href="data:,">
<script type="module">
  window.ready = import("/dist/index.js").then(({ MqttClient }) => {
    window.MqttClient = MqttClient;
  });
</script>
`;

/**
 * @param {{ dist?: string, html?: string, scripts?: string, headers?: Record<string, string>, also?: Record<string, string> }} [options] `html` of
 *   the page at /, and further `headers` of it; `scripts`: a directory; `also`: further directories, by their paths
 */
export const servePage = async ({ dist = distDir, html = PAGE, scripts, headers = {}, also = {} } = {}) => {
  const places = [{ path: "/dist", serve: sirv(dist, { dev: true }) }];
  if (scripts) places.push({ path: "/scripts", serve: sirv(scripts, { dev: true }) });
  for (const [path, directory] of Object.entries(also)) places.push({ path, serve: sirv(directory, { dev: true }) });
  const server = createServer((request, response) => {
    const url = request.url ?? "/";
    if (url === "/") return void response.writeHead(200, { "content-type": "text/html", ...headers }).end(html);
    const missing = () => void response.writeHead(404).end();
    const place = places.find(({ path }) => url.startsWith(`${path}/`));
    if (!place) return missing();
    request.url = url.slice(place.path.length);
    place.serve(request, response, missing);
  });
  const port = await listen(server, 0);
  return {
    url: `http://127.0.0.1:${port}/`,
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
};

/**
 * @param {import("playwright-core").Page} page
 * @param {string} url
 */
export const openPage = async (page, url) => {
  await page.goto(url);
  await page.evaluate(() => window.ready);
};

/** @param {import("playwright-core").Page} page */
export const reloadPage = async (page) => {
  await page.reload();
  await page.evaluate(() => window.ready);
};
