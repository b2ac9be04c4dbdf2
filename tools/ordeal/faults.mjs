// The faults of an ordeal: which, in what order, at what moment; all from one seed. Each strikes while messages are under way
// in both directions: a share of the messages is released before each fault, and it waits until most of them have gone
// through; but one in three follows the one before at once, and strikes while the client is still coming back.

/** @typedef {import("../proxy/random.mjs").Random} Random */
/** @typedef {import("../proxy/rules.mjs").CutKind} CutKind */
/** @typedef {Awaited<ReturnType<typeof import("../proxy.mjs").startProxy>>} Proxy */
/** @typedef {"kill" | "reload" | "cut" | "drop" | "stall" | "delay"} Kind */
/** @typedef {Pick<import("./world.mjs").World, "proxy" | "lives" | "progress" | "release">} World */

/**
 * @typedef {object} Fault
 * @property {Kind} kind
 *   - "kill", "reload": of the page, when so many packets have passed, or after a time;
 *   - "cut": of the link, at a byte of one direction's stream, in the middle of a packet mostly;
 *   - "drop": one direction loses some packets and all that follow them, then the link breaks: a stream has no gaps;
 *   - "stall": nothing passes for a while, then all of it;
 *   - "delay": packets take longer for a while.
 * @property {boolean} atOnce follows the one before without waiting for progress
 * @property {number} packets kill, reload: strikes when so many packets have passed; drop, delay: lasts so many packets
 * @property {number | null} afterMs kill, reload at once: strikes after so long instead, even before the page has connected
 * @property {"toServer" | "toClient"} direction cut, drop: of the stream
 * @property {number} byte cut: of that stream, the last that goes on
 * @property {CutKind} how cut
 * @property {number} ms stall: how long; delay: of each packet
 */

/** The ways a link is cut, each as often as it is listed. */
export const CUTS_BY_FORCE = /** @type {CutKind[]} */ (["close", "reset", "reset"]);

const MOST_PACKETS = 60;
const MOST_MS = 100;
const MOST_BYTES = 1200;
/** Most stalls are hardly noticed; one in so many lasts longer than a short keep-alive allows. */
const LONG_STALLS = 8;
const STALL_MS = 300;
const LONG_STALL_MS = 2000;
const DELAY_MS = 60;
/** A fault waits until all but so many of the messages released so far are through. */
const SLACK = 30;
/** So many messages, or a tenth if that is less, are kept back for the last faults, which have to find traffic, too. */
const RESERVE = 200;
/** Where no packet comes for so long, the fault strikes without. */
const QUIET_MS = 700;

/** @typedef {Partial<Record<Kind, number>>} Counts */

/**
 * @param {Counts} counts
 * @param {Random} random
 * @param {CutKind[]} cutKinds each as likely
 * @returns {Fault[]}
 */
export const schedule = (counts, random, cutKinds) => {
  const faults = Object.entries(counts).flatMap(([kind, count]) =>
    Array.from({ length: count }, () => makeFault(/** @type {Kind} */ (kind), random, cutKinds)),
  );
  for (let last = faults.length - 1; last > 0; last -= 1) {
    const other = random.between(0, last);
    [faults[last], faults[other]] = [faults[other], faults[last]];
  }
  return faults;
};

/**
 * @param {Kind} kind
 * @param {Random} random
 * @param {CutKind[]} cutKinds
 * @returns {Fault}
 */
export const makeFault = (kind, random, cutKinds) => ({
  kind,
  atOnce: random.between(1, 3) === 1,
  packets: random.between(1, MOST_PACKETS),
  afterMs: random.between(1, 2) === 1 ? random.between(0, MOST_MS) : null,
  direction: random.between(0, 1) === 0 ? "toServer" : "toClient",
  byte: random.between(1, MOST_BYTES),
  how: cutKinds[random.between(0, cutKinds.length - 1)],
  ms: kind === "delay" ? random.between(1, DELAY_MS) : kind === "stall" ? stallMs(random) : 0,
});

/** @param {Random} random */
const stallMs = (random) => random.between(1, random.between(1, LONG_STALLS) === 1 ? LONG_STALL_MS : STALL_MS);

/** @typedef {Record<Kind, number> & { cutAtByte: number }} Done how many have struck; and how many cuts where they were meant to */

/** @returns {Done} */
export const nothingDone = () => ({ kill: 0, reload: 0, cut: 0, cutAtByte: 0, drop: 0, stall: 0, delay: 0 });

/**
 * @param {World & {
 *   faults: Fault[],
 *   count: number,
 *   isOver: () => boolean,
 *   onFault: (done: Done) => void,
 *   done: Done,
 * }} how `count`: messages each way; `isOver`: the time is up; `done` is counted up
 */
export const inflict = async ({ faults, count, progress, release, isOver, onFault, done, ...world }) => {
  const share = (count - Math.min(RESERVE, count / 10)) / faults.length;
  let goal = 0;
  /** @param {number} higher */
  const raise = (higher) => {
    if (higher <= goal || goal === count) return false;
    goal = Math.min(count, higher);
    release(goal);
    return true;
  };
  for (const [index, fault] of faults.entries()) {
    if (isOver()) break;
    raise(Math.ceil(share * (index + 1)) + SLACK);
    if (!fault.atOnce) await progress.until(Math.floor(share * (index + 1)) - SLACK);
    await strike(fault, world, done, () => raise(goal + SLACK));
    onFault(done);
  }
  raise(count);
};

/**
 * Resolves when the fault has struck, and is over.
 * @param {Fault} fault
 * @param {Pick<World, "proxy" | "lives">} world
 * @param {Done} done
 * @param {() => boolean} more lets more messages go; whether there were any
 */
export const strike = async (fault, { proxy, lives }, done, more) => {
  const { kind } = fault;
  if (kind === "cut") done.cutAtByte += (await cut(fault, proxy, more)) ? 1 : 0;
  else if (kind === "kill") await strikeThePage(fault, proxy, () => lives.kill());
  else if (kind === "reload") await strikeThePage(fault, proxy, () => lives.reload());
  else if (kind === "drop") await drop(fault, proxy);
  else if (kind === "stall") await stall(fault, proxy);
  else await delay(fault, proxy);
  done[kind] += 1;
};

/**
 * Cuts at a byte of the stream. Where the stream dries up before that, more messages are released; when there are none left,
 * what stands is cut as it is, and false comes of it.
 * @param {Fault} fault
 * @param {Proxy} proxy
 * @param {() => boolean} more whether there were any
 * @returns {Promise<boolean>}
 */
const cut = ({ direction, byte, how }, proxy, more) =>
  new Promise((resolve) => {
    const rule = proxy.rule({ direction, byte, action: "cut-at-byte", kind: how });
    const done = () => {
      clearTimeout(quiet);
      proxy.off("cut", done);
      proxy.off("end", ended);
      proxy.off("packet", heard);
      rule.remove();
      resolve(rule.hits > 0);
    };
    // The link broke by itself while the packet that was to be the last one was on its way through the proxy.
    const ended = () => void (rule.hits > 0 && done());
    const dried = () => {
      if (more() || cutLiving(proxy, how) === 0) quiet = setTimeout(dried, QUIET_MS);
    };
    const heard = () => void quiet.refresh();
    let quiet = setTimeout(dried, QUIET_MS);
    proxy.on("cut", done);
    proxy.on("end", ended);
    proxy.on("packet", heard);
  });

/**
 * @param {Fault} fault
 * @param {Proxy} proxy
 * @param {() => Promise<void>} deed
 */
const strikeThePage = async ({ atOnce, packets, afterMs }, proxy, deed) => {
  if (!atOnce || afterMs === null) return inPassing(packets, proxy, deed);
  await new Promise((resolve) => setTimeout(resolve, afterMs));
  await deed();
};

/**
 * @param {Fault} fault
 * @param {Proxy} proxy
 */
const drop = ({ direction, packets }, proxy) => {
  const rule = proxy.rule({ direction, action: "drop" });
  return inPassing(packets, proxy, () => {
    // First the link, then the rule: nothing may follow on this connection what was dropped.
    cutLiving(proxy, "reset");
    rule.remove();
  });
};

/**
 * @param {Fault} fault
 * @param {Proxy} proxy
 */
const stall = async ({ ms }, proxy) => {
  const rule = proxy.rule({ action: "hold" });
  await new Promise((resolve) => setTimeout(resolve, ms));
  rule.remove();
};

/**
 * @param {Fault} fault
 * @param {Proxy} proxy
 */
const delay = ({ ms, packets }, proxy) => {
  const before = proxy.latencyMs;
  proxy.latencyMs = ms;
  return inPassing(packets, proxy, () => void (proxy.latencyMs = before));
};

/**
 * Cuts what stands, but for links that are dead already and do not know it. Gives the number cut.
 * @param {Proxy} proxy
 * @param {CutKind} how
 */
const cutLiving = (proxy, how) => {
  const living = proxy.connections.filter(({ state }) => state === "open");
  for (const connection of living) connection.cut(how);
  return living.length;
};

/**
 * Does it in the very moment the last of so many packets passes, or when none comes any more; resolves when it is done.
 * @param {number} packets
 * @param {Proxy} proxy
 * @param {() => void | Promise<void>} deed
 * @returns {Promise<void>}
 */
const inPassing = (packets, proxy, deed) =>
  new Promise((resolve, reject) => {
    let left = packets;
    const now = () => {
      clearTimeout(timer);
      proxy.off("packet", heard);
      Promise.resolve(deed()).then(resolve, reject);
    };
    const heard = () => {
      timer.refresh();
      left -= 1;
      if (left === 0) now();
    };
    const timer = setTimeout(now, QUIET_MS);
    proxy.on("packet", heard);
  });
