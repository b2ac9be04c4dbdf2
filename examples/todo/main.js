// The page: a form, the list of what was written, and where each line is.
import { MqttClient } from "mqtt-mooring";
import { brokerUrl } from "../broker.js";
import { arrivals, listen } from "./far-end.js";
import { markLost, takeUp, todos, write } from "./todos.js";

const OFFLINE = "examples/todo-offline";

/** @param {string} id */
const element = (id) => /** @type {HTMLElement} */ (document.getElementById(id));
const text = /** @type {HTMLInputElement} */ (element("text"));

// With this worker the page itself opens without a network, too.
navigator.serviceWorker?.register("worker.js").catch((error) => complain(error));

const url = await brokerUrl();
const client = new MqttClient({ url, sessionKey: "examples/todo", durable: true, sessionInUse: "wait", protocolFallback: true });

const show = () => {
  const written = todos();
  const onTheirWay = new Set(client.outgoingMessages.map(({ key }) => key));
  element("list").replaceChildren(
    ...written.map(({ id, text, handedOver, lost }) => {
      const ended = lost && !arrivals(id) ? `given up: ${lost}` : "at the server";
      const place = !handedOver ? "noted" : onTheirWay.has(id) ? "in the session" : ended;
      return line(text, place, `far end: ${arrivals(id)} ×`);
    }),
  );
  const times = written.map(({ id }) => arrivals(id));
  const doubled = times.filter((count) => count > 1).length;
  element("verdict").textContent =
    written.length === 0
      ? "Nothing written yet."
      : `${times.filter((count) => count > 0).length} of ${written.length} arrived, ${doubled === 0 ? "none" : doubled} more than once.`;
};

/** @param {string[]} parts */
const line = (...parts) => {
  const item = document.createElement("li");
  for (const part of parts) item.append(Object.assign(document.createElement("span"), { textContent: part }));
  return item;
};

/** @param {string} words */
const tell = (words) => void (element("connection").textContent = words);

/** @param {Error} error */
const complain = (error) => {
  element("problem").textContent = error.message;
  element("problem").hidden = false;
};

const isOffline = () => localStorage.getItem(OFFLINE) !== null;

// What reaches a server before anyone has subscribed is thrown away: so the far end comes first.
let turn = listen(url, () => show());

/** Connects or disconnects, as the switch stands; one after the other, however fast it is pressed. */
const follow = () => {
  element("offline").ariaChecked = String(isOffline());
  if (isOffline()) tell("Offline, as you wish. What you write is kept.");
  turn = turn.then(async () => {
    if (isOffline()) await client.disconnect();
    else if (client.state === "disconnected") client.connect().catch((error) => isOffline() || complain(error));
  });
  turn.catch(complain);
};

client.on("connectionStatus", ({ state }) => {
  if (!isOffline()) tell(state === "connected" ? "Connected." : "Not connected. What you write is kept.");
});
client.on("messageLost", ({ message, certainty, reason }) => {
  markLost(message.key, certainty);
  complain(new Error(`Given up: ${reason}`));
});
for (const event of /** @type {const} */ (["messageOut", "messageLost"])) client.on(event, show);

element("offline").addEventListener("click", () => {
  if (isOffline()) localStorage.removeItem(OFFLINE);
  else localStorage.setItem(OFFLINE, "");
  follow();
});

element("form").addEventListener("submit", (event) => {
  event.preventDefault();
  element("problem").hidden = true;
  try {
    write(client, text.value).then(show, complain);
    text.value = "";
  } catch (error) {
    complain(/** @type {Error} */ (error)); // The text stays in the form: nobody else has it.
  }
  show();
});

show();
takeUp(client).then(() => {
  /** @type {HTMLButtonElement} */ (element("add")).disabled = false;
  tell("Not connected. What you write is kept.");
  show();
  follow();
}, complain);
