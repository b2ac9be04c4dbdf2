// What test pages put on their window, for functions that run inside page.evaluate.
interface Window {
  /** The test page of page-server.mjs: settles when MqttClient is there. */
  ready: Promise<void>;
  /** The package's class; typed loosely so that tests can also pass what the types forbid. */
  MqttClient: any;
  /** session-page.mjs: the page's client, how it tells the test, and when nothing of ours is unfinished. */
  client: any;
  tell: (event: string, ...detail: unknown[]) => any;
  drained: () => Promise<unknown>;
  /** durable-page.mjs: when nothing is unfinished and no message is left in storage. */
  settled: () => Promise<unknown>;
  /** durable-page.mjs: the application's own store, where it has one. */
  store: any;
  /** The ordeal's page, tools/ordeal/page/app.mjs: what its driver asks of it. */
  ordeal: any;
  /** memory.mjs: bytes of the page's WebAssembly memories, and the most that a WebSocket of it had left to send. */
  memory: { wasm: () => number; mostBuffered: () => number };
  /** The matrix's page, tools/interop/page/clients.js. */
  interop: any;
  /** The slow link's page, tools/slow-link/run.mjs. */
  slow: any;
  /** How many clients the page has made, where example-react.test.mjs counts them. */
  clientsMade: number;
  /** The Session Lab's hook; tools/check.mjs describes it. */
  lab: any;
  /** The peer driver's page, www/peer.js. */
  peer: (command: string) => Promise<string>;
  peerLines: string[];
  /** The documents' blocks, tests/docs: what a block is given, and its far end. */
  docsSetting: () => Promise<{ url: string, wantsClient: boolean }>;
  docsFarEnd: (what: "publish" | "received" | "answer", given: unknown[]) => Promise<any>;
  docsDone: () => void;
}
