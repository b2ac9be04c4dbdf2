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
 * What `act` comes to, and what `refuse` makes of it where that fails.
 * @param {() => any} act
 * @param {(error: any) => any} refuse
 * @returns {any}
 */
export const trying = (act, refuse) => {
  try {
    const given = act();
    return coming(given)?.catch(refuse) ?? given;
  } catch (error) {
    return refuse(error);
  }
};

/**
 * Does the same with one after the other, and waits where that has to be waited for.
 * @template T
 * @param {T[]} list
 * @param {(it: T, at: number) => any} act
 * @param {number} [step] each how manyth
 * @param {number} [from]
 * @returns {Promise<void> | void}
 */
export const inTurn = (list, act, step = 1, from = 0) => {
  for (let at = from; at < list.length; at += step) {
    const answer = coming(act(/** @type {T} */ (list[at]), at));
    if (answer) return answer.then(() => inTurn(list, act, step, at + step));
  }
};

/**
 * What a function of the application, or the platform, has to say.
 * @param {any} error what it threw, be it something that cannot be looked at
 */
export const wordsOf = (error) => {
  try {
    const words = error instanceof Error ? error.message : error;
    return typeof words === "string" ? words : "";
  } catch {
    return "";
  }
};
