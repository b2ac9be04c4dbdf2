//! Servers that speak MQTT 3.1.1 only.

crate::browser_tests! {

a_server_that_refuses_5_is_spoken_to_in_3_1_1 r#"
    for (const reconnect of [false, SLOW]) {
        for (const refusal of [server.connack({ code: 1, properties: null }), server.connack({ code: 0x84 })]) {
            const client = make({ protocolFallback: true, reconnect });
            const told = [];
            client.on("disconnected", ({ reasonCode, willReconnect, inMs, attempt }) => told.push([reasonCode, willReconnect, inMs, attempt]));
            const opening = FakeSocket.next();
            const promise = client.connect();
            const publishing = client.publish("a", "b", { qos: 1 });
            const first = await opening;
            first.opens();
            equal(first.heard()[0].version, 5);
            const again = FakeSocket.next();
            first.says(refusal);
            first.closes(1000);
            const second = await again;
            second.opens();
            equal(second.heard()[0].version, 4);
            second.says(server.connack({ properties: null }));
            const { protocolVersion, reason } = await promise;
            equal([protocolVersion, reason, client.protocolVersion, client.protocolFallback], ["3.1.1", "Success", "5", true]);
            equal(told, [[0x84, true, 0, 1]]);
            await settle();
            second.says(server.puback(second.heard()[0].id));
            equal((await publishing).reasonCode, 0);
            await rejects(client.publish("a", "b", { contentType: "c" }), "USAGE", "MQTT 5");
            await rejects(client.publish("a", "b", { topicAlias: 1 }), "USAGE", "topicAlias", "protocolFallback", "ConnectResult.protocolVersion");
            await rejects(client.request("a", "b", { responseTopic: "c" }), "USAGE", "MQTT 5");
            await rejects(client.disconnect({ reasonCode: 4 }), "USAGE", "MQTT 5");
        }
    }
    const { result } = await connected();
    equal(result.protocolVersion, "5");
"#

without_leave_to_fall_back_it_is_told r#"
    for (const options of [{}, { protocolFallback: true, userProperties: [["k", "v"]] }]) {
        const client = make(options);
        const promise = client.connect();
        await turn();
        socket().opens();
        socket().says(server.connack({ code: 1, properties: null }));
        socket().closes(1000);
        equal((await rejects(promise, "CONNECTION_REFUSED", "protocolVersion", "protocolFallback", "userProperties")).reasonCode, 0x84);
        equal(client.state, "disconnected");
    }
    throws(() => make({ protocolFallback: "3.1.1" }), "USAGE", "protocolFallback");
"#

a_session_of_5_does_not_go_on_in_3_1_1 r#"
    const { client, socket: first } = await connected({ protocolFallback: true, cleanSession: false });
    client.publish("a", "b", { qos: 1 }).catch(() => {});
    await settle();
    first.closes();
    await settle();
    const promise = client.connect();
    await turn();
    socket().opens();
    socket().says(server.connack({ code: 0x84 }));
    socket().closes(1000);
    await rejects(promise, "USAGE", "3.1.1", "discardSession()");
    equal(client.outgoingMessages.length, 1);
    const { socket: third } = await connect(client, { present: true });
    equal(third.packets.flat().map((p) => [p.name, p.version ?? p.dup]), [["CONNECT", 5], ["PUBLISH", true]]);
"#

a_durable_session_that_fell_back_goes_on_in_3_1_1 r#"
    const options = { protocolFallback: true, durable: true, sessionKey: "k", clientId: "" };
    const client = make(options);
    const opening = FakeSocket.next();
    const promise = client.connect();
    client.publish("a", "kept", { qos: 1 }).catch(() => {});
    const first = await opening;
    first.opens();
    const { clientId } = first.heard()[0];
    const again = FakeSocket.next();
    first.says(server.connack({ code: 1, properties: null }));
    first.closes(1000);
    const second = await again;
    second.opens();
    equal([second.packets.flat()[0].version, second.packets.flat()[0].clientId], [4, clientId]);
    second.says(server.connack({ properties: null }));
    await promise;
    await settle();
    equal(second.packets.flat().at(-1).topic, "a");
    client.free();
    second.closes();
    await unlocked();
    const next = make(options);
    const reopening = FakeSocket.next();
    const going = next.connect();
    const third = await reopening;
    third.opens();
    equal([third.packets.flat()[0].version, third.packets.flat()[0].clientId], [4, clientId]);
    third.says(server.connack({ present: true, properties: null }));
    equal((await going).protocolVersion, "3.1.1");
    await settle();
    equal(third.heard().at(-1).dup, true);
    next.free();
    third.closes();
    await unlocked();
    await rejects(make({ ...options, protocolFallback: false }).connect(), "SESSION_FOREIGN", "3.1.1");
"#
}
