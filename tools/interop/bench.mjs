// What one check works with: a page with clients behind a proxy, and independent clients (MQTT.js in Node) behind another one, so that every packet to and from the
// broker is on record. A check waits for packets: what we have to send, what the broker has to send, and what the client has to make of it. So a deviation has an owner.
import mqtt from "mqtt";
import { openPage } from "../../tests/support/page-server.mjs";
import { startProxy } from "../proxy.mjs";
import { BrokersFault, NotOffered } from "./verdict.mjs";

/** @typedef {import("../proxy/log.mjs").Entry} Entry */
/** @typedef {Awaited<ReturnType<typeof startProxy>>} Proxy */
/** @typedef {Awaited<ReturnType<typeof openBench>>} Bench */
/** @typedef {ReturnType<typeof clientIn>} Client */
/** @typedef {Awaited<ReturnType<Bench["far"]>>} Far */
/** @typedef {"ordinary" | "limited" | "secured" | "enhanced"} Role which instance of a broker */
/** @typedef {{ code: string | null, reasonCode: number | null, reason: string | null, message: string }} PlainError */

/** How long a broker, the client or a far client may take for anything. */
const PATIENCE_MS = 12_000;

/**
 * @typedef {object} Wanted everything given must fit
 * @property {string} [type]
 * @property {string} [payload] of a PUBLISH
 * @property {string} [clientId]
 * @property {(packet: any, entry: Entry) => boolean} [fits] packets that mqtt-packet cannot read do not
 * @property {number} [nth] default 1
 * @property {number} [after] only packets behind this place in the log
 * @property {number} [ms]
 */

/** @param {Entry} entry */
export const payloadOf = ({ packet }) => (packet?.cmd === "publish" ? Buffer.from(packet.payload).toString("latin1") : null);

/**
 * @param {Entry} entry
 * @param {Wanted} wanted
 * @param {"toServer" | "toClient"} direction
 */
const isWanted = (entry, { type, payload, clientId, fits, after = 0 }, direction) =>
  entry.direction === direction && entry.seq >= after &&
  (type === undefined || entry.type === type) &&
  (payload === undefined || payloadOf(entry) === payload) &&
  (clientId === undefined || entry.clientId === clientId) &&
  (fits === undefined || (entry.packet !== null && fits(entry.packet, entry)));

/**
 * The packet, when it has been seen; null when it has not come in time.
 * @param {Proxy} proxy
 * @param {"toServer" | "toClient"} direction
 * @param {Wanted} wanted
 * @returns {Promise<Entry | null>}
 */
const seen = (proxy, direction, wanted) =>
  new Promise((resolve) => {
    const look = () => {
      const found = proxy.log.filter((entry) => isWanted(entry, wanted, direction))[(wanted.nth ?? 1) - 1];
      if (found) settle(found);
    };
    /** @param {Entry | null} found */
    const settle = (found) => {
      clearTimeout(timer);
      proxy.off("packet", look);
      resolve(found);
    };
    const timer = setTimeout(() => settle(null), wanted.ms ?? PATIENCE_MS);
    proxy.on("packet", look);
    look();
  });

/**
 * @param {object} world
 * @param {import("./brokers.mjs").Broker} world.broker
 * @param {Record<Role, import("./brokers.mjs").Instance | null>} world.instances
 * @param {import("../broker.mjs").Version} world.version
 * @param {string} world.name unique, for topics and client identifiers
 * @param {import("playwright-core").BrowserContext} world.context
 * @param {string} world.serverUrl
 * @param {string} world.url the broker's
 */
export const openBench = async ({ broker, instances, version, name, context, serverUrl, url }) => {
  const [proxy, farProxy] = await Promise.all([startProxy({ target: url, seed: 1 }), startProxy({ target: url, seed: 2 })]);
  // One order for both logs: the far one's entries are put behind what the page's has seen by then.
  /** @type {Entry[]} */
  const everything = [];
  for (const one of [proxy, farProxy]) one.on("packet", (entry) => everything.push(entry));
  /** @type {Array<{ client: string, event: string, detail: any }>} */
  const heard = [];
  /** @type {Set<() => void>} */
  const listeners = new Set();
  /** @type {Set<string>} clients of the page as it is */
  const living = new Set();
  /** @type {Set<import("mqtt").MqttClient>} */
  const farClients = new Set();
  /** @type {string[]} */
  const notes = [];
  let serial = 0;

  const page = await context.newPage();
  await page.exposeBinding("tell", (_source, client, event, detail) => {
    heard.push({ client, event, detail });
    for (const look of [...listeners]) look();
  });
  const arrive = async () => {
    await openPage(page, serverUrl);
    await page.evaluate((script) => import(script), "/scripts/tools/interop/page/clients.js");
  };
  await arrive();

  /** What a fault is shown by, unless the check says so itself: the last packets, without those that say nothing. */
  const recent = () => everything.filter(({ type }) => !["pingreq", "pingresp"].includes(type)).slice(-8);

  const bench = {
    version, name, broker, instances, page, proxy, farProxy, notes,
    is5: version === "5",
    /** The statement that holds here, of two. @param {string} v311 @param {string} v5 */
    cite: (v311, v5) => `[MQTT-${version === "5" ? v5 : v311}]`,
    topic: `mooring/${name}`,
    everything,
    recent,

    /** @param {string} text beside a result that is a pass all the same */
    note: (text) => void notes.push(text),

    /** To be thrown. @param {string} reason @param {Entry[]} [evidence] */
    notOffered: (reason, evidence = recent()) => new NotOffered(reason, evidence),

    /** To be thrown. @param {string} reason @param {Entry[]} [evidence] */
    fault: (reason, evidence = recent()) => new BrokersFault(reason, evidence),

    /**
     * The page's client has to send this: it is our fault if it does not.
     * @param {string} what
     * @param {Wanted} wanted
     */
    weSend: async (what, wanted) => {
      const entry = await seen(proxy, "toServer", wanted);
      if (!entry) throw new Error(`the client did not send ${what}`);
      return entry;
    },

    /**
     * The broker has to send this to the page's client.
     * @param {string} what
     * @param {Wanted} wanted
     * @param {() => Entry[]} [evidence]
     */
    brokerSends: async (what, wanted, evidence = recent) => {
      const entry = await seen(proxy, "toClient", wanted);
      if (entry) return entry;
      const gone = proxy.connections.length === 0 ? ", and the connection is gone" : "";
      throw new BrokersFault(`does not send ${what}${gone}`, evidence());
    },

    /**
     * The broker has to send this to a far client.
     * @param {string} what
     * @param {Wanted} wanted
     * @param {() => Entry[]} [evidence]
     */
    brokerSendsFar: async (what, wanted, evidence = recent) => {
      const entry = await seen(farProxy, "toClient", wanted);
      if (!entry) throw new BrokersFault(`does not send ${what}`, evidence());
      return entry;
    },

    /** As brokerSends, for what may be missing. @param {Wanted} wanted */
    seen: (wanted) => seen(proxy, "toClient", wanted),
    /** @param {Wanted} wanted */
    seenFar: (wanted) => seen(farProxy, "toClient", wanted),

    /**
     * What has been seen of this so far.
     * @param {"toServer" | "toClient"} direction
     * @param {Wanted} wanted
     * @param {Proxy} [at]
     */
    all: (direction, wanted, at = proxy) => at.log.filter((entry) => isWanted(entry, wanted, direction)),

    /** Marks a place in the log of the page's proxy. */
    here: () => proxy.log.length,

    /**
     * A client of the page, not connected.
     * @param {Record<string, unknown>} [options]
     * @param {{ scram?: { username: string, password: string } | null, via?: { url: string } }} [how]
     */
    client: async (options = {}, { scram = null, via = proxy } = {}) => {
      serial += 1;
      const client = `client${serial}`;
      const account = scram ? {} : broker.account;
      const all = { url: via.url, clientId: `${name}-${serial}`, protocolVersion: version, reconnect: false, timeout: 8, ...account, ...options };
      await page.evaluate(({ client, all, scram }) => window.interop.make(client, all, scram), { client, all, scram });
      living.add(client);
      return clientIn({ page, client, clientId: /** @type {string} */ (all.clientId), heard, listeners });
    },

    /** As `client`, and connected: if the broker refuses that, it is its fault. @param {Record<string, unknown>} [options] */
    connected: async (options = {}) => {
      const client = await bench.client(options);
      await bench.connect(client);
      return client;
    },

    /** @param {Client} client */
    connect: async (client) => {
      const after = bench.here();
      const result = client.call("connect");
      const connack = await bench.brokerSends("CONNACK", { type: "connack", clientId: client.clientId || undefined, after });
      if (connack.reasonCode !== 0) throw bench.fault(`refuses the connection with ${connack.reasonCode}`);
      return result;
    },

    /**
     * Subscribes; a broker that refuses, or grants less, does not offer it.
     * @param {Client} client
     * @param {unknown} filters
     * @param {Record<string, unknown>} [options]
     */
    subscribe: async (client, filters, options = {}) => {
      const after = bench.here();
      const result = client.call("subscribe", filters, options);
      const sent = await bench.weSend("SUBSCRIBE", { type: "subscribe", after });
      const entry = await bench.brokerSends("SUBACK", { type: "suback", after, clientId: client.clientId });
      const granted = await result;
      for (const { filter, reasonCode } of granted) {
        if (reasonCode >= 0x80) throw bench.notOffered(`refuses the subscription to ${filter} with 0x${reasonCode.toString(16)}`, [sent, entry]);
      }
      return { granted, sent, entry };
    },

    /**
     * An independent client, which records nothing by itself: what it is sent is in the log.
     * @param {{ filter?: string, qos?: 0 | 1 | 2, clientId?: string, clean?: boolean }} [options]
     */
    far: async ({ filter, qos = 2, clientId = `${name}-far`, clean = true } = {}) => {
      const client = mqtt.connect(farProxy.url, {
        ...broker.account, clientId, clean, protocolVersion: version === "5" ? 5 : 4, reconnectPeriod: 0, keepalive: 0, connectTimeout: 8000,
      });
      client.on("error", () => {});
      farClients.add(client);
      await new Promise((resolve, reject) => {
        client.once("connect", resolve);
        client.once("close", () => reject(new Error("the far client was not let in")));
      });
      if (filter !== undefined) await client.subscribeAsync(filter, { qos });
      return {
        client,
        /** @param {string} topic @param {string | Buffer} payload @param {import("mqtt").IClientPublishOptions} [options] */
        publish: (topic, payload, options = {}) => client.publishAsync(topic, payload, { qos: 1, ...options }),
      };
    },

    /**
     * The broker sends this message to the page's client, and the client hands it over.
     * @param {Client} client
     * @param {string} payload
     * @returns {Promise<{ entry: Entry, message: any }>}
     */
    arrives: async (client, payload) => {
      const entry = await bench.brokerSends(`the message "${payload}"`, { type: "publish", payload, clientId: client.clientId });
      const message = await client.told("messageIn", ({ text }) => text === payload);
      return { entry, message };
    },

    /** That this message never came to the page's client, although what was published behind it did. @param {string} payload @param {string} why */
    absent: (payload, why) => {
      const entries = bench.all("toClient", { type: "publish", payload });
      if (entries.length > 0) throw bench.fault(`sends a message ${why}`, [...bench.all("toServer", { type: "subscribe" }).slice(-1), ...entries]);
    },

    /** Loads the page anew; its clients are gone. */
    reload: async () => {
      living.clear();
      await arrive();
    },

    /** Breaks the page's connections, and resolves when its proxy is ready for new ones. */
    cut: () => proxy.cut("reset"),

    close: async () => {
      await Promise.allSettled([...living].map((client) => page.evaluate((name) => window.interop.call(name, "free", []), client)));
      await Promise.allSettled([...farClients].map((client) => client.endAsync(true)));
      await Promise.allSettled([page.close(), proxy.stop(), farProxy.stop()]);
    },
  };
  return bench;
};

/**
 * @param {object} where
 * @param {import("playwright-core").Page} where.page
 * @param {string} where.client
 * @param {string} where.clientId
 * @param {Array<{ client: string, event: string, detail: any }>} where.heard
 * @param {Set<() => void>} where.listeners
 */
const clientIn = ({ page, client, clientId, heard, listeners }) => {
  /** @param {string} event @param {(detail: any) => boolean} [fits] */
  const all = (event, fits = () => true) => heard.filter((one) => one.client === client && one.event === event && fits(one.detail)).map(({ detail }) => detail);

  return {
    clientId,
    all,

    /**
     * Resolves with what the method does; throws what it is rejected with.
     * @param {string} method
     * @param {unknown[]} args
     * @returns {Promise<any>}
     */
    call: (method, ...args) => {
      const result = page.evaluate(({ client, method, args }) => window.interop.call(client, method, args), { client, method, args }).then(({ value, error }) => {
        if (error) throw Object.assign(new Error(`${method}() failed: ${error.code}: ${error.message}`), error);
        return value;
      });
      // Who does not wait for it need not handle it.
      result.catch(() => {});
      return result;
    },

    /**
     * What the method is rejected with; it is an error if it is not.
     * @param {string} method
     * @param {unknown[]} args
     * @returns {Promise<PlainError>}
     */
    rejection: (method, ...args) => {
      const result = page.evaluate(({ client, method, args }) => window.interop.call(client, method, args), { client, method, args }).then(({ error }) => {
        if (!error) throw new Error(`${method}() was not refused`);
        return error;
      });
      result.catch(() => {});
      return result;
    },

    /** @param {string} property @returns {Promise<any>} */
    get: (property) => page.evaluate(({ client, property }) => window.interop.get(client, property), { client, property }),

    ack: () => page.evaluate((client) => window.interop.ack(client), client),

    /** @param {string} topic @param {number} size @param {number} qos @returns {Promise<{ value?: any, error?: PlainError }>} */
    publishLarge: (topic, size, qos) =>
      page.evaluate(({ client, topic, size, qos }) => window.interop.publishLarge(client, topic, size, qos), { client, topic, size, qos }),

    /**
     * Resolves with the nth thing that the client tells by this event and that fits, from the first on.
     * @param {string} event
     * @param {(detail: any) => boolean} [fits]
     * @param {number} [nth]
     * @returns {Promise<any>}
     */
    told: (event, fits = () => true, nth = 1) =>
      new Promise((resolve, reject) => {
        const look = () => {
          const found = all(event, fits);
          if (found.length < nth) return;
          settle();
          resolve(found[nth - 1]);
        };
        const settle = () => {
          clearTimeout(timer);
          listeners.delete(look);
        };
        const timer = setTimeout(() => {
          settle();
          const last = heard.slice(-6).map(({ client, event, detail }) => `${client} ${event} ${JSON.stringify(detail)}`);
          reject(new Error(`the client did not tell "${event}" (${nth}); last told: ${last.join("; ")}`));
        }, PATIENCE_MS);
        listeners.add(look);
        look();
      }),
  };
};
