// @ts-check
// The Session Lab: starts the parts of the page and gives scripts `window.lab`, which does what the buttons do.
import { recent } from "./bus.js";
import { startAccountView } from "./account-view.js";
import { restore, save, startSaving } from "./by-hand.js";
import { connect, current, disconnect, load, startConnection } from "./connection.js";
import { startConnectView } from "./connect-view.js";
import { byId, setText } from "./dom.js";
import { loadInfo, startFaults } from "./faults.js";
import { startFoundView } from "./found-view.js";
import { startGuide } from "./guide.js";
import { adoptForms } from "./in-use-tabs.js";
import { startTabsView } from "./in-use-tabs-view.js";
import { startInUseView } from "./in-use-view.js";
import { startInspector } from "./inspector.js";
import { startKeepingView } from "./keeping-view.js";
import { startLeftView } from "./left-view.js";
import { startMessages } from "./messages.js";
import { report, startNotices } from "./notices.js";
import { publish, startPublishing } from "./publishing.js";
import { runScript } from "./script-run.js";
import { startScriptsView } from "./scripts-view.js";
import { startSessionFile } from "./session-file-view.js";
import { offerVersions, startSettings } from "./settings.js";
import { startStorageView } from "./storage-view.js";
import { startStringView } from "./string-view.js";
import { startSubscriptions, subscribe } from "./subscriptions.js";
import { startTimeline } from "./timeline-view.js";

const start = async () => {
  startNotices();
  adoptForms();
  startTimeline();
  startSaving();
  const [info] = await Promise.all([loadInfo(), load()]);
  offerVersions(info?.versions ?? []);
  startSettings(info?.brokerUrl ?? "");
  startKeepingView();
  startConnection();
  const server = info ? `${info.broker} · MQTT ${info.versions.join(" and ")}` : "no broker of its own";
  setText(byId("server", HTMLParagraphElement), server);
  startConnectView();
  startPublishing();
  startSubscriptions();
  startMessages();
  startAccountView();
  startInspector();
  startStorageView();
  startFaults();
  await startGuide();
  startStringView();
  startSessionFile();
  startInUseView();
  await startTabsView();
  await startLeftView();
  await startFoundView();
  startScriptsView();
};

const ready = start();
ready.catch(report).finally(() => document.querySelector("main")?.classList.remove("loading"));

Object.assign(window, {
  lab: {
    /** Resolves when the page can be used; rejects when the package could not be loaded. */
    ready,
    get client() {
      return current();
    },
    /**
     * Fills in what is given and connects. By hand, unless it says `durable: true`.
     * @param {Partial<import("./settings.js").Settings>} [given]
     */
    connect: (given) => connect({ durable: false, ...given }),
    disconnect,
    publish,
    subscribe,
    save,
    restore: () => restore(),
    /** Runs a fault script by its id; resolves with { good, words }. */
    run: runScript,
    /** The last events, oldest first: { name, detail }. */
    events: recent,
  },
});
