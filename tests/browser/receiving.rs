//! Many messages in one frame: in order, whatever the handlers do meanwhile, and each the application's own.

crate::browser_tests! {

a_frame_of_many_messages_is_handed_over_in_order r#"
    const { client, socket } = await connected();
    const got = [];
    client.on("messageIn", (message) => got.push(`${message.topic}=${message.text()}`));
    const wanted = Array.from({ length: 500 }, (_, i) => [`t/${i % 7}`, `${i}`]);
    socket.says(...wanted.flatMap(([topic, payload]) => [...server.publish(topic, payload)]));
    equal(got, wanted.map((parts) => parts.join("=")));
    equal(client.stats.messagesReceived, 500);
"#

what_a_handler_changes_in_the_middle_of_a_frame_holds_from_the_next_message_on r#"
    const { client, socket } = await connected();
    const got = [], errors = [];
    client.on("error", (error) => errors.push(error.message));
    const first = (message) => {
        got.push(`first ${message.text()}`);
        if (message.text() === "1") client.off("messageIn", first);
        if (message.text() === "1") client.on("messageIn", late);
        if (message.text() === "0") throw new Error("oh");
    };
    const late = (message) => got.push(`late ${message.text()}`);
    client.on("messageIn", first);
    client.once("messageIn", (message) => got.push(`once ${message.text()}`));
    socket.says(...["0", "1", "2", "3"].map((text) => server.publish("a", text)));
    equal(got, ["first 0", "once 0", "first 1", "late 2", "late 3"]);
    equal(errors, ["oh"]);
"#

nothing_of_a_frame_is_handed_over_once_the_client_is_freed r#"
    const { client, socket } = await connected();
    const got = [];
    client.on("messageIn", (message) => {
        got.push(message.text());
        if (message.text() === "1") client.free();
    });
    client.on("messageIn", (message) => got.push(`also ${message.text()}`));
    const iterator = client.messages();
    socket.says(...["0", "1", "2"].map((text, i) => server.publish("a", text, { qos: 1, id: i + 1 })));
    equal(got, ["0", "also 0", "1"]);
    equal((await iterator.next()).value?.text(), "0");
    equal((await iterator.next()).done, true);
"#

what_came_before_a_disconnect_in_the_middle_of_a_frame_is_acknowledged_and_the_rest_is_not r#"
    const { client, socket } = await connected();
    const seen = [];
    client.on("connectionStatus", ({ state }) => seen.push(state));
    client.on("messageIn", (message) => {
        seen.push(message.text());
        if (message.text() === "1") client.disconnect();
    });
    socket.heard();
    socket.says(...["0", "1", "2"].map((text, i) => server.publish("a", text, { qos: 1, id: i + 1 })));
    equal(seen, ["0", "1", "disconnecting", "2"]);
    equal(socket.heard().map((packet) => [packet.name, packet.name === "PUBACK" ? packet.id : 0]), [["PUBACK", 1], ["DISCONNECT", 0]]);
"#

what_a_handler_asks_for_leaves_in_one_piece_with_the_acknowledgements r#"
    const { client, socket } = await connected();
    const seen = [];
    client.on("messageIn", (message) => {
        seen.push(message.text());
        client.publish("echo", message.payload, { qos: 0 }).catch(() => {});
    });
    client.on("messageAck", ({ packetId }) => seen.push(packetId));
    const before = socket.sent.length;
    socket.says(...["a", "b"].map((text, i) => server.publish("t", text, { qos: 1, id: i + 1 })));
    equal(seen, ["a", "b", 1, 2]);
    await turn();
    equal(socket.sent.length - before, 1);
    equal(socket.heard().slice(-4).map((packet) => packet.name), ["PUBLISH", "PUBACK", "PUBLISH", "PUBACK"]);
"#

messages_that_are_kept_stay_as_they_came r#"
    const { client, socket } = await connected();
    const kept = [];
    client.on("messageIn", (message) => kept.push(message));
    const type = (text) => ({ properties: [0x03, ...server.string(text)] });
    for (let i = 0; i < 50; i++) {
        const publish = (n, qos) => server.publish(`topic/${i}/${n}`, `payload ${i} ${n}`, { qos, id: 2 * i + n + 1, ...type(`type ${i} ${n}`) });
        const all = [...publish(0, 0), ...publish(1, 1)];
        // In two frames, so that a packet spans them.
        socket.says(all.slice(0, 60));
        socket.says(all.slice(60));
    }
    // Other bytes over those, and a memory that has grown.
    socket.says(server.publish("x".repeat(60000), new Uint8Array(3000000).fill(120)));
    const wanted = Array.from({ length: 100 }, (_, i) => [i >> 1, i & 1]);
    equal(kept.length, 101);
    equal(kept.slice(0, 100).map((m) => [m.topic, m.text(), m.properties.contentType]),
        wanted.map(([i, n]) => [`topic/${i}/${n}`, `payload ${i} ${n}`, `type ${i} ${n}`]));
    equal([kept[100].topic.length, kept[100].payload.length, kept[100].payload[2999999]], [60000, 3000000, 120]);
"#

topics_are_told_apart_by_every_byte_and_text_of_any_language_is_kept r#"
    const { client, socket } = await connected();
    const got = [];
    client.on("messageIn", ({ topic }) => got.push(topic));
    const topics = ["Größe/Ä", "Größe/ä", "温度/1", "温度/2", "🦀/🌊", "\uFEFFmark", "mark", "a", "aa", "e\u0301", "\u00e9"];
    for (let round = 0; round < 3; round++) socket.says(...topics.map((topic) => server.publish(topic, "x")));
    equal(got, [...topics, ...topics, ...topics]);
    // "Aa" and "BB" have one hash in many a table, as have all words made of them.
    const words = Array.from({ length: 256 }, (_, i) => Array.from({ length: 8 }, (_, bit) => (i >> bit & 1 ? "Aa" : "BB")).join(""));
    got.length = 0;
    for (let round = 0; round < 2; round++) socket.says(...words.map((topic) => server.publish(topic, "x")));
    equal(got, [...words, ...words]);
"#

a_payload_is_a_view_into_the_frame_until_somebody_transfers_it r#"
    const { client, socket } = await connected();
    const got = [];
    client.on("messageIn", (message) => {
        got.push(message);
        if (message.text() === "two") structuredClone(message.payload, { transfer: [message.payload.buffer] });
    });
    socket.says(server.publish("a", "one"), server.publish("a", "two"), server.publish("a", "three"), server.publish("a", ""));
    equal(got.map((message) => message.payload.length), [0, 0, 5, 0], "what was transferred is gone, the rest is there");
    equal(got[2].text(), "three");
    ok(got[0].payload.buffer === got[1].payload.buffer && got[2].payload.buffer !== got[0].payload.buffer);
"#
}
