// Moves an <mqtt-log> about, and sends it something to list. What sends is a client of its own: it is there, whether the element is or not.
import { MqttClient } from "mqtt-mooring";
import { brokerUrl } from "../broker.js";
import "./mqtt-log.js";

/** @param {string} id */
const element = (id) => /** @type {HTMLElement} */ (document.getElementById(id));
const log = /** @type {HTMLElement} */ (document.querySelector("mqtt-log"));
const move = /** @type {HTMLButtonElement} */ (element("move"));
const text = /** @type {HTMLInputElement} */ (element("text"));

const url = await brokerUrl();
log.setAttribute("url", url);

move.addEventListener("click", () => {
  const left = element("left");
  (log.parentElement === left ? element("right") : left).append(log);
});

element("toggle").addEventListener("click", () => {
  if (log.isConnected) log.remove();
  else element("left").append(log);
  move.disabled = !log.isConnected;
  element("toggle").textContent = log.isConnected ? "Take it out" : "Put it back";
});

/** @param {string} words */
const tell = (words) => void (element("sent").textContent = words);

const sender = new MqttClient({ url, protocolFallback: true });
let sent = 0;
element("send").addEventListener("submit", async (event) => {
  event.preventDefault();
  const payload = text.value;
  text.value = "";
  try {
    await sender.publish("examples/web-component/news", payload, { qos: 2 });
    sent += 1;
    tell(`Taken over by the server: ${sent}`);
  } catch (error) {
    tell(/** @type {Error} */ (error).message);
  }
});
sender.connect().catch((error) => tell(error.message));
