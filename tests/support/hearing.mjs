// What a page tells its test, through `window.tell(event, detail)`, over all its reloads; and waiting for it.
import { EventEmitter } from "node:events";

/** @typedef {{ event: string, detail: any }} Seen something the page told */

/**
 * Before the page is opened: what it tells is kept from then on.
 * @param {import("playwright-core").Page} page
 * @param {number} patienceMs how long anything may take to be told
 */
export const hear = async (page, patienceMs) => {
  /** @type {Seen[]} in order */
  const seen = [];
  const news = new EventEmitter();
  await page.exposeBinding("tell", (_source, event, detail) => {
    seen.push({ event, detail });
    news.emit("news");
  });

  /**
   * Resolves when `found` gives something for what has been seen.
   * @template T
   * @param {(seen: Seen[]) => T | undefined | false} found
   * @param {string} what
   * @returns {Promise<T>}
   */
  const until = (found, what) =>
    new Promise((resolve, reject) => {
      const look = () => {
        const result = found(seen);
        if (result === undefined || result === false) return;
        settle();
        resolve(result);
      };
      const settle = () => {
        clearTimeout(timer);
        news.off("news", look);
      };
      const timer = setTimeout(() => {
        settle();
        reject(new Error(`not told within ${patienceMs} ms: ${what}; last: ${JSON.stringify(seen.slice(-12))}`));
      }, patienceMs);
      news.on("news", look);
      look();
    });

  return { seen, until };
};
