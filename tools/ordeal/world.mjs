// What every long run of faults is set in: a broker, the proxy before it, a browser with the one page, and two independent
// clients at the far ends; and the verdict when it is over. What strikes, and when, is each run's own.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { servePage } from "../../tests/support/page-server.mjs";
import { startBroker } from "../broker.mjs";
import { at } from "../lib/paths.mjs";
import { startProxy } from "../proxy.mjs";
import { checkNumbers } from "./check/numbers.mjs";
import { Violations } from "./check/violations.mjs";
import { checkWire } from "./check/wire.mjs";
import { launchKillable } from "./chromium.mjs";
import { startPublisher, startSubscriber } from "./far.mjs";
import { HTML, Lives } from "./lives.mjs";
import { Progress } from "./progress.mjs";

/**
 * @typedef {object} Setting
 * @property {"3.1.1" | "5"} version
 * @property {1 | 2} qos
 * @property {number} seed
 * @property {ClientOptions} client what the page's client is made with
 * @property {number} [patienceMs] for a run that is meant to fail: how long it waits for messages that stopped moving, and
 *   for what is not settled
 * @property {string} [dist] another build than dist/
 * @property {string} [entry] its module; default "index.js"
 * @property {boolean} [brokerRestarts] the broker keeps its state on disk, and the far ends connect again
 * @property {boolean} [plainBrowser] one in which pages can be hidden; see launchPlainBrowser
 */

/** @typedef {Record<string, unknown>} ClientOptions */
/** @typedef {Awaited<ReturnType<typeof openWorld>>} World */

export const CLIENT_ID = "ordeal";
/** How long all may take to be settled after the last fault. */
const SETTLE_MS = 10_000;
/** Then it is waited for some more, so that the report tells late from never. */
const MERCY_MS = 20_000;
/** Of every packet, either way: with none, the time between a PUBREC and its PUBREL would be too short for a kill to fall into. */
const LATENCY_MS = 3;
/** How many messages of a 3.1.1 client may be unacknowledged. */
const WINDOW = 20;

/** @param {Setting} setting */
export const openWorld = async ({ version, qos, seed, client, patienceMs, dist, entry = "index.js", brokerRestarts = false, plainBrowser = false }) => {
  const broker = await startBroker({ kind: "mosquitto", persistent: brokerRestarts });
  const port = broker.tcpPort;
  const profile = await mkdtemp(join(tmpdir(), "mooring-ordeal-"));
  const far = { port, version, qos, reconnects: brokerRestarts };
  const [proxy, server, browser, subscriber, publisher] = await Promise.all([
    startProxy({ target: broker.url, seed }),
    servePage({ html: HTML, scripts: at("tools", "ordeal", "page"), ...(dist ? { dist } : {}) }),
    launchKillable({ profile, plain: plainBrowser }),
    startSubscriber({ ...far, topic: "ordeal/out" }),
    startPublisher({ ...far, topic: "ordeal/in" }),
  ]);
  proxy.latencyMs = LATENCY_MS;
  let goal = 0;
  const settings = () => ({ goal, qos, dist: `/dist/${entry}`, client: { ...client, url: proxy.url, clientId: CLIENT_ID, protocolVersion: version } });
  const lives = new Lives({ browser, url: server.url, connections: () => proxy.opened, logLength: () => proxy.log.length, settings });
  const progress = new Progress(proxy, subscriber, patienceMs);

  // When a connection was over for the client: a dead or half dead one still stands for the proxy, and for the broker.
  /** @type {Map<number, number>} */
  const ends = new Map();
  let leftStanding = 0;
  /** @param {number} id */
  const over = (id) => void (ends.has(id) || ends.set(id, proxy.log.length));
  proxy.on("end", ({ id }) => over(id));
  proxy.on("cut", ({ id }, kind) => {
    if (kind === "silence") leftStanding += 1;
    over(id);
  });

  return {
    broker, proxy, browser, lives, progress, subscriber, publisher,
    names: { broker: broker.name, browser: `Chromium ${browser.context.browser()?.version()}` },

    /** Opens the page, and resolves when it has subscribed. */
    begin: async () => {
      const subscribed = proxy.when({ direction: "toClient", type: "suback", clientId: CLIENT_ID, timeoutMs: 60_000 });
      subscribed.catch(() => {});
      await lives.start();
      await subscribed;
    },

    /** Both sides may publish up to this number. @param {number} higher */
    release: (higher) => {
      goal = higher;
      publisher.setGoal(higher);
      lives.setGoal(higher);
    },

    /**
     * Waits until all is settled, and counts.
     * @param {number} count messages each way
     * @param {Violations} violations what was found so far
     */
    verdict: async (count, violations) => {
      const since = performance.now();
      const standing = await lives.settle(count, patienceMs ?? SETTLE_MS);
      const settleMs = Math.round(performance.now() - since);
      const last = standing.settled ? standing : await lives.settle(count, patienceMs ?? MERCY_MS);
      await subscriber.caughtUp();
      if (!standing.settled) violations.add("not settled", `${settleMs} ms after the last fault: ${words(standing)}; after some more waiting: ${words(last)}`);
      for (const text of lives.trouble) violations.add("trouble", text);
      const { log } = proxy;
      const wire = checkWire({ log, clientId: CLIENT_ID, version, window: WINDOW, lives: lives.all, ends }, violations);
      const counted = { count, qos, log };
      const out = checkNumbers({ ...counted, numbers: subscriber.numbers, path: "from the browser", direction: "toServer" }, violations);
      /** @type {string[]} */
      const notes = last.notes;
      const numbers = notes.filter((note) => !note.startsWith("=")).map(Number);
      const incoming = checkNumbers({ ...counted, numbers, path: "to the browser", direction: "toClient" }, violations);
      const takeOvers = (broker.log ?? []).filter((line) => line.includes(`Client ${CLIENT_ID} already connected`));
      for (const line of takeOvers.slice(leftStanding)) violations.add("two connections", `the broker says: ${line}`);
      return {
        lives: lives.all.length,
        out,
        in: { ...incoming, redeliveredAndKnown: notes.length - numbers.length },
        wire,
        settleMs,
        recordsLeft: /** @type {string[]} */ (last.records),
        violationCount: violations.total,
        byRule: Object.fromEntries(violations.counts),
        violations: violations.shown,
      };
    },

    close: async () => {
      await Promise.allSettled([browser.close(), subscriber.stop(), publisher.stop()]);
      await Promise.allSettled([proxy.stop(), server.stop()]);
      await Promise.allSettled([broker.stop(), rm(profile, { recursive: true, force: true })]);
    },
  };
};

/** @param {{ submitted: number, unfinished: number, outgoing: number, incoming: number, records: string[], notes: string[], reasons: string[] }} standing */
const words = ({ submitted, unfinished, outgoing, incoming, records, notes, reasons }) =>
  `${submitted} submitted, ${unfinished} of them unfinished, ${notes.length} received, ${outgoing} outgoing, ${incoming} incoming; ` +
  `records ${records.slice(0, 10).join(" ") || "none"}${reasons.length > 0 ? `; the last disconnections: ${reasons.join("; ")}` : ""}`;
