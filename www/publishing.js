// @ts-check
// Publishing: one message, or a run of numbered ones whose payload begins with its number, so that they can be counted
// at any far end.
import { keyFor, lastNumber } from "./account.js";
import { codeOf, emit, on } from "./bus.js";
import { required } from "./connection.js";
import { byId, input } from "./dom.js";
import { onClick, onSubmit } from "./notices.js";

/** @typedef {import("../src/web/types.d.ts").QoS} QoS */

/** @type {Set<number>} packet ids of publishes whose promise has just been kept */
const ownDone = new Set();

/**
 * Settles as the client's `publish` does. A numbered message is published under its topic and number, so that whichever
 * page learns its outcome knows what it is of.
 * @param {string} topic
 * @param {string} payload
 * @param {QoS} qos
 * @param {boolean} [retain]
 */
export const publish = async (topic, payload, qos, retain = false) => {
  const message = { topic, payload, qos };
  const done = required().publish(topic, payload, { qos, retain, key: keyFor(topic, payload) });
  emit("published", message);
  try {
    const result = await done;
    if (result.packetId !== undefined) ownDone.add(result.packetId);
    emit("publishDone", message);
    return result;
  } catch (error) {
    emit("publishFailed", { topic, payload, code: codeOf(error) ?? "failed" });
    throw error;
  }
};

/**
 * Numbered messages, going on from the last number of this topic. Settles when all have; one failure stands for all.
 * @param {number} count
 * @param {{ topic: string, qos: QoS, text?: string, retain?: boolean }} message
 */
export const publishNumbered = async (count, { topic, qos, text = "", retain }) => {
  const first = lastNumber(topic) + 1;
  const payloads = Array.from({ length: count }, (_, index) => `${first + index} ${text}`.trimEnd());
  const results = await Promise.allSettled(payloads.map((payload) => publish(topic, payload, qos, retain)));
  for (const result of results) if (result.status === "rejected") throw result.reason;
};

const entered = () => ({
  topic: input("topic").value,
  text: byId("payload", HTMLTextAreaElement).value,
  qos: /** @type {QoS} */ (Number(byId("qos", HTMLSelectElement).value)),
  retain: input("retain").checked,
});

export const startPublishing = () => {
  // A message that came with a restored session has no promise on this page: its end is known from this event alone.
  on("messageOut", ({ topic, packetId, qos, key }) => {
    setTimeout(() => {
      if (!ownDone.delete(packetId)) emit("restoredDone", { topic, packetId, qos, key });
    });
  });
  onSubmit("publish-form", () => {
    const { topic, text, qos, retain } = entered();
    return publish(topic, text, qos, retain);
  });
  onClick("publish-many", () => {
    if (!byId("publish-form", HTMLFormElement).reportValidity()) return undefined;
    return publishNumbered(input("many").valueAsNumber, entered());
  });
};
