// What the scripts of src/web give the class, by name, as a client's first constructor has them do it (`iterating.rs`).
import { extend } from "../../src/web/extending.js";
import { addMethods } from "../../src/web/methods.js";
import { addRequests } from "../../src/web/requesting.js";

/** What the WebAssembly has beside. */
const GIVEN = ["free", "[Symbol.dispose]"];
/** Older platforms than Node 22 have no such symbol, and then there is no such method. */
const ASYNC_DISPOSE = "[Symbol.asyncDispose]";

/** All names, as they are declared. */
export const classMembers = () => {
  class Bare {
    static wrongTopic = () => 0;
    static matches = () => false;
  }
  const prototype = /** @type {any} */ (Bare.prototype);
  Object.assign(prototype, { ask() {}, post() {} });
  addMethods(prototype);
  addRequests(prototype);
  extend(prototype);
  const names = Reflect.ownKeys(prototype).filter((name) => name !== "constructor").map((name) => (name === Symbol.asyncDispose ? ASYNC_DISPOSE : String(name)));
  return [...new Set([...names, ...GIVEN, ASYNC_DISPOSE])];
};
