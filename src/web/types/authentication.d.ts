/**
 * Enhanced authentication (MQTT 5 §4.12).
 *
 * @module authentication
 */
import type { Bytes, Said, Saying } from "./common.js";

/** Enhanced authentication (MQTT 5 §4.12), SCRAM for example. */
export interface Authentication {
  /** Authentication Method: its name, as client and server agree on it (§3.1.2.11.9). */
  method: string;
  /**
   * Takes a step; it may answer with a promise.
   *
   * - `"start"`: answers the data for CONNECT, or for the AUTH packet of `reauthenticate()`; `data` is empty.
   * - `"continue"`: `data` is the server's (AUTH with 0x18 Continue authentication); answers the data of the client's own such packet.
   * - `"done"`: the server is convinced; `data` is that of its CONNACK, or of its AUTH with 0x00 Success, empty if there is none. Here the
   *   client may convince itself of the server, before any `connected` handler runs; what it answers is ignored.
   *
   * `undefined`: no data. With an object a Reason String and User Properties go along in AUTH (§3.15.2.2); at the `"start"` of a connection the
   * User Properties go along in CONNECT, behind those of the option, and a reason does not: CONNECT has none. If it throws, or its promise is rejected, the connection is ended with `AUTHENTICATION_FAILED` (the server is
   * told 0x80 Unspecified error, if CONNECT was sent), and the client does not try again. The steps together count
   * against `timeout` as all of an attempt does.
   */
  step(
    stage: "start" | "continue" | "done",
    data: Uint8Array<ArrayBuffer>,
    detail: AuthenticationDetail,
  ): Bytes | AuthenticationAnswer | undefined | Promise<Bytes | AuthenticationAnswer | undefined>;
}

/** Beside the data that a step is given: what the server says with it. Empty at `"start"`. */
export interface AuthenticationDetail extends Partial<Said> {}

/** What a step may answer in place of mere data. */
export interface AuthenticationAnswer extends Saying {
  /** Authentication Data; up to 65,535 bytes. */
  data?: Bytes | undefined;
}
