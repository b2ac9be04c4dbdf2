// @ts-check
// A session kept by hand: saved as a string when the page is left, restored by either flow.
import { emit, on } from "./bus.js";
import { clientFor, current, required } from "./connection.js";
import { keepSaved, markRestored, readSaved, savedFrom, waitingNote } from "./saved.js";
import { fillIn, flow, settings } from "./settings.js";

/** @typedef {import("../src/web/types.d.ts").ConnectResult} ConnectResult */

/** Whether the current client has been connected, or was given a session: before that it has none to save. */
let begun = false;
/** What this page itself kept last, unless that was of another client. */
let ownText = "";

/** Saves the session as it is now and keeps the string. */
export const save = () => {
  const made = required();
  const text = made.saveSession();
  const { clientId, protocolVersion, url, outgoingMessages, incomingMessages } = made;
  const contents = { outgoing: outgoingMessages.length, incoming: incomingMessages.length };
  ownText = text;
  keepSaved(text, { clientId, protocolVersion, url: String(url), ...contents });
  return text;
};

/**
 * Saves what is lost with the page otherwise; of a durable session nothing is. A client with nothing unfinished leaves a
 * kept string alone if it has had no session yet, or if the string is from elsewhere and still waits to be restored.
 */
export const saveOnLeaving = () => {
  const client = current();
  if (!client || client.durable) return;
  const empty = client.outgoingMessages.length + client.incomingMessages.length === 0;
  if (empty && (!begun || (waitingNote() && readSaved() !== ownText))) return;
  save();
};

/** However the page is left: by a button here, by F5, or for another page. */
export const startSaving = () => {
  on("client", () => {
    begun = false;
    ownText = "";
  });
  on(["connected", "sessionRestored"], () => {
    begun = true;
  });
  window.addEventListener("pagehide", () => {
    try {
      saveOnLeaving();
    } catch {
      // no room for the string, and nobody left to read about it
    }
  });
};

/**
 * Restores the kept string, or this one, by the flow that the form says, and connects.
 * @param {string} [text]
 * @returns {Promise<ConnectResult>}
 */
export const restore = async (text = readSaved()) => {
  if (text === "") throw new Error("Nothing is saved: save a session, or paste a string.");
  const origin = savedFrom(text);
  if (origin) fillIn({ clientId: origin.clientId, protocolVersion: origin.protocolVersion, url: origin.url });
  fillIn({ cleanSession: false, durable: false });
  return flow() === "ask" ? askFirst(text) : restoreFirst(text);
};

/** Server status known: restore, then connect. @param {string} text */
const restoreFirst = async (text) => {
  const made = clientFor(settings());
  made.restoreSession(text);
  markRestored(text);
  return made.connect();
};

/**
 * Ask first: connect, and restore inside `connected` if the server still has the session.
 * @param {string} text
 */
const askFirst = async (text) => {
  const made = clientFor(settings());
  /** @type {unknown} */
  let failure;
  const remove = made.on("connected", ({ sessionPresent }) => {
    if (!sessionPresent) return emit("restoreSkipped", { sessionPresent });
    try {
      made.restoreSession(text);
      markRestored(text);
    } catch (error) {
      failure = error;
    }
  });
  try {
    const result = await made.connect();
    if (failure === undefined) return result;
    await made.disconnect();
    throw failure;
  } finally {
    remove();
  }
};
