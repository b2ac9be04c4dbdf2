//! What happens to the page: the network goes and comes, the page is hidden and shown, frozen and thawed.

crate::browser_tests! {

without_a_network_no_attempt_is_made_until_it_is_back r#"
    const client = make({ reconnect: QUICK });
    const seen = [];
    client.on("disconnected", ({ willReconnect, attempt, inMs }) => seen.push([willReconnect, attempt, inMs]));
    client.on("connectionStatus", (status) => seen.push(status));
    const promise = client.connect();
    await turn();
    network(false);
    socket().closes();
    await turn();
    equal(seen.splice(0).slice(1), [
        { state: "disconnecting", url: "ws://server" },
        [true, 1, undefined],
        { state: "waiting", attempt: 1 },
    ]);
    for (let i = 0; i < 10; i++) await settle();
    skip(1e9);
    dispatchEvent(new Event("pageshow"));
    document.dispatchEvent(new Event("resume"));
    client.connect().catch(() => {});
    await settle();
    equal([client.state, FakeSocket.made.length], ["waiting", 1]);
    const next = FakeSocket.next();
    network(true);
    await next;
    equal(seen, [{ state: "connecting", attempt: 1, url: "ws://server" }], "the count begins anew");
    socket().opens();
    socket().says(server.connack());
    await promise;
"#

a_network_that_goes_while_an_attempt_is_waited_for_is_told r#"
    const client = make({ reconnect: SLOW });
    client.connect().catch(() => {});
    await turn();
    socket().closes();
    await turn();
    const told = once(client, "connectionStatus");
    network(false);
    equal(await told, { state: "waiting", attempt: 1 });
    skip(1000001);
    const next = FakeSocket.next();
    network(true);
    await next;
"#

who_connects_without_a_network_waits_for_it r#"
    network(false);
    const client = make({ reconnect: QUICK });
    const seen = record(client, (event, detail) => (event === "connectionStatus" ? detail : event));
    const promise = client.connect();
    await settle();
    equal([client.state, FakeSocket.made.length, seen], ["waiting", 0, [{ state: "waiting", attempt: 0 }]]);
    const next = FakeSocket.next();
    network(true);
    const made = await next;
    made.opens();
    made.says(server.connack());
    await promise;
    // One attempt is one attempt.
    network(false);
    const single = make({});
    const failing = single.connect();
    await turn();
    socket().closes();
    await rejects(failing, "CONNECTION_LOST");
"#

whoever_waits_tries_at_once_when_the_page_is_back r#"
    const back = {
        visibilitychange: () => showPage(true),
        resume: () => document.dispatchEvent(new Event("resume")),
        pageshow: () => dispatchEvent(new PageTransitionEvent("pageshow", { persisted: true })),
        online: () => network(true),
    };
    for (const [event, comes] of Object.entries(back)) {
        const client = make({ reconnect: SLOW });
        client.connect().catch(() => {});
        await turn();
        socket().closes();
        await turn();
        equal(client.state, "waiting");
        showPage(false);
        const before = FakeSocket.made.length;
        for (let i = 0; i < 20; i++) comes();
        await settle();
        equal([event, FakeSocket.made.length - before], [event, 0], "minDelay after the last attempt at the earliest");
        skip(1000001);
        for (let i = 0; i < 20; i++) comes();
        await settle();
        equal([event, FakeSocket.made.length - before, client.state], [event, 1, "connecting"]);
        client.free();
    }
"#

what_is_no_coming_back_changes_nothing r#"
    const client = make({ reconnect: SLOW });
    client.connect().catch(() => {});
    await turn();
    socket().closes();
    await turn();
    skip(1000001);
    // The real timer is not due, and the clock alone is no event.
    showPage(false);
    dispatchEvent(new PageTransitionEvent("pageshow", { persisted: false }));
    await settle();
    equal([client.state, FakeSocket.made.length], ["waiting", 1]);
"#

a_live_connection_is_asked_whether_it_still_is r#"
    const { client, socket: made } = await connected({ reconnect: SLOW, keepAlive: 60 });
    for (let i = 0; i < 5; i++) showPage(true);
    await turn();
    equal(made.heard().map((packet) => packet.name), ["PINGREQ"], "once, until it is answered");
    made.says(server.pingresp());
    document.dispatchEvent(new Event("resume"));
    await turn();
    equal(made.heard().map((packet) => packet.name), ["PINGREQ"]);
    made.says(server.pingresp());
    network(false);
    await turn();
    equal([client.connected, made.heard()], [true, []], "a connection is left alone");
    network(true);
    await turn();
    equal(made.heard().map((packet) => packet.name), ["PINGREQ"]);
"#

whoever_overslept_the_deadline_notices_at_once r#"
    const { client, socket: made } = await connected({ reconnect: QUICK, keepAlive: 10 });
    const ended = once(client, "disconnected");
    const next = FakeSocket.next();
    skip(16000);
    showPage(true);
    await turn();
    ok(!made.heard().some((packet) => packet.name === "PINGREQ"), "nobody is asked who has given up long ago");
    ok(made.closeCalls > 0);
    made.closes(1006);
    const { code, willReconnect } = await ended;
    equal([code, willReconnect], ["KEEP_ALIVE_TIMEOUT", true]);
    await next;
"#

a_socket_found_closed_counts_as_closed r#"
    const { client, socket: made } = await connected({ reconnect: QUICK });
    const ended = once(client, "disconnected");
    const next = FakeSocket.next();
    made.readyState = 3;
    dispatchEvent(new PageTransitionEvent("pageshow", { persisted: true }));
    const { code, willReconnect, attempt } = await ended;
    equal([code, willReconnect, attempt], ["CONNECTION_LOST", true, 1]);
    const second = await next;
    ok(second !== made && !made.onclose);
"#

listeners_are_there_while_a_connection_is_wanted_and_no_longer r#"
    const listening = new Map();
    const targets = [window, document];
    for (const target of targets) {
        target.addEventListener = function (type, listener, ...rest) {
            listening.set(listener, [...(listening.get(listener) ?? []), type]);
            return EventTarget.prototype.addEventListener.call(this, type, listener, ...rest);
        };
        target.removeEventListener = function (type, listener, ...rest) {
            listening.set(listener, (listening.get(listener) ?? []).filter((other) => other !== type));
            return EventTarget.prototype.removeEventListener.call(this, type, listener, ...rest);
        };
    }
    const types = () => [...new Set([...listening.values()].flat())].sort();
    const all = ["offline", "online", "pageshow", "resume", "visibilitychange"];
    try {
        const client = make({ reconnect: SLOW });
        equal(types(), []);
        client.connect().catch(() => {});
        equal(types(), all);
        await turn();
        socket().closes();
        await turn();
        equal([client.state, types()], ["waiting", all]);
        await client.disconnect();
        await turn();
        equal(types(), [], "after disconnect()");
        for (const state of ["connecting", "connected", "waiting"]) {
            const freed = make({ reconnect: SLOW });
            freed.connect().catch(() => {});
            await turn();
            if (state === "connected") { socket().opens(); socket().says(server.connack()); await settle(); }
            if (state === "waiting") { socket().closes(); await turn(); }
            equal([freed.state, types()], [state, all]);
            freed.free();
            equal(types(), [], `after free() while ${state}`);
        }
        const single = make({});
        const failed = single.connect();
        await turn();
        equal(types(), all);
        socket().closes();
        await rejects(failed, "CONNECTION_LOST");
        await turn();
        equal(types(), [], "after one attempt");
        // Whoever is called back after free() is nobody.
        const freed = make({ reconnect: QUICK });
        freed.connect().catch(() => {});
        await turn();
        freed.free();
        network(true);
        showPage(true);
        await settle();
    } finally {
        for (const target of targets) { delete target.addEventListener; delete target.removeEventListener; }
    }
"#

in_a_worker_nothing_but_the_network_is_listened_to r#"
    const [room] = performance.getEntriesByType("resource").map(({ name }) => name).filter((name) => name.endsWith("/src/web/lifecycle.js"));
    const source = `
        const types = [];
        const add = globalThis.addEventListener;
        globalThis.addEventListener = function (type, ...rest) { types.push(type); return add.call(this, type, ...rest); };
        globalThis.removeEventListener = (type) => types.splice(types.indexOf(type), 1);
        const { watchLife, isOnline } = await import(${JSON.stringify(room)});
        const signs = [];
        const end = watchLife((sign) => signs.push(sign));
        const during = [...types];
        dispatchEvent(new Event("offline"));
        dispatchEvent(new Event("online"));
        end();
        postMessage([during, types, signs, isOnline()]);
    `;
    const url = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
    const worker = new Worker(url, { type: "module" });
    try {
        const said = await new Promise((resolve, reject) => {
            worker.onmessage = ({ data }) => resolve(data);
            worker.onerror = ({ message }) => reject(new Error(message));
        });
        equal(said, [["offline", "online"], [], [0, 1], true]);
    } finally {
        worker.terminate();
        URL.revokeObjectURL(url);
    }
"#
}
