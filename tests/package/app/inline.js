import { MqttClient } from "mqtt-mooring/inline";
import { run } from "./session.js";

void run(MqttClient);
