// @ts-check
// How the session is kept, chosen in two places that say the same: in the connection form, and above the guided path.
// What belongs to the other way is not shown: css/panels.css goes by the body's `data-keeping`.
import { on } from "./bus.js";
import { button, input, setText } from "./dom.js";
import { fillIn, settings } from "./settings.js";

const show = () => {
  const { durable } = settings();
  document.body.dataset.keeping = durable ? "durable" : "by-hand";
  input(durable ? "path-durable" : "path-by-hand").checked = true;
  setText(button("fault-reload"), durable ? "Reload now" : "Save and reload now");
};

export const startKeepingView = () => {
  for (const id of ["path-durable", "path-by-hand"]) {
    input(id).addEventListener("change", () => fillIn({ durable: id === "path-durable" }));
  }
  on("keeping", show);
  show();
};
