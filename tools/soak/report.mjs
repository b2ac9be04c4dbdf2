// A soak's figures for people.
import { megabytes } from "../../tests/support/memory.mjs";
import { list } from "./run.mjs";

/** @param {import("./run.mjs").Report} report */
export const table = ({ parameters, broker, browser, seconds, messages, faults, reconnections, before, after, out, in: incoming, wire, violationCount, byRule, violations, lives }) =>
  [
    `MQTT ${parameters.version}, ${broker}, ${browser}, seed ${parameters.seed}: ${seconds} s`,
    `  faults        ${list(faults)}`,
    `  reconnections ${reconnections}, in ${lives} pages; ${wire.packets} packets`,
    `  messages      ${messages} each way`,
    `  lost          ${out.lost} from the browser, ${incoming.lost} to it`,
    `  doubled       ${out.doubled} from the browser, ${incoming.doubled} to it`,
    `  out of order  ${out.outOfOrder} from the browser, ${incoming.outOfOrder} to it`,
    `  JS heap       ${megabytes(before.heap)} at the start, ${megabytes(after.heap)} at the end`,
    `  wasm memory   ${megabytes(before.wasm)} at the start, ${megabytes(after.wasm)} at the end`,
    ...(violationCount === 0 ? ["  no violation"] : [`✗ ${violationCount} violations: ${JSON.stringify(byRule)}`]),
    ...violations.flatMap(({ rule, text, packets }) => [`✗ ${rule}: ${text}`, ...packets.map((packet) => `      ${packet}`)]),
  ].join("\n");
