// One ordeal from beginning to end: sets up both ends, the proxy and the browser, lets the faults strike, waits until all
// is settled, and has everything checked.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { servePage } from "../../tests/support/page-server.mjs";
import { startBroker } from "../broker.mjs";
import { at } from "../lib/paths.mjs";
import { startProxy } from "../proxy.mjs";
import { createRandom } from "../proxy/random.mjs";
import { checkNumbers } from "./check/numbers.mjs";
import { Violations } from "./check/violations.mjs";
import { checkWire } from "./check/wire.mjs";
import { launchKillable } from "./chromium.mjs";
import { startPublisher, startSubscriber } from "./far.mjs";
import { inflict, schedule } from "./faults.mjs";
import { HTML, Lives } from "./lives.mjs";
import { Progress, Stalled } from "./progress.mjs";

/**
 * @typedef {object} Parameters
 * @property {number} messages each way
 * @property {number} kills
 * @property {number} reloads
 * @property {number} cuts
 * @property {"3.1.1" | "5"} version
 * @property {1 | 2} qos
 * @property {number} seed
 * @property {number} minutes after which no more faults strike
 * @property {number} [patienceMs] for a run that is meant to fail: how long it waits for messages that stopped moving, and
 *   for what is not settled
 * @property {string} [dist] another build than dist/
 * @property {string} [entry] its module; default "index.js"
 */

const CLIENT_ID = "ordeal";
/** How long all may take to be settled after the last fault. */
const SETTLE_MS = 10_000;
/** Then it is waited for some more, so that the report tells late from never. */
const MERCY_MS = 20_000;
/** Of every packet, either way: with none, the time between a PUBREC and its PUBREL would be too short for a kill to fall into. */
const LATENCY_MS = 3;
/** How many messages of a 3.1.1 client may be unacknowledged. */
const WINDOW = 20;

/** @typedef {Awaited<ReturnType<typeof runOrdeal>>} Report */

/**
 * @param {Parameters} parameters
 * @param {(line: string) => void} [say] is told how far it is
 */
export const runOrdeal = async (parameters, say = () => {}) => {
  const { messages, version, qos, seed, minutes, dist, entry = "index.js", patienceMs } = parameters;
  const since = Date.now();
  const broker = await startBroker({ kind: "mosquitto" });
  const port = broker.tcpPort;
  const profile = await mkdtemp(join(tmpdir(), "mooring-ordeal-"));
  const [proxy, server, browser, subscriber, publisher] = await Promise.all([
    startProxy({ target: broker.url, seed }),
    servePage({ html: HTML, scripts: at("tools", "ordeal", "page"), ...(dist ? { dist } : {}) }),
    launchKillable({ profile }),
    startSubscriber({ port, version, topic: "ordeal/out" }),
    startPublisher({ port, version, topic: "ordeal/in", qos }),
  ]);
  try {
    proxy.latencyMs = LATENCY_MS;
    let goal = 0;
    const settings = () => ({ url: proxy.url, clientId: CLIENT_ID, version, qos, count: messages, goal, dist: `/dist/${entry}` });
    const lives = new Lives({ browser, url: server.url, connections: () => proxy.opened, logLength: () => proxy.log.length, settings });
    /** @type {Map<number, number>} */
    const ends = new Map();
    proxy.on("end", ({ id }) => ends.set(id, proxy.log.length));
    const progress = new Progress(proxy, subscriber, patienceMs);

    const subscribed = proxy.when({ direction: "toClient", type: "suback", clientId: CLIENT_ID, timeoutMs: 60_000 });
    subscribed.catch(() => {});
    await lives.start();
    await subscribed;
    /** @param {number} higher */
    const release = (higher) => {
      goal = higher;
      publisher.setGoal(higher);
      lives.setGoal(higher);
    };
    const faults = schedule(parameters, createRandom(seed));
    const violations = new Violations();
    const tellEvery = Math.max(1, Math.floor(faults.length / 20));
    const done = await inflict({
      faults, count: messages, proxy, lives, progress, release,
      isOver: () => Date.now() - since > minutes * 60_000,
      onFault: ({ kill, reload, cut }) => {
        if ((kill + reload + cut) % tellEvery !== 0) return;
        say(`  ${Math.round((Date.now() - since) / 1000)} s: ${kill} kills, ${reload} reloads, ${cut} cuts; ${progress.least} messages through each way`);
      },
    }).catch((error) => {
      if (!(error instanceof Stalled)) throw error;
      violations.add("stalled", error.message, proxy.log.slice(-12));
      release(messages);
      return { kill: NaN, reload: NaN, cut: NaN, cutAtByte: NaN };
    });
    const faultsEnded = performance.now();
    const standing = await lives.settle(patienceMs ?? SETTLE_MS);
    const settleMs = Math.round(performance.now() - faultsEnded);
    const last = standing.settled ? standing : await lives.settle(patienceMs ?? MERCY_MS);
    await subscriber.caughtUp();

    if (!standing.settled) violations.add("not settled", `${settleMs} ms after the last fault: ${words(standing)}; after some more waiting: ${words(last)}`);
    for (const text of lives.trouble) violations.add("trouble", text);
    const { log } = proxy;
    const wire = checkWire({ log, clientId: CLIENT_ID, version, window: WINDOW, lives: lives.all, ends }, violations);
    const counted = { count: messages, qos, log };
    const out = checkNumbers({ ...counted, numbers: subscriber.numbers, path: "from the browser", direction: "toServer" }, violations);
    /** @type {string[]} */
    const notes = last.notes;
    const numbers = notes.filter((note) => !note.startsWith("=")).map(Number);
    const incoming = checkNumbers({ ...counted, numbers, path: "to the browser", direction: "toClient" }, violations);
    const takeOvers = (broker.log ?? []).filter((line) => line.includes(`Client ${CLIENT_ID} already connected`));
    for (const line of takeOvers) violations.add("two connections", `the broker says: ${line}`);

    return {
      parameters,
      broker: broker.name,
      browser: `Chromium ${browser.context.browser()?.version()}`,
      seconds: Math.round((Date.now() - since) / 1000),
      complete: done.kill === parameters.kills && done.reload === parameters.reloads && done.cut === parameters.cuts,
      faults: { kills: done.kill, reloads: done.reload, cuts: done.cut, cutsAtAByte: done.cutAtByte },
      lives: lives.all.length,
      out,
      in: { ...incoming, redeliveredAndKnown: notes.length - numbers.length },
      wire,
      settleMs,
      recordsLeft: last.records,
      violationCount: violations.total,
      byRule: Object.fromEntries(violations.counts),
      violations: violations.shown,
    };
  } finally {
    await Promise.allSettled([browser.close(), subscriber.stop(), publisher.stop()]);
    await Promise.allSettled([proxy.stop(), server.stop()]);
    await Promise.allSettled([broker.stop(), rm(profile, { recursive: true, force: true })]);
  }
};

/** @param {{ submitted: number, unfinished: number, outgoing: number, incoming: number, records: string[], notes: string[], reasons: string[] }} standing */
const words = ({ submitted, unfinished, outgoing, incoming, records, notes, reasons }) =>
  `${submitted} submitted, ${unfinished} of them unfinished, ${notes.length} received, ${outgoing} outgoing, ${incoming} incoming; ` +
  `records ${records.slice(0, 10).join(" ") || "none"}${reasons.length > 0 ? `; connecting failed with ${reasons.at(-1)}` : ""}`;
