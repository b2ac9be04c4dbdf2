// What the types must refuse: a mistake here is one that the compiler does not see. Never run.

/** @type {import("../../src/web/types.d.ts").PublishOptions} */
// @ts-expect-error a subscription identifier is the server's to send
export const publishing = { subscriptionIdentifiers: [1] };

/** @type {import("../../src/web/types.d.ts").Will} */
// @ts-expect-error the same
export const dying = { topic: "gone", subscriptionIdentifiers: [1] };

/** @type {import("../../src/web/types.d.ts").Will} */
// @ts-expect-error a will has no connection that an alias could belong to
export const aliasing = { topic: "gone", topicAlias: 1 };

/** @type {import("../../src/web/types.d.ts").ClientOptions} */
// @ts-expect-error a function that decides must decide at once
export const deciding = { whenSessionLost: async () => "republish" };

/** @type {import("../../src/web/types.d.ts").ClientOptions} */
// @ts-expect-error a store must be able to list its keys
export const storing = { storage: { get: () => null, set() {}, remove() {} } };

/** @type {import("../../src/web/types.d.ts").ClientOptions} */
// @ts-expect-error what seals must also open
export const sealing = { sealing: { seal: (/** @type {Uint8Array} */ bytes) => bytes } };

/** @type {import("../../src/web/types.d.ts").ClientOptions} */
// @ts-expect-error delays are seconds
export const waiting = { reconnect: { minDelay: "1s" } };

/** @type {import("../../src/web/types.d.ts").ClientOptions} */
// @ts-expect-error the server has to be told which method it is
export const authenticating = { authenticate: { step: () => undefined } };

/** @type {import("../../src/web/types.d.ts").ClientOptions} */
// @ts-expect-error there is no such level
export const logging = { logLevel: 4 };

/** @type {import("../../src/web/types.d.ts").RequestOptions} */
// @ts-expect-error a request is told apart by data of its own
export const requesting = { correlationData: new Uint8Array(1) };

/** @type {import("../../src/web/types.d.ts").ConnectOptions} */
// @ts-expect-error an attempt's timeout is an option of the client
export const connecting = { timeout: 5 };

/** @type {import("../../src/web/types.d.ts").OutboxOptions} */
// @ts-expect-error there are two answers
export const full = { whenFull: "wait" };

/** @type {import("../../src/web/types.d.ts").AckOptions} */
// @ts-expect-error pairs, for names may repeat
export const acknowledging = { userProperties: { k: "v" } };

/** @type {import("../../src/web/types.d.ts").UnsubscribeOptions} */
// @ts-expect-error UNSUBSCRIBE has no Reason String
export const unsubscribing = { reason: "why" };
