//! Durable sessions: what one client object left, the next one finds, whatever it was.

crate::browser_tests! {

what_a_client_left_unfinished_the_next_one_finishes_in_both_versions r#"
    for (const protocolVersion of ["5", "3.1.1"]) {
        const properties = protocolVersion === "5" ? [] : null;
        const options = { clientId: undefined, durable: true, sessionKey: `k${protocolVersion}`, protocolVersion };
        const { client, socket: first, result } = await connected(options);
        equal([result.sessionPresent, client.cleanSession], [false, false]);
        ok(/^[0-9A-Za-z]{23}$/.test(result.clientId), result.clientId);
        const [one, two, three] = ["1", "2", "2"].map((qos, i) =>
            client.publish(`t/${i}`, `body ${i}`, { qos: +qos, key: `order-${i}` }));
        for (const publication of [one, two, three]) publication.catch(() => {});
        await Promise.all([one.stored, two.stored, three.stored, one.sent, two.sent, three.sent]);
        const [, second] = first.heard();
        first.says(server.pubrec(second.id), server.publish("in", "half", { qos: 2, id: 9, properties }));
        await settle();
        client.free();
        await rejects(three, "DISCONNECTED");
        equal((await navigator.locks.query()).held.map((lock) => lock.name), [`mooring/local/k${protocolVersion}`], "until it is closed");
        first.closes();
        await unlocked();

        const next = make(options);
        const restored = new Promise((resolve) => next.on("sessionRestored", resolve));
        const out = [];
        next.on("messageOut", (e) => out.push(e.key));
        const got = [];
        next.on("messageIn", (message) => got.push(message.text()));
        const pending = await next.pending();
        equal(await restored, { outgoing: 3, incoming: 1 });
        equal(pending.map(({ key, topic, qos, retain, state }) => [key, topic, qos, retain, state]), [
            ["order-0", "t/0", 1, false, "awaiting PUBACK"],
            ["order-1", "t/1", 2, false, "PUBREC received"],
            ["order-2", "t/2", 2, false, "awaiting PUBREC"],
        ]);
        equal(new TextDecoder().decode(pending[0].payload), "body 0");
        equal(next.outgoingMessages.map((m) => m.key), ["order-0", "order-1", "order-2"]);
        const { socket: second_, result: again } = await connect(next, { present: true });
        equal(again.clientId, result.clientId, "made once");
        const sent = second_.packets.flat().slice(1);
        equal(sent.map((p) => [p.name, p.dup]), [["PUBLISH", true], ["PUBLISH", true], ["PUBREL", undefined]]);
        second_.says(server.puback(sent[0].id), server.pubcomp(sent[2].id), server.pubrec(sent[1].id), server.pubcomp(sent[1].id));
        second_.says(server.pubrel(9));
        await settle();
        equal((await Promise.all(pending.map((m) => m.outcome))).map((m) => m.topic), ["t/0", "t/1", "t/2"]);
        equal([out, got], [["order-0", "order-1", "order-2"], ["half"]]);
        equal(await next.pending(), []);
        equal(Object.keys(localStorage).filter((key) => key.includes(`k${protocolVersion}/`)), [`mooring/k${protocolVersion}/meta`]);
        next.free();
        second_.closes();
        await unlocked();
    }
"#

nothing_is_sent_before_it_is_stored r#"
    const { client, socket } = await connected({ durable: true, sessionKey: "k" });
    const set = Storage.prototype.setItem;
    const order = [];
    Storage.prototype.setItem = function (key, value) {
        order.push(key);
        return set.call(this, key, value);
    };
    const send = socket.send.bind(socket);
    socket.send = (bytes) => { order.push("sent"); send(bytes); };
    try {
        for (let i = 0; i < 3; i++) client.publish("a", "b", { qos: 2 }).catch(() => {});
        await Promise.resolve();
    } finally {
        Storage.prototype.setItem = set;
    }
    equal(order.at(-1), "sent");
    equal(order.filter((it) => it === "sent").length, 1, "in one message");
    equal(order.filter((it) => it.includes("/o/")).length, 3, "each by itself");
"#

publishing_needs_no_connection_but_at_qos_0 r#"
    const options = { durable: true, sessionKey: "k" };
    const client = make(options);
    const one = client.publish("a", "b", { qos: 1, key: "x" });
    one.catch(() => {});
    await one.stored;
    let sent = false;
    one.sent.then(() => { sent = true; }, () => {});
    await rejects(client.publish("a", "b"), "NOT_CONNECTED");
    await settle();
    equal([sent, client.state, client.outgoingMessages.map((m) => m.state)], [false, "disconnected", ["queued"]]);
    const { socket: made } = await connect(client);
    await one.sent;
    const { id } = made.packets.flat().at(-1);
    made.says(server.puback(id));
    equal((await one).packetId, id);
    const zero = client.publish("a", "b");
    await zero.sent;
    await rejects(zero.stored, "USAGE", "QoS 0");
    await zero;
"#

milestones_of_a_publication_fail_as_it_fails_and_bother_nobody r#"
    const { client: plain, socket: other } = await connected({});
    const unstored = plain.publish("a", "b", { qos: 1 });
    await rejects(unstored.stored, "USAGE", "durable");
    await unstored.sent;
    ok(unstored instanceof Promise && unstored.sent === unstored.sent);
    other.says(server.puback(other.heard().at(-1).id));
    await unstored;
    await unstored.sent;
    const client = make({ durable: true, sessionKey: "k" });
    const bad = client.publish("a/#", "b", { qos: 1 });
    await rejects(bad, "INVALID_TOPIC");
    await rejects(bad.stored, "INVALID_TOPIC");
    const lost = client.publish("a", "b", { qos: 1 });
    void lost.stored, lost.sent;
    await lost.stored;
    client.free();
    await rejects(lost, "DISCONNECTED");
    await rejects(lost.sent, "DISCONNECTED");
    await lost.stored;
"#

what_is_asked_for_while_the_session_is_being_opened_happens_in_order r#"
    const client = make({ durable: true, sessionKey: "k" });
    const connecting = client.connect();
    const early = client.subscribe("a");
    const sent = client.publish("b", "c", { qos: 1 });
    throws(() => { client.sessionKey = "other"; }, "USAGE", "sessionKey");
    equal(client.state, "disconnected");
    await client.pending();
    equal(client.state, "connecting");
    socket().opens();
    socket().says(server.connack());
    await connecting;
    await settle();
    const [first, second, third] = socket().packets.flat();
    equal([first.name, second.name, third.name], ["CONNECT", "SUBSCRIBE", "PUBLISH"]);
    socket().says(server.suback(second.id, [0]), server.puback(third.id));
    await early;
    await sent;
    const gone = client.disconnect();
    await settle();
    socket().closes(1000);
    await gone;
    throws(() => { client.storage = "memory"; }, "USAGE", "storage");
"#

what_a_durable_session_needs_and_excludes r#"
    await rejects(make({ durable: true }).connect(), "USAGE", "sessionKey");
    await rejects(make({ durable: true }).publish("a", "b", { qos: 1 }), "USAGE", "sessionKey");
    await rejects(make({}).pending(), "USAGE", "durable");
    const client = make({ durable: true, sessionKey: "k", cleanSession: true });
    await rejects(client.connect(), "USAGE", "cleanSession");
    client.cleanSession = undefined;
    throws(() => client.restoreSession(""), "USAGE", "by itself");
    await connect(client);
    const text = client.saveSession();
    ok(text.startsWith("mooring2:"));
    equal((await client.exportSession()).length, text.length);
    equal(localStorage.getItem("mooring/k/saved"), null);
    throws(() => make({ durable: true, sessionKey: "j" }).saveSession(), "USAGE", "exportSession()");
"#

a_failed_opening_may_be_tried_again r#"
    const client = make({ durable: true, sessionKey: "k" });
    const other = make({ durable: true, sessionKey: "k" });
    await client.pending();
    await rejects(other.pending(), "SESSION_IN_USE");
    await rejects(other.connect(), "SESSION_IN_USE");
    client.free();
    let found;
    while (!found) found = await other.pending().catch((error) => void equal(error.code, "SESSION_IN_USE"));
    equal(found, []);
"#

a_session_saved_by_hand_is_taken_up_when_the_client_becomes_durable r#"
    const flip = (bytes) => bytes.map((byte) => byte ^ 0x5a);
    const slow = { seal: async (bytes) => flip(bytes), open: async (bytes) => flip(bytes) };
    for (const protocolVersion of ["5", "3.1.1"]) for (const sealing of [undefined, { seal: flip, open: flip }, slow]) {
        const options = { sessionKey: "k", protocolVersion, sealing };
        const { client, socket: first } = await connected({ ...options, cleanSession: false });
        client.publish("é", "precious", { qos: 2, key: "one" }).catch(() => {});
        await settle();
        const { id } = first.heard().at(-1);
        await client.exportSession();
        client.free();
        first.closes();
        ok(localStorage.getItem("mooring/k/saved"));
        const next = make({ ...options, durable: true });
        const restored = [];
        next.on("sessionRestored", (e) => restored.push(e.outgoing));
        equal((await next.pending()).map((m) => [m.key, m.topic, m.packetId]), [["one", "é", id]]);
        const { socket: second } = await connect(next, { present: true });
        await settle();
        const [hello, again] = second.packets.flat();
        equal([hello.body[7] & 2, again.name, again.dup, again.id, restored], [0, "PUBLISH", true, id, [1]]);
        equal(Object.keys(localStorage).filter((key) => !key.includes("/o/")).sort(), ["mooring/k/meta"], "read once");
        isStored(next, localStorage);
        next.free();
        second.closes();
        await unlocked();
        localStorage.clear();
    }
"#

a_session_saved_by_hand_that_cannot_be_taken_up_is_refused_and_untouched r#"
    const flip = (bytes) => bytes.map((byte) => byte ^ 0x5a);
    const sealing = { seal: flip, open: flip };
    const durable = { durable: true, sessionKey: "k" };
    const { client } = await connected({ sessionKey: "k", cleanSession: false });
    client.publish("a", "precious", { qos: 2 }).catch(() => {});
    const text = client.saveSession();
    const sealed = make({ cleanSession: false, sealing });
    sealed.restoreSession("");
    const cases = [
        [text, { clientId: "you" }, "SESSION_FOREIGN"],
        [text, { protocolVersion: "3.1.1" }, "SESSION_FOREIGN"],
        [text.slice(0, -1), {}, "SESSION_CORRUPT"],
        [text.replace(/^mooring\d+/, "mooring99"), {}, "SESSION_NEWER_FORMAT"],
        [sealed.saveSession(), {}, "SESSION_SEALED"],
        [sealed.saveSession(), { sealing: { seal: flip, open: () => new Uint8Array([255]) } }, "SESSION_SEALED"],
    ];
    for (const [saved, options, code] of cases) {
        localStorage.setItem("mooring/k/saved", saved);
        const next = make({ ...durable, ...options });
        await rejects(next.connect(), code, "discardSession()");
        equal([Object.keys(localStorage), localStorage.getItem("mooring/k/saved")], [["mooring/k/saved"], saved]);
        await next.discardSession();
        equal([localStorage.length, await next.pending()], [0, []]);
        next.free();
        await unlocked();
        localStorage.clear();
    }
    await rejects(make(durable).importSession(text), "USAGE", "by itself");
"#
}
