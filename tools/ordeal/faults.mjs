// The faults of an ordeal: which, in what order, at what moment; all from one seed. Each strikes while messages are under way
// in both directions: a share of the messages is released before each fault, and it waits until most of them have gone
// through; but one in three follows the one before at once, and strikes while the client is still coming back.

/** @typedef {import("../proxy/random.mjs").Random} Random */
/** @typedef {Awaited<ReturnType<typeof import("../proxy.mjs").startProxy>>} Proxy */

/**
 * @typedef {object} Fault
 * @property {"kill" | "reload" | "cut"} kind
 * @property {boolean} atOnce follows the one before without waiting for progress
 * @property {number} packets kill, reload: strikes when so many packets have passed
 * @property {number | null} afterMs kill, reload at once: strikes after so long instead, even before the page has connected
 * @property {"toServer" | "toClient"} direction cut: of the stream that is cut
 * @property {number} byte cut: of that stream, the last that goes on
 * @property {"reset" | "close"} how cut
 */

const MOST_PACKETS = 60;
const MOST_MS = 100;
const MOST_BYTES = 1200;
/** A fault waits until all but so many of the messages released so far are through. */
const SLACK = 30;
/** So many messages, or a tenth if that is less, are kept back for the last faults, which have to find traffic, too. */
const RESERVE = 200;
/** Where no packet comes for so long, the fault strikes without. */
const QUIET_MS = 700;

/**
 * @param {{ kills: number, reloads: number, cuts: number }} counts
 * @param {Random} random
 * @returns {Fault[]}
 */
export const schedule = ({ kills, reloads, cuts }, random) => {
  /** @param {Fault["kind"]} kind @returns {Fault} */
  const make = (kind) => ({
    kind,
    atOnce: random.between(1, 3) === 1,
    packets: random.between(1, MOST_PACKETS),
    afterMs: random.between(1, 2) === 1 ? random.between(0, MOST_MS) : null,
    direction: random.between(0, 1) === 0 ? "toServer" : "toClient",
    byte: random.between(1, MOST_BYTES),
    how: random.between(0, 2) === 0 ? "close" : "reset",
  });
  const faults = [
    ...Array.from({ length: kills }, () => make("kill")),
    ...Array.from({ length: reloads }, () => make("reload")),
    ...Array.from({ length: cuts }, () => make("cut")),
  ];
  for (let last = faults.length - 1; last > 0; last -= 1) {
    const other = random.between(0, last);
    [faults[last], faults[other]] = [faults[other], faults[last]];
  }
  return faults;
};

/** @typedef {Record<Fault["kind"] | "cutAtByte", number>} Done how many have struck; and how many cuts where they were meant to */

/**
 * @param {object} world
 * @param {Fault[]} world.faults
 * @param {number} world.count messages each way
 * @param {Proxy} world.proxy
 * @param {import("./lives.mjs").Lives} world.lives
 * @param {import("./progress.mjs").Progress} world.progress
 * @param {(goal: number) => void} world.release allows both sides to publish up to this number
 * @param {() => boolean} world.isOver the time is up
 * @param {(done: Done) => void} world.onFault
 */
export const inflict = async ({ faults, count, proxy, lives, progress, release, isOver, onFault }) => {
  const done = { kill: 0, reload: 0, cut: 0, cutAtByte: 0 };
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
    if (fault.kind === "cut") done.cutAtByte += (await cut(fault, proxy, () => raise(goal + SLACK))) ? 1 : 0;
    else await strike(fault, proxy, () => (fault.kind === "kill" ? lives.kill() : lives.reload()));
    done[fault.kind] += 1;
    onFault(done);
  }
  raise(count);
  return done;
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
      proxy.off("packet", heard);
      rule.remove();
      resolve(rule.hits > 0);
    };
    const dried = () => {
      if (more() || proxy.cut(how) === 0) quiet = setTimeout(dried, QUIET_MS);
    };
    const heard = () => void quiet.refresh();
    let quiet = setTimeout(dried, QUIET_MS);
    proxy.on("cut", done);
    proxy.on("packet", heard);
  });

/**
 * Does it in the very moment the last of so many packets passes, or after a time; resolves when it is done.
 * @param {Fault} fault
 * @param {Proxy} proxy
 * @param {() => Promise<void>} deed
 * @returns {Promise<void>}
 */
const strike = ({ atOnce, packets, afterMs }, proxy, deed) =>
  new Promise((resolve, reject) => {
    let left = packets;
    const now = () => {
      clearTimeout(timer);
      proxy.off("packet", heard);
      deed().then(resolve, reject);
    };
    const heard = () => {
      timer.refresh();
      left -= 1;
      if (left === 0) now();
    };
    const byTime = atOnce && afterMs !== null;
    const timer = setTimeout(now, byTime ? afterMs : QUIET_MS);
    if (!byTime) proxy.on("packet", heard);
  });
