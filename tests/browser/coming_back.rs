//! Coming back in the ways real pages do: twice, too early, while something else happens.

crate::browser_tests! {

a_page_left_before_it_connected_keeps_what_an_earlier_one_saved r#"
    const options = { cleanSession: false, sessionKey: "k" };
    const { client } = await connected(options);
    client.publish("a", "b", { qos: 2 }).catch(() => {});
    await settle();
    const saved = client.saveSession();
    client.free();
    // The next page does not get as far as CONNACK, and is left.
    const next = make(options);
    const saves = [];
    next.on("sessionSaved", (e) => saves.push(e.stored));
    next.connect().catch(() => {});
    await turn();
    socket().opens();
    next.saveSession();
    await settle();
    equal(saves, [false]);
    equal(localStorage.getItem("mooring/k/saved"), saved, "the only copy is untouched");
    next.free();
    // One after which it was somebody else's, or unreadable.
    const other = make({ ...options, clientId: "other" });
    throws(() => other.restoreSession(), "SESSION_FOREIGN");
    other.saveSession();
    equal(localStorage.getItem("mooring/k/saved"), saved);
    const last = make(options);
    last.restoreSession();
    equal(last.outgoingMessages.length, 1);
    last.saveSession();
    ok(localStorage.getItem("mooring/k/saved") !== saved, "a restored session may be saved again");
"#

what_one_page_saves_before_it_ever_connected_grows_with_it r#"
    const client = make({ cleanSession: false, sessionKey: "k" });
    client.connect().catch(() => {});
    for (const topic of ["one", "two"]) {
        client.publish(topic, "x", { qos: 1 }).catch(() => {});
        client.saveSession();
    }
    client.free();
    const next = make({ sessionKey: "k" });
    next.restoreSession();
    equal(next.outgoingMessages.map((m) => m.topic), ["one", "two"]);
    next.connect().catch(() => {});
    next.publish("three", "x", { qos: 1 }).catch(() => {});
    next.saveSession();
    next.free();
    const last = make({ sessionKey: "k" });
    last.restoreSession();
    equal(last.outgoingMessages.map((m) => m.topic), ["one", "two", "three"]);
"#

a_session_saved_before_it_ever_connected_says_whose_it_is_and_declares_nothing r#"
    const first = make({ clientId: "early", cleanSession: false });
    const saved = first.saveSession();
    const client = make({ clientId: "early" });
    client.restoreSession(saved);
    const promise = client.connect();
    await turn();
    socket().opens();
    socket().says(server.connack({ present: true }));
    await rejects(promise, "SESSION_UNKNOWN");
    socket().closes();
    throws(() => make({ clientId: "late" }).restoreSession(saved), "SESSION_FOREIGN", "early");
"#

restoring_the_same_save_at_every_reconnection_sends_nothing_twice r#"
    const { client: before } = await connected({ cleanSession: false, sessionKey: "k" });
    before.publish("a", "b", { qos: 2 }).catch(() => {});
    await settle();
    before.saveSession();
    before.free();
    const client = make({ sessionKey: "k" });
    const come = () => {
        client.restoreSession();
        return connect(client, { present: true });
    };
    const { socket: first } = await come();
    first.says(server.pubrec(1));
    first.says(server.pubcomp(1));
    equal(client.outgoingMessages.length, 0);
    first.closes();
    const { socket: second } = await come();
    equal(client.outgoingMessages.length, 0);
    equal(second.packets.flat().map((p) => p.name), ["CONNECT"], "nothing finished is sent again");
"#

a_publish_elsewhere_does_not_overtake_a_restore_that_takes_its_time r#"
    const { client: before, socket: server1 } = await connected({ cleanSession: false, protocolVersion: "3.1.1" }, { properties: null });
    server1.says(server.publish("in", "body", { qos: 2, id: 5, properties: null }));
    const saved = before.saveSession();
    before.free();
    const client = make({ cleanSession: false, protocolVersion: "3.1.1" });
    const got = [];
    client.on("messageIn", (message) => got.push(message.text()));
    let restore;
    client.on("connected", () => new Promise((resolve) => {
        restore = () => resolve(client.restoreSession(saved));
    }));
    const promise = client.connect();
    await turn();
    socket().opens();
    socket().says(server.connack({ present: true, properties: null }), server.pubrel(5));
    client.publish("telemetry", "1", { qos: 1 }).catch(() => {});
    await settle();
    equal(got, [], "the release waits for the restore");
    restore();
    await promise;
    equal(got, ["body"]);
    await settle();
    const names = socket().packets.flat().map((p) => p.name);
    equal(names, ["CONNECT", "PUBCOMP", "PUBLISH"].sort((a, b) => names.indexOf(a) - names.indexOf(b)));
"#

a_link_that_breaks_during_the_first_handlers_leaves_a_session_that_is_ours r#"
    const client = make({ cleanSession: false });
    client.once("connected", () => new Promise(() => {}));
    const first = client.connect();
    await turn();
    socket().opens();
    socket().says(server.connack());
    socket().closes();
    await rejects(first, "CONNECTION_LOST");
    const { result } = await connect(client, { present: true });
    ok(result.sessionPresent);
"#

connecting_again_from_whichever_event_tells_of_the_end r#"
    for (const event of ["connectionStatus", "disconnected", "messageLost"]) {
        const client = make({});
        await connect(client);
        client.publish("a", "b").catch(() => {});
        let again;
        const off = client.on(event, () => {
            if (client.state !== "disconnected") return;
            off();
            again = client.connect();
        });
        socket().closes();
        await settle();
        if (event === "messageLost") {
            equal(client.state, "disconnected", "too early in there, and nothing is broken by asking");
            again = client.connect();
            await turn();
        }
        socket().opens();
        socket().says(server.connack());
        await again;
        equal([event, client.state, socket().closeCalls], [event, "connected", 0]);
    }
"#

a_message_released_but_not_handed_over_is_in_what_a_handler_saves r#"
    const { client, socket } = await connected({ cleanSession: false });
    socket.says(server.publish("a", "one", { qos: 2, id: 1 }), server.publish("a", "two", { qos: 2, id: 2 }));
    const listed = [];
    let saved;
    client.on("messageAck", ({ packetId }) => listed.push(`ack ${packetId}: ${client.incomingMessages.map((m) => `${m.packetId} ${m.state}`)}`));
    client.on("messageIn", (message) => {
        listed.push(`in ${message.packetId}: ${client.incomingMessages.map((m) => m.packetId)}`);
        saved ??= client.saveSession();
    });
    socket.says(server.pubrel(1), server.pubrel(2));
    equal(listed, [
        "ack 1: 1 sending PUBCOMP,2 sending PUBCOMP",
        "in 1: 2",
        "ack 2: 2 sending PUBCOMP",
        "in 2: ",
    ]);
    client.free();
    const next = make({});
    const got = [];
    next.on("messageIn", (message) => got.push(message.text()));
    next.restoreSession(saved);
    await connect(next, { present: true });
    equal(got, ["two"], "the one that had not been handed over, once");
    equal(next.incomingMessages, []);
"#
}
