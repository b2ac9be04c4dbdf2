// @ts-check
// Durable sessions with unfinished messages that no page has: what closed and killed tabs left behind in this browser.
import { on } from "./bus.js";
import { connect, current, forgetSession } from "./connection.js";
import { byId, counted, make } from "./dom.js";
import { readBeside } from "./keep.js";
import { telling } from "./notices.js";
import { ORIGIN } from "./opening.js";
import { leftSessions, nameOf, storedMessages } from "./records.js";

/** @typedef {import("./opening.js").Origin} Origin */

const LOOK_MS = 1000;
const card = byId("found", HTMLElement);
const list = byId("found-list", HTMLUListElement);

/** @param {string} clientId */
export const originOf = (clientId) => readBeside(clientId, ORIGIN, /** @type {Origin | null} */ (null));

/** @param {string} clientId */
const goOn = (clientId) => connect({ ...originOf(clientId), clientId, durable: true });

/**
 * @param {string} label
 * @param {string} clientId
 * @param {() => unknown} action
 */
const action = (label, clientId, action) => {
  const element = make("button", { text: label });
  element.type = "button";
  element.setAttribute("aria-label", `${label}: ${nameOf(clientId)}`);
  const run = telling(action);
  element.addEventListener("click", async () => {
    await run();
    await show();
    if (!element.isConnected) byId("workbench", HTMLElement).focus();
  });
  return element;
};

/** @param {string} clientId */
const line = (clientId) => {
  const { outgoing, incoming } = storedMessages(clientId);
  const contents = `${counted(outgoing, "message")} unfinished going out, ${incoming} half received`;
  return make(
    "li",
    {},
    make("code", { text: nameOf(clientId) }),
    make("span", { class: "muted", text: contents }),
    action("Go on with it", clientId, () => goOn(clientId)),
    action("Forget it", clientId, () => forgetSession(clientId)),
  );
};

const show = async () => {
  const left = current() === null ? await leftSessions() : [];
  card.hidden = left.length === 0 || current() !== null;
  const look = left.join("\n");
  if (list.dataset.look === look) return;
  list.dataset.look = look;
  list.replaceChildren(...left.map(line));
};

export const startFoundView = async () => {
  on(["client", "keeping"], () => void show());
  // A tab that is closed while this one is looked at leaves something, too.
  setInterval(() => {
    if (document.visibilityState === "visible" && current() === null) void show();
  }, LOOK_MS);
  await show();
};
