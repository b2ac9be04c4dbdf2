// The page of the three programs: buttons to begin, to read the meter and to stop, and what has arrived. ?program=by-hand, in-storage or durable;
// the broker is at ?url=…, or else at /mqtt of where the page comes from.

/**
 * @typedef {object} View
 * @property {(text: string) => void} status
 * @property {(topic: string) => void} arrived the server has it, exactly once
 */
/** @typedef {{ read: (number: number) => void, stop: () => Promise<void> }} Meter */
/** @typedef {(url: string, view: View) => Promise<Meter>} Begin */

const PROGRAMS = ["by-hand", "in-storage", "durable"];

const asked = new URLSearchParams(location.search);
const program = asked.get("program") ?? PROGRAMS[0];
const url = asked.get("url") ?? new URL("/mqtt", location.href.replace(/^http/, "ws")).href;

/** @param {string} id */
const element = (id) => /** @type {HTMLElement} */ (document.getElementById(id));
/** @param {string} id @param {() => void} deed */
const onClick = (id, deed) => element(id).addEventListener("click", deed);
/** @param {string} text */
const say = (text) => void (element("status").textContent = text);
const complain = (/** @type {unknown} */ error) => void (element("problem").textContent = String(error));

/** @type {Meter | undefined} */
let meter;
let readings = 0;

onClick("begin", async () => {
  if (meter) return;
  try {
    if (!PROGRAMS.includes(program)) throw new Error(`there is no program "${program}": ${PROGRAMS.join(", ")}`);
    /** @type {{ begin: Begin }} */
    const { begin } = await import(`./${program}.js`);
    meter = await begin(url, {
      status: say,
      arrived: (topic) => element("arrived").append(Object.assign(document.createElement("li"), { textContent: topic })),
    });
  } catch (error) {
    complain(error);
  }
});
onClick("read", () => meter?.read((readings += 1)));
onClick("stop", async () => {
  try {
    await meter?.stop();
    meter = undefined;
    say("stopped");
  } catch (error) {
    complain(error);
  }
});
