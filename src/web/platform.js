// The few things of the platform that have the same name in a window and in a worker.

export const random = () => {
  const { crypto } = globalThis;
  if (crypto?.getRandomValues) return crypto.getRandomValues(new Uint32Array(1))[0];
  return Math.floor(Math.random() * 2 ** 32);
};

/** Runs something at the end of the turn it is asked for in. */
export class Turn {
  /** @type {(() => void) | undefined} */
  #callback;
  #run = () => this.#callback?.();

  /** @param {() => void} callback */
  constructor(callback) {
    this.#callback = callback;
  }

  schedule() {
    queueMicrotask(this.#run);
  }

  forget() {
    this.#callback = undefined;
  }
}

/**
 * @param {Promise<unknown>[]} promises none is ever rejected
 * @param {() => void} callback
 */
export const whenAll = (promises, callback) => void Promise.all(promises).then(callback);
