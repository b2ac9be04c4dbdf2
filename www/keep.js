// @ts-check
// What the page itself keeps over a reload: in sessionStorage what belongs to this tab (form values, account, guide),
// in localStorage the saved session. Where storage is denied the page works on without it.

/**
 * @param {() => Storage} storage
 */
const shelf = (storage) => ({
  /**
   * @template T
   * @param {string} key
   * @param {T} otherwise
   * @returns {T}
   */
  read: (key, otherwise) => {
    try {
      const text = storage().getItem(key);
      return text === null ? otherwise : JSON.parse(text);
    } catch {
      return otherwise;
    }
  },

  /**
   * @param {string} key
   * @param {unknown} value
   */
  write: (key, value) => {
    try {
      storage().setItem(key, JSON.stringify(value));
    } catch {
      // denied or full: what this page shows is lost with a reload, nothing else is
    }
  },
});

export const tab = shelf(() => sessionStorage);
export const browser = shelf(() => localStorage);
