// What scripts cannot show of the peer driver: how it begins and ends, and what the page has beside its lines.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { at } from "../../tools/lib/paths.mjs";
import { examine } from "../../tools/peer/examine.mjs";
import { buildNative, nativeWorld } from "../../tools/peer/native.mjs";
import { servePeerPage } from "../../tools/peer/page.mjs";
import { listenTcp, listenWebSocket } from "../../tools/peer/server.mjs";
import { launchBrowser } from "../support/browser.mjs";

const CONNACK = Buffer.from("2003000000", "hex");
const REFUSAL = Buffer.from("2003008700", "hex");

describe("the program", () => {
  /** @type {string} */
  let program;
  /** @type {Awaited<ReturnType<typeof listenTcp>>} */
  let server;
  before(async () => {
    [program, server] = await Promise.all([buildNative(), listenTcp()]);
  });
  after(() => server.stop());

  /** @param {...string} args */
  const run = (...args) => {
    const child = spawn(program, args, { stdio: ["pipe", "pipe", "pipe"] });
    let stdout = "";
    let stderr = "";
    child.stdout.setEncoding("utf8").on("data", (text) => (stdout += text));
    child.stderr.setEncoding("utf8").on("data", (text) => (stderr += text));
    const ended = once(child, "close").then(([code]) => ({ code, stdout, stderr }));
    return { stdin: child.stdin, ended };
  };

  /** Takes the next connection and answers its CONNECT. @param {Buffer} answer */
  const accept = async (answer) => {
    const connection = await server.connections.next("a connection");
    await connection.deeds.next("CONNECT");
    connection.socket.send(answer);
    return connection;
  };

  test("quit ends with 0, and without a DISCONNECT", async () => {
    const peer = run(server.address);
    const connection = await accept(CONNACK);
    peer.stdin.write("quit\n");
    assert.equal((await peer.ended).code, 0);
    assert.equal(await connection.deeds.next("the end"), "end");
  });

  test("without input it goes on until its connection has ended", async () => {
    const peer = run(server.address);
    peer.stdin.end();
    const connection = await accept(CONNACK);
    connection.socket.send(Buffer.from("300400016100", "hex"));
    connection.socket.close();
    const { code, stdout } = await peer.ended;
    assert.equal(code, 1);
    assert.match(stdout, /^message topic=a qos=0 /m);
    assert.match(stdout, /^disconnected code=CONNECTION_LOST /m);
  });

  test("what it was told before its input ended is done, and disconnect ends with 0", async () => {
    const peer = run(server.address);
    peer.stdin.end("wait connected\npublish a 0 x\ndisconnect\n");
    const connection = await accept(CONNACK);
    assert.equal((await connection.deeds.next("PUBLISH")).toString("hex"), "30050001610078");
    assert.equal((await connection.deeds.next("DISCONNECT")).toString("hex"), "e000");
    assert.equal((await peer.ended).code, 0);
  });

  test("a wait in vain is told, with all behind it, and ends with 1", async () => {
    const peer = run(server.address);
    peer.stdin.end("wait connected\ndisconnect\nwait message\nquit\n");
    await accept(CONNACK);
    const { code, stdout } = await peer.ended;
    assert.equal(code, 1);
    const reason = '"no \\"message\\" will come: the connection and the input have ended"';
    assert.deepEqual(stdout.match(/^(?:ok|error) .*/gm), ["ok n=1", "ok n=2", `error n=3 reason=${reason}`, `error n=4 reason=${reason}`]);
  });

  test("a refusal ends with 1", async () => {
    const peer = run(server.address);
    peer.stdin.end();
    await accept(REFUSAL);
    const { code, stdout } = await peer.ended;
    assert.equal(code, 1);
    assert.match(stdout, /^disconnected code=NOT_AUTHORIZED reason-code=0x87 /m);
  });

  test("an address where nobody listens ends with 1", async () => {
    const gone = await listenTcp();
    gone.stop();
    const peer = run(gone.address);
    peer.stdin.end();
    const { code, stdout } = await peer.ended;
    assert.equal(code, 1);
    assert.match(stdout, /^disconnected code=CONNECTION_LOST reason=".*refused/m);
  });

  for (const [what, args] of /** @type {[string, string[]][]} */ ([
    ["no address", []],
    ["two addresses", ["127.0.0.1:1", "127.0.0.1:2"]],
    ["an address without a port", ["127.0.0.1"]],
    ["a version that there is not", ["127.0.0.1:1", "--version", "4"]],
    ["an option that there is not", ["127.0.0.1:1", "--colour", "red"]],
    ["an option without its value", ["127.0.0.1:1", "--version"]],
    ["a number that is none", ["127.0.0.1:1", "--keep-alive", "-1"]],
    ["a path without a WebSocket", ["127.0.0.1:1", "--path", "/mqtt"]],
  ])) {
    test(`${what} ends with 2 and says why`, async () => {
      const { code, stdout, stderr } = await run(...args).ended;
      assert.equal(code, 2);
      assert.equal(stdout, "");
      assert.ok(stderr.length > 20, stderr);
    });
  }

  test("the session goes on from a file", async (t) => {
    const folder = await mkdtemp(join(tmpdir(), "mooring-peer-"));
    t.after(() => rm(folder, { recursive: true }));
    const file = join(folder, "session");
    const first = run(server.address, "--clean", "false", "--session", file);
    const before = await accept(CONNACK);
    first.stdin.write("publish a 1 x\n");
    const publish = await before.deeds.next("PUBLISH");
    first.stdin.write("quit\n");
    await first.ended;
    assert.ok((await readFile(file, "utf8")).length > 0);

    const second = run(server.address, "--session", file);
    const after = await accept(Buffer.from("2003010000", "hex"));
    const again = await after.deeds.next("PUBLISH, again");
    assert.ok(typeof publish !== "string" && typeof again !== "string");
    assert.equal(again[0], publish[0] | 0x08, "with DUP");
    assert.deepEqual(again.subarray(1), publish.subarray(1));
    second.stdin.write("quit\n");
    assert.equal((await second.ended).code, 0);
  });

  test("a session file that cannot be gone on with ends with 2 and stays as it is", async (t) => {
    const folder = await mkdtemp(join(tmpdir(), "mooring-peer-"));
    t.after(() => rm(folder, { recursive: true }));
    const [precious, another] = [join(folder, "precious"), join(folder, "another")];
    await writeFile(precious, "not mine");
    const first = run(server.address, "--clean", "false", "--client-id", "one", "--session", another);
    await accept(CONNACK);
    first.stdin.write("quit\n");
    await first.ended;
    for (const file of [precious, another]) {
      const before = await readFile(file, "utf8");
      const { code, stdout, stderr } = await run(server.address, "--session", file).ended;
      assert.equal(code, 2);
      assert.equal(stdout, "");
      assert.ok(stderr.startsWith(`${file} stays as it is: `), stderr);
      assert.equal(await readFile(file, "utf8"), before);
    }
  });

  test("nothing that comes line by line brings it down", async () => {
    const peer = run(server.address);
    const connection = await accept(CONNACK);
    const words = ["publish", "subscribe", "restore", "\"", "\"\\u\"", "\"\\ud800\"", "\"\\uzzzz\"", "=", "a=", "=\"", "hex:", "é\u0000", "-1", "1e9", "#", "retain", "\\"];
    const lines = words.flatMap((first) => words.flatMap((second) => [`${first} ${second}`, `publish ${first} 1 ${second}`, `disconnect ${first} ${second}`]));
    peer.stdin.write(`${lines.join("\n")}\n`);
    peer.stdin.write(Buffer.from("publish a 0 ff\xff\n", "latin1"));
    peer.stdin.write("quit\n");
    const { code, stderr } = await peer.ended;
    assert.equal(code, 0, stderr);
    assert.equal(stderr, "");
    connection.socket.reset();
  });
});

describe("scripts", () => {
  /** @type {Awaited<ReturnType<typeof nativeWorld>>} */
  let world;
  before(async () => {
    world = await nativeWorld(await buildNative(), false);
  });
  after(() => world.stop());

  /** @param {[verb: string, text: string][]} steps */
  const going = (...steps) => {
    const script = { name: "", title: "", version: /** @type {const} */ ("5"), options: [], only: "", file: "" };
    return examine({ ...script, steps: steps.map(([verb, text], line) => ({ verb, text, line })) }, world);
  };

  test("what the end of a connection brings has to be expected", async () => {
    /** @type {[string, string][]} */
    const steps = [["connected", ""], ["!", "subscribe a 1"], ["<", "SUBSCRIBE id=* filter=a options=1"], [">", "0000"], ["x", "0x81"]];
    await assert.rejects(going(...steps), /nothing was said of: disconnected code=PROTOCOL_ERROR/);
    steps.push(["=", "disconnected"]);
    await assert.rejects(going(...steps), /nothing was said of: failed n=1 /);
    steps.push(["=", "failed"]);
    await going(...steps);
  });

  test("a pattern that no script's name contains is told", async () => {
    const child = spawn(process.execPath, [at("tools", "peer.mjs"), "no-such-script"], { stdio: ["ignore", "ignore", "pipe"] });
    let said = "";
    child.stderr.setEncoding("utf8").on("data", (text) => (said += text));
    assert.deepEqual(await once(child, "close"), [1, null]);
    assert.match(said, /No script's name contains "no-such-script": npm run peer -- --list/);
  });
});

describe("the page", () => {
  /** @type {Awaited<ReturnType<typeof launchBrowser>>} */
  let browser;
  /** @type {Awaited<ReturnType<typeof servePeerPage>>} */
  let site;
  /** @type {Awaited<ReturnType<typeof listenWebSocket>>} */
  let server;
  before(async () => {
    [browser, site, server] = await Promise.all([launchBrowser(), servePeerPage(), listenWebSocket()]);
  });
  after(async () => {
    await browser.close();
    await site.stop();
    server.stop();
  });

  test("it connects as its address says, obeys window.peer and the text box, and keeps its lines", async () => {
    const page = await browser.newPage();
    await page.goto(`${site.url}?url=${encodeURIComponent(server.address)}&version=3.1.1&clean=true&clientId=from-the-address&reconnect=false`);
    const connection = await server.connections.next("a connection");
    const connect = await connection.deeds.next("CONNECT");
    assert.match(connect.toString(), /MQTT\u0004\u0002.*from-the-address$/s);
    connection.socket.send(Buffer.from("20020000", "hex"));

    assert.equal(await page.evaluate(() => window.peer("publish a 0 hello")), "ok n=2");
    assert.equal((await connection.deeds.next("PUBLISH")).toString("hex"), "300800016168656c6c6f");
    assert.match(await page.evaluate(() => window.peer("nonsense")), /^error n=3 reason="there is no command /);
    assert.equal(await page.evaluate(() => window.peer("# nothing")), "");

    await page.getByRole("textbox").fill("disconnect");
    await page.keyboard.press("Enter");
    assert.equal((await connection.deeds.next("DISCONNECT")).toString("hex"), "e000");
    connection.socket.close();
    await page.locator("#lines").getByText("disconnected code=REQUESTED").waitFor();
    const kinds = await page.evaluate(() => window.peerLines.map((line) => line.split(" ")[0]));
    assert.deepEqual(kinds.filter((kind) => kind !== "published"), ["ok", "opening", "connected", "ok", "error", "ok", "disconnected"]);
    assert.deepEqual(browser.errors, []);
    await page.close();
  });

  for (const [what, parameters, line] of [
    ["an option that there is not", "colour=red", 'error n=1 reason="there is no option \\"colour=red\\""'],
    ["a value that makes no sense", "version=7", 'failed n=1 code=USAGE reason="version is 5 or 3.1.1, not \\"7\\""'],
  ]) {
    test(`${what} in its address is told in a line`, async () => {
      const page = await browser.newPage();
      await page.goto(`${site.url}?url=ws://127.0.0.1:1/&${parameters}`);
      await page.locator("#lines").getByText(line).waitFor();
      assert.equal(await page.evaluate(() => window.peerLines.at(-1)), line);
      await page.close();
    });
  }

  test("what needs a connection fails before there was one", async () => {
    const page = await browser.newPage();
    await page.goto(site.url);
    for (const command of ["publish a 1 x", "publish a 0 x", "subscribe a 1", "unsubscribe a"]) {
      await page.evaluate((command) => window.peer(command), command);
    }
    await page.locator("#lines").getByText("failed n=4 ").waitFor();
    const lines = await page.evaluate(() => window.peerLines.filter((line) => !line.startsWith("ok ")));
    assert.deepEqual(lines, [1, 2, 3, 4].map((n) => `failed n=${n} code=NOT_CONNECTED reason="there is no connection: open ADDRESS makes one"`));
    await page.close();
  });
});
