//! Timeouts and signals: what is taken back, what goes on, and that nothing stays behind.

crate::browser_tests! {

an_aborted_connect_stops_everything r#"
    const { controller, signal, listeners } = listened();
    for (const reconnect of [false, SLOW]) {
        const { controller, signal, listeners } = listened();
        const client = make({ reconnect });
        const seen = [];
        client.on("disconnected", ({ code, willReconnect }) => seen.push([code, willReconnect]));
        const opening = FakeSocket.next();
        const connecting = client.connect({ signal });
        const made = await opening;
        controller.abort("enough");
        equal((await rejects(connecting, "ABORTED")).cause, "enough");
        await settle();
        ok(made.closeCalls > 0);
        made.closes();
        await settle();
        equal([seen, client.state, listeners.size], [[["REQUESTED", false]], "disconnected", 0]);
    }
    const waiting = make({ reconnect: SLOW });
    const opening = FakeSocket.next();
    const connecting = waiting.connect({ signal });
    (await opening).closes();
    await settle();
    equal(waiting.state, "waiting");
    controller.abort();
    await rejects(connecting, "ABORTED");
    await settle();
    equal([waiting.state, listeners.size], ["disconnected", 0]);
    const made = FakeSocket.made.length;
    await rejects(waiting.connect({ signal }), "ABORTED", "connect()");
    equal([waiting.state, FakeSocket.made.length], ["disconnected", made]);
    for (const options of [7, { timeout: 1 }, { signal: {} }]) await rejects(waiting.connect(options), "USAGE");
"#

a_signal_has_no_effect_on_what_is_over r#"
    const { controller, signal, listeners } = listened();
    const client = make({});
    const opening = FakeSocket.next();
    const connecting = client.connect({ signal });
    const made = await opening;
    made.opens();
    made.says(server.connack());
    await connecting;
    const zero = client.publish("a", "", { signal });
    await zero;
    const one = client.publish("a", "", { qos: 1, signal });
    const subscribing = client.subscribe("a", { signal }), unsubscribing = client.unsubscribe("b", { signal });
    await settle();
    equal(listeners.size, 3);
    const heard = made.heard();
    const id = (name) => heard.findLast((packet) => packet.name === name).id;
    made.says(server.puback(id("PUBLISH")), server.suback(id("SUBSCRIBE"), [0]), server.unsuback(id("UNSUBSCRIBE"), [0]));
    await Promise.all([one, subscribing, unsubscribing]);
    equal(listeners.size, 0);
    controller.abort();
    await settle();
    equal(client.state, "connected");
    await rejects(client.publish("a", "", { qos: 1, signal }), "ABORTED");
    await rejects(client.publish("a", "", { signal }), "ABORTED");
    await rejects(client.subscribe("a", { signal }), "ABORTED");
    await rejects(client.unsubscribe("a", { signal }), "ABORTED");
    await settle();
    equal([made.heard(), client.outgoingMessages], [[], []], "nothing was accepted");
"#

a_message_that_was_not_sent_is_taken_back r#"
    for (const options of [{}, { durable: true, sessionKey: "k" }]) {
        const { client, socket } = await connected({ inflightWindow: 1, ...options });
        const events = [];
        client.on("messageLost", ({ message, certainty, code }) => events.push([message.key, certainty, code]));
        client.on("messageOut", ({ key }) => events.push([key, "out"]));
        const controller = new AbortController();
        const { signal } = controller;
        const first = client.publish("a", "1", { qos: 1, key: "1" });
        const second = client.publish("a", "2", { qos: 1, key: "2", signal });
        const third = client.publish("a", "3", { qos: 2, key: "3", timeout: 0.03 });
        const fourth = client.publish("a", "4", { qos: 1, key: "4" });
        const stored = [second.stored, third.stored];
        for (const promise of stored) promise.catch(() => {});
        await settle();
        const [sent, ...others] = socket.heard();
        equal([sent.name, others], ["PUBLISH", []]);
        controller.abort("no");
        const error = await rejects(second, "ABORTED", '"a"', "not sent");
        equal(error.cause, "no");
        await rejects(third, "TIMEOUT", "not sent");
        await settle();
        equal(events, [["2", "not-delivered", "ABORTED"], ["3", "not-delivered", "TIMEOUT"]]);
        equal(client.outgoingMessages.map((m) => m.key), ["1", "4"]);
        socket.says(server.puback(sent.id));
        await first;
        await settle();
        const [next] = socket.heard();
        ok(new TextDecoder().decode(next.body).endsWith("4"));
        socket.says(server.puback(next.id));
        await fourth;
        await settle();
        if (options.durable) ok(!Object.keys(localStorage).some((key) => key.includes("/o/")), Object.keys(localStorage).join());
        client.free();
        socket.closes();
        await unlocked();
    }
"#

a_message_that_may_be_on_its_way_is_seen_to_its_end r#"
    const { client, socket: first } = await connected({ cleanSession: false, reconnect: QUICK });
    const events = [];
    client.on("messageOut", ({ key, qos }) => events.push([key, qos]));
    client.on("messageLost", ({ message }) => events.push([message.key, "lost"]));
    const { controller, signal, listeners } = listened();
    const one = client.publish("a", "1", { qos: 1, key: "one", signal });
    const two = client.publish("a", "2", { qos: 2, key: "two", timeout: 0.03 });
    await settle();
    const sent = first.heard();
    equal(sent.map((p) => p.qos), [1, 2]);
    controller.abort();
    await rejects(one, "ABORTED", "messageOut");
    await rejects(two, "TIMEOUT", "session");
    equal([client.outgoingMessages.length, listeners.size, events], [2, 0, []]);
    const next = FakeSocket.next();
    first.closes();
    const second = await next;
    second.opens();
    second.says(server.connack({ present: true }));
    await settle();
    const again = second.heard().slice(1);
    equal(again.map((p) => [p.id, p.qos, p.dup]), [[sent[0].id, 1, true], [sent[1].id, 2, true]]);
    second.says(server.puback(again[0].id), server.pubrec(again[1].id), server.pubcomp(again[1].id));
    await settle();
    equal([events, client.outgoingMessages], [[["one", 1], ["two", 2]], []]);
"#

requests_that_wait_for_a_connection_are_given_up r#"
    const client = make({ reconnect: SLOW, timeout: 0.5 });
    const { controller, signal, listeners } = listened();
    const connecting = client.connect();
    connecting.catch(() => {});
    const subscribing = client.subscribe("a", { signal });
    const late = client.unsubscribe("b", { timeout: 0.03 });
    const byDefault = client.subscribe("c");
    byDefault.catch(() => {});
    await rejects(late, "TIMEOUT", "not sent");
    controller.abort();
    await rejects(subscribing, "ABORTED", "not sent");
    equal(listeners.size, 0);
    await rejects(byDefault, "TIMEOUT");
    await rejects(client.publish("a/+", "", { timeout: 50 }), "INVALID_TOPIC");
    for (const call of [() => client.subscribe("a", { timeout: -1 }), () => client.unsubscribe("a", { timeout: "1" }), () => client.publish("a", "", { timeout: NaN })]) await rejects(call(), "USAGE", "timeout");
    for (const call of [() => client.subscribe("a", { signal: 1 }), () => client.unsubscribe("a", { signal: {} }), () => client.publish("a", "", { signal: null })]) await rejects(call(), "USAGE", "signal");
    await rejects(client.unsubscribe("a", { qos: 1 }), "USAGE", "qos");
"#

a_request_that_was_sent_may_be_granted_all_the_same r#"
    const { client, socket } = await connected();
    const granted = [];
    client.on("subscribed", ({ filter }) => granted.push(filter));
    const subscribing = client.subscribe("a", { timeout: 0.03 });
    await settle();
    const { id } = socket.heard()[0];
    await rejects(subscribing, "TIMEOUT", "may have done it");
    socket.says(server.suback(id, [1]));
    equal(granted, ["a"]);
    // The subscription is there: nobody makes it again.
    const asking = client.request("b", "?", { responseTopic: "a" });
    await settle();
    const [question] = socket.heard();
    equal(question.topic, "b");
    socket.says(server.puback(question.id), answer("a", "", correlationOf(question)));
    await asking;
"#

what_waits_for_the_session_to_be_opened_can_be_given_up r#"
    const holder = make({ durable: true, sessionKey: "k", clientId: "one" });
    await holder.pending();
    const client = make({ durable: true, sessionKey: "k", sessionInUse: "wait", clientId: "one" });
    const { controller, signal, listeners } = listened();
    const aborted = client.publish("a", "1", { qos: 1, signal });
    const late = client.publish("a", "2", { qos: 1, timeout: 0.03 });
    const kept = client.publish("a", "3", { qos: 1, key: "kept", timeout: 100, signal: new AbortController().signal });
    const connecting = client.connect({ signal });
    await settle();
    equal(listeners.size, 2);
    controller.abort("no");
    equal((await rejects(aborted, "ABORTED")).cause, "no");
    await rejects(connecting, "ABORTED");
    const outcome = await Promise.race([late, kept]).catch((error) => error.code);
    ok(["TIMEOUT", "ABORTED", "DISCONNECTED"].includes(outcome), outcome);
    await Promise.allSettled([late, kept]);
    equal(listeners.size, 0);
    holder.free();
    await unlocked();
"#

what_was_given_up_before_the_session_was_open_is_never_stored r#"
    let answer;
    const map = new Map();
    const storage = {
        get: (key) => map.get(key), set: (key, value) => void map.set(key, value), remove: (key) => void map.delete(key),
        keys: () => new Promise((resolve) => { answer = resolve; }),
    };
    const client = make({ durable: true, sessionKey: "k", storage });
    const controller = new AbortController();
    const aborted = client.publish("a", "1", { qos: 1, signal: controller.signal });
    const late = client.publish("a", "2", { qos: 1, timeout: 0.02 });
    const kept = client.publish("a", "3", { qos: 1, key: "kept", timeout: 100 });
    // On a busy machine one of them may be over before it is awaited.
    for (const publishing of [late, kept]) publishing.catch(() => {});
    while (!answer) await settle();
    controller.abort();
    await rejects(aborted, "ABORTED");
    await rejects(late, "TIMEOUT", "nothing was sent");
    answer([]);
    await kept.stored;
    equal(client.outgoingMessages.map((m) => m.key), ["kept"]);
"#

a_signal_that_outlives_its_client_calls_nobody r#"
    const { controller, signal, listeners } = listened();
    const { client } = await connected();
    const publishing = client.publish("a", "b", { qos: 1, signal });
    client.free();
    await rejects(publishing, "DISCONNECTED");
    equal(listeners.size, 0);
    controller.abort();
    await settle();
"#

a_handler_may_abort_what_it_hears_of r#"
    const { client, socket } = await connected();
    const controller = new AbortController();
    const publishing = client.publish("a", "b", { qos: 1, signal: controller.signal });
    client.on("messageIn", () => controller.abort());
    await settle();
    socket.says(server.publish("a", "1"), server.puback(1));
    await rejects(publishing, "ABORTED").catch(async () => equal((await publishing).reasonCode, 0));
"#

operations_with_a_long_lived_signal_leave_no_memory_behind r#"
    const { client, socket } = await connected();
    const { signal, listeners } = listened();
    const round = async () => {
        const publishing = client.publish("a", new Uint8Array(5000), { qos: 1, signal, timeout: 100 });
        await settle();
        socket.says(server.puback(socket.heard()[0].id));
        await publishing;
    };
    for (let i = 0; i < 100; i++) await round();
    const before = memory().byteLength;
    for (let i = 0; i < 300; i++) await round();
    ok(memory().byteLength - before <= 65536);
    equal(listeners.size, 0);
"#
}
