// Request and response (MQTT 5 §4.10): a question with a response topic, and the answer told by its correlation data.

import { aborted, after, onAbort } from "./cancelling.js";
import { FOREVER, usage } from "./checks.js";
import { define, read } from "./extending.js";
import { random } from "./platform.js";
import { answersTo, attach, detach, isSubscribed } from "./readers.js";
import { mqttError } from "./values.js";

/** @typedef {import("./types.d.ts").Message} Message */
/** @typedef {import("./types.d.ts").MqttClient} MqttClient */
/** @typedef {{ resolve(message: Message): void, reject(error: unknown): void }} Question */

/**
 * The questions of one client whose answers come to one topic. It listens while there are any. That what comes to the topic is
 * acknowledged, also later, is seen to where it comes in.
 */
class Desk {
  /** @type {Map<string, Question>} by correlation data */
  questions = new Map();
  /** @type {Promise<import("./types.d.ts").SubscribeResult[]> | undefined} */
  #subscribing;

  /** @param {Message} message */
  push(message) {
    const { correlationData } = message.properties;
    if (correlationData) this.questions.get(String(correlationData))?.resolve(message);
  }

  acknowledged() {}

  reconnected() {}

  freed() {
    for (const { reject } of this.questions.values()) reject(mqttError("DISCONNECTED", "the client was freed"));
  }

  /**
   * Resolves when the server has granted the subscription to the response topic. How long that may take is for those to say who
   * wait for an answer.
   * @param {MqttClient} client
   * @param {string} topic
   */
  async subscribe(client, topic) {
    this.#subscribing ??= client.subscribe(topic, { qos: 1, timeout: FOREVER }).finally(() => (this.#subscribing = undefined));
    const [{ filter, ...said }] = await this.#subscribing;
    if (said.reasonCode < 0x80) return;
    throw mqttError("SUBSCRIPTION_REFUSED", `request(): the server refused the subscription to the response topic "${filter}": ${said.reason}`, said);
  }
}

/** @type {WeakMap<MqttClient, Map<string, Desk>>} by response topic */
const desks = new WeakMap();

/**
 * @param {MqttClient} client
 * @param {string} topic
 * @param {import("./types.d.ts").Bytes} payload nobody else's: it may have to wait for the subscription
 * @param {import("./types.d.ts").RequestOptions} options
 * @returns {Promise<Message>}
 */
const request = async (client, topic, payload, options) => {
  const { responseTopic = ownTopic(client), timeout = client.timeout, signal, ...rest } = options;
  if (typeof timeout !== "number" || !(timeout >= 0)) throw usage("timeout must be a number of seconds, 0 or more");
  if ("correlationData" in rest) throw usage("request() makes its own correlationData: leave it out");
  if (typeof responseTopic !== "string" || /[+#]/.test(responseTopic)) {
    throw mqttError("INVALID_TOPIC", `"${responseTopic}" is no topic that can be answered to: give a responseTopic without wildcards`);
  }
  const known = desks.get(client) ?? new Map();
  desks.set(client, known);
  const desk = known.get(responseTopic) ?? new Desk();
  const correlationData = new Uint8Array(Uint32Array.from({ length: 4 }, random).buffer);
  const key = String(correlationData);
  const patience = Math.min(timeout, FOREVER) * 1000;
  const until = Date.now() + patience;
  let stop = () => {};
  try {
    return await new Promise((resolve, reject) => {
      const late = () => reject(mqttError("TIMEOUT", `request(): no answer to "${topic}" within ${timeout} s: does anyone answer there?`));
      const stopWaiting = after(patience, late);
      const stopListening = signal && onAbort(signal, () => reject(aborted(signal, `the request to "${topic}" was aborted: it may be answered all the same`)));
      stop = () => {
        stopWaiting();
        stopListening?.();
      };
      if (signal?.aborted) return;
      if (desk.questions.size === 0) attach(client, responseTopic, desk, true);
      known.set(responseTopic, desk);
      desk.questions.set(key, { resolve, reject });
      const ask = async () => {
        if (!isSubscribed(client, responseTopic)) await desk.subscribe(client, responseTopic);
        if (!desk.questions.has(key)) return;
        const left = Math.max(0, until - Date.now()) / 1000;
        await client.publish(topic, payload, { qos: 1, ...rest, responseTopic, correlationData, signal, timeout: left });
      };
      ask().catch(reject);
    });
  } finally {
    stop();
    desk.questions.delete(key);
    if (desk.questions.size === 0) detach(client, desk);
  }
};

/**
 * @param {MqttClient} client
 */
const ownTopic = (client) => {
  const topic = answersTo(client);
  if (topic) return topic;
  throw usage("request(): there is no client identifier yet to name the response topic by: await connect(), or give responseTopic");
};

/**
 * What is no payload is left as it is, for others to complain of.
 * @param {any} payload
 */
const copied = (payload) => {
  try {
    return payload instanceof Uint8Array || payload instanceof ArrayBuffer ? payload.slice() : payload;
  } catch {
    return payload;
  }
};

/**
 * Adds `request()` to the class.
 * @param {any} prototype
 */
export const addRequests = (prototype) => {
  define(prototype, "request", /** @this {MqttClient} */ async function (topic, payload, options) {
    return request(this, topic, copied(payload), read("request()", options));
  });
};
