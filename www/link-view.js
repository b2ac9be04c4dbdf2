// @ts-check
// Links to a scenario: made of the forms and of a fault script, copied, and opened. One that is opened leaves the address:
// the forms are kept by the tab, and a reload runs nothing again.
import { byId, counted, input } from "./dom.js";
import { embedded } from "./faults.js";
import { isScenario, readLink, writeLink } from "./link.js";
import { onClick, say, telling } from "./notices.js";
import { SCRIPTS, scriptNamed } from "./scripts.js";
import { fillIn, fillInForms, flow, settings } from "./settings.js";

/** @typedef {import("./link.js").Scenario} Scenario */
/** @typedef {import("./scripts.js").Script} Script */

const CLIENT = "{client}";

/** @param {string} id */
const select = (id) => byId(id, HTMLSelectElement);

/** @param {string} text */
const withoutClient = (text) => text.replaceAll(settings().clientId || CLIENT, CLIENT);
/** @param {string} text */
const withClient = (text) => text.replaceAll(CLIENT, () => settings().clientId);

/** The forms as they are now. @returns {Scenario} */
const setUp = () => {
  const { url, protocolVersion, durable, reconnect, cleanSession } = settings();
  const other = url !== "" && url !== embedded()?.brokerUrl;
  return {
    version: protocolVersion,
    keeping: durable ? "durable" : "by-hand",
    ...(durable ? { reconnect } : { clean: cleanSession, restore: flow() }),
    ...(other ? { server: withoutSecrets(url) } : {}),
    topic: withoutClient(input("topic").value) || undefined,
    payload: byId("payload", HTMLTextAreaElement).value,
    qos: /** @type {"0" | "1" | "2"} */ (select("qos").value),
    retain: input("retain").checked,
    many: input("many").valueAsNumber || undefined,
    filter: withoutClient(input("filter").value) || undefined,
    filterQos: /** @type {"0" | "1" | "2"} */ (select("filter-qos").value),
  };
};

/** A link goes to others: what may be a secret in an address does not. @param {string} url */
const withoutSecrets = (url) => {
  try {
    const { protocol, host, pathname } = new URL(url);
    return `${protocol}//${host}${pathname}`;
  } catch {
    return undefined;
  }
};

/** @param {Scenario} scenario @param {string} what */
const copy = async (scenario, what) => {
  const link = new URL(writeLink(scenario), location.href).href;
  try {
    await navigator.clipboard.writeText(link);
  } catch {
    return say(`The browser does not let this page use the clipboard. ${what}: ${link}`);
  }
  return say(`${what} is copied: ${counted(link.length, "character")}.`);
};

/** A link that runs this script where it is opened. @param {string} id */
export const copyLink = (id) =>
  copy({ script: id, version: settings().protocolVersion, messages: input("script-messages").valueAsNumber || undefined, run: true }, "The link that runs this script");

/** @param {Scenario} scenario */
const apply = (scenario) => {
  const { version, keeping, reconnect, clean, restore, server, topic, payload, qos, retain, many, filter, filterQos, messages } = scenario;
  const offered = embedded()?.versions ?? [];
  if (version !== undefined && server === undefined && offered.length > 0 && !offered.includes(version)) {
    throw new Error(`This link was not opened, and nothing was changed: it is for MQTT ${version}, and the broker here speaks ${offered.join(" and ")} only.`);
  }
  fillIn({
    ...(version === undefined ? {} : { protocolVersion: version }),
    ...(keeping === undefined ? {} : { durable: keeping === "durable" }),
    ...(reconnect === undefined ? {} : { reconnect }),
    ...(clean === undefined ? {} : { cleanSession: clean }),
    ...(server === undefined ? {} : { url: server }),
  });
  fillInForms({
    topic: topic === undefined ? undefined : withClient(topic),
    payload, qos, retain,
    many: many === undefined ? undefined : String(many),
    filter: filter === undefined ? undefined : withClient(filter),
    filterQos,
    flow: restore,
  });
  if (messages !== undefined) input("script-messages").value = String(messages);
};

/** What the hash names is neither a scenario nor a place on the page. @param {string} hash */
const namesNothing = (hash) => {
  try {
    const place = decodeURIComponent(hash.slice(1));
    return place !== "" && document.getElementById(place) === null;
  } catch {
    return true;
  }
};

/** @param {(script: Script, run: boolean) => Promise<void>} open */
const openLink = async (open) => {
  const { hash } = location;
  history.replaceState(null, "", location.pathname + location.search);
  if (!isScenario(hash)) {
    throw new Error(`This page has nothing that is called "${hash.slice(0, 60)}": a link to a scenario has #scenario?`);
  }
  const scenario = readLink(hash, SCRIPTS.map(({ id }) => id));
  apply(scenario);
  const script = scriptNamed(scenario.script ?? "");
  if (script) await open(script, scenario.run === true);
  else say("The forms are filled in as the link says. Press Connect to begin.");
};

/**
 * @param {(script: Script, run: boolean) => Promise<void>} open puts a script on the stage, and may run it
 */
export const startLinks = (open) => {
  onClick("share", () => copy(setUp(), "The link to this set-up"));
  const opened = telling(() => openLink(open));
  const look = () => {
    if (isScenario(location.hash) || namesNothing(location.hash)) void opened();
  };
  window.addEventListener("hashchange", look);
  look();
};
