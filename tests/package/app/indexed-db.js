// A store that workers have, too: IndexedDB, where a change counts once it is on disk.

/**
 * @template T
 * @param {IDBRequest<T>} request
 * @returns {Promise<T>}
 */
const result = (request) =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });

/** @returns {Promise<import("mqtt-mooring").SessionStorage>} */
export const indexedDbStore = async () => {
  const opening = indexedDB.open("sessions", 1);
  opening.onupgradeneeded = () => opening.result.createObjectStore("records");
  const database = await result(opening);
  const read = () => database.transaction("records").objectStore("records");
  /** @param {(records: IDBObjectStore) => void} change @returns {Promise<void>} */
  const write = (change) =>
    new Promise((resolve, reject) => {
      const transaction = database.transaction("records", "readwrite", { durability: "strict" });
      transaction.oncomplete = () => resolve();
      transaction.onabort = () => reject(transaction.error);
      change(transaction.objectStore("records"));
    });
  return {
    get: (key) => result(read().get(key)),
    set: (key, value) => write((records) => records.put(value, key)),
    remove: (key) => write((records) => records.delete(key)),
    keys: async (prefix) => (await result(read().getAllKeys(IDBKeyRange.bound(prefix, `${prefix}\uffff`)))).map(String),
  };
};
