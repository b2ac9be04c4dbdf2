// Does the bench count, split, compare and print right? Its pure parts, and its server over a WebSocket.
import assert from "node:assert/strict";
import { once } from "node:events";
import { describe, test } from "node:test";
import { WebSocket } from "ws";
import { budgets } from "../../bench/budgets.mjs";
import { CONTESTANTS } from "../../bench/contestants.mjs";
import { readmeReport, wholeReport, withBlock } from "../../bench/report.mjs";
import { shuffled } from "../../bench/run.mjs";
import { startServer } from "../../bench/server/index.mjs";
import { frame, frameHead, publish, TOPICS, variableInteger } from "../../bench/server/packets.mjs";
import { createSplitter } from "../../bench/server/splitter.mjs";
import { quantile, summary } from "../../bench/statistics.mjs";
import { figure, Footnotes, tableOf } from "../../bench/table.mjs";
import { longestTask } from "../../bench/trace.mjs";
import { MAIN, nameOf } from "../../bench/workloads/receive.mjs";
import { WORKLOADS } from "../../bench/workloads/index.mjs";
import { createRandom } from "../../tools/proxy/random.mjs";

const { generate, parser } = await import("mqtt-packet").then(({ default: all }) => all);

describe("statistics", () => {
  test("the median of an even number of values lies between the middle two", () => {
    assert.deepEqual(summary([4, 1, 3, 2]), { median: 2.5, lower: 1.75, upper: 3.25, count: 4 });
  });

  test("one value is its own median and quartiles", () => {
    assert.deepEqual(summary([7]), { median: 7, lower: 7, upper: 7, count: 1 });
  });

  test("a quantile does not reorder what it is given", () => {
    const values = [3, 1, 2];
    assert.equal(quantile(values, 0.99), 2.98);
    assert.deepEqual(values, [3, 1, 2]);
  });

  test("an order that was drawn holds everybody once and comes again with its seed", () => {
    const all = [1, 2, 3, 4, 5, 6];
    const first = shuffled(all, createRandom(5));
    assert.deepEqual(first.toSorted(), all);
    assert.deepEqual(shuffled(all, createRandom(5)), first);
  });
});

describe("packets", () => {
  test("a variable byte integer has as many bytes as it needs", () => {
    assert.deepEqual([0, 127, 128, 16_384].map(variableInteger), [[0], [127], [128, 1], [128, 128, 1]]);
  });

  for (const version of /** @type {const} */ (["3.1.1", "5"])) {
    test(`a PUBLISH is as another implementation writes it, MQTT ${version}`, () => {
      const payload = Buffer.alloc(1000, "x");
      const own = publish({ topic: TOPICS[3], payload, qos: 1, id: 517, version });
      const packet = /** @type {const} */ ({ cmd: "publish", topic: TOPICS[3], payload, qos: 1, messageId: 517, dup: false, retain: false });
      const theirs = generate(packet, { protocolVersion: version === "5" ? 5 : 4 });
      assert.deepEqual(own, theirs);
    });
  }

  test("the head of a frame has the length in 7, 16 or 64 bits", () => {
    assert.deepEqual([...frameHead(125)], [0x82, 125]);
    assert.deepEqual([...frameHead(126)], [0x82, 126, 0, 126]);
    assert.deepEqual([...frameHead(65_536)], [0x82, 127, 0, 0, 0, 0, 0, 1, 0, 0]);
    assert.equal(frame([Buffer.alloc(100), Buffer.alloc(100)]).length, 4 + 200);
  });

  test("packets are found however their bytes are cut", () => {
    const packets = [1, 200, 3].map((size, index) => publish({ topic: "a", payload: Buffer.alloc(size), qos: 1, id: index + 1, version: "5" }));
    const bytes = Buffer.concat(packets);
    for (const piece of [1, 2, 3, 7, bytes.length]) {
      /** @type {Buffer[]} */
      const found = [];
      const split = createSplitter((all, start, _, end) => void found.push(Buffer.from(all.subarray(start, end))));
      for (let at = 0; at < bytes.length; at += piece) split(bytes.subarray(at, at + piece));
      assert.deepEqual(found, packets);
    }
  });
});

describe("tables", () => {
  const rows = [{ name: "fast", unit: /** @type {const} */ ("messages/s") }];
  /** @param {string} contestant @param {import("../../bench/run.mjs").Result["outcome"][]} outcomes */
  const results = (contestant, outcomes) => outcomes.map((outcome, index) => ({ round: index + 1, workload: "w", row: "fast", contestant, outcome }));
  const [ours, floor] = CONTESTANTS;

  test("a figure is the median with its quartiles", () => {
    const table = tableOf({ title: "T", rows }, [ours], results("ours", [{ value: 1000 }, { value: 3000 }, { value: 2000 }]), new Footnotes());
    assert.equal(table, "| T, messages/s | mqtt-mooring |\n| --- | ---: |\n| fast | **2,000** (1,500–2,500) |\n");
  });

  test("one round with a fault in it is no figure", () => {
    const table = tableOf({ title: "T", rows }, [ours], results("ours", [{ value: 1000 }, { wrong: "3 of 4" }]), new Footnotes());
    assert.match(table, /\| wrong \(3 of 4\) \|/);
  });

  test("what a contestant lacks is said once, below", () => {
    const footnotes = new Footnotes();
    const table = tableOf({ title: "T", rows }, [floor], results("floor", [{ lacks: "resume" }]), footnotes);
    assert.match(table, /\| — <sup>1<\/sup> \|/);
    assert.equal(`${footnotes}`, "<sup>1</sup> The floor has no session.");
  });

  test("figures have the digits that mean something", () => {
    assert.deepEqual([183_456, 18_345, 1_834.5].map((value) => figure(value, "messages/s")), ["183 k", "18.3 k", "1,835"]);
    assert.deepEqual([0.62, 12.34, 1_234, 0].map((value) => figure(value, "ms")), ["0.62", "12.3", "1,234", "0"]);
  });

  test("the block goes between its marks, and nowhere else", () => {
    assert.equal(withBlock("a\n<!-- bench -->\nold\n<!-- /bench -->\nz\n", "new\n"), "a\n<!-- bench -->\nnew\n<!-- /bench -->\nz\n");
    assert.equal(withBlock("a\n", "new\n"), null);
  });

  const circumstances = {
    date: "", command: "", seed: 1, rounds: 1, quick: false, took: "", machine: "", chromium: "", node: "", broker: null, releases: {},
    size: { raw: 1, gzip: 61_000, brotli: 51_000 },
  };

  test("the report has all rows of all workloads, and the README some of each", () => {
    const all = WORKLOADS.flatMap((workload) => workload.cells(false).flatMap((cell) => cell.rows.map(({ name }) => ({ workload: workload.name, row: name }))));
    const measured = all.map(({ workload, row }) => ({ round: 1, workload, row, contestant: "ours", outcome: { value: 1 } }));
    const lines = wholeReport({ circumstances, results: measured }, CONTESTANTS, WORKLOADS).split("\n");
    assert.equal(lines.filter((line) => / \| \*\*1/.test(line)).length, all.length);
    const block = readmeReport({ circumstances, results: measured }, CONTESTANTS, WORKLOADS);
    for (const { title } of WORKLOADS) assert.match(block, new RegExp(`\\| ${title}[^|]*\\|.*\\|\\n.*---.*\\n\\| .*\\*\\*1`));
  });

  test("a budget that was not measured is neither met nor missed", () => {
    const row = nameOf(MAIN);
    const measured = [{ name: "ours", value: 90 }, { name: "floor", value: 100 }, { name: "mqtt", value: 30 }];
    const results = measured.map(({ name, value }) => ({ round: 1, workload: "receive", row, contestant: name, outcome: { value } }));
    assert.deepEqual(
      budgets({ circumstances, results }).slice(0, 5).map(({ got, met }) => [got, met]),
      [["61.0 KB", false], ["51.0 KB", true], ["0.90 ×", true], ["not measured", null], ["3.00 ×", false]],
    );
  });
});

describe("traces", () => {
  /** @param {string} name @param {number} ts @param {number} [dur] @param {number} [tid] */
  const event = (name, ts, dur, tid = 1) => ({ name, ph: dur === undefined ? "I" : "X", pid: 9, tid, ts, dur });

  test("the longest task is of the page's own thread, between the marks", () => {
    const events = [
      event("RunTask", 5, 90_000), event("bench: begin", 10), event("RunTask", 20, 4_000), event("RunTask", 30, 80_000, 2), event("Layout", 40, 70_000), event("bench: end", 50),
      event("RunTask", 60, 60_000),
    ];
    assert.equal(longestTask(events), 4);
  });

  test("a trace without marks is refused", () => {
    assert.throws(() => longestTask([event("RunTask", 1, 2)]), /no marks/);
  });
});

describe("the server", () => {
  /** @param {(client: Awaited<ReturnType<typeof connected>>, server: import("../../bench/server/index.mjs").Server) => Promise<void>} work */
  const withClient = async (work) => {
    const server = await startServer();
    try {
      const client = await connected(server.url);
      await work(client, server);
      client.socket.terminate();
    } finally {
      await server.stop();
    }
  };

  /** @param {string} url @param {boolean} [clean] */
  const connected = async (url, clean = true) => {
    const socket = new WebSocket(url, "mqtt");
    await once(socket, "open");
    /** @type {string[][]} the packets of each frame */
    const frames = [];
    let wake = () => {};
    socket.on("message", (/** @type {Buffer} */ data) => {
      /** @type {string[]} */
      const packets = [];
      const reader = parser({ protocolVersion: 5 });
      reader.on("packet", (packet) => {
        packets.push(packet.cmd === "connack" && packet.sessionPresent ? "connack, session present" : `${packet.cmd} ${packet.messageId ?? ""}`.trim());
      });
      reader.parse(data);
      frames.push(packets);
      wake();
    });
    const client = {
      socket, frames,
      /** @param {import("mqtt-packet").Packet[]} packets */
      send: (...packets) => socket.send(Buffer.concat(packets.map((packet) => generate(packet, { protocolVersion: 5 })))),
      /** @param {number} count */
      until: async (count) => {
        while (frames.length < count) await new Promise((resolve) => (wake = () => resolve(undefined)));
      },
    };
    client.send({ cmd: "connect", clientId: "tester", protocolId: "MQTT", protocolVersion: 5, clean, keepalive: 0 });
    await client.until(1);
    assert.deepEqual(frames.splice(0), [[clean ? "connack" : "connack, session present"]]);
    return client;
  };

  /** @param {0 | 1 | 2} qos @param {number} messageId @returns {import("mqtt-packet").IPublishPacket} */
  const message = (qos, messageId) => ({ cmd: "publish", topic: "a", payload: "x", qos, messageId, dup: false, retain: false });

  test("all packets of a frame are answered in one", () =>
    withClient(async (client, server) => {
      client.send(message(1, 1), message(2, 2), message(0, 0), message(1, 3));
      await client.until(1);
      client.send({ cmd: "pubrel", messageId: 2 });
      await client.until(2);
      assert.deepEqual(client.frames, [["puback 1", "pubrec 2", "puback 3"], ["pubcomp 2"]]);
      const { published, completed } = await server.standing("tester");
      assert.deepEqual({ published, completed }, { published: 4, completed: 3 });
    }));

  test("the last of the QoS 0 messages it expects is answered by a message", () =>
    withClient(async (client, server) => {
      await server.expect("tester", 2);
      client.send(message(0, 0));
      client.send(message(0, 0));
      await client.until(1);
      assert.deepEqual(client.frames, [["publish"]]);
    }));

  test("the source sends as many packets a frame as it is told to, and stops where nothing is acknowledged", () =>
    withClient(async (client, server) => {
      /** @param {string[]} packets */
      const acknowledge = (packets) => {
        const cmd = /** @type {const} */ ("puback");
        client.send(...packets.map((packet) => ({ cmd, messageId: Number(packet.split(" ")[1]) })));
      };
      const given = server.give("tester", { count: 3_000, size: 32, qos: 1, perFrame: 100 });
      // 1,000 may be unacknowledged.
      await client.until(10);
      assert.ok(client.frames.every((packets) => packets.length === 100));
      client.send({ cmd: "pingreq" });
      await client.until(11);
      assert.deepEqual(client.frames.pop(), ["pingresp"]);
      for (let frames = 0; frames < 30; frames += 1) {
        await client.until(1);
        acknowledge(client.frames.splice(0, 1)[0]);
      }
      assert.equal(await given, 3_000);
      assert.equal(client.frames.length, 0);
    }));

  test("acknowledgements are held where it is told so, and who comes back finds the session", () =>
    withClient(async (client, server) => {
      await server.treat("tester", { holdAcknowledgements: true });
      client.send(message(1, 1), { cmd: "pingreq" });
      await client.until(1);
      assert.deepEqual(client.frames, [["pingresp"]]);
      const { number } = await server.standing("tester");
      const closed = once(client.socket, "close");
      await server.cut("tester");
      await closed;
      await server.treat("tester", { holdAcknowledgements: false });
      const again = await connected(server.url, false);
      assert.ok((await server.standing("tester")).number > number);
      again.send(message(1, 1));
      await again.until(1);
      assert.deepEqual(again.frames, [["puback 1"]]);
      again.socket.terminate();
    }));
});
