// @ts-check
// Two tabs on one session: a button that opens the second, who has the session and who waits for it, in words that are the same in
// each tab, and the way to hand it over.
import { on } from "./bus.js";
import { letGo } from "./connection.js";
import { batched, button, byId, make, setText } from "./dom.js";
import { allTabs, canTell, openSecond, takeNumber } from "./in-use-tabs.js";
import { onClick } from "./notices.js";
import { fillIn, settings } from "./settings.js";

/** @typedef {import("./in-use-tabs.js").Tab} Tab */

const LOOK_MS = 500;
const TITLE = document.title;

const list = byId("tabs-list", HTMLUListElement);
const open = button("tabs-open");
const handOver = button("tabs-hand-over");

const ROLES = { has: "has it", waits: "waits", none: "looks on" };

/** @param {Tab} tab */
const nameOf = ({ number, own }) => {
  if (number === 0) return "A page that is not of the Lab";
  return own ? `Tab ${number}, this one` : `Tab ${number}`;
};

/** @param {Tab} tab */
const row = (tab) => {
  const { role, session } = tab;
  const other = session !== "" && session !== settings().clientId;
  return make(
    "li",
    { data: { role: other ? "none" : role } },
    make("span", { class: "who", text: nameOf(tab) }),
    make("span", { class: "role", text: other ? `${role} ${session}` : ROLES[role] }),
  );
};

/** @param {Tab[]} tabs */
const sentence = (tabs) => {
  const { clientId } = settings();
  const owner = tabs.find(({ role, session }) => role === "has" && session === clientId);
  if (!owner) return `No tab has ${clientId || "a session"} now: connect first.`;
  const waiting = tabs.filter(({ role, session }) => role === "waits" && session === clientId);
  const has = owner.own ? `This is tab ${owner.number}, and it has ${clientId}.` : `${nameOf(owner)} has ${clientId}.`;
  return [has, ...waiting.map((tab) => (tab.own ? `This is tab ${tab.number}, and it waits for it.` : `${nameOf(tab)} waits for it.`))].join(" ");
};

const show = async () => {
  const { clientId, durable } = settings();
  if (!durable) return;
  const tabs = await allTabs();
  const self = tabs.find(({ own }) => own);
  const isHeld = tabs.some(({ role, session }) => role === "has" && session === clientId);
  const isWanted = tabs.some(({ role, session }) => role === "waits" && session === clientId);
  setText(byId("tabs-said", HTMLParagraphElement), sentence(tabs));
  open.disabled = !isHeld;
  const hadFocus = document.activeElement === handOver;
  handOver.hidden = !(isWanted && self?.role === "has" && self.session === clientId);
  if (hadFocus && handOver.hidden) open.focus();
  document.title = tabs.length < 2 || !self ? TITLE : `Tab ${self.number} ${self.role === "none" ? "looks on" : self.role === "has" ? "has the session" : "waits"} · ${TITLE}`;
  const look = JSON.stringify([tabs, clientId]);
  if (list.dataset.look === look) return;
  list.dataset.look = look;
  list.replaceChildren(...tabs.map(row));
};

export const startTabsView = async () => {
  if (!canTell()) {
    setText(byId("tabs-said", HTMLParagraphElement), "This browser keeps no Web Locks here: tabs cannot be told apart.");
    open.disabled = true;
    return;
  }
  await takeNumber();
  const soon = batched(() => void show());
  on(["client", "opened", "inUse", "waiting", "connectionStatus", "keeping"], soon);
  document.addEventListener("visibilitychange", soon);
  // Of what other tabs do no event tells.
  setInterval(() => {
    if (document.visibilityState === "visible") soon();
  }, LOOK_MS);
  onClick("tabs-open", () => {
    // What was typed last is kept, too.
    fillIn({});
    openSecond();
  });
  onClick("tabs-hand-over", letGo);
  await show();
};
