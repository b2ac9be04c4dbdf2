// One owner for a durable session: a Web Lock, from before its records are read until after its last socket is closed.

/** How long a socket may take to close before the session is handed over all the same. */
const CLOSING_MS = 2000;

/**
 * How long a lock is asked for that is not to be waited for: the page that was reloaded, or the client that was freed a moment
 * ago, may still be letting go of it.
 */
const GRACE_MS = 500;

/**
 * How long what another process wrote to localStorage may take to be seen here. No specification bounds it; Chromium
 * takes a few milliseconds. Only a session that somebody else has just let go of needs it.
 */
const VISIBLE_MS = 200;

/** Tells the memory of this page from another's, which is another store. */
const PAGE = `${Math.random()}/`;

/**
 * @param {LockManager} locks
 * @param {string} name
 * @param {LockOptions} options
 * @returns {Promise<(() => Promise<unknown>) | undefined>} what releases it, with a promise that it is; undefined: someone
 *   else holds it
 */
const request = (locks, name, options) =>
  new Promise((resolve, reject) => {
    const released = locks.request(name, options, (lock) => {
      if (!lock) return resolve(undefined);
      return new Promise((release) => {
        resolve(() => {
          release(undefined);
          return released;
        });
      });
    });
    released.catch(reject);
  });

/**
 * @param {string} name
 * @param {AbortSignal | undefined} signal waits until then; undefined: not worth mentioning
 * @returns {Promise<(() => Promise<unknown>) | null | undefined>} what releases it; undefined: someone else holds it, or the
 *   wait was ended; null: there are no locks here
 */
export const takeLock = async (name, signal) => {
  const locks = globalThis.navigator?.locks;
  if (!locks) return null;
  const place = name.replace(/^mooring\/memory\//, (it) => it + PAGE);
  try {
    const release = await request(locks, place, { ifAvailable: true });
    if (release) return release;
    const grace = new AbortController();
    if (!signal) setTimeout(() => grace.abort(), GRACE_MS);
    const handed = await request(locks, place, { signal: signal ?? grace.signal });
    await new Promise((resolve) => setTimeout(resolve, VISIBLE_MS));
    return handed;
  } catch (error) {
    // A document of an opaque origin has a lock manager that refuses everything.
    return /** @type {Error | undefined} */ (error)?.name === "AbortError" ? undefined : null;
  }
};

/**
 * @param {() => Promise<unknown>} release
 * @returns {Promise<unknown>} that it is released
 */
export const releaseNow = (release) => release();

/**
 * @param {() => void} release called once the socket is closed
 * @param {WebSocket | undefined} socket whose handlers are cleared already
 */
export const releaseAfter = (release, socket) => {
  if (!socket || socket.readyState === 3) return release();
  const timer = setTimeout(release, CLOSING_MS);
  socket.onclose = () => {
    clearTimeout(timer);
    release();
  };
};

/**
 * Tells of changes that other documents make to a store of this window.
 * @param {"localStorage" | "sessionStorage"} area
 * @param {(key: string | null) => void} changed null: everything was removed
 * @returns {() => void} ends it
 */
export const watchStorage = (area, changed) => {
  const listen = (/** @type {StorageEvent} */ event) => {
    if (event.storageArea === globalThis[area]) changed(event.key);
  };
  globalThis.addEventListener("storage", listen);
  return () => globalThis.removeEventListener("storage", listen);
};
