import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { blame } from "../../tools/ordeal/check/blame.mjs";

/**
 * @param {...[type: string, dup?: boolean]} packets
 * @returns {any[]}
 */
const trail = (...packets) => packets.map(([type, dup = false], seq) => ({ seq, type, dup, packetId: 7, fate: "forwarded" }));

describe("by whose fault a QoS 2 message came twice", () => {
  it("is the broker's when it sends the PUBLISH again once it has sent the PUBREL, whether PUBCOMP got through or not", () => {
    const again = trail(["publish"], ["pubrec"], ["pubrel"], ["publish", true], ["pubrec"], ["pubrel"], ["pubcomp"]);
    assert.equal(blame("toClient", again), "broker");
  });

  it("is the client's when the broker has sent it again before any PUBREL, as it has to", () => {
    assert.equal(blame("toClient", trail(["publish"], ["pubrec"], ["publish", true], ["pubrec"], ["pubrel"], ["pubcomp"])), "client");
    assert.equal(blame("toClient", trail(["publish"], ["pubrec"], ["pubrel"], ["pubrel"], ["pubcomp"])), "client");
  });

  it("is the client's when it sends the PUBLISH again once it has sent the PUBREL, and the broker's when before", () => {
    assert.equal(blame("toServer", trail(["publish"], ["pubrec"], ["pubrel"], ["publish", true])), "client");
    assert.equal(blame("toServer", trail(["publish"], ["publish", true], ["pubrec"], ["pubrel"])), "broker");
  });
});
