// The JSON control endpoint behind the Session Lab's fault buttons. Same origin and loopback only: a page from
// elsewhere must not be able to cut links or drop sessions on this machine.
//
//   GET  /lab/info  → { brokerUrl, broker, versions, tcpPort, held, holding, down }   holding: an order to hold stands
//   POST /lab/fault   { action: "cut", kind?: "reset" | "close" | "half-close" | "silence", clientId? }       → { cut }
//                     { action: "hold", types?: ["puback", "pubrec", "pubcomp"], direction?: "toClient" } → { held }
//                     { action: "cut-at", clientId, type, direction?, when?: "after" | "before", nth?: 1 }   → { armed: true }
//                       cuts at that packet of this client, once; "before": it does not get through
//                     { action: "double", clientId, types, direction? }   each of these packets comes twice   → { armed: true }
//                     { action: "release" }   ends every standing order, and lets go what was held   → { released }
//                     { action: "down" }   cuts all links and lets no other one come about       → { cut }
//                     { action: "up" }                                                         → {}
//                     { action: "lose-session", clientId, version?: "3.1.1" | "5" }            → { lost }
// An error is { error: "one sentence" } with status 400, 403, 404 or 405.

const ACKNOWLEDGEMENTS = ["puback", "pubrec", "pubcomp"];
const DIRECTIONS = /** @type {const} */ (["toClient", "toServer"]);
const LOOPBACK = /^(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/;
const BODY_LIMIT = 10_000;

/** A request that cannot be done as asked. */
class Refusal extends Error {
  /**
   * @param {number} status
   * @param {string} message
   */
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

/**
 * @param {{ broker: import("../broker.mjs").Broker, proxy: import("../proxy.mjs").Proxy }} lab
 * @returns {(request: import("node:http").IncomingMessage, response: import("node:http").ServerResponse) => Promise<void>}
 */
export const createControl = (lab) => async (request, response) => {
  /**
   * @param {number} status
   * @param {object} body
   */
  const answer = (status, body) => {
    response.writeHead(status, { "content-type": "application/json", "cache-control": "no-store" });
    response.end(JSON.stringify(body));
  };
  try {
    answer(200, await handle(lab, request));
  } catch (error) {
    if (error instanceof Refusal) answer(error.status, { error: error.message });
    else answer(500, { error: error instanceof Error ? error.message : String(error) });
  }
};

/**
 * @param {{ broker: import("../broker.mjs").Broker, proxy: import("../proxy.mjs").Proxy }} lab
 * @param {import("node:http").IncomingMessage} request
 */
const handle = async ({ broker, proxy }, request) => {
  const { host = "", origin } = request.headers;
  if (!LOOPBACK.test(host) || (origin !== undefined && origin !== `http://${host}`)) {
    throw new Refusal(403, "The Lab answers its own page on this machine only.");
  }
  const path = new URL(request.url ?? "/", `http://${host}`).pathname;
  if (path === "/lab/info") {
    return {
      brokerUrl: `ws://${host}/mqtt`,
      broker: broker.name,
      versions: broker.versions,
      tcpPort: broker.tcpPort,
      held: proxy.held.length,
      holding: proxy.rules.some((rule) => rule.action.action === "hold"),
      down: proxy.down,
    };
  }
  if (path !== "/lab/fault") throw new Refusal(404, `There is no ${path}.`);
  if (request.method !== "POST") throw new Refusal(405, "Faults are caused by POST.");
  return causeFault(broker, proxy, await readJson(request));
};

/**
 * @param {import("../broker.mjs").Broker} broker
 * @param {import("../proxy.mjs").Proxy} proxy
 * @param {Record<string, unknown>} order
 */
const causeFault = async (broker, proxy, order) => {
  const { action, clientId } = order;
  switch (action) {
    case "cut": {
      const kind = oneOf("kind", order.kind ?? "reset", ["reset", "close", "half-close", "silence"]);
      const meant = proxy.connections.filter((connection) => clientId === undefined || connection.clientId === clientId);
      for (const connection of meant) connection.cut(kind);
      return { cut: meant.length };
    }
    case "hold": {
      const direction = directionOf(order);
      proxy.rule({ direction, type: typesOf(order.types ?? ACKNOWLEDGEMENTS), action: "hold", overtake: true });
      return { held: proxy.held.length };
    }
    case "cut-at": {
      const when = oneOf("when", order.when ?? "after", ["after", "before"]);
      const { nth = 1 } = order;
      if (typeof nth !== "number" || !Number.isInteger(nth) || nth < 1) throw new Refusal(400, "`nth` must be a whole number from 1.");
      const [type] = typesOf([order.type]);
      const meant = { direction: directionOf(order), type, clientId: nameOf(clientId), nth };
      proxy.rule({ ...meant, action: `cut-${when}` });
      return { armed: true };
    }
    case "double":
      proxy.rule({ direction: directionOf(order), type: typesOf(order.types), clientId: nameOf(clientId), action: "duplicate" });
      return { armed: true };
    case "release":
      return { released: proxy.release() };
    case "down":
      proxy.down = true;
      return { cut: proxy.cut("reset") };
    case "up":
      proxy.down = false;
      return {};
    case "lose-session": {
      await broker.loseSession(nameOf(clientId), oneOf("version", order.version ?? broker.versions[0], broker.versions));
      return { lost: clientId };
    }
    default:
      throw new Refusal(400, "`action` must be cut, cut-at, hold, double, release, down, up or lose-session.");
  }
};

/** @param {unknown} clientId */
const nameOf = (clientId) => {
  if (typeof clientId !== "string" || clientId === "") throw new Refusal(400, "`clientId` is missing.");
  return clientId;
};

/** @param {unknown} types */
const typesOf = (types) => {
  if (!Array.isArray(types) || types.length === 0 || !types.every((type) => typeof type === "string")) {
    throw new Refusal(400, "`types` must be a list of packet types, such as pubrec.");
  }
  return types;
};

/** @param {Record<string, unknown>} order */
const directionOf = (order) => oneOf("direction", order.direction ?? "toClient", [...DIRECTIONS]);

/**
 * @template {string} T
 * @param {string} name
 * @param {unknown} value
 * @param {T[]} allowed
 * @returns {T}
 */
const oneOf = (name, value, allowed) => {
  const found = allowed.find((candidate) => candidate === value);
  if (found === undefined) throw new Refusal(400, `\`${name}\` must be one of ${allowed.join(", ")}.`);
  return found;
};

/**
 * @param {import("node:http").IncomingMessage} request
 * @returns {Promise<Record<string, unknown>>}
 */
const readJson = async (request) => {
  let text = "";
  for await (const chunk of request.setEncoding("utf8")) {
    text += chunk;
    if (text.length > BODY_LIMIT) throw new Refusal(400, "The request is too long.");
  }
  try {
    const value = JSON.parse(text);
    if (value !== null && typeof value === "object") return value;
  } catch {
    // not JSON: refused below like JSON of the wrong kind
  }
  throw new Refusal(400, "The request must be a JSON object.");
};
