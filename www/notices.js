// @ts-check
// Errors in words: code and message, in an alert that stays until it is dismissed or something else succeeds.
import { codeOf, on } from "./bus.js";
import { button, byId, make } from "./dom.js";

const text = byId("notice-text", HTMLParagraphElement);
const close = button("notice-close");

/** @param {unknown} error */
export const report = (error) => {
  const words = error instanceof Error ? error.message : String(error);
  text.replaceChildren(make("strong", { text: codeOf(error) }), ` ${words}`);
  close.hidden = false;
};

export const dismiss = () => {
  text.replaceChildren();
  close.hidden = true;
};

/**
 * Runs what a button or form does; what it throws is shown.
 * @param {() => unknown} action
 * @returns {() => Promise<boolean>} whether it went well
 */
export const telling = (action) => async () => {
  dismiss();
  try {
    await action();
    return true;
  } catch (error) {
    report(error);
    return false;
  }
};

/**
 * A form that does this instead of loading a page.
 * @param {string} id
 * @param {() => unknown} action
 */
export const onSubmit = (id, action) => {
  const run = telling(action);
  byId(id, HTMLFormElement).addEventListener("submit", (event) => {
    event.preventDefault();
    void run();
  });
};

/**
 * @param {string} id
 * @param {() => unknown} action
 */
export const onClick = (id, action) => {
  const run = telling(action);
  button(id).addEventListener("click", () => void run());
};

export const startNotices = () => {
  close.addEventListener("click", dismiss);
  on("error", report);
  on("disconnected", ({ error }) => {
    if (error) report(error);
  });
};
