/// <reference lib="esnext.disposable" />
/**
 * The same as `mqtt-mooring`, loaded by hand: importing this does nothing, and `new MqttClient()` throws an `MqttError` of the code
 * `NOT_READY` until `init()` has been awaited.
 *
 * @module init
 */
export * from "./types.js";

/** Where the WebAssembly comes from: its address, a response with it, its bytes, or what they were compiled to. */
export type ModuleSource = string | URL | Request | Response | ArrayBuffer | ArrayBufferView | CompiledModule;

/** A `WebAssembly.Module`. Where the platform's types have none (Node's without the DOM's), any object will do for the compiler. */
export type CompiledModule = typeof globalThis extends { WebAssembly: { Module: { prototype: infer Module } } } ? Module : object;

/**
 * Loads the WebAssembly, once: every later call answers with the promise of the first one, whatever it is given. `source` is
 * `mqtt_mooring_bg.wasm` beside this script unless given; a relative address is one of the page's. In Node `fetch()` reads no files: give it the
 * bytes there.
 *
 * The promise is fulfilled when `MqttClient` can be used. It is rejected with an `MqttError` of the code `LOAD_FAILED`, whose `cause` is what
 * went wrong: the next call tries again then, with what it is given.
 *
 * @example
 * ```ts
 * import init, { MqttClient } from "mqtt-mooring/init";
 *
 * await init();
 * const client = new MqttClient({ url: "wss://broker.example/mqtt" });
 * await client.connect();
 * ```
 */
export default function init(source?: ModuleSource | Promise<ModuleSource>): Promise<void>;
