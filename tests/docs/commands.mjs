// What a block of shell commands names must be there: scripts, their options, suites, files, targets, packages. Nothing is
// run here but `--help`, from which a script's options are known.
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { at } from "../../tools/lib/paths.mjs";
import { run } from "../../tools/lib/run.mjs";

/** @typedef {import("./blocks.mjs").Line} Line */
/** @typedef {{ name: string, version: string, scripts: Record<string, string>, devDependencies: Record<string, string> }} Manifest */

/** @type {Promise<Manifest>} */
const manifest = readFile(at("package.json"), "utf8").then(JSON.parse);

/**
 * Single commands, without comments, variables in front and the bodies of here-documents.
 * @param {Line[]} lines
 */
export const commandsOf = (lines) => {
  /** @type {Array<{ words: string[], line: number }>} */
  const commands = [];
  let end = "";
  let begun = "";
  for (const { text, line } of lines) {
    if (end !== "") {
      if (text.trim() === end) end = "";
      continue;
    }
    const whole = `${begun}${text.replace(/(^|\s)#.*$/, "").trim()}`;
    begun = whole.endsWith("\\") ? whole.slice(0, -1) : "";
    if (begun) continue;
    end = /<<-?\s*['"]?(\w+)['"]?/.exec(whole)?.[1] ?? "";
    for (const part of whole.split(/&&|\|\||;|\|/)) {
      const words = part.trim().split(/\s+/).filter(Boolean);
      while (/^\w+=/.test(words[0] ?? "") || words[0] === "sudo" || words[0] === "$") words.shift();
      if (words.length > 0) commands.push({ words, line });
    }
  }
  return commands;
};

/**
 * What is wrong with a command, or "".
 * @param {string[]} words
 * @returns {Promise<string>}
 */
export const commandFault = async ([program, ...args]) => {
  switch (program) {
    case "npm":
      return npmFault(args);
    case "node":
      return fileFault(args.find((arg) => !arg.startsWith("-")));
    case "cargo":
      return cargoFault(args);
    case "npx":
      return existsSync(at("node_modules", ".bin", args[0])) ? "" : `npx ${args[0]}: it is not among the devDependencies`;
    case "git":
    case "cd":
    case "mkdir":
    case "cp":
    case "python3":
      return "";
    default:
      return `"${program}" is no command that tests/docs/commands.mjs knows: teach it, or mark the block`;
  }
};

/** @param {string[]} args */
const npmFault = async ([verb, ...args]) => {
  const { name, version, scripts, devDependencies } = await manifest;
  if (["ci", "publish"].includes(verb)) return "";
  if (verb === "pack") return args.every((arg) => arg.startsWith("--")) ? "" : `npm pack ${args.join(" ")}: of what?`;
  if (verb === "install") {
    for (const wanted of args.filter((arg) => !arg.startsWith("-"))) {
      const packed = /([\w-]+)-(\d[\w.]*)\.tgz$/.exec(wanted);
      if (packed && (packed[1] !== name || packed[2] !== version)) return `${wanted}: it is ${name}-${version}.tgz`;
      if (!packed && wanted !== name && !(wanted in devDependencies)) return `npm install ${wanted}: nothing here shows that it would help`;
    }
    return "";
  }
  const script = verb === "run" ? args.shift() : verb;
  if (script === undefined || !(script in scripts)) return `npm has no script "${script}"`;
  return optionFault(script, scripts[script], args);
};

/** What `--help` says, asked once. @type {Map<string, Promise<string>>} */
const helps = new Map();

/**
 * @param {string} script
 * @param {string} line its line in package.json
 * @param {string[]} args
 */
const optionFault = async (script, line, args) => {
  const [, file = ""] = /^node (\S+)/.exec(line) ?? [];
  if (!file) return "";
  if (!existsSync(at(file))) return `npm run ${script}: there is no ${file}`;
  const given = args.filter((arg) => arg.startsWith("--") && arg !== "--");
  const spoken = /\bhelp\b/.test(await readFile(at(file), "utf8"));
  if (!spoken) return given.length > 0 ? `npm run ${script} has no --help that could tell of ${given[0]}` : "";
  const known = helps.get(file) ?? run(process.execPath, [at(file), "--help"]).then(({ code, stdout }) => (code === 0 ? stdout : ""));
  helps.set(file, known);
  const help = await known;
  if (help === "") return `npm run ${script} -- --help failed`;
  const missing = given.find((option) => !new RegExp(`${option}\\b`).test(help) && option !== "--help");
  if (missing) return `npm run ${script} has no option ${missing}`;
  const suites = script === "test" && args.includes("--only") ? args[args.indexOf("--only") + 1].split(",") : [];
  const none = suites.find((suite) => !help.includes(`  ${suite} `));
  return none ? `npm test has no suite "${none}"` : "";
};

/** @param {string[]} args */
const cargoFault = (args) => {
  for (const [kind, directory] of [["--example", "examples"], ["--test", "tests"], ["--bench", "benches"]]) {
    const name = args[args.indexOf(kind) + 1];
    if (args.includes(kind) && !["", ".rs"].some((ending) => existsSync(at(directory, `${name}${ending}`)))) return `cargo ${kind} ${name}: there is none`;
  }
  return "";
};

/** @param {string | undefined} path */
const fileFault = (path) => (path === undefined || existsSync(join(at(), path)) ? "" : `there is no ${path}`);
