// SCRAM-SHA-256 (RFC 5802, RFC 7677) for the client's `authenticate`: the server learns that the page knows the password without
// being sent it, and the page that the server knows it, too. Needs WebCrypto, which a page has on https:// and on localhost.
//
//   const client = new MqttClient({ url, authenticate: scramSha256({ username: "alice", password: "secret" }) });
//   await client.connect();
//   await client.reauthenticate();                                    // at any time, on the same connection
//
// Without channel binding, and with NFKC in place of all of SASLprep (RFC 4013): the same for every string without control
// characters, unassigned code points or text that mixes writing directions.

const METHOD = "SCRAM-SHA-256";
/** RFC 7677 §4 asks for at least so many iterations; a server that asks for fewer helps whoever listens. */
const FEWEST_ITERATIONS = 4096;
/** With more than this a server could keep the page busy for minutes. */
const MOST_ITERATIONS = 10_000_000;
/** The header of a message without channel binding, and the same in base64, as RFC 5802 §7 wants it repeated. */
const GS2_HEADER = "n,,";
const GS2_HEADER_BASE64 = btoa(GS2_HEADER);

/** @param {string} text */
const bytesOf = (text) => new TextEncoder().encode(text);
/** @param {ArrayBuffer} buffer */
const toBase64 = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer)));
/** @param {string} base64 */
const fromBase64 = (base64) => Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));

const randomNonce = () => toBase64(crypto.getRandomValues(new Uint8Array(24)).buffer);

/** @param {Uint8Array<ArrayBuffer> | ArrayBuffer} key */
const hmacKey = (key) => crypto.subtle.importKey("raw", key, { name: "HMAC", hash: "SHA-256" }, false, ["sign", "verify"]);

/**
 * @param {Uint8Array<ArrayBuffer> | ArrayBuffer} key
 * @param {string} text
 */
const hmac = async (key, text) => crypto.subtle.sign("HMAC", await hmacKey(key), bytesOf(text));

/**
 * @param {string} password
 * @param {Uint8Array<ArrayBuffer>} salt
 * @param {number} iterations
 */
const saltedPassword = async (password, salt, iterations) => {
  const key = await crypto.subtle.importKey("raw", bytesOf(password.normalize("NFKC")), "PBKDF2", false, ["deriveBits"]);
  return crypto.subtle.deriveBits({ name: "PBKDF2", hash: "SHA-256", salt, iterations }, key, 256);
};

/**
 * The attributes of a server's message: "r=…,s=…,i=…".
 * @param {string} message
 * @returns {Record<string, string | undefined>}
 */
const attributesOf = (message) => Object.fromEntries(message.split(",").map((part) => [part.slice(0, 1), part.slice(2)]));

/**
 * What is sent and checked in one authentication.
 * @param {string} username
 * @param {string} password
 * @param {string} nonce
 */
const openExchange = (username, password, nonce) => {
  const name = username.normalize("NFKC").replaceAll("=", "=3D").replaceAll(",", "=2C");
  const firstBare = `n=${name},r=${nonce}`;
  /** Checks the server's signature; absent until the server has sent its challenge. @type {((signature: string) => Promise<boolean>) | undefined} */
  let isServers;
  let isVerified = false;

  return {
    first: GS2_HEADER + firstBare,

    /** @param {string} challenge the server's first message */
    answer: async (challenge) => {
      const { r: bothNonces = "", s: salt = "", i = "", m: extension } = attributesOf(challenge);
      const iterations = Number(i);
      if (extension !== undefined) throw new Error(`${METHOD}: the server demands an extension this client does not know`);
      if (!bothNonces.startsWith(nonce) || bothNonces === nonce) throw new Error(`${METHOD}: the server did not add to this client's nonce`);
      if (!Number.isInteger(iterations) || iterations < FEWEST_ITERATIONS || iterations > MOST_ITERATIONS) {
        throw new Error(`${METHOD}: the server asks for ${i || "no"} iterations; ${FEWEST_ITERATIONS} to ${MOST_ITERATIONS} are accepted`);
      }
      const salted = await saltedPassword(password, fromBase64(salt), iterations);
      const clientKey = await hmac(salted, "Client Key");
      const storedKey = await crypto.subtle.digest("SHA-256", clientKey);
      const finalBare = `c=${GS2_HEADER_BASE64},r=${bothNonces}`;
      const whole = `${firstBare},${challenge},${finalBare}`;
      const signature = new Uint8Array(await hmac(storedKey, whole));
      const proof = new Uint8Array(clientKey).map((byte, index) => byte ^ signature[index]);
      const serverKey = await hmac(salted, "Server Key");
      isServers = async (verifier) => crypto.subtle.verify("HMAC", await hmacKey(serverKey), fromBase64(verifier), bytesOf(whole));
      return `${finalBare},p=${toBase64(proof.buffer)}`;
    },

    /** @param {string} message the server's last one; empty where it has been verified before */
    verify: async (message) => {
      const { v: verifier, e: error } = attributesOf(message);
      if (error !== undefined) throw new Error(`${METHOD}: the server says ${error}`);
      if (verifier === undefined && isVerified) return;
      if (!isServers || verifier === undefined) throw new Error(`${METHOD}: the server did not show that it knows the password`);
      if (!(await isServers(verifier))) throw new Error(`${METHOD}: the server's signature is wrong: it does not know the password`);
      isVerified = true;
    },

    /** The server has sent its challenge, and what comes next is its last message. */
    get isAnswered() {
      return isServers !== undefined;
    },
  };
};

/**
 * The `authenticate` option for a user name and a password. It may be used for any number of connections, one after the other.
 * @param {{ username: string, password: string, nonce?: () => string }} credentials `nonce`: for tests; printable, without comma
 */
export const scramSha256 = ({ username, password, nonce = randomNonce }) => {
  /** @type {ReturnType<typeof openExchange> | undefined} of the authentication at hand */
  let exchange;
  return {
    method: METHOD,

    /**
     * @param {"start" | "continue" | "done"} stage
     * @param {Uint8Array} data the server's
     * @returns {Promise<string | undefined>} ours
     */
    async step(stage, data) {
      if (stage === "start") {
        exchange = openExchange(username, password, nonce());
        return exchange.first;
      }
      if (!exchange) throw new Error(`${METHOD}: the server went on with an authentication that was not begun`);
      const message = new TextDecoder().decode(data);
      if (stage === "continue" && !exchange.isAnswered) return exchange.answer(message);
      // Most servers send their signature with the last step; some before it, and wait for an empty answer.
      await exchange.verify(message);
      return undefined;
    },
  };
};
