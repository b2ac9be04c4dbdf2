// @ts-check
// The packet timeline: a list that goes on by itself, one row for each packet, and the packet that was chosen in full beside it.
// One stop of the Tab key; arrow keys go from row to row and choose, Escape ends the choice.
import { button, byId, counted, input, make, setText } from "./dom.js";
import { fieldsAndBytes } from "./timeline-details.js";
import { decode, TYPES } from "./timeline/decode.js";
import { tapWebSockets } from "./timeline/tap.js";
import { exchangeOf, LINK, passes, Timeline } from "./timeline/timeline.js";

/** @typedef {import("./timeline/timeline.js").Entry} Entry */

/** How near to its end the list must be to go on with it. */
const NEAR_PX = 48;
const PAGE_ROWS = 10;
/** How many rows are made at once, and how soon after each other: the page is for others, too. */
const AT_ONCE = 100;
const SOON_MS = 100;
const SHARE = 10;

const list = byId("timeline-list", HTMLOListElement);
const details = byId("timeline-details", HTMLElement);
const count = byId("timeline-count", HTMLParagraphElement);
const pause = button("timeline-pause");
const clear = button("timeline-clear");
const direction = byId("timeline-direction", HTMLSelectElement);
const type = byId("timeline-type", HTMLSelectElement);

let paused = false;
/** @type {Map<number, { entry: Entry, row: HTMLButtonElement }>} what the list shows, by serial number */
const shown = new Map();
/** The last that was looked at, shown or not. */
let looked = 0;
/** @type {Entry | null} */
let chosen = null;
/** @type {HTMLElement | undefined} the row that Tab goes to */
let tabStop;
/** Whether the list goes on with its end, and whether it is still to be scrolled there. */
let [atEnd, scrolls] = [true, false];

const clock = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit", fractionalSecondDigits: 3 });
const WAYS = { out: ["→", "sent"], in: ["←", "received"] };

const filter = () => passes({
  direction: /** @type {"" | "in" | "out"} */ (direction.value),
  type: type.value,
  text: input("timeline-text").value.trim().toLowerCase(),
});

/** @param {Entry} entry */
const rowOf = (entry) => {
  const { serial, at, link, topic, summary, fault, id, total } = entry;
  const [arrow, way] = entry.direction ? WAYS[entry.direction] : ["•", "connection"];
  const sign = make("span", { class: "way", data: { way: entry.direction ?? "link" }, text: arrow });
  sign.setAttribute("aria-hidden", "true");
  const name = entry.direction ? entry.type : `connection ${link}`;
  const about = make("span", { class: "about" });
  if (topic) about.append(make("code", { text: topic }), " ");
  about.append(fault && !summary ? "cannot be read" : summary);
  const row = make(
    "button",
    { class: `packet${fault ? " wrong" : ""}`, data: { serial: String(serial), type: entry.type } },
    make("span", { class: "at", text: clock.format(at) }),
    sign,
    make("span", { class: "visually-hidden", text: entry.direction ? ` ${way} ` : " " }),
    make("span", { class: "type", text: name }),
    make("span", { class: "id", text: id === undefined ? " " : ` id ${id} ` }),
    about,
    make("span", { class: "size", text: total > 0 ? ` ${total.toLocaleString("en")} B` : "" }),
  );
  row.type = "button";
  row.tabIndex = -1;
  row.addEventListener("click", () => choose(entry));
  return row;
};

const rows = () => [...shown.values()];

/** One row can be reached by Tab: the chosen one, or else the last. */
const setTabStop = () => {
  if (tabStop) tabStop.tabIndex = -1;
  tabStop = ((chosen && shown.get(chosen.serial)) ?? rows().at(-1))?.row;
  if (tabStop) tabStop.tabIndex = 0;
};

/** @param {Entry} one */
const exchange = (one) => {
  const of = exchangeOf(timeline.entries, one);
  if (of.length < 2) return [];
  const steps = of.map((entry) => {
    const step = make("button", { class: "quiet", text: `${entry.direction === "out" ? "→" : "←"} ${entry.type}` });
    step.type = "button";
    if (entry === one) step.setAttribute("aria-current", "true");
    step.addEventListener("click", () => {
      choose(entry);
      (shown.get(entry.serial)?.row ?? details).focus();
    });
    const later = entry === of[0] ? "" : `+${Math.max(0, entry.at - of[0].at).toFixed(0)} ms`;
    const link = entry.link === one.link ? "" : ` connection ${entry.link}`;
    return make("li", {}, step, make("span", { class: "muted small", text: `${later}${link}` }));
  });
  return [make("h4", { text: "Its exchange" }), make("ol", { class: "exchange" }, ...steps)];
};

/** @param {Entry} entry */
const inFull = (entry) => {
  const { direction, link, at, bytes, total, level, fault, topic } = entry;
  const when = `${clock.format(at)}, connection ${link}`;
  if (direction === null) return [make("h3", { text: `Connection ${link} ${entry.summary}` }), make("p", { class: "muted small", text: when })];
  const packet = decode(bytes, total, level);
  const version = level === 5 ? "MQTT 5" : "MQTT 3.1.1";
  const said = [make("h3", { text: `${entry.type}, ${WAYS[direction][1]}` }), make("p", { class: "muted small", text: `${when}, ${version}` })];
  if (fault) said.push(make("p", { class: "fault", text: fault }));
  if (topic !== (packet.topic ?? "")) said.push(make("p", { class: "small", text: `Its alias stands for the topic ${topic}.` }));
  return [...said, ...exchange(entry), ...fieldsAndBytes(packet.fields, bytes, total)];
};

/** @param {Entry | null} entry */
const choose = (entry) => {
  if (chosen) shown.get(chosen.serial)?.row.removeAttribute("aria-current");
  chosen = entry;
  details.hidden = entry === null;
  details.parentElement?.classList.toggle("in-full", entry !== null);
  details.replaceChildren(...(entry ? inFull(entry) : []));
  details.scrollTop = 0;
  if (entry) shown.get(entry.serial)?.row.setAttribute("aria-current", "true");
  setTabStop();
};

const say = () => {
  const { entries, dropped } = timeline;
  list.hidden = shown.size === 0;
  clear.hidden = entries.length === 0;
  const fresh = paused ? entries.filter(({ serial }) => serial > looked).length : 0;
  const parts = [
    entries.length === 0 && "None yet: what goes over the page's connections is listed here as it passes, in both directions.",
    entries.length > 0 && (shown.size === entries.length ? `${counted(entries.length, "entry", "entries")}.` : `${shown.size.toLocaleString("en")} of ${counted(entries.length, "entry", "entries")} shown.`),
    dropped > 0 && `The ${counted(dropped, "older one is", "older ones are")} no longer kept.`,
    paused && `Paused${fresh > 0 ? `, with ${fresh.toLocaleString("en")} more since` : ""}.`,
  ];
  setText(count, parts.filter(Boolean).join(" "));
};

/** To the end of the list, when the rows have their places. */
const scrollToEnd = () => {
  if (scrolls) return;
  scrolls = true;
  requestAnimationFrame(() => {
    scrolls = false;
    list.scrollTop = list.scrollHeight;
  });
};

const scrolled = () => {
  if (!scrolls) atEnd = list.scrollHeight - list.scrollTop - list.clientHeight < NEAR_PX;
};

/** Brings the list to where the timeline is, or nearer to it. */
const follow = () => {
  if (paused) return say();
  const { entries } = timeline;
  const oldest = entries[0]?.serial ?? Infinity;
  for (const [serial, { row }] of shown) {
    if (serial >= oldest) break;
    // Who stands on a row that goes stands on the next one.
    if (row === document.activeElement) moveTo(1);
    row.parentElement?.remove();
    shown.delete(serial);
  }
  const passing = filter();
  const from = entries.findLastIndex(({ serial }) => serial <= looked) + 1;
  const fresh = entries.slice(from, from + AT_ONCE);
  const added = fresh.filter(passing).map((entry) => {
    const row = rowOf(entry);
    shown.set(entry.serial, { entry, row });
    return make("li", {}, row);
  });
  list.append(...added);
  looked = fresh.at(-1)?.serial ?? looked;
  say();
  setTabStop();
  if (atEnd && added.length > 0 && !list.contains(document.activeElement)) scrollToEnd();
  if (from + AT_ONCE < entries.length) soon();
};

let asked = false;
let delayMs = SOON_MS;

/** Follows before long; what takes longer is done less often. */
const soon = () => {
  if (asked) return;
  asked = true;
  setTimeout(() => {
    asked = false;
    const began = performance.now();
    follow();
    delayMs = Math.max(SOON_MS, SHARE * (performance.now() - began));
  }, delayMs);
};

/** The list anew: another filter, or none of the old rows. */
const again = () => {
  const wasPaused = paused;
  paused = false;
  shown.clear();
  list.replaceChildren();
  looked = 0;
  do follow();
  while (looked < (timeline.entries.at(-1)?.serial ?? 0));
  paused = wasPaused;
  if (chosen) choose(timeline.entries.includes(chosen) ? chosen : null);
  atEnd = true;
  scrollToEnd();
  say();
};

/** @param {number} by rows */
const moveTo = (by) => {
  const all = rows();
  const at = all.findIndex(({ row }) => row === document.activeElement);
  const next = all[Math.min(all.length - 1, Math.max(0, at + by))];
  if (!next) return;
  choose(next.entry);
  next.row.focus();
};

/** @type {Record<string, number>} */
const KEYS = { ArrowDown: 1, ArrowUp: -1, PageDown: PAGE_ROWS, PageUp: -PAGE_ROWS, Home: -Infinity, End: Infinity };

/** @param {KeyboardEvent} event */
const byKey = (event) => {
  if (event.key === "Escape") choose(null);
  else if (event.key in KEYS) moveTo(KEYS[event.key]);
  else return;
  event.preventDefault();
};

const timeline = new Timeline(soon);

const offerTypes = () => {
  const choices = [["", "all"], ["quiet", "all but pings"], ["messages", "PUBLISH and its answers"], [LINK, "connections only"]];
  for (const [value, text] of [...choices, ...TYPES.slice(1).map((name) => [name, name])]) type.add(new Option(text, value));
};

/** Before the first connection: what was opened earlier is not seen. */
export const startTimeline = () => {
  tapWebSockets(timeline.listener);
  offerTypes();
  for (const field of [direction, type]) field.addEventListener("change", again);
  input("timeline-text").addEventListener("input", again);
  list.addEventListener("keydown", byKey);
  list.addEventListener("scroll", scrolled, { passive: true });
  details.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    const row = chosen && shown.get(chosen.serial)?.row;
    choose(null);
    row?.focus();
  });
  pause.addEventListener("click", () => {
    paused = !paused;
    pause.setAttribute("aria-pressed", String(paused));
    if (paused) say();
    else again();
  });
  clear.addEventListener("click", () => {
    choose(null);
    timeline.clear();
    again();
    byId("timeline", HTMLElement).focus();
  });
  say();
};
