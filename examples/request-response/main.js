// The page: who asks. The clerk is in the same page, but by a client of its own; it could be anywhere.
import { MqttClient } from "mqtt-mooring";
import { brokerUrl } from "../broker.js";
import { clerk, TOPIC } from "./clerk.js";

/** Seconds that an answer is waited for. */
const PATIENCE = 3;

/** @param {string} id */
const element = (id) => /** @type {HTMLElement} */ (document.getElementById(id));
const desk = /** @type {HTMLButtonElement} */ (element("desk"));
const question = /** @type {HTMLInputElement} */ (element("question"));

/** @param {Error} error */
const complain = (error) => {
  element("problem").textContent = error.message;
  element("problem").hidden = false;
};

const url = await brokerUrl();
// The server keeps what comes for them while a broken connection is made again: for a minute.
const asker = new MqttClient({ url, sessionExpiryInterval: 60 });
const answering = new MqttClient({ url, sessionExpiryInterval: 60 });
const { atTheDesk, away } = clerk(answering, complain);

/** @param {string} text */
const ask = async (text) => {
  const term = Object.assign(document.createElement("dt"), { textContent: text });
  const definition = Object.assign(document.createElement("dd"), { textContent: "…" });
  element("answers").append(term, definition);
  try {
    // A question that has waited for so long is of no use to the clerk either: the server does not pass it on then.
    const answer = await asker.request(TOPIC, text, { timeout: PATIENCE, messageExpiryInterval: PATIENCE });
    const wrong = answer.properties.userProperties?.find(([name]) => name === "error");
    if (wrong) throw new Error(wrong[1]);
    definition.textContent = answer.text();
  } catch (error) {
    definition.textContent = /** @type {Error} */ (error).message;
    definition.className = "failed";
  }
};

element("form").addEventListener("submit", (event) => {
  event.preventDefault();
  ask(question.value);
  question.value = "";
});

desk.addEventListener("click", async () => {
  const wanted = desk.ariaChecked !== "true";
  desk.ariaChecked = String(wanted);
  try {
    await (wanted ? atTheDesk() : away());
    element("state").textContent = wanted ? "The clerk is there." : "The clerk is away.";
  } catch (error) {
    complain(/** @type {Error} */ (error));
  }
});

try {
  await Promise.all([asker.connect(), answering.connect()]);
  desk.disabled = false;
  desk.click();
} catch (error) {
  element("state").textContent = "Not connected. Request and response are of MQTT 5: a broker of MQTT 3.1.1 cannot be asked.";
  complain(/** @type {Error} */ (error));
}
