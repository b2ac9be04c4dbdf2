// `npm run lab-report`: how the Session Lab's page performs, as a person would feel it: how soon it can be used, whether it
// moves while it loads, how long the main thread is busy at a stretch. Figures to look at; nothing fails by them.
import { parseArgs } from "node:util";
import { build } from "./build.mjs";
import { measureLab } from "./lab-report/measure.mjs";
import { table } from "./lab-report/table.mjs";
import { command, options, say, wholeNumbers } from "./lib/say.mjs";
import { ensureChrome, ensureMosquitto, findMosquitto, setUp } from "./setup.mjs";

const HELP = `npm run lab-report -- [options]

  --rounds N     each figure is the median of so many pages (default 3)
  --messages N   published at QoS 2, and left unfinished over a reload (default 500)
  --slower N     a second column, with a processor so many times slower (default 4)
  --json         the figures as JSON`;

const main = async () => {
  const { values } = options(
    () =>
      parseArgs({
        options: {
          rounds: { type: "string" }, messages: { type: "string" }, slower: { type: "string" }, json: { type: "boolean" }, help: { type: "boolean", short: "h" },
        },
      }),
    "npm run lab-report -- --help",
  );
  if (values.help) return say(HELP);
  const { rounds, messages, slower } = values;
  const number = wholeNumbers({ rounds, messages, slower }, "npm run lab-report -- --help");
  const parameters = { rounds: number("rounds", 3), messages: number("messages", 500), slower: number("slower", 4) };
  await ensureChrome();
  const kind = (await findMosquitto()) ? "mosquitto" : "aedes";
  if (kind === "mosquitto") await ensureMosquitto();
  await build(await setUp());
  const report = await measureLab(kind, parameters);
  say(values.json ? JSON.stringify(report, null, 2) : table(report));
};

await command(main);
