// The page that goes through the ordeal: an application with one client that connects again by itself, written as the README
// says one should be. With a durable client it is reloaded and killed at any moment; what it does when it begins is the same
// every time.
//
// `window.tell(event, detail)` is the driver's binding; "alive" is answered with the settings of this run.
import { openReceipts } from "./receive.mjs";
import { openSubmissions, openVolatileSubmissions } from "./submit.mjs";

const SUBSCRIBED = "ordeal/subscribed";
/** So many messages are under way at most: the ordeal is to meet them in every stage, not in one long queue. */
const AT_ONCE = 40;

/** @typedef {{ client: import("../world.mjs").ClientOptions, qos: 1 | 2, goal: number, dist: string }} Settings */

/** The names of the session's records. */
const recordNames = () => {
  const prefix = "mooring/ordeal/";
  return Object.keys(localStorage).filter((key) => key.startsWith(prefix)).map((key) => key.slice(prefix.length));
};

/** @param {number} ms */
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Sizes differ, so that a cut at a random byte falls anywhere. @param {number} number */
const payload = (number) => `${number} ${"x".repeat((number * 7919) % 97)}`;

const main = async () => {
  /** @type {Settings} what storage holds is read before there is a client that could change it */
  const settings = await window.tell("alive", { records: recordNames() });
  const { MqttClient } = await import(settings.dist);
  const client = new MqttClient(settings.client);
  const receipts = openReceipts();
  client.on("messageIn", (/** @type {any} */ message) => receipts.take(message));
  client.on("messageLost", (/** @type {any} */ { code, direction, message }) => window.tell("trouble", `messageLost ${direction}: ${code} ${message.key ?? ""}`));
  client.on("sessionLost", () => window.tell("trouble", "sessionLost"));
  client.on("error", (/** @type {unknown} */ error) => window.tell("trouble", `error: ${error}`));

  const open = settings.client.durable ? openSubmissions : openVolatileSubmissions;
  const submissions = await open(client, { topic: "ordeal/out", qos: settings.qos });
  let unfinished = submissions.inherited.length;
  const finished = () => {
    unfinished -= 1;
    pump();
  };
  /** @param {unknown} error */
  const failed = (error) => {
    window.tell("trouble", `a publish failed: ${error}`);
    finished();
  };
  for (const { outcome } of submissions.inherited) outcome.then(finished, failed);
  window.tell("pending", submissions.inherited.map((/** @type {{ key: string }} */ { key }) => Number(key)));

  let { goal } = settings;
  let pumping = false;
  /** Publishes a few messages in one turn, and goes on in the next while there are more to publish. */
  const pump = () => {
    if (pumping || submissions.next > goal || unfinished >= AT_ONCE) return;
    pumping = true;
    setTimeout(() => {
      pumping = false;
      for (let burst = 1 + (submissions.next % 9); burst > 0 && submissions.next <= goal && unfinished < AT_ONCE; burst -= 1) {
        unfinished += 1;
        submissions.submit(payload).then(finished, failed);
      }
      pump();
    });
  };

  const subscribeOnce = async () => {
    if (localStorage.getItem(SUBSCRIBED) !== null) return;
    await client.subscribe({ "ordeal/in": settings.qos });
    localStorage.setItem(SUBSCRIBED, "yes");
  };

  /** @type {string[]} how connections ended, for a report */
  const reasons = [];
  client.on("disconnected", (/** @type {any} */ { code, reason, attempt }) => {
    reasons.push(`${code} (${reason}), attempt ${attempt}`);
    if (reasons.length > 5) reasons.shift();
  });

  const standing = () => ({
    submitted: submissions.next - 1,
    unfinished,
    outgoing: client.outgoingMessages.length,
    incoming: client.incomingMessages.length,
    records: recordNames(),
    notes: receipts.notes,
    reasons,
  });
  /** @param {number} count messages each way */
  const isSettled = (count) =>
    submissions.next > count && unfinished === 0 && receipts.known.size >= count &&
    client.incomingMessages.length === 0 && !recordNames().some((name) => /^[oi]\//.test(name));

  window.ordeal = {
    setGoal: (/** @type {number} */ higher) => {
      goal = Math.max(goal, higher);
      pump();
    },
    /**
     * Resolves with how things stand when all is settled, or when the time is over.
     * @param {number} count messages each way
     * @param {number} withinMs
     */
    settle: async (count, withinMs) => {
      const since = performance.now();
      while (!isSettled(count) && performance.now() - since < withinMs) await pause(10);
      return { ...standing(), settled: isSettled(count) };
    },
  };
  // The goal may have risen since this page asked; from here on it is told.
  window.ordeal.setGoal(await window.tell("ready"));
  await client.connect();
  await subscribeOnce();
};

main().catch((error) => window.tell("trouble", `the page failed: ${error?.stack ?? error}`));
