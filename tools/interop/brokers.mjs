// The six brokers of the matrix: how each is made available, and started with one account. `limited`: a second one of it that allows little, where it
// can be told so; `secured`: one that lets only the account in, where the first one lets in everybody; `enhanced`: one that asks for SCRAM-SHA-256.
import { startAedes } from "../broker/aedes.mjs";
import { startEjabberd } from "../broker/ejabberd.mjs";
import { startMosquitto } from "../broker/mosquitto.mjs";
import { startMqttv5 } from "../broker/mqttv5.mjs";
import { startRabbitmq } from "../broker/rabbitmq.mjs";
import { run } from "../lib/run.mjs";
import { ToolError } from "../lib/say.mjs";
import { ensureMosquitto21 } from "../setup/mosquitto-2.1.mjs";
import { ensureMqttv5 } from "../setup/mqttv5.mjs";
import { ensureEjabberd, ensureMosquitto, ensureRabbitmq } from "../setup/system.mjs";

/** @typedef {{ name: string, url: string, stop: () => Promise<void> }} Instance */

/**
 * @typedef {object} Broker
 * @property {string} title
 * @property {{ username: string, password: string }} account as clients give it
 * @property {() => Promise<unknown>} ensure installs it where it is missing
 * @property {() => Promise<Instance>} start
 * @property {() => Promise<Instance>} [limited]
 * @property {() => Promise<Instance>} [secured]
 * @property {() => Promise<Instance>} [enhanced]
 */

const ALICE = { username: "alice", password: "secret" };

/** What a limited broker is told: at most QoS 1, nothing retained, packets of 2048 bytes, Keep Alive 10 s, three topic aliases. */
const LIMITED = { settings: ["retain_available false", "max_packet_size 2048", "max_keepalive 10"], listenerSettings: ["max_qos 1", "max_topic_alias 3"] };

/**
 * @param {() => Promise<string>} ensure
 * @returns {Omit<Broker, "title">}
 */
const mosquitto = (ensure) => {
  const start = async ({ settings = /** @type {string[]} */ ([]), listenerSettings = /** @type {string[]} */ ([]) } = {}) =>
    startMosquitto({ program: await ensure(), settings: ["sys_interval 1", ...settings], listenerSettings, persistent: false, account: ALICE });
  return { account: ALICE, ensure, start: () => start(), limited: () => start(LIMITED) };
};

/** Mosquitto 2.0, as Debian stable has it. */
const ensureMosquitto20 = async () => {
  const program = await ensureMosquitto();
  const [, version] = /mosquitto version (\S+)/.exec((await run(program, ["-h"])).stdout) ?? [];
  if (version?.startsWith("2.0.")) return program;
  throw new ToolError(`${program} is Mosquitto ${version}, and the matrix wants 2.0: set MOSQUITTO_PATH to one (\`apt-get install mosquitto\` on Debian 12).`);
};

/** @type {Record<string, Broker>} */
export const BROKERS = {
  "mosquitto-2.1": { title: "Mosquitto 2.1", ...mosquitto(ensureMosquitto21) },
  "mosquitto-2.0": { title: "Mosquitto 2.0", ...mosquitto(ensureMosquitto20) },
  ejabberd: {
    title: "ejabberd", account: { ...ALICE, username: "alice@localhost" }, ensure: ensureEjabberd, start: () => startEjabberd(ALICE),
  },
  mqttv5: {
    title: "mqttv5-cli", account: ALICE, ensure: ensureMqttv5,
    // A password takes this build of it a second to look at.
    start: () => startMqttv5({ ...ALICE, method: "none" }),
    secured: () => startMqttv5({ ...ALICE, method: "password" }),
    limited: () =>
      startMqttv5({
        ...ALICE, method: "none",
        settings: { maximum_qos: 1, retain_available: false, max_packet_size: 2048, server_keep_alive: "10s", topic_alias_maximum: 3, response_information: "answers" },
      }),
    enhanced: () => startMqttv5(ALICE),
  },
  rabbitmq: { title: "RabbitMQ", account: ALICE, ensure: ensureRabbitmq, start: () => startRabbitmq(ALICE) },
  aedes: { title: "aedes", account: ALICE, ensure: async () => {}, start: () => startAedes({ account: ALICE }) },
};
