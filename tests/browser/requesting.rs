//! Request and response: who gets which answer, and what ends the wait for one.

crate::browser_tests! {

a_request_subscribes_once_and_gets_its_answer r#"
    const { client, socket } = await connected();
    const got = [];
    client.on("messageIn", (message) => got.push(message.text()));
    const iterator = client.messages("response/me");
    const asking = [client.request("time", "Berlin", { contentType: "text/plain" }), client.request("time", "Oslo", { qos: 0 })];
    await settle();
    const [subscribe, ...others] = socket.heard();
    equal([subscribe.name, others], ["SUBSCRIBE", []], "one for both, and nothing is asked before it is granted");
    equal(new TextDecoder().decode(subscribe.body.slice(5, 16)), "response/me");
    equal(subscribe.body.at(-1) & 3, 1);
    socket.says(server.suback(subscribe.id, [1]));
    await settle();
    const [first, second] = socket.heard();
    equal([first.topic, first.qos, second.topic, second.qos], ["time", 1, "time", 0]);
    ok(new TextDecoder().decode(first.body).includes("response/me") && new TextDecoder().decode(first.body).endsWith("Berlin"));
    ok(correlationOf(first).join() !== correlationOf(second).join());
    socket.says(server.puback(first.id), answer("response/me", "no", [1, 2, 3]), server.publish("response/me", "none"));
    socket.says(answer("response/me", "two", correlationOf(second)), answer("response/me", "one", correlationOf(first), { qos: 1, id: 9 }));
    equal((await Promise.all(asking)).map((message) => message.text()), ["one", "two"]);
    equal(got, ["no", "none", "two", "one"], "handlers see them, too");
    equal((await iterator.next()).value.text(), "no");
    equal(socket.heard().map((p) => p.name), ["PUBACK"]);
    const again = client.request("time", "Rome");
    await settle();
    const [third, nothing] = socket.heard();
    equal([third.name, nothing], ["PUBLISH", undefined]);
    socket.says(answer("response/me", "x", correlationOf(third)), answer("response/me", "late", correlationOf(third)));
    equal((await again).text(), "x");
"#

a_request_that_is_pending_survives_a_reconnection r#"
    const { client, socket: first } = await connected({ cleanSession: false, reconnect: QUICK });
    const asking = client.request("time", "?");
    await settle();
    first.says(server.suback(first.heard()[0].id, [1]));
    await settle();
    const question = first.heard()[0];
    first.says(server.puback(question.id));
    await settle();
    let next = FakeSocket.next();
    first.closes();
    const second = await next;
    second.opens();
    second.says(server.connack({ present: true }), answer("response/me", "now", correlationOf(question)));
    equal((await asking).text(), "now");
    // And a session that is lost, before anything could be sent.
    const other = client.request("time", "again");
    next = FakeSocket.next();
    second.closes();
    const third = await next;
    third.opens();
    third.says(server.connack({ present: false }));
    await settle();
    const [subscribe, publish] = third.heard().slice(1);
    equal([subscribe.name, publish.name], ["SUBSCRIBE", "PUBLISH"], "the subscription is made again before it");
    third.says(server.suback(subscribe.id, [1]), server.puback(publish.id), answer("response/me", "later", correlationOf(publish)));
    equal((await other).text(), "later");
"#

a_response_topic_of_ones_own_may_be_refused r#"
    const { client, socket } = await connected();
    const asking = client.request("time", "?", { responseTopic: "mine/here" });
    await settle();
    const [subscribe] = socket.heard();
    socket.says(server.suback(subscribe.id, [0x87]));
    const error = await rejects(asking, "SUBSCRIPTION_REFUSED", "mine/here", "Not authorized");
    equal(error.reasonCode, 0x87);
    equal(socket.heard(), [], "nothing was asked");
    const again = client.request("time", "?", { responseTopic: "mine/here" });
    await settle();
    socket.says(server.suback(socket.heard()[0].id, [0]));
    await settle();
    const [question] = socket.heard();
    socket.says(answer("mine/here", "yes", correlationOf(question)));
    equal((await again).text(), "yes");
"#

a_request_without_an_answer_times_out r#"
    const { client, socket } = await connected();
    const asking = client.request("time", "?", { timeout: 0.05, responseTopic: "r" });
    await settle();
    socket.says(server.suback(socket.heard()[0].id, [1]));
    await settle();
    const [question] = socket.heard();
    socket.says(server.puback(question.id));
    await rejects(asking, "TIMEOUT", "time", "0.05 s");
    socket.says(answer("r", "late", correlationOf(question)));
    // One whose subscription is not answered asks nothing at all.
    const silent = client.request("time", "?", { timeout: 0.05, responseTopic: "s" });
    await settle();
    const { id } = socket.heard()[0];
    await rejects(silent, "TIMEOUT");
    socket.says(server.suback(id, [1]));
    await settle();
    equal(socket.heard(), []);
"#

an_aborted_request_forgets_its_signal_and_waits_for_nothing r#"
    const { client, socket } = await connected();
    const { controller, signal, listeners } = listened();
    const answered = client.request("time", "?", { signal });
    await settle();
    socket.says(server.suback(socket.heard()[0].id, [1]));
    await settle();
    const question = socket.heard()[0];
    socket.says(server.puback(question.id), answer("response/me", "x", correlationOf(question)));
    await answered;
    await settle();
    equal(listeners.size, 0, "answered");
    const asking = client.request("time", "?", { signal });
    await settle();
    equal(listeners.size, 2);
    controller.abort(new Error("mine"));
    equal((await rejects(asking, "ABORTED", "time")).cause.message, "mine");
    equal(listeners.size, 0);
    const sent = socket.heard();
    await rejects(client.request("time", "?", { signal }), "ABORTED");
    await settle();
    equal([sent.length, socket.heard(), listeners.size], [1, [], 0]);
"#

freeing_the_client_ends_its_requests r#"
    const { client, socket } = await connected();
    const asking = client.request("time", "?"), early = client.request("time", "!", { responseTopic: "r" });
    await settle();
    socket.says(server.suback(socket.heard()[0].id, [1]));
    await settle();
    client.free();
    for (const promise of [asking, early]) await rejects(promise, "DISCONNECTED", "freed");
    await rejects(client.request("time", "?"), "USAGE", "freed");
"#

a_publish_that_fails_fails_the_request r#"
    const { client, socket } = await connected();
    const bad = client.request("a/+", "?");
    await settle();
    socket.says(server.suback(socket.heard()[0].id, [1]));
    await rejects(bad, "INVALID_TOPIC");
    const refused = client.request("time", "?");
    await settle();
    socket.says(server.puback(socket.heard()[0].id, 0x87));
    await rejects(refused, "PUBLISH_REFUSED");
"#

an_answer_is_acknowledged_whatever_manual_ack_says r#"
    for (const manualAck of [true, "promise"]) {
        const { client, socket } = await connected({ manualAck });
        const asking = client.request("time", "?");
        await settle();
        socket.says(server.suback(socket.heard()[0].id, [1]));
        await settle();
        const question = socket.heard()[0];
        socket.says(server.puback(question.id), answer("response/me", "x", correlationOf(question), { qos: 2, id: 5 }));
        await settle();
        socket.says(server.pubrel(5));
        await asking;
        await settle();
        equal(socket.heard().map((p) => [p.name, p.id]), [["PUBREC", 5], ["PUBCOMP", 5]]);
        client.free();
    }
"#

an_answer_that_nobody_waits_for_holds_up_no_acknowledgement r#"
    // The second of two, one to somebody who is gone, and what makes no sense at all: behind one of them everything else would wait.
    for (const manualAck of [true, "promise"]) {
        const { client, socket } = await connected({ manualAck });
        const orders = client.messages("orders/#");
        client.on("messageIn", () => new Promise(() => {}));
        const asking = client.request("time", "?");
        await settle();
        socket.says(server.suback(socket.heard()[0].id, [1]));
        await settle();
        const question = socket.heard()[0];
        const correlation = correlationOf(question);
        socket.says(server.puback(question.id), answer("response/me", "x", correlation, { qos: 1, id: 1 }));
        await asking;
        await settle();
        socket.says(answer("response/me", "y", correlation, { qos: 1, id: 2 }), answer("response/me", "z", correlation, { qos: 2, id: 9 }));
        socket.says(server.publish("response/me", "", { qos: 1, id: 3 }), server.pubrel(9));
        for (let id = 4; id < 8; id++) {
            socket.says(server.publish("orders/1", "", { qos: 1, id }));
            const { value } = await orders.next();
            value.ack();
        }
        await settle();
        const told = socket.heard();
        equal(told.filter((p) => p.name === "PUBACK").map((p) => p.id), [1, 2, 3, 4, 5, 6, 7], String(manualAck));
        equal(told.filter((p) => p.name === "PUBCOMP").map((p) => p.id), [9]);
        client.free();
    }
"#

a_request_waits_as_long_as_it_was_told_to r#"
    for (const timeout of [3600, Infinity]) {
        const { client, socket } = await connected({ timeout: 0.01 });
        const hasty = client.request("time", "?");
        const asking = client.request("time", "!", { timeout });
        await settle();
        const { id } = socket.heard()[0];
        await rejects(hasty, "TIMEOUT");
        // Whatever waits for the client's timeout, too, is over when this is.
        await rejects(client.unsubscribe("a"), "TIMEOUT");
        socket.heard();
        socket.says(server.suback(id, [1]));
        await settle();
        const [question, ...others] = socket.heard();
        equal([question.name, others], ["PUBLISH", []]);
        socket.says(server.puback(question.id), answer("response/me", "late", correlationOf(question)));
        equal((await asking).text(), "late");
        client.free();
    }
"#

requests_that_are_given_up_without_a_connection_leave_one_subscription r#"
    const { client, socket: first } = await connected({ cleanSession: false, reconnect: QUICK });
    const next = FakeSocket.next();
    first.closes();
    await turn();
    for (let i = 0; i < 3; i++) await rejects(client.request("time", "?", { timeout: 0.001 }), "TIMEOUT");
    const second = await next;
    second.opens();
    second.says(server.connack({ present: true }));
    await settle();
    equal(second.heard().map((p) => p.name), ["CONNECT", "SUBSCRIBE"]);
"#

what_a_request_cannot_be_made_of_it_says r#"
    const old = make({ protocolVersion: "3.1.1" });
    await rejects(old.request("a", "b"), "USAGE", "MQTT 5");
    const nameless = make({ clientId: "" });
    await rejects(nameless.request("a", "b"), "USAGE", "client identifier", "responseTopic");
    const offline = make({});
    await rejects(offline.request("a", "b"), "NOT_CONNECTED");
    const odd = make({ clientId: "a+b" });
    await rejects(odd.request("a", "b"), "INVALID_TOPIC", "response/a+b");
    const { client, socket } = await connected();
    await rejects(client.request("a", "b", { correlationData: new Uint8Array(1) }), "USAGE", "correlationData");
    for (const timeout of [-1, "5", NaN, null]) await rejects(client.request("a", "b", { timeout }), "USAGE", "timeout");
    for (const responseTopic of ['#', 7]) await rejects(client.request("a", "b", { responseTopic }), "INVALID_TOPIC");
    await rejects(client.request("a", "b", 7), "USAGE", "object");
    await rejects(client.request("a", "b", { signal: 7 }), "USAGE", "AbortSignal");
    equal(socket.heard(), []);
    const wrong = client.request("a", 7);
    await settle();
    socket.says(server.suback(socket.heard()[0].id, [1]));
    await rejects(wrong, "USAGE", "payload");
    await rejects(client.request("a", "b", { nonsense: 1 }), "USAGE", "nonsense");
"#

the_payload_is_the_one_that_was_given r#"
    const { client, socket } = await connected();
    const payload = new TextEncoder().encode("before");
    const asking = client.request("a", payload);
    payload.fill(120);
    await settle();
    socket.says(server.suback(socket.heard()[0].id, [1]));
    await settle();
    const [question] = socket.heard();
    ok(new TextDecoder().decode(question.body).endsWith("before"));
    socket.says(server.puback(question.id), answer("response/me", "", correlationOf(question)));
    await asking;
"#
}
