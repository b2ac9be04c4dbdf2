// @ts-check
// What the guided path does, each step by the same functions as the panels' own buttons: through a reload or a killed tab
// with a durable session, through a reload with one kept by hand.
import { clearAccount } from "./account.js";
import { codeOf } from "./bus.js";
import { restore } from "./by-hand.js";
import { connect } from "./connection.js";
import { embedded, hold, isExactTowardsSubscribers, isHolding, release, reloadNow } from "./faults.js";
import { report } from "./notices.js";
import { publishNumbered } from "./publishing.js";
import { settings, suggestTopics } from "./settings.js";
import { subscribe } from "./subscriptions.js";

const MESSAGES = 5;

/** The step that ends the page, and the one that goes on after it. */
export const RELOAD = 3;
export const GO_ON = 4;

/**
 * @typedef {object} Step
 * @property {string} title
 * @property {string} text
 * @property {string} action
 * @property {(clientId: string) => unknown} run
 */

/** Starts anew: under a client id that no earlier session has. @param {string} clientId */
const connectAnew = async (clientId) => {
  if (isHolding()) await release();
  clearAccount();
  suggestTopics(clientId);
  const url = embedded()?.brokerUrl ?? settings().url;
  await connect({ url, clientId, cleanSession: false });
  await subscribe(`lab/${clientId}/#`, isExactTowardsSubscribers() ? 2 : 0);
};

/** How publishes end when the path is left: their session was let go of, or their client was. */
const LEFT = new Set(["SESSION_REPLACED", "DISCONNECTED"]);

/** Does not wait for the acknowledgements: they are held. @param {string} clientId */
const publishSome = (clientId) => {
  publishNumbered(MESSAGES, { topic: `lab/${clientId}/guide`, qos: 2 }).catch((error) => {
    if (!LEFT.has(codeOf(error) ?? "")) report(error);
  });
};

/** @param {() => unknown} goOn */
const releaseAnd = (goOn) => async () => {
  if (isHolding()) await release();
  await goOn();
};

/** @type {Step} */
const HOLD = {
  title: "Hold the answers",
  text: "From now on no acknowledgement from the server reaches this page.",
  action: "Hold acknowledgements",
  run: hold,
};

/** @type {Record<"durable" | "byHand", Step[]>} */
export const STEPS = {
  durable: [
    {
      title: "Connect",
      text: "Under a new client id, with a durable session, and subscribed to what you will publish.",
      action: "Connect and subscribe",
      run: connectAnew,
    },
    HOLD,
    {
      title: "Publish",
      text: `${MESSAGES} numbered messages at QoS 2. Each is in storage before it is sent: see its record in the inspector.`,
      action: `Publish ${MESSAGES} at QoS 2`,
      run: publishSome,
    },
    {
      title: "Reload, or kill the tab",
      text: "Nothing is saved on leaving; nothing needs to be. Close or kill this tab and open the page in another: that is as good.",
      action: "Reload now",
      run: reloadNow,
    },
    {
      title: "Go on",
      text: "Answers flow again. The handshakes go on where they stopped, with the same packet ids.",
      action: "Release and connect",
      run: releaseAnd(() => connect()),
    },
  ],
  byHand: [
    {
      title: "Connect",
      text: "Under a new client id, with a session that the server keeps, and subscribed to what you will publish.",
      action: "Connect and subscribe",
      run: connectAnew,
    },
    HOLD,
    {
      title: "Publish",
      text: `${MESSAGES} numbered messages at QoS 2. Their handshakes stop half-way: see the inspector.`,
      action: `Publish ${MESSAGES} at QoS 2`,
      run: publishSome,
    },
    {
      title: "Reload",
      text: "The session is saved as a string; then the page and its connection are gone. A killed tab would save nothing.",
      action: "Save and reload now",
      run: reloadNow,
    },
    {
      title: "Restore",
      text: "Answers flow again. The handshakes go on where they stopped, with the same packet ids.",
      action: "Restore and connect",
      run: releaseAnd(() => restore()),
    },
  ],
};
