// An ordeal's figures for people.

/** @typedef {import("./run.mjs").Report} Report */

/**
 * @param {Report} report
 * @returns {string}
 */
export const table = ({ parameters, broker, browser, seconds, complete, faults, out, in: incoming, wire, settleMs, recordsLeft, ...rest }) => {
  const { version, qos, seed } = parameters;
  const left = recordsLeft.filter((/** @type {string} */ name) => /^[oi]\//.test(name)).length;
  /** @type {Array<[string, string | number, string | number]>} */
  const rows = [
    ["", "from the browser", "to the browser"],
    ["messages", out.expected, incoming.expected],
    ["arrived", out.arrived, incoming.arrived],
    ["lost", out.lost, incoming.lost],
    ["doubled", out.doubled, incoming.doubled],
    ["out of order", out.outOfOrder, incoming.outOfOrder],
    ["PUBLISH packets seen", wire.out.publishes, wire.in.publishes],
  ];
  return [
    `MQTT ${version}, QoS ${qos}, ${broker}, ${browser}, seed ${seed}: ${seconds} s`,
    `${faults.kills} renderers killed, ${faults.reloads} reloads, ${faults.cuts} cuts, ${faults.cutsAtAByte} of them at a random byte (the others where traffic had ended); ${wire.connections} connections, ${wire.packets} packets` +
      (complete ? "" : " (cut short: not all faults have struck)"),
    ...rows.map(([name, from, to]) => `  ${name.padEnd(22)}${String(from).padStart(18)}${String(to).padStart(18)}`),
    `  resent with DUP: ${wire.out.resends + wire.out.resendsSeenFirst}; most unacknowledged at once: ${wire.out.mostUnacknowledged}; received messages found stored after PUBREC: ` +
      `${wire.in.storedChecks}; delivered again, marked duplicate, and known: ${incoming.redeliveredAndKnown}`,
    `  settled ${settleMs} ms after the last fault; message records left in storage: ${left}`,
    ...(rest.violationCount === 0 ? ["  no violation"] : [`✗ ${rest.violationCount} violations: ${JSON.stringify(rest.byRule)}`]),
    ...rest.violations.flatMap(({ rule, text, packets }) => [`✗ ${rule}: ${text}`, ...packets.map((packet) => `      ${packet}`)]),
  ].join("\n");
};
