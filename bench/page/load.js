// In the page whose loading is measured, in the same script and behind the import of the contestant: connects at once, and tells when it was
// accepted.
const { searchParams } = new URL(location.href);

window.contestant
  .connect({
    url: searchParams.get("url") ?? "", clientId: searchParams.get("clientId") ?? "", version: searchParams.get("version") === "5" ? "5" : "3.1.1",
    durable: false, clean: true, onMessage: () => {},
  })
  .then(() => {
    const ms = performance.now();
    const files = /** @type {PerformanceResourceTiming[]} */ (performance.getEntriesByType("resource"));
    window.tellLoaded({ ms, bytes: files.reduce((sum, { encodedBodySize }) => sum + encodedBodySize, 0) });
  });
