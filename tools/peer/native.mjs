// The native driver: one process for each script.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { at } from "../lib/paths.mjs";
import { step } from "../lib/run.mjs";
import { Line, listenTcp, listenWebSocket } from "./server.mjs";

/** @returns {Promise<string>} the program */
export const buildNative = async () => {
  const args = ["build", "--example", "peer", "--message-format", "json-render-diagnostics"];
  const { stdout } = await step("Building the native peer driver", "cargo", args, {
    advice: "examples/peer does not compile (see above): correct it.",
  });
  const built = stdout
    .split("\n")
    .filter((line) => line.startsWith("{"))
    .map((line) => JSON.parse(line))
    .findLast((message) => message.reason === "compiler-artifact" && message.target.name === "peer" && message.executable);
  return built?.executable ?? at("target", "debug", "examples", "peer");
};

/**
 * What examines scripts one after the other, with two ports of its own.
 * @param {string} program
 * @param {boolean} websocket
 */
export const nativeWorld = async (program, websocket) => {
  const listen = websocket ? listenWebSocket : listenTcp;
  const [here, elsewhere] = await Promise.all([listen(), listen()]);
  return {
    here,
    elsewhere,
    start: async (/** @type {string[]} */ options) => start(program, here.address, options),
    stop: async () => {
      here.stop();
      elsewhere.stop();
    },
  };
};

/**
 * @param {string} program
 * @param {string} address
 * @param {string[]} options
 * @returns {Promise<import("./examine.mjs").Driven>}
 */
const start = async (program, address, options) => {
  const child = spawn(program, [address, ...options.map((option) => `--${option}`)], { stdio: ["pipe", "pipe", "inherit"] });
  const exited = once(child, "close");
  /** @type {Line<string>} */
  const answers = new Line();
  /** @type {(line: string) => void} */
  let take = () => {};
  createInterface({ input: child.stdout }).on("line", (line) => {
    take(line);
    if (/^(?:ok|error) /.test(line)) answers.push(line);
  });
  // A driver that has ended takes no more commands; the script finds that out by the missing answer.
  child.stdin.on("error", () => {});
  return {
    listen: (listener) => {
      take = listener;
    },
    ask: async (command) => {
      child.stdin.write(`${command}\n`);
      await answers.next("the driver's answer");
    },
    quit: async () => {
      child.stdin.end("quit\n");
      const [code] = await exited;
      if (code !== 0) throw new Error(`the driver ended with exit code ${code}`);
    },
  };
};
