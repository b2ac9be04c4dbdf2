// @ts-check
// Another tab has the durable session: said in words, with the offer to wait until that tab lets go of it.
import { on } from "./bus.js";
import { disconnect, waitAndConnect } from "./connection.js";
import { button, byId, setText } from "./dom.js";
import { onClick } from "./notices.js";

const card = byId("in-use", HTMLElement);
const wait = button("in-use-wait");
const stop = button("in-use-stop");

/** @param {string} words */
const show = (words) => {
  card.hidden = false;
  setText(byId("in-use-text", HTMLParagraphElement), words);
};

const hide = () => {
  const hadFocus = card.contains(document.activeElement);
  card.hidden = true;
  if (hadFocus) byId("workbench", HTMLElement).focus();
};

export const startInUseView = () => {
  on(["client", "opened"], hide);
  on("inUse", ({ message }) => show(`SESSION_IN_USE: ${message}.`));
  on("waiting", ({ waiting }) => {
    const taken = !waiting && card.hidden;
    wait.hidden = waiting;
    stop.hidden = !waiting;
    if (taken) return;
    show(
      waiting
        ? "Waiting: close the other tab, or kill it, and everything in flight comes over to this one."
        : "Another tab has this session, and this one no longer waits for it.",
    );
    (waiting ? stop : wait).focus();
  });
  onClick("in-use-wait", waitAndConnect);
  onClick("in-use-stop", disconnect);
};
