// The budgets of this client, as ratios of medians: reported as met or missed, never asserted.
import { BUDGET } from "../tools/size.mjs";
import { nameOf as durableName } from "./workloads/durable.mjs";
import { GROWTH } from "./workloads/heap.mjs";
import { nameOf as publishName } from "./workloads/publish.mjs";
import { MAIN, nameOf as receiveName } from "./workloads/receive.mjs";
import { nameOf as replayName } from "./workloads/replay.mjs";
import { RESTORE, SAVE } from "./workloads/saving.mjs";
import { summary } from "./statistics.mjs";
import { valuesOf } from "./table.mjs";

/** @typedef {{ what: string, asked: string, got: string, met: boolean | null }} Budget `met` null: not measured */

/** @param {import("./report.mjs").Report} report @returns {Budget[]} */
export const budgets = ({ circumstances: { size }, results }) => {
  /** @param {string} workload @param {string} row @param {string} contestant @returns {number | null} */
  const median = (workload, row, contestant) => {
    const values = valuesOf(results.filter((result) => result.workload === workload && result.row === row && result.contestant === contestant));
    return values.length === 0 ? null : summary(values).median;
  };
  /** @param {string} workload @param {string} row @param {string[]} names */
  const best = (workload, row, names) => {
    const all = names.map((name) => median(workload, row, name)).filter((value) => value !== null);
    return all.length === 0 ? null : Math.max(...all);
  };
  /** @param {string} what @param {number} least @param {number | null} ours @param {number | null} other @returns {Budget} */
  const ratio = (what, least, ours, other) => {
    if (ours === null || other === null) return { what, asked: `≥ ${least} ×`, got: "not measured", met: null };
    return { what, asked: `≥ ${least} ×`, got: `${(ours / other).toFixed(2)} ×`, met: ours / other >= least };
  };
  /** @param {string} what @param {number} most @param {string} unit @param {number | null} got @param {number} digits @returns {Budget} */
  const bound = (what, most, unit, got, digits) => ({
    what, asked: `≤ ${most.toLocaleString("en")} ${unit}`, got: got === null ? "not measured" : `${got.toFixed(digits)} ${unit}`,
    met: got === null ? null : got <= most,
  });

  const receive = receiveName(MAIN);
  const received = median("receive", receive, "ours");
  const publish = publishName(1);
  const published = median("publish", publish, "ours");
  const durable = median("durable", durableName(1, true), "ours");
  return [
    bound("download, gzip", BUDGET.gzip / 1000, "KB", size.gzip / 1000, 1),
    bound("download, brotli", BUDGET.brotli / 1000, "KB", size.brotli / 1000, 1),
    ratio(`receive ${receive}: the floor`, 0.8, received, median("receive", receive, "floor")),
    ratio(`receive ${receive}: the best of Paho, u8-mqtt and aws-crt`, 3, received, best("receive", receive, ["paho", "u8", "aws"])),
    ratio(`receive ${receive}: MQTT.js`, 8, received, median("receive", receive, "mqtt")),
    ratio(`publish ${publish}: the floor`, 0.7, published, median("publish", publish, "floor")),
    ratio(`publish ${publish}: the best of the others`, 2, published, best("publish", publish, ["mqtt", "paho", "u8", "aws"])),
    ratio("publish, durable: Paho", 5, durable, median("durable", durableName(1, true), "paho")),
    ratio("publish, durable: our own without", 0.4, durable, median("durable", durableName(1, false), "ours")),
    bound(`replay ${replayName(1)}`, 3, "round trips", median("replay", replayName(1), "ours"), 2),
    bound(`replay ${replayName(2)}`, 3, "round trips", median("replay", replayName(2), "ours"), 2),
    bound(SAVE, 15, "ms", median("save", SAVE, "ours"), 1),
    bound(RESTORE, 15, "ms", median("save", RESTORE, "ours"), 1),
    bound("heap, growth from 10,000 to 1,000,000 messages", 1024, "KiB", median("heap", GROWTH, "ours"), 0),
  ];
};
