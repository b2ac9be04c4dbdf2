// What happens to a page, and to a worker as far as it has any of it: the network goes and comes back; the page is shown
// again, is thawed, or is taken out of the back/forward cache.

/** Signs, numbered as in `lifecycle.rs`. */
const OFFLINE = 0;
const ONLINE = 1;
const AWAKE = 2;

/** The platform knows for certain that there is no network, or it knows nothing. */
export const isOnline = () => globalThis.navigator?.onLine !== false;

/**
 * @param {(sign: number) => void} tell
 * @returns {() => void} ends it
 */
export const watchLife = (tell) => {
  const listen = (/** @type {Event} */ event) => {
    const { type } = event;
    if (type === "visibilitychange" && document.visibilityState !== "visible") return;
    if (type === "pageshow" && !(/** @type {PageTransitionEvent} */ (event).persisted)) return;
    tell(type === "offline" ? OFFLINE : type === "online" ? ONLINE : AWAKE);
  };
  /** @type {[EventTarget | undefined, string[]][]} */
  const heard = [
    [globalThis, ["offline", "online", ...(globalThis.document ? ["pageshow"] : [])]],
    [globalThis.document, ["visibilitychange", "resume"]],
  ];
  const each = (/** @type {"addEventListener" | "removeEventListener"} */ act) => {
    for (const [target, types] of heard) for (const type of types) target?.[act]?.(type, listen);
  };
  each("addEventListener");
  return () => each("removeEventListener");
};
