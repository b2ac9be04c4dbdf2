// To-dos, handed to the session exactly once, whatever happens to the page meanwhile.
//
// Each is written down here first, as a note, and then published. When the session has stored it the note is marked as handed over.
// A page that finds a note without the mark asks the session: it may have got the to-do just before the last page died.

export const TOPIC = "examples/todo/items";

const NOTES = "examples/todo/";

/** @typedef {import("mqtt-mooring").MqttClient} MqttClient */
/** @typedef {{ id: string, text: string, at: number, handedOver: boolean, lost?: string }} Todo `lost`: with what certainty */

/** @param {Todo} todo */
const note = (todo) => localStorage.setItem(NOTES + todo.id, JSON.stringify(todo));

/** All that were ever written, in order. @returns {Todo[]} */
export const todos = () =>
  Object.entries(localStorage)
    .filter(([name]) => name.startsWith(NOTES))
    .map(([, json]) => JSON.parse(json))
    .sort((one, other) => one.at - other.at);

/**
 * Throws where there is no room even for the note. Resolves when the session has the to-do; needs no connection. If it is rejected the note
 * stays, and the next page tries again.
 * @param {MqttClient} client
 * @param {string} text
 */
export const write = (client, text) => {
  const todo = { id: crypto.randomUUID(), text, at: Date.now(), handedOver: false };
  note(todo);
  return handOver(client, todo);
};

/**
 * Sees to what the last page left. Resolves when this page has the session, and to-dos may be written: before that the notes are
 * another tab's to look after.
 * @param {MqttClient} client
 */
export const takeUp = async (client) => {
  const held = new Set((await client.pending()).map(({ key }) => key));
  for (const todo of todos().filter(({ handedOver }) => !handedOver)) {
    if (held.has(todo.id)) note({ ...todo, handedOver: true });
    else await handOver(client, todo);
  }
};

/**
 * The session has given it up: that is kept, too, for nobody else will ever say so again.
 * @param {string | undefined} key
 * @param {string} certainty
 */
export const markLost = (key, certainty) => {
  const lost = todos().find(({ id }) => id === key);
  if (lost) note({ ...lost, handedOver: true, lost: certainty });
};

/**
 * @param {MqttClient} client
 * @param {Todo} todo
 */
const handOver = async (client, todo) => {
  const { id, text } = todo;
  const publication = client.publish(TOPIC, JSON.stringify({ id, text }), { qos: 2, key: id });
  publication.catch(() => {}); // How it ends is told by messageOut and messageLost, to whichever page is there then.
  await publication.stored;
  note({ ...todo, handedOver: true });
};
