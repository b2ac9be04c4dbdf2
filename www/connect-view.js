// @ts-check
// The connection panel: connect, disconnect, and what the server said about the session.
import { on } from "./bus.js";
import { connect, current, disconnect } from "./connection.js";
import { button, byId, setText } from "./dom.js";
import { onClick, onSubmit } from "./notices.js";

const pill = byId("state", HTMLParagraphElement);
const state = byId("fact-state", HTMLElement);
const present = byId("fact-present", HTMLElement);

let waits = false;

const show = () => {
  const now = current()?.state ?? "disconnected";
  setText(pill, now);
  pill.dataset.state = now;
  setText(state, now);
  button("connect").disabled = now !== "disconnected" || waits;
  button("disconnect").disabled = now === "disconnected";
};

export const startConnectView = () => {
  onSubmit("connect-form", () => connect());
  onClick("disconnect", disconnect);
  on(["connectionStatus", "client"], show);
  on("waiting", ({ waiting }) => {
    waits = waiting;
    show();
  });
  on("client", () => setText(present, "not known yet"));
  on("connected", ({ sessionPresent }) => {
    show();
    setText(present, sessionPresent ? "yes: the server still had it" : "no: the server began a new one");
  });
  on("disconnected", show);
  on("restoreSkipped", () => setText(present, "no: so nothing was restored"));
};
