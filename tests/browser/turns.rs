//! Turns: what leaves when, and what an arriving message costs and is.

crate::browser_tests! {

all_that_one_turn_publishes_leaves_in_one_websocket_message r#"
    const { client, socket } = await connected();
    const before = socket.sent.length;
    for (let i = 0; i < 100; i++) client.publish("a", String(i), { qos: i % 3 }).catch(() => {});
    client.subscribe("b").catch(() => {});
    equal(socket.sent.length, before, "nothing leaves within the turn");
    await Promise.resolve();
    equal(socket.sent.length, before + 1);
    equal(socket.heard().length, 101);
    client.publish("a", "later");
    await Promise.resolve();
    equal(socket.sent.length, before + 2);
"#

what_handlers_publish_leaves_with_the_acknowledgements r#"
    const { client, socket } = await connected();
    client.on("messageIn", (message) => void client.publish("echo", message.payload));
    const before = socket.sent.length;
    socket.says(server.publish("a", "1", { qos: 1, id: 5 }), server.publish("a", "2", { qos: 1, id: 6 }));
    equal(socket.sent.length, before + 1, "sent before the event was over, in one message");
    equal(socket.heard().map((packet) => packet.name), ["PUBLISH", "PUBACK", "PUBLISH", "PUBACK"]);
"#

a_qos_1_message_is_acknowledged_after_its_handlers_have_returned r#"
    const { client, socket } = await connected();
    const order = [];
    client.on("messageIn", () => order.push(`in, listed ${client.incomingMessages.length}`));
    client.on("messageAck", (e) => order.push(`ack ${e.direction} ${e.packetId}`));
    socket.says(server.publish("a", "1", { qos: 1, id: 5 }));
    equal(order, ["in, listed 1", "ack in 5"]);
    equal(client.incomingMessages, []);
"#

what_options_of_publish_inherit_does_not_count r#"
    const { client, socket } = await connected();
    const inherited = [Object.create({ qos: 1, retain: true }), new (class { get qos() { return 2; } })()];
    for (const options of [...inherited, { qos: undefined, retain: undefined }]) client.publish("a", "b", options);
    await settle();
    equal(socket.heard().map(({ flags }) => flags), [0, 0, 0]);
"#

what_a_page_has_added_to_all_objects_was_not_given r#"
    const { client, socket } = await connected();
    Object.prototype.key = 7;
    try {
        const published = client.publish("a", "b", { signal: new AbortController().signal });
        await settle();
        equal(socket.heard().map(({ flags }) => flags), [0]);
        await published;
    } finally {
        delete Object.prototype.key;
    }
"#

bytes_whose_buffer_was_transferred_away_are_refused r#"
    const { client, socket } = await connected();
    const gone = new Uint8Array(3);
    structuredClone(gone, { transfer: [gone.buffer] });
    await rejects(client.publish("a", gone), "USAGE", "transferred");
    await client.publish("a", new Uint8Array());
    equal(socket.heard().map(({ body }) => body.length), [4]);
"#

qos_0_resolves_when_handed_to_the_socket r#"
    const { client, socket } = await connected();
    const promise = client.publish("a", "b");
    let before = socket.sent.length;
    equal(await promise, { topic: "a", qos: 0, reasonCode: 0, reason: "Success" });
    equal(socket.sent.length, before + 1);
    equal(client.stats.messagesSent, 1);
"#

publishing_resolves_with_the_last_acknowledgement r#"
    const { client, socket } = await connected();
    const one = client.publish("a", "1", { qos: 1 });
    const two = client.publish("b", "2", { qos: 2 });
    await settle();
    const [first, second] = socket.heard();
    equal(client.outgoingMessages.map((m) => [m.state, m.topic, m.bytes]), [["awaiting PUBACK", "a", 1], ["awaiting PUBREC", "b", 1]]);
    socket.says(server.puback(first.id, 0x10, 7, ...server.reasonString("none")), server.pubrec(second.id));
    equal(await one, { topic: "a", qos: 1, packetId: first.id, reasonCode: 0x10, reason: "none" });
    equal(client.outgoingMessages.map((m) => [m.state, m.bytes]), [["awaiting PUBCOMP", 0]]);
    socket.says(server.pubcomp(second.id));
    equal(await two, { topic: "b", qos: 2, packetId: second.id, reasonCode: 0, reason: "Success" });
    equal(client.outgoingMessages, []);
"#

results_of_many_acknowledgements_settle_in_the_order_they_came_in r#"
    const { client, socket } = await connected();
    const order = [];
    const asked = Array.from({ length: 6 }, (_, i) => client.publish("a", String(i), { qos: 1 }));
    asked.forEach((one, i) => one.then(({ packetId }) => order.push([i, packetId]), ({ code }) => order.push([i, code])));
    client.subscribe("b").then(() => order.push("subscribed"));
    await settle();
    const packets = socket.heard();
    const ids = packets.map(({ id }) => id);
    const says = [3, 1, "b", 0, 5].map((which) => (which === "b" ? server.suback(ids[6], [0]) : server.puback(ids[which])));
    socket.says(...says, server.puback(ids[2], 0x87), server.puback(ids[4]));
    await settle();
    equal(order, [[3, ids[3]], [1, ids[1]], "subscribed", [0, ids[0]], [5, ids[5]], [2, "PUBLISH_REFUSED"], [4, ids[4]]]);
"#

promises_are_settled_before_any_handler_hears_of_what_came_after r#"
    const { client, socket } = await connected();
    const order = [];
    const watch = (name, promise) => promise.then(() => order.push(name), () => order.push(`${name} failed`));
    watch("one", client.publish("a", "1", { qos: 1 }));
    watch("two", client.publish("a", "2", { qos: 1 }));
    await settle();
    const [one, two] = socket.heard();
    client.on("messageIn", () => {
        watch("a turn of the handler's", Promise.resolve());
        throw stop;
    });
    const stop = new Error("on purpose");
    const errors = [];
    client.on("error", (error) => errors.push(error));
    socket.says(server.puback(one.id), server.publish("b", ""), server.puback(two.id));
    await settle();
    equal([order, errors.length, errors[0] === stop], [["one", "a turn of the handler's", "two"], 1, true]);
"#

what_was_acknowledged_counts_also_where_a_handler_frees_the_client r#"
    const { client, socket } = await connected();
    const settled = [];
    for (const [name, qos] of [["acknowledged", 1], ["not", 1]]) {
        client.publish("a", name, { qos }).then(() => settled.push(name), ({ code }) => settled.push(`${name}: ${code}`));
    }
    await settle();
    const [one] = socket.heard();
    client.on("messageIn", () => client.free());
    socket.says(server.puback(one.id), server.publish("b", ""));
    await settle();
    equal(settled, ["acknowledged", "not: DISCONNECTED"]);
    await rejects(client.publish("a", "b"), "USAGE", "freed");
"#

what_is_published_is_the_same_in_whichever_form_it_is_given r#"
    const { client, socket } = await connected();
    const bytes = new TextEncoder().encode("Grüße \u{1f600}");
    class Own extends Uint8Array {}
    const shared = new Uint8Array(100);
    shared.set(bytes, 10);
    const forms = ["Grüße \u{1f600}", bytes, bytes.slice().buffer, Own.from(bytes), shared.subarray(10, 10 + bytes.length)];
    const options = [{ qos: 1, retain: true }, { qos: 1, retain: true, key: "k" }, Object.create(null, {
        qos: { value: 1, enumerable: true }, retain: { value: true, enumerable: true } })];
    for (const form of forms) for (const option of options) client.publish("é", form, option).catch(() => {});
    await settle();
    const heard = socket.heard();
    equal(heard.length, forms.length * options.length);
    for (const { flags, topic, body } of heard) equal([flags, topic, [...body.slice(-bytes.length)]], [3, "é", [...bytes]]);
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    const throwing = { get qos() { throw new Error("no"); } };
    for (const wrong of [null, 1, [], proxy, throwing, { qos: 3 }, { qos: "1" }, { retain: 1 }, { quality: 1 }]) {
        await rejects(client.publish("a", "b", wrong), "USAGE");
    }
    for (const payload of [undefined, null, 1, {}, [1], Object.create(Uint8Array.prototype)]) {
        await rejects(client.publish("a", payload, { qos: 1 }), "USAGE", "payload");
    }
    for (const topic of [undefined, 1, "", "a/#"]) await rejects(client.publish(topic, "b"), topic === undefined || topic === 1 ? "USAGE" : "INVALID_TOPIC");
    equal(socket.heard(), []);
"#

payloads_are_views_into_the_received_buffer r#"
    const { client, socket } = await connected();
    const got = [];
    client.on("messageIn", (message) => got.push(message));
    const buffer = socket.says(server.publish("a", "one"), server.publish("b/c", "two", { qos: 1, id: 2 }));
    equal(got.map((m) => [m.topic, m.text()]), [["a", "one"], ["b/c", "two"]]);
    ok(got.every((m) => m.payload.buffer === buffer), "no copy");
    const packet = server.publish("d", "in pieces");
    socket.says(packet.slice(0, 5));
    socket.says(packet.slice(5));
    equal(got[2].text(), "in pieces");
    equal(got[0].text(), "one");
"#

a_handler_may_transfer_the_received_buffer_away r#"
    const { client, socket } = await connected();
    const got = [];
    const moved = [];
    client.on("messageIn", (message) => {
        got.push(message);
        if (message.payload.buffer.byteLength > 50) moved.push(structuredClone(message.payload, { transfer: [message.payload.buffer] }));
    });
    const properties = [0x03, ...server.string("text/plain")];
    socket.says(server.publish("a", "x".repeat(60), { qos: 1, id: 1, properties }), server.publish("b", "two", { qos: 1, id: 2, properties }),
        server.publish("c", "", { qos: 1, id: 3 }));
    equal(moved.map((payload) => payload.length), [60]);
    equal(got.map((m) => m.payload.length), [0, 3, 0], "the first is detached, as asked");
    equal(got[1].text(), "two");
    equal(got.map((m) => m.properties.contentType), ["text/plain", "text/plain", undefined]);
    equal(socket.heard().map((packet) => [packet.name, packet.id]), [["PUBACK", 1], ["PUBACK", 2], ["PUBACK", 3]]);
    socket.says(server.publish("d", "alive"));
    equal(got[3].text(), "alive");
"#

a_message_tells_all_that_came_with_it r#"
    const { client, socket } = await connected();
    let got;
    client.on("messageIn", (message) => { got = message; });
    const properties = [
        0x01, 1, 0x02, 0, 0, 0, 9, 0x03, ...server.string("text/plain"), 0x08, ...server.string("re"), 0x09, 0, 2, 1, 2,
        0x0b, 5, 0x0b, 6, 0x26, ...server.string("k"), ...server.string("v"), 0x26, ...server.string("k"), ...server.string("w"),
    ];
    socket.says(server.publish("a", '{"n":1}', { qos: 1, id: 7, dup: true, retain: true, properties }));
    equal([got.qos, got.retain, got.duplicate, got.packetId], [1, true, true, 7]);
    equal(got.json(), { n: 1 });
    const { correlationData, ...others } = got.properties;
    ok(correlationData instanceof Uint8Array);
    equal(correlationData, new Uint8Array([1, 2]));
    equal(Object.keys(others).length, 6);
    equal([others.payloadFormat, others.messageExpiryInterval, others.contentType, others.responseTopic],
        ["utf-8", 9, "text/plain", "re"]);
    equal([others.subscriptionIdentifiers, others.userProperties], [[5, 6], [["k", "v"], ["k", "w"]]]);
    ok(got.properties === got.properties, "decoded once");
    socket.says(server.publish("a", "{"));
    equal(got.properties, {});
    equal(got.packetId, undefined);
    try { got.json(); ok(false, "bad JSON"); } catch (error) { ok(error instanceof SyntaxError); }
"#

messages_without_a_handler_are_acknowledged_and_counted r#"
    const { client, socket } = await connected();
    socket.says(server.publish("a", "1", { qos: 1, id: 5 }), server.publish("a", "2", { qos: 2, id: 6 }), server.pubrel(6));
    equal(socket.heard().map((packet) => packet.name).sort(), ["PUBACK", "PUBCOMP", "PUBREC"]);
    equal(client.stats.messagesReceived, 2);
"#

the_timer_pings_a_silent_server_and_gives_it_up r#"
    const { client, socket } = await connected({ keepAlive: 1 });
    const ended = new Promise((resolve) => client.on("disconnected", resolve));
    await new Promise((resolve) => setTimeout(resolve, 1100));
    equal(socket.heard().map((packet) => packet.name), ["PINGREQ"]);
    const { code } = await ended;
    equal(code, "KEEP_ALIVE_TIMEOUT");
    equal(client.state, "disconnected");
    ok(socket.closeCalls > 0 && !socket.onmessage, "closed, and its handlers cleared");
"#

ready_to_send_is_told_when_the_outbox_has_drained r#"
    const { client, socket } = await connected({ inflightWindow: 1 });
    ok(client.readyToSend);
    const seen = record(client, (event) => event);
    client.publish("a", "1", { qos: 1 }).catch(() => {});
    client.publish("a", "22", { qos: 1 }).catch(() => {});
    equal(client.outgoingMessages.map((m) => m.state), ["awaiting PUBACK", "queued"]);
    ok(client.bufferedAmount > 0);
    await settle();
    ok(!client.readyToSend);
    socket.says(server.puback(socket.heard()[0].id));
    ok(!seen.includes("readyToSend"), "the second message took the place");
    equal(client.bufferedAmount, 0);
    socket.says(server.puback(socket.heard()[0].id));
    equal(seen.filter((event) => event === "readyToSend").length, 1);
    ok(client.readyToSend);
"#

a_store_and_a_sealing_may_call_the_client r#"
    for (const where of ["get", "set", "remove", "keys", "seal", "open"]) {
        for (const what of ["publish", "storageUsage", "disconnect", "pending", "exportSession", "discardSession", "connect", "option", "free"]) {
            const map = new Map();
            let client, armed = true, depth = 0;
            const act = (at) => {
                if (at !== where || !armed || !client || depth) return;
                armed = false;
                depth++;
                try {
                    if (what === "publish") client.publish("x", "y", { qos: 1 }).catch(() => {});
                    else if (what === "storageUsage") void [client.storageUsage, client.outgoingMessages, client.incomingMessages];
                    else if (what === "option") { try { client.timeout = 5; } catch {} }
                    else if (what === "free") client.free();
                    else client[what]().catch(() => {});
                } finally { depth--; }
            };
            const storage = {
                get: (key) => { act("get"); return map.get(key); },
                set: (key, value) => { act("set"); map.set(key, value); },
                remove: (key) => { act("remove"); map.delete(key); },
                keys: (prefix) => { act("keys"); return [...map.keys()].filter((key) => key.startsWith(prefix)); },
            };
            const sealing = { seal: (b) => { act("seal"); return b; }, open: (b) => { act("open"); return b; } };
            const options = { durable: true, sessionKey: "k", storage, sealing };
            const before = make(options);
            const p = before.publish("a", "0", { qos: 1 }); p.catch(() => {});
            await p.stored;
            before.free();
            await unlocked();
            client = make(options);
            client.on("error", () => {});
            client.publish("a", "1", { qos: 2 }).catch(() => {});
            const opening = FakeSocket.next();
            const connecting = client.connect();
            connecting.catch(() => {});
            const made = await Promise.race([opening, connecting.then(() => 0, () => 0)]);
            if (made) {
                made.opens();
                made.says(server.connack({ present: false }));
                await settle(); await settle();
                for (const packet of made.heard()) if (packet.name === "PUBLISH") made.says(packet.qos === 1 ? server.puback(packet.id) : server.pubrec(packet.id));
                await settle(); await settle();
                made.closes();
            }
            await settle(); await settle();
            client.free();
            await unlocked();
        }
    }
"#
}
