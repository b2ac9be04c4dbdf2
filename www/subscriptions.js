// @ts-check
// Subscribe and unsubscribe, and the list of what the server granted. The list outlives a reload with the session, and goes
// when the server begins a new one.
import { on } from "./bus.js";
import { required } from "./connection.js";
import { byId, input, make } from "./dom.js";
import { ofSession } from "./keep.js";
import { onSubmit, telling } from "./notices.js";

/** @typedef {import("../src/web/types.d.ts").QoS} QoS */

const KEY = "lab.subscriptions";
const list = byId("subscriptions", HTMLUListElement);
const none = byId("subscriptions-none", HTMLParagraphElement);

/** @type {Map<string, QoS>} */
const granted = new Map();

/**
 * @param {string} filter
 * @param {QoS} qos
 */
export const subscribe = async (filter, qos) => {
  const [result] = await required().subscribe(filter, { qos });
  if (result.qos === undefined) throw new Error(`The server refused the subscription to ${filter}: ${result.reason}.`);
  return result;
};

/** @param {string} filter */
export const unsubscribe = (filter) => required().unsubscribe(filter);

/** Whether a message to this topic will come back to this client. @param {string} topic */
export const comesBack = (topic) => [...granted.keys()].some((filter) => matches(filter, topic));

/**
 * MQTT 3.1.1 §4.7. A shared subscription does not count: its messages may go to others.
 * @param {string} filter
 * @param {string} topic
 */
const matches = (filter, topic) => {
  const levels = topic.split("/");
  const wanted = filter.split("/");
  if (topic.startsWith("$") && /^[+#]/.test(filter)) return false;
  if (wanted.at(-1) === "#") {
    wanted.pop();
    levels.length = Math.min(levels.length, wanted.length);
  }
  return wanted.length === levels.length && wanted.every((level, index) => level === "+" || level === levels[index]);
};

const show = () => {
  none.hidden = granted.size > 0;
  list.replaceChildren(
    ...[...granted].map(([filter, qos]) => {
      const drop = make("button", { class: "quiet", text: "Unsubscribe" });
      drop.type = "button";
      drop.setAttribute("aria-label", `Unsubscribe ${filter}`);
      const run = telling(() => unsubscribe(filter));
      drop.addEventListener("click", () => void run().then((well) => well && input("filter").focus()));
      return make("li", {}, make("code", { text: filter }), make("span", { class: "muted", text: `QoS ${qos}` }), drop);
    }),
  );
};

/** What was granted changed. */
const note = () => {
  ofSession.write(KEY, [...granted]);
  show();
};

/** As it is kept with the session of now. */
const load = () => {
  granted.clear();
  for (const [filter, qos] of ofSession.read(KEY, /** @type {[string, QoS][]} */ ([]))) granted.set(filter, qos);
  show();
};

/** @param {string[]} filters */
const drop = (filters) => {
  for (const filter of filters) granted.delete(filter);
  note();
};

export const startSubscriptions = () => {
  load();
  on("client", ({ moved }) => {
    if (moved) load();
  });
  on("opened", load);
  onSubmit("subscribe-form", () =>
    subscribe(input("filter").value, /** @type {QoS} */ (Number(byId("filter-qos", HTMLSelectElement).value))),
  );
  on("subscribed", ({ filter, qos }) => {
    granted.set(filter, qos ?? 0);
    note();
  });
  on("unsubscribed", ({ filter }) => drop([filter]));
  on("sessionLost", ({ filters }) => drop(filters));
  on("connected", ({ sessionPresent }) => {
    if (!sessionPresent) drop([...granted.keys()]);
  });
};
