//! Freeing: what is let go of, and that nothing is left.

crate::browser_tests! {

freeing_rejects_what_is_pending_and_closes_the_socket r#"
    const { client, socket: made } = await connected();
    const pending = [client.publish("a", "b", { qos: 1 }), client.subscribe("a"), client.publish("a", "c")];
    client.free();
    for (const promise of pending) await rejects(promise, "DISCONNECTED", "freed");
    ok(made.closeCalls === 1 && !made.onmessage && !made.onopen && !made.onclose);
    const connecting = make({});
    const promise = connecting.connect();
    connecting.free();
    await rejects(promise, "DISCONNECTED");
    const { client: third } = await connected();
    const gone = third.disconnect();
    third.free();
    await gone;
"#

a_socket_that_speaks_after_its_client_was_freed_speaks_to_nobody r#"
    const { client, socket } = await connected();
    const seen = record(client);
    client.free();
    socket.says(server.publish("a", "b"));
    socket.closes();
    await settle();
    equal(seen, []);
"#

a_client_freed_in_the_turn_it_was_used_in_throws_nothing_afterwards r#"
    const { client } = await connected();
    client.publish("a", "b", { qos: 1 }).catch(() => {});
    client.free();
    await settle();
    equal(stray(), []);
"#

making_and_freeing_clients_leaves_no_memory_behind r#"
    const round = async () => {
        const client = new MqttClient({ url: "ws://server", clientId: "leak", cleanSession: false, will: { topic: "w" } });
        for (const event of EVENTS) client.on(event, () => client);
        const promise = client.connect();
        await turn();
        socket().opens();
        socket().says(server.connack());
        await promise;
        client.publish("a", new Uint8Array(20000), { qos: 2 }).catch(() => {});
        client.publish("a", "b").catch(() => {});
        client.subscribe("a").catch(() => {});
        client.saveSession();
        await Promise.resolve();
        socket().says(server.publish("a", new Uint8Array(1000), { qos: 1, id: 1 }));
        client.free();
        FakeSocket.made = [];
    };
    for (let i = 0; i < 300; i++) await round();
    const before = memory().byteLength;
    for (let i = 0; i < 1000; i++) await round();
    const grown = memory().byteLength - before;
    ok(grown <= 65536, `grown by ${grown} bytes: more than what the garbage collector has not come to yet`);
"#

durable_clients_leave_no_memory_behind_either r#"
    ok(globalThis.gc, "webdriver.json starts the browser with --js-flags=--expose-gc");
    const later = { seal: async (bytes) => bytes, open: async (bytes) => bytes };
    const round = async (i) => {
        // A function to acknowledge with outlives its client, and with it the client's shell, until it is collected.
        if (i % 10 === 0) globalThis.gc();
        const client = new MqttClient({ url: "ws://server", clientId: "leak", durable: true, sessionKey: "k", sealing: i % 2 ? later : undefined, manualAck: true });
        const next = FakeSocket.next();
        const promise = client.connect();
        const made = await next;
        made.opens();
        while (!made.packets.length) await settle();
        made.says(server.connack());
        await promise;
        const message = new Promise((resolve) => client.on("messageIn", resolve));
        const publication = client.publish("a", new Uint8Array(20000), { qos: 2, key: "k" });
        publication.catch(() => {});
        await publication.stored;
        made.says(server.publish("a", new Uint8Array(1000), { qos: 1, id: 1 }));
        (await message).ack();
        await client.pending();
        client.free();
        made.closes();
        await unlocked();
        localStorage.clear();
        FakeSocket.made = [];
    };
    for (let i = 0; i < 60; i++) await round(i);
    const before = memory().byteLength;
    for (let i = 0; i < 120; i++) await round(i);
    const grown = memory().byteLength - before;
    ok(grown <= 65536, `grown by ${grown} bytes: more than what the garbage collector has not come to yet`);
"#

a_connected_client_outlives_the_last_reference_to_it r#"
    ok(globalThis.gc, "webdriver.json starts the browser with --js-flags=--expose-gc");
    const got = [];
    let collected = false;
    const registry = new FinalizationRegistry(() => { collected = true; });
    await (async () => {
        const client = new MqttClient({ url: "ws://server", reconnect: false });
        registry.register(client);
        client.on("messageIn", (message) => got.push(message.text()));
        await connect(client);
    })();
    for (let i = 0; i < 50 && !collected; i++) {
        globalThis.gc();
        await settle();
    }
    ok(collected, "the object is gone");
    await settle();
    socket().says(server.publish("a", "still here"));
    equal(got, ["still here"]);
    socket().closes();
    ok(!socket().onmessage, "with the connection goes the rest");
"#

a_client_that_waits_for_its_next_attempt_outlives_it_too r#"
    let collected = false;
    const registry = new FinalizationRegistry(() => { collected = true; });
    const got = [];
    await (async () => {
        const client = new MqttClient({ url: "ws://server", reconnect: SLOW });
        registry.register(client);
        client.on("messageIn", (message) => { got.push(message.text()); return client.disconnect(); });
        await connect(client);
    })();
    socket().closes();
    for (let i = 0; i < 50; i++) {
        globalThis.gc();
        await settle();
    }
    ok(!collected, "its handler refers to it");
    skip(1000001);
    const next = FakeSocket.next();
    dispatchEvent(new Event("online"));
    const made = await next;
    made.opens();
    made.says(server.connack());
    await settle();
    made.says(server.publish("a", "still here"));
    await settle();
    made.closes(1000);
    equal(got, ["still here"]);
"#
}
