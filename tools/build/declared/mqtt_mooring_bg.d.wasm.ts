// As package/inline.js imports it, and the build puts it there.
declare const wasm: Uint8Array<ArrayBuffer>;
export default wasm;
