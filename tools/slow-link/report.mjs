// Whether the memory stayed flat, and the figures for people.
import { megabytes } from "../../tests/support/memory.mjs";

/** @typedef {import("./run.mjs").Result} Result */
/** @typedef {import("./run.mjs").Parameters} Parameters */

/** Between the first tenth of the messages and the last; either memory by itself. A client that kept 16 bytes of each of 1,000,000 would be beyond. */
const MOST_GROWTH = 4 * 2 ** 20;
/** The packet that crosses the mark, and the frame around it. */
const ONE_PACKET = 64;

/** @param {Result} result @param {Parameters} parameters */
export const faultsOf = ({ way, messages, dropped, inOrder, mostBuffered, growth }, parameters) => {
  const mostAllowed = parameters.sendHighWaterMark + parameters.pad + ONE_PACKET;
  return [
    ...(messages === parameters.messages && inOrder ? [] : [`${way}: ${messages} of ${parameters.messages} messages arrived${inOrder ? "" : ", not in order"}`]),
    ...(dropped === 0 || way === "QoS 0 read" ? [] : [`${way}: ${dropped} messages were dropped`]),
    ...(mostBuffered <= mostAllowed ? [] : [`${way}: the WebSocket held ${mostBuffered} bytes, more than ${mostAllowed}`]),
    ...(growth.heap <= MOST_GROWTH ? [] : [`${way}: the JavaScript heap grew by ${megabytes(growth.heap)}`]),
    ...(growth.wasm <= MOST_GROWTH ? [] : [`${way}: the WebAssembly memory grew by ${megabytes(growth.wasm)}`]),
  ];
};

export const heading = () => "              messages  dropped  JS heap at 10 %, at the end, growth   wasm at 10 %, at the end   most in the WebSocket   s";

/** @param {Result} result */
export const lineOf = ({ way, messages, dropped, mostBuffered, start, end, growth, seconds }) =>
  `  ${way.padEnd(10)}  ${String(messages).padEnd(8)}  ${String(dropped).padEnd(7)}  ` +
  `${megabytes(start.heap)}, ${megabytes(end.heap)}, ${megabytes(growth.heap)}`.padEnd(36) +
  `${megabytes(start.wasm)}, ${megabytes(end.wasm)}`.padEnd(27) +
  `${Math.round(mostBuffered / 1024)} KiB`.padEnd(24) +
  seconds;
