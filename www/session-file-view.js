// @ts-check
// The session file on the page: saved by a download, opened by a file dialog or by dropping it here. One that is opened is
// examined first; nothing of this page changes until its owner says so.
import { on } from "./bus.js";
import { restore } from "./by-hand.js";
import { current, examine } from "./connection.js";
import { button, byId, counted, input, make, setText, timeOf } from "./dom.js";
import { embedded } from "./faults.js";
import { onClick, telling } from "./notices.js";
import { keepSaved, readNote, readSaved, waitingNote } from "./saved.js";
import { fileName, LARGEST, readSessionFile, writeSessionFile } from "./session-file.js";
import { settings } from "./settings.js";

/** @typedef {import("./saved.js").Origin} Origin */

const card = byId("file", HTMLElement);
const said = byId("file-said", HTMLParagraphElement);
const offer = byId("file-found", HTMLElement);

/** @type {{ text: string, origin: Origin, savedAt: number } | null} opened and not restored yet */
let found = null;

/** The session there is: that of the client, or the string that waits to be restored. */
const sessionNow = async () => {
  const client = current();
  if (client) {
    const { clientId, protocolVersion, url } = client;
    return { text: await client.exportSession(), clientId, protocolVersion, server: [url].flat()[0] ?? "", savedAt: Date.now() };
  }
  const note = waitingNote();
  if (!note) throw new Error("There is no session to save yet: press Connect first, or restore one.");
  return { text: readSaved(), clientId: note.clientId, protocolVersion: note.protocolVersion, server: note.url, savedAt: note.savedAt };
};

const save = async () => {
  const session = await sessionNow();
  const link = make("a");
  link.href = URL.createObjectURL(new Blob([writeSessionFile(session)], { type: "application/json" }));
  link.download = fileName(session.clientId, session.savedAt);
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
  setText(said, `${link.download}: what has happened up to now. What happens from here on is not in it.`);
};

/** Sessions of a broker on this machine belong to the Lab's own, whatever its port was then. @param {string | undefined} server */
const serverFor = (server) => {
  const own = embedded()?.brokerUrl;
  if (server === undefined) return settings().url || own || "";
  return own !== undefined && new URL(own).hostname === new URL(server).hostname ? own : server;
};

/** @param {File} file */
const open = async (file) => {
  hide();
  if (file.size > LARGEST) throw new Error(`${file.name} is no session file: it has ${counted(file.size, "byte")}, of at most ${counted(LARGEST, "byte")}.`);
  const { text, server, savedAt = Date.now(), ...whose } = readSessionFile(await file.text());
  const { clientId = settings().clientId, protocolVersion = settings().protocolVersion } = whose;
  const contents = examine(text, { clientId, protocolVersion });
  found = { text, savedAt, origin: { clientId, protocolVersion, url: serverFor(server), ...contents } };
  const when = whose.clientId === undefined ? "" : `, saved ${new Date(savedAt).toLocaleDateString("en-GB")} ${timeOf(savedAt)}`;
  const messages = `${counted(contents.outgoing, "message")} unfinished going out, ${contents.incoming} half received`;
  setText(said, `${clientId}, MQTT ${protocolVersion}${when}: ${messages}.`);
  offer.hidden = false;
  button("file-restore").focus();
};

const hide = () => {
  found = null;
  offer.hidden = true;
  setText(said, "");
};

const restoreFound = async () => {
  if (!found) return;
  const { text, origin, savedAt } = found;
  const waiting = waitingNote();
  if (waiting && readSaved() !== text) {
    throw new Error(`The saved session of ${waiting.clientId} waits here, and would be replaced: restore it, forget it, or save it to a file first.`);
  }
  keepSaved(text, origin, savedAt);
  await restore(text);
  hide();
  setText(said, `Restored as it was${readNote() ? ` at ${timeOf(savedAt)}` : ""}, by hand.`);
  button("file-choose").focus();
};

const startDropping = () => {
  /** @param {boolean} over */
  const mark = (over) => card.toggleAttribute("data-over", over);
  card.addEventListener("dragover", (event) => {
    event.preventDefault();
    mark(true);
  });
  card.addEventListener("dragleave", () => mark(false));
  card.addEventListener("drop", (event) => {
    event.preventDefault();
    mark(false);
    const file = event.dataTransfer?.files[0];
    if (file) void telling(() => open(file))();
  });
};

export const startSessionFile = () => {
  const chooser = input("file-input");
  onClick("file-export", save);
  onClick("file-choose", () => chooser.click());
  chooser.addEventListener("change", () => {
    const file = chooser.files?.[0];
    // The same file chosen again is a change, too.
    if (file) void telling(() => open(file))().finally(() => (chooser.value = ""));
  });
  onClick("file-restore", restoreFound);
  onClick("file-forget", () => {
    hide();
    button("file-choose").focus();
  });
  on("client", () => {
    if (!found) setText(said, "");
  });
  startDropping();
};
