// @ts-check
// One record of the session as it lies in the store: its raw text, what it says field by field, and its bytes. It goes with the
// store: the record is shown anew when it is written again, and said to be gone when it is.
import { byId, make } from "./dom.js";
import { decodeRecord, rawText } from "./inspector-records.js";
import { recordText } from "./records.js";
import { fieldsAndBytes } from "./timeline-details.js";

/** So many characters of the raw text are shown. */
const SHOWN = 600;

const panel = byId("record", HTMLElement);

/** @type {{ clientId: string, name: string, text: string | null } | null} */
let chosen = null;

const render = () => {
  panel.hidden = chosen === null;
  if (chosen === null) return panel.replaceChildren();
  const { name, text } = chosen;
  const title = make("h4", { text: `Record ${name}` });
  if (text === null) return panel.replaceChildren(title, make("p", { class: "small", text: "It is gone: what it was of is finished, or lies in another record now." }));
  const { fields, bytes, fault } = decodeRecord(name, text);
  const raw = make("pre", { class: "raw", text: rawText(text, SHOWN) });
  const said = fault ? [make("p", { class: "fault small", text: fault })] : [];
  panel.replaceChildren(title, ...said, make("h4", { text: "As stored" }), raw, ...fieldsAndBytes(fields, bytes));
};

/** The name of the record that is shown. */
export const chosenRecord = () => chosen?.name;

/** Shows a record, or none. @param {string} clientId @param {string} [name] */
export const chooseRecord = (clientId, name) => {
  chosen = name === undefined ? null : { clientId, name, text: recordText(clientId, name) };
  render();
};

/** Looks whether the record was written again. @param {string} clientId whose records are shown now */
export const refreshRecord = (clientId) => {
  if (chosen === null) return;
  if (chosen.clientId !== clientId) return chooseRecord(clientId);
  const text = recordText(clientId, chosen.name);
  if (text === chosen.text) return;
  chosen.text = text;
  render();
};
