// The package's entry points: each has the class and the types; one is loaded by hand. Never run.
import { MqttClient, type ClientOptions, type ErrorCode } from "mqtt-mooring";
import init, { MqttClient as Prepared, type ClientOptions as Options, type CompiledModule, type ModuleSource } from "mqtt-mooring/init";
import { MqttClient as Inline } from "mqtt-mooring/inline";
import wasm from "mqtt-mooring/mqtt_mooring_bg.wasm";
import { same } from "./same.js";

same<MqttClient, Prepared>();
same<MqttClient, Inline>();
same<ClientOptions, Options>();
same<Extract<ErrorCode, "NOT_READY" | "LOAD_FAILED">, "NOT_READY" | "LOAD_FAILED">();

same<ReturnType<typeof init>, Promise<void>>();
await init();
await init("/assets/mqtt_mooring_bg.wasm");
await init(new URL("https://cdn.example/mqtt_mooring_bg.wasm"));
await init(fetch("/assets/mqtt_mooring_bg.wasm"));
await init(new Uint8Array(8));
await init(new WebAssembly.Module(new ArrayBuffer(8)));
await init(wasm);
same<typeof wasm, ModuleSource>();
same<CompiledModule, WebAssembly.Module>();
new Prepared({ url: "wss://broker.example/mqtt" });

// What is given cannot be checked: to TypeScript every value is a WebAssembly.Module, which has no members.
// @ts-expect-error but there is one at most
init("/assets/mqtt_mooring_bg.wasm", "/assets");
// @ts-expect-error what is loaded by hand is there by that name only
export { init } from "mqtt-mooring";
