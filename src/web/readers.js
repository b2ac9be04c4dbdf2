// Who takes messages beside the handlers: iterators, and requests that wait for their answers. They are listed where the messages
// of their client come in (`receiving.js`).
//
// While there are any, QoS 2 messages are acknowledged from here, so that a reader who cannot keep up holds the server back. Must
// never live here: how much a reader keeps (`reading.js`), and which answer is whose (`requesting.js`).

import { usage } from "./checks.js";
import { ask, CLIENT_ID, DETACHED, INBOX, IS_SUBSCRIBED, OPERATIONS, OPTIONS, READ, REPORT, SPEAKS_5 } from "./methods.js";
import { isTopic } from "./properties.js";

/** @typedef {import("./types.d.ts").MqttClient} MqttClient */
/** @typedef {import("./receiving.js").Reader} Reader */

/**
 * From now on `reader` gets what matches `filter`.
 * @param {MqttClient} client
 * @param {string | undefined} filter undefined: everything
 * @param {Reader} reader
 * @param {boolean} isForAnswers
 */
export const attach = (client, filter, reader, isForAnswers) => {
  if (isForAnswers && !ask(client, SPEAKS_5)) throw usage("request() needs MQTT 5: 3.1.1 has no response topics");
  ask(client, READ, filter);
  ask(client, INBOX).attach(filter, reader, isForAnswers);
};

/**
 * `reader` gets nothing any more.
 * @param {MqttClient} client
 * @param {Reader} reader
 */
export const detach = (client, reader) =>
  unlessFreed(() => {
    if (!ask(client, INBOX).detach(reader)) ask(client, DETACHED);
  });

/**
 * Tells the handlers of `error`.
 * @param {MqttClient} client
 * @param {unknown} error
 */
export const report = (client, error) => unlessFreed(() => ask(client, REPORT, error));

/**
 * Whether the session holds a subscription to `filter`.
 * @param {MqttClient} client
 * @param {string} filter
 * @returns {boolean}
 */
export const isSubscribed = (client, filter) => ask(client, IS_SUBSCRIBED, filter);

/**
 * Where answers go unless the caller says otherwise: named by the client identifier in use, below the Response Information of the
 * server, if it gave any that is a topic (MQTT 5 §4.10.1). Empty while no identifier is known.
 * @param {MqttClient} client
 * @returns {string}
 */
export const answersTo = (client) => {
  const id = ask(client, OPTIONS).held.clientId || ask(client, CLIENT_ID);
  if (!id) return "";
  const { responseInformation } = ask(client, OPERATIONS).seen;
  const base = responseInformation && isTopic(responseInformation) ? responseInformation : "";
  return `${base}${base === "" || base.endsWith("/") ? "" : "/"}response/${id}`;
};

/** @param {() => void} act a client that was freed has nothing to say, and its readers nothing to read */
const unlessFreed = (act) => {
  try {
    act();
  } catch {}
};
