// @ts-check
// The guided path: five steps through a session that survives. Where it stands is kept over the reload that it is about;
// with a durable session also for the tab that is opened when this one is closed or killed.
import { clearAccount } from "./account.js";
import { emit, on } from "./bus.js";
import { current, forgetSession } from "./connection.js";
import { button, byId, make } from "./dom.js";
import { isHolding, release } from "./faults.js";
import { originOf } from "./found-view.js";
import { GO_ON, RELOAD, STEPS } from "./guide-steps.js";
import { browser, tab } from "./keep.js";
import { onClick, telling } from "./notices.js";
import { isFree, storedMessages } from "./records.js";
import { waitingNote } from "./saved.js";
import { fillIn, newClientId, settings, wasKept } from "./settings.js";

/** @typedef {{ at: number, clientId: string }} Progress */
/** @typedef {keyof typeof STEPS} Way */

const KEY = "lab.guide";
/** Where the newest durable path in this browser stands, for a new tab. */
const LEFT_KEY = "lab.guide.left";

/** @type {Progress} */
const BEGINNING = { at: 0, clientId: "" };

/** @type {Record<Way, Progress>} */
let progress = { durable: BEGINNING, byHand: BEGINNING };

/** @returns {Way} */
const way = () => (settings().durable ? "durable" : "byHand");
const steps = () => STEPS[way()];
const now = () => progress[way()];

/** @param {Progress} to */
const goTo = (to) => {
  progress = { ...progress, [way()]: to };
  tab.write(KEY, progress);
  if (way() === "durable") browser.write(LEFT_KEY, to);
  emit("guide", { at: to.at });
};

/** Whether the next step is to go on with what this path left. */
export const waitsToGoOn = () => now().at === GO_ON;

/** @param {number} index */
const take = (index) => async () => {
  const { clientId } = index === 0 ? { clientId: newClientId() } : now();
  // Reloading ends this page before anything after it is done.
  if (index === RELOAD) goTo({ at: index + 1, clientId });
  try {
    await steps()[index].run(clientId);
  } catch (error) {
    if (now().at !== index) goTo({ at: index, clientId });
    throw error;
  }
  goTo({ at: index + 1, clientId });
  show();
  focusStep();
};

const show = () => {
  button("guide-restart").hidden = now().at === 0;
  byId("guide-steps", HTMLOListElement).replaceChildren(...steps().map(stepElement));
};

/**
 * @param {import("./guide-steps.js").Step} step
 * @param {number} index
 */
const stepElement = ({ title, text, action }, index) => {
  const { at } = now();
  const done = index < at;
  const item = make(
    "li",
    { class: done ? "done" : "" },
    make("span", { class: "mark", text: done ? "✓" : String(index + 1) }),
    make("h3", { text: title }),
    make("p", { text }),
  );
  if (index === at) {
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

/** Another session is the page's now: the path, if it was under way, begins anew. */
export const leavePath = () => {
  if (now().at === 0 || now().at >= steps().length) return;
  goTo(BEGINNING);
  show();
};

const startOver = async () => {
  const { clientId } = now();
  if (isHolding()) await release();
  clearAccount();
  goTo(BEGINNING);
  show();
  focusStep();
  if (current()?.durable && settings().clientId === clientId) await forgetSession(clientId);
};

/**
 * A tab that was closed or killed on the durable path: this one goes on with it, unless it has a form of its own, or
 * another tab has that session.
 */
const takeUp = async () => {
  const left = browser.read(LEFT_KEY, BEGINNING);
  if (wasKept() || left.at < RELOAD || storedMessages(left.clientId).outgoing === 0) return;
  if (!(await isFree(left.clientId))) return;
  progress = { ...progress, durable: left };
  fillIn({ ...originOf(left.clientId), clientId: left.clientId, durable: true });
};

/** Whether what the path left is still there to go on with. */
const survives = () => {
  const { at, clientId } = now();
  if (at !== RELOAD && at !== GO_ON) return false;
  if (way() === "byHand") return waitingNote()?.clientId === clientId;
  return settings().clientId === clientId && storedMessages(clientId).outgoing > 0;
};

export const startGuide = async () => {
  progress = tab.read(KEY, progress);
  await takeUp();
  onClick("guide-restart", startOver);
  on("keeping", show);
  const goesOn = survives();
  // The browser's own reload, or the tab's end, where the step's button was meant, is as good.
  if (goesOn && now().at === RELOAD) goTo({ ...now(), at: GO_ON });
  if (!goesOn && now().at > 0 && now().at < steps().length) goTo(BEGINNING);
  show();
  if (goesOn) focusStep();
};
