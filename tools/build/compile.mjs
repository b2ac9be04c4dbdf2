// Rust → WebAssembly, as small as rustc can make it: with the standard library compiled along, without the words and the
// code for panics, which nobody would see: a panic stops the module, and nothing in the machine may panic.
//
// Those flags are not stable. Where this rustc does not take them, or has no source of its standard library, the module
// is built without: it does the same, is some 7 % larger, and the build says so.
import { ToolError, say } from "../lib/say.mjs";
import { run, step } from "../lib/run.mjs";
import { installStandardSource } from "../setup/rust.mjs";

const TARGET = "wasm32-unknown-unknown";
const SMALL = {
  env: {
    // Lets a stable rustc take the flags below.
    RUSTC_BOOTSTRAP: "1",
    // What is moved in memory, beyond 8 bytes, is moved by one instruction: not loaded and stored bit by bit.
    RUSTFLAGS: "-Zunstable-options -Cpanic=immediate-abort -Zlocation-detail=none -Zfmt-debug=none -Cllvm-args=-max-store-memcpy=1",
  },
  args: ["-Zbuild-std=std,panic_abort", "-Zbuild-std-features=optimize_for_size"],
};

/**
 * @param {string} name of the module
 * @returns {Promise<string>} its path, as cargo reports it
 */
export const compile = async (name) => {
  const small = await canBeSmall();
  const args = ["build", "--release", "--lib", "--target", TARGET, "--message-format", "json-render-diagnostics"];
  const { stdout } = await step("Compiling Rust to WebAssembly", "cargo", [...args, ...(small ? SMALL.args : [])], {
    env: small ? SMALL.env : {},
    advice: "The Rust code does not compile (see above): correct it, then run `npm run build`.",
  });
  const wasm = stdout
    .split("\n")
    .filter((line) => line.startsWith("{"))
    .map((line) => JSON.parse(line))
    .filter((message) => message.reason === "compiler-artifact")
    .flatMap((message) => /** @type {string[]} */ (message.filenames))
    .findLast((file) => file.endsWith(`${name}.wasm`));
  if (!wasm) throw new ToolError("cargo built no .wasm file: run `cargo clean`, then `npm run build`.");
  return wasm;
};

const canBeSmall = async () => {
  const asked = await run("rustc", [...SMALL.env.RUSTFLAGS.split(" "), "--target", TARGET, "--print", "cfg"], { env: SMALL.env });
  if (asked.code === 0 && (await installStandardSource())) return true;
  say(`! this Rust cannot leave panics out of the module, which is some 7 % larger for it: \`rustup component add rust-src\`, with the rustc that Cargo.toml names`);
  return false;
};
