// Takes each numbered message into account exactly once, however often the page is reloaded or killed.
//
// A page can be killed after its handler has done its work and before the client could note that: such a message comes
// again, to the next page, and then `duplicate` is true. Only then is there anything to look up; a message without
// `duplicate` is new. (This page trusts that blindly, so that a broken promise shows as a doubled number.)
const CHUNK = "ordeal/received/";
const PER_CHUNK = 50;

export const openReceipts = () => {
  /** @type {string[]} what was written down, over all pages, in order: a number, or "=" and a number known already */
  const notes = [];
  for (let chunk = 0; localStorage.getItem(CHUNK + chunk) !== null; chunk += 1) {
    notes.push(.../** @type {string} */ (localStorage.getItem(CHUNK + chunk)).split(" "));
  }
  const known = new Set(notes.filter((note) => !note.startsWith("=")).map(Number));

  /** @param {string} note */
  const write = (note) => {
    const chunk = Math.floor(notes.length / PER_CHUNK);
    notes.push(note);
    localStorage.setItem(CHUNK + chunk, notes.slice(chunk * PER_CHUNK).join(" "));
  };

  return {
    notes,
    known,
    /** @param {{ duplicate: boolean, text(): string }} message */
    take: (message) => {
      const number = Number.parseInt(message.text(), 10);
      if (message.duplicate && known.has(number)) return write(`=${number}`);
      known.add(number);
      write(String(number));
    },
  };
};
