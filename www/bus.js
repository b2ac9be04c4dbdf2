// @ts-check
// What happens, told to whoever wants to know: the client's own events as they come, and the page's. The last ones are
// kept as plain data, for `window.lab.events`.

/** @typedef {import("../src/web/types.d.ts").ClientEvents} ClientEvents */
/** @typedef {import("../src/web/types.d.ts").QoS} QoS */
/** @typedef {import("../src/web/types.d.ts").PendingMessage} PendingMessage */

/**
 * The page's own events.
 * @typedef {object} PageEvents
 * @property {{ durable: boolean }} keeping the form was told another way to keep the session
 * @property {{ topic: string, payload: string, qos: QoS }} published handed to the client
 * @property {{ clientId: string, durable: boolean, moved: boolean }} client another client object is current, or none: then
 *   without a name; `moved`: what the page keeps with the session is another's now
 * @property {{ clientId: string, left: PendingMessage[] }} opened the durable session is this page's, with what a page before it left
 * @property {{ clientId: string, message: string }} inUse the durable session is another page's
 * @property {{ waiting: boolean }} waiting for that other page to let go of it, or no longer
 * @property {{ text: string }} saved a string is kept; "" when it was forgotten
 * @property {{ sessionPresent: boolean }} restoreSkipped asked first, and the server no longer had the session
 * @property {{ holding: boolean }} holding the proxy was told to hold acknowledgements, or to release them
 * @property {{ topic: string, payload: string, qos: QoS }} publishDone
 * @property {{ topic: string, payload: string, code: string }} publishFailed
 * @property {{ topic: string, packetId: number, qos: QoS, key?: string }} restoredDone the server has a message of a restored session
 * @property {Record<string, never>} cleared the account was emptied
 * @property {{ id: string, at: number, state: "running" | "done" | "failed" }} script a fault script stands at this step, counted from 0
 * @property {{ at: number }} guide the guided path stands at this step, counted from 0
 */

/** @typedef {ClientEvents & PageEvents} Events */

const KEPT = 500;

/** @type {{ name: string, detail: unknown }[]} the newest last */
export const recent = [];

/** @type {Map<string, Set<(detail: any) => void>>} */
const handlers = new Map();

/**
 * @template {keyof Events} E
 * @param {E | E[]} names
 * @param {(detail: Events[E]) => void} handler
 */
export const on = (names, handler) => {
  for (const name of [names].flat()) {
    const known = handlers.get(name) ?? new Set();
    handlers.set(name, known.add(handler));
  }
};

/**
 * @template {keyof Events} E
 * @param {E} name
 * @param {Events[E]} detail
 */
export const emit = (name, detail) => {
  recent.push({ name, detail: plain(detail) });
  if (recent.length > KEPT) recent.splice(0, recent.length - KEPT);
  for (const handler of handlers.get(name) ?? []) handler(detail);
};

/**
 * A copy without methods and bytes: messages keep their text, errors their code and words.
 * @param {any} detail
 * @returns {unknown}
 */
const plain = (detail) => {
  if (detail instanceof Error) return { code: codeOf(detail), message: detail.message };
  if (detail === null || typeof detail !== "object") return detail;
  if (detail instanceof Uint8Array) return new TextDecoder().decode(detail);
  if (Array.isArray(detail)) return detail.map(plain);
  if (typeof detail.text === "function") {
    const { topic, qos, retain, duplicate, packetId } = detail;
    return { topic, text: detail.text(), qos, retain, duplicate, packetId };
  }
  return Object.fromEntries(Object.entries(detail).map(([name, value]) => [name, plain(value)]));
};

/**
 * The stable code of an MqttError; other errors have none.
 * @param {unknown} error
 */
export const codeOf = (error) =>
  error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;
