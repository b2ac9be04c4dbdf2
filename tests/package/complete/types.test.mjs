// The declarations as npm installs them, for a strict compiler that looks into them, too.
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { at } from "../../../tools/lib/paths.mjs";
import { node, pack } from "../support/project.mjs";

/** @type {Awaited<ReturnType<typeof pack>>} */
let packed;
before(async () => {
  packed = await pack();
});
after(() => packed.remove());

const USES = `import { MqttClient, type ClientOptions, type Message } from "mqtt-mooring";
import init, { MqttClient as ByHand, type ModuleSource } from "mqtt-mooring/init";
import { MqttClient as Inline } from "mqtt-mooring/inline";
import wasm from "mqtt-mooring/mqtt_mooring_bg.wasm";

const options: ClientOptions = { url: "wss://broker.example/mqtt", durable: true, sessionKey: "orders" };
const source: ModuleSource = wasm;
await init(source);
for (const Client of [MqttClient, ByHand, Inline]) {
  const client = new Client(options);
  client.on("messageIn", (message: Message) => console.log(message.topic));
  client.free();
}
`;

describe("the types of the installed package", () => {
  for (const [module, moduleResolution] of /** @type {const} */ ([["nodenext", "nodenext"], ["esnext", "bundler"]])) {
    test(`compile with moduleResolution ${moduleResolution}, strict, and without skipLibCheck`, async () => {
      const project = await packed.project(`types-${moduleResolution}`);
      await writeFile(join(project, "uses.ts"), USES);
      const compilerOptions = { strict: true, noEmit: true, target: "es2022", lib: ["es2022", "dom"], types: [], module, moduleResolution, skipLibCheck: false };
      await writeFile(join(project, "tsconfig.json"), JSON.stringify({ compilerOptions, files: ["uses.ts"] }));
      await node([at("node_modules", "typescript", "bin", "tsc"), "-p", "."], project).catch(({ stdout }) => {
        throw new Error(stdout);
      });
    });
  }
});
