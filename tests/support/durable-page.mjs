// A page with one durable client, as tests drive it: it is opened, started, cut off, killed, closed and opened again, and what
// it received is written down by its own handler in localStorage, as an application would.
//
//   const tab = await openTab(browser, server.url);          // browser: launchKillable
//   await tab.start({ url: proxy.url, clientId: name, sessionKey: name }, { reconnect: true });
//   await tab.kill();
import { killPage } from "../../tools/ordeal/chromium.mjs";
import { hear } from "./hearing.mjs";
import { openPage, reloadPage } from "./page-server.mjs";

/** @typedef {Awaited<ReturnType<typeof import("../../tools/ordeal/chromium.mjs").launchKillable>>} Killable */
/** @typedef {Awaited<ReturnType<typeof openTab>>} Tab */

const PATIENCE_MS = 30_000;

/**
 * @param {Pick<Killable, "rendererPids">} browser
 * @param {string} serverUrl of the page server
 * @param {import("playwright-core").BrowserContext} [context] another one than the browser's own
 */
export const openTab = async (browser, serverUrl, context) => {
  const before = new Set(await browser.rendererPids());
  const page = await (context ?? /** @type {Killable} */ (browser).context).newPage();
  const heard = await hear(page, PATIENCE_MS);
  await openPage(page, serverUrl);
  const pids = (await browser.rendererPids()).filter((pid) => !before.has(pid));

  /**
   * Resolves with the first thing told, from the first on, that is this event.
   * @param {string} event
   * @param {(detail: any) => boolean} [fits]
   */
  const until = async (event, fits = () => true) => {
    const told = await heard.until((seen) => seen.find((one) => one.event === event && fits(one.detail)), `"${event}"`);
    return told.detail;
  };

  return {
    page,
    seen: heard.seen,
    until,

    /**
     * Makes the client, and resolves with the keys its predecessor left. It is not connected.
     * @param {import("../../src/web/types.d.ts").ClientOptions} options
     * @param {{ reconnect?: boolean, store?: "IndexedDB" }} [how] `reconnect`: it connects again by itself whenever the link breaks;
     *   `store`: one of the application's own instead of localStorage
     * @returns {Promise<string[]>}
     */
    start: async (options, { reconnect = false, store } = {}) => {
      if (store) await page.evaluate(indexedDbStore);
      return page.evaluate(startClient, { options, reconnect });
    },

    connect: () => page.evaluate(() => window.client.connect().then((/** @type {any} */ { sessionPresent }) => sessionPresent)),

    /**
     * Publishes messages `from` to `to`, each with its number as key and payload, in one turn; does not wait for them.
     * @param {string} topic
     * @param {1 | 2} qos
     * @param {number} from
     * @param {number} to
     * @param {string} [text] behind the number in the payload
     */
    publish: (topic, qos, from, to, text = "") =>
      page.evaluate(
        ({ topic, qos, from, to, text }) => {
          for (let number = from; number <= to; number += 1) {
            window.client.publish(topic, `${number}${text}`, { qos, key: String(number) }).then(
              () => window.tell("published", number),
              (/** @type {unknown} */ error) => window.tell("refused", `${number}: ${error}`),
            );
          }
        },
        { topic, qos, from, to, text },
      ),

    /** Resolves when no message is unfinished, in either direction, and none is left in storage. */
    settled: () => page.evaluate(() => window.settled()),

    /**
     * The numbers of the messages that pages' handlers took into account, over all pages of this client.
     * @param {string} clientId
     * @returns {Promise<number[]>}
     */
    numbers: (clientId) => page.evaluate((key) => JSON.parse(localStorage.getItem(key) ?? "[]"), `received/${clientId}`),

    /**
     * The names of the session's records in localStorage.
     * @param {string} sessionKey
     */
    records: (sessionKey) =>
      page.evaluate(
        (prefix) => Object.keys(localStorage).filter((key) => key.startsWith(prefix)).map((key) => key.slice(prefix.length)).sort(),
        `mooring/${sessionKey}/`,
      ),

    /** What pages complained about. */
    trouble: () => heard.seen.filter(({ event }) => ["error", "messageLost", "sessionLost", "refused"].includes(event)),

    reload: () => reloadPage(page),
    close: () => page.close(),

    /** Kills the renderer in this very moment; resolves when the browser has noticed. */
    kill: () => killPage(page, pids),
  };
};

/**
 * Runs in the page.
 * @param {{ options: import("../../src/web/types.d.ts").ClientOptions, reconnect: boolean }} how
 */
const startClient = async ({ options, reconnect }) => {
  /** @type {import("../../src/web/types.d.ts").MqttClient} */
  const client = new window.MqttClient({
    durable: true, reconnect: reconnect && { minDelay: 0.01, maxDelay: 0.05 }, ...(window.store ? { storage: window.store } : {}), ...options,
  });
  window.client = client;
  const key = `received/${options.clientId}`;
  client.on("messageIn", (message) => {
    const numbers = JSON.parse(localStorage.getItem(key) ?? "[]");
    const number = Number.parseInt(message.text(), 10);
    if (!message.duplicate || !numbers.includes(number)) localStorage.setItem(key, JSON.stringify([...numbers, number]));
    window.tell("messageIn", number);
  });
  client.on("messageLost", ({ code, direction, message }) => window.tell("messageLost", { code, direction, key: message.key }));
  client.on("sessionLost", (detail) => window.tell("sessionLost", detail));
  client.on("sessionRestored", (detail) => window.tell("sessionRestored", detail));
  client.on("error", (error) => window.tell("error", String(/** @type {any} */ (error)?.code ?? error)));
  client.on("connected", ({ sessionPresent }) => window.tell("connected", { sessionPresent }));
  client.on("disconnected", ({ code }) => window.tell("disconnected", { code }));
  const isRecord = new RegExp(`^mooring/${options.sessionKey}/[oi]/`);
  window.settled = () =>
    new Promise((resolve) => {
      const look = () => {
        const left = client.outgoingMessages.length + client.incomingMessages.length;
        if (left === 0 && !Object.keys(localStorage).some((name) => isRecord.test(name))) resolve(null);
        else setTimeout(look, 5);
      };
      look();
    });
  const inherited = await client.pending();
  for (const { key, outcome } of inherited) {
    outcome.then(() => window.tell("inherited", key), (error) => window.tell("refused", `${key}: ${error}`));
  }
  return inherited.map(({ key }) => key ?? "");
};

/**
 * Runs in the page. A store in IndexedDB whose promises keep their word: a change is resolved when its transaction is on
 * disk, as far as the browser can tell.
 */
const indexedDbStore = async () => {
  /**
   * @template T
   * @param {IDBRequest<T>} request
   * @returns {Promise<T>}
   */
  const result = (request) =>
    new Promise((resolve, reject) => {
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error);
    });
  const opening = indexedDB.open("sessions", 1);
  opening.onupgradeneeded = () => opening.result.createObjectStore("records");
  const database = await result(opening);
  const read = () => database.transaction("records").objectStore("records");
  /** @param {(records: IDBObjectStore) => void} change */
  const write = (change) =>
    new Promise((resolve, reject) => {
      const transaction = database.transaction("records", "readwrite", { durability: "strict" });
      transaction.oncomplete = () => resolve(undefined);
      transaction.onabort = () => reject(transaction.error);
      change(transaction.objectStore("records"));
    });
  window.store = {
    get: (/** @type {string} */ key) => result(read().get(key)),
    set: (/** @type {string} */ key, /** @type {string} */ value) => write((records) => records.put(value, key)),
    remove: (/** @type {string} */ key) => write((records) => records.delete(key)),
    keys: (/** @type {string} */ prefix) => result(read().getAllKeys(IDBKeyRange.bound(prefix, `${prefix}\uffff`))),
  };
};
