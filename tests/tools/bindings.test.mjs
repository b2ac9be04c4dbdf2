import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { trimmed, withArrows } from "../../tools/build/bindings.mjs";

/** As wasm-bindgen writes what a module imports. */
const LIST = `    const import0 = {
        __proto__: null,
        __wbg_length_1: function(arg0) {
            const ret = arg0.length;
            return ret;
        },
        __wbg_clear_2: function(arg0) {
            arg0.clear();
        },
        __wbg_throw_3: function(arg0) {
            throw new Error(arg0);
        },
        __wbg_call_4: function() { return handleError(function (arg0, arg1) {
            const ret = arg0.call(undefined, arg1);
            return ret;
        }, arguments); },
        __wbg_two_5: function(arg0) {
            const val = arg0;
            const ret = typeof(val) === 'object' && val !== null;
            return ret;
        },
        __wbindgen_generic_6: function(arg0) {
            // Cast intrinsic for \`F64 -> Externref\`.
            const ret = arg0;
            return ret;
        },
    };
`;

describe("the functions that the module imports", () => {
  const text = withArrows(LIST);
  /** @type {Record<string, (...args: any[]) => any>} */
  const made = Function("handleError", `${text} return import0;`)((/** @type {(...args: any[]) => any} */ f) => (/** @type {any[]} */ ...args) => {
    try {
      return f(...args);
    } catch (error) {
      return `caught ${error}`;
    }
  });

  it("are all arrow functions", () => {
    assert.doesNotMatch(text, /function ?\(/);
    assert.equal(Object.keys(made).length, 6);
  });

  it("do what they did", () => {
    assert.equal(made.__wbg_length_1("four"), 4);
    const set = new Set([1]);
    made.__wbg_clear_2(set);
    assert.equal(set.size, 0);
    assert.throws(() => made.__wbg_throw_3("why"), /why/);
    assert.equal(made.__wbg_call_4((/** @type {number} */ n) => n + 1, 1), 2);
    assert.equal(made.__wbg_call_4(() => { throw "it"; }, 1), "caught it");
    assert.deepEqual([null, {}, 1].map((value) => made.__wbg_two_5(value)), [false, true, false]);
    assert.equal(made.__wbindgen_generic_6(6), 6);
  });
});

describe("bindings that are not as this version of wasm-bindgen writes them", () => {
  it("are refused, with what is missing", () => {
    assert.throws(() => trimmed(LIST), /do not say methods that ours stand in for .*bindings\.mjs/);
  });
});
