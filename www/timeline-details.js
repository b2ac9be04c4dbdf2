// @ts-check
// One packet or record in full: its fields in words, part by part, and its bytes, where those of a field are marked while a
// pointer is over it.
import { make } from "./dom.js";

/** @typedef {import("./timeline/reader.js").Field} Field */

/** So many bytes are shown before somebody asks for more. */
const FIRST = 512;
const LINE = 16;

/** @param {number} start @param {number} end */
const range = (start, end) => (end === start ? "" : end === start + 1 ? String(start) : `${start}–${end - 1}`);

/** @param {number} byte */
const hex = (byte) => byte.toString(16).padStart(2, "0");
/** @param {number} byte */
const character = (byte) => (byte > 0x20 && byte < 0x7f ? String.fromCharCode(byte) : "·");

/**
 * Which field each byte is of; -1: none.
 * @param {Field[]} fields
 * @param {number} length
 */
const owners = (fields, length) => {
  const of = new Int16Array(length).fill(-1);
  for (const [index, { start, end }] of fields.entries()) of.fill(index, start, end);
  return of;
};

/**
 * @param {Uint8Array} bytes
 * @param {number} shown
 * @param {Field[]} fields
 */
const dump = (bytes, shown, fields) => {
  const of = owners(fields, shown);
  const lines = [];
  for (let at = 0; at < shown; at += LINE) {
    const line = make("span", { class: "line" }, make("span", { class: "offset", text: at.toString(16).padStart(4, "0") }));
    const text = make("span", { class: "text" });
    for (let run = at; run < Math.min(at + LINE, shown); ) {
      let end = run + 1;
      while (end < Math.min(at + LINE, shown) && of[end] === of[run]) end++;
      const part = [...bytes.subarray(run, end)];
      const secret = fields[of[run]]?.secret;
      const data = { field: String(of[run]) };
      line.append(make("span", { class: "bytes", data, text: `${part.map(secret ? () => "··" : hex).join(" ")} ` }));
      text.append(make("span", { data, text: part.map(secret ? () => "·" : character).join("") }));
      run = end;
    }
    line.append(" ".repeat(3 * Math.max(0, at + LINE - shown)), text);
    lines.push(line);
  }
  return lines;
};

/** @param {Field[]} fields */
const table = (fields) => {
  const body = make("tbody");
  let group = "";
  for (const [index, field] of fields.entries()) {
    if (field.group !== group) {
      ({ group } = field);
      const head = make("th", { text: group, class: "group" });
      head.colSpan = 3;
      head.scope = "rowgroup";
      body.append(make("tr", {}, head));
    }
    const name = make("th", { text: field.name });
    name.scope = "row";
    const value = make("td", { class: "value", text: field.value });
    body.append(make("tr", { data: { field: String(index) } }, name, value, make("td", { class: "number", text: range(field.start, field.end) })));
  }
  const columns = ["Field", "Value", "Bytes"].map((text) => {
    const head = make("th", { text, class: text === "Bytes" ? "number" : "" });
    head.scope = "col";
    return head;
  });
  return make("table", {}, make("thead", {}, make("tr", {}, ...columns)), body);
};

/**
 * @param {Field[]} fields
 * @param {Uint8Array} bytes
 * @param {number} [total] where `bytes` are only the first of them
 * @returns {HTMLElement[]}
 */
export const fieldsAndBytes = (fields, bytes, total = bytes.length) => {
  const list = table(fields);
  const title = make("h4", { text: `Bytes: ${total.toLocaleString("en")}` });
  const code = make("pre", { class: "dump" });
  const note = make("p", { class: "muted small" });
  const all = make("button", { class: "quiet", text: "Show all the bytes that are kept" });
  all.type = "button";

  /** @param {number} shown */
  const show = (shown) => {
    code.replaceChildren(...dump(bytes, shown, fields));
    all.hidden = shown === bytes.length;
    note.hidden = shown === total;
    note.textContent = `The first ${shown.toLocaleString("en")} of ${total.toLocaleString("en")} bytes.`;
  };
  show(Math.min(bytes.length, FIRST));
  all.addEventListener("click", () => show(bytes.length));

  const marked = (/** @type {Event} */ { target }) => {
    const row = target instanceof Element ? target.closest("[data-field]") : null;
    const field = row instanceof HTMLElement ? row.dataset.field : undefined;
    for (const part of [list, code]) {
      for (const element of part.querySelectorAll("[data-field]")) {
        element.classList.toggle("marked", element instanceof HTMLElement && element.dataset.field === field && field !== "-1");
      }
    }
  };
  for (const part of [list, code]) {
    part.addEventListener("pointerover", marked);
    part.addEventListener("pointerleave", marked);
  }
  return [list, title, code, note, all];
};
