// The same with a real broker: receive what comes through it, and publish to it.
import { connect } from "node:net";
import { once } from "node:events";
import { publish as publishPacket, TOPICS } from "../server/packets.mjs";
import { faultOf, publishInPage, SIZE, WINDOW } from "./publish.mjs";
import { receiveFrom } from "./receive.mjs";

/** @typedef {import("./workload.js").World} World */
/** @typedef {import("./workload.js").Cell} Cell */
/** @typedef {import("../server/packets.mjs").QoS} QoS */

const COUNT = 20_000;
const CONNECT = Buffer.from([0x10, 16, 0, 4, 77, 81, 84, 84, 4, 2, 0, 0, 0, 4, 102, 101, 101, 100]);
/** Written at once, and waited for. */
const IN_PIECE = 500;

/** Publishes prepared packets to the broker, on plain TCP at QoS 0, which it keeps in order. @param {number} port @param {number} count */
const feed = async (port, count) => {
  const socket = connect(port, "127.0.0.1").setNoDelay(true);
  socket.write(CONNECT);
  await once(socket, "data");
  const payload = Buffer.alloc(SIZE, "x");
  const packets = Array.from({ length: IN_PIECE }, (_, index) => publishPacket({ topic: TOPICS[index % TOPICS.length], payload, qos: 0, id: 0, version: "3.1.1" }));
  const piece = Buffer.concat(packets);
  for (let sent = 0; sent < count; sent += IN_PIECE) if (!socket.write(piece)) await once(socket, "drain");
  socket.end(Buffer.from([0xe0, 0]));
};

/** @type {Cell} */
const receiving = {
  rows: [{ name: `receive QoS 0 · ${SIZE} B`, unit: "messages/s" }],
  needs: [],
  measure: async (world) => {
    const port = world.broker?.tcpPort ?? 0;
    await world.page.evaluate(() => window.bench.subscribe(0));
    await receiveFrom(world, { count: 5_000, size: SIZE, qos: 0 }, () => feed(port, 5_000));
    const outcome = await receiveFrom(world, { count: COUNT, size: SIZE, qos: 0 }, () => feed(port, COUNT));
    return [outcome];
  },
};

/** @param {QoS} qos @returns {Cell} */
const publishing = (qos) => ({
  rows: [{ name: `publish QoS ${qos} · ${SIZE} B · window ${WINDOW}`, unit: "messages/s" }],
  needs: qos === 2 ? ["QoS 2"] : [],
  measure: async (world) => {
    const given = { count: 4_000, size: SIZE, qos, window: WINDOW, topic: "bench/in" };
    await publishInPage(world, { ...given, count: 1_000 });
    const got = await publishInPage(world, given);
    return [faultOf(got, given.count, given.count) ?? { value: given.count / (got.ms / 1000) }];
  },
});

/** @type {import("./workload.js").Workload} */
export const mosquitto = {
  name: "mosquitto",
  title: "With Mosquitto",
  about: "Through a real broker on the same machine: what it takes limits everybody. Its Receive Maximum is 65,535.",
  rounds: 3,
  needsBroker: true,
  prepare: async ({ open, connect: connectPage }) => {
    await open();
    await connectPage();
  },
  cells: () => [receiving, publishing(1), publishing(2)],
};
