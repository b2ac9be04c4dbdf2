// What the linker could not put together. Functions of this module return several values as such; those of the compiler's own library
// that return an i128 are not made so, and where one is called the linker puts a trap, and only warns.
import { ToolError } from "../lib/say.mjs";
import { functions } from "../size/functions.mjs";

const TRAP = "signature_mismatch:";

/**
 * Throws if something that is called is a trap.
 * @param {Uint8Array<ArrayBuffer>} named the module with the names of its functions, as the linker left it
 */
export const refuseMismatches = (named) => {
  const traps = functions(named).map(({ name }) => name).filter((name) => name.startsWith(TRAP));
  if (traps.length === 0) return;
  const called = traps.map((name) => name.slice(TRAP.length)).join(", ");
  throw new ToolError(`the module calls ${called}, which would be a trap: calculate without i128 and u128, and without products of 64 bits that may overflow (checked_mul, saturating_mul).`);
};
