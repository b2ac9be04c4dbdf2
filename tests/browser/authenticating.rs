//! Enhanced authentication: the application's steps, at the beginning and again on a live connection.

crate::browser_tests! {

the_steps_of_an_exchange_reach_the_server_and_its_own_reach_them r#"
    for (const later of [false, true]) {
        const taken = [];
        const authenticate = {
            method: "CHALLENGE",
            step(stage, data) {
                ok(this === authenticate && data instanceof Uint8Array);
                taken.push([stage, new TextDecoder().decode(data)]);
                const answer = { start: "hello", continue: new TextEncoder().encode("answer") }[stage];
                return later ? settle().then(() => answer) : answer;
            },
        };
        const client = make({ authenticate });
        client.on("connected", () => taken.push("connected"));
        const next = FakeSocket.next();
        const promise = client.connect();
        const made = await next;
        made.opens();
        const [connect] = made.heard();
        equal([connect.method, connect.data], ["CHALLENGE", "hello"]);
        for (const data of ["one", "two"]) {
            made.says(server.auth(0x18, "CHALLENGE", data));
            await settle();
            await settle();
            const auth = made.heard();
            equal(auth.map(({ name, code, method, data }) => [name, code, method, data]), [["AUTH", 0x18, "CHALLENGE", "answer"]]);
        }
        made.says(server.connack({ properties: [0x15, ...server.string("CHALLENGE"), 0x16, ...server.string("proof")] }));
        await promise;
        equal(taken, [["start", ""], ["continue", "one"], ["continue", "two"], ["done", "proof"], "connected"]);
    }
"#

a_step_may_have_no_data r#"
    const client = make({ authenticate: { method: "M", step: () => undefined } });
    const promise = client.connect();
    await turn();
    socket().opens();
    equal([socket().packets[0][0].method, socket().heard()[0].data], ["M", undefined]);
    socket().says(server.auth(0x18, "M"));
    await turn();
    const [auth] = socket().heard();
    equal([auth.code, auth.method, auth.data], [0x18, "M", undefined]);
    socket().says(server.connack({ properties: [0x15, ...server.string("M")] }));
    await promise;
"#

a_step_that_fails_ends_the_connection_and_the_attempts r#"
    const why = new Error("who are you?");
    for (const failing of ["start", "continue", "done"]) {
        for (const fail of [() => { throw why; }, () => Promise.reject(why), () => 5]) {
            const before = FakeSocket.made.length;
            const step = (stage) => (stage === failing ? fail() : "data");
            const client = make({ reconnect: QUICK, authenticate: { method: "M", step } });
            const seen = [];
            client.on("connected", () => seen.push("connected"));
            client.on("disconnected", ({ code, willReconnect, error }) => seen.push([code, willReconnect, error.cause === why]));
            const promise = client.connect();
            promise.catch(() => {});
            await settle();
            const made = FakeSocket.made[before];
            equal([failing, made === undefined], [failing, failing === "start"]);
            if (made) {
                made.opens();
                made.says(server.auth(0x18, "M", "x"));
                await settle();
                if (failing === "done") {
                    made.says(server.connack({ properties: [0x15, ...server.string("M")] }));
                    await settle();
                }
                const { name, body } = made.heard().at(-1);
                equal([name, body[0]], ["DISCONNECT", 0x80]);
                ok(made.closeCalls > 0);
                made.closes(1000);
            }
            const error = await rejects(promise, "AUTHENTICATION_FAILED", `"${failing}"`, fail.toString().includes("5") ? "must be" : "who are you?");
            const threw = error.cause === why;
            equal(threw, !fail.toString().includes("5"));
            equal(seen, [["AUTHENTICATION_FAILED", false, threw]], "no handler of connected has run");
            await settle();
            equal([client.state, FakeSocket.made.length - before], ["disconnected", failing === "start" ? 0 : 1]);
        }
    }
"#

nothing_is_sent_to_a_server_that_is_not_verified_yet r#"
    let verify;
    const step = (stage) => (stage === "done" ? new Promise((resolve) => { verify = resolve; }) : "x");
    const client = make({ authenticate: { method: "M", step } });
    const promise = client.connect();
    await turn();
    socket().opens();
    socket().heard();
    socket().says(server.connack({ properties: [0x15, ...server.string("M")] }), server.publish("a", "b"));
    const got = [];
    client.on("messageIn", ({ topic }) => got.push(topic));
    for (const qos of [0, 1, 2]) client.publish("secret", "x", { qos }).catch(() => {});
    client.subscribe("s").catch(() => {});
    await settle();
    equal([socket().heard(), got], [[], []]);
    verify();
    await promise;
    await settle();
    equal(got, ["a"]);
    equal(socket().heard().map((packet) => packet.name).sort(), ["PUBLISH", "PUBLISH", "PUBLISH", "SUBSCRIBE"]);
"#

a_refusal_in_mid_exchange_is_one r#"
    const client = make({ reconnect: QUICK, authenticate: { method: "M", step: () => "x" } });
    const promise = client.connect();
    await turn();
    socket().opens();
    socket().says(server.auth(0x18, "M", "x"));
    await turn();
    socket().says(server.connack({ code: 0x87 }));
    socket().closes(1000);
    equal((await rejects(promise, "NOT_AUTHORIZED")).reasonCode, 0x87);
"#

a_step_of_an_attempt_that_is_over_is_ignored r#"
    const answers = [];
    const step = (stage) => new Promise((resolve, reject) => answers.push({ stage, resolve, reject }));
    const client = make({ reconnect: SLOW, authenticate: { method: "M", step } });
    const first = client.connect();
    await turn();
    await Promise.all([rejects(first, "DISCONNECTED"), client.disconnect()]);
    const second = client.connect();
    await turn();
    answers[0].resolve("stale");
    await settle();
    equal(FakeSocket.made.length, 0);
    answers[1].resolve("fresh");
    await settle();
    socket().opens();
    equal(socket().heard()[0].data, "fresh");
    socket().says(server.auth(0x18, "M", "x"));
    await turn();
    socket().closes();
    await settle();
    equal(client.state, "waiting");
    answers[2].reject(new Error("late"));
    await settle();
    equal(client.state, "waiting", "what fails late ends nothing");
    await Promise.all([rejects(second, "DISCONNECTED"), client.disconnect()]);
"#

prepare_connect_is_asked_before_the_first_step r#"
    const order = [];
    const client = make({
        prepareConnect: async () => { order.push("prepare"); return { username: "u" }; },
        authenticate: { method: "M", step: (stage) => { order.push(stage); return "x"; } },
    });
    const next = FakeSocket.next();
    client.connect().catch(() => {});
    const made = await next;
    made.opens();
    const [connect] = made.heard();
    equal([order, connect.username, connect.data], [["prepare", "start"], "u", "x"]);
"#

authenticating_needs_mqtt_5 r#"
    const authenticate = { method: "M", step: () => "x" };
    await rejects(make({ protocolVersion: "3.1.1", authenticate }).connect(), "USAGE", "authentication", "MQTT 5");
"#

authenticating_again_on_a_live_connection r#"
    const taken = [];
    let n = 0;
    const step = async (stage, data) => { taken.push([stage, new TextDecoder().decode(data)]); return `${stage}${++n}`; };
    const properties = [0x15, ...server.string("M")];
    const client = make({ authenticate: { method: "M", step } });
    const next = FakeSocket.next();
    await rejects(client.reauthenticate(), "NOT_CONNECTED");
    const promise = client.connect();
    const made = await next;
    made.opens();
    made.says(server.connack({ properties }));
    await promise;
    made.heard();
    taken.length = 0;
    for (let round = 0; round < 2; round++) {
        let over = false;
        const again = client.reauthenticate().then(() => { over = true; });
        await rejects(client.reauthenticate(), "USAGE", "reauthenticate()");
        await settle();
        const [first] = made.heard();
        equal([first.name, first.code, first.method, first.data], ["AUTH", 0x19, "M", `start${n}`]);
        made.says(server.auth(0x18, "M", "challenge"));
        await settle();
        const [second] = made.heard();
        equal([second.code, second.data], [0x18, `continue${n}`]);
        ok(!over);
        made.says(server.auth(0x00, "M", "proof"));
        await again;
        equal(taken.splice(0), [["start", ""], ["continue", "challenge"], ["done", "proof"]]);
        equal(client.connected, true);
    }
    await rejects(make({}).reauthenticate(), "USAGE", "authenticate");
    const { client: without } = await connected();
    await rejects(without.reauthenticate(), "USAGE", "authenticate");
"#

authenticating_again_ends_as_the_connection_does r#"
    const why = new Error("no");
    const ways = {
        AUTHENTICATION_FAILED: (made) => { made.says(server.auth(0x18, "M", "x")); },
        SERVER_DISCONNECT: (made) => { made.says(server.disconnect(0x87)); made.closes(1000); },
        CONNECTION_LOST: (made) => made.closes(1006),
        DISCONNECTED: (made, client) => client.disconnect(),
        freed: (made, client) => client.free(),
    };
    for (const [code, act] of Object.entries(ways)) {
        let again = false;
        const step = (stage) => { if (again && stage !== "start") throw why; return "x"; };
        const client = make({ reconnect: SLOW, authenticate: { method: "M", step } });
        const promise = client.connect();
        await turn();
        const made = socket();
        made.opens();
        made.says(server.connack({ properties: [0x15, ...server.string("M")] }));
        await promise;
        made.heard();
        again = true;
        const reauthenticated = client.reauthenticate();
        reauthenticated.catch(() => {});
        await settle();
        act(made, client);
        await settle();
        if (code === "AUTHENTICATION_FAILED") {
            const { name, body } = made.heard().at(-1);
            equal([name, body[0]], ["DISCONNECT", 0x80]);
        }
        made.closes(1000);
        await rejects(reauthenticated, code === "freed" ? "DISCONNECTED" : code);
    }
"#
}
