// @ts-check
// The current MqttClient and the ways to it: connect, restore by either flow, disconnect. The buttons, the guided path
// and `window.lab` all come through here.
import { emit, on } from "./bus.js";
import { fillIn, flow, settings } from "./settings.js";
import { readSaved, savedFrom, keepSaved, markRestored, waitingNote } from "./saved.js";

/** @typedef {import("../src/web/types.d.ts").MqttClient} MqttClient */
/** @typedef {import("../src/web/types.d.ts").ConnectResult} ConnectResult */
/** @typedef {typeof import("../src/web/types.d.ts").MqttClient} MqttClientClass */
/** @typedef {import("./settings.js").Settings} Settings */

/** The built package, as the development server serves it. */
const PACKAGE = /** @type {string} */ ("/dist/index.js");

/** @type {(keyof import("../src/web/types.d.ts").ClientEvents)[]} */
const CLIENT_EVENTS = [
  "connected", "disconnected", "connectionStatus", "messageIn", "messageOut", "messageAck", "messageLost", "subscribed",
  "unsubscribed", "readyToSend", "sessionSaved", "sessionRestored", "sessionLost", "error",
];

/** @type {MqttClientClass | null} */
let Client = null;
/** @type {MqttClient | null} */
let client = null;
/** Whether the current client has been connected, or was given a session: before that it has none to save. */
let begun = false;
/** What this page itself kept last, unless that was of another client. */
let ownText = "";

export const current = () => client;

export const load = async () => {
  try {
    ({ MqttClient: Client } = await import(PACKAGE));
  } catch (cause) {
    throw new Error("The mqtt-mooring package could not be loaded from /dist/: run `npm start`, which builds it.", { cause });
  }
};

/** The client, or an error that says how to get one. */
export const required = () => {
  if (client) return client;
  throw new Error("There is no connection yet: press Connect first.");
};

/**
 * The current client if it belongs to these settings and can still take them, else a new one in its place. A session
 * belongs to a client id and a version; with either changed it would be another's.
 * @param {Settings} wanted
 */
const clientFor = (wanted) => {
  if (!Client) throw new Error("The mqtt-mooring package is not loaded.");
  if (client && client.clientId === wanted.clientId && client.protocolVersion === wanted.protocolVersion) {
    if (client.state === "disconnected") Object.assign(client, wanted);
    return client;
  }
  const made = new Client(wanted);
  client?.free();
  client = made;
  begun = false;
  ownText = "";
  for (const name of CLIENT_EVENTS) {
    made.on(name, (detail) => {
      if (client === made) emit(name, detail);
    });
  }
  emit("client", { clientId: made.clientId });
  return made;
};

/**
 * Connects as the form says; what is given is filled in first.
 * @param {Partial<Settings>} [given]
 * @returns {Promise<ConnectResult>}
 */
export const connect = async (given = {}) => {
  fillIn(given);
  return clientFor(settings()).connect();
};

/** @returns {Promise<void>} */
export const disconnect = async () => client?.disconnect();

/** Saves the session as it is now and keeps the string. */
export const save = () => {
  const made = required();
  const text = made.saveSession();
  const { clientId, protocolVersion, url, outgoingMessages, incomingMessages } = made;
  const contents = { outgoing: outgoingMessages.length, incoming: incomingMessages.length };
  ownText = text;
  keepSaved(text, { clientId, protocolVersion, url, ...contents });
  return text;
};

/**
 * Saves what is lost with the page otherwise. A client with nothing unfinished leaves a kept string alone if it has had
 * no session yet, or if the string is from elsewhere and still waits to be restored.
 */
export const saveOnLeaving = () => {
  if (!client) return;
  const empty = client.outgoingMessages.length + client.incomingMessages.length === 0;
  if (empty && (!begun || (waitingNote() && readSaved() !== ownText))) return;
  save();
};

/** However the page is left: by a button here, by F5, or for another page. */
export const startSaving = () => {
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
  fillIn({ cleanSession: false });
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
