//! The bounds of the outbox, as an application sets them; what follows from them is tested on virtual time.

crate::browser_tests! {

the_outbox_takes_so_much_and_no_more r#"
    const client = make({ reconnect: SLOW, outbox: { maxMessages: 2 } });
    equal(client.outbox, { maxMessages: 2, maxBytes: 67108864, whenFull: "reject", queueQos0: false });
    const connecting = client.connect();
    connecting.catch(() => {});
    const outcomes = ["1", "2"].map((text) => client.publish("a", text, { qos: 1 }));
    for (const outcome of outcomes) outcome.catch(() => {});
    await rejects(client.publish("a", "3", { qos: 1 }), "OUTBOX_FULL");
    await rejects(client.publish("a", "0"), "NOT_CONNECTED");
    equal(client.outgoingMessages.length, 2);
"#

the_oldest_gives_way_and_that_is_told r#"
    const client = make({ reconnect: SLOW, outbox: { maxMessages: 2, whenFull: "dropOldest", queueQos0: true } });
    const lost = [];
    client.on("messageLost", ({ message, certainty, code }) => lost.push([message.key, certainty, code]));
    const connecting = client.connect();
    connecting.catch(() => {});
    const first = client.publish("a", "1", { qos: 1, key: "first" });
    const others = [client.publish("a", "2"), client.publish("a", "3", { qos: 2 })];
    await rejects(first, "OUTBOX_FULL", "dropOldest");
    equal(lost, [["first", "not-delivered", "OUTBOX_FULL"]]);
    socket().opens();
    socket().says(server.connack());
    await connecting;
    await settle();
    equal(socket().heard().slice(1).map((p) => [p.topic, p.qos]), [["a", 0], ["a", 2]]);
    equal((await others[0]).qos, 0);
    others[1].catch(() => {});
"#

the_outbox_counts_bytes_and_takes_new_bounds r#"
    const client = make({ reconnect: SLOW, outbox: { maxBytes: 1000 } });
    const connecting = client.connect();
    connecting.catch(() => {});
    await rejects(client.publish("a", new Uint8Array(1001), { qos: 1 }), "OUTBOX_FULL");
    const gone = client.disconnect();
    socket()?.closes();
    await gone;
    await rejects(connecting, "DISCONNECTED");
    client.outbox = {};
    equal(client.outbox.maxBytes, 67108864);
    const again = client.connect();
    again.catch(() => {});
    client.publish("a", new Uint8Array(1001), { qos: 1 }).catch(() => {});
    equal(client.outgoingMessages.length, 1);
    throws(() => { client.outbox = {}; }, "USAGE", "disconnect()");
"#

what_are_no_bounds_is_refused r#"
    for (const outbox of [7, { maxMessages: 0 }, { maxMessages: 1.5 }, { maxBytes: "1" }, { whenFull: "wait" }, { queueQos0: 1 }, { limit: 1 }]) {
        throws(() => make({ outbox }), "USAGE", Object.keys(outbox)[0] ?? "outbox");
    }
"#
}
