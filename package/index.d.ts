export * from "./mqtt_mooring.js";
