// A house with three lamps. Each lamp is a component that shows what its topic last said, and publishes what it should say next.
import { StrictMode, useState } from "react";
import { createRoot } from "react-dom/client";
import { brokerUrl } from "../broker.js";
import { MqttSession, useMqttConnection, useMqttTopic } from "./use-mqtt.js";

const LAMPS = ["kitchen", "hall", "attic"];
const home = new MqttSession({ url: await brokerUrl(), sessionKey: "examples/react", protocolFallback: true });

/** @param {{ name: string }} props */
const Lamp = ({ name }) => {
  const topic = `examples/react/lamps/${name}`;
  const lit = useMqttTopic(home, topic) === "on";
  const [problem, setProblem] = useState("");

  const press = () => {
    setProblem("");
    // Retained: whoever subscribes later is told how the lamp stands. QoS 2 and durable: each press arrives once, also one made offline.
    home
      .publish(topic, lit ? "off" : "on", { qos: 2, retain: true })
      .catch((/** @type {Error} */ error) => setProblem(error.message));
  };

  return (
    <li>
      <button type="button" role="switch" aria-checked={lit} onClick={press}>
        {name}
      </button>
      {problem && <p role="alert">{problem}</p>}
    </li>
  );
};

const House = () => {
  const { state, reason, unfinished } = useMqttConnection(home);
  return (
    <>
      <p role="status">
        {state === "connected" ? "Connected." : `Not connected (${state}). ${reason}`}{" "}
        {unfinished > 0 && `On the way: ${unfinished}.`}
      </p>
      <ul className="lamps">
        {LAMPS.map((name) => (
          <Lamp key={name} name={name} />
        ))}
      </ul>
    </>
  );
};

const App = () => {
  const [inside, setInside] = useState(true);
  return (
    <>
      {inside ? <House /> : <p role="status">Nobody is in: there is no client, and no connection.</p>}
      <button type="button" onClick={() => setInside(!inside)}>
        {inside ? "Leave the house" : "Enter the house"}
      </button>
    </>
  );
};

const root = /** @type {HTMLElement} */ (document.getElementById("app"));
createRoot(root).render(
  <StrictMode>
    <App />
  </StrictMode>,
);
