// The declared names, for a block that runs in a page; `docsFarEnd` and `docsSetting` are the harness's.

const { url, wantsClient } = await window.docsSetting();
const options = { url, sessionKey: "docs", durable: true };
/** @param {"publish" | "received" | "answer"} what */
const farEnd = (what) => (/** @type {unknown[]} */ ...given) => window.docsFarEnd(what, given);

Object.assign(window, {
  url,
  options,
  signal: new AbortController().signal,
  token: async () => "secret",
  show: () => {},
  /** @type {(condition: unknown, message?: string) => void} */
  assert: (condition, message = "an assertion of its marks does not hold") => {
    if (!condition) throw new Error(message);
  },
  farEnd: { publish: farEnd("publish"), received: farEnd("received"), answer: farEnd("answer") },
});
if (wantsClient) {
  const { MqttClient } = await import("mqtt-mooring");
  const client = new MqttClient(options);
  await client.connect();
  Object.assign(window, { client });
}
