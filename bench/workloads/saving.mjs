// Save and restore: a session of 10,000 unacknowledged messages as one text, and back.
import { quantile } from "../statistics.mjs";

const MESSAGES = 10_000;
const TIMES = 5;

export const SAVE = `save ${MESSAGES.toLocaleString("en")} × 100 B`;
export const RESTORE = `restore ${MESSAGES.toLocaleString("en")} × 100 B`;

/** @type {import("./workload.js").Cell} */
const cell = {
  rows: [{ name: SAVE, unit: "ms" }, { name: RESTORE, unit: "ms" }],
  needs: ["save"],
  measure: async ({ page }) => {
    await page.evaluate((how) => window.bench.begin(how), { count: MESSAGES, size: 100, qos: 1, window: MESSAGES });
    /** @type {{ save: number[], restore: number[], messages: number }} */
    const { save, restore, messages } = await page.evaluate((times) => window.bench.saveAndRestore(times), TIMES);
    const wrong = { wrong: `${messages} of ${MESSAGES}` };
    return messages === MESSAGES ? [{ value: quantile(save, 0.5) }, { value: quantile(restore, 0.5) }] : [wrong, wrong];
  },
};

/** @type {import("./workload.js").Workload} */
export const saving = {
  name: "save",
  title: "Save and restore a session",
  about:
    `${MESSAGES.toLocaleString("en")} unacknowledged QoS 1 messages of 100 B, to one text and from it into another client; the median of ` +
    `${TIMES} times in each round.`,
  rounds: Infinity,
  prepare: async ({ open, connect, server, clientId }) => {
    await server.treat(clientId, { holdAcknowledgements: true });
    await open();
    await connect({ clean: false });
  },
  cells: () => [cell],
};
