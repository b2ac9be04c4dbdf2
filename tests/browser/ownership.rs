//! One owner for each durable session: who has it, who waits, and how it is handed over.

crate::browser_tests! {

a_second_client_is_refused_or_waits_until_the_first_has_closed_its_socket r#"
    const options = { durable: true, sessionKey: "k" };
    const { client, socket: first } = await connected(options);
    const one = client.publish("a", "b", { qos: 2, key: "one" });
    one.catch(() => {});
    await one.stored;
    await rejects(make(options).connect(), "SESSION_IN_USE", "\"k\"", "sessionInUse");
    await rejects(make(options).pending(), "SESSION_IN_USE");
    await rejects(make(options).publish("a", "b", { qos: 1 }), "SESSION_IN_USE");
    await rejects(make(options).discardSession(), "SESSION_IN_USE");
    const next = make({ ...options, sessionInUse: "wait", timeout: 0.01 });
    const made = FakeSocket.next();
    const order = [];
    made.then(() => order.push("next socket"));
    const connecting = next.connect();
    const later = next.publish("a", "c", { qos: 1, key: "two" });
    later.catch(() => {});
    while (!(await navigator.locks.query()).pending.length) await settle();
    equal(next.state, "disconnected");
    client.free();
    await settle();
    order.push("first closes");
    first.closes();
    const second = await made;
    equal(order, ["first closes", "next socket"]);
    second.opens();
    second.says(server.connack({ present: true }));
    await connecting;
    await later.sent;
    equal(next.outgoingMessages.map((m) => m.key), ["one", "two"]);
    equal(second.packets.flat().map((p) => [p.name, p.dup]), [["CONNECT", undefined], ["PUBLISH", true], ["PUBLISH", false]]);
"#

a_socket_that_does_not_close_is_waited_for_two_seconds r#"
    const options = { durable: true, sessionKey: "k" };
    const { client } = await connected(options);
    const since = Date.now();
    client.free();
    const next = make({ ...options, sessionInUse: "wait" });
    equal(await next.pending(), []);
    const waited = Date.now() - since;
    ok(waited >= 2000 && waited < 5000, String(waited));
"#

a_client_that_is_just_letting_go_is_not_in_the_way r#"
    const options = { durable: true, sessionKey: "k" };
    const { client, socket: first } = await connected(options);
    client.publish("a", "b", { qos: 1 }).catch(() => {});
    await settle();
    client.free();
    setTimeout(() => first.closes(), 50);
    equal((await make(options).pending()).length, 1);
"#

a_wait_ends_with_disconnect_or_free r#"
    const options = { durable: true, sessionKey: "k" };
    const { client, socket: first } = await connected(options);
    for (const end of [(waiting) => waiting.disconnect(), (waiting) => waiting.free()]) {
        const waiting = make({ ...options, sessionInUse: "wait" });
        const calls = [waiting.connect(), waiting.publish("a", "b", { qos: 1 }), waiting.pending(), waiting.discardSession()];
        for (const call of calls) call.catch(() => {});
        while (!(await navigator.locks.query()).pending.length) await settle();
        await end(waiting);
        for (const call of calls) await rejects(call, "DISCONNECTED");
        equal((await navigator.locks.query()).pending, []);
    }
    const patient = make({ ...options, sessionInUse: "wait" });
    const gone = patient.pending();
    gone.catch(() => {});
    await patient.disconnect();
    await rejects(gone, "DISCONNECTED");
    client.free();
    first.closes();
    equal(await patient.pending(), [], "and may be tried again");
"#

freeing_and_disconnecting_while_the_session_is_opened r#"
    const options = { durable: true, sessionKey: "k" };
    const client = make(options);
    const calls = [client.connect(), client.publish("a", "b", { qos: 1 }), client.pending(), client.exportSession()];
    const gone = client.disconnect();
    client.free();
    await rejects(calls.shift(), "DISCONNECTED", "disconnect()");
    for (const call of calls) await rejects(call, "DISCONNECTED", "freed");
    await gone;
    await unlocked();
    const other = make(options);
    const connecting = other.connect();
    const leaving = other.disconnect();
    await rejects(connecting, "DISCONNECTED");
    await leaving;
    equal(other.state, "disconnected");
    equal(stray(), []);
"#

without_web_locks_it_is_said_once_and_goes_on r#"
    const { locks } = navigator;
    Object.defineProperty(navigator, "locks", { configurable: true, value: undefined });
    try {
        const client = make({ durable: true, sessionKey: "k" });
        const errors = [];
        client.on("error", (error) => errors.push(error.code));
        const { socket } = await connect(client);
        equal(errors, ["LOCKS_UNAVAILABLE"]);
        socket.closes();
        const { socket: again } = await connect(client);
        equal(errors.length, 1);
        client.free();
        again.closes();
    } finally {
        delete navigator.locks;
    }
    ok(navigator.locks === locks);
"#

a_discarded_session_begins_anew r#"
    const options = { durable: true, sessionKey: "k" };
    const { client, socket: first } = await connected(options);
    const lost = [];
    client.on("messageLost", (e) => lost.push([e.message.key, e.code]));
    const one = client.publish("a", "b", { qos: 1, key: "one" });
    await one.stored;
    first.closes();
    const gone = client.discardSession();
    equal(Object.keys(localStorage), [], "at once");
    await gone;
    await rejects(one, "SESSION_REPLACED");
    equal([lost, client.storageUsage.stored], [[["one", "SESSION_REPLACED"]], 0]);
    await settle();
    equal(Object.keys(localStorage), []);
    equal(await client.pending(), []);
    const two = client.publish("a", "c", { qos: 1 });
    two.catch(() => {});
    await two.stored;
    isStored(client, localStorage);
    const { socket: second } = await connect(client);
    equal(second.packets.flat()[0].body[7] & 2, 2, "Clean Start");
    client.free();
    second.closes();
    await unlocked();
    const stranger = make({ ...options, clientId: "you" });
    await stranger.discardSession();
    equal(Object.keys(localStorage), [], "whosever it was");
    const { result } = await connect(stranger);
    equal(result.clientId, "you");
"#

a_discard_that_failed_leaves_the_session_to_be_read_again r#"
    for (const slow of [false, true]) for (const used of [false, true]) {
        const map = new Map();
        let broken = false;
        const storage = {
            get: (key) => map.get(key),
            set: (key, value) => void map.set(key, value),
            remove(key) {
                if (!broken) return void map.delete(key);
                if (slow) return settle().then(() => { throw new Error("busy"); });
                throw new Error("busy");
            },
            keys: (prefix) => [...map.keys()].filter((key) => key.startsWith(prefix)),
        };
        const options = { durable: true, sessionKey: "k", storage };
        const publish = async (client, key) => {
            const publication = client.publish("a", key, { qos: 1, key });
            publication.catch(() => {});
            await publication.stored;
        };
        const client = make(options);
        await publish(client, "A");
        await publish(client, "B");
        client.free();
        await unlocked();
        broken = true;
        const next = make(options);
        if (used) await next.pending();
        const gone = next.discardSession();
        const behind = slow ? next.pending() : [];
        await rejects(gone, "STORAGE_FAILED", "busy");
        broken = false;
        equal((await behind).length, slow ? 2 : 0, "what is called meanwhile reads what is left");
        await publish(next, "C");
        next.free();
        await unlocked();
        const last = make(options);
        equal((await last.pending()).map((m) => m.key), ["A", "B", "C"], "nothing is gone, nothing mixed");
        await last.discardSession();
        equal(map.size, 0);
        last.free();
        await unlocked();
    }
"#

what_is_called_while_a_session_is_discarded_waits_for_the_new_one r#"
    const map = new Map();
    const storage = {
        get: (key) => map.get(key),
        set: (key, value) => void map.set(key, value),
        remove: async (key) => { await settle(); map.delete(key); },
        keys: (prefix) => [...map.keys()].filter((key) => key.startsWith(prefix)),
    };
    const options = { durable: true, sessionKey: "k", storage };
    const client = make(options);
    client.publish("a", "1", { qos: 1 }).catch(() => {});
    await client.pending();
    await settle();
    const gone = client.discardSession();
    const one = client.publish("a", "2", { qos: 1, key: "new" });
    one.catch(() => {});
    await client.disconnect();
    await gone;
    await one.stored;
    client.free();
    await unlocked();
    equal((await make(options).pending()).map((m) => m.key), ["new"]);
"#

a_store_that_does_not_answer_is_given_up_and_holds_nobody r#"
    const waiting = [];
    const never = () => new Promise((resolve) => waiting.push(resolve));
    const storage = { get: () => null, set() {}, remove() {}, keys: never };
    const options = { durable: true, sessionKey: "k", storage };
    const held = async () => (await navigator.locks.query()).held.length;
    // The time is up.
    const late = make({ ...options, timeout: 0.05 });
    const calls = [late.connect(), late.publish("a", "b", { qos: 1 }), late.pending()];
    for (const call of calls) call.catch(() => {});
    for (const call of calls) await rejects(call, "TIMEOUT", "storage");
    await unlocked();
    equal(waiting.length, 1);
    // disconnect() ends what was to become a connection; a publish() needs none.
    const leaving = make(options);
    const connecting = leaving.connect();
    connecting.catch(() => {});
    while (waiting.length < 2) await settle();
    await leaving.disconnect();
    await rejects(connecting, "DISCONNECTED");
    await unlocked();
    const staying = make(options);
    const stored = staying.publish("a", "b", { qos: 1 });
    stored.catch(() => {});
    const giving = staying.connect();
    giving.catch(() => {});
    while (waiting.length < 3) await settle();
    await staying.disconnect();
    await rejects(giving, "DISCONNECTED");
    waiting[2]([]);
    await stored.stored;
    equal([await held(), FakeSocket.made.length], [1, 0]);
    staying.free();
    await unlocked();
    const freed = make(options);
    const left = freed.pending();
    left.catch(() => {});
    while (waiting.length < 4) await settle();
    equal(await held(), 1);
    freed.free();
    await rejects(left, "DISCONNECTED");
    await unlocked();
    for (const resolve of waiting) resolve([]);
    await settle();
    equal(await held(), 0);
"#

a_freed_client_holds_its_session_until_its_slow_store_has_written r#"
    const map = new Map();
    const waiting = [];
    let held = false;
    const storage = {
        get: (key) => map.get(key),
        set: (key, value) => held ? new Promise((resolve) => waiting.push(() => { map.set(key, value); resolve(); })) : void map.set(key, value),
        remove: (key) => void map.delete(key),
        keys: (prefix) => [...map.keys()].filter((key) => key.startsWith(prefix)),
    };
    const options = { durable: true, sessionKey: "k", storage };
    const client = make(options);
    await client.pending();
    await settle();
    held = true;
    client.publish("a", "1", { qos: 1, key: "1" }).catch(() => {});
    await settle();
    equal(waiting.length, 1);
    client.free();
    await rejects(make(options).pending(), "SESSION_IN_USE");
    const next = make({ ...options, sessionInUse: "wait" });
    const pending = next.pending();
    await settle();
    held = false;
    waiting.shift()();
    equal((await pending).map((m) => m.key), ["1"]);
"#

without_web_locks_two_clients_of_one_session_are_told_and_do_not_fight r#"
    const { locks } = navigator;
    Object.defineProperty(navigator, "locks", { configurable: true, value: undefined });
    const frame = document.body.appendChild(document.createElement("iframe"));
    try {
        const client = make({ durable: true, sessionKey: "k" });
        const told = [];
        client.on("error", (error) => told.push(error.code));
        const { socket: made } = await connect(client);
        const one = client.publish("a", "1", { qos: 1 });
        one.catch(() => {});
        await one.stored;
        const key = Object.keys(localStorage).find((key) => key.includes("/o/"));
        const theirs = frame.contentWindow.localStorage;
        for (const value of ["what the other one makes of it", "and again"]) {
            theirs.setItem(key, value);
            await new Promise((resolve) => addEventListener("storage", resolve, { once: true }));
            await settle();
        }
        equal([told, localStorage.getItem(key)], [["LOCKS_UNAVAILABLE", "SESSION_IN_USE"], "and again"]);
        theirs.removeItem(key);
        while (!told.includes("STORAGE_CLEARED")) await settle();
        await settle();
        ok(localStorage.getItem(key), "what is gone is written again");
        client.free();
        made.closes();
    } finally {
        frame.remove();
        delete navigator.locks;
    }
    ok(navigator.locks === locks);
"#
}
