// Replay: 1,000 messages are in flight when the connection breaks. How many round trips until all of them are acknowledged on the next one?

/** @typedef {import("./workload.js").World} World */
/** @typedef {import("./workload.js").Cell} Cell */
/** @typedef {import("../server/packets.mjs").QoS} QoS */

const MESSAGES = 1000;
const ROUND_TRIP_MS = 100;
/** Who needs more than this is not waited for. */
const MOST_ROUND_TRIPS = 30;
/** To notice the cut and connect again. */
const GRACE_MS = 10_000;
const LOOK_MS = 20;

/** @param {() => Promise<boolean>} condition @param {number} deadlineMs */
const until = async (condition, deadlineMs) => {
  const end = performance.now() + deadlineMs;
  while (!(await condition())) {
    if (performance.now() > end) return false;
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
  return true;
};

/** @param {World} world @param {QoS} qos @returns {Promise<import("./workload.js").Outcome>} */
const replay = async ({ page, server, connect, clientId: own }, qos) => {
  const clientId = `${own}-${qos}`;
  await server.treat(clientId, { holdAcknowledgements: true });
  await connect({ clientId, clean: false });
  await page.evaluate((how) => window.bench.begin(how), { count: MESSAGES, size: 100, qos, window: MESSAGES });
  const all = await until(async () => (await server.standing(clientId)).published >= MESSAGES, GRACE_MS);
  if (!all) return { wrong: `only ${(await server.standing(clientId)).published} were sent before the cut` };
  await server.treat(clientId, { holdAcknowledgements: false, delayMs: ROUND_TRIP_MS });
  const { number } = await server.standing(clientId);
  await server.cut(clientId);
  const back = await until(async () => (await server.standing(clientId)).number > number, GRACE_MS);
  if (!back) return { wrong: "did not connect again" };
  const settled = () => page.evaluate(() => window.bench.settled());
  const done = await until(async () => (await settled()) === MESSAGES, MOST_ROUND_TRIPS * ROUND_TRIP_MS);
  if (!done) return { instead: `${await settled()} of ${MESSAGES} after ${MOST_ROUND_TRIPS}` };
  return { value: (await server.standing(clientId)).wallMs / ROUND_TRIP_MS };
};

/** @param {QoS} qos */
export const nameOf = (qos) => `${MESSAGES.toLocaleString("en")} × QoS ${qos}`;

/** @param {QoS} qos @returns {Cell} */
const cell = (qos) => ({
  rows: [{ name: nameOf(qos), unit: "round trips" }],
  needs: ["resume", ...(qos === 2 ? /** @type {const} */ (["QoS 2"]) : [])],
  measure: async (world) => [await replay(world, qos)],
});

/** @type {import("./workload.js").Workload} */
export const replaying = {
  name: "replay",
  title: "Replay after a lost connection",
  about:
    `${MESSAGES.toLocaleString("en")} messages are unacknowledged when the connection breaks; on the next one the server holds the session, and every answer comes ` +
    `${ROUND_TRIP_MS} ms later. From its CONNACK to its last acknowledgement, in round trips of ${ROUND_TRIP_MS} ms; QoS 1 takes one at least, QoS 2 two.`,
  rounds: 3,
  prepare: (world) => world.open(),
  cells: () => [cell(1), cell(2)],
};
