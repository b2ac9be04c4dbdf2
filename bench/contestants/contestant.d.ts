// What every contestant does in the page, in its own way. No more is between a client and what is measured than this takes.

export type QoS = 0 | 1 | 2;

export interface ConnectOptions {
  url: string;
  clientId: string;
  version: "3.1.1" | "5";
  /** Keep the session in localStorage. */
  durable: boolean;
  /** Begin anew; `false`: go on with what the server holds. */
  clean: boolean;
  /** For each message received, in the order they came. The payload is looked at by its length only. */
  onMessage: (topic: string, payload: { byteLength: number }) => void;
}

export interface Connection {
  subscribe: (filter: string, qos: QoS) => Promise<unknown>;
  /** A promise for each message: of its last acknowledgement; at QoS 0 of its being handed to the socket. */
  publish: (topic: string, payload: Uint8Array, qos: QoS) => Promise<unknown>;
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
