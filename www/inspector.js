// @ts-check
// The session inspector: what is unfinished in both directions, and what it takes up. The client tells by events when a
// handshake begins and ends, not of its middle (a PUBREC, a PUBLISH held for its PUBREL), so an unfinished session is
// also looked at from time to time.
import { on } from "./bus.js";
import { current } from "./connection.js";
import { batched, byId, counted, make, setText } from "./dom.js";
import { readNote, readSaved, waitingNote } from "./saved.js";

/** @typedef {import("../src/web/types.d.ts").OutgoingMessage | import("../src/web/types.d.ts").IncomingMessage} Unfinished */

const ROWS = 50;
const LOOK_MS = 250;

const summary = byId("inspector-summary", HTMLParagraphElement);
const outgoing = byId("outgoing", HTMLTableSectionElement);
const incoming = byId("incoming", HTMLTableSectionElement);

/** @param {string} text */
const wide = (text) => {
  const cell = make("td", { class: "none", text });
  cell.colSpan = 5;
  return make("tr", {}, cell);
};

/**
 * @param {HTMLTableSectionElement} body
 * @param {Unfinished[]} messages
 */
const fill = (body, messages) => {
  const look = JSON.stringify(messages);
  if (body.dataset.look === look) return;
  body.dataset.look = look;
  const rows = messages.slice(0, ROWS).map(({ packetId, state, topic, qos, bytes }) =>
    make(
      "tr",
      {},
      make("td", { text: packetId === undefined ? "–" : String(packetId) }),
      make("td", { class: "state", text: state }),
      make("td", { class: "topic", text: topic ?? "–" }),
      make("td", { text: String(qos) }),
      make("td", { class: "number", text: bytes.toLocaleString("en") }),
    ),
  );
  if (messages.length === 0) rows.push(wide("none"));
  if (messages.length > ROWS) rows.push(wide(`and ${counted(messages.length - ROWS, "more message")}`));
  body.replaceChildren(...rows);
};

const show = () => {
  const client = current();
  const out = client?.outgoingMessages ?? [];
  const half = client?.incomingMessages ?? [];
  fill(outgoing, out);
  fill(incoming, half);
  setText(summary, client ? sentence(out.length, half.length) : withoutClient());
  setText(byId("fact-memory", HTMLElement), counted(client?.storageUsage.bytes ?? 0, "byte"));
  setText(byId("fact-buffered", HTMLElement), counted(client?.bufferedAmount ?? 0, "byte"));
};

/**
 * @param {number} out
 * @param {number} half
 */
const sentence = (out, half) =>
  out + half === 0 ? "Nothing unfinished." : `${counted(out, "message")} unfinished going out, ${half} half received.`;

const withoutClient = () =>
  waitingNote() ? "A saved session waits: restore it." : "No session yet: connect, or restore one.";

const showSaved = () => {
  const { length } = readSaved();
  const restored = readNote()?.restoredAt ? ", restored" : "";
  setText(byId("fact-saved", HTMLElement), length === 0 ? "none" : `${counted(length, "character")} in localStorage${restored}`);
};

export const startInspector = () => {
  const soon = batched(show);
  on(
    [
      "client", "connected", "disconnected", "connectionStatus", "published", "publishDone", "publishFailed", "messageIn",
      "messageOut", "messageAck", "messageLost", "sessionRestored", "sessionLost", "readyToSend", "opened", "keeping",
    ],
    soon,
  );
  on("saved", () => {
    showSaved();
    soon();
  });
  setInterval(() => {
    if (document.visibilityState === "visible" && current()?.connected) show();
  }, LOOK_MS);
  show();
  showSaved();
};
