// @ts-check
// The connection form as values. All forms keep what was entered over a reload of this tab.
import { emit } from "./bus.js";
import { byId, input } from "./dom.js";
import { tab } from "./keep.js";

/**
 * @typedef {object} Settings
 * @property {string} url
 * @property {string} clientId
 * @property {boolean} cleanSession
 * @property {"3.1.1" | "5"} protocolVersion
 * @property {boolean} durable every change is journalled; else the session is a string, saved on leaving
 * @property {boolean} reconnect a connection that broke is made again by the client; with a durable session only
 * @property {number} [sessionExpiryInterval] not in the form: for scripts
 * @property {number} [keepAlive] not in the form: for scripts
 */

/** @typedef {"before" | "ask"} Flow */

const KEY = "lab.form";
const FORMS = ["connect-form", "publish-form", "subscribe-form"];
const version = byId("version", HTMLSelectElement);

/** @type {Pick<Settings, "sessionExpiryInterval" | "keepAlive">} what no field is there for */
let extra = tab.read("lab.extra", {});

export const newClientId = () => `lab-${crypto.getRandomValues(new Uint16Array(1))[0].toString(16).padStart(4, "0")}`;

/** @returns {Settings} */
export const settings = () => ({
  url: input("url").value.trim(),
  clientId: input("client-id").value.trim(),
  cleanSession: input("clean").checked,
  protocolVersion: version.value === "5" ? "5" : "3.1.1",
  durable: input("keep-durable").checked,
  reconnect: input("keep-durable").checked && input("reconnect").checked,
  ...extra,
});

/** @param {Partial<Settings>} given */
export const fillIn = (given) => {
  if (given.url !== undefined) input("url").value = given.url;
  if (given.clientId !== undefined) input("client-id").value = given.clientId;
  if (given.cleanSession !== undefined) input("clean").checked = given.cleanSession;
  if (given.reconnect !== undefined) input("reconnect").checked = given.reconnect;
  if (given.protocolVersion !== undefined) version.value = given.protocolVersion;
  if (given.durable !== undefined && given.durable !== input("keep-durable").checked) {
    input(given.durable ? "keep-durable" : "keep-by-hand").checked = true;
    emit("keeping", { durable: given.durable });
  }
  for (const name of /** @type {const} */ (["sessionExpiryInterval", "keepAlive"])) {
    if (name in given) extra = { ...extra, [name]: given[name] };
  }
  keep();
};

/**
 * Fields by their names, whatever form they are in; undefined leaves one as it is.
 * @param {Record<string, string | boolean | undefined>} values
 */
export const fillInForms = (values) => {
  enter(values);
  keep();
};

/** @param {Record<string, string | boolean | undefined>} values */
const enter = (values) => {
  for (const control of controls()) {
    const value = values[control.name];
    if (value === undefined) continue;
    if (control.type === "checkbox") control.checked = value === true;
    else if (control.type === "radio") control.checked = control.value === value;
    else control.value = String(value);
  }
};

/** Topics that no other client uses. @param {string} clientId */
export const suggestTopics = (clientId) => {
  input("topic").value = `lab/${clientId}/hello`;
  input("filter").value = `lab/${clientId}/#`;
};

/** @returns {Flow} */
export const flow = () => (controls().some(({ name, value, checked }) => name === "flow" && value === "ask" && checked) ? "ask" : "before");

/** @returns {HTMLInputElement[]} all fields; selects and text areas have what is needed of an input */
const controls = () =>
  FORMS.flatMap((id) => [...byId(id, HTMLFormElement).elements]).filter(
    /** @returns {field is HTMLInputElement} */
    (field) => "name" in field && field.name !== "" && !(field instanceof HTMLFieldSetElement),
  );

const keep = () => {
  /** @type {Record<string, string | boolean>} */
  const values = {};
  for (const { name, type, value, checked } of controls()) {
    if (type === "checkbox") values[name] = checked;
    else if (type !== "radio" || checked) values[name] = value;
  }
  tab.write(KEY, values);
  tab.write("lab.extra", extra);
};

/** Whether this tab had the forms before. */
export const wasKept = () => kept;
let kept = false;

/** The forms as they were before the reload, or as a newcomer finds them. @param {string} defaultUrl */
export const startSettings = (defaultUrl) => {
  const clientId = newClientId();
  /** @type {Record<string, string | boolean> | null} */
  const before = tab.read(KEY, null);
  kept = before !== null;
  const values = before ?? {
    url: defaultUrl,
    clientId,
    topic: `lab/${clientId}/hello`,
    payload: "Ahoy",
    filter: `lab/${clientId}/#`,
  };
  enter(values);
  const possible = [...version.options].find((option) => !option.disabled);
  if (version.selectedOptions[0]?.disabled && possible) version.value = possible.value;
  for (const id of FORMS) byId(id, HTMLFormElement).addEventListener("change", keep);
  for (const id of ["keep-durable", "keep-by-hand"]) {
    input(id).addEventListener("change", () => emit("keeping", { durable: settings().durable }));
  }
  window.addEventListener("pagehide", keep);
};

/** Offers the versions the broker speaks; where none is known, any. @param {string[]} versions */
export const offerVersions = (versions) => {
  for (const option of version.options) option.disabled = versions.length > 0 && !versions.includes(option.value);
  const kept = tab.read(KEY, /** @type {Record<string, string> | null} */ (null));
  if (kept === null && versions.length > 0) version.value = versions.includes("5") ? "5" : versions[0];
};
