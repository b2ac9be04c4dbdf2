// One run of the matrix: each broker is started, put through all features in both versions, and stopped, one broker after the other.
import { launchBrowser } from "../../tests/support/browser.mjs";
import { servePage } from "../../tests/support/page-server.mjs";
import { at } from "../lib/paths.mjs";
import { BROKERS } from "./brokers.mjs";
import { openBench } from "./bench.mjs";
import { allFeatures, runFeatures } from "./matrix.mjs";
import { packetLines } from "./verdict.mjs";

/** @typedef {import("../broker.mjs").Version} Version */
/** @typedef {import("./matrix.mjs").Result} Result */

/**
 * @typedef {object} Column a broker in one version
 * @property {string} key
 * @property {string} name with its version
 * @property {Version} version
 * @property {{ note: string, packets: string[] } | null} unspoken how it says that it does not speak this version
 * @property {Result[]} results
 */

/** @type {Version[]} */
export const VERSIONS = ["3.1.1", "5"];
/** Return code and reason code of a CONNACK for a version that is not spoken. */
const UNACCEPTABLE = [0x01, 0x84];

/**
 * @param {{ keys: string[], only?: (name: string) => boolean, versions?: Version[] }} what
 * @param {(line: string) => void} say
 */
export const runMatrix = async ({ keys, only = () => true, versions = VERSIONS }, say) => {
  const features = allFeatures().filter(({ name }) => only(name));
  const [browser, server] = await Promise.all([launchBrowser(), servePage({ scripts: at() })]);
  try {
    /** @type {Column[]} */
    const columns = [];
    for (const key of keys) columns.push(...(await runBroker({ key, features, versions, browser, serverUrl: server.url, say })));
    return { columns, browser: `Chromium ${browser.context.browser()?.version()}` };
  } finally {
    await Promise.allSettled([browser.close(), server.stop()]);
  }
};

/**
 * @param {object} what
 * @param {string} what.key
 * @param {import("./matrix.mjs").Feature[]} what.features
 * @param {Version[]} what.versions
 * @param {Awaited<ReturnType<typeof launchBrowser>>} what.browser
 * @param {string} what.serverUrl
 * @param {(line: string) => void} what.say
 */
const runBroker = async ({ key, features, versions, browser, serverUrl, say }) => {
  const broker = BROKERS[key];
  /** @type {import("./brokers.mjs").Instance[]} */
  const started = [];
  /** @param {(() => Promise<import("./brokers.mjs").Instance>) | undefined} start */
  const begin = async (start) => {
    const instance = start ? await start() : null;
    if (instance) started.push(instance);
    return instance;
  };
  try {
    const ordinary = /** @type {import("./brokers.mjs").Instance} */ (await begin(broker.start));
    const instances = { ordinary, limited: await begin(broker.limited), secured: await begin(broker.secured), enhanced: await begin(broker.enhanced) };
    /** @type {Column[]} */
    const columns = [];
    for (const version of versions) {
      say(`\n━━ ${ordinary.name}, MQTT ${version}`);
      const where = { broker, instances, version, context: browser.context, serverUrl };
      const unspoken = await notSpoken(where, ordinary.url);
      if (unspoken) say(`  – ${unspoken.note}`);
      const tell = (/** @type {Result} */ { status, feature, note, ms }) => say(`  ${SIGNS[status]} ${feature}${note ? `: ${note}` : ""} (${(ms / 1000).toFixed(1)} s)`);
      const results = unspoken ? [] : await runFeatures({ ...where, features, tell });
      columns.push({ key, name: ordinary.name, version, unspoken, results });
    }
    return columns;
  } finally {
    for (const instance of started) await instance.stop();
  }
};

/** @type {Record<import("./matrix.mjs").Status, string>} */
export const SIGNS = { pass: "✓", "not offered": "–", broker: "⚠", FAIL: "✗" };

/**
 * Whether a CONNECT of this version is refused as such; the client has to say so, too.
 * @param {Omit<Parameters<typeof openBench>[0], "name" | "url">} where
 * @param {string} url
 */
const notSpoken = async (where, url) => {
  const t = await openBench({ ...where, name: `${process.pid}-speaks-${where.version.replaceAll(".", "")}`, url });
  try {
    const client = await t.client();
    const result = client.call("connect").then(() => null, (/** @type {any} */ error) => error);
    const connack = await t.seen({ type: "connack" });
    const error = await result;
    if (connack && !UNACCEPTABLE.includes(connack.raw[3])) return null;
    const wanted = connack ? "CONNECTION_REFUSED" : "CONNECTION_LOST";
    if (error?.code !== wanted) throw new Error(`the broker does not speak MQTT ${where.version}, and the client says ${error?.message ?? "nothing"}`);
    const entries = [...t.all("toServer", { type: "connect" }), ...(connack ? [connack] : [])];
    const note = connack
      ? `refuses the connection with 0x${connack.raw[3].toString(16).padStart(2, "0")}, and the client says \`${wanted}\`.`
      : `closes the connection without a word, where it must answer with CONNACK 0x01 (3.1.1: [MQTT-3.1.2-2]), and the client says \`${wanted}\`.`;
    return { note, packets: entries.flatMap((entry) => packetLines(entry, "page")) };
  } finally {
    await t.close();
  }
};
