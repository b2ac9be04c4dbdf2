// @ts-check
// Which tabs of this browser have the Lab open, and who of them has which session. Asked of the Web Locks, which end with their tab
// however it ends: each tab holds one under its number, and the package one for each session that it has.
import { tab as tabStore } from "./keep.js";

const TAB = "lab.tab/";
const SESSION = "mooring/local/lab/";
const MOST = 64;
const FORMS = "#second=";
/** Where settings.js keeps the forms of this tab. */
const KEPT = "lab.form";

/**
 * @typedef {object} Tab
 * @property {number} number 0: not a tab of the Lab
 * @property {boolean} own this one
 * @property {"has" | "waits" | "none"} role
 * @property {string} session the client id of the session it has or waits for
 */

let own = 0;

/** Whether tabs can be told apart here. */
export const canTell = () => Boolean(navigator.locks);

/** Takes the smallest number that no tab has, until this tab ends. @returns {Promise<void>} */
export const takeNumber = async () => {
  for (let number = 1; own === 0 && number <= MOST; number++) {
    await new Promise((resolve) => {
      navigator.locks.request(`${TAB}${number}`, { ifAvailable: true }, (lock) => {
        if (lock) own = number;
        resolve(undefined);
        // Held for as long as there is this page.
        return lock ? new Promise(() => {}) : undefined;
      }).catch(resolve);
    });
  }
};

/** @param {string} name @param {string} start */
const after = (name, start) => (name.startsWith(start) ? name.slice(start.length) : undefined);

/** All of them in the order of their numbers, those that are not of the Lab last. @returns {Promise<Tab[]>} */
export const allTabs = async () => {
  const { held = [], pending = [] } = await navigator.locks.query();
  const locks = (/** @type {LockInfo[]} */ of, /** @type {string} */ start) =>
    of.flatMap(({ name = "", clientId = "" }) => {
      const rest = after(name, start);
      return rest === undefined ? [] : [{ rest, page: clientId }];
    });
  const owners = locks(held, SESSION);
  const waiting = locks(pending, SESSION);
  /** @param {string} page @param {number} number @returns {Tab} */
  const tab = (page, number) => {
    const has = owners.find((one) => one.page === page);
    const waits = waiting.find((one) => one.page === page);
    return { number, own: number > 0 && number === own, role: has ? "has" : waits ? "waits" : "none", session: (has ?? waits)?.rest ?? "" };
  };
  const numbered = locks(held, TAB);
  const others = [...owners, ...waiting].filter(({ page }) => !numbered.some((one) => one.page === page));
  const tabs = [...numbered.map(({ rest, page }) => tab(page, Number(rest))), ...others.map(({ page }) => tab(page, 0))];
  return tabs.sort((a, b) => (a.number || MOST + 1) - (b.number || MOST + 1));
};

/**
 * Opens this page once more, with the forms as they are here, and so on the same session. In a process of its own, or killing
 * the one tab would kill the other; so it begins without a copy of this tab's sessionStorage, and is told by its address.
 */
export const openSecond = () => {
  const forms = encodeURIComponent(JSON.stringify(tabStore.read(KEPT, {})));
  window.open(location.pathname + FORMS + forms, "_blank", "noopener");
};

/** Takes the forms over from the tab that opened this one, before anybody reads them; the address keeps nothing of them. */
export const adoptForms = () => {
  const { hash, pathname, search } = location;
  if (!hash.startsWith(FORMS)) return;
  history.replaceState(null, "", pathname + search);
  try {
    const forms = JSON.parse(decodeURIComponent(hash.slice(FORMS.length)));
    const known = Object.entries(forms).filter(([, value]) => typeof value === "string" || typeof value === "boolean");
    tabStore.write(KEPT, Object.fromEntries(known));
  } catch {
    // Not written by this page: it begins as any other tab.
  }
};
