// @ts-check
// The connection panel: connect, disconnect, when another attempt is made, and what the server said about the session.
import { codeOf, on } from "./bus.js";
import { connect, current, disconnect } from "./connection.js";
import { button, byId, setText } from "./dom.js";
import { onClick, onSubmit } from "./notices.js";

const pill = byId("state", HTMLParagraphElement);
const state = byId("fact-state", HTMLElement);
const present = byId("fact-present", HTMLElement);

const attempt = byId("next-attempt", HTMLParagraphElement);

let waits = false;
/** Why there is no connection. */
let why = "";
/** @type {ReturnType<typeof setInterval> | undefined} */
let countdown;

const show = () => {
  const now = current()?.state ?? "disconnected";
  setText(pill, now);
  pill.dataset.state = now;
  setText(state, now);
  button("connect").disabled = !["disconnected", "waiting"].includes(now) || waits;
  setText(button("connect"), now === "waiting" ? "Try now" : "Connect");
  button("disconnect").disabled = now === "disconnected";
};

/**
 * Says when the next attempt is made, and counts the seconds down.
 * @param {import("./bus.js").Events["connectionStatus"]} status
 */
const announce = ({ state: now, attempt: failed = 0, inMs }) => {
  clearInterval(countdown);
  if (now !== "waiting") return setText(attempt, now === "connecting" && failed > 1 ? `Attempt ${failed} is being made.` : "");
  if (inMs === undefined) return setText(attempt, `${why}Attempt ${failed + 1} is made when there is a network again.`);
  const at = performance.now() + inMs;
  const say = () => {
    const seconds = Math.max(0, Math.ceil((at - performance.now()) / 1000));
    setText(attempt, `${why}Attempt ${failed + 1} ${seconds > 0 ? `in ${seconds} s` : "now"}.`);
  };
  say();
  countdown = setInterval(say, 1000);
};

export const startConnectView = () => {
  onSubmit("connect-form", () => connect());
  onClick("disconnect", disconnect);
  on(["connectionStatus", "client"], show);
  on("connectionStatus", announce);
  on("client", () => announce({ state: "disconnected" }));
  on("waiting", ({ waiting }) => {
    waits = waiting;
    show();
  });
  on("client", () => setText(present, "not known yet"));
  on("connected", ({ sessionPresent }) => {
    show();
    setText(present, sessionPresent ? "yes: the server still had it" : "no: the server began a new one");
  });
  on("disconnected", ({ error, willReconnect }) => {
    why = error && willReconnect ? `${codeOf(error)}. ` : "";
    show();
  });
  on("restoreSkipped", () => setText(present, "no: so nothing was restored"));
};
