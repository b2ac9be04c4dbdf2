// @ts-check
// The session as a string: save, copy, paste, restore; and after a reload the offer to restore what was saved.
import { restore, save } from "./by-hand.js";
import { on } from "./bus.js";
import { current } from "./connection.js";
import { byId, counted, setText, timeOf } from "./dom.js";
import { waitsToGoOn } from "./guide.js";
import { onClick } from "./notices.js";
import { forgetSaved, readNote, readSaved, waitingNote } from "./saved.js";

const field = byId("saved", HTMLTextAreaElement);
const note = byId("saved-note", HTMLParagraphElement);
const offer = byId("offer", HTMLElement);

const copy = async () => {
  if (field.value === "") throw new Error("There is nothing to copy: save the session first.");
  try {
    await navigator.clipboard.writeText(field.value);
    setText(note, `Copied ${counted(field.value.length, "character")}.`);
  } catch (cause) {
    field.select();
    throw new Error("The browser does not let this page use the clipboard: the string is selected, copy it with the keyboard.", { cause });
  }
};

const showNote = () => {
  const kept = readNote();
  if (field.value === "") return setText(note, "");
  if (!kept) return setText(note, `${counted(field.value.length, "character")}, not saved by this page.`);
  const saved = `Saved ${timeOf(kept.savedAt)} by ${kept.clientId}: ${counted(field.value.length, "character")}`;
  setText(note, kept.restoredAt ? `${saved}. Restored ${timeOf(kept.restoredAt)}: what finished since then is not in it.` : `${saved}.`);
};

const showOffer = () => {
  const kept = waitingNote();
  offer.hidden = kept === null || current() !== null || waitsToGoOn();
  if (!kept) return;
  const contents = `${counted(kept.outgoing, "message")} unfinished going out, ${kept.incoming} half received`;
  setText(byId("offer-text", HTMLParagraphElement), `${kept.clientId}, saved ${timeOf(kept.savedAt)}: ${contents}.`);
};

export const startStringView = () => {
  field.value = readSaved();
  on("saved", ({ text }) => {
    field.value = text;
    showNote();
    showOffer();
  });
  on(["client", "guide"], showOffer);
  field.addEventListener("input", () => {
    setText(note, field.value === readSaved() ? "" : `Pasted or changed: ${counted(field.value.length, "character")}.`);
  });
  onClick("save", save);
  onClick("copy", copy);
  onClick("restore", () => restore(field.value.trim()));
  onClick("offer-restore", () => restore());
  onClick("offer-forget", () => {
    forgetSaved();
    byId("url", HTMLInputElement).focus();
  });
  showNote();
  showOffer();
};
