// @ts-check
// A durable session that an earlier page left: what is unfinished in it, and what becomes of each message.
import { codeOf, on } from "./bus.js";
import { connect, current, openSession } from "./connection.js";
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

const sentence = () => {
  if (total === 0) return "nothing is unfinished in it";
  const left = `an earlier page left ${counted(total, "message")} unfinished`;
  if (open.size === total) return left;
  return open.size === 0 ? `${left}; all have an outcome now` : `${left}; ${open.size} of them still are`;
};

const say = () => {
  setText(text, `${nameOf(clientId)}: ${sentence()}.`);
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

/** Takes up the session of the form if there is one; that another page has it is told elsewhere. */
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
  });
  let looking = true;
  on("opened", (opened) => {
    ({ clientId } = opened);
    show(opened.left);
    card.hidden = total === 0 && !looking;
  });
  on(["connectionStatus", "guide"], say);
  onClick("left-go-on", async () => {
    await connect();
    byId("left-title", HTMLElement).focus();
  });
  await look();
  looking = false;
};
