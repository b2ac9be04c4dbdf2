// The page's side of the matrix: clients by name, made, called and listened to by the checks, which run in Node. What clients tell goes out through
// `window.tell(name, event, detail)`; what calls result in is made plain on the way.

/** @type {Map<string, any>} */
const clients = new Map();
/** @type {Map<string, any[]>} messages as they came, for `ack` */
const messages = new Map();

const EVENTS = ["connected", "disconnected", "messageIn", "messageOut", "messageLost", "sessionLost", "sessionRestored", "error"];

/** 32-bit FNV-1a, for payloads that are too large to be told. @param {Uint8Array} bytes */
const hashOf = (bytes) => {
  let hash = 0x811c9dc5;
  for (const byte of bytes) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  return hash;
};

/** @param {any} error */
const plainError = (error) => ({
  code: error?.code ?? null, reasonCode: error?.reasonCode ?? null, reason: error?.reason ?? null, message: String(error?.message ?? error),
});

/** @param {any} value messages and errors without their methods, bytes as arrays */
const plain = (value) => {
  if (value instanceof Error) return plainError(value);
  if (value instanceof Uint8Array) return [...value];
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== "object" || value === null) return typeof value === "function" ? undefined : value;
  if (typeof value.text === "function") {
    const { topic, qos, retain, duplicate, packetId, properties, payload } = value;
    const text = payload.length > 200 ? null : value.text();
    return { topic, qos, retain, duplicate, packetId, properties: plain(properties), text, size: payload.length, hash: hashOf(payload) };
  }
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, plain(entry)]));
};

window.interop = {
  /**
   * @param {string} name
   * @param {any} options
   * @param {{ username: string, password: string } | null} scram
   */
  make: async (name, options, scram) => {
    if (scram) {
      const example = "/scripts/examples/scram-sha-256.js";
      options.authenticate = (await import(example)).scramSha256(scram);
    }
    const client = new window.MqttClient(options);
    clients.set(name, client);
    messages.set(name, []);
    for (const event of EVENTS) {
      client.on(event, (/** @type {any} */ detail) => {
        if (event === "messageIn") messages.get(name)?.push(detail);
        window.tell(name, event, plain(detail));
      });
    }
  },

  /**
   * @param {string} name
   * @param {string} method
   * @param {any[]} args
   */
  call: async (name, method, args) => {
    try {
      return { value: plain(await clients.get(name)[method](...args)) };
    } catch (error) {
      return { error: plainError(error) };
    }
  },

  /** @param {string} name @param {string} property */
  get: (name, property) => plain(clients.get(name)[property]),

  /** Acknowledges everything that came so far. @param {string} name */
  ack: (name) => {
    for (const message of messages.get(name) ?? []) message.ack();
  },

  /** Bytes without a pattern that repeats soon. @param {string} name @param {string} topic @param {number} size @param {number} qos */
  publishLarge: (name, topic, size, qos) => {
    const payload = new Uint8Array(size);
    let state = 1;
    for (let index = 0; index < size; index += 1) payload[index] = (state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff) >> 16;
    return window.interop.call(name, "publish", [topic, payload, { qos }]);
  },
};
