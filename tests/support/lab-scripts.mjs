// The fault scripts that the Lab must offer, by the names that links to them have: a link does not break when a script is
// reworded, and one that is taken away is missed here.
export const SCRIPT_IDS = [
  "cut-after-pubrec", "pubrec-lost", "puback-lost", "half-received", "doubled", "reload", "server-away", "silence", "session-lost", "quota-full",
];
