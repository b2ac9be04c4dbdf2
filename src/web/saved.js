// Long strings into the module's memory.

const encoder = new TextEncoder();

/**
 * @param {string} text
 * @param {Uint8Array} place as many bytes as `text` has characters
 * @returns {boolean} whether they were enough, and so all characters ASCII
 */
export const writeAscii = (text, place) => encoder.encodeInto(text, place).read === text.length;
