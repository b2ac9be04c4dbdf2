// A small MQTT 5 server that asks for SCRAM-SHA-256 (RFC 5802, RFC 7677) and does the server's side of it with Node's own
// cryptography. It knows one account, and takes any PUBLISH of QoS 0 and PINGREQ.
import { createHash, createHmac, pbkdf2Sync, randomBytes, timingSafeEqual } from "node:crypto";
import { EventEmitter, once } from "node:events";
import mqttPacket from "mqtt-packet";
import { WebSocketServer } from "ws";

const METHOD = "SCRAM-SHA-256";
const CONTINUE = 0x18;
const REAUTHENTICATE = 0x19;
const NOT_AUTHORIZED = 0x87;

/** @typedef {{ username: string, password: string, iterations?: number }} Account */

/**
 * @param {Buffer} key
 * @param {string} text
 */
const hmac = (key, text) => createHmac("sha256", key).update(text).digest();

/**
 * The server's side of one authentication.
 * @param {Account} account
 * @param {string} clientFirst
 */
export const serverExchange = ({ username, password, iterations = 4096 }, clientFirst) => {
  const bare = clientFirst.replace(/^n,,/, "");
  const [, name, nonce] = /^n=([^,]*),r=([^,]*)$/.exec(bare) ?? [];
  const bothNonces = `${nonce}${randomBytes(12).toString("base64")}`;
  const salt = randomBytes(16);
  const challenge = `r=${bothNonces},s=${salt.toString("base64")},i=${iterations}`;
  const salted = pbkdf2Sync(password, salt, iterations, 32, "sha256");
  return {
    challenge,
    /**
     * @param {string} clientFinal
     * @returns {string | null} the server's last message; null where the client does not know the password
     */
    finish: (clientFinal) => {
      const [, withoutProof, proof] = /^(c=biws,r=[^,]*),p=(.*)$/.exec(clientFinal) ?? [];
      const whole = `${bare},${challenge},${withoutProof}`;
      const storedKey = createHash("sha256").update(hmac(salted, "Client Key")).digest();
      const signature = hmac(storedKey, whole);
      const clientKey = Buffer.from(proof ?? "", "base64").map((byte, index) => byte ^ signature[index]);
      const isKnown = name === username.replaceAll("=", "=3D").replaceAll(",", "=2C") && withoutProof === `c=biws,r=${bothNonces}`;
      if (!isKnown || !timingSafeEqual(createHash("sha256").update(clientKey).digest(), storedKey)) return null;
      return `v=${hmac(hmac(salted, "Server Key"), whole).toString("base64")}`;
    },
  };
};

/**
 * Emits "packet" with each packet a client sent.
 * @param {Account & { lies?: boolean, verifiesEarly?: boolean }} options `lies`: its signature is wrong; `verifiesEarly`: it sends
 *   its signature in a step of its own, and nothing with the last one
 */
export const startScramServer = async ({ lies = false, verifiesEarly = false, ...account }) => {
  let isLying = lies;
  const wss = new WebSocketServer({ port: 0, host: "127.0.0.1", handleProtocols: () => "mqtt" });
  await once(wss, "listening");
  const events = new EventEmitter();
  /** @type {import("mqtt-packet").Packet[]} what clients sent, over all connections */
  const packets = [];

  wss.on("connection", (socket) => {
    const parser = mqttPacket.parser({ protocolVersion: 5 });
    /** @param {any} packet */
    const send = (packet) => socket.send(mqttPacket.generate(packet, { protocolVersion: 5 }));
    /** @param {string} [text] */
    const authentication = (text) => ({ authenticationMethod: METHOD, ...(text ? { authenticationData: Buffer.from(text) } : {}) });
    /** @type {ReturnType<typeof serverExchange> | undefined} */
    let exchange;
    /** @type {string | undefined} sent already, and waiting for the client's empty answer */
    let verified;
    let isConnected = false;

    /** @param {string} [text] */
    const accept = (text) => {
      exchange = undefined;
      verified = undefined;
      if (isConnected) send({ cmd: "auth", reasonCode: 0, properties: authentication(text) });
      else send({ cmd: "connack", reasonCode: 0, sessionPresent: false, properties: authentication(text) });
      isConnected = true;
    };
    const refuse = () => {
      if (isConnected) send({ cmd: "disconnect", reasonCode: NOT_AUTHORIZED });
      else send({ cmd: "connack", reasonCode: NOT_AUTHORIZED, sessionPresent: false });
      socket.close();
    };
    /** @param {string} text */
    const begin = (text) => {
      exchange = serverExchange(account, text);
      send({ cmd: "auth", reasonCode: CONTINUE, properties: authentication(exchange.challenge) });
    };
    /** @param {string} text */
    const goOn = (text) => {
      if (verified !== undefined) return accept();
      const signature = exchange?.finish(text);
      if (!signature) return refuse();
      const shown = isLying ? `v=${randomBytes(32).toString("base64")}` : signature;
      if (!verifiesEarly) return accept(shown);
      verified = shown;
      send({ cmd: "auth", reasonCode: CONTINUE, properties: authentication(shown) });
    };

    parser.on("packet", (/** @type {any} */ packet) => {
      packets.push(packet);
      const { authenticationMethod, authenticationData } = packet.properties ?? {};
      const text = authenticationData?.toString() ?? "";
      if (packet.cmd === "connect" || packet.cmd === "auth") {
        if (authenticationMethod !== METHOD) refuse();
        else if (packet.cmd === "connect" || packet.reasonCode === REAUTHENTICATE) begin(text);
        else goOn(text);
      }
      if (packet.cmd === "pingreq") send({ cmd: "pingresp" });
      events.emit("packet", packet);
    });
    parser.on("error", () => socket.terminate());
    socket.on("message", (/** @type {Buffer} */ data) => parser.parse(data));
    socket.on("error", () => socket.terminate());
  });

  const { port } = /** @type {import("node:net").AddressInfo} */ (wss.address());
  return Object.assign(events, {
    url: `ws://127.0.0.1:${port}/`,
    packets,
    /** @param {string} type */
    sent: (type) => packets.filter(({ cmd }) => cmd === type),
    /** From now on its signature is wrong. */
    lie: () => void (isLying = true),
    /** Breaks all connections. */
    cut: () => {
      for (const socket of wss.clients) socket.terminate();
    },
    stop: async () => {
      for (const socket of wss.clients) socket.terminate();
      await new Promise((resolve) => wss.close(resolve));
    },
  });
};
