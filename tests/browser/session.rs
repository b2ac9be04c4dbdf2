//! The session: saved, restored and discarded, in a string and in storage, by both flows.

crate::browser_tests! {

a_new_client_finishes_what_a_saved_one_began r#"
    const { client, socket: first } = await connected({ cleanSession: false });
    client.publish("one", "1", { qos: 1 }).catch(() => {});
    client.publish("two", "22", { qos: 2 }).catch(() => {});
    client.publish("half", "333", { qos: 2 }).catch(() => {});
    await settle();
    const [one, two, half] = first.heard();
    first.says(server.pubrec(half.id), server.publish("in", "body", { qos: 2, id: 77 }));
    const saved = client.saveSession();
    client.free();

    const next = make({});
    const seen = record(next, (event, e) => event === "messageIn" ? `${e.topic}=${e.text()}` : event);
    next.restoreSession(saved);
    equal(seen, [], "no handler runs within a method");
    await settle();
    equal(seen, ["sessionRestored"]);
    equal(next.cleanSession, false);
    equal(next.outgoingMessages.map((m) => [m.state, m.topic]),
        [["awaiting PUBACK", "one"], ["awaiting PUBREC", "two"], ["awaiting PUBCOMP", "half"]]);
    equal(next.incomingMessages, [{ state: "awaiting PUBREL", packetId: 77, qos: 2, topic: "in", bytes: 4 }]);
    equal(next.storageUsage.messages, 4);
    const promise = next.connect();
    await turn();
    socket().opens();
    socket().says(server.connack({ present: true }));
    await promise;
    const sent = socket().packets.flat().slice(1);
    equal(sent.map((p) => [p.name, p.id, p.dup]),
        [["PUBLISH", one.id, true], ["PUBLISH", two.id, true], ["PUBREL", half.id, undefined]]);
    socket().says(server.puback(one.id), server.pubrec(two.id), server.pubcomp(two.id), server.pubcomp(half.id), server.pubrel(77));
    equal(next.outgoingMessages, []);
    equal(next.incomingMessages, []);
    equal(seen.filter((e) => e.startsWith("message") || e.startsWith("in=")),
        ["messageAck", "messageOut", "messageAck", "messageOut", "messageAck", "messageOut", "messageAck", "in=body"]);
"#

ask_first_holds_everything_until_an_async_handler_has_restored r#"
    const { client, socket: first } = await connected({ cleanSession: false });
    client.publish("a", "b", { qos: 2 }).catch(() => {});
    await settle();
    const { id } = first.heard()[0];
    const saved = client.saveSession();
    client.free();

    const next = make({ cleanSession: false });
    const got = [];
    next.on("messageIn", (m) => got.push(m.text()));
    let go;
    const wait = new Promise((resolve) => { go = resolve; });
    next.on("connected", async ({ sessionPresent }) => {
        await wait;
        if (sessionPresent) next.restoreSession(saved);
    });
    let ready = false;
    const promise = next.connect().then(() => { ready = true; });
    await turn();
    socket().opens();
    socket().says(server.connack({ present: true }), server.publish("x", "held"), server.pubrec(id));
    await settle();
    ok(!ready && got.length === 0, "nothing inbound is looked at");
    equal(next.state, "connected");
    go();
    await promise;
    await settle();
    equal(got, ["held"]);
    equal(socket().packets.flat().slice(1).map((p) => [p.name, p.id]), [["PUBLISH", id], ["PUBREL", id]]);
"#

a_handler_that_settles_late_does_nothing_to_the_next_connection r#"
    const client = make({ cleanSession: false });
    const waits = [];
    client.on("connected", () => new Promise((resolve) => waits.push(resolve)));
    const first = client.connect();
    await turn();
    socket().opens();
    socket().says(server.connack());
    socket().closes(1006);
    await rejects(first, "CONNECTION_LOST", "ws://server", "1006");
    let ready = false;
    const second = client.connect().then(() => { ready = true; });
    await turn();
    socket().opens();
    socket().says(server.connack());
    waits[0]();
    await settle();
    ok(!ready, "still waits for its own handlers");
    waits[1]();
    await second;
"#

a_present_session_that_nobody_restored_is_refused r#"
    const client = make({ cleanSession: false });
    const promise = client.connect();
    await turn();
    socket().opens();
    socket().says(server.connack({ present: true }));
    equal(socket().packets.flat().map((p) => p.name), ["CONNECT", "DISCONNECT"]);
    socket().closes(1000);
    await rejects(promise, "SESSION_UNKNOWN", "restoreSession()");
    client.resumeWithoutState = true;
    await connect(client, { present: true });
    equal(client.sessionPresent, true);
"#

the_server_lost_the_session r#"
    const { client, socket: first } = await connected({ cleanSession: false });
    const lost = [];
    client.on("messageLost", (e) => lost.push([e.message.topic, e.message.payload, e.direction, e.certainty, e.code]));
    const filters = [];
    client.on("sessionLost", (e) => filters.push(...e.filters));
    client.subscribe("f").catch(() => {});
    const one = client.publish("one", "1", { qos: 1 });
    const two = client.publish("two", "2", { qos: 2 });
    await settle();
    const ids = first.heard().map((packet) => packet.id);
    first.says(server.suback(ids[0], [0]));
    first.closes();
    const { socket: second } = await (async () => {
        const promise = client.connect();
        await turn();
        socket().opens();
        socket().says(server.connack());
        await promise;
        return { socket: socket() };
    })();
    await rejects(two, "SESSION_LOST", "two");
    equal(lost, [["two", new Uint8Array([50]), "out", "indeterminate", "SESSION_LOST"]]);
    equal(filters, ["f"]);
    const again = second.heard().find((packet) => packet.name === "PUBLISH");
    equal([again.topic, again.dup], ["one", false]);
    second.says(server.puback(again.id));
    equal((await one).packetId, again.id);
"#

bad_strings_are_refused_and_change_nothing r#"
    const { client } = await connected({ cleanSession: false });
    client.publish("a", "b", { qos: 1 }).catch(() => {});
    const good = client.saveSession();
    const other = make({});
    throws(() => other.restoreSession("hello"), "SESSION_CORRUPT");
    throws(() => other.restoreSession(good.slice(0, -3)), "SESSION_CORRUPT");
    throws(() => other.restoreSession(good.replace("mooring2", "mooring9")), "SESSION_NEWER_FORMAT", "9");
    throws(() => make({ clientId: "you" }).restoreSession(good), "SESSION_FOREIGN", "me");
    throws(() => make({ protocolVersion: "3.1.1" }).restoreSession(good), "SESSION_FOREIGN", "MQTT 5");
    throws(() => other.restoreSession(), "USAGE", "sessionKey");
    throws(() => other.restoreSession(5), "USAGE");
    equal([other.cleanSession, other.outgoingMessages], [true, []]);
    throws(() => client.restoreSession(good), "USAGE", "before connect()");
    await rejects(client.discardSession(), "USAGE", "disconnect()");
"#

an_expired_session_is_refused r#"
    const { client, socket } = await connected({ cleanSession: false, sessionExpiryInterval: 1 });
    socket.closes();
    const saved = client.saveSession();
    make({}).restoreSession(saved);
    const now = Date.now;
    try {
        Date.now = () => now() + 2000;
        throws(() => make({}).restoreSession(saved), "SESSION_EXPIRED");
    } finally {
        Date.now = now;
    }
"#

a_session_key_keeps_the_session_in_storage r#"
    for (const [storage, area] of [["local", localStorage], ["session", sessionStorage], ["memory", null]]) {
        const key = `k-${storage}`;
        throws(() => make({ storage, sessionKey: key }).restoreSession(), "SESSION_NOT_FOUND", key);
        const { client } = await connected({ cleanSession: false, storage, sessionKey: key });
        const seen = [];
        client.on("sessionSaved", (e) => seen.push(e));
        client.publish("a", "b", { qos: 1 }).catch(() => {});
        const saved = client.saveSession();
        await settle();
        equal(seen, [{ length: saved.length, stored: true }]);
        equal(client.storageUsage.stored, saved.length);
        if (area) equal(area.getItem(`mooring/${key}/saved`), saved);
        client.free();
        const next = make({ storage, sessionKey: key });
        next.restoreSession("ignored");
        equal(next.outgoingMessages.map((m) => m.topic), ["a"]);
        equal(next.storageUsage.stored, saved.length);
        await next.discardSession();
        if (area) equal(area.length, 0);
        equal(next.storageUsage, { bytes: 0, messages: 0, stored: 0, ...(area && { limit: 5 * 1024 * 1024 }) });
        throws(() => next.restoreSession(), "SESSION_NOT_FOUND");
    }
"#

a_discarded_session_is_reported_and_gone r#"
    const { client, socket: first } = await connected({ cleanSession: false });
    const lost = [];
    client.on("messageLost", (e) => lost.push(e.code));
    const promise = client.publish("a", "b", { qos: 1 });
    await settle();
    first.closes();
    await client.discardSession();
    await rejects(promise, "SESSION_REPLACED", "\"a\"");
    equal(lost, ["SESSION_REPLACED"]);
    const again = client.connect();
    await turn();
    socket().opens();
    socket().says(server.connack({ present: true }));
    socket().closes();
    await rejects(again, "SESSION_UNKNOWN");
"#

a_full_storage_is_an_error_that_leaves_the_last_save r#"
    const { client } = await connected({ cleanSession: false, sessionKey: "k" });
    client.publish("a", "small", { qos: 1 }).catch(() => {});
    const small = client.saveSession();
    client.publish("a", "x".repeat(1000), { qos: 1 }).catch(() => {});
    const needed = (() => {
        let unit = "f".repeat(1 << 20);
        for (let i = 0; unit; i++) {
            try { localStorage.setItem(`fill${i}`, unit); } catch { unit = unit.slice(0, unit.length >> 1); }
        }
        return throws(() => client.saveSession(), "QUOTA_EXCEEDED", "bytes");
    })();
    ok(/needs \d{4} bytes/.test(needed.message), needed.message);
    equal(localStorage.getItem("mooring/k/saved"), small, "what was saved before is intact");
    equal(client.outgoingMessages.length, 2, "the session is unchanged");
    equal(client.storageUsage.stored, small.length);
    localStorage.clear();
    client.saveSession();
"#

denied_storage_falls_back_to_memory_and_says_so r#"
    const real = Object.getOwnPropertyDescriptor(window, "localStorage");
    Object.defineProperty(window, "localStorage", {
        configurable: true,
        get() { throw new DOMException("denied", "SecurityError"); },
    });
    try {
        const { client } = await connected({ cleanSession: false, sessionKey: "denied" });
        const errors = [];
        const saves = [];
        client.on("error", (error) => errors.push(error.code));
        client.on("sessionSaved", (e) => saves.push(e.stored));
        client.publish("a", "b", { qos: 1 }).catch(() => {});
        const saved = client.saveSession();
        client.saveSession();
        await settle();
        ok(saved.startsWith("mooring2:"));
        equal(errors, ["STORAGE_DENIED"], "once");
        equal(saves, [false, false]);
        const next = make({ sessionKey: "denied" });
        next.on("error", () => {});
        next.restoreSession();
        equal(next.outgoingMessages.length, 1);
        await next.discardSession();
    } finally {
        Object.defineProperty(window, "localStorage", real);
    }
"#
}
