// Goes through a script, step by step: the server's side of the connection, and the driver's commands and lines.
import { split } from "../../www/peer/words.js";
import { decode, difference, encode, parsePacket, wordsOf } from "./packet.mjs";
import { Line } from "./server.mjs";
import { fromHex, toHex } from "./wire.mjs";

/** @typedef {import("./script.mjs").Case} Case */
/** @typedef {import("./script.mjs").Step} Step */
/** @typedef {import("./packet.mjs").Packet} Packet */

/** A port with the connections made to it. @typedef {{ address: string, connections: Line<import("./server.mjs").Connection> }} Port */

/**
 * A driver that was told to connect, and obeys.
 * @typedef {object} Driven
 * @property {(command: string) => Promise<void>} ask
 * @property {() => Promise<void>} quit it is over; rejects where that did not end as it should
 * @property {(take: (line: string) => void) => void} listen
 */

/** Lines that must all be expected; others may be. */
const STRICT = [
  "message", "published", "subscribed", "unsubscribed", "failed", "lost", "disconnected", "error", "session-lost",
  "trouble",
];

/** The echo by which `alive` shows that there is nothing else. */
const ECHO_ID = 65_521;

/** Something that did not go as the script says. */
export class Deviation extends Error {}

/**
 * @param {Case} script
 * @param {{ here: Port, elsewhere: Port, start: (options: string[]) => Promise<Driven> }} world
 */
export const examine = async (script, world) => {
  const examination = new Examination(script, world);
  await examination.run();
};

class Examination {
  /** @type {import("./server.mjs").Connection | null} */
  #connection = null;
  #port;
  /** Lines by kind. @type {Map<string, Line<string>>} */
  #lines = new Map();
  /** What happened so far, for people. @type {string[]} */
  #history = [];
  /** Bytes that leave with the next ones. @type {Buffer[]} */
  #held = [];
  /** @type {Map<string, string>} */
  #names = new Map();
  /** @type {Driven | undefined} */
  #driven;
  #echoes = 0;
  /** Connections that ended, and of which no line was expected. */
  #ends = 0;

  /** @param {Case} script @param {Parameters<typeof examine>[1]} world */
  constructor(script, world) {
    this.script = script;
    this.version = script.version;
    this.world = world;
    this.#port = world.here;
  }

  async run() {
    const { version, options, steps, file, title } = this.script;
    /** @type {Step | undefined} */
    let current;
    try {
      this.#driven = await this.world.start([`version=${version}`, ...options]);
      this.#driven.listen((line) => {
        this.#history.push(`    ${line}`);
        this.#linesOf(line.split(" ", 1)[0]).push(line);
      });
      for (const step of steps) {
        current = step;
        await this.#take(step);
      }
      current = undefined;
      await this.#end();
    } catch (error) {
      const where = current ? `${file}:${current.line}: ${current.verb} ${current.text}` : `${file}: at the end`;
      const why = error instanceof Error ? error.message : String(error);
      await this.#driven?.quit().catch(() => {});
      throw new Deviation([title, where, `→ ${why}`, "what happened:", ...this.#history].join("\n"));
    } finally {
      this.#connection?.socket.reset();
      for (const { connections } of [this.world.here, this.world.elsewhere]) {
        for (const { socket } of connections.left.splice(0)) socket.reset();
      }
    }
  }

  /** @param {Step} step */
  async #take({ verb, text }) {
    switch (verb) {
      case "<":
        return this.#expectPacket(text);
      case "=":
        return this.#expectLine(text);
      case "!":
        return this.#ask(text);
      case "x":
        return this.#expectEnd(text);
      case "alive":
        return this.#expectEcho();
      case "connected":
        await this.#expectPacket("CONNECT");
        this.#send(this.#bytes(`CONNACK ${text}`), 0);
        return this.#expectLine("connected");
      case "speaks":
        this.version = /** @type {import("./packet.mjs").Version} */ (text);
        return;
      case "text":
        return (await this.#connected()).socket.text(text);
      case "close":
        (await this.#connected()).socket.close();
        return this.#gone();
      case "reset":
        (await this.#connected()).socket.reset();
        return this.#gone();
      default:
        if (verb === ">+") return void this.#held.push(this.#bytes(text));
        return this.#send(this.#bytes(text), Number(verb.slice(1)));
    }
  }

  /** What was not looked at. */
  async #end() {
    if (this.#connection) {
      await this.#ask("disconnect");
      await this.#expectPacket("DISCONNECT");
      await this.#expectEnd("");
      await this.#expectLine("disconnected code=REQUESTED");
    }
    // What the driver tells of the end comes after it; `quit` would be sooner.
    if (this.#ends > 0) throw new Error(`nothing was said of: ${await this.#linesOf("disconnected").next("a line \"disconnected\"")}`);
    await this.#driven?.quit();
    const more = STRICT.flatMap((kind) => this.#linesOf(kind).left);
    if (more.length > 0) throw new Error(`nothing was said of: ${more[0]}`);
  }

  /** The connection at hand, or the next one that is made. */
  async #connected() {
    if (!this.#connection) {
      this.#connection = await this.#port.connections.next("a connection");
      this.#history.push("  a connection is made");
    }
    return this.#connection;
  }

  #gone() {
    this.#connection = null;
    this.#ends += 1;
    this.#history.push("  the server closed the connection");
  }

  /** @param {string} text hexadecimal digits, or a packet in words */
  #bytes(text) {
    if (/^[0-9a-f]{2}(?: *[0-9a-f]{2})*$/i.test(text)) return fromHex(text);
    return encode(parsePacket(this.#substituted(text)), this.version);
  }

  /** @param {string} text */
  #substituted(text) {
    return text.replace(/\$[a-z]+/g, (name) => {
      const value = this.#names.get(name);
      if (value === undefined) throw new Error(`nothing was called ${name} before`);
      return value;
    });
  }

  /**
   * @param {Buffer} bytes
   * @param {number} size of the pieces; 0: in one
   */
  #send(bytes, size) {
    const all = Buffer.concat([...this.#held, bytes]);
    this.#held = [];
    this.#history.push(`  > ${toHex(all)}`);
    if (!this.#connection) throw new Error("there is no connection to send that on");
    for (let at = 0; at < all.length; at += size || all.length) {
      this.#connection.socket.send(all.subarray(at, at + (size || all.length)));
    }
  }

  /** @param {string} what is expected */
  async #next(what) {
    const connection = await this.#connected();
    const deed = await connection.deeds.next(what);
    if (deed === "end") {
      this.#history.push("  the client ended the connection");
      return null;
    }
    const packet = this.#decoded(deed);
    this.#history.push(`  < ${toHex(deed)}   ${wordsOf(packet)}`);
    return { bytes: deed, packet };
  }

  /** @param {Buffer} bytes */
  #decoded(bytes) {
    try {
      return decode(bytes, this.version);
    } catch (error) {
      throw new Error(`the client sent what is no packet, ${toHex(bytes)}: ${/** @type {Error} */ (error).message}`);
    }
  }

  /** @param {string} text a packet in words, or hexadecimal digits with ?? for any byte and ** for any rest */
  async #expectPacket(text) {
    const next = await this.#next(text);
    if (next === null) throw new Error("the client closed the connection");
    if (/^[0-9a-f?]{2}( |$)/i.test(text)) {
      const digits = text.replaceAll(" ", "").replaceAll("?", "[0-9a-f]").replace("**", ".*");
      if (!new RegExp(`^${digits}$`, "i").test(next.bytes.toString("hex"))) throw new Error(`the client sent ${toHex(next.bytes)}`);
      return;
    }
    const why = difference(parsePacket(text), next.packet, this.#names);
    if (why) throw new Error(`${why}: the client sent ${wordsOf(next.packet)}`);
  }

  /** @param {string} code of the DISCONNECT before the end, of which 3.1.1 has none */
  async #expectEnd(code) {
    if (code && this.version === "5") await this.#expectPacket(`DISCONNECT code=${code}`);
    const next = await this.#next("the end of the connection");
    if (next !== null) throw new Error(`the client sent ${wordsOf(next.packet)} in place of closing the connection`);
    this.#connection?.socket.close();
    this.#connection = null;
    this.#ends += 1;
  }

  /** A message, whose acknowledgement is the next thing the client says. */
  async #expectEcho() {
    this.#echoes += 1;
    const payload = String(this.#echoes);
    this.#send(this.#bytes(`PUBLISH topic=echo qos=1 id=${ECHO_ID} payload=${payload}`), 0);
    await this.#expectPacket(`PUBACK id=${ECHO_ID}`);
    await this.#expectLine(`message topic=echo payload=${payload}`);
  }

  /** @param {string} text */
  async #ask(text) {
    const { here, elsewhere } = this.world;
    const places = text.replaceAll("$here", here.address).replaceAll("$elsewhere", elsewhere.address);
    // A filter may begin with $, too.
    const command = places.replace(/\$[a-z]+/g, (name) => this.#names.get(name) ?? name);
    if (/^(?:connect|open)\b/.test(command)) {
      this.#port = text.includes("$elsewhere") ? elsewhere : text.includes("$here") ? here : this.#port;
    }
    this.#history.push(`  ! ${command}`);
    await this.#driven?.ask(command);
  }

  /** @param {string} text kind, and some of the fields */
  async #expectLine(text) {
    const [kind, ...fields] = split(text).map((word) => word.text);
    const line = await this.#linesOf(kind).next(`a line "${text}"`);
    if (kind === "disconnected") this.#ends -= 1;
    const found = split(line).map((word) => word.text);
    for (const field of fields) {
      const [name] = field.split("=", 1);
      const absent = field === `${name}=` && !found.some((word) => word.startsWith(`${name}=`));
      if (!found.includes(field) && !absent && !this.#captures(name, field, found)) throw new Error(`the driver said: ${line}`);
    }
  }

  /**
   * `name=*` is any value, `name=$name` the one it had first.
   * @param {string} name
   * @param {string} field
   * @param {string[]} found
   */
  #captures(name, field, found) {
    const wanted = field.slice(name.length + 1);
    const value = found.find((word) => word.startsWith(`${name}=`))?.slice(name.length + 1);
    if (value === undefined) return false;
    if (!wanted.startsWith("$")) return wanted === "*";
    if (!this.#names.has(wanted)) this.#names.set(wanted, value);
    return this.#names.get(wanted) === value;
  }

  /** @param {string} kind */
  #linesOf(kind) {
    const known = this.#lines.get(kind) ?? new Line();
    this.#lines.set(kind, known);
    return known;
  }
}
