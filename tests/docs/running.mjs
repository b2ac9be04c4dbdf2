// Running a block: in a page of its own in Chromium, or in a process of its own in Node; each with a broker of its own,
// so that no block finds what another one has left.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { dirname } from "node:path";
import sirv from "sirv";
import { startBroker } from "../../tools/broker.mjs";
import { at, distDir, root } from "../../tools/lib/paths.mjs";
import { run } from "../../tools/lib/run.mjs";
import { startProxy } from "../../tools/proxy.mjs";
import { listen } from "../../tools/start/listen.mjs";
import { launchBrowser } from "../support/browser.mjs";
import { said, textOf } from "./blocks.mjs";
import { bundled, moduleOf, uses } from "./code.mjs";
import { startFarEnd } from "./far-end.mjs";

/** @typedef {import("./blocks.mjs").Block} Block */
/** @typedef {Awaited<ReturnType<typeof surroundings>>} Surroundings */

/** A block that has not ended by then never will. */
const PATIENCE_MS = 20_000;
const IMPORTS = { "mqtt-mooring": "/dist/index.js", "mqtt-mooring/init": "/dist/init.js", "mqtt-mooring/inline": "/dist/inline.js" };
const SCRIPT = /(<script\b[^>]*\btype="?module"?[^>]*>)([^]*?)(<\/script>)/g;

/** A broker behind a proxy, its far end, and how addresses of documents become those of here. @param {string} [origin] */
const surroundings = async (origin) => {
  const broker = await startBroker({ kind: "mosquitto" });
  const proxy = await startProxy({ target: broker.url });
  const farEnd = await startFarEnd(broker.tcpPort);
  return {
    url: proxy.url,
    proxy,
    tcpPort: broker.tcpPort,
    farEnd,
    /** `wss://anything.example/mqtt` is the broker, `https://anything.example/…` the server of the page. @param {string} text */
    addresses: (text) =>
      text
        .replace(/\bwss?:\/\/[\w.-]*\bexample\b[^\s"'`<)]*/g, proxy.url)
        .replace(/\bhttps:\/\/[\w.-]*\bexample\//g, `${origin}/`),
    stop: async () => {
      await farEnd.stop();
      await proxy.stop();
      await broker.stop();
    },
  };
};

/** Chromium, and a server of what blocks become. */
export const openPages = async () => {
  const browser = await launchBrowser();
  const dist = sirv(distDir, { dev: true });
  /** @type {Map<string, { type: string, text: string }>} */
  const made = new Map();
  const server = createServer((request, response) => {
    const url = (request.url ?? "/").split("?")[0];
    const page = made.get(url);
    if (page) return void response.writeHead(200, { "content-type": page.type }).end(page.text);
    // The package's files, wherever a page may have put or find them: /dist/, /node_modules/mqtt-mooring/dist/, …
    request.url = url.replace(/^.*\/dist\//, "/");
    const missing = () => void response.writeHead(404, { "content-type": "text/plain" }).end(`There is no ${url}.\n`);
    if (request.url === url) return missing();
    dist(request, response, missing);
  });
  const origin = `http://127.0.0.1:${await listen(server, 0)}`;
  const names = await readFile(at("tests", "docs", "names-page.mjs"), "utf8");
  made.set("/names.js", { type: "text/javascript", text: names });

  /**
   * A page that begins with the block.
   * @param {Block} block
   * @param {Surroundings} around
   */
  const begin = async (block, { url, farEnd }) => {
    const page = await browser.newPage();
    /** @type {string[]} */
    const said = [];
    page.on("console", (message) => said.push(message.text()));
    const failed = new Promise((_, reject) => page.on("pageerror", (error) => reject(error)));
    failed.catch(() => {});
    /** @type {Promise<void>} */
    const done = new Promise((resolve) => void page.exposeFunction("docsDone", resolve));
    await page.exposeFunction("docsSetting", () => ({ url, wantsClient: uses(block, "client") }));
    await page.exposeFunction("docsFarEnd", (/** @type {"publish" | "received" | "answer"} */ what, /** @type {any[]} */ given) => {
      /** @type {(...given: any[]) => Promise<unknown>} */
      const deed = farEnd[what];
      return deed(...given);
    });
    await page.goto(`${origin}/`);
    return { ended: inTime(Promise.race([done, failed]), said), close: () => page.close() };
  };

  /**
   * The block runs until that packet would come through; then its page is closed.
   * @param {Block} block
   * @param {string} type of the packet
   * @param {Surroundings} around
   */
  const runUntil = async (block, type, around) => {
    const direction = ["puback", "pubrec", "pubcomp"].includes(type) ? "toClient" : "toServer";
    const held = around.proxy.rule({ direction, type, action: "hold" });
    const seen = around.proxy.when({ direction, type });
    const page = await begin(block, around);
    const early = page.ended.then(() => Promise.reject(new Error(`it ended, and no ${type} was seen`)));
    await Promise.race([seen, early]).finally(() => page.close());
    early.catch(() => {});
    held.remove();
  };

  /** @param {Block} block */
  const runInPage = async (block) => {
    const around = await surroundings(origin);
    const script = (/** @type {string} */ name, /** @type {string} */ text) => made.set(name, { type: "text/javascript", text });
    try {
      const until = block.marks.get("until");
      if (until) script("/until.js", await bundled(block, until, { node: false, addresses: around.addresses }));
      made.set("/", { type: "text/html", text: around.addresses(await pageOf(block, script, around.addresses)) });
      const killer = said(block, "survives");
      if (killer) await runUntil(block, killer.toLowerCase(), around);
      const page = await begin(block, around);
      await page.ended.finally(() => page.close());
    } finally {
      await forget(browser.context);
      await around.stop();
    }
  };
  return {
    run: runInPage,
    close: async () => {
      server.closeAllConnections();
      await Promise.all([browser.close(), new Promise((resolve) => server.close(resolve))]);
    },
  };

  /** What the block has left in the origin's storage is not the next one's. @param {import("playwright-core").BrowserContext} context */
  async function forget(context) {
    const page = await context.newPage();
    const session = await context.newCDPSession(page);
    await session.send("Storage.clearDataForOrigin", { origin, storageTypes: "all" });
    await page.close();
  }
};

/**
 * @param {Block} block
 * @param {(name: string, text: string) => void} script
 * @param {(text: string) => string} addresses
 */
const pageOf = async (block, script, addresses) => {
  const head = `<script type="importmap">${JSON.stringify({ imports: IMPORTS })}</script>`;
  const begun = "await import('/names.js');";
  const until = block.marks.has("until") ? "const ended = import('/until.js');" : "";
  if (block.language === "html") {
    const after = said(block, "after") ?? "";
    const end = until ? "await ended;" : after;
    const own = textOf(block).includes("importmap") ? "" : head;
    const [last] = [...textOf(block).matchAll(SCRIPT)].slice(-1);
    if (!last) throw new Error('it has no <script type="module">: what should run?');
    const [whole, open, body, close] = last;
    return `${own}${textOf(block).replace(whole, () => `${open}${begun}${until}${body}\n${end}\nwindow.docsDone();${close}`)}`;
  }
  script("/block.js", await bundled(block, moduleOf(block), { node: false, addresses }));
  const ending = said(block, "ends with");
  const body = until
    ? `const block = import("/block.js"); await Promise.race([ended, block.then(() => ended)]);`
    : ending === undefined
      ? `await import("/block.js");`
      : `await import("/block.js").then(
          () => { throw new Error("it ended without an error: its mark says ${ending}"); },
          (error) => { if (!\`\${error.code} \${error}\`.includes(${JSON.stringify(ending)})) throw error; },
        );`;
  return `<!doctype html><meta charset="utf-8"><title>${block.name}</title><link rel="icon" href="data:,">${head}
    <body>${said(block, "page") ?? ""}<script type="module">${begun}${until}${body}\nwindow.docsDone();</script>`;
};

/**
 * @param {Block} block
 * @returns {Promise<string>} what it has printed
 */
export const runInNode = async (block) => {
  const needed = said(block, "needs")?.split(/\s+/);
  if (needed) {
    const { code, output } = await run(needed[0], needed.slice(1));
    if (code !== 0) throw new Error(`${needed.join(" ")} failed: ${output}`);
  }
  const { url, tcpPort, addresses, stop } = await surroundings();
  // Below the repository's root, where the package finds itself by its name.
  const file = at("test-results", "docs", "node", `${block.file.replaceAll("/", "-")}.${block.line}.mjs`);
  try {
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, `${await bundled(block, moduleOf(block), { node: true, addresses })}\nprocess.exit(0);\n`);
    const child = spawn(process.execPath, ["--import", at("tests", "docs", "names-node.mjs"), file], {
      cwd: root,
      env: { ...process.env, DOCS_URL: url, DOCS_TCP_PORT: String(tcpPort), DOCS_CLIENT: uses(block, "client") ? "yes" : "" },
      stdio: ["ignore", "pipe", "pipe"],
    });
    /** @type {string[]} */
    const printed = [];
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", (text) => printed.push(text));
    const ended = once(child, "close").then(([code]) => {
      const ending = said(block, "ends with");
      if (code !== 0 && !(ending && printed.join("").includes(ending))) throw new Error(printed.join("") || `it ended with ${code}`);
    });
    await inTime(ended, printed).finally(() => child.kill("SIGKILL"));
    return printed.join("");
  } finally {
    await stop();
  }
};

/**
 * What a block is said to print and did not: whole lines, in any order; ports are whatever is free.
 * @param {Block} shown
 * @param {string} printed
 */
export const unprinted = (shown, printed) => {
  const plain = (/** @type {string} */ text) => text.trim().replace(/(127\.0\.0\.1):\d+/g, "$1:0").split("\n");
  return plain(textOf(shown)).filter((line) => !plain(printed).includes(line));
};

/**
 * @param {Promise<unknown>} ended
 * @param {string[]} said
 */
const inTime = async (ended, said) => {
  /** @type {NodeJS.Timeout | undefined} */
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`it did not end within ${PATIENCE_MS / 1000} s; it said: ${said.join(" ") || "nothing"}`)), PATIENCE_MS);
    // Of a block that was left the end is not waited for.
    timer.unref();
  });
  await Promise.race([ended, late]).finally(() => clearTimeout(timer));
};
