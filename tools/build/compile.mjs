// Rust → WebAssembly, as small as rustc can make it: with the standard library compiled along; without the words and the
// code for panics, which nobody would see: a panic stops the module, and nothing in the machine may panic; and with functions
// that return several values as several values, where they would be written to memory and read again.
//
// What that needs is not stable. Where this Rust does not take it, or has no source of its standard library, the module
// is built without: it does the same, is some 10 % larger, and the build says so.
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { toolsDir } from "../lib/paths.mjs";
import { ToolError, say } from "../lib/say.mjs";
import { run, step } from "../lib/run.mjs";
import { installStandardSource } from "../setup/rust.mjs";

const TARGET = "wasm32-unknown-unknown";
const SMALL = {
  env: {
    // Lets a stable Rust take what follows.
    RUSTC_BOOTSTRAP: "1",
    // What is moved in memory, beyond 8 bytes, is moved by one instruction: not loaded and stored bit by bit. And nothing is calculated
    // in advance that loops or other ways through a function might have in common: it takes more instructions.
    RUSTFLAGS:
      "-Zunstable-options -Cpanic=immediate-abort -Zlocation-detail=none -Zfmt-debug=none " +
      "-Cllvm-args=-max-store-memcpy=1 -Cllvm-args=-disable-lsr -Cllvm-args=-enable-pre=false " +
      "-Cllvm-args=-disable-licm-promotion -Cllvm-args=-instcombine-code-sinking=false",
  },
  args: ["-Zbuild-std=std,panic_abort", "-Zbuild-std-features=optimize_for_size", "-Zjson-target-spec"],
};
/** The target, with several values. All engines that can read the bundle have them (WebAssembly 2.0). */
const severalValues = (/** @type {{ features?: string }} */ target) => ({
  ...target,
  "llvm-abiname": "experimental-mv",
  features: ["+multivalue", ...(target.features ? [target.features] : [])].join(","),
});

/**
 * @param {string} name of the module
 * @returns {Promise<string>} its path, as cargo reports it
 */
export const compile = async (name) => {
  const small = await smallTarget();
  const args = ["build", "--release", "--lib", "--target", small ?? TARGET, "--message-format", "json-render-diagnostics"];
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

/** @returns {Promise<string | undefined>} where the description of the target lies; undefined: this Rust cannot build for it */
const smallTarget = async () => {
  const { env, args } = SMALL;
  const asked = await run("rustc", [...env.RUSTFLAGS.split(" "), "--target", TARGET, "--print", "target-spec-json"], { env });
  const { code } = await run("cargo", [...args, "version"], { env });
  if (asked.code === 0 && code === 0 && (await installStandardSource())) {
    const target = join(toolsDir, `${TARGET}.json`);
    await writeFile(target, JSON.stringify(severalValues(JSON.parse(asked.stdout))));
    return target;
  }
  say("! this Rust cannot make the module as small as it can be, it is some 10 % larger: `rustup component add rust-src`, with the rustc that Cargo.toml names");
  return undefined;
};
