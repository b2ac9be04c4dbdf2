// @ts-check
// Errors in words: code and message, in an alert that stays until it is dismissed or something else succeeds.
import { codeOf, on } from "./bus.js";
import { batched, button, byId, counted, make } from "./dom.js";

const text = byId("notice-text", HTMLParagraphElement);
const close = button("notice-close");
const box = byId("notice", HTMLElement);

/** @param {unknown} error */
export const report = (error) => {
  const words = error instanceof Error ? error.message : String(error);
  const code = codeOf(error);
  text.replaceChildren(...(code === undefined ? [] : [make("strong", { text: code }), " "]), words);
  close.hidden = false;
  delete box.dataset.mood;
};

/** Good news, or neither: in the same place, until the next thing is done. @param {string} words */
export const say = (words) => {
  report(words);
  box.dataset.mood = "calm";
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

/** A restored message has no promise to reject: what is lost is told from the events, all of one moment together. */
const reportLosses = () => {
  /** @type {import("../src/web/types.d.ts").ClientEvents["messageLost"][]} */
  let lost = [];
  const tell = batched(() => {
    const { code, reason, certainty } = lost[0];
    const fate = certainty === "not-delivered" ? "not delivered" : "perhaps not delivered";
    report(Object.assign(new Error(`${counted(lost.length, "message")} ${fate}: ${reason}`), { code }));
    lost = [];
  });
  on("messageLost", (loss) => {
    lost.push(loss);
    tell();
  });
};

export const startNotices = () => {
  close.addEventListener("click", dismiss);
  on("error", report);
  // Where the client goes on by itself the connection panel tells of it.
  on("disconnected", ({ error, willReconnect }) => {
    if (error && !willReconnect) report(error);
  });
  on("restoreSkipped", () => report("The server no longer has this session, so nothing was restored. The string is still kept."));
  reportLosses();
};
