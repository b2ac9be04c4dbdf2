// What the bench and examples/from-paho use of packages that ship no types: u8-mqtt and paho-mqtt.
declare module "u8-mqtt" {
  interface Packet {
    topic: string;
    payload: Uint8Array;
    qos: number;
  }
  interface Client {
    with_websock(url: string): Client;
    connect(packet: object): Promise<unknown>;
    on_topic(route: string, handler: (packet: Packet) => void): Client;
    subscribe(packet: object): Promise<unknown>;
    pub(packet: Packet): Promise<[packet: object | undefined, error?: string]>;
    disconnect(): Promise<unknown>;
  }
  export default function client(options: object): Client;
}
declare module "paho-mqtt" {
  namespace Paho {
    interface Callbacks {
      onSuccess?: (result: object) => void;
      onFailure?: (fault: { errorCode: number; errorMessage: string }) => void;
    }
    class Message {
      constructor(payload: string | Uint8Array);
      destinationName: string;
      qos: number;
      retained: boolean;
      readonly payloadString: string;
      payloadBytes: ArrayBufferLike | Uint8Array;
    }
    class Client {
      constructor(url: string, clientId: string);
      disconnectedPublishing: boolean;
      onConnected: (reconnect: boolean, url: string) => void;
      onConnectionLost: (lost: { errorCode: number; errorMessage: string }) => void;
      onMessageArrived: (message: Message) => void;
      onMessageDelivered: (message: Message) => void;
      connect(options: Callbacks & Record<string, unknown>): void;
      subscribe(filter: string, options: Callbacks & Record<string, unknown>): void;
      send(message: Message): void;
      send(topic: string, payload: string | Uint8Array, qos?: 0 | 1 | 2, retained?: boolean): void;
      disconnect(): void;
    }
  }
  export default Paho;
}
