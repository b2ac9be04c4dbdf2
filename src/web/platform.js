// The few things of the platform that have the same name in a window and in a worker.

export const random = () => {
  const { crypto } = globalThis;
  if (crypto?.getRandomValues) return crypto.getRandomValues(new Uint32Array(1))[0];
  return Math.floor(Math.random() * 2 ** 32);
};

/**
 * @param {() => void} callback
 * @param {number} milliseconds
 */
export const startTimer = (callback, milliseconds) => setTimeout(callback, milliseconds);

/** @param {ReturnType<typeof setTimeout>} timer */
export const stopTimer = (timer) => clearTimeout(timer);

/** @param {() => void} callback */
export const atEndOfTurn = (callback) => queueMicrotask(callback);

/**
 * @param {Promise<unknown>[]} promises none is ever rejected
 * @param {() => void} callback
 */
export const whenAll = (promises, callback) => void Promise.all(promises).then(callback);
