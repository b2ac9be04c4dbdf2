// @ts-check
// The account on the page: its figures, one chip for each number, and the verdict in a sentence.
import { accountEntries, clearAccount, fateOf, startAccount, sums } from "./account.js";
import { on } from "./bus.js";
import { button, byId, counted, make, setText } from "./dom.js";
import { isExactTowardsSubscribers } from "./faults.js";
import { onClick } from "./notices.js";

/** @typedef {import("./account.js").Sums} Sums */

/** The newest numbers, and beyond them any that went wrong. */
const CHIPS = 24;
const WRONG = 48;
const FIGURES = /** @type {const} */ (["published", "acknowledged", "arrived", "unknown", "lost", "doubled"]);
const WORDS = { unfinished: "unfinished", acknowledged: "acknowledged", arrived: "✓", lost: "lost", unknown: "unknown", doubled: "doubled" };

const chips = byId("account-chips", HTMLUListElement);
const verdict = byId("account-verdict", HTMLParagraphElement);
const clear = button("account-clear");

/** @param {Sums} total */
const sentence = ({ published, lost, unknown, doubled, unfinished, underway }) => {
  if (published === 0) return "Nothing published yet: numbered messages are counted here.";
  const errors = `${lost} lost, ${doubled} doubled${unknown > 0 ? `, ${unknown} unknown` : ""}`;
  if (unfinished > 0) return `${unfinished} of ${published} not finished yet; so far ${errors}.`;
  if (underway > 0) return `All acknowledged; ${underway} of ${published} still on the way back; so far ${errors}.`;
  return `${published === 1 ? "The one message" : `All ${published}`} finished: ${errors}.`;
};

/** @param {Sums} total */
const mood = ({ published, lost, unknown, doubled, unfinished, underway }) => {
  if (lost + doubled > 0) return "bad";
  return published > 0 && unfinished + underway + unknown === 0 ? "good" : "open";
};

const show = () => {
  const total = sums();
  for (const name of FIGURES) {
    const figure = byId(`account-${name}`, HTMLElement);
    setText(figure, String(total[name]));
    if (name === "lost" || name === "doubled") figure.parentElement?.classList.toggle("wrong", total[name] > 0);
    if (name === "unknown") figure.parentElement?.toggleAttribute("hidden", total.unknown === 0);
  }
  const entries = accountEntries();
  const earlier = entries.slice(0, -CHIPS).filter((entry) => ["lost", "unknown", "doubled"].includes(fateOf(entry)));
  const shown = [...earlier.slice(-WRONG), ...entries.slice(-CHIPS)];
  chips.replaceChildren(
    ...shown.map((entry) => {
      const fate = fateOf(entry);
      return make("li", { text: `${entry.number} ${WORDS[fate]}`, data: { state: fate } });
    }),
  );
  const hidden = entries.length - shown.length;
  if (hidden > 0) chips.prepend(make("li", { text: `${counted(hidden, "earlier number")} …` }));
  setText(verdict, sentence(total));
  verdict.dataset.verdict = mood(total);
  clear.hidden = total.published === 0;
  if (total.underway > 0) setTimeout(show, 1000);
};

export const startAccountView = () => {
  startAccount(show);
  if (!isExactTowardsSubscribers()) {
    const note = "aedes is exact towards publishers, but can lose or double what it sends at QoS 2: these steps subscribe at QoS 0.";
    setText(byId("account-note", HTMLParagraphElement), note);
  }
  on(["subscribed", "unsubscribed"], show);
  onClick("account-clear", () => {
    clearAccount();
    byId("account-verdict", HTMLElement).focus();
  });
  show();
};
