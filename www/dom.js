// @ts-check
// The few things this page needs of the DOM: elements found by id with their type, elements made, words for numbers.

/**
 * The element with this id, of this class.
 * @template {HTMLElement} T
 * @param {string} id
 * @param {new () => T} kind
 * @returns {T}
 */
export const byId = (id, kind) => {
  const found = document.getElementById(id);
  if (!(found instanceof kind)) throw new Error(`The page has no ${kind.name} #${id}`);
  return found;
};

/** @param {string} id */
export const button = (id) => byId(id, HTMLButtonElement);

/** @param {string} id */
export const input = (id) => byId(id, HTMLInputElement);

/**
 * Makes an element; `text` and children are set as text and nodes, never as markup.
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} tag
 * @param {{ class?: string, text?: string, data?: Record<string, string> }} [attributes]
 * @param {...Node} children
 * @returns {HTMLElementTagNameMap[K]}
 */
export const make = (tag, attributes = {}, ...children) => {
  const element = document.createElement(tag);
  if (attributes.class) element.className = attributes.class;
  if (attributes.text !== undefined) element.textContent = attributes.text;
  Object.assign(element.dataset, attributes.data);
  element.append(...children);
  return element;
};

/**
 * Sets text only where it differs, so that live regions speak only of what changed.
 * @param {HTMLElement} element
 * @param {string} text
 */
export const setText = (element, text) => {
  if (element.textContent !== text) element.textContent = text;
};

/**
 * "1 message", "3 messages".
 * @param {number} count
 * @param {string} one
 * @param {string} [many]
 */
export const counted = (count, one, many = `${one}s`) => `${count.toLocaleString("en")} ${count === 1 ? one : many}`;

const clock = new Intl.DateTimeFormat("en-GB", { timeStyle: "medium" });

/** @param {number | string | Date} at */
export const timeOf = (at) => clock.format(new Date(at));

/**
 * Calls `work` once for any number of requests within the delay.
 * @param {() => void} work
 * @param {number} [delayMs]
 */
export const batched = (work, delayMs = 40) => {
  let asked = false;
  return () => {
    if (asked) return;
    asked = true;
    setTimeout(() => {
      asked = false;
      work();
    }, delayMs);
  };
};
