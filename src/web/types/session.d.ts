/**
 * The session: where it is stored, how it is sealed, what of an earlier page is left, and what becomes of a lost one.
 *
 * @module session
 */
import type { MessageProperties, QoS } from "./common.js";
import type { OutgoingState, PublishResult } from "./publishing.js";

/**
 * A place for records of the application's own choosing: a database, a file, a worker. Keys and values are strings;
 * the values of a durable session are binary, one UTF-16 unit (0 to 255) for each byte.
 *
 * Each function may answer at once or with a promise. They are called one after the other: the next one when the
 * promise of the last one has settled, and nothing is sent to the server that depends on what is not stored yet. What
 * throws or is rejected with an error named `"QuotaExceededError"` means that there is no room (`QUOTA_EXCEEDED`);
 * anything else that the store failed (`STORAGE_FAILED`): it may have done what it was asked all the same.
 *
 * A store must belong to one origin: the Web Lock that keeps a second tab out reaches no further.
 */
export interface SessionStorage {
  /** The value under `key`; null or undefined: there is none. */
  get(key: string): string | null | undefined | Promise<string | null | undefined>;
  /** Puts `value` under `key`, in place of any earlier one, as a whole or not at all. */
  set(key: string, value: string): void | Promise<void>;
  /** Removes `key`, if it is there. */
  remove(key: string): void | Promise<void>;
  /** All keys that begin with `prefix`, in any order. */
  keys(prefix: string): Iterable<string> | Promise<Iterable<string>>;
}

/**
 * How records, and the string of `saveSession()`, are made unreadable for others.
 *
 * Either a pair of functions, which may answer with promises: `seal` is given the bytes of a record and its name
 * (`"meta"`, `"o/17"`, `"saved"` for the string), `open` what `seal` made of them, and the same name. `open` must throw, or
 * its promise be rejected, where it cannot: that is `SESSION_SEALED`, and a failure of `seal` is `STORAGE_FAILED`. Or an AES-GCM key: records are then encrypted by WebCrypto, with a fresh 96-bit
 * initialization vector in front and the record's key in storage (`"saved"` for the string) as additional data.
 */
export type Sealing =
  | {
      /** Makes a record unreadable. */
      seal(bytes: Uint8Array<ArrayBuffer>, name: string): Uint8Array | Promise<Uint8Array>;
      /** Makes it readable again, or throws. */
      open(bytes: Uint8Array<ArrayBuffer>, name: string): Uint8Array | Promise<Uint8Array>;
    }
  | {
      /** An AES-GCM key for encryption and decryption; it need not be extractable. */
      key: SealingKey;
    };

/** A `CryptoKey` of WebCrypto. Where the platform's types have none (Node's without the DOM's), any object will do for the compiler. */
export type SealingKey = typeof globalThis extends { CryptoKey: { prototype: infer Key } } ? Key : object;

/** What the session takes up. */
export interface StorageUsage {
  /** Bytes of all unfinished messages in memory. */
  bytes: number;
  /** How many they are, in both directions. */
  messages: number;
  /**
   * UTF-16 units. Durable: all of this session's keys and values in storage, 0 until it is opened. Else the length of what
   * `saveSession()` last wrote under `sessionKey`, or `restoreSession()` read there; 0 without.
   */
  stored: number;
  /** UTF-16 units that the whole origin may store: 5,242,880 in a browser's store, which is what Chromium gives; absent elsewhere. */
  limit?: number;
}

/** A message that an earlier page left unfinished. */
export interface PendingMessage {
  /** As it was given to `publish()`. */
  key?: string;
  /** Topic name. */
  topic: string;
  /** Empty once the server owns the message (QoS 2). */
  payload: Uint8Array<ArrayBuffer>;
  /** 1 or 2. */
  qos: QoS;
  /** Whether the server is to retain it. */
  retain: boolean;
  /** How far it has come. */
  state: OutgoingState;
  /** Absent while queued. */
  packetId?: number;
  /** As the promise of `publish()`; nobody has to handle a rejection. */
  outcome: Promise<PublishResult>;
}

/**
 * What becomes of unfinished messages when the server has lost the session.
 *
 * - `"default"`: QoS 1 is published anew; QoS 2 that the server had not confirmed is reported by
 *   `messageLost` as indeterminate.
 * - `"republish"`: both are published anew, with new packet identifiers.
 * - `"discard"`: both are reported as indeterminate.
 *
 * In all of them a QoS 2 message that the server had confirmed with PUBREC counts as delivered.
 */
export type WhenSessionLost = "default" | "republish" | "discard";

/** A message of a lost session that the function given as `whenSessionLost` decides about. */
export interface LostCandidate {
  /** As it was given to `publish()`. */
  key?: string;
  /** Topic name. */
  topic: string;
  /** Its bytes. */
  payload: Uint8Array<ArrayBuffer>;
  /** 1 or 2. */
  qos: QoS;
  /** Whether the server is to retain it. */
  retain: boolean;
  /** MQTT 5; empty in 3.1.1. `messageExpiryInterval` is not among them. */
  properties: MessageProperties;
}
