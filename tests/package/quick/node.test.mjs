// The package as npm installs it, in Node: for tests, and where pages are rendered on a server.
import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { openBench } from "../support/bench.mjs";
import { alongside, node } from "../support/project.mjs";

/** @type {import("../support/bench.mjs").Bench} */
let bench;
/** @type {string} */
let project;
before(async () => {
  bench = await openBench();
  project = await bench.project("node");
  await alongside(project, "ws");
});
after(() => bench.close());

/**
 * What a program of the project prints.
 * @param {string} name
 * @param {string} program
 * @param {string[]} [flags]
 */
const printed = async (name, program, flags = []) => {
  await writeFile(join(project, name), program);
  const { stdout, stderr } = await node([...flags, name], project);
  assert.equal(stderr, "");
  return stdout.trim();
};

describe("in Node", () => {
  test("a process goes on with what the one before it had stored", async () => {
    await bench.lives("node-file", async () => {
      const { stdout, stderr } = await node(["src/node.js", bench.broker.url, "node-file", join(project, "session.json")], project);
      assert.equal(stderr, "");
      // Nothing keeps a second process from the file: Node 20 has no Web Locks, and that is said.
      return stdout.trim().replace(/ LOCKS_UNAVAILABLE$/, "");
    });
  });

  test("memory takes the place of a browser's store, and nothing dies of it", async () => {
    await bench.lives("node-memory", async (life) => {
      if (life === 2) return "acknowledged second";
      await writeFile(
        join(project, "memory.js"),
        `import { MqttClient } from "mqtt-mooring";
         import { roundTrip } from "./src/session.js";
         globalThis.WebSocket ??= (await import("ws")).WebSocket;
         const how = { url: ${JSON.stringify(bench.broker.url)}, name: "node-memory", version: "3.1.1" };
         const first = await roundTrip(class extends MqttClient { constructor(options) { super(options); globalThis.first = this; } }, how);
         globalThis.first.free();
         console.log(first);
         console.log(await roundTrip(MqttClient, how));`,
      );
      const { stdout } = await node(["memory.js"], project);
      const [stored, acknowledged] = stdout.trim().split("\n");
      assert.match(stored, /^stored second STORAGE_DENIED/);
      assert.match(acknowledged, /^acknowledged second STORAGE_DENIED/);
      return "stored second";
    });
  });

  test("a complaint without a handler is printed, and does not end the process", async () => {
    await writeFile(
      join(project, "unheard.js"),
      `import { MqttClient } from "mqtt-mooring";
       const client = new MqttClient({ clientId: "a", sessionKey: "a", durable: true });
       const { length } = await client.pending();
       await new Promise((resolve) => setTimeout(resolve));
       console.log(length);`,
    );
    const { stdout, stderr } = await node(["unheard.js"], project);
    assert.equal(stdout, "0\n");
    assert.match(stderr, /STORAGE_DENIED/);
  });

  test("importing it adds nothing to the global object, and needs none of what a page has", async () => {
    const names = await printed(
      "import.js",
      `const before = Object.getOwnPropertyNames(globalThis);
       for (const entry of ["mqtt-mooring", "mqtt-mooring/init", "mqtt-mooring/inline"]) await import(entry);
       console.log(JSON.stringify([Object.getOwnPropertyNames(globalThis).filter((name) => !before.includes(name)), "window" in globalThis]));`,
    );
    assert.deepEqual(JSON.parse(names), [[], false]);
  });

  test("CommonJS may require() it, as far as Node lets it require ES modules", async () => {
    const said = await printed(
      "require.cjs",
      `try { console.log(new (require("mqtt-mooring").MqttClient)().state); } catch ({ code }) { console.log(code); }`,
      ["--no-warnings"],
    );
    const { require_module: allowed } = /** @type {{ require_module?: boolean }} */ (process.features);
    assert.equal(said, allowed ? "disconnected" : "ERR_REQUIRE_ESM");
  });

  test("without a WebSocket, connect() says which one to take", async () => {
    const said = await printed(
      "no-websocket.js",
      `import { MqttClient } from "mqtt-mooring";
       delete globalThis.WebSocket;
       await new MqttClient({ url: "ws://127.0.0.1:1" }).connect().catch(({ code, message }) => console.log(code, message));`,
    );
    assert.equal(said, 'USAGE there is no WebSocket here. Node has one from 22 on; before: import { WebSocket } from "ws"; globalThis.WebSocket = WebSocket');
  });

  test("with the WebSocket of ws, neither a server that is not there nor one that is left while connecting ends the process", async () => {
    const said = await printed(
      "unreachable.js",
      `import { WebSocket } from "ws";
       import { MqttClient } from "mqtt-mooring";
       globalThis.WebSocket = WebSocket;
       const connect = (client) => client.connect().catch(({ code }) => console.log(code));
       await connect(new MqttClient({ url: "ws://127.0.0.1:1", reconnect: false }));
       const left = new MqttClient({ url: ${JSON.stringify(bench.broker.url)} });
       const connecting = connect(left);
       await new Promise((resolve) => setImmediate(resolve));
       left.free();
       await connecting;`,
    );
    assert.equal(said, "CONNECTION_LOST\nDISCONNECTED");
  });

  test("init() takes the bytes or the compiled module, tries again after a failure, and is done once", async () => {
    const said = await printed(
      "init.js",
      `import { readFile } from "node:fs/promises";
       import { fileURLToPath } from "node:url";
       import init, { MqttClient } from "mqtt-mooring/init";
       const say = ({ code, cause }) => console.log(code, cause?.constructor.name ?? "");
       try { new MqttClient(); } catch (error) { say(error); }
       await init(new Uint8Array(4)).catch(say);
       await init(new Response("", { status: 404 })).catch(say);
       await init(Promise.reject(new RangeError("no"))).catch(say);
       const bytes = await readFile(fileURLToPath(import.meta.resolve("mqtt-mooring/mqtt_mooring_bg.wasm")));
       const module = await WebAssembly.compile(bytes);
       const first = init(Promise.resolve(module));
       console.log(first === init("nowhere"), await first, new MqttClient().state);`,
    );
    assert.deepEqual(said.split("\n"), ["NOT_READY ", "LOAD_FAILED CompileError", "LOAD_FAILED Error", "LOAD_FAILED RangeError", "true undefined disconnected"]);
  });
});
