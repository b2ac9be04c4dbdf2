// The global that paho-mqtt-min.js makes. The package ships no types.
declare const Paho: typeof import("paho-mqtt").default;
