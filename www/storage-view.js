// @ts-check
// A durable session in storage: how much it takes of what there is, and its records as they lie there.
import { on } from "./bus.js";
import { current } from "./connection.js";
import { batched, byId, counted, make, setText } from "./dom.js";
import { recordNames, recordSize } from "./records.js";
import { settings } from "./settings.js";

const ROWS = 50;
const LOOK_MS = 250;
const SOON_MS = 200;

const meter = byId("storage-meter", HTMLMeterElement);
const said = byId("storage-said", HTMLParagraphElement);
const body = byId("records", HTMLTableSectionElement);

/** @type {[RegExp, string][]} */
const KINDS = [
  [/^meta$/, "the session itself"],
  [/^subscriptions$/, "subscriptions"],
  [/^o\//, "message going out"],
  [/^i\//, "message half received"],
  [/^bad\//, "unreadable, set aside"],
];

/** @param {string} name */
const kindOf = (name) => KINDS.find(([pattern]) => pattern.test(name))?.[1] ?? "";

/** The client id the records are under. */
let clientId = "";
let inUse = false;

const usage = () => current()?.storageUsage ?? { stored: 0, limit: undefined };

const showRecords = () => {
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
      make("td", { class: "topic", text: name }),
      make("td", { text: kindOf(name) }),
      make("td", { class: "number", text: size.toLocaleString("en") }),
    ),
  );
  if (rest > 0 || rows.length === 0) {
    const cell = make("td", { class: "none", text: rest > 0 ? `and ${counted(rest, "more record")}` : "none" });
    cell.colSpan = 3;
    rows.push(make("tr", {}, cell));
  }
  body.replaceChildren(...rows);
};

const showUsage = () => {
  const { stored, limit } = usage();
  meter.hidden = limit === undefined || inUse;
  if (inUse) return setText(said, "Another tab's, which has this session.");
  if (limit === undefined) {
    return setText(said, current() ? `${counted(stored, "character")}, in the memory of this page only.` : "No session yet.");
  }
  meter.max = limit;
  meter.high = limit * 0.8;
  meter.value = stored;
  const share = (100 * stored) / limit;
  const percent = share < 0.1 ? "less than 0.1 %" : `${share.toFixed(1)} %`;
  setText(said, `${stored.toLocaleString("en")} of ${counted(limit, "character")}: ${percent}.`);
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
