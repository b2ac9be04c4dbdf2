// What a page with a client takes up: the JavaScript heap after a collection, the WebAssembly memory, and the most that a WebSocket held.

/** @typedef {{ heap: number, wasm: number }} Memory in bytes */

/**
 * Before any page is opened: their WebAssembly memories and WebSockets are noted from then on.
 * @param {import("playwright-core").BrowserContext} context
 */
export const watchMemory = (context) => context.addInitScript(watch);

/** Runs in the page, before its own scripts. */
const watch = () => {
  /** @type {WebAssembly.Memory[]} */
  const memories = [];
  let mostBuffered = 0;
  /** @template {{ instance: WebAssembly.Instance }} T @param {T} made */
  const note = (made) => {
    // Whatever it is called: the build shortens names.
    memories.push(...Object.values(made.instance.exports).filter((exported) => exported instanceof WebAssembly.Memory));
    return made;
  };
  const { instantiateStreaming } = WebAssembly;
  WebAssembly.instantiateStreaming = async (...args) => note(await instantiateStreaming.apply(WebAssembly, args));
  const PlainSocket = WebSocket;
  window.WebSocket = class extends PlainSocket {
    /** @param {Parameters<WebSocket["send"]>} args */
    send(...args) {
      super.send(...args);
      mostBuffered = Math.max(mostBuffered, this.bufferedAmount);
    }
  };
  window.memory = {
    wasm: () => memories.reduce((sum, { buffer }) => sum + buffer.byteLength, 0),
    mostBuffered: () => mostBuffered,
  };
};

/**
 * @param {import("playwright-core").Page} page
 * @returns {Promise<Memory>}
 */
export const memoryOf = async (page) => {
  const session = await page.context().newCDPSession(page);
  await session.send("HeapProfiler.collectGarbage");
  const { usedSize } = await session.send("Runtime.getHeapUsage");
  const wasm = await page.evaluate(() => window.memory.wasm());
  await session.detach();
  return { heap: usedSize, wasm };
};

/** @param {number} bytes */
export const megabytes = (bytes) => `${(bytes / 2 ** 20).toFixed(1)} MiB`;
