/** As the bundler's settings have it: an address, bytes or a compiled module. Whatever it is, `init()` of `mqtt-mooring/init` takes it. */
declare const wasm: import("./init.js").ModuleSource;
export default wasm;
