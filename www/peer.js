// @ts-check
// The peer driver's page: connects as its address says, obeys commands from the text box and from `window.peer`, and shows
// what happens. docs/peer.md describes it.
//
//   window.peer("publish a 1 hello")   → a promise of the answer: "ok n=2"
//   window.peerLines                   every line so far, oldest first
//   addEventListener("peerline", …)    each as it comes, in `detail`
import { batched, byId } from "./dom.js";
import { Driver } from "./peer/driver.js";
import { word } from "./peer/words.js";

const PACKAGE = /** @type {string} */ ("/dist/index.js");

/** How many lines are shown; `window.peerLines` has them all. */
const SHOWN = 500;

const form = byId("form", HTMLFormElement);
const box = byId("command", HTMLInputElement);
const log = byId("lines", HTMLOListElement);

/** @type {string[]} */
const lines = [];

const followLines = batched(() => {
  log.scrollTop = log.scrollHeight;
});

/** @param {string} text @param {string} kind */
const show = (text, kind) => {
  const item = document.createElement("li");
  item.textContent = text;
  item.dataset.kind = kind;
  log.append(item);
  if (log.childElementCount > SHOWN) log.firstElementChild?.remove();
  followLines();
};

/** @param {string} text @param {string} kind */
const tell = (text, kind) => {
  lines.push(text);
  show(text, kind);
  dispatchEvent(new CustomEvent("peerline", { detail: text }));
};

/** The command that the page's address stands for: `?url=…&clientId=…` is `open … client-id=…`; "" if it says nowhere to go. */
const fromAddress = () => {
  const given = new URLSearchParams(location.search);
  const url = given.get("url");
  if (url === null) return "";
  given.delete("url");
  const options = [...given].map(([name, value]) => {
    const option = name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
    return `${option}=${word(value)}`;
  });
  return ["open", word(url), ...options].join(" ");
};

const driver = import(PACKAGE).then(({ MqttClient }) => new Driver(MqttClient, tell));

/** @param {string} command */
const peer = async (command) => {
  const obeying = await driver;
  show(command, "command");
  return obeying.ask(command);
};

form.addEventListener("submit", (event) => {
  event.preventDefault();
  void peer(box.value);
  box.value = "";
});

Object.assign(window, { peer, peerLines: lines });

try {
  const command = fromAddress();
  await driver;
  if (command !== "") await peer(command);
} catch (error) {
  show(error instanceof Error ? error.message : String(error), "error");
}
