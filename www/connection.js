// @ts-check
// The current MqttClient and the ways to it: connect, disconnect, and for a durable session open and forget. The buttons,
// the guided path and `window.lab` all come through here.
import { codeOf, emit, on } from "./bus.js";
import { belongTo, forgetBeside } from "./keep.js";
import { open } from "./opening.js";
import { sessionKeyOf } from "./records.js";
import { fillIn, settings } from "./settings.js";

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
/** The client id it was made with: a client of a durable session that was given none makes one. */
let madeFor = "";

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
 * What the client is made with. A durable session is never clean: `cleanSession` is left to its default.
 * @param {Settings} wanted
 * @returns {import("../src/web/types.d.ts").ClientOptions}
 */
const optionsFor = ({ durable, cleanSession, ...rest }) =>
  durable ? { ...rest, durable, sessionKey: sessionKeyOf(rest.clientId) } : { ...rest, cleanSession };

/**
 * @param {MqttClient | null} made
 * @param {string} clientId
 * @param {boolean} durable
 */
const replaceBy = (made, clientId, durable) => {
  client?.free();
  client = made;
  madeFor = clientId;
  emit("client", { clientId, durable, moved: belongTo({ kind: durable ? "nobody" : "tab" }) });
};

/** There is no client now. */
const leave = () => replaceBy(null, "", settings().durable);

/**
 * The current client if it belongs to these settings and can still take them, else a new one in its place. A session
 * belongs to a client id and a version, and is kept one way or the other; with any of it changed it would be another's.
 * @param {Settings} wanted
 */
export const clientFor = (wanted) => {
  if (!Client) throw new Error("The mqtt-mooring package is not loaded.");
  const { clientId, protocolVersion, durable } = wanted;
  if (client && madeFor === clientId && client.protocolVersion === protocolVersion && client.durable === durable) {
    const { url, sessionExpiryInterval, reconnect } = wanted;
    const changeable = durable ? { url, sessionExpiryInterval, reconnect } : optionsFor(wanted);
    if (client.state === "disconnected") Object.assign(client, changeable);
    return client;
  }
  const made = new Client(optionsFor(wanted));
  for (const name of CLIENT_EVENTS) {
    made.on(name, (detail) => {
      if (client === made) emit(name, detail);
    });
  }
  replaceBy(made, clientId, durable);
  return made;
};

/**
 * Connects as the form says; what is given is filled in first. A durable session is taken up first.
 * @param {Partial<Settings>} [given]
 * @param {"fail" | "wait"} [sessionInUse]
 * @returns {Promise<ConnectResult>}
 */
export const connect = async (given = {}, sessionInUse = "fail") => {
  fillIn(given);
  const wanted = settings();
  const made = clientFor(wanted);
  if (wanted.durable) await open(made, wanted.clientId, sessionInUse);
  return made.connect();
};

/** Takes up the durable session of the form, without a connection. */
export const openSession = async () => {
  const wanted = settings();
  await open(clientFor(wanted), wanted.clientId, "fail");
};

/** Waits until no other page has the session, then goes on with it. */
export const waitAndConnect = async () => {
  try {
    await connect({}, "wait");
  } catch (error) {
    // `disconnect()` is how the wait is ended.
    if (codeOf(error) !== "DISCONNECTED") throw error;
  }
};

/**
 * What is unfinished in a saved session; throws what restoring it for this client would throw. Nothing of the page changes.
 * @param {string} text
 * @param {{ clientId: string, protocolVersion: "3.1.1" | "5" }} whose
 */
export const examine = (text, whose) => {
  if (!Client) throw new Error("The mqtt-mooring package is not loaded.");
  const client = new Client(whose);
  try {
    client.restoreSession(text);
    return { outgoing: client.outgoingMessages.length, incoming: client.incomingMessages.length };
  } finally {
    client.free();
  }
};

/** @returns {Promise<void>} */
export const disconnect = async () => client?.disconnect();

/** Lets go of the session, so that another page can have it; nothing of it is removed. */
export const letGo = async () => {
  await disconnect();
  leave();
};

/**
 * Removes a durable session and what this page kept beside it; the server's side stays until it expires.
 * @param {string} clientId
 */
export const forgetSession = async (clientId) => {
  if (!Client) return;
  const own = client?.durable && madeFor === clientId ? client : null;
  if (own) {
    client = null;
    await own.disconnect();
  }
  const holder = own ?? new Client({ clientId, durable: true, sessionKey: sessionKeyOf(clientId) });
  try {
    await holder.discardSession();
    forgetBeside(clientId);
  } finally {
    holder.free();
    if (own) leave();
  }
};

export const startConnection = () => {
  leave();
  on("keeping", () => {
    if (client === null) leave();
  });
};
