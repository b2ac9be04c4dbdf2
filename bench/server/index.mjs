// The bench's server as the main thread sees it.
import { once } from "node:events";
import { Worker } from "node:worker_threads";

/** @typedef {typeof import("./worker.mjs").calls} Calls */
/** @typedef {{ [Name in keyof Calls]: (...args: Parameters<Calls[Name]>) => Promise<Awaited<ReturnType<Calls[Name]>>> }} Remote */
/** @typedef {Remote & { url: string, stop: () => Promise<unknown> }} Server */

/** @returns {Promise<Server>} */
export const startServer = async () => {
  const worker = new Worker(new URL("worker.mjs", import.meta.url));
  const [{ port }] = await once(worker, "message");
  /** @type {Map<number, { resolve: (result: unknown) => void, reject: (error: Error) => void }>} */
  const open = new Map();
  let last = 0;
  worker.on("message", ({ number, result, error }) => {
    const call = open.get(number);
    open.delete(number);
    if (error === undefined) call?.resolve(result);
    else call?.reject(new Error(error));
  });
  worker.on("error", (error) => {
    for (const { reject } of open.values()) reject(error);
    open.clear();
  });
  /** @param {string} name */
  const remote = (name) => (/** @type {unknown[]} */ ...args) =>
    new Promise((resolve, reject) => {
      last += 1;
      open.set(last, { resolve, reject });
      worker.postMessage({ number: last, name, args });
    });
  const calls = Object.fromEntries(["give", "treat", "expect", "standing", "cut", "forget"].map((name) => [name, remote(name)]));
  return /** @type {Server} */ ({ ...calls, url: `ws://127.0.0.1:${port}/`, stop: () => worker.terminate() });
};
