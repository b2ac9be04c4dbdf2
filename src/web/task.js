// What functions of the application answer: at once, or with a promise.

/**
 * @param {any} given what such a function returned
 * @returns {Promise<any> | undefined} for what it comes to; undefined: it is here already
 */
export const coming = (given) => (typeof given?.then === "function" ? Promise.resolve(given) : undefined);

/**
 * Goes on with it as soon as it is here.
 * @template T
 * @param {any} given
 * @param {(given: any) => T | Promise<T>} next
 * @returns {T | Promise<T>}
 */
export const whenHere = (given, next) => coming(given)?.then(next) ?? next(given);

/**
 * Does the same with one after the other, and waits where that has to be waited for.
 * @template T
 * @param {T[]} list
 * @param {(it: T) => any} act
 * @param {number} [from]
 * @returns {Promise<void> | void}
 */
export const inTurn = (list, act, from = 0) => {
  for (let at = from; at < list.length; at++) {
    const answer = coming(act(list[at]));
    if (answer) return answer.then(() => inTurn(list, act, at + 1));
  }
};
