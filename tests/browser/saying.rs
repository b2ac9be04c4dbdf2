//! What is said beside reason codes, in both directions: reasons, User Properties, Server Reference, Response Information.

crate::browser_tests! {

what_is_said_at_the_end_reaches_the_server r#"
    const { client, socket } = await connected({ sessionExpiryInterval: 60 });
    const before = socket.packets.flat()[0];
    equal(before.sessionExpiry, 60);
    const gone = client.disconnect({ reasonCode: 0x98, reason: "closing", userProperties: [["k", "1"], ["k", "2"]], sessionExpiryInterval: 7 });
    await settle();
    const [{ name, code, reason, pairs, sessionExpiry }] = socket.heard();
    equal([name, code, reason, pairs, sessionExpiry], ["DISCONNECT", 0x98, "closing", [["k", "1"], ["k", "2"]], 7]);
    socket.closes(1000);
    await gone;
"#

what_cannot_be_said_at_the_end_is_refused_by_name r#"
    for (const live of [true, false]) {
        const client = live ? (await connected({ sessionExpiryInterval: 0 })).client : make({ sessionExpiryInterval: 0 });
        const refused = (options, ...words) => rejects(client.disconnect(options), "USAGE", ...words);
        await refused({ reasonCode: 0x87 }, "reasonCode", "0x87", "Not authorized");
        await refused({ reasonCode: 256 }, "reasonCode");
        await refused({ reason: 7 }, "reason");
        await refused({ reason: "a\u0000b" }, "reason", "U+0000");
        await refused({ reason: "x".repeat(65536) }, "reason", "65535");
        await refused({ userProperties: [["a"]] }, "userProperties");
        await refused({ userProperties: { a: "b" } }, "userProperties");
        await refused({ sessionExpiryInterval: 1 }, "sessionExpiryInterval");
        await refused({ sessionExpiryInterval: -1 }, "sessionExpiryInterval");
        await refused({ publishWill: true, reasonCode: 0 }, "publishWill");
        await refused({ publishWill: 1 }, "publishWill");
        await refused({ why: "?" }, "why");
        equal(client.connected, live);
        const old = live ? (await connected({ protocolVersion: "3.1.1" })).client : make({ protocolVersion: "3.1.1" });
        for (const options of [{ reasonCode: 4 }, { reason: "x" }, { userProperties: [["a", "b"]] }, { sessionExpiryInterval: 0 }, { publishWill: true }]) {
            await rejects(old.disconnect(options), "USAGE", "disconnect()", "MQTT 5");
        }
        await Promise.all([old, client].map((it) => { const gone = it.disconnect({}); return live ? undefined : gone; }));
    }
"#

what_the_server_says_as_it_ends_a_connection r#"
    const { client, socket } = await connected();
    const ended = once(client, "disconnected");
    const asked = client.subscribe("a");
    await settle();
    const said = [...server.reasonString("maintenance"), ...server.pair("until", "noon"), ...server.pair("until", "one"), ...server.reference("other.example")];
    socket.says(server.disconnect(0x9c, said));
    socket.closes(1000);
    const { code, reasonCode, reason, userProperties, serverReference, error } = await ended;
    const expected = [0x9c, "maintenance", [["until", "noon"], ["until", "one"]], "other.example"];
    equal([code, reasonCode, reason, userProperties, serverReference], ["SERVER_DISCONNECT", ...expected]);
    equal([error.reasonCode, error.reason, error.userProperties, error.serverReference], expected);
    const rejected = await rejects(asked, "SERVER_DISCONNECT", "maintenance");
    equal([rejected.reason, rejected.userProperties], expected.slice(1, 3));
    // Without words of its own the code's meaning counts, and what is not there is not there.
    for (const [code, meaning] of [[0x8b, "Server shutting down"], [0, "Normal disconnection"]]) {
        const it = await connected();
        const over = once(it.client, "disconnected");
        it.socket.says(server.disconnect(code));
        it.socket.closes(1000);
        const detail = await over;
        equal([detail.reason, "userProperties" in detail, "serverReference" in detail, "userProperties" in detail.error], [meaning, false, false, false]);
    }
"#

what_the_server_says_as_it_refuses_a_connection r#"
    const client = make({});
    const ended = once(client, "disconnected");
    const promise = client.connect();
    await turn();
    socket().opens();
    const properties = [...server.reasonString("full"), ...server.pair("retry", "never"), ...server.reference("b c")];
    socket().says(server.connack({ code: 0x9d, properties }));
    socket().closes(1000);
    const error = await rejects(promise, "CONNECTION_REFUSED", "full");
    const expected = [0x9d, "full", [["retry", "never"]], "b c"];
    equal([error.reasonCode, error.reason, error.userProperties, error.serverReference], expected);
    const detail = await ended;
    equal([detail.reasonCode, detail.reason, detail.userProperties, detail.serverReference], expected);
    const old = make({ protocolVersion: "3.1.1" }).connect();
    await turn();
    socket().opens();
    socket().says(server.connack({ code: 5, properties: null }));
    socket().closes(1000);
    equal((await rejects(old, "NOT_AUTHORIZED")).reason, "Not authorized");
"#

what_the_server_says_as_it_accepts_a_connection r#"
    const client = make({ requestResponseInformation: true, requestProblemInformation: false });
    equal([client.requestResponseInformation, client.requestProblemInformation], [true, false]);
    const told = once(client, "connected");
    const properties = [...server.reasonString("welcome"), ...server.pair("a", "b"), 0x1a, ...server.string("reserved/me")];
    const { socket, result } = await connect(client, { properties });
    const connect0 = socket.packets.flat()[0];
    equal([connect0.response, connect0.problem], [1, 0]);
    equal([result.reason, result.userProperties, result.responseInformation], ["welcome", [["a", "b"]], "reserved/me"]);
    equal(await told, result);
    const { socket: plain } = await connected();
    const silent = plain.packets.flat()[0];
    equal([silent.response, silent.problem], [undefined, undefined]);
    for (const name of ["requestResponseInformation", "requestProblemInformation"]) throws(() => make({ [name]: 1 }), "USAGE", name);
"#

answers_go_below_the_response_information r#"
    for (const [information, topic] of [["base", "base/response/me"], ["base/", "base/response/me"], ["a/#", "response/me"], [undefined, "response/me"]]) {
        const properties = information === undefined ? [] : [0x1a, ...server.string(information)];
        const { client, socket } = await connected({ requestResponseInformation: true }, { properties });
        const asking = client.request("time", "?");
        await settle();
        const [subscribe] = socket.heard();
        equal(new TextDecoder().decode(subscribe.body.slice(5, -1)), topic);
        socket.says(server.suback(subscribe.id, [1]));
        await settle();
        const [question] = socket.heard();
        socket.says(server.puback(question.id), answer(topic, "noon", correlationOf(question)));
        equal((await asking).text(), "noon");
    }
"#

what_the_server_says_of_messages r#"
    const { client, socket } = await connected();
    const seen = [];
    for (const event of ["messageAck", "messageOut"]) client.on(event, ({ reasonCode, reason, userProperties }) => seen.push([event, reasonCode, reason, userProperties]));
    const said = [...server.reasonString("so"), ...server.pair("k", "v")];
    const body = (code) => [code, said.length, ...said];
    const pairs = [["k", "v"]];
    const promises = [[1, 0], [1, 0x97], [2, 0], [2, 0x87]].map(([qos]) => client.publish("a", "b", { qos }));
    for (const promise of promises) promise.catch(() => {});
    await settle();
    const [a, b, c, d] = socket.heard();
    socket.says(server.puback(a.id, ...body(0)), server.puback(b.id, ...body(0x97)), server.pubrec(c.id), server.pubcomp(c.id, ...body(0)), server.pubrec(d.id, ...body(0x87)));
    const [one, two] = [await promises[0], await promises[2]];
    equal([one.reason, one.userProperties, two.reason, two.userProperties], ["so", pairs, "so", pairs]);
    for (const [promise, code] of [[promises[1], 0x97], [promises[3], 0x87]]) {
        const error = await rejects(promise, "PUBLISH_REFUSED", "so");
        equal([error.reasonCode, error.reason, error.userProperties], [code, "so", pairs]);
    }
    const twice = (code) => [["messageAck", code, "so", pairs], ["messageOut", code, "so", pairs]];
    equal(seen.splice(0), [0, 0x97, 0, 0x87].flatMap(twice));
    const plain = client.publish("a", "b", { qos: 1 });
    await settle();
    socket.says(server.puback(socket.heard().at(-1).id, 0x10));
    const { reason, userProperties } = await plain;
    equal([reason, userProperties], ["No matching subscribers", undefined]);
    socket.says(server.publish("in", "x", { qos: 1, id: 4 }));
    await settle();
    equal(seen.map(([event, , reason]) => [event, reason]), [["messageAck", "No matching subscribers"], ["messageOut", "No matching subscribers"], ["messageAck", "Success"]]);
"#

what_is_said_of_subscriptions r#"
    const { client, socket } = await connected();
    const seen = [];
    for (const event of ["subscribed", "unsubscribed"]) client.on(event, (detail) => seen.push([event, detail]));
    const said = [...server.reasonString("so"), ...server.pair("k", "v")];
    const more = { reason: "so", userProperties: [["k", "v"]] };
    const subscribing = client.subscribe(["a", "b"], { userProperties: [["s", "1"]] });
    await settle();
    const [subscribe] = socket.heard();
    equal(readProperties(subscribe.body.slice(3, 3 + subscribe.body[2])).pairs, [["s", "1"]]);
    socket.says(server.suback(subscribe.id, [0, 0x87], said));
    equal(await subscribing, [{ filter: "a", qos: 0, reasonCode: 0, ...more }, { filter: "b", reasonCode: 0x87, ...more }]);
    const unsubscribing = client.unsubscribe(["a", "b"], { userProperties: [["u", "2"]] });
    await settle();
    const [unsubscribe] = socket.heard();
    equal(readProperties(unsubscribe.body.slice(3, 3 + unsubscribe.body[2])).pairs, [["u", "2"]]);
    socket.says(server.unsuback(unsubscribe.id, [0x11, 0x87], said));
    equal(await unsubscribing, [{ filter: "a", reasonCode: 0x11, ...more }, { filter: "b", reasonCode: 0x87, ...more }]);
    equal(seen, [["subscribed", { filter: "a", qos: 0, reasonCode: 0, ...more }], ["unsubscribed", { filter: "a", reasonCode: 0x11, ...more }]]);
    await rejects(client.unsubscribe("a", { userProperties: [1] }), "USAGE", "userProperties");
    await rejects(client.unsubscribe("a", { reason: "x" }), "USAGE", "reason");
    const { client: old } = await connected({ protocolVersion: "3.1.1" });
    await rejects(old.unsubscribe("a", { userProperties: [["a", "b"]] }), "USAGE", "userProperties", "MQTT 5");
    const wordless = client.subscribe(["a", "b"]);
    await settle();
    socket.says(server.suback(socket.heard()[0].id, [0, 0x8f]));
    equal((await wordless).map((result) => result.reason), ["Granted QoS 0", "Topic Filter invalid"]);
"#

a_lost_subscription_that_is_refused_is_told_with_the_server_s_words r#"
    const { client, socket: first } = await connected({ reconnect: QUICK, cleanSession: false });
    const subscribing = client.subscribe("a");
    await settle();
    first.says(server.suback(first.heard()[0].id, [0]));
    await subscribing;
    const refused = once(client, "error");
    const next = FakeSocket.next();
    first.closes();
    const second = await next;
    second.opens();
    second.says(server.connack());
    await settle();
    second.says(server.suback(second.heard().at(-1).id, [0x87], [...server.reasonString("so"), ...server.pair("k", "v")]));
    const { code, reasonCode, reason, userProperties } = await refused;
    equal([code, reasonCode, reason, userProperties], ["SUBSCRIPTION_REFUSED", 0x87, "so", [["k", "v"]]]);
"#

an_application_says_what_it_makes_of_a_message r#"
    const { client, socket } = await connected({ manualAck: true, cleanSession: false });
    const got = [];
    client.on("messageIn", (message) => got.push(message));
    const acks = [];
    client.on("messageAck", ({ packetId, reasonCode, reason }) => acks.push([packetId, reasonCode, reason]));
    socket.says(server.publish("a", "1", { qos: 1, id: 1 }), server.publish("a", "2", { qos: 2, id: 2 }), server.pubrel(2), server.publish("a", "0"));
    await settle();
    socket.heard();
    const refused = (message, options, ...words) => throws(() => message.ack(options), "USAGE", ...words);
    const [one, two, zero] = got;
    refused(one, { reasonCode: 1 }, "reasonCode", "PUBACK");
    refused(one, { reasonCode: "0" }, "reasonCode");
    refused(one, { reason: 1 }, "reason");
    refused(one, { userProperties: [["a", 1]] }, "userProperties");
    refused(one, { text: "" }, "text");
    refused(one, 7, "ack()");
    refused(two, { reasonCode: 0x87 }, "reasonCode", "PUBCOMP");
    await settle();
    equal([socket.heard(), acks], [[], []], "nothing was acknowledged");
    const more = { reason: "no room", userProperties: [["k", "v"]] };
    one.ack({ reasonCode: 0x97, ...more });
    two.ack(more);
    zero.ack({ reasonCode: 7 });
    one.ack({ reasonCode: 7 });
    await settle();
    equal(socket.heard().map(({ name, id, code, reason, pairs }) => [name, id, code, reason, pairs]),
        [["PUBACK", 1, 0x97, "no room", [["k", "v"]]], ["PUBCOMP", 2, 0, "no room", [["k", "v"]]]]);
    equal(acks, [[1, 0x97, "Quota exceeded"], [2, 0, "Success"]]);
    const old = await connected({ manualAck: "promise", protocolVersion: "3.1.1" });
    old.client.on("messageIn", (message) => new Promise(() => got.push(message)));
    old.socket.says(server.publish("a", "1", { qos: 1, id: 1, properties: null }));
    await settle();
    refused(got.at(-1), { reason: "x" }, "ack()", "MQTT 5");
    got.at(-1).ack({});
    await settle();
    equal(old.socket.heard().map((p) => [p.name, p.body.length]), [["PUBACK", 2]]);
"#

reading_a_verdict_may_do_anything r#"
    const { client, socket } = await connected({ manualAck: true });
    const got = [];
    client.on("messageIn", (message) => got.push(message));
    socket.says(...[1, 2, 3, 4].map((id) => server.publish("a", `${id}`, { qos: 1, id })));
    got[0].ack({ get reason() { got[1].ack({ reason: "inner" }); return "outer"; } });
    throws(() => got[2].ack({ get reason() { throw new Error("no"); } }), "USAGE", "reason");
    throws(() => got[2].ack(new Proxy({}, { ownKeys() { throw new Error("no"); } })), "USAGE", "ack()");
    got[2].ack();
    await settle();
    equal(socket.heard().map(({ id, reason }) => [id, reason]), [[1, "outer"], [2, "inner"], [3, undefined]]);
    got[3].ack({ get reason() { client.free(); return "freed"; } });
"#

what_the_server_has_no_room_for_is_left_out r#"
    const { client, socket } = await connected({ manualAck: true }, { properties: [0x27, 0, 0, 0, 20] });
    client.on("messageIn", (message) => message.ack({ reason: "short", userProperties: [["long", "x".repeat(30)]] }));
    socket.says(server.publish("a", "1", { qos: 1, id: 1 }));
    await settle();
    equal(socket.heard().map(({ name, reason, pairs }) => [name, reason, pairs]), [["PUBACK", "short", undefined]]);
    client.disconnect({ reasonCode: 0x80, reason: "x".repeat(30), userProperties: [["k", "v"]] });
    await settle();
    equal(socket.heard().map(({ name, code, reason, pairs }) => [name, code, reason, pairs]), [["DISCONNECT", 0x80, undefined, undefined]]);
"#

what_is_said_in_an_exchange_reaches_both_sides r#"
    const told = [];
    const step = (stage, data, detail) => {
        told.push([stage, detail]);
        return { data: `${stage}!`, reason: `why ${stage}`, userProperties: [["at", stage]] };
    };
    const client = make({ userProperties: [["of", "all"]], authenticate: { method: "M", step } });
    const promise = client.connect();
    await turn();
    const made = socket();
    made.opens();
    const [connect] = made.heard();
    equal([connect.data, connect.pairs, connect.reason], ["start!", [["of", "all"], ["at", "start"]], undefined]);
    const said = [...server.reasonString("more"), ...server.pair("k", "v")];
    const words = (reason) => ({ reason, userProperties: [["k", "v"]] });
    made.says(server.auth(0x18, "M", "x", said));
    await settle();
    const answered = () => made.heard().map(({ code, data, reason, pairs }) => [code, data, reason, pairs]);
    equal(answered(), [[0x18, "continue!", "why continue", [["at", "continue"]]]]);
    made.says(server.connack({ properties: [0x15, ...server.string("M"), ...said] }));
    await promise;
    const again = client.reauthenticate();
    await settle();
    equal(answered(), [[0x19, "start!", "why start", [["at", "start"]]]]);
    made.says(server.auth(0x18, "M", "x"));
    await settle();
    made.says(server.auth(0, "M", "x", server.reasonString("done")));
    await again;
    equal(told, [["start", {}], ["continue", words("more")], ["done", words("more")], ["start", {}], ["continue", { reason: "Continue authentication" }], ["done", { reason: "done" }]]);
"#

a_step_that_answers_what_cannot_be_said_fails r#"
    for (const [wrong, word] of [[{ data: 7 }, "data"], [{ reason: 7 }, "reason"], [{ proof: "x" }, "proof"], [{ userProperties: "x" }, "userProperties"], [[1], "object"]]) {
        const promise = make({ authenticate: { method: "M", step: () => wrong } }).connect();
        await rejects(promise, "AUTHENTICATION_FAILED", "start", word);
    }
    const nothing = make({ authenticate: { method: "M", step: async () => ({}) } });
    const next = FakeSocket.next();
    nothing.connect().catch(() => {});
    const made = await next;
    made.opens();
    equal([made.heard()[0].data, nothing.state], [undefined, "connecting"]);
"#

a_will_has_all_its_properties r#"
    const will = {
        topic: "gone", payload: "farewell", qos: 2, retain: true, delayInterval: 5, messageExpiryInterval: 60, payloadFormat: "utf-8",
        contentType: "text/plain", responseTopic: "answers", correlationData: new Uint8Array([65]), userProperties: [["k", "1"], ["k", "2"]],
    };
    const { socket } = await connected({ will });
    const { body } = socket.packets.flat()[0];
    equal(body[7] & 0x3c, 4 | 2 << 3 | 0x20);
    let at = 11 + body[10];
    at += 2 + body[at + 1];
    const list = readProperties(body.slice(at + 1, at + 1 + body[at]));
    equal([list.delay, list.messageExpiry, list[1], list[3], list[8], list[9], list.pairs], [5, 60, 1, "text/plain", "answers", "A", will.userProperties]);
    at += 1 + body[at];
    equal(new TextDecoder().decode(body.slice(at)), "\0\x04gone\0\bfarewell");
    await rejects(make({ will: { topic: "gone", delayInterval: 1 }, protocolVersion: "3.1.1" }).connect(), "USAGE", "will", "MQTT 5");
    throws(() => make({ will: { topic: "gone", delayInterval: -1 } }), "USAGE", "will.delayInterval");
"#
}
