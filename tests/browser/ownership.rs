//! One owner for each durable session: who has it, who waits, and how it is handed over.

crate::browser_tests! {

a_second_client_is_refused_or_waits_until_the_first_has_closed_its_socket r#"
    const options = { durable: true, sessionKey: "k" };
    const { client, socket: first } = await connected(options);
    const one = client.publish("a", "b", { qos: 2, key: "one" });
    one.catch(() => {});
    await one.stored;
    await rejects(make(options).connect(), "SESSION_IN_USE", "\"k\"", "sessionInUse");
    await rejects(make(options).pending(), "SESSION_IN_USE");
    await rejects(make(options).publish("a", "b", { qos: 1 }), "SESSION_IN_USE");
    await rejects(make(options).discardSession(), "SESSION_IN_USE");
    const next = make({ ...options, sessionInUse: "wait", timeout: 0.01 });
    const made = FakeSocket.next();
    const order = [];
    made.then(() => order.push("next socket"));
    const connecting = next.connect();
    const later = next.publish("a", "c", { qos: 1, key: "two" });
    later.catch(() => {});
    while (!(await navigator.locks.query()).pending.length) await settle();
    equal(next.state, "disconnected");
    client.free();
    await settle();
    order.push("first closes");
    first.closes();
    const second = await made;
    equal(order, ["first closes", "next socket"]);
    second.opens();
    second.says(server.connack({ present: true }));
    await connecting;
    await later.sent;
    equal(next.outgoingMessages.map((m) => m.key), ["one", "two"]);
    equal(second.packets.flat().map((p) => [p.name, p.dup]), [["CONNECT", undefined], ["PUBLISH", true], ["PUBLISH", false]]);
"#

a_socket_that_does_not_close_is_waited_for_two_seconds r#"
    const options = { durable: true, sessionKey: "k" };
    const { client } = await connected(options);
    const since = Date.now();
    client.free();
    const next = make({ ...options, sessionInUse: "wait" });
    equal(await next.pending(), []);
    const waited = Date.now() - since;
    ok(waited >= 2000 && waited < 5000, String(waited));
"#

a_client_that_is_just_letting_go_is_not_in_the_way r#"
    const options = { durable: true, sessionKey: "k" };
    const { client, socket: first } = await connected(options);
    client.publish("a", "b", { qos: 1 }).catch(() => {});
    await settle();
    client.free();
    setTimeout(() => first.closes(), 50);
    equal((await make(options).pending()).length, 1);
"#

a_wait_ends_with_disconnect_or_free r#"
    const options = { durable: true, sessionKey: "k" };
    const { client, socket: first } = await connected(options);
    for (const end of [(waiting) => waiting.disconnect(), (waiting) => waiting.free()]) {
        const waiting = make({ ...options, sessionInUse: "wait" });
        const calls = [waiting.connect(), waiting.publish("a", "b", { qos: 1 }), waiting.pending(), waiting.discardSession()];
        for (const call of calls) call.catch(() => {});
        while (!(await navigator.locks.query()).pending.length) await settle();
        await end(waiting);
        for (const call of calls) await rejects(call, "DISCONNECTED");
        equal((await navigator.locks.query()).pending, []);
    }
    const patient = make({ ...options, sessionInUse: "wait" });
    const gone = patient.pending();
    gone.catch(() => {});
    await patient.disconnect();
    await rejects(gone, "DISCONNECTED");
    client.free();
    first.closes();
    equal(await patient.pending(), [], "and may be tried again");
"#

freeing_and_disconnecting_while_the_session_is_opened r#"
    const options = { durable: true, sessionKey: "k" };
    const client = make(options);
    const calls = [client.connect(), client.publish("a", "b", { qos: 1 }), client.pending(), client.exportSession()];
    const gone = client.disconnect();
    client.free();
    for (const call of calls) await rejects(call, "DISCONNECTED", "freed");
    await gone;
    await unlocked();
    const other = make(options);
    const connecting = other.connect();
    const leaving = other.disconnect();
    await rejects(connecting, "DISCONNECTED");
    await leaving;
    equal(other.state, "disconnected");
    equal(stray(), []);
"#

without_web_locks_it_is_said_once_and_goes_on r#"
    const { locks } = navigator;
    Object.defineProperty(navigator, "locks", { configurable: true, value: undefined });
    try {
        const client = make({ durable: true, sessionKey: "k" });
        const errors = [];
        client.on("error", (error) => errors.push(error.code));
        const { socket } = await connect(client);
        equal(errors, ["LOCKS_UNAVAILABLE"]);
        socket.closes();
        const { socket: again } = await connect(client);
        equal(errors.length, 1);
        client.free();
        again.closes();
    } finally {
        delete navigator.locks;
    }
    ok(navigator.locks === locks);
"#

a_discarded_session_begins_anew r#"
    const options = { durable: true, sessionKey: "k" };
    const { client, socket: first } = await connected(options);
    const lost = [];
    client.on("messageLost", (e) => lost.push([e.message.key, e.code]));
    const one = client.publish("a", "b", { qos: 1, key: "one" });
    await one.stored;
    first.closes();
    const gone = client.discardSession();
    equal(Object.keys(localStorage), [], "at once");
    await gone;
    await rejects(one, "SESSION_REPLACED");
    equal([lost, client.storageUsage.stored], [[["one", "SESSION_REPLACED"]], 0]);
    await settle();
    equal(Object.keys(localStorage), []);
    equal(await client.pending(), []);
    const two = client.publish("a", "c", { qos: 1 });
    two.catch(() => {});
    await two.stored;
    isStored(client, localStorage);
    const { socket: second } = await connect(client);
    equal(second.packets.flat()[0].body[7] & 2, 2, "Clean Start");
    client.free();
    second.closes();
    await unlocked();
    const stranger = make({ ...options, clientId: "you" });
    await stranger.discardSession();
    equal(Object.keys(localStorage), [], "whosever it was");
    const { result } = await connect(stranger);
    equal(result.clientId, "you");
"#
}
