import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { functions, rooms } from "../../tools/size/functions.mjs";

/** @param {string} text */
const text = (text) => [text.length, ...new TextEncoder().encode(text)];

/**
 * @param {number} kind
 * @param {number[]} content
 */
const section = (kind, content) => [kind, content.length, ...content];

/** One function imported, two with bodies: one that does nothing, and one that drops a number. */
const MODULE = new Uint8Array([
  0, 0x61, 0x73, 0x6d, 1, 0, 0, 0,
  ...section(1, [1, 0x60, 0, 0]),
  ...section(2, [1, ...text("a"), ...text("b"), 0, 0]),
  ...section(3, [2, 0, 0]),
  ...section(10, [2, 2, 0, 0x0b, 5, 0, 0x41, 1, 0x1a, 0x0b]),
  ...section(0, [
    ...text("name"),
    ...section(1, [2, 1, ...text("core::fmt::write"), 2, ...text("mqtt_mooring::codec::wire::go::h0123456789abcdef")]),
  ]),
]);

describe("what the functions of a module weigh", () => {
  it("names each that has a body, the largest first, without the hash", () => {
    assert.deepEqual(functions(MODULE), [
      { name: "mqtt_mooring::codec::wire::go", bytes: 5 },
      { name: "core::fmt::write", bytes: 2 },
    ]);
  });

  it("adds up what is in one room", () => {
    const weights = [
      { name: "<mqtt_mooring::client::Client>::process", bytes: 4 },
      { name: "core::ptr::drop_in_place<mqtt_mooring::client::Client>", bytes: 2 },
      { name: "core::fmt::write", bytes: 3 },
    ];
    assert.deepEqual(rooms(weights), [
      { name: "client", bytes: 6 },
      { name: "core", bytes: 3 },
    ]);
  });
});
