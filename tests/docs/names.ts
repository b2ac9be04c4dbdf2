// The names that a block may use without declaring them; docs.test.mjs tells of them. A block's own names hide these.
import type { ClientOptions, MqttClient } from "mqtt-mooring";

declare global {
  /** The address of a broker that speaks MQTT 3.1.1 and 5. */
  const url: string;
  /** Options of a client at that broker. */
  const options: ClientOptions;
  /** Connected, durable, MQTT 5. */
  const client: MqttClient;
  /** Not aborted. */
  const signal: AbortSignal;
  /** A password. */
  const token: () => Promise<string>;
  /** Does nothing. */
  const show: (...what: any[]) => void;

  /** For marks: throws where `condition` does not hold. */
  const assert: (condition: unknown, message?: string) => asserts condition;
  /** For marks: an independent client at the same broker, subscribed to everything. */
  const farEnd: {
    publish(topic: string, payload: string, options?: { qos?: 0 | 1 | 2; retain?: boolean }): Promise<void>;
    /** The payloads of that topic so far, when there are `count` of them. */
    received(topic: string, count?: number): Promise<string[]>;
    /** Answers each request on `topic`. */
    answer(topic: string, payload: string): Promise<void>;
  };
}
