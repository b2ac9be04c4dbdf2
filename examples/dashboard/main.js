// The page: what this tab is, the machines' readings, and a button that has the machines report.
import { MqttClient } from "mqtt-mooring";
import { brokerUrl } from "../broker.js";
import { ownSession, TOPIC } from "./owner.js";
import { MACHINES, onReading, readings } from "./readings.js";

/** @param {string} id */
const element = (id) => /** @type {HTMLElement} */ (document.getElementById(id));
const giveUp = /** @type {HTMLButtonElement} */ (element("give-up"));

const FOLLOWING = "Another tab owns the session. This one shows what that one hears.";

/** The client, while this tab owns the session. @type {MqttClient | undefined} */
let client;

const show = () => {
  element("role").textContent = client ? `This tab owns the session. ${client.connected ? "It is connected." : "It is not connected."}` : FOLLOWING;
  document.title = `${client ? "Owner" : "Follower"} · Dashboard`;
  giveUp.disabled = !client;
  for (const machine of MACHINES) showMachine(machine);
};

/** @param {string} machine */
const showMachine = (machine) => {
  const values = readings(machine).map(({ value }) => value);
  const item = element(`machine-${machine}`);
  /** @type {HTMLElement} */ (item.querySelector(".value")).textContent = values.length > 0 ? `${values.at(-1)} °C` : "–";
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const points = values.map((value, index) => `${(100 * index) / (values.length - 1 || 1)},${30 - (30 * (value - low)) / (high - low || 1)}`);
  item.querySelector("polyline")?.setAttribute("points", points.join(" "));
  item.querySelector("svg")?.setAttribute("aria-label", `${values.length} readings: ${values.join(", ")}`);
};

element("machines").innerHTML = MACHINES.map(
  (machine) => `
    <li id="machine-${machine}">
      <h2>${machine}</h2>
      <p class="value"></p>
      <svg role="img" viewBox="0 0 100 30" preserveAspectRatio="none"><polyline /></svg>
    </li>`,
).join("");

/** @param {Error} error */
const complain = (error) => {
  element("problem").textContent = error.message;
  element("problem").hidden = false;
};

const url = await brokerUrl();

const follow = async () => {
  client = undefined;
  show();
  client = await ownSession(url, { changed: show, failed: complain });
  show();
};

giveUp.addEventListener("click", async () => {
  await client?.[Symbol.asyncDispose](); // Disconnects in order; then the next tab in line has it, and this one waits in its turn.
  follow().catch(complain);
});

// The machines: a client of its own in each tab, that has nothing to do with the session.
const machines = new MqttClient({ url, protocolFallback: true });
machines.connect().catch(complain);
element("report").addEventListener("click", () => {
  for (const machine of MACHINES) {
    const last = readings(machine).at(-1)?.value ?? 60;
    const reading = { at: Date.now(), value: Math.round(last + (Math.random() - 0.5) * 8) };
    machines.publish(`${TOPIC}/${machine}`, JSON.stringify(reading), { qos: 2 }).catch(complain);
  }
});

onReading(show);
follow().catch(complain);
