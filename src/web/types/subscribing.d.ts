/**
 * Subscribing and unsubscribing.
 *
 * @module subscribing
 */
import type { QoS, Said, WaitOptions } from "./common.js";

/** One filter, several, or several each with its QoS or options. */
export type Filters = string | string[] | Record<string, QoS | FilterOptions>;

/** Options of one topic filter (MQTT 5 §3.8.3.1). */
export interface FilterOptions {
  /** The highest QoS to receive; default 0. */
  qos?: QoS;
  /** MQTT 5: do not receive what this client publishes; default false. */
  noLocal?: boolean;
  /** MQTT 5: keep the RETAIN flag as it was published; default false. */
  retainAsPublished?: boolean;
  /** MQTT 5: retained messages on subscribing: 0 send (default), 1 only for a new subscription, 2 do not. */
  retainHandling?: 0 | 1 | 2;
}

/** What `subscribe` takes beside filters. */
export interface SubscribeOptions extends FilterOptions, WaitOptions {
  /** MQTT 5: comes back with every message it matches; 1 to 268435455. */
  subscriptionIdentifier?: number;
  /** MQTT 5: User Properties of SUBSCRIBE. */
  userProperties?: Array<[string, string]>;
}

/** The server's word on one filter. What it says beside the codes is the same for all filters of one call: SUBACK has one Reason String. */
export interface SubscribeResult extends Said {
  filter: string;
  /** The QoS granted; absent when refused. */
  qos?: QoS;
  /** 0 to 2: granted; 0x80 and above: refused. */
  reasonCode: number;
}

/** What `unsubscribe` takes beside filters. */
export interface UnsubscribeOptions extends WaitOptions {
  /** MQTT 5: User Properties of UNSUBSCRIBE. */
  userProperties?: Array<[string, string]>;
}

/** The server's word on one filter; see `SubscribeResult`. */
export interface UnsubscribeResult extends Said {
  filter: string;
  /** 0: done; 0x11: there was none (MQTT 5); 0x80 and above: refused. */
  reasonCode: number;
}
