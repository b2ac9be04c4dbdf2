// Sealing: what the application gave as `sealing`, as one pair of functions.

import { trying, whenHere, wordsOf } from "./task.js";
import { mqttError } from "./values.js";

/**
 * @typedef {(bytes: Uint8Array, name: string, key: string) => Uint8Array | Promise<Uint8Array>} Transform what it is
 *   called, and where it lies
 * @typedef {{ seal: Transform, open: Transform }} Sealer
 */

const IV_BYTES = 12;
const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** What a sealed string begins with. */
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

/** @param {Uint8Array} bytes */
const textOf = (bytes) => {
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return text;
};

/** @param {any} bytes what a sealer gave */
const check = (bytes) => {
  if (!(bytes instanceof Uint8Array)) throw new Error("seal() and open() must give a Uint8Array");
  return bytes;
};

/**
 * @param {any} error what a sealer threw
 * @returns {never} what `Failure` of `store.rs` is made of
 */
const fail = (error) => {
  throw `F${wordsOf(error)}`;
};

/**
 * @param {Sealer | undefined} sealer
 * @param {Uint8Array} record
 * @param {string} name
 * @param {string} key
 * @returns {string | Promise<string>} the value to store. A sealed one begins with a letter that no other begins with.
 */
export const sealRecord = (sealer, record, name, key) =>
  sealer ? trying(() => whenHere(sealer.seal(record, name, key), (sealed) => `S${textOf(check(sealed))}`), fail) : textOf(record);

/**
 * @param {Sealer | undefined} sealer
 * @param {string} value
 * @param {string} name
 * @param {string} key
 * @returns {Uint8Array | Promise<Uint8Array>} the record; throws where it does not open
 */
export const openRecord = (sealer, value, name, key) => whenHere(/** @type {Sealer} */ (sealer).open(bytesOf(value.slice(1)), name, key), check);

/**
 * The string of a saved session, sealed if there is something to seal it with.
 * @param {Sealer | undefined} sealer
 * @param {string} text
 * @returns {string | Promise<string>}
 */
export const sealSaved = (sealer, text) => {
  if (!sealer) return text;
  const code = (/** @type {Uint8Array} */ sealed) =>
    MAGIC + btoa(textOf(check(sealed))).replace(/[+/=]/g, (it) => (it === "+" ? "-" : it === "/" ? "_" : ""));
  return trying(() => whenHere(sealer.seal(encoder.encode(text), SAVED, SAVED), code), fail);
};

/**
 * The same as it was before it was sealed.
 * @param {Sealer | undefined} sealer
 * @param {any} text
 * @param {boolean} [any] an empty one in place of what does not open
 * @returns {any} throws an `MqttError`
 */
export const openSaved = (sealer, text, any) => {
  const start = /^[ \t\n\f\r]*mooring-sealed1:/.exec(text)?.[0].length;
  if (!start) return text;
  /**
   * @param {"SESSION_SEALED" | "SESSION_CORRUPT"} code
   * @param {string} message
   */
  const refuse = (code, message) => {
    if (!any) throw mqttError(code, message);
    return "";
  };
  if (!sealer) return refuse("SESSION_SEALED", 'the saved session is sealed: set the option "sealing" that it was sealed with');
  let sealed = "";
  try {
    sealed = atob(text.slice(start).trim().replace(/[-_]/g, (/** @type {string} */ it) => (it === "-" ? "+" : "/")));
  } catch {
    return refuse("SESSION_CORRUPT", "the sealed session was changed on its way");
  }
  return trying(
    () => whenHere(sealer.open(bytesOf(sealed), SAVED, SAVED), (opened) => decoder.decode(check(opened))),
    () =>
      refuse(
        "SESSION_SEALED",
        'the saved session cannot be opened with what is set as "sealing": it was sealed with something else, or changed on its way',
      ),
  );
};
