// Submits numbered messages through a durable MqttClient exactly once each, however often the page is reloaded or killed.
//
// The page keeps one counter in localStorage: every number up to it is in the session's storage, or was and is done with.
//
// - `stored` resolves in the very task in which the client wrote the message to storage, before anything of it is sent. The
//   counter is written there and then. So it never counts a message that is not stored; and no answer of the server's, which can
//   only come in a later task, removes a message that is not counted.
// - A page killed between the two leaves a message that is stored and not counted. `pending()` lists it, by its key. The next page
//   counts it before it connects: once connected, the message may be finished and gone at any time.
//
// Hence a number is submitted already if, and only if, the counter has passed it or `pending()` has it.
const COUNTER = "ordeal/submitted";

/**
 * @param {any} client an MqttClient with `durable: true`, not connected yet
 * @param {{ topic: string, qos: 1 | 2 }} how
 */
export const openSubmissions = async (client, { topic, qos }) => {
  const inherited = await client.pending();
  /** @type {Set<number>} */
  const stored = new Set(inherited.map((/** @type {{ key: string }} */ { key }) => Number(key)));
  let next = Number(localStorage.getItem(COUNTER) ?? 0) + 1;
  while (stored.has(next)) next += 1;
  localStorage.setItem(COUNTER, String(next - 1));

  return {
    inherited,
    get next() {
      return next;
    },
    /** @param {(number: number) => string} payload */
    submit: (payload) => {
      const number = next;
      next += 1;
      const publication = client.publish(topic, payload(number), { qos, key: String(number) });
      publication.stored.then(() => localStorage.setItem(COUNTER, String(number)));
      return publication;
    },
  };
};

/**
 * The same for a client that is not durable, on a page that lives as long as the run.
 * @param {any} client
 * @param {{ topic: string, qos: 1 | 2 }} how
 */
export const openVolatileSubmissions = (client, { topic, qos }) => {
  let next = 1;
  return {
    inherited: [],
    get next() {
      return next;
    },
    /** @param {(number: number) => string} payload */
    submit: (payload) => {
      next += 1;
      return client.publish(topic, payload(next - 1), { qos });
    },
  };
};
