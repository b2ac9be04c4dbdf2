// @ts-check
// The fault buttons: orders to the development server's proxy, which stands between this page and the broker.
import { emit, on } from "./bus.js";
import { saveOnLeaving } from "./by-hand.js";
import { current } from "./connection.js";
import { button, byId, counted, setText } from "./dom.js";
import { onClick } from "./notices.js";
import { settings } from "./settings.js";

/**
 * GET /lab/info.
 * @typedef {object} Info
 * @property {string} brokerUrl
 * @property {string} broker its name and version
 * @property {string[]} versions
 * @property {boolean} holding the proxy holds acknowledgements, by order of whichever page
 * @property {boolean} down the proxy lets no connection come about, by order of whichever page
 */

/** What ends a step of a handshake: outgoing messages stay unfinished without the first three, incoming ones without PUBREL. */
const HELD = ["puback", "pubrec", "pubcomp", "pubrel"];
const said = byId("faults-state", HTMLParagraphElement);

/** @type {Info | null} */
let info = null;
/** Whether the proxy holds acknowledgements: an order outlives the page that gave it. */
let holding = false;

/** What the development server says of itself; null when another server serves this page. */
export const loadInfo = async () => {
  try {
    const response = await fetch("/lab/info");
    info = response.ok ? await response.json() : null;
  } catch {
    info = null;
  }
  holding = info?.holding ?? false;
  return info;
};

export const embedded = () => info;
export const isHolding = () => holding;

/** aedes is exact towards publishers only: of what it sends at QoS 2 it can lose and double some. */
export const isExactTowardsSubscribers = () => !info?.broker.startsWith("aedes");

/**
 * An order to the proxy; tools/start/control.mjs has them all.
 * @param {{ action: string, clientId?: string, version?: string, types?: string[], type?: string, when?: "after" | "before", kind?: string }} order
 * @returns {Promise<Record<string, unknown>>}
 */
export const fault = async (order) => {
  const response = await fetch("/lab/fault", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(order),
  }).catch((cause) => {
    throw new Error("The development server does not answer: is `npm start` still running?", { cause });
  });
  const answer = await response.json().catch(() => ({ error: `the server answered ${response.status}` }));
  if (!response.ok) throw new Error(`The fault could not be caused: ${answer.error}`);
  return answer;
};

/** @param {boolean} now */
const becomeHolding = (now) => {
  holding = now;
  emit("holding", { holding });
};

/** The client of this page, by the name the server knows it. */
const clientId = () => current()?.clientId || settings().clientId;

export const cut = async () => {
  const { cut: count } = await fault({ action: "cut", clientId: clientId() });
  const goesOn = current()?.reconnect !== false;
  const next = goesOn ? "The client makes another one." : "Connect again to go on.";
  setText(said, count === 0 ? "There was no link to cut." : `The link was cut. ${next}`);
};

/** From now on the server cannot be reached, or it can be again. @param {boolean} down */
export const takeAway = async (down) => {
  await fault({ action: down ? "down" : "up" });
  showDown(down);
  const next = current()?.state === "waiting" ? "the next attempt reaches it." : "connect to it.";
  setText(said, down ? "The server cannot be reached." : `The server is back: ${next}`);
};

/** @param {boolean} down */
const showDown = (down) => {
  button("fault-down").disabled = info === null || down;
  button("fault-up").disabled = info === null || !down;
};

/** From now on no acknowledgement reaches the page; a second order would be a second rule. */
export const hold = async () => {
  if (holding) return;
  await fault({ action: "hold", types: HELD });
  becomeHolding(true);
  setText(said, "The server's acknowledgements are held back, and its PUBRELs.");
};

export const release = async () => {
  const { released } = await fault({ action: "release" });
  becomeHolding(false);
  // What was held for a connection that is gone went with it: none is no failure.
  const late = Number(released) > 0 ? ` ${counted(Number(released), "held packet")} let through.` : "";
  setText(said, `The server's answers flow again.${late}`);
};

/** No standing order is left, whichever page gave it, and the server can be reached. */
export const allClear = async () => {
  if (info === null) return;
  await fault({ action: "release" });
  await fault({ action: "up" });
  if (holding) becomeHolding(false);
  showDown(false);
  setText(said, "");
};

/** @param {string} clientId */
export const loseOf = async (clientId) => {
  const { protocolVersion } = settings();
  await fault({ action: "lose-session", clientId, version: protocolVersion });
  setText(said, `The server has forgotten ${clientId}.`);
};

/** As F5 does it; but a string that cannot be kept is told of while the page is still there. */
export const reloadNow = () => {
  saveOnLeaving();
  location.reload();
};

const showHolding = () => {
  button("fault-hold").disabled = info === null || holding;
  button("fault-release").disabled = info === null || !holding;
};

export const startFaults = () => {
  const note = info
    ? "A proxy between this page and the broker does them. Each script begins a session of its own and says what to look at."
    : "Only the reload works here: the rest needs the broker of `npm start`.";
  setText(byId("faults-note", HTMLParagraphElement), note);
  for (const id of ["fault-cut", "fault-lose"]) button(id).disabled = info === null;
  onClick("fault-cut", cut);
  onClick("fault-hold", async () => {
    await hold();
    button("fault-release").focus();
  });
  onClick("fault-release", async () => {
    await release();
    button("fault-hold").focus();
  });
  onClick("fault-down", async () => {
    await takeAway(true);
    button("fault-up").focus();
  });
  onClick("fault-up", async () => {
    await takeAway(false);
    button("fault-down").focus();
  });
  onClick("fault-lose", () => loseOf(clientId()));
  onClick("fault-reload", reloadNow);
  on("holding", showHolding);
  // What was said of a link that is gone, or of a server that was, is no longer so.
  on("connected", () => /^The (link was cut|server is back|server cannot)/.test(said.textContent ?? "") && setText(said, ""));
  // Another page may have given or taken back the order since this one was loaded.
  on("connected", async () => {
    const before = holding;
    if ((await loadInfo()) && holding !== before) becomeHolding(holding);
  });
  if (holding) setText(said, "Acknowledgements are still held back.");
  showHolding();
  showDown(info?.down ?? false);
};
