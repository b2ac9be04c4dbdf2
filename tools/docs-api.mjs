// `npm run docs:api`: the doc comments of the public types → docs/api, a Markdown page for each of their rooms and a list of them.
//
// typedoc asks for "typescript" and cannot use version 7, which has no interface in JavaScript: it is given version 6.
import { readFile, rm, writeFile } from "node:fs/promises";
import { register } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { at } from "./lib/paths.mjs";
import { command, say, ToolError } from "./lib/say.mjs";

const SUBSTITUTE = `export const resolve = (name, context, next) => next(name === "typescript" ? "typescript-6" : name, context);`;

/** Each with its title, in the order in which they are read. */
const ROOMS = Object.entries({
  client: "The client",
  options: "Options",
  connecting: "Connecting",
  authentication: "Enhanced authentication",
  publishing: "Publishing",
  subscribing: "Subscribing",
  receiving: "Receiving",
  session: "The session",
  events: "Events",
  errors: "Errors",
  common: "What many share",
  init: "Loading by hand",
});

/** @type {Record<string, unknown>} */
const OPTIONS = {
  plugin: ["typedoc-plugin-markdown"],
  entryPoints: ROOMS.map(([room]) => (room === "init" ? at("package", "init.d.ts") : at("src", "web", "types", `${room}.d.ts`))),
  tsconfig: at("tests", "types", "tsconfig.json"),
  name: "mqtt-mooring",
  readme: "none",
  router: "module",
  sort: ["source-order"],
  categoryOrder: ["Server", "Connection", "Session", "Sending", "Receiving"],
  excludeExternals: true,
  disableSources: true,
  disableGit: true,
  expandParameters: true,
  hideGenerator: true,
  hidePageHeader: true,
  hideBreadcrumbs: true,
  hideGroupHeadings: true,
  logLevel: "Warn",
};

/** What a line above them says already. */
const SAID = /^(#+) (?:Parameters|Returns|Inherited from|Overrides|Implements|Implementation of|Type Parameters)$/;

/**
 * A page with fewer headings.
 * @param {string} page
 * @param {string} title
 */
const tidied = (page, title) => {
  /** @type {string[]} */
  const lines = [];
  let skipped = 0;
  for (const line of page.split("\n")) {
    const [, level] = /^(#+) /.exec(line) ?? [];
    if (skipped > 0 && (line === "***" || (level && level.length <= skipped))) skipped = 0;
    skipped ||= SAID.exec(line)?.[1].length ?? 0;
    if (skipped === 0) lines.push(line);
  }
  return lines
    .join("\n")
    .replace(/^# .*/, `# ${title}`)
    // The name by which it is imported.
    .replace(/^## default\(\)/m, "## init()")
    .replace("> **default**(", "> **init**(")
    .replace(/^#+ Extended by\n\n(?:- .*\n)+\n/gm, "")
    .replace(/^#+ Extends\n\n- (.*)$(?:\n- (.*)$)?/gm, (_, one, other) => `Extends ${other ? `${one} and ${other}` : one}.`)
    .replace(/^#+ Default Value\n\n/gm, "Default: ")
    .replace(/^#+ Example\n\n/gm, "")
    .replace(/\n{3,}/g, "\n\n");
};

/**
 * What a page is about, each with where it stands there: the second heading of a name has -1 behind it, in whatever case.
 * @param {string} page
 */
const namesIn = (page) => {
  /** @type {Map<string, number>} */
  const seen = new Map();
  return [...page.matchAll(/^(#+) (.*)$/gm)].flatMap(([, level, heading]) => {
    const slug = heading.toLowerCase().replace(/[^\w -]/g, "").replaceAll(" ", "-");
    const before = seen.get(slug) ?? 0;
    seen.set(slug, before + 1);
    return level === "##" ? [[heading, before > 0 ? `${slug}-${before}` : slug]] : [];
  });
};

/**
 * Writes the pages.
 * @param {string} directory in place of all that is in it
 */
export const writeApi = async (directory) => {
  register(`data:text/javascript,${encodeURIComponent(SUBSTITUTE)}`);
  const { Application, Converter, DeclarationReflection, ReflectionKind } = await import("typedoc");
  const app = await Application.bootstrapWithPlugins({ ...OPTIONS, outputs: [{ name: "markdown", path: directory }] });
  app.converter.on(Converter.EVENT_RESOLVE_END, ({ project }) => {
    const members = project.getReflectionsByKind(ReflectionKind.ClassOrInterface | ReflectionKind.ClassMember).filter((one) => one instanceof DeclarationReflection);
    const options = new Set(members.filter(({ parent }) => parent?.name === "ClientOptions").map(({ name }) => name));
    // Options are properties of the class, too, and have a page of their own; what is inherited stands where it comes from.
    for (const again of project.getReflectionsByKind(ReflectionKind.Reference)) project.removeReflection(again);
    for (const member of members) if (member.inheritedFrom || (member.parent?.name === "MqttClient" && options.has(member.name))) project.removeReflection(member);
  });
  const project = await app.convert();
  if (!project) throw new ToolError("typedoc cannot read the types (see above)");
  app.validate(project);
  await rm(directory, { recursive: true, force: true });
  await app.generateOutputs(project);
  if (app.logger.hasErrors() || app.logger.hasWarnings()) throw new ToolError("typedoc has complaints (see above): correct the doc comments");

  const listed = [];
  for (const [room, title] of ROOMS) {
    const page = tidied(await readFile(join(directory, `${room}.md`), "utf8"), title);
    await writeFile(join(directory, `${room}.md`), page);
    const summary = page.split("\n\n")[1].replaceAll("\n", " ");
    listed.push(`- **[${title}](${room}.md)**: ${summary} ${namesIn(page).map(([name, anchor]) => `[\`${name}\`](${room}.md#${anchor})`).join(", ")}`);
  }
  await writeFile(join(directory, "README.md"), `${INTRODUCTION}\n${listed.join("\n")}\n`);
};

const INTRODUCTION = `# API

Every name that \`mqtt-mooring\` exports: what it means, its unit, its default, what it fails with, the version of MQTT it belongs to, and the
section of the specification (\`§\` of MQTT 5, \`[MQTT-x.y.z-n]\` a statement). Made by \`npm run docs:api\` from the declarations that the package
ships, which editors show, too. They need TypeScript 5.7 or newer.
`;

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await command(async () => {
    await writeApi(at("docs", "api"));
    say("docs/api is as the doc comments are");
  });
}
