// @ts-check
// Listens in on the page's WebSockets: the bytes of both directions as they pass, and when a socket opens and closes. Done by
// putting a class of its own in the place of `WebSocket`, so that what is seen is what the package really sends.

/** @typedef {"out" | "in"} Direction seen from the page */

/**
 * @typedef {object} Listener
 * @property {(link: number, url: string) => void} opening
 * @property {(link: number, protocol: string) => void} opened
 * @property {(link: number, direction: Direction, bytes: Uint8Array) => void} bytes copy what is to be kept: it may be memory that is used again
 * @property {(link: number, length: number) => void} text a message of text, which MQTT has no use for [MQTT-6.0.0-1]
 * @property {(link: number, code: number, reason: string) => void} closed
 */

/** @param {string | BufferSource | Blob} data */
const bytesOf = (data) => {
  if (ArrayBuffer.isView(data)) return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  return data instanceof ArrayBuffer ? new Uint8Array(data) : null;
};

/** From here on every WebSocket of this page is heard. @param {Listener} listener */
export const tapWebSockets = (listener) => {
  let links = 0;
  window.WebSocket = class extends WebSocket {
    #link = ++links;

    /** @param {string | URL} url @param {string | string[]} [protocols] */
    constructor(url, protocols) {
      super(url, protocols);
      listener.opening(this.#link, this.url);
      this.addEventListener("open", () => listener.opened(this.#link, this.protocol));
      this.addEventListener("message", ({ data }) => {
        const bytes = bytesOf(data);
        if (bytes) listener.bytes(this.#link, "in", bytes);
        else listener.text(this.#link, data.length ?? data.size);
      });
      this.addEventListener("close", ({ code, reason }) => listener.closed(this.#link, code, reason));
    }

    /** @param {string | BufferSource | Blob} data */
    send(data) {
      // A socket that is closing takes everything and sends nothing.
      const goes = this.readyState === WebSocket.OPEN;
      super.send(data);
      const bytes = bytesOf(data);
      if (goes && bytes) listener.bytes(this.#link, "out", bytes);
    }
  };
};
