// The brokers that development and tests run against, behind one interface.
import mqtt from "mqtt";
import { startAedes } from "./broker/aedes.mjs";
import { startMosquitto } from "./broker/mosquitto.mjs";

/** @typedef {"3.1.1" | "5"} Version */

/**
 * What the broker took over from a client: one event per accepted PUBLISH (QoS 2: per completed handshake).
 * @typedef {{ clientId: string, topic: string, payload: Buffer, qos: number, retain: boolean }} Accepted
 */

/**
 * @typedef {object} Restarts
 * @property {() => Promise<void>} save resolves when all that the broker knows at this moment is on disk
 * @property {(signal: "TERM" | "KILL") => Promise<void>} end ends its process; what it kept on disk stays
 * @property {() => Promise<void>} begin starts it again, at the same addresses, with what it kept
 */

/**
 * @typedef {object} Broker
 * @property {"aedes" | "mosquitto"} kind
 * @property {string} name with its version, for people
 * @property {string} url WebSocket address
 * @property {number} tcpPort plain MQTT on 127.0.0.1, for independent publishers and subscribers
 * @property {Version[]} versions
 * @property {import("node:events").EventEmitter | null} publishes emits "publish" with an `Accepted`; null where the broker
 *   is a process of its own and cannot be looked into
 * @property {string[] | null} log what the broker itself logged, line by line; null where it logs nothing
 * @property {Restarts | false} restarts for one that was started `persistent`
 * @property {(clientId: string, version?: Version) => Promise<void>} loseSession makes the broker forget this client
 * @property {() => Promise<void>} stop
 */

/**
 * @param {{ kind: "aedes" | "mosquitto", settings?: string[], persistent?: boolean }} options `settings`: further lines
 *   of Mosquitto's configuration, such as `max_packet_size 512`; `persistent`: Mosquitto keeps its state on disk
 * @returns {Promise<Broker>}
 */
export const startBroker = async ({ kind, settings = [], persistent = false }) => {
  const broker = kind === "aedes" ? await startAedes() : await startMosquitto({ settings, persistent });
  return {
    ...broker,
    loseSession: (clientId, version = "3.1.1") => loseSession(broker.tcpPort, clientId, version),
  };
};

/**
 * Any broker forgets a client that connects with a clean start and leaves; a connected one it disconnects.
 * @param {number} port
 * @param {string} clientId
 * @param {Version} version
 */
const loseSession = async (port, clientId, version) => {
  const client = await mqtt.connectAsync({
    host: "127.0.0.1",
    port,
    clientId,
    clean: true,
    protocolVersion: version === "5" ? 5 : 4,
    reconnectPeriod: 0,
  });
  await client.endAsync();
};
