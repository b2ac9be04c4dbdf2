// The page of the migration examples: one program, a chat room, written twice; each in its half of the page, both in the same room. Here
// is only what they show and are asked for.
import { brokerUrl } from "./broker.js";

/**
 * What a program tells of.
 * @typedef {object} View
 * @property {(topic: string, text: string, qos: number, retain: boolean) => void} message it came from the broker
 * @property {(text: string) => void} delivered the broker has what was said here
 * @property {(text: "online" | "offline") => void} status
 * @property {(text: string) => void} problem
 */
/** @typedef {{ say: (text: string) => void, leave: () => void }} Room */
/** @typedef {(url: string, name: string, view: View) => Room} Join */

/** @param {string} tag @param {Record<string, string>} [attributes] @param {(Node | string)[]} children */
const element = (tag, attributes = {}, ...children) => {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
};

/** Each tab is somebody else, also after a reload: two clients of one name would throw each other out. */
const tab = (sessionStorage["tab"] ??= Math.random().toString(36).slice(2, 6));

/** @param {string} id @param {string} title @param {string} url @param {Join} join */
const half = (id, title, url, join) => {
  const status = element("output", {}, "offline");
  const problems = element("p", { role: "alert" });
  const messages = element("ol", { "aria-label": "Messages, as they came" });
  const delivered = element("ul", { "aria-label": "Said here, and at the broker" });
  const input = /** @type {HTMLInputElement} */ (element("input", { name: "text", autocomplete: "off", required: "" }));
  const leave = element("button", { type: "button" }, "Leave");
  const form = /** @type {HTMLFormElement} */ (element("form", {}, element("label", {}, "Say ", input), element("button", {}, "Send"), leave));
  document.querySelector("main")?.append(
    element("section", { id, "aria-labelledby": `${id}-title` }, element("h2", { id: `${id}-title` }, title), status, form, problems, element("h3", {}, "Messages"), messages, element("h3", {}, "Delivered"), delivered),
  );

  const room = join(url, `${id}-${tab}`, {
    message: (topic, text, qos, retain) => {
      messages.append(element("li", { "data-topic": topic, "data-qos": String(qos), "data-retain": String(retain) }, text));
    },
    delivered: (text) => delivered.append(element("li", {}, text)),
    status: (text) => void (status.textContent = text),
    problem: (text) => void (problems.textContent = text),
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    room.say(input.value);
    form.reset();
  });
  leave.addEventListener("click", () => room.leave());
};

/** @param {Join} original @param {string} library what it is written with @param {Join} ported */
export const showSideBySide = async (original, library, ported) => {
  const url = await brokerUrl();
  half("original", library, url, original);
  half("ported", "mqtt-mooring", url, ported);
};
