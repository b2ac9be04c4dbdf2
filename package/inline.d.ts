/// <reference lib="esnext.disposable" />
/**
 * The same as `mqtt-mooring` as one file, with the WebAssembly in it: for a `<script type="module">` from anywhere, for workers, and for
 * bundlers that know nothing of `.wasm`. Larger by a third of the module, which is compiled when the file is run: on a page, Chromium before 114 refuses
 * that for more than 4 KiB (`LOAD_FAILED`; workers are free of it). A page that also imports
 * `mqtt-mooring` has two classes, each with a module of its own.
 */
export * from "./types.js";
