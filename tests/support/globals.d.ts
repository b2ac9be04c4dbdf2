// What test pages put on their window, for functions that run inside page.evaluate.
interface Window {
  /** The test page of page-server.mjs: settles when MqttClient is there. */
  ready: Promise<void>;
  /** The package's class; typed loosely so that tests can also pass what the types forbid. */
  MqttClient: any;
  /** The Session Lab's hook; tools/check.mjs describes it. */
  lab: any;
}
