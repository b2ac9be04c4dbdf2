// @ts-check
// Opening a durable session: taking it over from storage, with what an earlier page left in it, if no other page has it.
import { codeOf, emit } from "./bus.js";
import { belongTo, ofSession } from "./keep.js";

/** @typedef {import("../src/web/types.d.ts").MqttClient} MqttClient */

/** What a page needs to know of a session beside its client id to go on with it. */
export const ORIGIN = "lab.origin";
/** @typedef {{ url: string, protocolVersion: "3.1.1" | "5" }} Origin */

/** @type {WeakMap<MqttClient, Promise<void>>} settled well: open; none: closed */
const openings = new WeakMap();

/** @param {MqttClient} client @param {string} clientId */
const takeOver = async (client, clientId) => {
  const left = await client.pending();
  belongTo({ kind: "session", clientId });
  ofSession.write(ORIGIN, { url: client.url, protocolVersion: client.protocolVersion });
  emit("opened", { clientId, left });
};

/**
 * Resolves when the session is this page's. While another page has it: rejects with SESSION_IN_USE, or waits.
 * @param {MqttClient} client
 * @param {string} clientId
 * @param {"fail" | "wait"} sessionInUse
 * @returns {Promise<void>}
 */
export const open = (client, clientId, sessionInUse) => {
  const underWay = openings.get(client);
  if (underWay) return underWay;
  client.sessionInUse = sessionInUse;
  const waits = sessionInUse === "wait";
  if (waits) emit("waiting", { waiting: true });
  const opening = takeOver(client, clientId)
    .catch((error) => {
      openings.delete(client);
      if (codeOf(error) === "SESSION_IN_USE") emit("inUse", { clientId, message: error.message });
      throw error;
    })
    .finally(() => waits && emit("waiting", { waiting: false }));
  openings.set(client, opening);
  return opening;
};
