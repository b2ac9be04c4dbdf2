// @ts-check
// The fault scripts on the page: a tile for each, which runs it with one click, and the stage, which shows the steps of the
// one that runs, what to watch for, and its outcome.
import { on } from "./bus.js";
import { current } from "./connection.js";
import { button, byId, input, make, setText } from "./dom.js";
import { copyLink, startLinks } from "./link-view.js";
import { onClick, telling } from "./notices.js";
import { goOnWithScript, hindrance, isRunning, runScript, scriptProgress, stopScript } from "./script-run.js";
import { SCRIPTS, scriptNamed } from "./scripts.js";

/** @typedef {import("./scripts.js").Script} Script */

/** Long enough to read what a step does. */
const PAUSE_MS = 900;
const LOOK_MS = 100;

const stage = byId("stage", HTMLElement);
const verdict = byId("stage-verdict", HTMLParagraphElement);

/** @type {Script | undefined} the one on the stage */
let chosen;

/** @type {Map<string, HTMLButtonElement>} */
const runButtons = new Map();

const messages = () => {
  const field = input("script-messages");
  if (!field.reportValidity()) throw new Error("A script takes 1 to 100 messages.");
  return field.valueAsNumber;
};

/** What went wrong stands on the stage, too; the notice is for those who look elsewhere. @param {Script} script */
const run = async (script) => {
  const count = messages();
  const through = runScript(script.id, { messages: count, pauseMs: input("script-slowly").checked ? PAUSE_MS : 0 });
  byId("stage-title", HTMLElement).focus({ preventScroll: true });
  stage.scrollIntoView({ block: "nearest" });
  await through;
};

/** What a link opens: the script is on the stage, and runs if the link says so. @param {Script} script @param {boolean} runs */
const open = async (script, runs) => {
  if (isRunning()) throw new Error("The link was not opened: a script is running here.");
  chosen = script;
  show();
  stage.scrollIntoView({ block: "nearest" });
  if (runs) return run(script);
  button("stage-run").focus({ preventScroll: true });
};

/** @param {Script} script */
const tile = (script) => {
  const go = make("button", { text: "Run" });
  go.type = "button";
  go.setAttribute("aria-label", `Run: ${script.title}`);
  const start = telling(() => run(script));
  go.addEventListener("click", () => void start());
  runButtons.set(script.id, go);
  const reason = hindrance(script);
  const note = reason === "" ? [] : [make("p", { class: "small hindrance", text: `Not here: ${reason}.` })];
  return make("li", { data: { script: script.id } }, make("h4", { text: script.title }), make("p", { class: "muted small", text: script.text }), ...note, go);
};

/** @param {number} index @param {number} at @param {string} state */
const stateOf = (index, at, state) => {
  if (index < at || state === "done") return "done";
  if (index > at) return "ahead";
  return state === "failed" ? "failed" : "now";
};

const MARKS = { done: "✓", now: "…", ahead: "·", failed: "✗" };
const SPOKEN = { done: "done", now: "under way", ahead: "", failed: "failed" };

const show = () => {
  const progress = scriptProgress();
  const running = isRunning();
  for (const [id, element] of runButtons) {
    const script = scriptNamed(id);
    element.disabled = running || !script || hindrance(script) !== "";
    element.closest("li")?.toggleAttribute("aria-current", id === chosen?.id);
  }
  stage.hidden = chosen === undefined;
  if (!chosen) return;
  const { at, state, verdict: outcome } = progress?.id === chosen.id ? progress : { at: -1, state: "", verdict: null };
  setText(byId("stage-title", HTMLElement), chosen.title);
  setText(byId("stage-text", HTMLElement), chosen.text);
  byId("stage-steps", HTMLOListElement).replaceChildren(
    ...chosen.steps.map(({ say }, index) => {
      const now = stateOf(index, at, state);
      const spoken = SPOKEN[now] === "" ? [] : [make("span", { class: "visually-hidden", text: `: ${SPOKEN[now]}` })];
      const mark = make("span", { class: "mark", text: MARKS[now] });
      mark.setAttribute("aria-hidden", "true");
      return make("li", { data: { state: now } }, mark, make("span", { text: say }, ...spoken));
    }),
  );
  byId("stage-watch", HTMLUListElement).replaceChildren(...chosen.watch.map((text) => make("li", { text })));
  setText(verdict, outcome ? outcome.words : "");
  verdict.dataset.verdict = outcome === null ? "open" : outcome.good ? "good" : "bad";
  button("stage-run").hidden = running;
  button("stage-run").disabled = hindrance(chosen) !== "";
  setText(button("stage-run"), progress?.id === chosen.id ? "Run it again" : "Run it");
  button("stage-stop").hidden = !running;
  showNow();
};

/** The session in figures, for those who look at the stage: of the middle of a handshake no event tells. */
const showNow = () => {
  const client = current();
  setText(byId("stage-state", HTMLElement), client?.state ?? "disconnected");
  setText(byId("stage-outgoing", HTMLElement), String(client?.outgoingMessages.length ?? 0));
  setText(byId("stage-incoming", HTMLElement), String(client?.incomingMessages.length ?? 0));
  setText(byId("stage-connections", HTMLElement), String(client?.stats.connections ?? 0));
};

export const startScriptsView = () => {
  byId("scripts", HTMLUListElement).replaceChildren(...SCRIPTS.map(tile));
  on("script", ({ id }) => {
    const hadFocus = document.activeElement === button("stage-stop");
    chosen = scriptNamed(id);
    show();
    if (hadFocus && !isRunning()) button("stage-run").focus();
  });
  onClick("stage-run", () => chosen && run(chosen));
  onClick("stage-stop", stopScript);
  onClick("stage-link", () => chosen && copyLink(chosen.id));
  const goesOn = goOnWithScript();
  chosen = scriptNamed(scriptProgress()?.id ?? "");
  show();
  setInterval(() => {
    if (!stage.hidden && document.visibilityState === "visible") showNow();
  }, LOOK_MS);
  startLinks(open);
  if (!goesOn) return;
  stage.scrollIntoView({ block: "nearest" });
  void telling(() => goesOn)();
};
