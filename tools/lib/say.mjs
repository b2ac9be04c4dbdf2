// How the tools speak: one line a step, and one sentence for an error.

/** An error meant for the person at the keyboard: one clear sentence that names the way out. */
export class ToolError extends Error {}

/** In a test file standard output is the channel to the test runner, whose messages other text can tear apart (Node 20). */
const isTest = process.env.NODE_TEST_CONTEXT !== undefined && (process.argv[1] ?? "").endsWith(".test.mjs");
const out = isTest ? process.stderr : process.stdout;

/** @param {string} line */
export const say = (line) => void out.write(`${line}\n`);

/** @param {number} since milliseconds, as from Date.now() */
export const elapsed = (since) => {
  const seconds = Math.round((Date.now() - since) / 1000);
  return seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
};

/**
 * Runs a command's main function: a ToolError becomes one sentence and exit code 1, anything else
 * is a defect of the tool itself and keeps its stack.
 * @param {() => Promise<void>} main
 */
export const command = async (main) => {
  try {
    await main();
  } catch (error) {
    process.exitCode = 1;
    const text = error instanceof ToolError ? error.message : error instanceof Error ? error.stack : String(error);
    process.stderr.write(`${text}\n`);
  }
};

/**
 * parseArgs' complaints, as one sentence.
 * @template T
 * @param {() => T} parse
 * @param {string} help the command that shows the options
 * @returns {T}
 */
export const options = (parse, help) => {
  try {
    return parse();
  } catch (error) {
    const sentence = error instanceof Error ? error.message.split(". ")[0] : String(error);
    throw new ToolError(`${sentence}; \`${help}\` lists the options.`);
  }
};

/**
 * Options that are whole numbers, from what parseArgs gave.
 * @param {Record<string, string | undefined>} values
 * @param {string} help the command that shows the options
 */
export const wholeNumbers = (values, help) => (/** @type {string} */ name, /** @type {number} */ otherwise) => {
  const given = values[name] === undefined ? otherwise : Number(values[name]);
  if (Number.isInteger(given) && given >= 0) return given;
  throw new ToolError(`--${name} takes a whole number, not "${values[name]}"; \`${help}\` lists the options.`);
};
