// @ts-check
// The grammar of lines, the same for what is asked and what is told (docs/peer.md), and the same as in
// examples/peer/words.rs: words with spaces between them, each bare or a JSON string; `name=value` is one word, whose value
// may be such a string.

/**
 * @typedef {object} Word
 * @property {string} text what it says
 * @property {boolean} quoted it was a JSON string as a whole, so that it means nothing but itself
 */

const JSON_STRING = /"(?:[^"\\]|\\.)*"/y;
const BLANK = /[ \t\r\n]*/y;
const NEEDS_QUOTES = /^$|^hex:|[\u0000-\u0020"\u007f-\u00a0]/;

/**
 * Takes a line apart; throws what is wrong with it.
 * @param {string} line
 * @returns {Word[]}
 */
export const split = (line) => {
  const words = [];
  let at = skip(BLANK, line, 0);
  while (at < line.length) {
    const quoted = line[at] === '"';
    let text = "";
    while (at < line.length && !/[ \t\r\n]/.test(line[at])) {
      if (line[at] !== '"' || (text !== "" && !text.endsWith("="))) {
        text += line[at];
        at += 1;
        continue;
      }
      const end = skip(JSON_STRING, line, at);
      if (end === at) throw new Error("a quote is never closed");
      text += unquoted(line.slice(at, end));
      at = end;
      if (at < line.length && !/[ \t\r\n]/.test(line[at])) {
        throw new Error(`after a closing quote comes a space, not: ${line.slice(at)}`);
      }
    }
    words.push({ text, quoted });
    at = skip(BLANK, line, at);
  }
  return words;
};

/**
 * Where `pattern` ends that stands at `at`; `at` where it does not stand there.
 * @param {RegExp} pattern
 * @param {string} text
 * @param {number} at
 */
const skip = (pattern, text, at) => {
  pattern.lastIndex = at;
  return at + (pattern.exec(text)?.[0].length ?? 0);
};

/** @param {string} json */
const unquoted = (json) => {
  try {
    return String(JSON.parse(json));
  } catch {
    throw new Error(`${json} is no JSON string`);
  }
};

/**
 * A text as a word: bare where it can be, else a JSON string.
 * @param {string} text
 */
export const word = (text) => (NEEDS_QUOTES.test(text) ? JSON.stringify(text) : text);

/**
 * Bytes as a word: text where they are UTF-8, else `hex:` and their digits.
 * @param {Uint8Array} bytes
 */
export const bytesWord = (bytes) => {
  try {
    return word(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes));
  } catch {
    return `hex:${Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("")}`;
  }
};

/**
 * What a word says as bytes: its text as UTF-8, or the digits behind a bare `hex:`.
 * @param {Word} given
 * @returns {Uint8Array}
 */
export const bytes = ({ text, quoted }) => {
  if (quoted || !text.startsWith("hex:")) return new TextEncoder().encode(text);
  const digits = text.slice(4);
  if (!/^(?:[0-9a-f]{2})*$/i.test(digits)) throw new Error(`"${digits}" are no hexadecimal digits, two for each byte`);
  return Uint8Array.from(digits.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
};

/**
 * A line of a kind with its `name=value` words; what is undefined is left out.
 * @param {string} kind
 * @param {[name: string, value: string | number | boolean | undefined][]} fields values are words already
 */
export const line = (kind, fields) => {
  const given = fields.filter(([, value]) => value !== undefined);
  return [kind, ...given.map(([name, value]) => `${name}=${value}`)].join(" ");
};

/** @param {number} value */
export const hexByte = (value) => `0x${value.toString(16).padStart(2, "0")}`;
