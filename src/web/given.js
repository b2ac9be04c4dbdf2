// What an application has given, once it was read and checked, as Rust looks at it: by name.
//
// Must never live here: a check; what is in here passed one.

export class Given {
  /** @param {Record<string, any>} held */
  constructor(held) {
    /** @type {Record<string, any>} who looks for a name that is not in it does not find what somebody added to all objects of the page */
    this.held = { __proto__: null, ...held };
  }

  /**
   * What lies at `path`: a name, or names with dots between them. Undefined where there is nothing: what somebody added to
   * all objects of the page was not given.
   * @param {string} path
   */
  value(path) {
    const within = (/** @type {any} */ held, /** @type {string} */ name) => (Object.hasOwn(held ?? {}, name) ? held[name] : undefined);
    return path.split(".").reduce(within, this.held);
  }

  /**
   * NaN where there is nothing; 1 for true, 0 for false.
   * @param {string} path
   */
  number(path) {
    return Number(this.value(path));
  }

  /**
   * @param {string} path
   * @param {string} text
   */
  is(path, text) {
    return this.value(path) === text;
  }
}
