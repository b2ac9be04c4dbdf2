// @ts-check
// A scenario as the hash of an address, "#scenario?script=cut-after-pubrec&messages=5&run", and back. Reading is strict:
// each thing that is wrong is a sentence, and then nothing of the link is taken. No DOM in here.

/**
 * @typedef {object} Scenario what a link may say; what it does not say stays as the page has it
 * @property {string} [script] the id of a fault script
 * @property {number} [messages] how many messages the script publishes
 * @property {boolean} [run] the script is run when the link is opened
 * @property {"3.1.1" | "5"} [version]
 * @property {"durable" | "by-hand"} [keeping]
 * @property {boolean} [reconnect]
 * @property {boolean} [clean]
 * @property {"before" | "ask"} [restore]
 * @property {string} [server] another server than the Lab's own
 * @property {string} [topic] "{client}" stands for the client id of whoever opens it
 * @property {string} [payload]
 * @property {"0" | "1" | "2"} [qos]
 * @property {boolean} [retain]
 * @property {number} [many] how many numbered messages the publish form sends
 * @property {string} [filter] "{client}" as in `topic`
 * @property {"0" | "1" | "2"} [filterQos]
 */

/** How the hash of a scenario begins; other hashes are places on the page. */
const NAME = "scenario";
/** A link is for chats and issues, which cut long ones. */
export const LONGEST = 2000;
/** How many wrong things are told at once. */
const TOLD = 3;

/** A link that cannot be opened, in words. */
export class BadLink extends Error {}

/**
 * @template {string} T
 * @param {T[]} values
 */
const oneOf = (...values) => ({ test: (/** @type {string} */ text) => values.some((value) => value === text), words: values.join(" or ") });
const yesOrNo = { ...oneOf("yes", "no"), read: (/** @type {string} */ text) => text === "yes" };
/** @param {number} most */
const count = (most) => ({
  test: (/** @type {string} */ text) => /^[1-9]\d*$/.test(text) && Number(text) <= most,
  words: `a whole number from 1 to ${most}`,
  read: Number,
});
const someText = { test: (/** @type {string} */ text) => text !== "", words: "some text" };

/** @param {string} text */
const isServer = (text) => {
  try {
    const { protocol, username, password, hash } = new URL(text);
    return /^wss?:$/.test(protocol) && username + password + hash === "";
  } catch {
    return false;
  }
};

/** @typedef {{ test: (text: string) => boolean, words: string, read?: (text: string) => unknown }} Field */

/** @param {string[]} scripts @returns {Record<string, Field>} */
const fieldsWith = (scripts) => ({
  script: oneOf(...scripts),
  messages: count(100),
  run: { test: (text) => text === "", words: "alone, without a value", read: () => true },
  version: oneOf("3.1.1", "5"),
  keeping: oneOf("durable", "by-hand"),
  reconnect: yesOrNo,
  clean: yesOrNo,
  restore: oneOf("before", "ask"),
  server: { test: isServer, words: "a ws:// or wss:// address without user name and password" },
  topic: someText,
  payload: { test: () => true, words: "" },
  qos: oneOf("0", "1", "2"),
  retain: yesOrNo,
  many: count(1000),
  filter: someText,
  filterQos: oneOf("0", "1", "2"),
});

/** @param {string} hash as `location.hash` has it */
export const isScenario = (hash) => hash === `#${NAME}` || hash.startsWith(`#${NAME}?`);

/**
 * Throws a BadLink.
 * @param {string} hash
 * @param {string[]} scripts the ids there are
 * @returns {Scenario}
 */
export const readLink = (hash, scripts) => {
  if (hash.length > 2 * LONGEST) throw new BadLink(`This link is too long: ${hash.length} characters, of at most ${2 * LONGEST}.`);
  const fields = fieldsWith(scripts);
  /** @type {Record<string, unknown>} */
  const scenario = {};
  /** @type {string[]} */
  const wrong = [];
  for (const [name, text] of new URLSearchParams(hash.slice(NAME.length + 2))) {
    const field = Object.hasOwn(fields, name) ? fields[name] : undefined;
    if (!field) wrong.push(`there is no option "${name.slice(0, 40)}"`);
    else if (name in scenario) wrong.push(`"${name}" is there twice`);
    else if (!field.test(text)) wrong.push(`"${name}" must be ${field.words}, not "${text.slice(0, 60)}"`);
    else scenario[name] = field.read ? field.read(text) : text;
  }
  if (scenario.run && !("script" in scenario) && wrong.length === 0) wrong.push('"run" needs a "script"');
  if ("messages" in scenario && !("script" in scenario) && wrong.length === 0) wrong.push('"messages" needs a "script"');
  if ("server" in scenario && "script" in scenario) wrong.push('a script runs with the broker of npm start: "server" cannot be said, too');
  if (Object.keys(scenario).length === 0 && wrong.length === 0) wrong.push("it says nothing");
  if (wrong.length > 0) {
    const more = wrong.length > TOLD ? `; and ${wrong.length - TOLD} more` : "";
    throw new BadLink(`This link was not opened, and nothing was changed: ${wrong.slice(0, TOLD).join("; ")}${more}.`);
  }
  return scenario;
};

/**
 * The hash of a scenario. Throws a BadLink where it would be too long.
 * @param {Scenario} scenario
 */
export const writeLink = (scenario) => {
  const parts = Object.entries(scenario).flatMap(([name, value]) => {
    if (value === undefined || (name === "run" && !value)) return [];
    if (name === "run") return ["run"];
    const text = typeof value === "boolean" ? (value ? "yes" : "no") : String(value);
    return [`${name}=${encodeURIComponent(text).replaceAll("%2F", "/").replaceAll("%20", "+")}`];
  });
  const hash = `#${NAME}?${parts.join("&")}`;
  if (hash.length > LONGEST) throw new BadLink(`This is too long for a link (${hash.length} characters, of at most ${LONGEST}): shorten the payload.`);
  return hash;
};
