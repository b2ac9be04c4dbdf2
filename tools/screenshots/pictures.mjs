// Which pictures of the Lab there are, and how the page is brought into the state that each of them shows.

/** @typedef {import("playwright-core").Page} Page */

/** In bytes, of each picture. */
export const LARGEST = 150_000;
const WIDE = { width: 1440, height: 1116 };
const PHONE = { width: 360, height: 640 };
const PATIENCE_MS = 30_000;

/** @param {Page} page @param {string} action */
const step = (page, action) => page.locator("#guide-steps").getByRole("button", { name: action, exact: true }).click();

/** @param {Page} page @param {string} selector @param {string} source */
const says = (page, selector, source) =>
  page.waitForFunction((wanted) => new RegExp(wanted.source).test(document.querySelector(wanted.selector)?.textContent ?? ""), { selector, source }, { timeout: PATIENCE_MS });

/** Five messages whose handshakes stand half-way. @param {Page} page */
const midWay = async (page) => {
  for (const action of ["Connect and subscribe", "Hold acknowledgements", "Publish 5 at QoS 2"]) await step(page, action);
  await says(page, "#inspector-summary", "^5 messages unfinished");
  await page.locator("#guide-steps button:enabled").waitFor();
};

/** A link that was cut behind a PUBREC, and what came of it. @param {Page} page */
const scriptDone = async (page) => {
  await page.getByLabel("slowly, for eyes to follow").uncheck();
  await page.locator('[data-script="cut-after-pubrec"] button').click();
  await says(page, "#stage-verdict", "^All 5 arrived");
  await page.getByLabel("slowly, for eyes to follow").check();
};

/** The same, and the packet that the link was cut behind. @param {Page} page */
const packetChosen = async (page) => {
  await scriptDone(page);
  await page.locator('#timeline-list [data-type="PUBREC"]').first().click();
  await page.locator("#timeline-details").waitFor();
};

/**
 * @typedef {object} Picture docs/images/NAME.webp
 * @property {string} name
 * @property {{ width: number, height: number }} viewport
 * @property {number} scale
 * @property {"light" | "dark"} colorScheme
 * @property {(page: Page) => Promise<void>} bring the page into the state that is shown
 * @property {string} [of] the part that is shown, else the top of the page
 */

/** @type {Picture[]} */
export const PICTURES = [
  { name: "lab", viewport: WIDE, scale: 1, colorScheme: "light", bring: midWay },
  { name: "lab-dark", viewport: WIDE, scale: 1, colorScheme: "dark", bring: midWay },
  { name: "lab-script", viewport: WIDE, scale: 1, colorScheme: "light", bring: scriptDone, of: "#faults" },
  { name: "lab-timeline", viewport: WIDE, scale: 1, colorScheme: "light", bring: packetChosen, of: "#timeline" },
  { name: "lab-inspector", viewport: WIDE, scale: 1.5, colorScheme: "light", bring: midWay, of: "#inspector" },
  { name: "lab-phone", viewport: PHONE, scale: 2, colorScheme: "light", bring: midWay },
];
