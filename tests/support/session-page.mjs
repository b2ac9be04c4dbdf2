// A page with one client whose session is to survive: what every end-to-end test of sessions does with it. The page
// saves on `pagehide`, as an application should: nothing runs in a page after that, so nothing is newer than the save. The client does
// not connect again by itself: these tests say when.
import { hear } from "./hearing.mjs";
import { openPage, reloadPage } from "./page-server.mjs";

/** @typedef {import("../../src/web/types.d.ts").ClientOptions} ClientOptions */
/** @typedef {"known" | "ask first"} Flow */

const PATIENCE_MS = 20_000;

/**
 * Opens a page for one client; `options` need `clientId` and `sessionKey`.
 * @param {{ newPage: () => Promise<import("playwright-core").Page> }} browser
 * @param {string} serverUrl of the page server
 * @param {ClientOptions} options
 */
export const openSession = async (browser, serverUrl, options) => {
  const page = await browser.newPage();
  const { seen, until } = await hear(page, PATIENCE_MS);
  await openPage(page, serverUrl);

  return {
    page,
    seen,
    until,

    /** Connects without a saved session. */
    connect: () => page.evaluate(startClient, { options, flow: null }),

    /**
     * Connects with the session the page saved when it was left.
     * @param {Flow} flow
     */
    resume: (flow) => page.evaluate(startClient, { options, flow }),

    /** Leaves the page as a user does who presses «reload», and waits until the class is there again. */
    reload: () => reloadPage(page),

    /**
     * Publishes messages `from` to `to`, each with its number as payload; does not wait for them.
     * @param {string} topic
     * @param {0 | 1 | 2} qos
     * @param {number} from
     * @param {number} to
     */
    publish: (topic, qos, from, to) =>
      page.evaluate(
        ({ topic, qos, from, to }) => {
          for (let number = from; number <= to; number += 1) {
            window.client.publish(topic, String(number), { qos }).then(
              () => window.tell("published", number),
              (/** @type {{ code: string }} */ { code }) => window.tell("refused", { number, code }),
            );
          }
        },
        { topic, qos, from, to },
      ),

    /** Resolves when nothing of ours is unfinished. */
    drained: () => page.evaluate(() => window.drained()),

    /**
     * The numbers of the messages the page's handler was given, over all reloads, as the handler itself wrote them down:
     * what it tells in its last moment does not always get out of a page that is being left.
     * @returns {Promise<number[]>}
     */
    numbers: () => page.evaluate((key) => JSON.parse(localStorage.getItem(key) ?? "[]"), `received/${options.clientId}`),

    close: () => page.close(),
  };
};

/**
 * Runs in the page.
 * @param {{ options: ClientOptions, flow: Flow | null }} how
 */
const startClient = async ({ options, flow }) => {
  /** @type {import("../../src/web/types.d.ts").MqttClient} */
  const client = new window.MqttClient({ reconnect: false, ...options, cleanSession: false });
  window.client = client;
  addEventListener("pagehide", () => client.saveSession());
  window.drained = () =>
    new Promise((resolve) => {
      const look = () => client.outgoingMessages.length === 0 && resolve(undefined);
      client.on("messageOut", look);
      look();
    });
  client.on("messageIn", (/** @type {import("../../src/web/types.d.ts").Message} */ message) => {
    const key = `received/${options.clientId}`;
    const numbers = JSON.parse(localStorage.getItem(key) ?? "[]");
    localStorage.setItem(key, JSON.stringify([...numbers, Number(message.text())]));
    window.tell("messageIn", { text: message.text() });
  });
  client.on("messageLost", ({ code, certainty, direction }) => window.tell("messageLost", { code, certainty, direction }));
  client.on("disconnected", ({ code }) => window.tell("disconnected", { code }));
  client.on("error", (error) => window.tell("error", String(error)));
  client.on("sessionLost", (detail) => window.tell("sessionLost", detail));
  client.on("sessionRestored", (detail) => window.tell("sessionRestored", detail));
  if (flow === "known") client.restoreSession();
  if (flow === "ask first") {
    client.on("connected", async ({ sessionPresent }) => {
      // Another task, as an application would need that fetches its saved session from elsewhere.
      await new Promise((resolve) => setTimeout(resolve));
      if (sessionPresent) client.restoreSession();
    });
  }
  const { sessionPresent } = await client.connect();
  return sessionPresent;
};
