//! `prepareConnect`: what is asked before each attempt, and what becomes of the answer.

crate::browser_tests! {

each_attempt_has_fresh_credentials r#"
    const asked = [];
    const prepareConnect = async (attempt) => {
        asked.push(attempt);
        await settle();
        return { url: `${attempt.url}?n=${attempt.attempt}`, username: `user${attempt.attempt}`, password: new Uint8Array([65, 64 + attempt.attempt]) };
    };
    const client = make({ url: ["ws://a", "ws://b"], username: "old", password: "old", reconnect: QUICK, prepareConnect });
    const urls = [];
    client.on("connectionStatus", ({ state, url }) => { if (state !== "waiting") urls.push([state, url]); });
    const promise = client.connect();
    for (const [url, username, password] of [["ws://a?n=1", "user1", "AA"], ["ws://b?n=2", "user2", "AB"]]) {
        const made = await FakeSocket.next();
        made.opens();
        const [connect] = made.heard();
        equal([made.url, connect.username, connect.password], [url, username, password]);
        if (username === "user1") made.closes();
        else made.says(server.connack());
    }
    await promise;
    equal(asked, [{ attempt: 1, url: "ws://a" }, { attempt: 2, url: "ws://b" }]);
    equal(urls.filter(([state]) => state !== "disconnecting"), [["connecting", "ws://a"], ["connecting", "ws://b"], ["connected", "ws://b?n=2"]]);
    equal(client.url, ["ws://a", "ws://b"]);
"#

what_it_leaves_out_is_as_the_options_have_it r#"
    for (const [answer, expected] of [
        [undefined, ["ws://server", "u", "p"]],
        [null, ["ws://server", "u", "p"]],
        [{}, ["ws://server", "u", "p"]],
        [{ username: "v" }, ["ws://server", "v", "p"]],
        [{ password: "" }, ["ws://server", "u", ""]],
    ]) {
        const client = make({ username: "u", password: "p", prepareConnect: () => answer });
        client.connect().catch(() => {});
        await turn();
        socket().opens();
        const [connect] = socket().heard();
        equal([socket().url, connect.username, connect.password], expected);
    }
"#

what_a_page_has_added_to_all_objects_was_not_answered r#"
    Object.prototype.url = "ws://evil";
    Object.prototype.username = "mallory";
    try {
        const client = make({ prepareConnect: () => ({}) });
        client.connect().catch(() => {});
        await turn();
        socket().opens();
        const [connect] = socket().heard();
        equal([socket().url, Object.hasOwn(connect, "username")], ["ws://server", false]);
    } finally {
        delete Object.prototype.url;
        delete Object.prototype.username;
    }
"#

an_error_that_cannot_be_put_into_words_fails_the_attempt_all_the_same r#"
    const wordless = [Symbol("no"), { toString() { throw new Error("worse"); } }];
    for (const message of wordless) {
        const thrown = Object.defineProperty(new Error("x"), "message", { value: message });
        for (const prepareConnect of [() => { throw thrown; }, () => Promise.reject(thrown)]) {
            const client = make({ reconnect: false, prepareConnect });
            const error = await client.connect().then(() => null, (error) => error);
            equal([error.code, error.message.includes("prepareConnect failed"), client.state], ["PREPARE_FAILED", true, "disconnected"]);
        }
    }
"#

its_credentials_are_for_this_attempt_only r#"
    let answer = { username: "once", password: "once" };
    const client = make({ username: "u", reconnect: QUICK, prepareConnect: () => answer });
    client.connect().catch(() => {});
    for (const expected of [["once", "once"], ["u", undefined]]) {
        const made = await FakeSocket.next();
        made.opens();
        const [{ username, password }] = made.heard();
        equal([username, password], expected);
        answer = undefined;
        made.closes();
    }
"#

its_rejection_is_a_failed_attempt r#"
    const why = new Error("no token");
    let answers = [() => { throw why; }, () => Promise.reject(why), () => 5, () => ({ user: "x" }), () => ({ url: "http://x" }), () => ({ password: 5 })];
    const client = make({ reconnect: QUICK, prepareConnect: () => answers.shift()?.() });
    const seen = [];
    client.on("disconnected", ({ code, reason, willReconnect, attempt, error }) => seen.push([code, reason, willReconnect, attempt, error.cause === why]));
    const promise = client.connect();
    const made = await FakeSocket.next();
    made.opens();
    made.says(server.connack());
    await promise;
    equal(FakeSocket.made.length, 1);
    equal(seen.map(([code, , ...rest]) => [code, ...rest]), [1, 2, 3, 4, 5, 6].map((n) => ["PREPARE_FAILED", true, n, n < 3]));
    for (const [i, word] of ["no token", "no token", "object", "user", "http://x", "password"].entries()) ok(seen[i][1].includes(word), seen[i][1]);
    for (const url of ["ws://u:secret@server/a?secret", "http://u:secret@server/a?secret"]) {
        const telling = make({ prepareConnect: () => ({ url }) });
        const ended = once(telling, "disconnected");
        telling.connect().catch(() => {});
        await turn();
        if (url.startsWith("ws")) socket().closes();
        const { reason } = await ended;
        ok(reason.includes("://server/a") && !reason.includes("secret"), reason);
    }
    const single = make({ prepareConnect: async () => { throw why; } });
    const error = await rejects(single.connect(), "PREPARE_FAILED", "prepareConnect", "no token");
    ok(error.cause === why);
"#

what_it_answers_too_late_is_ignored r#"
    const answers = [];
    const prepareConnect = () => new Promise((resolve, reject) => answers.push({ resolve, reject }));
    const client = make({ reconnect: QUICK, prepareConnect });
    const first = client.connect();
    await turn();
    equal(answers.length, 1);
    const gone = client.disconnect();
    await rejects(first, "DISCONNECTED");
    await gone;
    equal([client.state, FakeSocket.made.length], ["disconnected", 0], "at once: there is no socket to wait for");
    const second = client.connect();
    await turn();
    equal(answers.length, 2);
    answers[0].resolve({ username: "stale" });
    await settle();
    equal(FakeSocket.made.length, 0);
    answers[1].resolve({ username: "fresh" });
    await settle();
    socket().opens();
    equal([FakeSocket.made.length, socket().heard()[0].username], [1, "fresh"]);
    socket().says(server.connack());
    await second;
    // Nor after free(), be it a rejection.
    const freed = make({ prepareConnect });
    const never = freed.connect();
    await turn();
    freed.free();
    await rejects(never, "DISCONNECTED");
    answers[2].reject(new Error("late"));
    await settle();
    equal(FakeSocket.made.length, 1);
"#

it_counts_against_the_timeout_of_the_attempt r#"
    const answers = [];
    const prepareConnect = () => new Promise((resolve) => answers.push(resolve));
    const client = make({ reconnect: QUICK, timeout: 0.02, prepareConnect });
    const ended = once(client, "disconnected");
    client.connect().catch(() => {});
    const { code, reason, willReconnect } = await ended;
    equal([code, willReconnect], ["TIMEOUT", true]);
    ok(reason.includes("prepareConnect"), reason);
    while (answers.length < 2) await settle();
    answers[0]({});
    await settle();
    equal(FakeSocket.made.length, 0);
"#

it_may_do_anything_with_the_client r#"
    for (const act of ["disconnect", "free", "connect", "publish", "option", "state"]) for (const later of [false, true]) {
        let client;
        const before = FakeSocket.made.length;
        const prepareConnect = () => {
            const doIt = () => {
                if (act === "publish") client.publish("a", "b", { qos: 1 }).catch(() => {});
                else if (act === "option") throws(() => { client.username = "x"; }, "USAGE");
                else if (act === "state") equal(client.state, "connecting");
                else if (act === "free") client.free();
                else client[act]().catch(() => {});
            };
            return later ? settle().then(doIt) : doIt();
        };
        client = make({ prepareConnect });
        const promise = client.connect();
        promise.catch(() => {});
        await settle();
        await settle();
        await settle();
        const ends = act === "disconnect" || act === "free";
        equal([act, later, FakeSocket.made.length - before], [act, later, ends ? 0 : 1]);
        if (ends) await rejects(promise, "DISCONNECTED");
        client.free();
    }
"#

a_handler_of_connection_status_may_end_the_attempt_before_anybody_is_asked r#"
    for (const act of ["disconnect", "free"]) {
        let asked = 0;
        const client = make({ prepareConnect: () => { asked++; } });
        client.on("connectionStatus", ({ state }) => { if (state === "connecting") client[act](); });
        await rejects(client.connect(), "DISCONNECTED");
        equal([act, asked, FakeSocket.made.length], [act, 0, 0]);
    }
"#
}
