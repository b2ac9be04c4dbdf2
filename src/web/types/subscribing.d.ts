/**
 * Subscribing and unsubscribing.
 *
 * @module subscribing
 */
import type { QoS, Said, WaitOptions } from "./common.js";

/**
 * One topic filter, several, or several each with its QoS or options (§4.7). What a filter's own options leave out is as the options of the
 * call have it. None, or a bad one, rejects with `USAGE` or `INVALID_TOPIC`.
 *
 * @example
 * ```ts
 * await client.subscribe("orders/+", { qos: 1 });
 * await client.subscribe({ "orders/+": 2, "prices/#": { qos: 0, noLocal: true } });
 * ```
 */
export type Filters = string | string[] | Record<string, QoS | FilterOptions>;

/** Options of one topic filter (MQTT 5 §3.8.3.1). */
export interface FilterOptions {
  /**
   * The highest QoS to receive.
   *
   * @defaultValue 0
   */
  qos?: QoS | undefined;
  /**
   * MQTT 5: do not receive what this client publishes. `USAGE` on a shared subscription `[MQTT-3.8.3-4]`.
   *
   * @defaultValue false
   */
  noLocal?: boolean | undefined;
  /**
   * MQTT 5: keep the RETAIN flag as it was published.
   *
   * @defaultValue false
   */
  retainAsPublished?: boolean | undefined;
  /**
   * MQTT 5: retained messages on subscribing: 0: send them; 1: only for a new subscription; 2: do not.
   *
   * @defaultValue 0
   */
  retainHandling?: 0 | 1 | 2 | undefined;
}

/** What `subscribe()` takes beside filters. `timeout` is the client's unless given. */
export interface SubscribeOptions extends FilterOptions, WaitOptions {
  /** MQTT 5: comes back with every message it matches (§3.8.2.1.2); 1 to 268435455. */
  subscriptionIdentifier?: number | undefined;
  /** MQTT 5: User Properties of SUBSCRIBE. */
  userProperties?: Array<[string, string]> | undefined;
}

/** The server's word on one filter. What it says beside the codes is the same for all filters of one call: SUBACK has one Reason String. */
export interface SubscribeResult extends Said {
  /** As it was given to `subscribe()`. */
  filter: string;
  /** The QoS granted; absent when refused. */
  qos?: QoS;
  /** 0 to 2: granted; 0x80 and above: refused. */
  reasonCode: number;
}

/** What `unsubscribe()` takes beside filters. `timeout` is the client's unless given. */
export interface UnsubscribeOptions extends WaitOptions {
  /** MQTT 5: User Properties of UNSUBSCRIBE. */
  userProperties?: Array<[string, string]> | undefined;
}

/** The server's word on one filter; see `SubscribeResult`. */
export interface UnsubscribeResult extends Said {
  /** As it was given to `unsubscribe()`. */
  filter: string;
  /** 0: done; 0x11: there was none (MQTT 5); 0x80 and above: refused. */
  reasonCode: number;
}
