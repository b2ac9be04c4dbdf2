// @ts-check
// A session as a file: the string of `exportSession()` or `saveSession()`, with what a page has to know to go on with it.
// Whether the string itself is whole is the client's to say. No DOM in here.

/**
 * @typedef {object} SessionFile
 * @property {string} text the session
 * @property {string} [clientId] whose it is; a file that is the mere string does not say
 * @property {"3.1.1" | "5"} [protocolVersion]
 * @property {string} [server]
 * @property {number} [savedAt] milliseconds since 1970
 */

const FORMAT = "mqtt-mooring session file";
const VERSION = 1;
/** How the string begins, whichever format it has. */
const STRING = /^mooring\d+:/;
/** In bytes: more than any storage of a browser that a session comes from. */
export const LARGEST = 64 * 2 ** 20;

/** @param {string} words */
const bad = (words) => new Error(`This is not a session file: ${words}.`);

/** @param {Required<SessionFile>} file */
export const writeSessionFile = ({ text, clientId, protocolVersion, server, savedAt }) =>
  `${JSON.stringify(
    { format: FORMAT, version: VERSION, clientId, protocolVersion, server: withoutSecrets(server), savedAt: new Date(savedAt).toISOString(), session: text },
    null,
    2,
  )}\n`;

/** A file goes to others: what may be a secret in an address does not. @param {string} server */
const withoutSecrets = (server) => {
  try {
    const { protocol, host, pathname } = new URL(server);
    return `${protocol}//${host}${pathname}`;
  } catch {
    return "";
  }
};

/** What it may be called on disk. @param {string} clientId @param {number} at */
export const fileName = (clientId, at) =>
  `session-${clientId.replaceAll(/[^\w.-]+/g, "-") || "unnamed"}-${new Date(at).toISOString().slice(0, 19).replaceAll(/[:T]/g, "-")}.json`;

/**
 * Throws an error that says what is wrong with the file.
 * @param {string} content
 * @returns {SessionFile}
 */
export const readSessionFile = (content) => {
  const trimmed = content.trim();
  if (trimmed === "") throw bad("it is empty");
  if (STRING.test(trimmed)) return { text: trimmed };
  const value = parsed(trimmed);
  if (value.format !== FORMAT) throw bad(`its "format" is not "${FORMAT}"`);
  if (typeof value.version !== "number") throw bad('its "version" is no number');
  if (value.version > VERSION) {
    throw new Error(`This session file has version ${value.version}, and this page reads up to ${VERSION}: update mqtt-mooring.`);
  }
  const { session, clientId, protocolVersion, server, savedAt } = value;
  if (typeof session !== "string" || !STRING.test(session)) throw bad('its "session" is no saved session');
  if (typeof clientId !== "string") throw bad('its "clientId" is no text');
  if (protocolVersion !== "3.1.1" && protocolVersion !== "5") throw bad('its "protocolVersion" is neither "3.1.1" nor "5"');
  const at = typeof savedAt === "string" ? Date.parse(savedAt) : Number.NaN;
  if (Number.isNaN(at)) throw bad('its "savedAt" is no time');
  return { text: session, clientId, protocolVersion, savedAt: at, ...(isServer(server) ? { server } : {}) };
};

/** @param {string} text @returns {Record<string, unknown>} */
const parsed = (text) => {
  /** @type {unknown} */
  let value;
  try {
    value = JSON.parse(text);
  } catch {
    throw bad(text.startsWith("{") ? "it is truncated or was changed on its way" : 'it is neither JSON nor begins with "mooring"');
  }
  if (value === null || typeof value !== "object" || Array.isArray(value)) throw bad("it is JSON of another kind");
  return /** @type {Record<string, unknown>} */ (value);
};

/** @param {unknown} server @returns {server is string} */
const isServer = (server) => typeof server === "string" && /^wss?:\/\//.test(server) && URL.canParse(server);
