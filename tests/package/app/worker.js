import { MqttClient } from "mqtt-mooring/inline";
import { indexedDbStore } from "./indexed-db.js";
import { run } from "./session.js";

onmessage = async ({ data }) => run(MqttClient, { search: data, show: (outcome) => postMessage(outcome), storage: await indexedDbStore() });
