// The hot path of receiving: a message from the machine to whoever takes it.
//
// What costs here is not bytes but crossings, objects and text. So a message crosses once, as numbers that say where its
// parts lie, and nothing is made of them but what its handlers are going to see:
//
// - Topic and properties lie in the module's memory, which is used again for the next frame: they are taken out at once.
//   Topics come again and again, and so their text is kept, and a topic whose bytes are known is not decoded.
// - The payload is a view into the buffer its frame came in, which nobody uses again. It is a copy where there is no such
//   buffer (the message spans frames, or comes from the session), or where it was transferred away by an earlier
//   message's handler; and so is that of a reader, where it may lie for long and must not keep a whole frame.
// - Properties are copied, and decoded when somebody asks.
//
// Must never live here: which messages are delivered, and what an acknowledgement leads to. That is the machine's.

import { NONE } from "./events.js";
import { Message } from "./message.js";
import { ACKNOWLEDGE, UNTAKEN as NOBODY_TOOK } from "./port.js";
import { AUTOMATIC, MANUAL, PROMISED, TAKEN, whenTaken } from "./reading.js";

/** @typedef {import("./events.js").Handlers} Handlers */
/**
 * @typedef {object} Reader one who takes messages beside the handlers
 * @property {(message: any, when: number) => Promise<number> | number | void} push
 * @property {(packetId: number) => void} acknowledged
 * @property {(sessionPresent: boolean) => void} reconnected
 * @property {() => void} freed
 */
/** @typedef {import("./message.js").Acknowledge} Acknowledge */
/** @typedef {import("./port.js").Port} Port */

// What `deliver` returns; as in `receiving.rs`.

/** Somebody is going to say when the message is acknowledged; or nobody needs to. */
const LATER = 0;
/** It can be acknowledged. */
const HANDLED = 1;
/** There was nobody to take it. */
const UNTAKEN = 2;

// The flags of a message, beside QoS, RETAIN (4) and DUP (8); as in `receiving.rs`.

/** Here, in two bits, stands when messages are acknowledged. */
const WHEN = 4;
/** There is something to acknowledge. */
const OWED = 64;

/** How many topics are known by their bytes at a time, and how long they may be: at most 64 KiB of memory. */
const TOPICS = 256;
const LONGEST = 256;

/** @type {({ hash: number, bytes: Uint8Array, text: string } | undefined)[]} each at the place its hash says */
const topics = new Array(TOPICS).fill(undefined);

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/**
 * The topic that lies there as text.
 * @param {Uint8Array} bytes
 * @param {number} start
 * @param {number} length
 */
const topicAt = (bytes, start, length) => {
  const end = start + length;
  let hash = 0;
  for (let at = start; at < end; at++) hash = (Math.imul(hash, 31) + bytes[at]) | 0;
  const place = hash & (TOPICS - 1);
  const known = topics[place];
  if (known !== undefined && known.hash === hash && isAt(known.bytes, bytes, start, length)) return known.text;
  const own = bytes.slice(start, end);
  const text = decoder.decode(own);
  if (length <= LONGEST) topics[place] = { hash, bytes: own, text };
  return text;
};

/**
 * Whether `known` is what lies there.
 * @param {Uint8Array} known
 * @param {Uint8Array} bytes
 * @param {number} start
 * @param {number} length
 */
const isAt = (known, bytes, start, length) => {
  if (known.length !== length) return false;
  for (let at = 0; at < length; at++) if (known[at] !== bytes[start + at]) return false;
  return true;
};

/** @type {(filter: string, topic: string) => boolean} the codec's rule */
let matches;

/** @param {typeof matches} rule */
export const matchBy = (rule) => void (matches = rule);

/** Where the messages of one client come in. */
export class Inbox {
  #handlers;
  #messageIn;
  /** @type {Acknowledge} */
  #acknowledge;
  #memory;
  #bytes = new Uint8Array();
  /** @type {ArrayBuffer | undefined} what the frame came in that is being looked at */
  #frame;
  /** @type {{ filter: string | undefined, reader: Reader }[]} replaced, never changed, so that a message on its way keeps its own */
  #listed = [];
  /**
   * Where answers come to. What comes there is not the application's to acknowledge, too late or twice as it may be: behind a
   * single message that nobody acknowledges, all others would wait `[MQTT-4.6.0-2]`.
   * @type {Set<string>}
   */
  #answers = new Set();

  /**
   * @param {Handlers} handlers
   * @param {number} messageIn the number of the event
   * @param {WebAssembly.Memory} memory
   * @param {Port} port
   */
  constructor(handlers, messageIn, memory, port) {
    this.#handlers = handlers;
    this.#messageIn = messageIn;
    this.#memory = memory;
    this.#acknowledge = (connection, packetId, number, isUntaken, verdict) =>
      port.tell(isUntaken ? NOBODY_TOOK : ACKNOWLEDGE, verdict, connection, packetId, number);
  }

  /** @param {ArrayBuffer | undefined} frame what the messages that follow came in */
  open(frame) {
    this.#frame = frame;
  }

  /**
   * From now on `reader` gets what matches `filter`.
   * @param {string | undefined} filter undefined: everything
   * @param {Reader} reader
   * @param {boolean} isForAnswers
   */
  attach(filter, reader, isForAnswers) {
    if (filter !== undefined && isForAnswers) this.#answers.add(filter);
    this.#listed = [...this.#listed, { filter, reader }];
  }

  /**
   * `reader` gets nothing any more.
   * @param {Reader} reader
   * @returns {boolean} whether there are others
   */
  detach(reader) {
    this.#listed = this.#listed.filter((listed) => listed.reader !== reader);
    return this.#listed.length > 0;
  }

  /** @param {number} packetId of a message that is acknowledged, whoever of those who got it has seen to that */
  acknowledged(packetId) {
    for (const { reader } of this.#listed) reader.acknowledged(packetId);
  }

  /** @param {boolean} sessionPresent on the new connection */
  reconnected(sessionPresent) {
    for (const { reader } of this.#listed) reader.reconnected(sessionPresent);
  }

  /** There is no client any more. */
  freed() {
    const listed = this.#listed;
    this.#listed = [];
    for (const { reader } of listed) reader.freed();
  }

  /** The module's memory; another one whenever it has grown. */
  get #here() {
    if (this.#bytes.length === 0) this.#bytes = new Uint8Array(this.#memory.buffer);
    return this.#bytes;
  }

  /**
   * A message came: handlers first, then readers. All places but that in the frame are in the module's memory.
   * @param {number} topic
   * @param {number} topicLength
   * @param {number} payload
   * @param {number} payloadLength
   * @param {number} place of the payload in the frame; -1: it does not lie there
   * @param {number} encoded properties
   * @param {number} encodedLength
   * @param {number} flags
   * @param {number} packetId 0: none
   * @param {number} connection with `number`, what it is acknowledged by
   * @param {number} number
   * @returns {number} what is to follow
   */
  deliver(topic, topicLength, payload, payloadLength, place, encoded, encodedLength, flags, packetId, connection, number) {
    const when = (flags >> WHEN) & 3;
    const owed = (flags & OWED) !== 0;
    const isAutomatic = when === AUTOMATIC;
    const text = topicAt(this.#here, topic, topicLength);
    const make = (/** @type {ArrayBuffer | undefined} */ frame) => {
      const bytes = this.#here;
      const isView = frame !== undefined && place >= 0 && place + payloadLength <= frame.byteLength;
      return new Message(
        text,
        isView ? new Uint8Array(frame, place, payloadLength) : bytes.slice(payload, payload + payloadLength),
        flags,
        packetId,
        encodedLength > 0 ? bytes.slice(encoded, encoded + encodedLength) : undefined,
        owed && !isAutomatic ? this.#acknowledge : undefined,
        connection,
        number,
      );
    };
    const listed = this.#listed;
    const readers = listed.length > 0 ? listed.filter(({ filter }) => filter === undefined || matches(filter, text)) : listed;
    const isHeard = this.#handlers.has(this.#messageIn);
    /** @type {readonly (Promise<number> | number)[]} */
    let outcomes = NONE;
    if (isHeard) {
      const isPromised = when === PROMISED;
      const promises = this.#handlers.emit(this.#messageIn, make(this.#frame), isPromised);
      if (isPromised) outcomes = promises;
    }
    if (readers.length > 0) {
      // Handlers that promise nothing have taken it all the same.
      if (isHeard && when === PROMISED) outcomes = [...outcomes, TAKEN];
      for (const { reader } of readers) {
        const outcome = reader.push(make(undefined), when);
        if (outcome !== undefined) outcomes = [...outcomes, outcome];
      }
    }
    if (!owed) return LATER;
    if (!isAutomatic) {
      if (this.#answers.has(text)) return HANDLED;
      if (!isHeard && readers.length === 0) return UNTAKEN;
    }
    const isManual = when === MANUAL;
    if (outcomes.length === 0) return isManual ? LATER : HANDLED;
    if (!isHeard || !isManual) whenTaken(outcomes, isManual, this.#acknowledge, connection, packetId, number);
    return LATER;
  }
}
