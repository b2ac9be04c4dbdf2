// @ts-check
// The guided path: five steps through a reload in the middle of QoS 2 handshakes, each by the same functions as the
// panels' own buttons. Where it stands is kept over the reload that it is about.
import { clearAccount } from "./account.js";
import { emit } from "./bus.js";
import { connect, restore } from "./connection.js";
import { button, byId, make } from "./dom.js";
import { embedded, hold, isExactTowardsSubscribers, isHolding, release, reloadNow } from "./faults.js";
import { tab } from "./keep.js";
import { onClick, telling } from "./notices.js";
import { publishNumbered } from "./publishing.js";
import { waitingNote } from "./saved.js";
import { newClientId, settings, suggestTopics } from "./settings.js";
import { subscribe } from "./subscriptions.js";

const MESSAGES = 5;
const KEY = "lab.guide";
const RELOAD = 3;
const RESTORE = 4;

/** @typedef {{ at: number, clientId: string }} Progress */
/** @type {Progress} */
let progress = { at: 0, clientId: "" };

const topic = () => `lab/${progress.clientId}/guide`;

const connectAnew = async () => {
  const clientId = newClientId();
  if (isHolding()) await release();
  clearAccount();
  progress = { at: 0, clientId };
  suggestTopics(clientId);
  const url = embedded()?.brokerUrl ?? settings().url;
  await connect({ url, clientId, cleanSession: false });
  await subscribe(`lab/${clientId}/#`, isExactTowardsSubscribers() ? 2 : 0);
};

/** Does not wait for the acknowledgements: they are held. */
const publishSome = () => {
  const published = telling(() => publishNumbered(MESSAGES, { topic: topic(), qos: 2 }));
  void published();
};

const releaseAndRestore = async () => {
  if (isHolding()) await release();
  await restore();
};

const STEPS = [
  {
    title: "Connect",
    text: "Under a new client id, with a session that the server keeps, and subscribed to what you will publish.",
    action: "Connect and subscribe",
    run: connectAnew,
  },
  {
    title: "Hold the answers",
    text: "From now on no acknowledgement from the server reaches this page.",
    action: "Hold acknowledgements",
    run: hold,
  },
  {
    title: "Publish",
    text: `${MESSAGES} numbered messages at QoS 2. Their handshakes stop half-way: see the inspector.`,
    action: `Publish ${MESSAGES} at QoS 2`,
    run: publishSome,
  },
  {
    title: "Reload",
    text: "The session is saved as a string; then the page and its connection are gone.",
    action: "Save and reload now",
    run: reloadNow,
  },
  {
    title: "Restore",
    text: "Answers flow again. The handshakes go on where they stopped, with the same packet ids.",
    action: "Restore and connect",
    run: releaseAndRestore,
  },
];

/** @param {number} at */
const goTo = (at) => {
  progress = { ...progress, at };
  tab.write(KEY, progress);
  emit("guide", { at });
};

/** Whether the next step is to restore what this path saved. */
export const waitsForRestore = () => progress.at === RESTORE;

/** @param {number} index */
const take = (index) => async () => {
  // Reloading ends this page before anything after it is done.
  if (STEPS[index].run === reloadNow) goTo(index + 1);
  try {
    await STEPS[index].run();
  } catch (error) {
    if (progress.at !== index) goTo(index);
    throw error;
  }
  goTo(index + 1);
  show();
  focusStep();
};

const show = () => {
  button("guide-restart").hidden = progress.at === 0;
  byId("guide-steps", HTMLOListElement).replaceChildren(...STEPS.map(stepElement));
};

/**
 * @param {typeof STEPS[number]} step
 * @param {number} index
 */
const stepElement = ({ title, text, action }, index) => {
  const done = index < progress.at;
  const item = make(
    "li",
    { class: done ? "done" : "" },
    make("span", { class: "mark", text: done ? "✓" : String(index + 1) }),
    make("h3", { text: title }),
    make("p", { text }),
  );
  if (index === progress.at) {
    item.setAttribute("aria-current", "step");
    const go = make("button", { class: "primary", text: action });
    go.type = "button";
    const run = telling(take(index));
    go.addEventListener("click", async () => {
      go.disabled = true;
      if (await run()) return;
      go.disabled = false;
      go.focus();
    });
    item.append(go);
  }
  if (done) item.append(make("span", { class: "visually-hidden", text: "done" }));
  return item;
};

/** The step that is next has the focus, for those who go on with Enter. */
const focusStep = () => {
  const next = document.querySelector("#guide-steps button");
  const target = next instanceof HTMLButtonElement ? next : byId("account-verdict", HTMLElement);
  target.focus();
};

const startOver = async () => {
  if (isHolding()) await release();
  clearAccount();
  progress = { at: 0, clientId: "" };
  goTo(0);
  show();
  focusStep();
};

export const startGuide = () => {
  progress = tab.read(KEY, progress);
  onClick("guide-restart", startOver);
  const survives = [RELOAD, RESTORE].includes(progress.at) && waitingNote()?.clientId === progress.clientId;
  // The browser's own reload, where the step's button was meant, is as good.
  if (survives && progress.at === RELOAD) goTo(RESTORE);
  if (!survives && progress.at < STEPS.length) goTo(0);
  show();
  if (survives) focusStep();
};
