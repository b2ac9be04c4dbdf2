// What the types must refuse: a mistake here is one that the compiler does not see. Never run.

/** @type {import("../../src/web/types.d.ts").PublishOptions} */
// @ts-expect-error a subscription identifier is the server's to send
export const publishing = { subscriptionIdentifiers: [1] };

/** @type {import("../../src/web/types.d.ts").Will} */
// @ts-expect-error the same
export const dying = { topic: "gone", subscriptionIdentifiers: [1] };
