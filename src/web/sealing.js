// Sealing: what the application gave as `sealing`, as one pair of functions.

/**
 * @typedef {(bytes: Uint8Array, name: string, key: string) => Uint8Array | Promise<Uint8Array>} Transform what it is
 *   called, and where it lies
 * @typedef {{ seal: Transform, open: Transform }} Sealer
 */

const IV_BYTES = 12;
const encoder = new TextEncoder();

/**
 * @param {CryptoKey} key
 * @returns {Sealer}
 */
const aesGcm = (key) => {
  /**
   * @param {Uint8Array} iv
   * @param {string} place where it lies: a record that was moved, be it to another session, does not open
   */
  const parameters = (iv, place) => ({ name: "AES-GCM", iv: /** @type {BufferSource} */ (iv), additionalData: encoder.encode(place) });
  return {
    async seal(bytes, _, place) {
      const iv = crypto.getRandomValues(new Uint8Array(IV_BYTES));
      const sealed = await crypto.subtle.encrypt(parameters(iv, place), key, /** @type {BufferSource} */ (bytes));
      const record = new Uint8Array(IV_BYTES + sealed.byteLength);
      record.set(iv);
      record.set(new Uint8Array(sealed), IV_BYTES);
      return record;
    },
    async open(bytes, _, place) {
      const sealed = /** @type {BufferSource} */ (bytes.subarray(IV_BYTES));
      return new Uint8Array(await crypto.subtle.decrypt(parameters(bytes.subarray(0, IV_BYTES), place), key, sealed));
    },
  };
};

/**
 * @param {any} option what the application gave
 * @returns {Sealer | undefined} undefined: it is no `sealing`
 */
export const sealer = (option) => {
  if (typeof option?.seal === "function" && typeof option.open === "function") return option;
  const { CryptoKey } = globalThis;
  return CryptoKey && option?.key instanceof CryptoKey && option.key.algorithm.name === "AES-GCM" ? aesGcm(option.key) : undefined;
};

/** @param {string} latin1 */
export const toBase64Url = (latin1) => btoa(latin1).replace(/[+/=]/g, (it) => (it === "+" ? "-" : it === "/" ? "_" : ""));

/**
 * @param {string} text
 * @returns {string} throws if it is none
 */
export const fromBase64Url = (text) => atob(text.replace(/[-_]/g, (it) => (it === "-" ? "+" : "/")));
