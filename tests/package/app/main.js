import { MqttClient } from "mqtt-mooring";
import { run } from "./session.js";

void run(MqttClient);
