// What the bench's pages have on their window, for functions that run inside page.evaluate.
interface Window {
  /** page/driver.js, typed there; loosely here. */
  bench: any;
}
