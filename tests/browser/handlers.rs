//! Handlers: they may call anything, throw anything, and free the client they were called by.

crate::browser_tests! {

a_handler_may_disconnect_inside_connected r#"
    const client = make({});
    const seen = record(client, (event) => event);
    let gone;
    client.on("connected", () => { gone = client.disconnect(); });
    const promise = client.connect();
    await turn();
    socket().opens();
    socket().says(server.connack());
    equal(socket().packets.flat().map((packet) => packet.name), ["CONNECT", "DISCONNECT"]);
    equal(client.state, "disconnecting");
    socket().closes(1000);
    await rejects(promise, "DISCONNECTED");
    await gone;
    equal(seen, ["connectionStatus", "connectionStatus", "connected", "connectionStatus", "disconnected", "connectionStatus"]);
"#

a_handler_may_connect_again_inside_disconnected r#"
    const { client, socket: first } = await connected();
    let again;
    client.once("disconnected", () => { again = client.connect(); });
    await turn();
    first.closes(1006);
    ok(socket() !== first, "a new socket");
    socket().opens();
    socket().says(server.connack());
    equal((await again).sessionPresent, false);
    equal(client.state, "connected");
    ok(!first.onclose && !first.onmessage && !first.onopen);
"#

a_handler_may_publish_and_await_inside_connected r#"
    const client = make({});
    let acknowledged = false;
    client.on("connected", async () => {
        await client.publish("a", "b", { qos: 1 });
        acknowledged = true;
    });
    const promise = client.connect();
    await turn();
    socket().opens();
    socket().says(server.connack());
    await promise;
    await settle();
    const publish = socket().heard().find((packet) => packet.name === "PUBLISH");
    socket().says(server.puback(publish.id));
    await settle();
    ok(acknowledged);
"#

the_session_can_be_saved_inside_any_handler r#"
    const client = make({ cleanSession: false });
    const saved = new Map();
    for (const event of EVENTS) {
        client.on(event, () => {
            if (saved.has(event)) return;
            saved.set(event, "");
            saved.set(event, client.saveSession());
        });
    }
    client.restoreSession("");
    const promise = client.connect();
    await turn();
    socket().opens();
    socket().says(server.connack());
    await promise;
    client.publish("a", "b", { qos: 1 }).catch(() => {});
    client.publish("a", "b", { qos: 2 }).catch(() => {});
    client.subscribe("a").catch(() => {});
    client.unsubscribe("a").catch(() => {});
    await settle();
    const [one, two, subscribe, unsubscribe] = socket().heard().filter((packet) => packet.id);
    socket().says(server.publish("a", "b"), server.puback(one.id), server.suback(subscribe.id, [0]), server.unsuback(unsubscribe.id, [0]));
    client.on("messageIn", () => { throw new Error("for the event error"); });
    socket().says(server.publish("a", "b"));
    socket().closes();
    const again = client.connect();
    await turn();
    socket().opens();
    socket().says(server.connack());
    await again;
    equal([...saved.keys()].sort(), [...EVENTS].sort(), "every event was seen");
    for (const [event, text] of saved) {
        ok(text.startsWith("mooring2:"), event);
        make({}).restoreSession(text);
    }
"#

the_client_can_be_freed_inside_any_handler r#"
    for (const event of EVENTS) {
        const client = make({ cleanSession: false, inflightWindow: 1 });
        let freed = false;
        let after = 0;
        client.on(event, () => { freed = true; client.free(); });
        for (const other of EVENTS) client.on(other, () => { if (freed) after++; });
        const settled = [];
        const watch = (promise) => settled.push(promise.then(() => "done", (error) => error.code));
        const act = (call) => { if (!freed) call(); };
        act(() => client.restoreSession(""));
        await settle();
        act(() => watch(client.connect()));
        await turn();
        const made = socket();
        act(() => made.opens());
        act(() => made.says(server.connack()));
        await settle();
        act(() => watch(client.publish("a", "b", { qos: 1 })));
        act(() => watch(client.subscribe("a")));
        act(() => watch(client.unsubscribe("a")));
        act(() => client.saveSession());
        await settle();
        act(() => {
            const [publish, subscribe, unsubscribe] = made.heard().filter((packet) => packet.id);
            watch(client.publish("a", "c", { qos: 2 }));
            made.says(server.publish("a", "b", { qos: 1, id: 9 }), server.puback(publish.id), server.suback(subscribe.id, [0]),
                server.unsuback(unsubscribe.id, [0]), server.publish("a", "b"));
        });
        act(() => { client.on("sessionSaved", () => { throw new Error("for the event error"); }); client.saveSession(); });
        await settle();
        act(() => made.closes());
        act(() => watch(client.connect()));
        await turn();
        act(() => socket().opens());
        act(() => socket().says(server.connack()));
        await settle();
        ok(freed, `${event} was seen`);
        equal(after, 0, `no handler runs after free() in ${event}`);
        for (const socket of FakeSocket.made) ok(!socket.onmessage, `handlers are cleared after free() in ${event}`);
        for (const outcome of await Promise.all(settled)) ok(outcome, "every promise is settled");
        throws(() => client.state, "USAGE", "freed");
    }
"#

what_a_handler_throws_is_reported_and_stops_nobody r#"
    const { client, socket } = await connected();
    const errors = [];
    const got = [];
    client.on("error", (error) => errors.push(error.message));
    client.on("messageIn", () => { throw new Error("sync"); });
    client.on("messageIn", async () => { throw new Error("async"); });
    client.on("messageIn", (message) => got.push(message.text()));
    socket.says(server.publish("a", "1", { qos: 1, id: 3 }), server.publish("a", "2"));
    await settle();
    equal(got, ["1", "2"]);
    equal(errors.sort(), ["async", "async", "sync", "sync"]);
    equal(socket.heard().map((packet) => packet.name), ["PUBACK"]);
"#

errors_nobody_listens_to_go_to_the_platform r#"
    const { client, socket } = await connected();
    client.on("messageIn", () => { throw "a"; });
    client.once("messageIn", async () => { throw "b"; });
    socket.says(server.publish("a", ""));
    await settle();
    equal(stray(), ["a", "b"]);
    client.on("error", () => { throw "c"; });
    socket.says(server.publish("a", ""));
    equal(stray(), ["c"], "an error handler's own error does not come back to it");
"#

a_test_hears_of_what_nobody_catches r#"
    Promise.reject("rejected");
    setTimeout(() => { throw "thrown"; });
    // The platform tells of a rejection in a turn of its own.
    await settle();
    await settle();
    equal(stray().sort(), ["rejected", "thrown"]);
"#

a_connected_handler_that_fails_does_not_stop_the_connection r#"
    const client = make({});
    const errors = [];
    client.on("error", (error) => errors.push(error.message));
    client.on("connected", () => { throw new Error("1"); });
    client.on("connected", async () => { throw new Error("2"); });
    await connect(client);
    equal(client.state, "connected");
    equal(errors, ["1", "2"]);
"#

handlers_can_be_removed_in_three_ways r#"
    const { client, socket } = await connected();
    const calls = [];
    const named = () => calls.push("named");
    client.on("messageIn", named);
    const remove = client.on("messageIn", () => calls.push("removed"));
    client.once("messageIn", () => calls.push("once"));
    const later = client.on("messageIn", () => calls.push("later"));
    client.on("messageIn", () => later());
    socket.says(server.publish("a", ""));
    equal(calls, ["named", "removed", "once", "later"]);
    remove();
    remove();
    client.off("messageIn", named);
    socket.says(server.publish("a", ""));
    equal(calls.length, 4);
    client.on("messageIn", () => client.on("messageIn", () => calls.push("new")));
    socket.says(server.publish("a", ""));
    equal(calls.length, 4, "a handler added by a handler waits for the next event");
    socket.says(server.publish("a", ""));
    equal(calls.length, 5);
"#

handlers_added_twice_are_called_twice_and_removed_together r#"
    const { client, socket } = await connected();
    let calls = 0;
    const handler = () => calls++;
    client.on("messageIn", handler);
    client.on("messageIn", handler);
    socket.says(server.publish("a", ""));
    equal(calls, 2);
    client.off("messageIn", handler);
    socket.says(server.publish("a", ""));
    equal(calls, 2);
"#
}
