// Sealing: what the application gave as `sealing`, as one pair of functions.

import { whenHere } from "./task.js";
import { mqttError } from "./values.js";

/**
 * @typedef {(bytes: Uint8Array, name: string, key: string) => Uint8Array | Promise<Uint8Array>} Transform what it is
 *   called, and where it lies
 * @typedef {{ seal: Transform, open: Transform }} Sealer
 */

const IV_BYTES = 12;
const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** What a sealed string begins with, as in `sealing.rs`. */
const MAGIC = "mooring-sealed1:";

/** The name a string is sealed under. */
const SAVED = "saved";

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

/** @param {string} text one character for each byte */
const bytesOf = (text) => Uint8Array.from(text, (unit) => unit.charCodeAt(0));

/** @param {any} bytes what a sealer gave */
const textOf = (bytes) => {
  if (!(bytes instanceof Uint8Array)) throw new Error("seal() and open() must give a Uint8Array");
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return text;
};

/**
 * Has `sealer` make of `text` what it makes of it; both are bytes, one character for each.
 * @param {Sealer} sealer
 * @param {"seal" | "open"} call
 * @param {string} text
 * @param {string} name
 * @param {string} key
 * @returns {string | Promise<string>}
 */
export const transform = (sealer, call, text, name, key) => whenHere(sealer[call](bytesOf(text), name, key), textOf);

/**
 * The string of a saved session, sealed.
 * @param {Sealer} sealer
 * @param {string} text
 * @returns {string | Promise<string>}
 */
export const sealSaved = (sealer, text) =>
  whenHere(sealer.seal(encoder.encode(text), SAVED, SAVED), (sealed) => {
    const coded = btoa(textOf(sealed)).replace(/[+/=]/g, (it) => (it === "+" ? "-" : it === "/" ? "_" : ""));
    return MAGIC + coded;
  });

/**
 * The same, opened.
 * @param {Sealer | undefined} sealer
 * @param {string} text
 * @returns {Promise<string> | string} throws an `MqttError`
 */
export const openSaved = (sealer, text) => {
  if (!sealer) throw mqttError("SESSION_SEALED", 'the saved session is sealed: set the option "sealing" that it was sealed with');
  let sealed = "";
  try {
    sealed = atob(text.trim().slice(MAGIC.length).replace(/[-_]/g, (it) => (it === "-" ? "+" : "/")));
  } catch {
    throw mqttError("SESSION_CORRUPT", "the sealed session was changed on its way");
  }
  const refuse = () => {
    throw mqttError(
      "SESSION_SEALED",
      'the saved session cannot be opened with what is set as "sealing": it was sealed with something else, or changed on its way',
    );
  };
  const decode = (/** @type {string} */ opened) => decoder.decode(bytesOf(opened));
  try {
    const opened = transform(sealer, "open", sealed, SAVED, SAVED);
    return typeof opened === "string" ? decode(opened) : opened.then(decode).catch(refuse);
  } catch {
    return refuse();
  }
};
