//! Failures: each ends in one code and one sentence that names what it is about.

crate::browser_tests! {

an_address_that_is_no_websocket_address_is_refused_before_anything_happens r#"
    for (const url of ["mqtt://broker:1883", "http://broker/mqtt", "nonsense", "://"]) {
        const client = make({ url });
        await rejects(client.connect(), "USAGE", url, "ws://");
        equal([client.state, FakeSocket.made.length], ["disconnected", 0]);
    }
    const client = make({ url: "WSS://broker/mqtt" });
    client.connect().catch(() => {});
    await turn();
    equal(FakeSocket.made.length, 1);
"#

a_server_that_cannot_be_reached r#"
    const client = make({ url: "ws://nowhere:1/mqtt" });
    const seen = [];
    client.on("disconnected", (e) => seen.push(e));
    const promise = client.connect();
    await turn();
    socket().closes(1006);
    const error = await rejects(promise, "CONNECTION_LOST", "ws://nowhere:1/mqtt", "1006");
    equal([seen[0].code, seen[0].closeCode, seen[0].reason], ["CONNECTION_LOST", 1006, error.message]);
    ok(seen[0].error === error);
"#

an_address_no_websocket_can_have r#"
    const client = make({ url: "http://server" });
    await rejects(client.connect(), "USAGE", "http://server");
    equal(client.state, "disconnected");
    await rejects(make({ url: undefined }).connect(), "USAGE", "url");
    client.url = "ws://server";
    await connect(client);
"#

the_sub_protocol_is_asked_for r#"
    make({}).connect().catch(() => {});
    await turn();
    equal(socket().protocol, "mqtt");
    make({ websocketProtocol: "mqttv3.1" }).connect().catch(() => {});
    await turn();
    equal(socket().protocol, "mqttv3.1");
"#

connecting_twice_joins_the_attempt_and_with_a_connection_is_refused r#"
    const client = make({});
    const first = client.connect();
    const second = client.connect();
    await turn();
    const third = client.connect();
    socket().opens();
    socket().says(server.connack());
    const results = await Promise.all([first, second, third]);
    ok(results.every((result) => result === results[0]));
    equal(FakeSocket.made.length, 1);
    await rejects(client.connect(), "USAGE", "disconnect()");
    const gone = client.disconnect();
    await rejects(client.connect(), "USAGE", "disconnect()");
    await turn();
    socket().closes(1000);
    await gone;
"#

a_refusal_says_why r#"
    for (const [code, expected] of [[0x86, "NOT_AUTHORIZED"], [0x87, "NOT_AUTHORIZED"], [0x88, "CONNECTION_REFUSED"]]) {
        const client = make({});
        const promise = client.connect();
        await turn();
        socket().opens();
        socket().says(server.connack({ code, properties: server.reasonString("because") }));
        socket().closes(1000);
        const error = await rejects(promise, expected, "ws://server", "because");
        equal(error.reasonCode, code);
    }
    const old = make({ protocolVersion: "3.1.1" }).connect();
    await turn();
    socket().opens();
    socket().says(server.connack({ code: 5, properties: null }));
    socket().closes(1000);
    equal((await rejects(old, "NOT_AUTHORIZED")).reasonCode, 0x87);
"#

a_server_that_does_not_speak_mqtt r#"
    const text = make({}).connect();
    await turn();
    socket().opens();
    socket().saysText("hello");
    socket().closes();
    await rejects(text, "PROTOCOL_ERROR", "ws://server", "text");
    const garbage = make({}).connect();
    await turn();
    socket().opens();
    socket().says([0x00, 0x00]);
    socket().closes();
    await rejects(garbage, "PROTOCOL_ERROR", "ws://server");
    const silent = make({}).connect();
    await turn();
    socket().opens();
    socket().closes(1002);
    await rejects(silent, "CONNECTION_LOST", "1002", "protocolVersion");
"#

what_the_client_found_itself_is_told_as_the_whole_sentence r#"
    for (const [bytes, reasonCode, words] of [[[0, 0], 0x81, "packet type 0 is forbidden"], [server.connack(), 0x82, "a second CONNACK"]]) {
        const { client, socket } = await connected();
        const ended = once(client, "disconnected");
        socket.says(bytes);
        socket.closes();
        const { code, reason, error, ...rest } = await ended;
        equal([code, rest.reasonCode, error.reasonCode], ["PROTOCOL_ERROR", reasonCode, reasonCode]);
        equal([reason, error.reason], [error.message, error.message]);
        ok(reason.includes(words), reason);
    }
    const error = await rejects(make({}).subscribe(""), "INVALID_TOPIC");
    equal(error.reason, error.message);
"#

a_server_that_does_not_answer_in_time r#"
    const promise = make({ timeout: 0.05 }).connect();
    await turn();
    const made = socket();
    made.opens();
    await new Promise((resolve) => setTimeout(resolve, 120));
    ok(made.closeCalls > 0);
    made.closes(1000);
    await rejects(promise, "TIMEOUT", "ws://server");
"#

a_server_that_does_not_answer_the_closing r#"
    const { client, socket } = await connected();
    const gone = client.disconnect();
    await settle();
    ok(socket.closeCalls > 0);
    await gone;
    equal(client.state, "disconnected");
    ok(!socket.onclose);
"#

a_server_that_disconnects r#"
    const { client, socket } = await connected();
    const seen = [];
    client.on("disconnected", (e) => seen.push(e));
    const asked = client.subscribe("a");
    await settle();
    socket.says(server.disconnect(0x8e, server.reasonString("elsewhere")));
    socket.closes(1000);
    await rejects(asked, "SERVER_DISCONNECT", "elsewhere");
    equal([seen[0].code, seen[0].reasonCode, seen[0].reason], ["SERVER_DISCONNECT", 0x8e, "elsewhere"]);
    ok(seen[0].error.message.includes("clientId"));
"#

a_connection_that_breaks r#"
    const { client, socket: first } = await connected({ cleanSession: false });
    const seen = [];
    client.on("disconnected", (e) => seen.push(e.code));
    const asked = client.unsubscribe("a");
    const kept = client.publish("a", "b", { qos: 1 });
    await settle();
    first.closes(1006);
    await rejects(asked, "CONNECTION_LOST", "1006");
    equal(seen, ["CONNECTION_LOST"]);
    const promise = client.connect();
    await turn();
    socket().opens();
    socket().says(server.connack({ present: true }));
    await promise;
    socket().says(server.puback(socket().heard().at(-1).id));
    equal((await kept).topic, "a");
"#

a_message_for_a_socket_that_is_closing_is_lost_at_qos_0_and_kept_at_qos_1 r#"
    for (const readyState of [2, 3]) {
        const { client, socket: first } = await connected({ cleanSession: false });
        const lost = [];
        client.on("messageLost", (e) => lost.push([e.message.topic, e.direction, e.certainty, e.code]));
        const { bytesSent } = client.stats;
        first.readyState = readyState;
        const zero = client.publish("zero", "0");
        const one = client.publish("one", "1", { qos: 1 });
        let settled = false;
        zero.then(() => { settled = true; }, () => { settled = true; });
        await settle();
        ok(!settled, "why, the socket will tell");
        equal(lost, [["zero", "out", "not-delivered", "CONNECTION_LOST"]]);
        equal([client.stats.messagesSent, client.stats.bytesSent], [0, bytesSent]);
        equal(first.heard(), []);
        first.closes(1006);
        await rejects(zero, "CONNECTION_LOST", "1006");
        const { socket: second } = await connect(client, { present: true });
        client.publish("two", "2");
        await settle();
        equal(client.stats.messagesSent, 1, "the next connection counts again");
        second.says(server.puback(client.outgoingMessages[0].packetId));
        equal((await one).topic, "one");
    }
"#

disconnecting_says_what_it_was_asked_to r#"
    const { client, socket } = await connected({ sessionExpiryInterval: 5 });
    const seen = [];
    client.on("disconnected", (e) => seen.push(e));
    await rejects(client.disconnect({ publishWill: true, reasonCode: 0 }), "USAGE", "publishWill");
    const gone = client.disconnect({ publishWill: true, sessionExpiryInterval: 9 });
    await settle();
    equal(socket.heard().map((p) => [p.name, [...p.body]]), [["DISCONNECT", [4, 5, 0x11, 0, 0, 0, 9]]]);
    socket.closes(1000);
    await gone;
    equal(seen, [{ code: "REQUESTED", reason: "disconnect() was called", closeCode: 1000, willReconnect: false }]);
"#

what_the_server_does_not_take_is_not_sent r#"
    const { client, socket } = await connected({}, { properties: [0x27, 0, 0, 0, 40, 0x24, 1, 0x25, 0, 0x28, 0] });
    equal([client.serverLimits.maximumPacketSize, client.serverLimits.maximumQos, client.serverLimits.retainAvailable], [40, 1, false]);
    await rejects(client.publish("a", "x".repeat(50), { qos: 1 }), "PACKET_TOO_LARGE", "40");
    await rejects(client.publish("a", "b", { qos: 2 }), "NOT_AVAILABLE", "maximumQos");
    await rejects(client.publish("a", "b", { retain: true }), "NOT_AVAILABLE", "retained");
    await rejects(client.subscribe("a/#"), "NOT_AVAILABLE", "wildcard");
    await settle();
    equal(socket.heard(), []);
"#

a_message_the_server_refuses r#"
    const { client, socket } = await connected();
    const out = [];
    client.on("messageOut", (e) => out.push(e.reasonCode));
    const promises = [client.publish("a", "b", { qos: 1 }), client.publish("a", "b", { qos: 2 })];
    await settle();
    const [one, two] = socket.heard();
    socket.says(server.puback(one.id, 0x87, 0), server.pubrec(two.id, 0x97, 0));
    equal((await rejects(promises[0], "PUBLISH_REFUSED", "\"a\"", "Not authorized")).reasonCode, 0x87);
    equal((await rejects(promises[1], "PUBLISH_REFUSED", "Quota exceeded")).reasonCode, 0x97);
    equal(out, [0x87, 0x97]);
"#

refused_filters_are_told_one_by_one r#"
    const { client, socket } = await connected();
    const seen = [];
    client.on("subscribed", (e) => seen.push(e));
    const promise = client.subscribe(["a", "b"]);
    await settle();
    socket.says(server.suback(socket.heard()[0].id, [1, 0x87]));
    equal(await promise, [
        { filter: "a", qos: 1, reasonCode: 1, reason: "Granted QoS 1" },
        { filter: "b", reasonCode: 0x87, reason: "Not authorized" },
    ]);
    equal(seen.map((e) => e.filter), ["a"]);
    const gone = client.unsubscribe(["a", "b"]);
    await settle();
    socket.says(server.unsuback(socket.heard()[0].id, [0, 0x11]));
    equal((await gone).map((r) => [r.filter, r.reasonCode]), [["a", 0], ["b", 0x11]]);
"#

a_message_that_expired_before_it_could_be_sent r#"
    const { client, socket } = await connected({ inflightWindow: 1 });
    client.publish("a", "1", { qos: 1 }).catch(() => {});
    const late = client.publish("late", "2", { qos: 1, messageExpiryInterval: 1 });
    await settle();
    const now = Date.now;
    try {
        Date.now = () => now() + 1500;
        socket.says(server.puback(socket.heard()[0].id));
    } finally {
        Date.now = now;
    }
    await rejects(late, "MESSAGE_EXPIRED", "late");
"#

what_connect_resolves_with r#"
    const client = make({ clientId: "" });
    const promise = client.connect();
    await turn();
    socket().opens();
    socket().says(server.connack({ properties: [0x12, ...server.string("made-up"), 0x13, 0, 30, 0x26, ...server.string("k"), ...server.string("v")] }));
    const { serverLimits, ...result } = await promise;
    equal(result, { protocolVersion: "5", sessionPresent: false, reasonCode: 0, clientId: "made-up", assignedClientId: "made-up", keepAlive: 30, reason: "Success", userProperties: [["k", "v"]] });
    equal(serverLimits.serverKeepAlive, 30);
    equal(client.assignedClientId, "made-up");
    equal(client.connected, true);
"#
}
