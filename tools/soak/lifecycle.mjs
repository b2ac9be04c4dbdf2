// What happens to a page beside its link: the network goes and comes back, the page is hidden, frozen. In a Chromium as users
// have it (launchPlainBrowser): in Playwright's own no page is ever hidden.

/** @typedef {import("playwright-core").Page} Page */

const CONDITIONS = { latency: 0, downloadThroughput: -1, uploadThroughput: -1 };

/**
 * The page is told by its browser that there is no network, for as long as `meanwhile` takes. What is connected stays so: cutting it is
 * the proxy's part.
 * @template T
 * @param {Page} page
 * @param {() => Promise<T>} meanwhile
 */
export const offline = async (page, meanwhile) => {
  const session = await page.context().newCDPSession(page);
  await session.send("Network.enable");
  await session.send("Network.emulateNetworkConditions", { offline: true, ...CONDITIONS });
  try {
    return await meanwhile();
  } finally {
    await session.send("Network.emulateNetworkConditions", { offline: false, ...CONDITIONS });
    await session.detach();
  }
};

/**
 * Another page lies over it for as long as `meanwhile` takes.
 * @template T
 * @param {Page} page
 * @param {() => Promise<T>} meanwhile
 */
export const hidden = async (page, meanwhile) => {
  const other = await page.context().newPage();
  await other.bringToFront();
  await page.waitForFunction(() => document.visibilityState === "hidden", undefined, { polling: 20 });
  try {
    return await meanwhile();
  } finally {
    // In this order: with a page that is closed Chromium brings another one to front, whichever it likes.
    await other.close();
    await page.bringToFront();
    await page.waitForFunction(() => document.visibilityState === "visible", undefined, { polling: 20 });
  }
};

/**
 * No task of the page runs for as long as `meanwhile` takes.
 * @template T
 * @param {Page} page
 * @param {() => Promise<T>} meanwhile
 */
export const frozen = async (page, meanwhile) => {
  const session = await page.context().newCDPSession(page);
  await session.send("Page.setWebLifecycleState", { state: "frozen" });
  try {
    return await meanwhile();
  } finally {
    await session.send("Page.setWebLifecycleState", { state: "active" });
    await session.detach();
  }
};
