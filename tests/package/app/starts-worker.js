// Bundlers know a worker by this very expression.
const worker = new Worker(new URL("./worker.js", import.meta.url), { type: "module" });
worker.onmessage = ({ data }) => document.querySelector("output")?.append(data);
worker.onerror = ({ message }) => document.querySelector("output")?.append(message);
worker.postMessage(location.search);
