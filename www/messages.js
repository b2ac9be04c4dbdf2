// @ts-check
// The live list of messages, in and out, newest first, as long as it stays readable.
import { on } from "./bus.js";
import { batched, button, byId, counted, make, setText, timeOf } from "./dom.js";

const SHOWN = 100;
const TEXT_LIMIT = 400;

const list = byId("messages", HTMLOListElement);
const count = byId("messages-count", HTMLParagraphElement);
const clear = button("messages-clear");
const total = { in: 0, out: 0 };

/** @type {Map<string, HTMLElement[]>} lines of publishes that have not settled, by what was published */
const open = new Map();

const sayCount = batched(() => {
  const sum = total.in + total.out;
  const shown = sum > SHOWN ? `; the newest ${SHOWN} are shown` : "";
  setText(count, sum === 0 ? "None yet; the newest comes first." : `${total.in} in, ${total.out} out${shown}`);
}, 300);

/**
 * @param {"in" | "out"} way
 * @param {{ topic: string, body: string, about: string }} line
 * @returns {HTMLElement} the part that says what became of it
 */
const add = (way, { topic, body, about }) => {
  const said = make("span", { class: "about", text: about });
  const short = body.length > TEXT_LIMIT ? `${body.slice(0, TEXT_LIMIT)}… (${counted(body.length, "character")})` : body;
  list.prepend(
    make(
      "li",
      {},
      make("span", { class: "way", text: way, data: { way } }),
      make("code", { text: topic }),
      said,
      make("span", { class: "body", text: short }),
    ),
  );
  while (list.children.length > SHOWN) list.lastElementChild?.remove();
  total[way] += 1;
  clear.hidden = false;
  sayCount();
  return said;
};

/** @param {{ topic: string, payload: string }} message */
const keyOf = ({ topic, payload }) => `${topic}\n${payload}`;

/**
 * @param {{ topic: string, payload: string }} message
 * @param {string} text
 * @param {boolean} [wrong]
 */
const settle = (message, text, wrong = false) => {
  const said = open.get(keyOf(message))?.shift();
  if (!said) return;
  if (open.get(keyOf(message))?.length === 0) open.delete(keyOf(message));
  said.textContent = text;
  said.classList.toggle("wrong", wrong);
};

export const startMessages = () => {
  on("messageIn", (message) => {
    const flags = `${message.retain ? " · retained" : ""}${message.duplicate ? " · sent again" : ""}`;
    add("in", { topic: message.topic, body: message.text(), about: `QoS ${message.qos}${flags} · ${timeOf(Date.now())}` });
  });
  on("published", (message) => {
    const { topic, payload, qos } = message;
    const said = add("out", { topic, body: payload, about: `QoS ${qos} · on its way` });
    open.set(keyOf(message), [...(open.get(keyOf(message)) ?? []), said]);
  });
  on("publishDone", (message) => {
    settle(message, `QoS ${message.qos} · ${message.qos === 0 ? "sent" : "acknowledged"} ${timeOf(Date.now())}`);
  });
  on("publishFailed", (message) => settle(message, message.code, true));
  on("restoredDone", ({ topic, packetId, qos, key }) => {
    const name = key === undefined ? `message with packet id ${packetId}` : key;
    add("out", { topic, body: `restored: ${name}`, about: `QoS ${qos} · acknowledged ${timeOf(Date.now())}` });
  });
  clear.addEventListener("click", () => {
    list.replaceChildren();
    total.in = 0;
    total.out = 0;
    clear.hidden = true;
    sayCount();
    byId("messages-title", HTMLHeadingElement).focus();
  });
};
