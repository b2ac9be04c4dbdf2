// @ts-check
// A durable session in storage: how much it takes of what there is, and its records as they lie there, each to be opened.
import { on } from "./bus.js";
import { current } from "./connection.js";
import { batched, byId, counted, make, setText } from "./dom.js";
import { chooseRecord, chosenRecord, refreshRecord } from "./inspector-record-view.js";
import { storedNames } from "./keep.js";
import { recordNames, recordSize } from "./records.js";
import { settings } from "./settings.js";

const ROWS = 50;
const LOOK_MS = 250;
const SOON_MS = 200;

const meter = byId("storage-meter", HTMLMeterElement);
const said = byId("storage-said", HTMLParagraphElement);
const more = byId("storage-more", HTMLParagraphElement);
const body = byId("records", HTMLTableSectionElement);

/** @type {[RegExp, string][]} */
const KINDS = [
  [/^meta$/, "the session itself"],
  [/^subscriptions$/, "subscriptions"],
  [/^o\//, "message going out"],
  [/^i\//, "message half received"],
  [/^p\//, "messages going out, together"],
  [/^saved$/, "a string, being taken over"],
  [/^bad\//, "unreadable, set aside"],
];

/** @param {string} name */
const kindOf = (name) => KINDS.find(([pattern]) => pattern.test(name))?.[1] ?? "";

/** The client id the records are under. */
let clientId = "";
let inUse = false;

const usage = () => current()?.storageUsage ?? { stored: 0, messages: 0, limit: undefined };

/** Of all that this origin stores, in UTF-16 units. */
const storedInAll = () => storedNames().reduce((sum, key) => sum + key.length + (localStorage.getItem(key)?.length ?? 0), 0);

/** @param {string} name */
const opener = (name) => {
  const open = make("button", { class: "quiet", text: name, data: { name } });
  open.type = "button";
  open.addEventListener("click", () => {
    chooseRecord(clientId, chosenRecord() === name ? undefined : name);
    markChosen();
  });
  return open;
};

const openers = () => [...body.querySelectorAll("button")];

const markChosen = () => {
  for (const open of openers()) open.setAttribute("aria-expanded", String(open.dataset.name === chosenRecord()));
};

/** Other rows in place of those that are there, with the focus where it was. @param {HTMLTableRowElement[]} rows */
const replaceRows = (rows) => {
  const at = openers().findIndex((open) => open === document.activeElement);
  const name = openers()[at]?.dataset.name;
  body.replaceChildren(...rows);
  markChosen();
  if (at < 0) return;
  const now = openers();
  (now.find((open) => open.dataset.name === name) ?? now[Math.min(at, now.length - 1)])?.focus();
};

const showRecords = () => {
  refreshRecord(clientId);
  const names = recordNames(clientId);
  const records = names.slice(0, ROWS).map((name) => ({ name, size: recordSize(clientId, name) }));
  const rest = names.length - records.length;
  const look = JSON.stringify([records, rest]);
  if (body.dataset.look === look) return;
  body.dataset.look = look;
  const rows = records.map(({ name, size }) =>
    make(
      "tr",
      {},
      make("td", { class: "topic" }, opener(name)),
      make("td", { text: kindOf(name) }),
      make("td", { class: "number", text: size.toLocaleString("en") }),
    ),
  );
  if (rest > 0 || rows.length === 0) {
    const cell = make("td", { class: "none", text: rest > 0 ? `and ${counted(rest, "more record")}` : "none" });
    cell.colSpan = 3;
    rows.push(make("tr", {}, cell));
  }
  replaceRows(rows);
};

const showUsage = () => {
  const { stored, messages, limit } = usage();
  meter.hidden = more.hidden = limit === undefined || inUse;
  if (inUse) return setText(said, "Another tab's, which has this session.");
  if (limit === undefined) {
    return setText(said, current() ? `${counted(stored, "character")}, in the memory of this page only.` : "No session yet.");
  }
  meter.max = limit;
  meter.high = limit * 0.8;
  meter.optimum = 0;
  meter.value = stored;
  const share = (100 * stored) / limit;
  const percent = share < 0.1 ? "less than 0.1 %" : `${share.toFixed(1)} %`;
  setText(said, `${stored.toLocaleString("en")} of ${counted(limit, "character")}: ${percent}.`);
  const others = Math.max(0, storedInAll() - stored);
  setText(more, `${counted(messages, "message")} in it. Beside it, everything else of this origin takes ${counted(others, "character")} of the same room.`);
};

const show = () => {
  if (!settings().durable) return;
  showRecords();
  showUsage();
};

export const startStorageView = () => {
  const soon = batched(show, SOON_MS);
  on("client", (now) => {
    ({ clientId } = now);
    inUse = false;
    soon();
  });
  on("opened", () => {
    inUse = false;
  });
  on("inUse", () => {
    inUse = true;
    soon();
  });
  on(
    [
      "opened", "keeping", "connected", "disconnected", "published", "publishDone", "publishFailed", "messageIn", "messageOut",
      "messageAck", "messageLost", "subscribed", "unsubscribed", "sessionLost",
    ],
    soon,
  );
  // Of the middle of a handshake no event tells.
  let before = 0;
  setInterval(() => {
    const { stored } = usage();
    if (stored !== before && document.visibilityState === "visible") show();
    before = stored;
  }, LOOK_MS);
  show();
};
