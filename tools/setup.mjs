// Set-up: what a command needs, and nothing when it is already there. Every step is idempotent and looks before
// it works, so the second run is instant. Imports node built-ins only: it runs before `npm ci` has.
import { installPackages } from "./setup/packages.mjs";
import { installBindgen, installTarget } from "./setup/rust.mjs";

/**
 * What building needs: the npm packages, the Rust target, the wasm-bindgen programs of the locked version.
 * @returns {Promise<import("./setup/rust.mjs").Bindgen>}
 */
export const setUp = async () => {
  await installPackages();
  await installTarget();
  return installBindgen();
};

export { ensureChrome, ensureMosquitto, findChrome, findMosquitto } from "./setup/system.mjs";
