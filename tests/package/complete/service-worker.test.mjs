// A service worker, which refuses a top-level await: the inline entry has none.
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { openBench, serve } from "../support/bench.mjs";
import { moduleScript, page } from "../support/project.mjs";

/** @type {import("../support/bench.mjs").Bench} */
let bench;
before(async () => {
  bench = await openBench();
});
after(() => bench.close());

const WORKER = `import { MqttClient } from "./node_modules/mqtt-mooring/dist/inline.js";
import { indexedDbStore } from "./src/indexed-db.js";
import { run } from "./src/session.js";
// It outlives the page, and must let go of the session itself.
let last;
class Client extends MqttClient {
  constructor(options) {
    last?.free();
    super(options);
    last = this;
  }
}
addEventListener("message", (event) => {
  const { data, source } = event;
  const show = (outcome) => source.postMessage(outcome);
  event.waitUntil(indexedDbStore().then((storage) => run(Client, { search: data, show, storage })));
});
`;

const PAGE = `navigator.serviceWorker.onmessage = ({ data }) => document.querySelector("output").append(data);
navigator.serviceWorker.startMessages();
await navigator.serviceWorker.register("/service-worker.js", { type: "module" });
const { active } = await navigator.serviceWorker.ready;
active.postMessage(location.search);
`;

test("a service worker goes on with what it had stored", async (t) => {
  const project = await bench.project("service-worker");
  await writeFile(join(project, "service-worker.js"), WORKER);
  await writeFile(join(project, "starts.js"), PAGE);
  await writeFile(join(project, "index.html"), page(moduleScript("/starts.js")));
  const { url, stop } = await serve(project);
  t.after(stop);
  await bench.survives("service-worker", url);
});
