// Where scripts are gone through: several at a time, each in a world of its own (ports, and a driver).
import { launchBrowser } from "../../tests/support/browser.mjs";
import { buildNative, nativeWorld } from "./native.mjs";
import { pageWorld, servePeerPage } from "./page.mjs";

/** How many scripts are under way at a time. */
export const NATIVE_WORLDS = 6;
export const PAGE_WORLDS = 3;

/**
 * @typedef {object} Worlds
 * @property {<T>(work: (world: Parameters<typeof import("./examine.mjs").examine>[1]) => Promise<T>) => Promise<T>} within
 * @property {() => Promise<void>} stop
 */

/** @typedef {import("./script.mjs").Case} Case */

export const isForTcp = (/** @type {Case} */ { only }) => only === "" || only === "native";
export const isForWebSocket = (/** @type {Case} */ { only }) => only === "" || only === "native" || only === "websocket";
export const isForThePage = (/** @type {Case} */ { only }) => only !== "native";

/**
 * The native driver, over plain TCP or WebSocket.
 * @param {{ websocket?: boolean }} [options]
 * @returns {Promise<Worlds>}
 */
export const nativeWorlds = async ({ websocket = false } = {}) => {
  const program = await buildNative();
  const worlds = await Promise.all(Array.from({ length: NATIVE_WORLDS }, () => nativeWorld(program, websocket)));
  return {
    ...shared(worlds),
    stop: async () => {
      await Promise.all(worlds.map((world) => world.stop()));
    },
  };
};

/** The page in Chromium, over WebSocket. @returns {Promise<Worlds>} */
export const pageWorlds = async () => {
  const [browser, server] = await Promise.all([launchBrowser(), servePeerPage()]);
  const worlds = await Promise.all(
    Array.from({ length: PAGE_WORLDS }, async () => pageWorld(await browser.newPage(), server.url)),
  );
  return {
    ...shared(worlds),
    stop: async () => {
      await Promise.all(worlds.map((world) => world.stop()));
      await Promise.all([browser.close(), server.stop()]);
    },
  };
};

/**
 * Lends each world to one at a time.
 * @template W
 * @param {W[]} worlds
 */
const shared = (worlds) => {
  const free = [...worlds];
  /** @type {((world: W) => void)[]} */
  const waiting = [];
  /** @returns {Promise<W>} */
  const waited = () => new Promise((resolve) => void waiting.push(resolve));
  /** @param {(world: W) => Promise<any>} work */
  const within = async (work) => {
    const world = free.pop() ?? (await waited());
    try {
      return await work(world);
    } finally {
      const next = waiting.shift();
      if (next) next(world);
      else free.push(world);
    }
  };
  return { within };
};
