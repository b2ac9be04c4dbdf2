// Addresses: which ones a page can speak MQTT to, where a server may refer to, and what of them may be shown.
//
// Must never live here: when an attempt is made, and to which of several addresses; the machine decides that.

import { usage } from "./checks.js";
import { mqttError } from "./values.js";

/**
 * `url` without what may be a secret in it: for messages, which end up in logs.
 * @param {string} url
 */
export const shown = (url) => url.replace(/[?#][^]*/, "").replace(/:\/\/[^]*@/, "://");

/**
 * The scheme of `url` in small letters, if it is one of a WebSocket.
 * @param {string} url
 */
const schemeOf = (url) => /^(wss?):/i.exec(url)?.[1].toLowerCase();

/**
 * Throws if a page cannot speak MQTT to `url`.
 * @param {string} url
 */
export const checkUrl = (url) => {
  if (!schemeOf(url)) throw usage(`the url "${shown(url)}" is none a page can speak MQTT to: it must begin with ws:// or wss://`);
};

/**
 * Where the Server Reference that was given at `url` leads (MQTT 5 §4.11): a list separated by spaces, of which the first one counts.
 * @param {string} reference
 * @param {string} url
 * @param {boolean | ((reference: string, url: string) => unknown)} follow the option `followServerReference`
 * @returns {string}
 */
export const refer = (reference, url, follow) => {
  const refused = (/** @type {string} */ why) => mqttError("CONNECTION_REFUSED", `the server reference "${shown(reference)}" was not followed: ${why}`);
  if (typeof follow === "function") {
    let chosen;
    try {
      chosen = follow(reference, url);
    } catch (thrown) {
      const why = thrown instanceof Error ? thrown.message : typeof thrown === "string" ? thrown : "";
      throw refused(`followServerReference failed${why && `: ${why}`}`);
    }
    if (typeof chosen !== "string") throw refused("followServerReference returned no url");
    checkUrl(chosen);
    return chosen;
  }
  const [first] = reference.trim().split(/\s+/);
  if (!first) throw refused("it is empty");
  if (!first.includes("://")) {
    const [, scheme = "", path = ""] = /^(.*?):\/\/[^/?#]*([^]*)$/.exec(url) ?? [];
    return `${scheme}://${first}${path}`;
  }
  const to = schemeOf(first);
  if (!to) throw refused("a page can connect to ws:// and wss:// only");
  if (schemeOf(url) === "wss" && to === "ws") throw refused("it leads from wss:// to ws://");
  return first;
};
