// @ts-check
// The fault scripts: what each of them does, step by step, what to watch for, and what its outcome means. Running them is
// script-run.js, their looks are scripts-view.js.
import { current } from "./connection.js";
import { fault, hold, loseOf, release, takeAway } from "./faults.js";
import {
  armCut, begin, connectedAgain, emptyFiller, exactlyOnce, fillStorage, finished, publishing, refused, reload, until, waitingToConnect,
} from "./script-steps.js";
import { sums } from "./account.js";

/**
 * What a script works on; kept over a reload of the page.
 * @typedef {object} Run
 * @property {string} clientId a new one
 * @property {string} topic what it publishes to
 * @property {number} messages how many
 * @property {AbortSignal} signal aborted when it is to stop
 */

/**
 * @typedef {object} Step
 * @property {string} say what it does, in the words of the page
 * @property {(run: Run) => unknown} act
 * @property {true} [endsPage] what follows is done by the page that comes after this one
 */

/** @typedef {{ good: boolean, words: string }} Verdict */

/**
 * @typedef {object} Script
 * @property {string} id as links name it
 * @property {string} title
 * @property {string} text what it does
 * @property {string[]} watch what to look at while it runs
 * @property {true} [exact] only a broker that is exact towards subscribers can show it
 * @property {Step[]} steps
 * @property {(run: Run) => Verdict} verdict
 */

const BEGIN = { say: "Connect under a new client id and subscribe", act: begin };
const FINISH = { say: "Wait until every message has its outcome", act: finished };
const AGAIN = { say: "The client connects again by itself", act: connectedAgain };

/** @type {Script[]} */
export const SCRIPTS = [
  {
    id: "cut-after-pubrec",
    title: "Cut after PUBREC",
    text: "The link breaks right behind the server's first PUBREC, in the middle of a QoS 2 handshake.",
    watch: [
      "The first message goes on with PUBREL under its packet id: it is not published again.",
      "The others, whose PUBREC was lost, are sent again with DUP.",
    ],
    steps: [BEGIN, armCut("pubrec", "after"), publishing(2), AGAIN, FINISH],
    verdict: exactlyOnce,
  },
  {
    id: "pubrec-lost",
    title: "PUBREC is lost",
    text: "The server has taken the messages, and the link breaks before its first PUBREC gets through.",
    watch: [
      "All are sent again with DUP and the packet ids they had.",
      "The server knows them by these ids: none is passed on twice.",
    ],
    steps: [BEGIN, armCut("pubrec", "before"), publishing(2), AGAIN, FINISH],
    verdict: exactlyOnce,
  },
  {
    id: "puback-lost",
    title: "PUBACK is lost",
    text: "The same at QoS 1: the link breaks before the first PUBACK gets through.",
    watch: [
      "The messages are sent again with DUP; at QoS 1 the server may pass them on twice.",
      "That is what at least once means: nothing is lost, and what comes twice is counted as doubled.",
    ],
    steps: [BEGIN, armCut("puback", "before"), publishing(1), AGAIN, FINISH],
    verdict: ({ messages }) => {
      const { lost, doubled, acknowledged } = sums();
      const twice = doubled === 0 ? "none came twice this time, but QoS 1 allows it" : `${doubled} came twice, as QoS 1 allows`;
      return { good: acknowledged === messages && lost === 0, words: `${acknowledged} acknowledged, ${lost} lost; ${twice}.` };
    },
  },
  {
    id: "half-received",
    title: "PUBREL is lost",
    text: "On the way in: the link breaks before the server's first PUBREL, when messages are half received.",
    watch: [
      "The inspector shows them as half received; they are in storage before they are acknowledged.",
      "Each is handed over once, when its PUBREL comes on the next connection.",
    ],
    exact: true,
    steps: [BEGIN, armCut("pubrel", "before"), publishing(2), AGAIN, FINISH],
    verdict: exactlyOnce,
  },
  {
    id: "doubled",
    title: "Everything twice",
    text: "Each PUBLISH, PUBREC, PUBREL and PUBCOMP from the server reaches the page twice.",
    watch: ["The second of each is answered as MQTT asks for, and changes nothing.", "The account: no message is doubled."],
    exact: true,
    steps: [
      BEGIN,
      {
        say: "Double what the server sends",
        act: ({ clientId }) => fault({ action: "double", clientId, types: ["publish", "pubrec", "pubrel", "pubcomp"] }),
      },
      publishing(2),
      FINISH,
    ],
    verdict: exactlyOnce,
  },
  {
    id: "reload",
    title: "Reload half-way",
    text: "The page is reloaded while the server's answers are held back. Nothing is saved on leaving.",
    watch: [
      "After the reload the inspector has the same messages with the same packet ids, from storage.",
      "The handshakes go on where they stopped.",
    ],
    steps: [
      BEGIN,
      { say: "Hold acknowledgements back", act: hold },
      publishing(2),
      { say: "Reload the page", act: reload, endsPage: true },
      { say: "Release them and connect", act: (run) => release().then(() => waitingToConnect(run)) },
      FINISH,
    ],
    verdict: exactlyOnce,
  },
  {
    id: "server-away",
    title: "Server goes away",
    text: "The server cannot be reached for a while, and the page goes on publishing.",
    watch: [
      "The state says waiting, and the connection panel counts down to the next attempt.",
      "New messages are queued in the outbox, and in storage; they leave in order when the server is back.",
    ],
    steps: [
      BEGIN,
      { say: "Take the server away", act: () => takeAway(true) },
      { say: "The client waits to try again", act: ({ signal }) => until(() => current()?.state === "waiting", "The client waits to connect again", signal) },
      publishing(2),
      { say: "Bring the server back", act: () => takeAway(false) },
      AGAIN,
      FINISH,
    ],
    verdict: exactlyOnce,
  },
  {
    id: "silence",
    title: "Link goes silent",
    text: "Nothing passes any more, and nobody is told: what a lost network looks like.",
    watch: [
      "PINGREQ is sent after 2 s without traffic (the script's keep-alive), and nothing answers.",
      "The client gives the connection up with KEEP_ALIVE_TIMEOUT and makes another one.",
    ],
    steps: [
      { say: "Connect with a keep-alive of 2 s and subscribe", act: (run) => begin(run, { keepAlive: 2 }) },
      { say: "Silence the link", act: ({ clientId }) => fault({ action: "cut", kind: "silence", clientId }) },
      publishing(2),
      { say: "The client notices and connects again", act: connectedAgain },
      FINISH,
    ],
    verdict: exactlyOnce,
  },
  {
    id: "session-lost",
    title: "Session is lost",
    text: "The server forgets the session while messages are unfinished, QoS 2 and two of QoS 1.",
    watch: [
      "QoS 1 is published anew. QoS 2 without PUBREC may have been delivered or not, and messageLost says just that.",
      "The account counts these as unknown: no client could know more.",
    ],
    steps: [
      BEGIN,
      { say: "Hold acknowledgements back", act: hold },
      publishing(2, { unheard: true }),
      publishing(1, { unheard: true, messages: 2 }),
      { say: "Take the server away", act: () => takeAway(true) },
      { say: "Make the server forget the session", act: ({ clientId }) => loseOf(clientId) },
      { say: "Release, and bring the server back", act: () => release().then(() => takeAway(false)) },
      AGAIN,
      FINISH,
    ],
    verdict: ({ messages }) => {
      const { unknown, acknowledged, lost } = sums();
      const good = unknown === messages && acknowledged === 2 && lost === 0;
      return { good, words: `${unknown} of QoS 2 told as unknown, ${acknowledged} of QoS 1 published anew and acknowledged.` };
    },
  },
  {
    id: "quota-full",
    title: "Storage is full",
    text: "localStorage is filled to the last character, and the page publishes. (Other tabs of this origin have no room either, for a moment.)",
    watch: [
      "publish() rejects with QUOTA_EXCEEDED: what cannot be stored is not sent.",
      "With room again the same call goes well; the connection stood all the time.",
    ],
    steps: [
      BEGIN,
      { say: "Fill localStorage", act: fillStorage },
      { say: "Publish: refused with QUOTA_EXCEEDED", act: refused },
      { say: "Make room", act: emptyFiller },
      publishing(2),
      FINISH,
    ],
    verdict: exactlyOnce,
  },
];

/** @param {string} id */
export const scriptNamed = (id) => SCRIPTS.find((script) => script.id === id);
