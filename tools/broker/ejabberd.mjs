// ejabberd's MQTT service as a child process on a free loopback port, with all that it keeps in a directory of its own. It runs as whoever
// calls it, not as the service's user, and without Erlang's distribution: so nothing else listens, and nothing is left behind.
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { which } from "../lib/run.mjs";
import { ToolError } from "../lib/say.mjs";
import { ensureEjabberd } from "../setup/system.mjs";
import { freePorts } from "./ports.mjs";
import { runGuarded, untilReady } from "./process.mjs";

/** @param {{ username: string, password: string }} account its user name is that of the XMPP account `username`@localhost */
export const startEjabberd = async ({ username, password }) => {
  const control = await ensureEjabberd();
  const libraries = /^ERL_LIBS='?([^'\n]+)'?$/m.exec(await readFile(control, "utf8"))?.[1];
  const erl = await which("erl");
  if (!libraries || !erl) throw new ToolError(`${control} is not ejabberd as Debian packages it: run \`sudo apt-get install ejabberd\`.`);
  const dir = await mkdtemp(join(tmpdir(), "mooring-ejabberd-"));
  const [port] = await freePorts(1);
  const config = join(dir, "ejabberd.yml");
  await writeFile(config, configuration(port));
  const begin =
    `{ok, _} = application:ensure_all_started(ejabberd), ` +
    `ok = ejabberd_auth:try_register(<<"${username}">>, <<"localhost">>, <<"${password}">>), io:format("ejabberd ~s is ready~n", [ejabberd_option:version()])`;
  const env = { EJABBERD_CONFIG_PATH: config, EJABBERD_LOG_PATH: join(dir, "ejabberd.log"), ERL_LIBS: libraries, ERL_CRASH_DUMP: join(dir, "crash"), HOME: dir };
  const running = runGuarded(erl, ["-noinput", "-mnesia", "dir", `"${join(dir, "db")}"`, "-eval", begin], { cwd: dir, env });
  const [, version] = await untilReady(running, { name: "ejabberd", port, said: /ejabberd (\S+) is ready/ });
  return {
    name: `ejabberd ${version}`,
    url: `ws://127.0.0.1:${port}/mqtt`,
    stop: async () => {
      await running.stop();
      await rm(dir, { recursive: true, force: true });
    },
  };
};

/** @param {number} port */
const configuration = (port) => `hosts: [localhost]
loglevel: warning
auth_method: [internal]
listen:
  - { port: ${port}, ip: "127.0.0.1", module: ejabberd_http, request_handlers: { /mqtt: mod_mqtt } }
modules:
  mod_mqtt:
    access_publish: { "#": all }
    access_subscribe: { "#": all }
    session_expiry: 1 hour
    max_topic_aliases: 100
`;
