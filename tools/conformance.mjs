// `npm run conformance`: writes docs/conformance.md from the tables of the specifications' statements and from the
// names of the tests. With --check it writes nothing, and says what is not as it should be (so does `npm test`).
import { parseArgs } from "node:util";
import { command, options, say, ToolError } from "./lib/say.mjs";
import { root } from "./lib/paths.mjs";
import { check, write } from "./conformance/survey.mjs";

const HELP = `npm run conformance -- [--check]

  Writes docs/conformance.md: each normative statement of MQTT 3.1.1 and 5, and the tests that hold it; and their number
  where the README quotes it.
  --check    writes nothing; says whether the document, the README and the tests agree, and whether a test is missing`;

await command(async () => {
  const { values } = options(
    () => parseArgs({ options: { check: { type: "boolean" }, help: { type: "boolean", short: "h" } } }),
    "npm run conformance -- --help",
  );
  if (values.help) return say(HELP);
  if (!values.check) await write(root);
  const { line, problems } = await check(root);
  say(line);
  if (problems.length > 0) throw new ToolError(problems.join("\n"));
});
