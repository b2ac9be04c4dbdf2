//! What the application decides: when a message counts as received, and what becomes of a lost session's.

crate::browser_tests! {

a_message_counts_as_received_when_the_application_says_so r#"
    for (const protocolVersion of ["5", "3.1.1"]) {
        const properties = protocolVersion === "5" ? [] : null;
        const { client, socket } = await connected({ manualAck: true, cleanSession: false, protocolVersion });
        const got = [];
        client.on("messageIn", (message) => got.push(message));
        socket.says(
            server.publish("a", "0", { properties }),
            server.publish("a", "1", { qos: 1, id: 1, properties }),
            server.publish("a", "2", { qos: 2, id: 2, properties }),
        );
        equal(socket.heard().map((p) => p.name), ["PUBREC"]);
        socket.says(server.pubrel(2));
        await settle();
        equal([got.map((m) => m.text()), socket.heard()], [["0", "1", "2"], []], "neither PUBACK nor PUBCOMP");
        got[0].ack();
        got[2].ack();
        await Promise.resolve();
        equal(socket.heard().map((p) => [p.name, p.id]), [["PUBCOMP", 2]]);
        got[1].ack();
        got[1].ack();
        got[2].ack();
        await Promise.resolve();
        equal(socket.heard().map((p) => [p.name, p.id]), [["PUBACK", 1]]);
        await settle();
        equal([socket.heard(), client.incomingMessages], [[], []]);
        socket.says(server.publish("a", "late", { qos: 1, id: 7, properties }));
        client.free();
        got[3].ack();
    }
    equal(stray(), []);
"#

without_the_option_ack_does_nothing r#"
    const { client, socket } = await connected();
    client.on("messageIn", (message) => { message.ack(); message.ack(); });
    socket.says(server.publish("a", "1", { qos: 1, id: 1 }), server.publish("a", "2", { qos: 2, id: 2 }), server.pubrel(2));
    await settle();
    equal(socket.heard().map((p) => p.name).sort(), ["PUBACK", "PUBCOMP", "PUBREC"]);
"#

what_was_not_acknowledged_comes_again_after_the_page_died r#"
    for (const protocolVersion of ["5", "3.1.1"]) {
        const properties = protocolVersion === "5" ? [] : null;
        const options = { durable: true, sessionKey: "k", manualAck: true, protocolVersion };
        const { client, socket: first } = await connected(options);
        const before = [];
        client.on("messageIn", (message) => before.push(message.text()));
        first.says(server.publish("a", "body", { qos: 2, id: 2, properties }), server.pubrel(2));
        await settle();
        first.says(server.pubrel(2));
        await settle();
        equal(before, ["body"]);
        client.free();
        first.closes();
        await unlocked();
        const next = make(options);
        const got = [];
        next.on("messageIn", (message) => got.push([message.text(), message.duplicate, message]));
        const { socket: second } = await connect(next, { present: true });
        await settle();
        if (!got.length) second.says(server.pubrel(2));
        await settle();
        equal(got.map(([text, duplicate]) => [text, duplicate]), [["body", true]]);
        ok(!second.packets.flat().some((p) => p.name === "PUBCOMP"));
        got[0][2].ack();
        await settle();
        equal(second.packets.flat().at(-1).name, "PUBCOMP");
        ok(!Object.keys(localStorage).some((key) => key.includes("/i/")));
        next.free();
        second.closes();
        await unlocked();
        localStorage.clear();
    }
"#

a_function_decides_what_becomes_of_the_messages_of_a_lost_session r#"
    const answers = { a: "discard", b: "republish", c: () => { throw new Error("undecided"); }, d: "perhaps" };
    const asked = [];
    const whenSessionLost = (message) => {
        asked.push(message);
        const answer = answers[message.key];
        return typeof answer === "function" ? answer() : answer;
    };
    const { client, socket: first } = await connected({ cleanSession: false, whenSessionLost });
    const outcomes = [["a", 1], ["b", 2], ["c", 1], ["d", 2]].map(([key, qos]) =>
        client.publish(`t/${key}`, key, { qos, key, contentType: "text/plain", retain: true }).then(() => "done", (error) => error.code));
    await settle();
    first.closes();
    const errors = [];
    client.on("error", (error) => errors.push(error.message));
    const { socket: second } = await connect(client);
    await settle();
    equal(asked.map(({ key, topic, payload, qos, retain, properties }) => [key, topic, [...payload], qos, retain, properties]),
        ["a", "b", "c", "d"].map((key, i) => [key, `t/${key}`, [key.charCodeAt()], i % 2 + 1, true, { contentType: "text/plain" }]));
    equal(second.packets.flat().slice(1).map((p) => [p.topic, p.dup]), [["t/b", false], ["t/c", false]]);
    equal(errors.length, 2);
    ok(errors.includes("undecided") && errors.some((message) => message.includes("\"republish\"")), errors.join());
    const [, b, c] = second.packets.flat();
    second.says(server.pubrec(b.id), server.puback(c.id));
    await settle();
    second.says(server.pubcomp(b.id));
    equal(await Promise.all(outcomes), ["SESSION_LOST", "done", "done", "SESSION_LOST"]);
"#

a_function_that_frees_the_client_is_asked_no_more r#"
    let asked = 0;
    const { client, socket: first } = await connected({ cleanSession: false, whenSessionLost: () => { asked++; client.free(); return "discard"; } });
    for (const topic of ["a", "b"]) client.publish(topic, "x", { qos: 1 }).catch(() => {});
    await settle();
    first.closes();
    client.connect().catch(() => {});
    await turn();
    socket().opens();
    socket().says(server.connack());
    await settle();
    equal(asked, 1);
"#

the_extra_connection_of_3_1_1_empties_a_stranger_s_session_before_ours_begins r#"
    const client = make({ durable: true, sessionKey: "k", protocolVersion: "3.1.1" });
    const seen = record(client, (event, value) => event === "connectionStatus" ? value.state : event);
    const promise = client.connect();
    let made = await FakeSocket.next();
    made.opens();
    made.says(server.connack({ present: true, properties: null }));
    await settle();
    equal(made.packets.flat().map((p) => p.name), ["CONNECT", "DISCONNECT"]);
    ok(made.closeCalls > 0);
    equal(FakeSocket.made.length, 1, "one at a time");
    let next = FakeSocket.next();
    made.closes(1000);
    made = await next;
    made.opens();
    equal(made.packets.flat()[0].body[7] & 2, 2, "Clean Session");
    made.says(server.connack({ properties: null }));
    await settle();
    next = FakeSocket.next();
    made.closes(1000);
    made = await next;
    made.opens();
    equal(made.packets.flat()[0].body[7] & 2, 0);
    made.says(server.connack({ properties: null }));
    equal((await promise).sessionPresent, false);
    equal([FakeSocket.made.length, seen.filter((event) => event === "connected").length], [3, 2]);
"#

what_came_while_nobody_listened_is_handed_over_to_whoever_does_later r#"
    for (const options of [{ cleanSession: false }, { durable: true, sessionKey: "k" }]) {
        const { client, socket: first } = await connected({ ...options, manualAck: true });
        const say = async (made, ...packets) => { made.says(...packets); await settle(); };
        await say(first, server.publish("in", "2", { qos: 2, id: 5 }), server.publish("in", "1", { qos: 1, id: 6 }));
        await say(first, server.pubrel(5));
        equal([first.heard().map((p) => p.name), client.incomingMessages.length], [["PUBREC"], 2]);
        const got = [];
        const off = client.on("messageIn", (message) => got.push(message));
        client.on("messageIn", () => {});
        await settle();
        equal(got.map((m) => m.text()), ["2"], "once");
        got[0].ack();
        await settle();
        equal(first.heard().map((p) => [p.name, p.id]), [["PUBCOMP", 5]]);
        off();
        await say(first, server.publish("in", "3", { qos: 2, id: 7 }));
        client.free();
        first.closes();
        await unlocked();
    }
"#

what_came_while_nobody_listened_is_handed_over_on_the_next_connection r#"
    const { client, socket: first } = await connected({ durable: true, sessionKey: "k", manualAck: true });
    first.says(server.publish("in", "x", { qos: 2, id: 5 }));
    await settle();
    first.says(server.pubrel(5));
    await settle();
    first.closes();
    await settle();
    const got = [];
    client.on("messageIn", (message) => { got.push(message.text()); message.ack(); });
    const { socket: second } = await connect(client, { present: true });
    second.says(server.pubrel(5));
    await settle();
    equal([got, second.packets.flat().slice(1).map((p) => p.name)], [["x"], ["PUBCOMP"]]);
"#

disconnecting_while_a_stranger_s_session_is_emptied_opens_no_other_connection r#"
    const client = make({ durable: true, sessionKey: "k", protocolVersion: "3.1.1" });
    const opening = FakeSocket.next();
    const connecting = client.connect();
    connecting.catch(() => {});
    const first = await opening;
    first.opens();
    await settle();
    first.says(server.connack({ present: true, properties: null }));
    await settle();
    equal([first.readyState, FakeSocket.made.length], [2, 1]);
    const gone = client.disconnect();
    await settle();
    first.closes(1000);
    await gone;
    await rejects(connecting, "DISCONNECTED");
    equal(FakeSocket.made.length, 1);
"#

a_function_that_decides_may_do_anything r#"
    for (const what of ["disconnect", "free", "publish", "connect", "throw", "promise", "discardSession", "pending", "set"]) {
        const key = `k${what}`;
        const seen = [];
        let client;
        const decide = () => {
            seen.push(what);
            switch (what) {
                case "disconnect": client.disconnect(); return "republish";
                case "free": client.free(); return "republish";
                case "publish": client.publish("x", "y", { qos: 1 }).catch(() => {}); return "republish";
                case "connect": client.connect().catch(() => {}); return "discard";
                case "throw": throw new Error("no idea");
                case "promise": return Promise.resolve("republish");
                case "discardSession": client.discardSession().catch(() => {}); return "republish";
                case "pending": client.pending().catch(() => {}); return "republish";
                case "set": try { client.clientId = "other"; } catch {} return "republish";
            }
        };
        const it = await connected({ durable: true, sessionKey: key, clientId: key, whenSessionLost: decide });
        client = it.client;
        client.on("error", () => {});
        const p1 = client.publish("a", "1", { qos: 2 }); p1.catch(() => {});
        const p2 = client.publish("a", "2", { qos: 1 }); p2.catch(() => {});
        await Promise.all([p1.sent, p2.sent]);
        it.socket.closes();
        await settle();
        const opening = FakeSocket.next();
        const connecting = client.connect();
        connecting.catch(() => {});
        const made = await opening;
        made.opens();
        made.says(server.connack({ present: false }));
        await settle();
        await settle();
        if (what === "disconnect") made.closes();
        await settle();
        const result = await Promise.race([connecting.then(() => "ok", (e) => e.code), new Promise((r) => setTimeout(r, 100, "open"))]);
        ok(result !== "open", `${what}: connect() never settled`);
        ok(seen.length >= 1, what);
        client.free();
        made.closes();
        await unlocked();
    }
"#
}
