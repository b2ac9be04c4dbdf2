// Page load: from the beginning of the navigation to the server's CONNACK, with nothing in the cache.

/** @typedef {import("./workload.js").World} World */
/** @typedef {import("./workload.js").Cell} Cell */
/** @typedef {import("./workload.js").Outcome} Outcome */

const SLOW = 4;

/** @param {World} world @param {number} slowdown @returns {Promise<{ ms: number, bytes: number }>} */
const load = async ({ page, site, server, contestant, clientId }, slowdown) => {
  const session = await page.context().newCDPSession(page);
  // The same origin as what is measured, so that it is loaded by the process that was slowed down.
  await page.goto(`${site}/blank.html`);
  await session.send("Emulation.setCPUThrottlingRate", { rate: slowdown });
  const query = new URLSearchParams({ url: server.url, clientId, version: contestant.version });
  await page.goto(`${site}/load/${contestant.name}.html?${query}`);
  const loaded = await page.evaluate(() => window.loaded);
  await session.detach();
  return loaded;
};

/** @param {string} name @param {number} slowdown @returns {Cell} */
const cell = (name, slowdown) => ({
  rows: [{ name, unit: "ms" }, ...(slowdown === 1 ? [{ name: "downloaded, gzip", unit: /** @type {const} */ ("KB") }] : [])],
  needs: [],
  measure: async (world) => {
    const { ms, bytes } = await load(world, slowdown);
    return [{ value: ms }, ...(slowdown === 1 ? [{ value: bytes / 1000 }] : [])];
  },
});

/** @type {import("./workload.js").Workload} */
export const loading = {
  name: "load",
  title: "Page load to CONNACK",
  about: "From the beginning of the navigation until the client is connected: everything fetched with gzip over loopback and with no cache, compiled, and connected.",
  rounds: Infinity,
  prepare: async () => {},
  cells: () => [cell("full speed", 1), cell(`CPU ${SLOW}× slower`, SLOW)],
};
