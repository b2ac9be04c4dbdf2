// @ts-check
// A durable session that an earlier page left: what is unfinished in it and what becomes of each message; where another
// page has the session, the offer to wait for it.
import { codeOf, on } from "./bus.js";
import { connect, current, disconnect, openSession, waitAndConnect } from "./connection.js";
import { button, byId, counted, make, setText } from "./dom.js";
import { waitsToGoOn } from "./guide.js";
import { onClick, report } from "./notices.js";
import { isStored, nameOf } from "./records.js";
import { settings } from "./settings.js";

/** @typedef {import("../src/web/types.d.ts").PendingMessage} PendingMessage */

const ROWS = 50;

const card = byId("left", HTMLElement);
const text = byId("left-text", HTMLParagraphElement);
const list = byId("left-list", HTMLTableSectionElement);
const goOn = button("left-go-on");
const inUse = byId("in-use", HTMLElement);
const inUseText = byId("in-use-text", HTMLParagraphElement);
const wait = button("in-use-wait");
const stop = button("in-use-stop");

let clientId = "";
let total = 0;
/** @type {Set<PendingMessage>} without an outcome yet */
let open = new Set();

/** @param {PendingMessage} message */
const row = (message) => {
  const { key, topic, state, outcome } = message;
  const among = open;
  const said = make("td", { class: "state", text: state });
  const settled = (/** @type {string} */ word) => {
    said.textContent = word;
    among.delete(message);
    say();
  };
  outcome.then(
    () => settled("acknowledged"),
    (error) => settled(codeOf(error) ?? "failed"),
  );
  return make("tr", {}, make("td", { class: "topic", text: key ?? "–" }), make("td", { class: "topic", text: topic }), said);
};

const say = () => {
  const left = `an earlier page left ${counted(total, "message")} unfinished`;
  if (total === 0) setText(text, `${nameOf(clientId)}: nothing is unfinished in it.`);
  else setText(text, `${nameOf(clientId)}: ${left}${open.size < total ? `, ${open.size} of them still are` : ""}.`);
  goOn.hidden = (current()?.state ?? "disconnected") !== "disconnected" || waitsToGoOn();
};

/** @param {PendingMessage[]} left */
const show = (left) => {
  total = left.length;
  open = new Set(left);
  const rows = left.map(row);
  const hidden = rows.splice(ROWS).length;
  if (hidden > 0) {
    const more = make("td", { class: "none", text: `and ${counted(hidden, "more message")}` });
    more.colSpan = 3;
    rows.push(make("tr", {}, more));
  }
  list.replaceChildren(...rows);
  byId("left-table", HTMLElement).hidden = total === 0;
  say();
};

/** @param {string} words */
const showInUse = (words) => {
  inUse.hidden = false;
  setText(inUseText, words);
};

/** Where a button was that is gone now. */
const focusHere = () => (card.hidden ? byId("workbench", HTMLElement) : byId("left-title", HTMLElement)).focus();

/** Takes up the session of the form if there is one; that another page has it is told in the card. */
const look = async () => {
  const wanted = settings();
  if (!wanted.durable || !isStored(wanted.clientId)) return;
  await openSession().catch((error) => {
    if (codeOf(error) !== "SESSION_IN_USE") report(error);
  });
};

export const startLeftView = async () => {
  on("client", () => {
    card.hidden = true;
    inUse.hidden = true;
  });
  let looking = true;
  on("opened", (opened) => {
    const hadFocus = inUse.contains(document.activeElement);
    ({ clientId } = opened);
    inUse.hidden = true;
    show(opened.left);
    card.hidden = total === 0 && !looking;
    if (hadFocus) focusHere();
  });
  on(["connectionStatus", "guide"], say);
  on("inUse", ({ message }) => showInUse(`SESSION_IN_USE: ${message}.`));
  on("waiting", ({ waiting }) => {
    wait.hidden = waiting;
    stop.hidden = !waiting;
    if (waiting) showInUse("Waiting: close the other tab, or kill it, and everything in flight comes over to this one.");
    else if (!inUse.hidden) showInUse("Another tab has this session, and this one no longer waits for it.");
    if (!inUse.hidden) (waiting ? stop : wait).focus();
  });
  onClick("left-go-on", async () => {
    await connect();
    focusHere();
  });
  onClick("in-use-wait", waitAndConnect);
  onClick("in-use-stop", disconnect);
  await look();
  looking = false;
};
