//! A socket that cannot keep up: what is handed to it is bounded, and the outbox holds the rest in its order.

crate::browser_tests! {

nothing_more_is_handed_to_a_socket_that_has_enough r#"
    const { client, socket: made } = await connected({ sendHighWaterMark: 1000 });
    const ready = [];
    client.on("readyToSend", () => ready.push(client.readyToSend));
    made.bufferedAmount = 1000;
    const first = client.publish("a", "1");
    await first;
    equal([client.readyToSend, made.heard().length], [false, 1], "what left made it known");
    const sent = [];
    const later = [0, 1, 2].map((qos) => client.publish("b", String(qos), { qos }));
    later[0].then(() => sent.push("0"));
    later[1].sent.then(() => sent.push("1"));
    later[2].sent.then(() => sent.push("2"));
    for (const publication of later) publication.catch(() => {});
    await settle();
    equal([made.heard(), sent, ready], [[], [], []]);
    equal(client.bufferedAmount > 1000, true);
    made.bufferedAmount = 10;
    await once(client, "readyToSend");
    equal(made.heard().map(({ name, qos }) => [name, qos]), [["PUBLISH", 0], ["PUBLISH", 1], ["PUBLISH", 2]], "in their order");
    await settle();
    equal([sent, ready], [["0", "1", "2"], [true]]);
"#

a_loop_that_awaits_each_publish_never_fills_the_socket r#"
    const { client, socket: made } = await connected({ sendHighWaterMark: 4096 });
    let most = 0;
    const send = made.send;
    made.send = function (bytes) {
        send.call(this, bytes);
        this.bufferedAmount += bytes.length;
        most = Math.max(most, this.bufferedAmount);
    };
    const draining = setInterval(() => { made.bufferedAmount = Math.max(0, made.bufferedAmount - 50000); });
    try {
        const payload = new Uint8Array(1000);
        for (let i = 0; i < 200; i++) await client.publish("a", payload);
    } finally {
        clearInterval(draining);
    }
    ok(most < 4096 + 1100, `at most ${most} bytes`);
    equal(made.heard().length, 200);
"#

what_one_turn_publishes_is_no_more_than_the_mark_allows r#"
    const { client, socket: made } = await connected({ sendHighWaterMark: 4096 });
    const all = [];
    for (let i = 0; i < 100; i++) all.push(client.publish("a", new Uint8Array(1000), { qos: i % 2 }));
    for (const publication of all) publication.catch(() => {});
    await turn();
    const bytes = made.sent.at(-1).length;
    ok(bytes < 4096 + 1100, `${bytes} bytes in one message`);
    made.bufferedAmount = 0;
    for (const packet of made.heard()) if (packet.qos) made.says(server.puback(packet.id));
    while (client.bufferedAmount > 0) {
        for (const packet of made.heard()) if (packet.qos) made.says(server.puback(packet.id));
        await settle();
    }
    for (const packet of made.heard()) if (packet.qos) made.says(server.puback(packet.id));
    equal((await Promise.all(all)).length, 100);
"#

a_congested_socket_that_breaks_takes_nothing_of_qos_1_along r#"
    const { client, socket: made } = await connected({ sendHighWaterMark: 10, reconnect: QUICK, cleanSession: false });
    made.bufferedAmount = 1000;
    await client.publish("a", "x");
    const kept = client.publish("kept", "x", { qos: 1 });
    const lost = client.publish("lost", "x");
    lost.catch(() => {});
    await settle();
    const next = FakeSocket.next();
    made.closes(1006);
    const second = await next;
    await rejects(lost, "CONNECTION_LOST");
    second.opens();
    second.says(server.connack({ present: true }));
    await settle();
    const [, publish] = second.heard();
    equal([publish.topic, publish.dup], ["kept", false]);
    second.says(server.puback(publish.id));
    await kept;
"#
}
