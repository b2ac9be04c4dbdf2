// All scripts against the peer driver's page in Chromium.
import { isForThePage, PAGE_WORLDS, pageWorlds } from "../../tools/peer/worlds.mjs";
import { goThroughScripts } from "./support.mjs";

await goThroughScripts("page, WebSocket", PAGE_WORLDS, pageWorlds, isForThePage);
