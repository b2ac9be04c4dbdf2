// What every contestant does in the page, in its own way. No more is between a client and what is measured than this takes.

export type QoS = 0 | 1 | 2;

export interface ConnectOptions {
  url: string;
  clientId: string;
  version: "3.1.1" | "5";
  /** Keep the session in localStorage. */
  durable: boolean;
  /** Begin anew; `false`: go on with what the server holds. Come back by yourself when the connection is lost, in either case. */
  clean: boolean;
  /** For each message received, in the order they came. The payload is looked at by its length only. */
  onMessage: (topic: string, payload: { byteLength: number }) => void;
}

export interface Connection {
  /** All topics that begin with `building/`. */
  subscribe: (qos: QoS) => Promise<unknown>;
  /** A promise for each message: of its last acknowledgement; at QoS 0 of its being handed to the socket. */
  publish: (topic: string, payload: Uint8Array, qos: QoS) => Promise<unknown>;
  close: () => unknown;
  /** The session as text, where a contestant can do that. */
  save?: () => string;
  /** Puts it into a new client, and says how long that took by itself, and how many messages are there. */
  restore?: (text: string) => { ms: number; messages: number };
}

export interface Contestant {
  /** Resolves when the server has accepted. */
  connect: (options: ConnectOptions) => Promise<Connection>;
}

declare global {
  interface Window {
    contestant: Contestant;
  }
}
