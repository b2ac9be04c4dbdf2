// A service worker that keeps the page: from the network where there is one, else as it was last.

/** @typedef {Event & { waitUntil: (work: Promise<unknown>) => void }} Lasting */
/** @typedef {Event & { request: Request, respondWith: (response: Promise<Response>) => void }} Fetching */

const CACHE = "examples/todo";
const PAGE = [
  "./", "main.js", "todos.js", "far-end.js", "style.css", "../style.css", "../broker.js",
  "/icon.svg", "/dist/index.js", "/dist/mqtt_mooring_bg.wasm", "/lab/info",
];

addEventListener("install", (event) => {
  /** @type {Lasting} */ (event).waitUntil(caches.open(CACHE).then((cache) => cache.addAll(PAGE)));
});

addEventListener("fetch", (event) => {
  const fetching = /** @type {Fetching} */ (event);
  if (fetching.request.method === "GET") fetching.respondWith(answer(fetching.request));
});

/** @param {Request} request */
const answer = async (request) => {
  const cache = await caches.open(CACHE);
  try {
    const response = await fetch(request);
    if (response.ok) await cache.put(request, response.clone());
    return response;
  } catch {
    return (await cache.match(request, { ignoreSearch: true })) ?? Response.error();
  }
};
