// What cargo runs a browser test program with: `node wasm-runner.mjs PROGRAM.wasm …`. wasm-bindgen's own runner serves
// the page; Chromium is driven here and gets every file through here, one connection a file: the runner's server now and
// then never answers a browser that keeps connections open, with chromedriver as without.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { get } from "node:http";
import { buffer } from "node:stream/consumers";
import { chromium } from "playwright-core";
import { at } from "../lib/paths.mjs";
import { findChrome } from "../setup/system.mjs";

const PATIENCE_MS = 120_000;
const { WASM_BINDGEN_TEST_RUNNER: runner = "wasm-bindgen-test-runner" } = process.env;

const server = spawn(runner, process.argv.slice(2), {
  env: { ...process.env, NO_HEADLESS: "1", WASM_BINDGEN_TEST_ADDRESS: "127.0.0.1:0" },
  stdio: ["ignore", "pipe", "inherit"],
});

/** @returns {Promise<string>} where the page is; "" if the program has no tests */
const address = () =>
  new Promise((resolve, reject) => {
    let said = "";
    server.stdout.on("data", (chunk) => {
      said += chunk;
      const found = /http:\/\/[\d.]+:\d+/.exec(said);
      if (found) resolve(found[0]);
    });
    server.once("error", reject);
    server.once("close", (code) => {
      if (code !== 0) return reject(new Error(`${runner} ended with ${code}: ${said}`));
      process.stdout.write(said);
      resolve("");
    });
  });

/** @param {import("playwright-core").Page} page @param {string} url */
const results = async (page, url) => {
  page.on("pageerror", (error) => process.stderr.write(`${error.stack}\n`));
  await page.route("**", async (route) => {
    const request = get(route.request().url(), { agent: false });
    const [response] = await once(request, "response");
    const { statusCode: status, headers } = response;
    await route.fulfill({ status, contentType: headers["content-type"], body: await buffer(response) });
  });
  await page.goto(url);
  const output = page.locator("#output");
  try {
    await output.filter({ hasText: "test result: " }).waitFor({ timeout: PATIENCE_MS });
  } catch {
    process.stderr.write(`no result in ${PATIENCE_MS / 1000} s\n`);
  }
  return (await output.textContent()) ?? "";
};

/** @param {string} url */
const runTests = async (url) => {
  const { args } = JSON.parse(await readFile(at("webdriver.json"), "utf8"))["goog:chromeOptions"];
  const browser = await chromium.launch({ executablePath: (await findChrome()) ?? undefined, args });
  try {
    const output = await results(await browser.newPage(), url);
    process.stdout.write(`${output}\n`);
    process.exitCode = /test result: ok/.test(output) ? 0 : 1;
  } finally {
    await browser.close();
  }
};

try {
  const url = await address();
  if (url) await runTests(url);
} finally {
  server.removeAllListeners("close");
  server.kill("SIGKILL");
}
