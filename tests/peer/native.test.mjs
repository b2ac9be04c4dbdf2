// All scripts against the native peer driver on plain TCP, and over WebSocket those that differ most in how bytes come.
import { isForTcp, isForWebSocket, NATIVE_WORLDS, nativeWorlds } from "../../tools/peer/worlds.mjs";
import { goThroughScripts } from "./support.mjs";

await goThroughScripts("native, plain TCP", NATIVE_WORLDS, () => nativeWorlds(), isForTcp);
await goThroughScripts(
  "native, WebSocket",
  NATIVE_WORLDS,
  () => nativeWorlds({ websocket: true }),
  (script) => isForWebSocket(script) && /^(?:websocket|oddities|session-after-a-violation|reconnect)\//.test(script.name),
);
