//! A connection that was lost, or could not be made, is made again: by the schedule, until it holds or will not heal.
//!
//! The schedule itself is the machine's, and tested on virtual time; here it is counted that the browser follows it.

crate::browser_tests! {

a_connection_that_breaks_is_made_again r#"
    const { client, socket: first } = await connected({ reconnect: QUICK });
    const seen = [];
    client.on("disconnected", ({ code, willReconnect, attempt, inMs }) => seen.push([client.state, code, willReconnect, attempt, inMs]));
    client.on("connectionStatus", (status) => seen.push(status));
    const kept = client.publish("a", "b", { qos: 1 });
    await turn();
    const next = FakeSocket.next();
    first.closes(1006);
    const second = await next;
    equal(client.state, "connecting");
    second.opens();
    const again = once(client, "connected");
    second.says(server.connack({ present: true }));
    equal((await again).sessionPresent, true);
    await settle();
    const sent = second.heard();
    equal(sent.map((packet) => packet.name), ["CONNECT", "PUBLISH"]);
    ok(sent[1].dup);
    second.says(server.puback(sent[1].id));
    equal((await kept).topic, "a");
    equal(seen, [
        { state: "disconnecting", url: "ws://server" },
        ["waiting", "CONNECTION_LOST", true, 1, 10],
        { state: "waiting", attempt: 1, inMs: 10 },
        { state: "connecting", attempt: 2, url: "ws://server" },
        { state: "connected", url: "ws://server" },
    ]);
    equal(client.stats.connections, 2);
"#

connect_stays_pending_over_attempts_that_fail r#"
    const client = make({ reconnect: QUICK });
    const seen = [];
    client.on("disconnected", ({ code, willReconnect, attempt, inMs }) => seen.push([code, willReconnect, attempt, inMs]));
    const attempts = [];
    client.on("connectionStatus", ({ state, attempt }) => { if (state === "connecting") attempts.push(attempt); });
    let settled = false;
    const promise = client.connect().finally(() => { settled = true; });
    await turn();
    for (let i = 0; i < 6; i++) {
        const next = FakeSocket.next();
        socket().closes(1006);
        await next;
        ok(!settled);
    }
    socket().opens();
    socket().says(server.connack());
    equal((await promise).reasonCode, 0);
    equal(seen, [10, 20, 40, 80, 80, 80].map((inMs, i) => ["CONNECTION_LOST", true, i + 1, inMs]));
    equal(attempts, [1, 2, 3, 4, 5, 6, 7]);
    equal(FakeSocket.made.length, 7);
"#

with_jitter_each_delay_is_drawn_below_its_ceiling r#"
    const client = make({ reconnect: { minDelay: 0.016, maxDelay: 0.016 } });
    const delays = [];
    client.on("disconnected", ({ inMs }) => delays.push(inMs));
    client.connect().catch(() => {});
    await turn();
    for (let i = 0; i < 24; i++) {
        const next = FakeSocket.next();
        socket().closes(1006);
        await next;
    }
    ok(delays.every((inMs) => Number.isInteger(inMs) && inMs >= 0 && inMs <= 16), String(delays));
    ok(new Set(delays).size > 3, `drawn: ${delays}`);
"#

after_so_many_attempts_the_client_stops_with_the_last_reason r#"
    const client = make({ reconnect: { ...QUICK, attempts: 2 } });
    const seen = [];
    client.on("disconnected", ({ willReconnect, attempt, inMs }) => seen.push([willReconnect, attempt, inMs]));
    const promise = client.connect();
    await turn();
    for (const code of [1001, 1002, 1003]) {
        const made = socket();
        const next = FakeSocket.next();
        made.closes(code);
        if (code !== 1003) await next;
    }
    await rejects(promise, "CONNECTION_LOST", "1003");
    equal(seen, [[true, 1, 10], [true, 2, 20], [false, 3, undefined]]);
    equal([client.state, FakeSocket.made.length], ["disconnected", 3]);
    client.reconnect = { ...QUICK, attempts: 0 };
    const once_only = client.connect();
    await turn();
    socket().closes();
    await rejects(once_only, "CONNECTION_LOST");
    equal(FakeSocket.made.length, 4);
"#

a_refusal_that_does_not_heal_ends_the_attempts r#"
    const stops = [0x81, 0x82, 0x84, 0x85, 0x86, 0x87, 0x8a, 0x8c, 0x90, 0x95, 0x99, 0x9a, 0x9b, 0x9d];
    const heals = [0x80, 0x83, 0x88, 0x89, 0x97, 0x9c, 0x9f];
    for (const [codes, version] of [[[...stops, ...heals], "5"], [[1, 2, 3, 4, 5], "3.1.1"]]) for (const code of codes) {
        const healing = version === "5" ? heals.includes(code) : code === 3;
        const client = make({ reconnect: SLOW, protocolVersion: version });
        const ended = once(client, "disconnected");
        let rejected;
        const promise = client.connect();
        promise.catch((error) => { rejected = error; });
        await turn();
        socket().opens();
        socket().says(server.connack({ code, ...(version === "3.1.1" && { properties: null }) }));
        socket().closes(1000);
        const { willReconnect, inMs, attempt, reasonCode, error } = await ended;
        equal([code, willReconnect, inMs, attempt], [code, healing, healing ? 1000000 : undefined, 1]);
        if (version === "5") equal(reasonCode, code);
        await settle();
        equal([code, client.state, rejected === error], [code, healing ? "waiting" : "disconnected", !healing]);
        client.free();
    }
    equal(FakeSocket.made.length, 26);
"#

a_server_that_ends_the_connection_says_whether_to_come_back r#"
    for (const [code, comesBack] of [[0x8e, false], [0x8c, false], [0x87, false], [0x9d, false], [0x8b, true], [0x89, true], [0x97, true], [0x98, true], [0x9c, true], [0x82, true]]) {
        const { client, socket } = await connected({ reconnect: SLOW });
        const ended = once(client, "disconnected");
        socket.says(server.disconnect(code));
        socket.closes(1000);
        const { willReconnect, reasonCode, code: name } = await ended;
        equal([reasonCode, willReconnect, name], [code, comesBack, "SERVER_DISCONNECT"]);
        await settle();
        equal(client.state, comesBack ? "waiting" : "disconnected");
    }
    // Its credentials will be others the next time.
    const { client, socket } = await connected({ reconnect: SLOW, prepareConnect: () => {} });
    const ended = once(client, "disconnected");
    socket.says(server.disconnect(0x87));
    socket.closes(1000);
    equal((await ended).willReconnect, true);
"#

a_session_that_nobody_knows_ends_the_attempts r#"
    const client = make({ reconnect: QUICK, cleanSession: false });
    const promise = client.connect();
    await turn();
    socket().opens();
    socket().says(server.connack({ present: true }));
    await settle();
    socket().closes(1000);
    await rejects(promise, "SESSION_UNKNOWN");
    equal([client.state, FakeSocket.made.length], ["disconnected", 1]);
"#

an_address_no_websocket_can_have_ends_the_attempts r#"
    const Real = globalThis.WebSocket;
    const bad = class extends Real {
        constructor(url, protocol) {
            if (url.includes("[")) throw new DOMException(`no such address: ${url}`, "SyntaxError");
            super(url, protocol);
        }
    };
    globalThis.WebSocket = Object.assign(bad, Real);
    const client = make({ url: "ws://[bad?token=secret", reconnect: QUICK });
    const ended = once(client, "disconnected");
    const error = await rejects(client.connect(), "USAGE", "ws://[bad", "SyntaxError");
    ok(!error.message.includes("secret"), "what may be a secret is not told");
    const { willReconnect, code } = await ended;
    equal([willReconnect, code, client.state], [false, "USAGE", "disconnected"]);
"#

a_protocol_error_and_a_silent_server_heal r#"
    const { client, socket: made } = await connected({ reconnect: SLOW });
    let ended = once(client, "disconnected");
    made.says([0x00, 0x00]);
    made.closes(1000);
    equal([(await ended).code, client.state], ["PROTOCOL_ERROR", "waiting"]);
    await client.disconnect();
    const other = make({ reconnect: SLOW, timeout: 0.02 });
    ended = once(other, "disconnected");
    other.connect().catch(() => {});
    await turn();
    socket().opens();
    await turn();
    while (socket().closeCalls === 0) await settle();
    socket().closes(1000);
    const { code, willReconnect } = await ended;
    equal([code, willReconnect, other.state], ["TIMEOUT", true, "waiting"]);
"#

a_connection_that_was_stable_ends_the_row_of_failures r#"
    const client = make({ reconnect: { ...QUICK, stableAfter: 5 } });
    const seen = [];
    client.on("disconnected", ({ attempt, inMs }) => seen.push([attempt, inMs]));
    client.connect().catch(() => {});
    await turn();
    const fails = async () => {
        const next = FakeSocket.next();
        socket().closes(1006);
        await next;
    };
    const accepts = async () => {
        const accepted = once(client, "connected");
        socket().opens();
        socket().says(server.connack());
        await accepted;
        await settle();
    };
    await fails();
    await fails();
    await accepts();
    await fails();
    equal(seen, [[1, 10], [2, 20], [3, 40]], "accepted, and dropped soon after");
    await accepts();
    skip(6000);
    await fails();
    equal(seen.at(-1), [1, 10]);
"#

a_server_that_accepts_and_drops_sees_no_storm r#"
    const client = make({ reconnect: QUICK, cleanSession: false });
    const delays = [];
    client.on("disconnected", ({ inMs }) => delays.push(inMs));
    client.connect().catch(() => {});
    await turn();
    for (let i = 0; i < 6; i++) {
        const next = FakeSocket.next();
        const made = socket();
        made.opens();
        made.says(server.connack({ present: i > 0 }));
        await settle();
        made.closes(1006);
        await next;
    }
    equal(delays, [10, 20, 40, 80, 80, 80]);
"#

two_clients_with_one_id_make_no_storm r#"
    // The server: whoever connects takes the session over. 3.1.1 has no words for it: it closes.
    let owner;
    const serve = async (rounds) => {
        for (let i = 0; i < rounds; i++) {
            while (!FakeSocket.made[i]) await FakeSocket.next();
            await turn();
            const made = FakeSocket.made[i];
            made.opens();
            const loser = owner;
            owner = made;
            made.says(server.connack({ properties: null, present: true }));
            loser?.closes(1006);
        }
    };
    const delays = [[], []];
    const served = serve(12);
    const clients = delays.map((seen) => {
        const client = make({ reconnect: QUICK, protocolVersion: "3.1.1", cleanSession: false, resumeWithoutState: true });
        client.on("disconnected", ({ inMs }) => seen.push(inMs));
        client.connect().catch(() => {});
        return client;
    });
    await served;
    const schedule = [10, 20, 40, 80, 80, 80, 80, 80, 80, 80, 80, 80];
    for (const seen of delays) equal(seen, schedule.slice(0, seen.length), `${seen}`);
    ok(delays[0].length + delays[1].length >= 10);
    for (const client of clients) client.free();
    // MQTT 5 has words for it, and the loser stops.
    const one = await connected({ reconnect: QUICK });
    const ended = once(one.client, "disconnected");
    one.socket.says(server.disconnect(0x8e));
    one.socket.closes(1000);
    const { willReconnect, reason, error } = await ended;
    ok(!willReconnect && error.message.includes("clientId"));
    equal(reason, "Session taken over");
    equal(one.client.state, "disconnected");
"#

connecting_while_an_attempt_is_waited_for_makes_it_at_once_and_joins_it r#"
    const client = make({ reconnect: SLOW });
    const first = client.connect();
    await turn();
    socket().closes();
    await turn();
    equal([client.state, FakeSocket.made.length], ["waiting", 1]);
    const early = client.connect();
    await turn();
    equal(FakeSocket.made.length, 1, "not sooner than minDelay after the last one");
    skip(1000001);
    const third = client.connect();
    await turn();
    equal([client.state, FakeSocket.made.length], ["connecting", 2]);
    socket().opens();
    socket().says(server.connack());
    const results = await Promise.all([first, early, third]);
    ok(results.every((result) => result === results[0]));
"#

connecting_again_from_a_handler_of_disconnected_changes_nothing r#"
    const client = make({ reconnect: QUICK });
    const promises = [];
    client.on("disconnected", () => { promises.push(client.connect()); });
    promises.push(client.connect());
    await turn();
    for (let i = 0; i < 3; i++) {
        const next = FakeSocket.next();
        socket().closes();
        await next;
    }
    equal(FakeSocket.made.length, 4);
    socket().opens();
    socket().says(server.connack());
    equal((await Promise.all(promises)).length, 4);
"#

however_often_it_is_called_there_is_one_promise_of_a_connection r#"
    const client = make({ reconnect: QUICK });
    const errors = [];
    client.on("error", ({ code }) => errors.push(code));
    const { signal } = new AbortController();
    const promises = new Set(), others = new Set();
    const reasons = [];
    client.on("disconnected", ({ reason, willReconnect }) => {
        if (!willReconnect) return undefined;
        reasons.push(reason);
        others.add(client.connect({ signal }));
        const promise = client.connect();
        promises.add(promise);
        return promise;
    });
    promises.add(client.connect());
    await turn();
    for (let i = 0; i < 4; i++) {
        const next = FakeSocket.next();
        socket().closes();
        await next;
    }
    equal([promises.size, others.size, reasons.length], [1, 1, 4]);
    ok(!reasons.some((reason) => /connect\(\)/.test(reason)), reasons[0]);
    client.disconnect();
    for (const promise of [...promises, ...others]) await rejects(promise, "DISCONNECTED");
    await settle();
    equal(errors, ["DISCONNECTED"], "a promise of handlers that fails is told once");
"#

a_connection_that_is_made_again_by_itself_needs_no_advice r#"
    for (const [reconnect, advised] of [[SLOW, false], [false, true]]) {
        const { client, socket } = await connected({ reconnect });
        const ended = once(client, "disconnected");
        socket.closes();
        const { reason, willReconnect } = await ended;
        equal([/connect\(\) again/.test(reason), willReconnect], [advised, !advised], reason);
    }
"#

disconnecting_ends_the_wish r#"
    const client = make({ reconnect: SLOW });
    const promise = client.connect();
    await turn();
    socket().closes();
    await turn();
    const seen = [];
    client.on("disconnected", ({ code, willReconnect }) => seen.push([code, willReconnect]));
    client.on("connectionStatus", ({ state }) => seen.push(state));
    const gone = client.disconnect();
    await rejects(promise, "DISCONNECTED", "disconnect()");
    await gone;
    equal([client.state, seen.filter((it) => Array.isArray(it))], ["disconnected", [["REQUESTED", false]]]);
    equal(seen.at(-1), "disconnected");
    skip(1e9);
    dispatchEvent(new Event("online"));
    await settle();
    equal(FakeSocket.made.length, 1);
    const freed = make({ reconnect: SLOW });
    const never = freed.connect();
    await turn();
    socket().closes();
    await turn();
    freed.free();
    await rejects(never, "DISCONNECTED", "freed");
"#

disconnecting_in_a_handler_of_disconnected_ends_the_wish r#"
    const client = make({ reconnect: QUICK });
    const promise = client.connect();
    await turn();
    client.once("disconnected", () => { client.disconnect(); });
    socket().closes();
    await rejects(promise, "DISCONNECTED");
    equal([client.state, FakeSocket.made.length], ["disconnected", 1]);
"#

options_cannot_be_changed_while_an_attempt_is_waited_for r#"
    const client = make({ reconnect: SLOW });
    client.connect().catch(() => {});
    await turn();
    socket().closes();
    await turn();
    equal(client.state, "waiting");
    throws(() => { client.url = "ws://other"; }, "USAGE", "url", "disconnect()");
    await client.disconnect();
    client.url = "ws://other";
"#

several_urls_are_tried_in_turn_and_rounds_are_counted r#"
    const url = ["ws://a/mqtt", "wss://b/mqtt", "ws://c/mqtt"];
    const client = make({ url, reconnect: QUICK });
    equal(client.url, url);
    const delays = [];
    client.on("disconnected", ({ inMs }) => delays.push(inMs));
    const told = [];
    client.on("connectionStatus", (status) => { if (status.state === "connecting") told.push(status.url); });
    const promise = client.connect();
    await turn();
    for (let i = 0; i < 7; i++) {
        const next = FakeSocket.next();
        socket().closes();
        await next;
    }
    equal(delays, [0, 0, 10, 0, 0, 20, 0]);
    const made = FakeSocket.made.map((made) => made.url);
    equal(made, [...url, ...url, ...url].slice(0, 8));
    equal(told, made);
    socket().opens();
    socket().says(server.connack());
    await promise;
    equal(client.url, url);
    await rejects(make({ url: ["ws://a", "http://b"] }).connect(), "USAGE", "http://b");
    await rejects(make({ url: ["ws://a", ""] }).connect(), "USAGE", "no url");
"#

a_server_reference_is_followed_when_that_is_wanted r#"
    const refer = async (options, reference, { code = 0x9c, live = false } = {}) => {
        const client = make({ url: "wss://first:1/mqtt?x=1", reconnect: SLOW, ...options });
        const ended = once(client, "disconnected");
        client.connect().catch(() => {});
        await turn();
        socket().opens();
        if (live) {
            socket().says(server.connack());
            await settle();
            socket().says(server.disconnect(code, server.reference(reference)));
        } else socket().says(server.connack({ code, properties: server.reference(reference) }));
        const next = FakeSocket.next();
        socket().closes(1000);
        const otherwise = new Promise((resolve) => {
            client.on("disconnected", () => resolve({}));
            client.on("connectionStatus", ({ state, inMs }) => state === "waiting" && inMs > 0 && resolve({}));
        });
        const { willReconnect, inMs } = await ended;
        const url = inMs === 0 ? (await Promise.race([next, otherwise])).url : undefined;
        return { client, willReconnect, inMs, url };
    };
    const follow = { followServerReference: true };
    for (const [reference, expected] of [
        ["second", "wss://second/mqtt?x=1"],
        ["second:99", "wss://second:99/mqtt?x=1"],
        ["[2001:db8::1]:99 third:1", "wss://[2001:db8::1]:99/mqtt?x=1"],
        ["wss://other/path third", "wss://other/path"],
    ]) for (const code of [0x9c, 0x9d]) for (const live of [false, true]) {
        const { willReconnect, inMs, url } = await refer(follow, reference, { code, live });
        equal([reference, willReconnect, inMs, url], [reference, true, 0, expected]);
    }
    // From encrypted to open it does not go, nor to what is no WebSocket at all.
    for (const reference of ["ws://open/mqtt", "mqtt://open:1883"]) {
        const before = FakeSocket.made.length;
        const { client, url } = await refer(follow, reference);
        equal([reference, url, FakeSocket.made.length], [reference, undefined, before + 1]);
        equal(client.state, "waiting");
        const { client: moved } = await refer(follow, reference, { code: 0x9d });
        equal([moved.state, FakeSocket.made.length], ["disconnected", before + 2], "moved for good, to where it does not go");
    }
    // Nor unasked.
    equal((await refer({}, "second")).inMs, 1000000);
    equal((await refer({}, "second", { code: 0x9d })).willReconnect, false);
    equal((await refer(follow, " ")).inMs, 1000000);
    // The application may choose.
    const asked = [];
    const choose = (reference, url) => { asked.push([reference, url]); return "ws://chosen"; };
    equal((await refer({ followServerReference: choose }, "second third")).url, "ws://chosen");
    equal(asked, [["second", "wss://first:1/mqtt?x=1"]]);
    for (const choose of [() => undefined, () => { throw new Error("no"); }, () => "http://x", () => 5]) {
        const { client, url } = await refer({ followServerReference: choose }, "second");
        equal([url, client.state], [undefined, "waiting"]);
    }
"#

where_a_reference_leads_nowhere_the_url_counts_again r#"
    const client = make({ url: "ws://first", reconnect: QUICK, followServerReference: true });
    client.connect().catch(() => {});
    await turn();
    socket().opens();
    socket().says(server.connack({ code: 0x9c, properties: server.reference("second") }));
    let next = FakeSocket.next();
    socket().closes(1000);
    equal((await next).url, "ws://second");
    next = FakeSocket.next();
    socket().closes(1006);
    equal((await next).url, "ws://first");
"#

a_clean_session_is_asked_for_once r#"
    const { client, socket: first } = await connected({ reconnect: QUICK, sessionExpiryInterval: 100 });
    ok(first.packets.flat()[0].clean);
    const next = FakeSocket.next();
    first.closes();
    const second = await next;
    second.opens();
    ok(!second.heard()[0].clean);
    second.says(server.connack({ present: true }));
    await settle();
    ok(client.connected);
    const gone = client.disconnect();
    await turn();
    second.closes(1000);
    await gone;
    const { socket: third } = await connect(client);
    ok(third.packets.flat()[0].clean, "asked for anew");
"#

what_was_asked_for_meanwhile_is_sent_on_the_next_connection r#"
    const { client, socket: first } = await connected({ reconnect: QUICK });
    const unanswered = client.subscribe("unanswered");
    await turn();
    const next = FakeSocket.next();
    first.closes();
    const subscribed = client.subscribe("a/#", { qos: 1 });
    const published = client.publish("b", "c", { qos: 1 });
    const unsubscribed = client.unsubscribe("d");
    const second = await next;
    second.opens();
    second.says(server.connack({ present: true }));
    await settle();
    const sent = second.heard().slice(1);
    equal(sent.map((packet) => packet.name), ["SUBSCRIBE", "SUBSCRIBE", "UNSUBSCRIBE", "PUBLISH"]);
    second.says(server.suback(sent[0].id, [0]), server.suback(sent[1].id, [1]), server.unsuback(sent[2].id, [0]), server.puback(sent[3].id));
    equal((await unanswered)[0].filter, "unanswered");
    equal((await subscribed)[0].qos, 1);
    equal((await unsubscribed)[0].reasonCode, 0);
    await published;
"#

subscriptions_the_server_lost_are_made_again r#"
    for (const resubscribe of [true, false]) {
        const { client, socket: first } = await connected({ reconnect: QUICK, cleanSession: false, resubscribe });
        const subscribed = client.subscribe({ "a/#": 1, "b": { qos: 2, noLocal: true }, "c": 0 });
        await turn();
        first.says(server.suback(first.heard()[0].id, [1, 2, 0]));
        await subscribed;
        const seen = [];
        client.on("sessionLost", ({ filters, resubscribing }) => seen.push([filters.sort(), resubscribing]));
        client.on("error", ({ code, reasonCode, message }) => seen.push([code, reasonCode, message.includes("\"b\"")]));
        const next = FakeSocket.next();
        first.closes();
        client.publish("x", "y", { qos: 1 }).catch(() => {});
        const second = await next;
        second.opens();
        second.says(server.connack({ present: false }));
        await settle();
        equal(seen, [[["a/#", "b", "c"], resubscribe]]);
        const sent = second.heard().slice(1);
        if (!resubscribe) {
            equal(sent.map((packet) => packet.name), ["PUBLISH"]);
            continue;
        }
        equal(sent.map((packet) => packet.name), ["SUBSCRIBE", "PUBLISH"], "before anything is published");
        const { body, id } = sent[0];
        const asked = new TextDecoder().decode(body);
        ok(asked.includes("a/#") && body.includes(6) && body.includes(1), "with their options");
        const order = [..."abc"].sort((a, b) => asked.indexOf(a) - asked.indexOf(b));
        second.says(server.suback(id, order.map((name) => ({ a: 1, b: 0x87, c: 0 })[name])));
        await settle();
        equal(seen.slice(1), [["SUBSCRIPTION_REFUSED", 0x87, true]]);
        client.free();
    }
"#
}
