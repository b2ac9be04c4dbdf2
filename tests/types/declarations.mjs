// What the package's declarations say, as the compiler reads them: names, members, comments, tags. By TypeScript 6, for 7 has no
// interface in JavaScript.
import { readFile } from "node:fs/promises";
import ts from "typescript-6";
import { filesBelow } from "../../tools/lib/hash.mjs";
import { at, root } from "../../tools/lib/paths.mjs";

/** All that is shipped: the rooms of the types, and what stands beside the entry points. */
const files = (await filesBelow([at("src", "web"), at("package")])).filter((path) => path.endsWith(".d.ts"));

export const sources = await Promise.all(files.map(async (path) => ts.createSourceFile(path, await readFile(path, "utf8"), ts.ScriptTarget.ES2022, true)));

/** @typedef {import("typescript-6").Node} Node */
/** @typedef {import("typescript-6").InterfaceDeclaration | import("typescript-6").ClassDeclaration} Shape */

/**
 * A node and all that is below it.
 * @param {Node} node
 * @returns {Generator<Node>}
 */
export function* below(node) {
  yield node;
  /** @type {Node[]} */
  const children = [];
  ts.forEachChild(node, (child) => void children.push(child));
  for (const child of children) yield* below(child);
}

/** @param {Node} node */
export const isAny = (node) => node.kind === ts.SyntaxKind.AnyKeyword;

/** @param {Node} node */
export const place = (node) => {
  const { line } = node.getSourceFile().getLineAndCharacterOfPosition(node.getStart());
  return `${node.getSourceFile().fileName.slice(root.length + 1)}:${line + 1}`;
};

/** What is exported, by its name. */
export const declarations = sources.flatMap((source) =>
  source.statements.filter((node) => ts.isInterfaceDeclaration(node) || ts.isClassDeclaration(node) || ts.isTypeAliasDeclaration(node) || ts.isFunctionDeclaration(node)),
);

/**
 * An exported interface or class.
 * @param {string} name
 */
const shape = (name) => /** @type {Shape} */ (declarations.find((node) => node.name?.text === name));

/**
 * @param {Node} node
 * @returns {string}
 */
export const nameOf = (node) => /** @type {{ name?: Node }} */ (node).name?.getText() ?? ts.SyntaxKind[node.kind];

/**
 * What it has of its own, by name.
 * @param {string} name
 * @returns {Map<string, Node>}
 */
export const membersOf = (name) => new Map([...shape(name).members].map((member) => [nameOf(member), member]));

/**
 * The comment in front of it, without its tags.
 * @param {Node} node
 */
export const commentOf = (node) =>
  ts.getJSDocCommentsAndTags(node).map((doc) => (ts.isJSDoc(doc) ? ts.getTextOfJSDocComment(doc.comment) ?? "" : "")).join("");

/**
 * The text of its `@defaultValue`.
 * @param {Node} node
 */
export const defaultOf = (node) => {
  const tag = ts.getJSDocTags(node).find(({ tagName }) => tagName.text === "defaultValue");
  return tag && (ts.getTextOfJSDocComment(tag.comment) ?? "");
};

/**
 * Every place that should say what it is: what is exported, and what that has; but for the options, which say it as options.
 * @returns {Node[]}
 */
export const documented = () => {
  const options = membersOf("ClientOptions");
  return declarations.flatMap((node) => {
    const members = [...below(node)].filter((child) => ts.isPropertySignature(child) || ts.isMethodSignature(child) || ts.isMethodDeclaration(child) || ts.isPropertyDeclaration(child) || ts.isAccessor(child));
    // What a type is compared with is no part of it.
    const own = members.filter((member) => !ts.findAncestor(member, ts.isConditionalTypeNode));
    return [node, ...own.filter((member) => nameOf(node) !== "MqttClient" || !options.has(nameOf(member)))];
  });
};

/**
 * The members of a union of texts.
 * @param {string} name
 * @returns {string[]}
 */
export const textsOf = (name) => {
  const node = declarations.find((declaration) => nameOf(declaration) === name);
  return node ? [...below(node)].filter((child) => ts.isStringLiteral(child)).map((child) => /** @type {import("typescript-6").StringLiteral} */ (child).text) : [];
};
