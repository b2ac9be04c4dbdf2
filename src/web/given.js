// What an application has given, once it was read and checked, as Rust looks at it: by name.
//
// Must never live here: a check; what is in here passed one.

export class Given {
  /** @param {Record<string, any>} held */
  constructor(held) {
    this.held = held;
  }

  /**
   * What lies at `path`: a name, or names with dots between them. Undefined where there is nothing.
   * @param {string} path
   */
  value(path) {
    return path.split(".").reduce((/** @type {any} */ held, name) => held?.[name], this.held);
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
