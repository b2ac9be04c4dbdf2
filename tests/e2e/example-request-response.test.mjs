// The example examples/request-response, as `npm start` serves it: one client asks, another one answers.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { assertAccessible, examplePages } from "../support/example-page.mjs";

/** @typedef {import("playwright-core").Page} Page */

const TOPIC = "examples/request-response/roman";

/** @param {Page} page */
const ready = (page) => page.getByText("The clerk is there.").waitFor();

/** @param {Page} page @param {string[]} questions */
const ask = async (page, ...questions) => {
  for (const question of questions) {
    await page.getByLabel("Number").fill(question);
    await page.getByRole("button", { name: "Ask" }).click();
  }
};

/** Resolves when this has been answered. @param {Page} page @param {string} answer */
const answered = (page, answer) => page.getByRole("definition").getByText(answer, { exact: true }).waitFor();

/** @param {import("../../tools/proxy.mjs").Entry} entry */
const isAnswer = ({ topic }) => topic?.startsWith("response/") === true;

/** Questions and answers as they stand there. @param {Page} page */
const all = async (page) => {
  const questions = await page.locator("dt").allTextContents();
  const answers = await page.locator("dd").allTextContents();
  return questions.map((question, index) => [question, answers[index]]);
};

describe("example: request and response", { timeout: 120_000 }, () => {
  const example = examplePages("request-response");

  test("a question is answered, and what is wrong with one is an answer, too", async () => {
    const page = await example.open();
    await ready(page);
    await ask(page, "1994", "a dozen");
    await answered(page, "MCMXCIV");
    await answered(page, '"a dozen" is no whole number from 1 to 3999.');
    assert.equal(await page.locator("dd.failed").count(), 1);
    assert.deepEqual(example.errors(), []);
  });

  test("answers find their questions, in whatever order they come", async () => {
    const page = await example.open();
    await ready(page);
    await ask(page, "1");
    await answered(page, "I");
    const held = example.proxy().rule({ direction: "toClient", match: isAnswer, nth: 1, action: "hold", overtake: true });
    await ask(page, "2", "3", "4");
    await answered(page, "IV");
    assert.deepEqual(await all(page), [["1", "I"], ["2", "…"], ["3", "III"], ["4", "IV"]]);
    held.remove();
    await answered(page, "II");
    assert.deepEqual(await all(page), [["1", "I"], ["2", "II"], ["3", "III"], ["4", "IV"]]);
  });

  test("the asker's link breaks right behind its question, and the answer comes when it is made again", async () => {
    const page = await example.open();
    await ready(page);
    await ask(page, "1");
    await answered(page, "I");
    example.proxy().rule({ direction: "toServer", topic: TOPIC, action: "cut-after", nth: 1 });
    await ask(page, "5");
    await answered(page, "V");
    assert.equal(example.packets("connect").length, 3);
  });

  test("without a clerk a question ends with TIMEOUT's words; when the clerk is back the next one is answered", async () => {
    const page = await example.open();
    await ready(page);
    await page.getByRole("switch", { name: "Clerk at the desk" }).click();
    await page.getByText("The clerk is away.").waitFor();
    await ask(page, "10");
    await page.locator("dd.failed").waitFor();
    assert.match(String((await all(page))[0][1]), /3 s/);
    await page.getByRole("switch", { name: "Clerk at the desk" }).click();
    await ready(page);
    await ask(page, "11");
    await answered(page, "XI");
    assert.deepEqual(example.errors(), []);
  });

  test("of the clerks in two tabs one answers", async () => {
    const first = await example.open();
    await ready(first);
    const second = await example.open();
    await ready(second);
    await ask(first, "1", "2", "3");
    for (const answer of ["I", "II", "III"]) await answered(first, answer);
    const answers = example.packets("publish").filter((entry) => entry.direction === "toServer" && isAnswer(entry));
    assert.equal(answers.length, 3);
  });

  test("axe finds nothing wrong with it", async () => {
    const page = await example.open();
    await ready(page);
    await ask(page, "7", "no number");
    await answered(page, "VII");
    await page.locator("dd.failed").waitFor();
    await assertAccessible(page);
  });
});

describe("example: request and response, where the broker speaks 3.1.1 only", { timeout: 60_000 }, () => {
  const example = examplePages("request-response", "aedes");

  test("it says that MQTT 5 is needed", async () => {
    const page = await example.open();
    await page.getByText("a broker of MQTT 3.1.1 cannot be asked").waitFor();
    await page.getByRole("alert").filter({ hasText: /protocol version/i }).waitFor();
  });
});
