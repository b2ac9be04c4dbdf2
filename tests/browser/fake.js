// A WebSocket without a network, the server's packets by hand, and the words the tests use.

/** Stands in for WebSocket: records what is sent, and lets the test be the server. */
class FakeSocket {
  static CONNECTING = 0;
  static OPEN = 1;
  static CLOSING = 2;
  static CLOSED = 3;
  static made = [];
  static awaited = [];

  /** The next socket that is made. */
  static next() {
    return new Promise((resolve) => FakeSocket.awaited.push(resolve));
  }

  constructor(url, protocol) {
    if (!/^wss?:/i.test(url)) throw new DOMException(`'${url}' is no WebSocket address`, "SyntaxError");
    Object.assign(this, { url, protocol, readyState: 0, bufferedAmount: 0, sent: [], closeCalls: 0 });
    this.onopen = this.onmessage = this.onclose = null;
    FakeSocket.made.push(this);
    for (const told of FakeSocket.awaited.splice(0)) told(this);
  }

  send(bytes) {
    if (this.readyState === 0) throw new DOMException("still connecting", "InvalidStateError");
    this.sent.push(Uint8Array.from(bytes));
  }

  close() {
    this.closeCalls++;
    this.readyState = 2;
  }

  // From here on: the test as the network and the server.

  opens() {
    this.readyState = 1;
    this.onopen?.(new Event("open"));
  }

  /** One binary message with these packets; returns the buffer it came in. */
  says(...packets) {
    const { buffer } = Uint8Array.from(packets.flat());
    this.onmessage?.(new MessageEvent("message", { data: buffer }));
    return buffer;
  }

  saysText(text) {
    this.onmessage?.(new MessageEvent("message", { data: text }));
  }

  closes(code = 1006) {
    this.readyState = 3;
    this.onclose?.(new CloseEvent("close", { code }));
  }

  /** The packets sent so far, a list for each WebSocket message. */
  get packets() {
    return this.sent.map(split);
  }

  /** The packets sent since the last call, in one list. */
  heard() {
    const packets = this.packets.slice(this.#read).flat();
    this.#read = this.sent.length;
    return packets;
  }
  #read = 0;
}

const NAMES = ["", "CONNECT", "CONNACK", "PUBLISH", "PUBACK", "PUBREC", "PUBREL", "PUBCOMP", "SUBSCRIBE", "SUBACK",
  "UNSUBSCRIBE", "UNSUBACK", "PINGREQ", "PINGRESP", "DISCONNECT", "AUTH"];

/** Cuts a WebSocket message into packets: name, flags, body. */
const split = (bytes) => {
  const packets = [];
  for (let at = 0; at < bytes.length;) {
    const first = bytes[at++];
    let length = 0;
    for (let shift = 0, byte = 0x80; byte & 0x80; shift += 7) {
      byte = bytes[at++];
      length |= (byte & 0x7f) << shift;
    }
    const body = bytes.slice(at, at + length);
    at += length;
    const name = NAMES[first >> 4];
    const packet = { name, flags: first & 15, body };
    if (name === "PUBLISH") {
      const end = 2 + (body[0] << 8 | body[1]);
      packet.topic = new TextDecoder().decode(body.slice(2, end));
      packet.qos = first >> 1 & 3;
      packet.dup = (first & 8) !== 0;
      if (packet.qos) packet.id = body[end] << 8 | body[end + 1];
    } else if (name === "CONNECT") {
      Object.assign(packet, readConnect(body));
    } else if (name === "AUTH") {
      Object.assign(packet, { code: body[0], ...readProperties(body.slice(2)) });
    } else if (name === "DISCONNECT") {
      Object.assign(packet, { code: body[0] ?? 0, ...readProperties(body.slice(2)) });
    } else if (body.length >= 2) {
      packet.id = body[0] << 8 | body[1];
      if (name === "PUBACK" || name === "PUBCOMP") Object.assign(packet, { code: body[2] ?? 0, ...readProperties(body.slice(4)) });
    }
    packets.push(packet);
  }
  return packets;
};

const field = (bytes, at) => bytes.slice(at + 2, at + 2 + (bytes[at] << 8 | bytes[at + 1]));
const text = (bytes) => new TextDecoder().decode(bytes);

/** Properties by name, of a list whose length is no more than 127 bytes and not in `bytes`. */
const readProperties = (bytes) => {
  const found = {};
  const numbers = { 0x01: 1, 0x02: 4, 0x11: 4, 0x17: 1, 0x18: 4, 0x19: 1, 0x21: 2, 0x22: 2, 0x27: 4 };
  const names = { 0x02: "messageExpiry", 0x11: "sessionExpiry", 0x15: "method", 0x16: "data", 0x17: "problem", 0x18: "delay", 0x19: "response", 0x1f: "reason" };
  for (let at = 0; at < bytes.length;) {
    const id = bytes[at++];
    const read = () => {
      const value = text(field(bytes, at));
      at += 2 + field(bytes, at).length;
      return value;
    };
    if (id in numbers) {
      found[names[id] ?? id] = bytes.slice(at, at + numbers[id]).reduce((sum, byte) => sum * 256 + byte, 0);
      at += numbers[id];
    } else if (id === 0x26) {
      (found.pairs ??= []).push([read(), read()]);
    } else {
      found[names[id] ?? id] = read();
    }
  }
  return found;
};

/** What a CONNECT without a will says. */
const readConnect = (body) => {
  const [version, flags] = [body[6], body[7]];
  let at = 10;
  const read = { version, clean: (flags & 2) !== 0 };
  if (version === 5) {
    Object.assign(read, readProperties(body.slice(at + 1, at + 1 + body[at])));
    at += 1 + body[at];
  }
  for (const [name, present] of [["clientId", true], ["username", flags & 0x80], ["password", flags & 0x40]]) {
    if (!present || flags & 4) continue;
    read[name] = text(field(body, at));
    at += 2 + field(body, at).length;
  }
  return read;
};

const utf8 = (text) => [...new TextEncoder().encode(text)];
const string = (text) => [utf8(text).length >> 8, utf8(text).length & 255, ...utf8(text)];
const two = (number) => [number >> 8, number & 255];
const packet = (first, body) => {
  const length = [];
  for (let left = body.length; ;) {
    const byte = left & 127;
    left >>= 7;
    length.push(left ? byte | 128 : byte);
    if (!left) break;
  }
  return [first, ...length, ...body];
};

/** The server's packets. `properties`: encoded MQTT 5 properties; null: 3.1.1. */
const server = {
  connack: ({ present = false, code = 0, properties = [] } = {}) =>
    packet(0x20, [present ? 1 : 0, code, ...(properties ? [properties.length, ...properties] : [])]),
  publish: (topic, payload, { qos = 0, id = 1, dup = false, retain = false, properties = [] } = {}) =>
    packet(0x30 | (dup ? 8 : 0) | qos << 1 | (retain ? 1 : 0), [
      ...string(topic),
      ...(qos ? two(id) : []),
      ...(properties ? [properties.length, ...properties] : []),
      ...(typeof payload === "string" ? utf8(payload) : payload),
    ]),
  puback: (id, ...rest) => packet(0x40, [...two(id), ...rest]),
  pubrec: (id, ...rest) => packet(0x50, [...two(id), ...rest]),
  pubrel: (id, ...rest) => packet(0x62, [...two(id), ...rest]),
  pubcomp: (id, ...rest) => packet(0x70, [...two(id), ...rest]),
  suback: (id, codes, properties = []) => packet(0x90, [...two(id), properties.length, ...properties, ...codes]),
  unsuback: (id, codes, properties = []) => packet(0xb0, [...two(id), properties.length, ...properties, ...codes]),
  disconnect: (code, properties = []) => packet(0xe0, [code, properties.length, ...properties]),
  auth: (code, method, data, more = []) => {
    const properties = [0x15, ...string(method), ...(data === undefined ? [] : [0x16, ...string(data)]), ...more];
    return packet(0xf0, [code, properties.length, ...properties]);
  },
  pingresp: () => packet(0xd0, []),
  pair: (name, value) => [0x26, ...string(name), ...string(value)],
  reasonString: (text) => [0x1f, ...string(text)],
  reference: (text) => [0x1c, ...string(text)],
  string,
};

const EVENTS = ["connected", "disconnected", "connectionStatus", "messageIn", "messageOut", "messageAck", "messageLost",
  "subscribed", "unsubscribed", "readyToSend", "sessionSaved", "sessionRestored", "sessionLost", "error"];

const show = (value) =>
  JSON.stringify(value, (_, inner) => (inner instanceof Uint8Array ? [...inner] : inner === undefined ? "undefined" : inner));

const fail = (message) => {
  throw new Error(message);
};

const equal = (actual, expected, what = "") => {
  if (show(actual) !== show(expected)) fail(`${what}: ${show(actual)} is not ${show(expected)}`);
};

const ok = (value, what = "expected otherwise") => value || fail(what);

/** What was asked for in this turn has happened. */
const turn = () => Promise.resolve();

/** Everything under way in JavaScript has happened. */
const settle = () => new Promise((resolve) => setTimeout(resolve));

/** Nobody holds a durable session. */
const unlocked = async () => {
  while ((await navigator.locks.query()).held?.length) await settle();
};

/** Fills a store of the window until fewer than `left` units are free. */
const fill = (area, left) => {
  let unit = "f".repeat(1 << 20);
  for (let i = 0; unit; i++) {
    try {
      area.setItem(`fill${i}`, unit);
    } catch {
      unit = unit.slice(0, unit.length >> 1);
    }
  }
  const [last] = Object.keys(area).filter((key) => key.startsWith("fill")).sort((a, b) => area[b].length - area[a].length);
  area.setItem(last, area.getItem(last).slice(left));
};

/** Takes out again what `fill` put in. */
const empty = (area) => {
  for (const key of Object.keys(area)) if (key.startsWith("fill")) area.removeItem(key);
};

/** Runs `body` while the window's store of this name is denied. */
const withDenied = async (name, body) => {
  const real = Object.getOwnPropertyDescriptor(window, name);
  Object.defineProperty(window, name, {
    configurable: true,
    get() {
      throw new DOMException("denied", "SecurityError");
    },
  });
  try {
    await body();
  } finally {
    Object.defineProperty(window, name, real);
  }
};

/** Reconnects at once, for a test, and by a schedule that can be told beforehand: 10, 20, 40, 80, 80, … milliseconds. */
const QUICK = { minDelay: 0.01, maxDelay: 0.08, jitter: false };

/** Reconnects later than any test ends, unless something has it do so at once. */
const SLOW = { minDelay: 1000, maxDelay: 1000, jitter: false };

/** The next event of this name. */
const once = (client, event) => new Promise((resolve) => client.once(event, resolve));

/** The clock goes ahead by so much; `restoreBrowser` sets it right. */
const skip = (milliseconds) => {
  const now = Date.now;
  Date.now = () => now() + milliseconds;
};

/** The platform says that there is a network, or none. */
const network = (online) => {
  Object.defineProperty(navigator, "onLine", { configurable: true, value: online });
  dispatchEvent(new Event(online ? "online" : "offline"));
};

/** The page is shown, or hidden. */
const showPage = (visible) => {
  Object.defineProperty(document, "visibilityState", { configurable: true, value: visible ? "visible" : "hidden" });
  document.dispatchEvent(new Event("visibilitychange"));
};

/** Sees the workers that are made until `stop()`: how often each has `told` something, and whether it is `over`. */
const watchWorkers = () => {
  const real = globalThis.Worker;
  const workers = [];
  globalThis.Worker = function (...args) {
    const worker = new real(...args);
    const seen = { told: 0, over: false };
    workers.push(seen);
    worker.addEventListener("message", () => seen.told++);
    worker.terminate = () => {
      real.prototype.terminate.call(worker);
      seen.over = true;
    };
    return worker;
  };
  return { workers, stop: () => void (globalThis.Worker = real) };
};

/** What listens to events of the page: nothing when a test is over. */
const listening = new Set();
for (const [act, change] of [["addEventListener", "add"], ["removeEventListener", "delete"]]) {
  const real = EventTarget.prototype[act];
  EventTarget.prototype[act] = function (...args) {
    if (args[0] === "visibilitychange") listening[change](args[1]);
    return real.apply(this, args);
  };
}

/** Takes back what `skip`, `network` and `showPage` have changed. */
const restoreBrowser = (now) => {
  Date.now = now;
  delete navigator.onLine;
  delete document.visibilityState;
};

/** `storageUsage` tells what `area` (a store, or an object of its entries) really holds. */
const isStored = (client, area, key = client.sessionKey) => {
  const prefix = `mooring/${key.replaceAll("%", "%25").replaceAll("/", "%2F")}/`;
  const own = Object.keys(area).filter((name) => name.startsWith(prefix));
  const units = own.reduce((sum, name) => sum + name.length + area[name].length, 0);
  equal(client.storageUsage.stored, units, "storageUsage.stored");
};

const isMqttError = (error, code, words) => {
  ok(error instanceof Error && error.name === "MqttError", `no MqttError: ${error}`);
  equal(error.code, code, error.message);
  for (const word of words) ok(error.message.includes(word), `"${error.message}" does not say "${word}"`);
  return error;
};

/** The promise is rejected with this code, and the message says these words. */
const rejects = async (promise, code, ...words) =>
  promise.then(
    (value) => fail(`not rejected with ${code}, but resolved: ${show(value)}`),
    (error) => isMqttError(error, code, words),
  );

/** The call throws this code, and the message says these words. */
const throws = (call, code, ...words) => {
  try {
    call();
  } catch (error) {
    return isMqttError(error, code, words);
  }
  return fail(`did not throw ${code}`);
};

/** What a request is told apart by, in the PUBLISH that carries it. */
const correlationOf = ({ body }) => {
  const at = body.findIndex((byte, i) => byte === 9 && body[i + 1] === 0 && body[i + 2] === 16);
  return [...body.slice(at + 3, at + 19)];
};

/** The answer to it. */
const answer = (topic, payload, correlation, options) =>
  server.publish(topic, payload, { properties: [9, correlation.length >> 8, correlation.length & 255, ...correlation], ...options });

/** An AbortController, and how many listen to its signal. */
const listened = () => {
  const controller = new AbortController();
  const { signal } = controller;
  const listeners = new Set();
  const { addEventListener, removeEventListener } = signal;
  signal.addEventListener = (type, listener, ...rest) => (listeners.add(listener), addEventListener.call(signal, type, listener, ...rest));
  signal.removeEventListener = (type, listener) => (listeners.delete(listener), removeEventListener.call(signal, type, listener));
  return { controller, signal, listeners };
};

/** Listens for what nobody catches; `stray()` takes what there was so far. */
const listenForStrays = () => {
  const found = [];
  const listen = (event) => {
    event.preventDefault();
    found.push(event.type === "error" ? event.error ?? event.message : event.reason);
  };
  const types = ["error", "unhandledrejection"];
  for (const type of types) addEventListener(type, listen);
  return {
    stray: () => found.splice(0),
    stop: () => {
      for (const type of types) removeEventListener(type, listen);
    },
  };
};

/**
 * Runs a test, with the fake WebSocket in place, and cleans up after it. An error that nobody caught, and
 * that the test did not take with `stray()`, fails it.
 */
export const runTest = async (Class, memoryOf, body) => {
  const { stray, stop } = listenForStrays();
  const real = globalThis.WebSocket;
  const now = Date.now;
  const clients = [];
  FakeSocket.made = [];
  globalThis.WebSocket = FakeSocket;

  /** Clients that a test makes by itself, and a failure keeps it from freeing. */
  const others = [];
  class MqttClient extends Class {
    constructor(options) {
      super(options);
      others.push(new WeakRef(this));
    }
  }
  /** A client that is freed after the test. It makes one attempt, unless the test is about more. */
  const make = (options) => {
    const client = new MqttClient({ url: "ws://server", clientId: "me", reconnect: false, ...options });
    clients.push(client);
    return client;
  };
  /** The latest socket. */
  const socket = () => FakeSocket.made.at(-1);
  /** Lets `client` connect; resolves with the socket and what connect() resolves with. */
  const connect = async (client, connack = {}) => {
    const next = FakeSocket.next();
    const promise = client.connect();
    // A durable session is opened first, and may not be.
    const made = await Promise.race([next, promise.then(() => next)]);
    made.opens();
    // CONNECT waits for a store that takes its time, and a server answers nothing before.
    while (!made.packets.length && !made.closeCalls) await settle();
    made.says(server.connack({ ...(client.protocolVersion === "3.1.1" && { properties: null }), ...connack }));
    const result = await promise;
    made.heard();
    return { socket: made, result };
  };
  /** A connected client and its socket. */
  const connected = async (options, connack) => {
    const client = make(options);
    return { client, ...(await connect(client, connack)) };
  };
  /** The names of all events of `client`, in order, with what `detail` makes of each. */
  const record = (client, detail = () => undefined) => {
    const seen = [];
    for (const event of EVENTS) client.on(event, (value) => void seen.push(detail(event, value) ?? event));
    return seen;
  };

  /** The WebAssembly memory as it is now. */
  const memory = () => memoryOf.buffer;

  const kit = { memory, MqttClient, FakeSocket, EVENTS, server, make, socket, connect, connected, record, readProperties, stray, equal, ok, turn, settle, once, skip, network, showPage, watchWorkers, QUICK, SLOW, unlocked, fill, empty, withDenied, isStored, rejects, throws, listened, correlationOf, answer };
  try {
    const AsyncFunction = Object.getPrototypeOf(async () => {}).constructor;
    await new AsyncFunction(...Object.keys(kit), `{${body}}`)(...Object.values(kit));
  } finally {
    for (const client of clients) client.free();
    for (const other of others) other.deref()?.free();
    restoreBrowser(now);
    for (const made of FakeSocket.made) made.closes();
    FakeSocket.awaited = [];
    await unlocked();
    // What freeing rejects counts, too, and the platform tells of it in a turn of its own.
    await settle();
    stop();
    globalThis.WebSocket = real;
    localStorage.clear();
    sessionStorage.clear();
  }
  const strays = stray();
  const left = [...listening];
  listening.clear();
  if (left.length) fail(`${left.length} listeners to visibilitychange are left: a client that was not freed, or a timer that nobody needs`);
  if (strays.length) fail(`errors that nobody caught: ${strays.map((error) => error?.stack ?? String(error)).join("; ")}`);
};
