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
 * @property {"toServer" | "toClient"} direction cut: of the stream that is cut
 * @property {number} byte cut: of that stream, the last that goes on
 * @property {"reset" | "close"} how cut
 */

const MOST_PACKETS = 60;
const MOST_BYTES = 1200;
/** A fault waits until all but so many of the messages released so far are through. */
const SLACK = 30;
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

/**
 * @param {object} world
 * @param {Fault[]} world.faults
 * @param {number} world.count messages each way
 * @param {Proxy} world.proxy
 * @param {import("./lives.mjs").Lives} world.lives
 * @param {import("./progress.mjs").Progress} world.progress
 * @param {(goal: number) => void} world.release allows both sides to publish up to this number
 * @param {() => boolean} world.isOver the time is up
 * @param {(done: Record<Fault["kind"], number>) => void} world.onFault
 */
export const inflict = async ({ faults, count, proxy, lives, progress, release, isOver, onFault }) => {
  const done = { kill: 0, reload: 0, cut: 0 };
  for (const [index, fault] of faults.entries()) {
    if (isOver()) break;
    const goal = Math.min(count, Math.ceil((count * (index + 1)) / faults.length) + SLACK);
    release(goal);
    if (!fault.atOnce) await progress.until(Math.max(0, Math.floor((count * (index + 1)) / faults.length) - SLACK));
    await strike(fault, proxy, lives);
    done[fault.kind] += 1;
    onFault(done);
  }
  release(count);
  return done;
};

/**
 * @param {Fault} fault
 * @param {Proxy} proxy
 * @param {import("./lives.mjs").Lives} lives
 */
const strike = async (fault, proxy, lives) => {
  switch (fault.kind) {
    case "cut":
      return cut(fault, proxy);
    case "reload":
      await afterPackets(proxy, fault.packets);
      return lives.reload();
    case "kill":
      return afterPackets(proxy, fault.packets, () => lives.kill());
  }
};

/**
 * Cuts at a byte of the stream; where the stream dries up before that, what stands is cut as it is.
 * @param {Fault} fault
 * @param {Proxy} proxy
 * @returns {Promise<void>}
 */
const cut = ({ direction, byte, how }, proxy) =>
  new Promise((resolve) => {
    const rule = proxy.rule({ direction, byte, action: "cut-at-byte", kind: how });
    const done = () => {
      clearTimeout(quiet);
      proxy.off("cut", done);
      proxy.off("packet", heard);
      rule.remove();
      resolve();
    };
    const force = () => {
      if (proxy.cut(how) === 0) quiet = setTimeout(force, QUIET_MS);
    };
    const heard = () => void quiet.refresh();
    let quiet = setTimeout(force, QUIET_MS);
    proxy.on("cut", done);
    proxy.on("packet", heard);
  });

/**
 * Resolves with what `then` gives, which is called in the very moment the last of these packets passes.
 * @param {Proxy} proxy
 * @param {number} packets
 * @param {() => Promise<void>} [then]
 * @returns {Promise<void>}
 */
const afterPackets = (proxy, packets, then = async () => {}) =>
  new Promise((resolve, reject) => {
    let left = packets;
    const strikeNow = () => {
      clearTimeout(quiet);
      proxy.off("packet", heard);
      then().then(resolve, reject);
    };
    const heard = () => {
      quiet.refresh();
      left -= 1;
      if (left === 0) strikeNow();
    };
    const quiet = setTimeout(strikeNow, QUIET_MS);
    proxy.on("packet", heard);
  });
