//! The normative statements that only a browser can show: MQTT over WebSocket (chapter 6), the transport, and strings
//! that JavaScript has and UTF-8 has not. Named as the tests in tests/conformance are.

use wasm_bindgen_test::wasm_bindgen_test;

/// Runs `body` with the version's name as `protocolVersion`, and its properties of nothing as `none`.
async fn run(protocol_version: &str, body: &str) {
    let none = if protocol_version == "5" {
        "[]"
    } else {
        "null"
    };
    crate::run(&format!(
        "const protocolVersion = {protocol_version:?}; const none = {none}; {body}"
    ))
    .await;
}

const BINARY_FRAMES: &str = r#"
    const kinds = new Set();
    class Watched extends FakeSocket {
        send(data) {
            kinds.add(typeof data === "string" ? "text" : ArrayBuffer.isView(data) || data instanceof ArrayBuffer ? "binary" : "other");
            super.send(data);
        }
    }
    globalThis.WebSocket = Watched;
    const { client, socket } = await connected({ protocolVersion });
    client.publish("a", "text", { qos: 1 }).catch(() => {});
    client.publish("a", new Uint8Array([1]), { qos: 2 }).catch(() => {});
    client.subscribe("a").catch(() => {});
    await turn();
    equal(socket.heard().map(({ name }) => name), ["PUBLISH", "PUBLISH", "SUBSCRIBE"]);
    equal([...kinds], ["binary"]);
    equal(socket.binaryType, "arraybuffer", "what comes is asked for as bytes");

    // A text frame ends the connection, whatever it says, and nothing behind it counts.
    const messages = [];
    client.on("messageIn", (message) => void messages.push(message.topic));
    const ended = once(client, "disconnected");
    socket.saysText(String.fromCharCode(...server.publish("a", "x", { properties: none })));
    socket.says(server.publish("a", "x", { properties: none }));
    if (protocolVersion === "5") equal(socket.heard().map(({ name, body }) => [name, body[0]]), [["DISCONNECT", 0x82]]);
    else equal(socket.heard(), []);
    await turn();
    equal(socket.closeCalls, 1);
    socket.closes(1000);
    equal((await ended).code, "PROTOCOL_ERROR");
    equal(messages, []);

    // So it does before CONNACK.
    const next = make({ protocolVersion });
    const promise = next.connect();
    await turn();
    const second = FakeSocket.made.at(-1);
    second.opens();
    second.saysText("hello");
    await turn();
    equal(second.closeCalls, 1);
    second.closes(1000);
    await rejects(promise, "PROTOCOL_ERROR");
"#;

const FRAMES_AND_PACKETS: &str = r#"
    const publish = (payload, id) => server.publish("a", payload, { qos: 1, id, properties: none });
    for (const size of [1, 2, 3, 7, 1000]) {
        const client = make({ protocolVersion });
        const seen = [];
        client.on("messageIn", (message) => void seen.push(message.text()));
        const promise = client.connect();
        await turn();
        const link = FakeSocket.made.at(-1);
        link.opens();
        // CONNACK and all that follows in frames of any size: many packets in one, one packet in many.
        const bytes = [server.connack({ properties: none }), publish("one", 1), publish("x".repeat(300), 2), server.pingresp(), publish("three", 3)].flat();
        for (let at = 0; at < bytes.length; at += size) link.says(bytes.slice(at, at + size));
        await promise;
        await turn();
        equal(seen, ["one", "x".repeat(300), "three"], `frames of ${size}`);
        equal(link.heard().map(({ name, id }) => [name, id]).slice(1), [["PUBACK", 1], ["PUBACK", 2], ["PUBACK", 3]]);
        // An empty frame is none of anything.
        link.says([]);
        equal(client.state, "connected");
    }
"#;

const SUB_PROTOCOL: &str = r#"
    make({ protocolVersion }).connect().catch(() => {});
    await turn();
    equal([socket().protocol].flat(), ["mqtt"]);
    // On every connection, not only the first.
    const { client, socket: first } = await connected({ protocolVersion, reconnect: QUICK });
    const next = FakeSocket.next();
    first.closes(1006);
    equal([(await next).protocol].flat(), ["mqtt"]);
    client.disconnect().catch(() => {});
"#;

const ORDERED_AND_LOSSLESS: &str = r#"
    // A WebSocket is such a transport: what is given to it arrives, in order, or the connection ends.
    const { client, socket } = await connected({ url: "wss://server/mqtt", protocolVersion });
    equal(socket.url, "wss://server/mqtt");
    const sent = Array.from({ length: 50 }, (_, i) => `${i}`);
    for (const payload of sent) client.publish("a", payload).catch(() => {});
    await turn();
    const heard = socket.heard().map(({ body }) => new TextDecoder().decode(body.slice(protocolVersion === "5" ? 4 : 3)));
    equal(heard, sent);
    const seen = [];
    client.on("messageIn", (message) => void seen.push(message.text()));
    for (const payload of sent) socket.says(server.publish("a", payload, { properties: none }));
    equal(seen, sent);
"#;

const LONE_SURROGATES: &str = r#"
    // JavaScript's strings may hold half a character, UTF-8 may not: it becomes U+FFFD, or is refused.
    const half = "a\uD800b\uDC00";
    const wellFormed = (bytes) => new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    const { client, socket } = await connected({ protocolVersion, clientId: half, username: half });
    const said = socket.packets.flat();
    wellFormed(said[0].body.slice(protocolVersion === "5" ? 13 : 12));
    const outcomes = await Promise.allSettled([client.publish(half, "x"), client.publish("a", half)]);
    await turn();
    for (const { body } of socket.heard()) wellFormed(body.slice(2));
    equal(outcomes.map(({ status }) => status), ["fulfilled", "fulfilled"]);
    client.subscribe(half).catch(() => {});
    await turn();
    const [{ body }] = socket.heard();
    const at = protocolVersion === "5" ? 3 : 2;
    equal(wellFormed(body.slice(at + 2, -1)), "a\uFFFDb\uFFFD");
"#;

#[wasm_bindgen_test]
async fn v311_1_5_3_1_half_a_character_of_javascript_is_never_sent() {
    run("3.1.1", LONE_SURROGATES).await;
}

#[wasm_bindgen_test]
async fn v5_1_5_4_1_half_a_character_of_javascript_is_never_sent() {
    run("5", LONE_SURROGATES).await;
}

#[wasm_bindgen_test]
async fn v311_6_0_0_1_packets_travel_in_binary_frames_and_a_text_frame_ends_the_connection() {
    run("3.1.1", BINARY_FRAMES).await;
}

#[wasm_bindgen_test]
async fn v5_6_0_0_1_packets_travel_in_binary_frames_and_a_text_frame_ends_the_connection() {
    run("5", BINARY_FRAMES).await;
}

#[wasm_bindgen_test]
async fn v311_6_0_0_2_packets_begin_and_end_anywhere_in_a_frame() {
    run("3.1.1", FRAMES_AND_PACKETS).await;
}

#[wasm_bindgen_test]
async fn v5_6_0_0_2_packets_begin_and_end_anywhere_in_a_frame() {
    run("5", FRAMES_AND_PACKETS).await;
}

#[wasm_bindgen_test]
async fn v311_6_0_0_3_the_sub_protocol_mqtt_is_asked_for() {
    run("3.1.1", SUB_PROTOCOL).await;
}

#[wasm_bindgen_test]
async fn v5_6_0_0_3_the_sub_protocol_mqtt_is_asked_for() {
    run("5", SUB_PROTOCOL).await;
}

#[wasm_bindgen_test]
async fn v311_7_1_2_1_the_transport_keeps_bytes_in_order_and_loses_none() {
    run("3.1.1", ORDERED_AND_LOSSLESS).await;
}

#[wasm_bindgen_test]
async fn v5_4_2_1_the_transport_keeps_bytes_in_order_and_loses_none() {
    run("5", ORDERED_AND_LOSSLESS).await;
}

#[wasm_bindgen_test]
async fn v5_4_2_0_1_a_client_has_such_a_transport() {
    run("5", ORDERED_AND_LOSSLESS).await;
}
