// `npm run docs:api`: the doc comments of the public types → docs/api, one Markdown page for each of their rooms.
//
// typedoc asks for "typescript" and cannot use version 7, which has no interface in JavaScript: it is given version 6.
import { rm } from "node:fs/promises";
import { register } from "node:module";
import { fileURLToPath } from "node:url";
import { at } from "./lib/paths.mjs";
import { command, say, ToolError } from "./lib/say.mjs";

/** @typedef {import("typedoc").ProjectReflection} Project */

const SUBSTITUTE = `export const resolve = (name, context, next) => next(name === "typescript" ? "typescript-6" : name, context);`;

/** @type {Record<string, unknown>} */
const OPTIONS = {
  plugin: ["typedoc-plugin-markdown"],
  entryPoints: [at("src", "web", "types", "*.d.ts")],
  tsconfig: at("tests", "types", "tsconfig.json"),
  name: "mqtt-mooring",
  router: "module",
  readme: at("docs", "api.md"),
  mergeReadme: true,
  hideGenerator: true,
  hidePageHeader: true,
  hideBreadcrumbs: true,
  disableSources: true,
  disableGit: true,
  sort: ["source-order"],
  kindSortOrder: ["Class", "Interface", "TypeAlias"],
  excludeExternals: true,
  logLevel: "Warn",
  treatWarningsAsErrors: true,
  treatValidationWarningsAsErrors: true,
  githubPages: false,
  pageTitleTemplates: { module: "{name}" },
};

/**
 * Writes the pages.
 * @param {string} directory in place of all that is in it
 */
export const writeApi = async (directory) => {
  register(`data:text/javascript,${encodeURIComponent(SUBSTITUTE)}`);
  const { Application, Converter, ReflectionKind } = await import("typedoc");
  const app = await Application.bootstrapWithPlugins({ ...OPTIONS, outputs: [{ name: "markdown", path: directory }] });
  app.converter.on(Converter.EVENT_RESOLVE_END, ({ project }) => {
    // Options are properties of the class, too: they have a page of their own.
    const [client, options] = ["MqttClient", "ClientOptions"].map((name) => project.getReflectionsByKind(ReflectionKind.All).find((one) => one.name === name));
    const names = new Set(/** @type {any} */ (options).children.map((/** @type {{ name: string }} */ { name }) => name));
    for (const child of [.../** @type {any} */ (client).children]) if (names.has(child.name)) project.removeReflection(child);
  });
  const project = await app.convert();
  if (!project) throw new ToolError("typedoc cannot read the types (see above)");
  app.validate(project);
  await rm(directory, { recursive: true, force: true });
  await app.generateOutputs(project);
  if (app.logger.hasErrors() || app.logger.hasWarnings()) throw new ToolError("typedoc has complaints (see above): correct the doc comments");
};

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await command(async () => {
    await writeApi(at("docs", "api"));
    say("docs/api is as the doc comments are");
  });
}
