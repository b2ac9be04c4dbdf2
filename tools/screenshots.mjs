// `npm run screenshots`: the pictures of the Session Lab in docs/images/, as the README and docs show them. Each is taken in
// a state that is brought about by the page's own buttons; client id and time of day are made up, so that little changes
// from run to run.
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { launchBrowser } from "../tests/support/browser.mjs";
import { build } from "./build.mjs";
import { at } from "./lib/paths.mjs";
import { command, options, say, ToolError } from "./lib/say.mjs";
import { ensureChrome, ensureMosquitto, setUp } from "./setup.mjs";
import { LARGEST, PICTURES } from "./screenshots/pictures.mjs";
import { startLab } from "./start/lab.mjs";

/** @typedef {import("playwright-core").Page} Page */
/** @typedef {import("./screenshots/pictures.mjs").Picture} Picture */

const HELP = `npm run screenshots

  --help   this text; there are no options. The pictures go to docs/images/, WebP, less than 150 KB each.`;

const DIRECTORY = at("docs", "images");
/** Tried from the first on, until a picture is small enough. */
const QUALITIES = [88, 80, 70, 60];
/** Runs in the page before anything of it. */
const sameEachTime = () => {
  const random = crypto.getRandomValues.bind(crypto);
  // What the page names its clients by is one number of 16 bits; everything else stays random.
  crypto.getRandomValues = (array) => (array instanceof Uint16Array ? (array.fill(0x17a), array) : random(array));
};

/**
 * The page as it is now, small enough.
 * @param {Page} page
 * @param {Picture} picture
 */
const take = async (page, { name, of, viewport }) => {
  // Nothing has the focus or the pointer.
  await page.evaluate((part) => {
    if (document.activeElement instanceof HTMLElement) document.activeElement.blur();
    scrollTo(0, 0);
    // The masthead, which stays in sight, would be in front of it; what is out of sight may not be painted.
    if (part !== undefined) document.querySelector("header")?.remove();
    if (part !== undefined) document.querySelector(part)?.scrollIntoView({ block: "start" });
  }, of);
  await page.mouse.move(0, 0);
  const box = of === undefined ? { x: 0, y: 0, ...viewport } : await page.locator(of).boundingBox();
  if (!box) throw new ToolError(`The page has no ${of} to take a picture of.`);
  const { x, y } = await page.evaluate(() => ({ x: scrollX, y: scrollY }));
  const devTools = await page.context().newCDPSession(page);
  for (const quality of QUALITIES) {
    const clip = { ...box, x: box.x + x, y: box.y + y, scale: 1 };
    const { data } = await devTools.send("Page.captureScreenshot", { format: "webp", quality, clip });
    const bytes = Buffer.from(data, "base64");
    if (bytes.length < LARGEST) return { bytes, quality };
  }
  throw new ToolError(`${name}.webp cannot be made smaller than ${LARGEST} bytes: show less of the page, or at a smaller scale.`);
};

/**
 * @param {string} address
 * @param {Picture} picture
 */
const make = async (address, picture) => {
  const { name, viewport, scale, colorScheme } = picture;
  const browser = await launchBrowser({ flags: [`--force-device-scale-factor=${scale}`, "--hide-scrollbars"] });
  try {
    const page = await browser.newPage();
    await page.setViewportSize(viewport);
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    await page.addInitScript(sameEachTime);
    const devTools = await page.context().newCDPSession(page);
    await devTools.send("Emulation.setDeviceMetricsOverride", { ...viewport, deviceScaleFactor: scale, mobile: false });
    await page.goto(address);
    await page.evaluate(() => window.lab.ready.then(() => null));
    await picture.bring(page);
    const { bytes, quality } = await take(page, picture);
    await writeFile(join(DIRECTORY, `${name}.webp`), bytes);
    say(`✓ docs/images/${name}.webp  ${Math.round(bytes.length / 1000)} KB, quality ${quality}`);
  } finally {
    await browser.close();
  }
};

const main = async () => {
  const { values } = options(() => parseArgs({ options: { help: { type: "boolean", short: "h" } } }), "npm run screenshots -- --help");
  if (values.help) return say(HELP);
  await ensureChrome();
  await ensureMosquitto();
  await build(await setUp());
  await mkdir(DIRECTORY, { recursive: true });
  for (const picture of PICTURES) {
    // A fresh broker for each: nothing of an earlier picture is in it.
    const lab = await startLab({ kind: "mosquitto", port: 0 });
    await make(lab.url, picture).finally(() => lab.stop());
  }
};

await command(main);
