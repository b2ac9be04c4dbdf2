// What the bench's pages have on their window, for functions that run inside page.evaluate.
interface Window {
  /** page/driver.js, typed there; loosely here. */
  bench: any;
  /** When the first WebSocket frame came since this was set to 0: performance.now(). */
  firstFrame: number;
  /** page/load.js: when the server has accepted, in milliseconds since the beginning of the navigation; and what was downloaded for it. */
  loaded: Promise<{ ms: number; bytes: number }>;
  tellLoaded: (what: { ms: number; bytes: number }) => void;
}
