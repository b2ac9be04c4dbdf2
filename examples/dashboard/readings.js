// The readings, in localStorage: written by the tab that owns the session, read by all. The others are told by the platform's own
// event `storage`, and whoever takes over finds everything there.

export const MACHINES = ["boiler", "press", "oven"];

const PREFIX = "examples/dashboard/";
/** How many readings of a machine are kept; older ones give way. */
const MOST = 60;

/** @typedef {{ at: number, value: number }} Reading `at`: when it was taken, in milliseconds; a machine takes no two at once */

/** @param {string} machine @returns {Reading[]} */
export const readings = (machine) => JSON.parse(localStorage.getItem(PREFIX + machine) ?? "[]");

/**
 * @param {string} machine
 * @param {Reading} reading
 */
export const addReading = (machine, reading) =>
  localStorage.setItem(PREFIX + machine, JSON.stringify([...readings(machine), reading].slice(-MOST)));

/** Calls back when another tab has added one. @param {() => void} changed */
export const onReading = (changed) =>
  addEventListener("storage", ({ key }) => {
    if (key === null || key.startsWith(PREFIX)) changed();
  });
