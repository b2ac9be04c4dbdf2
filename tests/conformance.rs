//! One test for each normative statement that binds a client, named after it: `v311_4_4_0_1_…` holds
//! `[MQTT-4.4.0-1]` of 3.1.1, `v5_…` that of MQTT 5. What the statements ask, and why some cannot be tested from a
//! client, is in `conformance/statements-*.tsv`; `npm run conformance` writes docs/conformance.md from both. The
//! statements about WebSocket are held in tests/browser.
#![cfg(not(target_arch = "wasm32"))]

mod support;

mod conformance {
    mod bytes;
    mod line;

    mod v311_connect;
    mod v311_format;
    mod v311_operation;
    mod v311_publish;
    mod v311_servers;
    mod v311_subscribe;

    mod v5_acks;
    mod v5_aliases;
    mod v5_basics;
    mod v5_connack;
    mod v5_connect;
    mod v5_connect_flags;
    mod v5_disconnect;
    mod v5_errors;
    mod v5_operation;
    mod v5_properties;
    mod v5_publish;
    mod v5_qos;
    mod v5_session;
    mod v5_subscribe;
    mod v5_topics;
}
