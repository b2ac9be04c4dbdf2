//! Durable sessions and their stores: full, denied, cleared, damaged, slow, sealed, and the application's own.

crate::browser_tests! {

a_publish_there_is_no_room_for_is_rejected_and_the_session_is_whole r#"
    const { client, socket } = await connected({ durable: true, sessionKey: "k" });
    const lost = [];
    client.on("messageLost", (e) => lost.push([e.message.key, e.certainty, e.code]));
    fill(localStorage, 3000);
    const big = client.publish("a", new Uint8Array(10_000), { qos: 2, key: "big" });
    const small = client.publish("b", "fits", { qos: 1 });
    const { message } = await rejects(big, "QUOTA_EXCEEDED", "bytes", "\"a\"");
    ok(+/needs (\d+) bytes/.exec(message)[1] > 10_000, message);
    await rejects(big.stored, "QUOTA_EXCEEDED");
    await small.stored;
    await settle();
    const heard = socket.heard();
    equal(heard.map((p) => [p.name, p.topic]), [["PUBLISH", "b"]], "nothing of it was sent");
    equal([lost, client.state], [[["big", "not-delivered", "QUOTA_EXCEEDED"]], "connected"]);
    socket.says(server.puback(heard[0].id));
    await small;
    empty(localStorage);
    const again = client.publish("a", new Uint8Array(10_000), { qos: 2 });
    await again.stored;
    again.catch(() => {});
    isStored(client, localStorage);
"#

a_received_qos_2_message_there_is_no_room_for_waits_and_is_told r#"
    const { client, socket } = await connected({ durable: true, sessionKey: "k" });
    const errors = [];
    const got = [];
    client.on("error", (error) => errors.push(error.code));
    client.on("messageIn", (message) => got.push(message.text()));
    fill(localStorage, 300);
    socket.says(server.publish("in", "x".repeat(5000), { qos: 2, id: 5 }));
    await settle();
    equal([errors, socket.heard(), client.state], [["QUOTA_EXCEEDED"], [], "connected"]);
    empty(localStorage);
    client.publish("out", "y", { qos: 1 }).catch(() => {});
    await settle();
    equal(socket.heard().map((p) => p.name).sort(), ["PUBLISH", "PUBREC"], "now it is stored");
    socket.says(server.pubrel(5));
    equal(got.length, 1);
    isStored(client, localStorage);
"#

storage_that_is_denied_gives_way_to_memory_and_says_so r#"
    await withDenied("localStorage", async () => {
        const options = { durable: true, sessionKey: "denied" };
        const client = make(options);
        const errors = [];
        client.on("error", (error) => errors.push(error.code));
        await connect(client);
        const one = client.publish("a", "b", { qos: 1, key: "one" });
        one.catch(() => {});
        await one.stored;
        equal(errors, ["STORAGE_DENIED"]);
        equal(client.storageUsage.limit, undefined);
        client.free();
        socket().closes();
        await unlocked();
        const next = make(options);
        next.on("error", () => {});
        equal((await next.pending()).map((m) => m.key), ["one"]);
        await next.discardSession();
    });
"#

storage_that_becomes_denied_gives_way_to_memory_with_all_that_is_unfinished r#"
    const options = { durable: true, sessionKey: "later", protocolVersion: "3.1.1" };
    const { client, socket: first } = await connected(options);
    const errors = [];
    client.on("error", (error) => errors.push(error.code));
    const before = client.publish("a", "b", { qos: 1, key: "before" });
    before.catch(() => {});
    await before.stored;
    await withDenied("localStorage", async () => {
        const after = client.publish("a", "b", { qos: 2, key: "after" });
        after.catch(() => {});
        await Promise.all([after.stored, after.sent]);
        equal([errors, client.state], [["STORAGE_DENIED"], "connected"]);
        client.free();
        first.closes();
        await unlocked();
        const next = make(options);
        next.on("error", () => {});
        equal((await next.pending()).map((m) => m.key), ["before", "after"]);
        await next.discardSession();
    });
"#

what_this_page_clears_is_noticed_with_the_next_change_and_written_again r#"
    for (const version of ["5", "3.1.1"]) {
        const { client } = await connected({ durable: true, sessionKey: `k${version}`, protocolVersion: version });
        const errors = [];
        client.on("error", (error) => errors.push(error.code));
        const one = client.publish("a", "1", { qos: 1 });
        one.catch(() => {});
        await one.stored;
        for (const key of Object.keys(localStorage)) if (key.startsWith(`mooring/k${version}/`)) localStorage.removeItem(key);
        const two = client.publish("a", "2", { qos: 2 });
        two.catch(() => {});
        await Promise.all([two.stored, two.sent]);
        await settle();
        equal(errors, ["STORAGE_CLEARED"]);
        equal(Object.keys(localStorage).filter((key) => key.includes(`k${version}/o/`)).length, 2, "both messages");
        isStored(client, localStorage);
    }
"#

what_another_document_clears_is_noticed_at_once r#"
    for (const storage of ["local", "session"]) {
        const area = storage === "local" ? localStorage : sessionStorage;
        const { client } = await connected({ durable: true, sessionKey: "k", storage });
        const told = new Promise((resolve) => client.once("error", resolve));
        const one = client.publish("a", "1", { qos: 1 });
        one.catch(() => {});
        await one.stored;
        const frame = document.body.appendChild(document.createElement("iframe"));
        const theirs = frame.contentWindow[`${storage}Storage`];
        theirs.setItem("mooring/other/meta", "not ours");
        theirs.setItem("mooring/k/saved", "nor this");
        theirs.clear();
        equal((await told).code, "STORAGE_CLEARED");
        await settle();
        equal(Object.keys(area).filter((key) => key.startsWith("mooring/k/")).sort().map((key) => key.split("/")[2]), ["meta", "o"]);
        isStored(client, area);
        const again = new Promise((resolve) => client.once("error", resolve));
        const key = Object.keys(area).find((key) => key.includes("/o/"));
        theirs.removeItem(key);
        equal((await again).code, "STORAGE_CLEARED");
        await settle();
        ok(area.getItem(key));
        isStored(client, area);
        frame.remove();
    }
"#

a_record_that_cannot_be_read_is_put_aside_and_the_rest_restored r#"
    const options = { durable: true, sessionKey: "k" };
    const { client, socket: first } = await connected(options);
    for (const key of ["one", "two", "three"]) client.publish("a", key, { qos: 1, key }).catch(() => {});
    await settle();
    client.free();
    first.closes();
    await unlocked();
    const [one, two] = Object.keys(localStorage).filter((key) => key.includes("/o/")).sort();
    const text = localStorage.getItem(one);
    const damaged = text.slice(0, 20) + "\u1234" + text.slice(21);
    localStorage.setItem(one, damaged);
    localStorage.setItem(two, localStorage.getItem(two).slice(0, -5));
    const next = make(options);
    const errors = [];
    next.on("error", (error) => errors.push(error));
    equal((await next.pending()).map((m) => m.key), ["three"]);
    await settle();
    equal(errors.map((error) => error.code), ["RECORD_CORRUPT", "RECORD_CORRUPT"]);
    const bad = one.replace("/o/", "/bad/o/");
    ok(errors.some((error) => error.message.includes(bad)), errors[0].message);
    equal([localStorage.getItem(bad), localStorage.getItem(one)], [damaged, null]);
    isStored(next, localStorage);
    await next.discardSession();
    equal(localStorage.length, 0, "put aside or not");
"#

what_a_newer_format_wrote_is_refused_and_untouched r#"
    const options = { durable: true, sessionKey: "k" };
    const { client, socket: first } = await connected(options);
    client.publish("a", "b", { qos: 1 }).catch(() => {});
    await settle();
    client.free();
    first.closes();
    await unlocked();
    const crc = (text) => {
        let sum = -1;
        for (const unit of text) {
            sum ^= unit.charCodeAt(0);
            for (let i = 0; i < 8; i++) sum = (sum >>> 1) ^ (0xedb88320 & -(sum & 1));
        }
        return String.fromCharCode(...[24, 16, 8, 0].map((shift) => (~sum >>> shift) & 255));
    };
    const record = "\x02m and who knows what";
    localStorage.setItem("mooring/k/meta", record + crc(record));
    const before = JSON.stringify(localStorage);
    const next = make(options);
    await rejects(next.connect(), "SESSION_NEWER_FORMAT", "format 2");
    await rejects(next.publish("a", "b", { qos: 1 }), "SESSION_NEWER_FORMAT");
    equal([JSON.stringify(localStorage), FakeSocket.made.length], [before, 1]);
    equal((await navigator.locks.query()).held, []);
    await rejects(make({ ...options, clientId: "you" }).pending(), "SESSION_NEWER_FORMAT");
    await next.discardSession();
    equal(localStorage.length, 0, "to be discarded it need not be read");
    await connect(next);
"#

what_another_client_stored_is_refused_and_untouched r#"
    const options = { durable: true, sessionKey: "k" };
    const client = make(options);
    const one = client.publish("a", "b", { qos: 1 });
    one.catch(() => {});
    await one.stored;
    client.free();
    await unlocked();
    const before = JSON.stringify(localStorage);
    await rejects(make({ ...options, clientId: "you" }).connect(), "SESSION_FOREIGN", "me", "discardSession()");
    await rejects(make({ ...options, protocolVersion: "3.1.1" }).connect(), "SESSION_FOREIGN", "MQTT 5");
    equal(JSON.stringify(localStorage), before);
    equal((await make(options).pending()).length, 1);
"#

sessions_side_by_side_do_not_touch_each_other r#"
    const keys = ["k", "k/o", "k%2Fo", "k/"];
    const clients = [];
    for (const sessionKey of keys) {
        const client = make({ durable: true, sessionKey, clientId: sessionKey });
        const one = client.publish(sessionKey, "b", { qos: 1 });
        one.catch(() => {});
        await one.stored;
        clients.push(client);
    }
    clients[0].on("error", (error) => { throw error; });
    await clients[1].discardSession();
    for (const [i, client] of clients.entries()) {
        equal(client.outgoingMessages.map((m) => m.topic), i === 1 ? [] : [keys[i]]);
        isStored(client, localStorage, keys[i]);
    }
"#

every_kind_of_store_keeps_the_session r#"
    const maps = { sync: new Map(), async: new Map() };
    const sync = {
        map: maps.sync,
        get(key) { return this.map.get(key); },
        set(key, value) { this.map.set(key, value); },
        remove(key) { this.map.delete(key); },
        keys(prefix) { return [...this.map.keys()].filter((key) => key.startsWith(prefix)).values(); },
    };
    const slow = {};
    for (const name of ["get", "set", "remove", "keys"]) slow[name] = async (...args) => {
        await settle();
        return { ...sync, map: maps.async }[name](...args);
    };
    for (const storage of ["session", "memory", sync, slow]) {
        const options = { durable: true, sessionKey: "k", storage };
        const { client, socket: first } = await connected(options);
        const one = client.publish("a", "b", { qos: 2, key: "x" });
        one.catch(() => {});
        await one.stored;
        client.free();
        first.closes();
        await unlocked();
        const next = make(options);
        const pending = await next.pending();
        equal(pending.map((m) => [m.key, m.state]), [["x", "awaiting PUBREC"]]);
        const { socket: second } = await connect(next, { present: true });
        await settle();
        const { id } = second.packets.flat().at(-1);
        const done = new Promise((resolve) => next.on("messageOut", resolve));
        second.says(server.pubrec(id));
        while (!second.packets.flat().some((p) => p.name === "PUBREL")) await settle();
        second.says(server.pubcomp(id));
        equal((await done).key, "x");
        equal((await pending[0].outcome).packetId, id);
        await rejects(next.discardSession(), "USAGE", "disconnect()");
        second.closes();
        await next.discardSession();
        next.free();
        await unlocked();
    }
    equal([sessionStorage.length, maps.sync.size, maps.async.size], [0, 0, 0]);
"#

with_a_slow_store_nothing_is_sent_before_it_is_stored r#"
    const map = new Map();
    const waiting = [];
    let held = false;
    const storage = {
        get: (key) => map.get(key),
        set: (key, value) => new Promise((resolve) => {
            const set = () => { map.set(key, value); resolve(); };
            if (held) waiting.push(set); else set();
        }),
        remove: (key) => void map.delete(key),
        keys: (prefix) => [...map.keys()].filter((key) => key.startsWith(prefix)),
    };
    const { client, socket } = await connected({ durable: true, sessionKey: "k", storage });
    await settle();
    held = true;
    const one = client.publish("a", "1", { qos: 2 });
    one.catch(() => {});
    let stored = false;
    one.stored.then(() => { stored = true; });
    client.publish("a", "0").catch(() => {});
    socket.says(server.publish("in", "x", { qos: 2, id: 3 }));
    await settle();
    equal([waiting.length, socket.heard().length, stored], [1, 0, false], "one thing at a time");
    const heard = [];
    while (waiting.length) {
        waiting.shift()();
        await settle();
        heard.push(...socket.heard().map((p) => p.name));
        if (heard.includes("PUBLISH")) ok([...map.keys()].some((key) => key.includes("/o/")));
        if (heard.includes("PUBREC")) ok(map.has("mooring/k/i/3"), "PUBREC only when the body is stored");
        if (heard.length) ok(!waiting.length || heard.length === 2);
    }
    equal([heard.sort(), stored], [["PUBLISH", "PUBLISH", "PUBREC"], true]);
    held = false;
    isStored(client, Object.fromEntries(map));
"#

a_store_that_fails_closes_the_connection_and_says_why r#"
    const map = new Map();
    let broken = false;
    const storage = {
        get: (key) => map.get(key),
        set(key, value) { if (broken) throw new Error("the disk is gone"); map.set(key, value); },
        remove: (key) => void map.delete(key),
        keys: (prefix) => [...map.keys()].filter((key) => key.startsWith(prefix)),
    };
    const options = { durable: true, sessionKey: "k", storage };
    const { client, socket: first } = await connected(options);
    const errors = [];
    client.on("error", (error) => errors.push(error.message));
    const one = client.publish("a", "1", { qos: 1 });
    one.catch(() => {});
    await one.stored;
    await settle();
    const [{ id }] = first.heard();
    broken = true;
    const ended = new Promise((resolve) => client.on("disconnected", resolve));
    await rejects(client.publish("a", "2", { qos: 1 }), "STORAGE_FAILED");
    first.says(server.publish("in", "2", { qos: 2, id: 5 }), server.puback(id));
    first.closes();
    const end = await ended;
    ok(["STORAGE_FAILED", "CONNECTION_LOST"].includes(end.code), end.code);
    broken = false;
    const { socket: second } = await connect(client, { present: true });
    ok(second);
    const refusing = { ...storage, keys: () => Promise.reject(new Error("the disk is gone")) };
    await rejects(make({ ...options, sessionKey: "other", storage: refusing }).connect(), "STORAGE_FAILED", "the disk is gone");
    const full = { ...storage, set() { throw new DOMException("no room", "QuotaExceededError"); } };
    const third = make({ ...options, sessionKey: "third", storage: full });
    third.on("error", () => {});
    await rejects(third.publish("a", "3", { qos: 1 }), "QUOTA_EXCEEDED", "bytes");
"#

a_damaged_record_stays_where_it_is_while_there_is_no_room_elsewhere r#"
    const options = { durable: true, sessionKey: "k" };
    const { client, socket: first } = await connected(options);
    for (const key of ["one", "two"]) client.publish("a", key.repeat(50), { qos: 1, key }).catch(() => {});
    await settle();
    client.free();
    first.closes();
    await unlocked();
    const [one] = Object.keys(localStorage).filter((key) => key.includes("/o/")).sort();
    const damaged = localStorage.getItem(one).slice(0, -1) + "\u1234";
    localStorage.setItem(one, damaged);
    fill(localStorage, 0);
    // To the last unit.
    for (let i = 0; ; i++) try { localStorage.setItem("fillz" + String.fromCharCode(97 + i), ""); } catch { break; }
    const next = make(options);
    const errors = [];
    next.on("error", (error) => errors.push(error));
    await next.pending();
    await settle();
    const untouched = localStorage.getItem(one);
    empty(localStorage);
    equal([untouched === damaged, errors.map((error) => error.code)], [true, ["RECORD_CORRUPT"]]);
    ok(errors[0].message.includes(`still lies at "${one}"`) && errors[0].message.includes("no room"), errors[0].message);
    const three = next.publish("a", "3", { qos: 1 });
    three.catch(() => {});
    await three.stored;
    equal(localStorage.getItem(one), damaged, "its name is not used again");
    isStored(next, localStorage);
    next.free();
    await unlocked();
    // An earlier one of the same name stays.
    const bad = one.replace("/o/", "/bad/o/");
    localStorage.setItem(bad, "earlier");
    const last = make(options);
    const told = new Promise((resolve) => last.on("error", resolve));
    equal((await last.pending()).length, 2);
    ok((await told).message.includes(`moved to "${bad}.1"`), (await told).message);
    equal([localStorage.getItem(bad), localStorage.getItem(`${bad}.1`), localStorage.getItem(one)], ["earlier", damaged, null]);
    isStored(last, localStorage);
"#

a_damaged_record_survives_a_store_that_fails r#"
    const map = new Map();
    let broken = "";
    const storage = {
        get: (key) => map.get(key),
        set(key, value) { if (broken === "set") throw new Error("read-only today"); map.set(key, value); },
        remove(key) { if (broken === "remove") throw new Error("read-only today"); map.delete(key); },
        keys: (prefix) => [...map.keys()].filter((key) => key.startsWith(prefix)),
    };
    const options = { durable: true, sessionKey: "k", storage };
    const client = make(options);
    const one = client.publish("a", "b", { qos: 1 });
    one.catch(() => {});
    await one.stored;
    client.free();
    await unlocked();
    const key = [...map.keys()].find((key) => key.includes("/o/"));
    const damaged = map.get(key) + "x";
    map.set(key, damaged);
    for (broken of ["set", "remove", "remove", ""]) {
        const next = make(options);
        const errors = [];
        next.on("error", (error) => errors.push(error));
        await next.pending();
        await settle();
        ok([...map.values()].includes(damaged), "destroyed");
        const corrupt = errors.filter((error) => error.code === "RECORD_CORRUPT");
        equal(corrupt.length, 1);
        ok(corrupt[0].message.includes(broken ? `still lies at "${key}"` : "was moved to"), corrupt[0].message);
        next.free();
        await unlocked();
    }
    equal([...map.keys()].filter((key) => key.includes("/o/")), ["mooring/k/bad/o/0"], "one copy");
"#

what_is_cleared_within_a_slow_batch_is_noticed r#"
    let clear = false;
    const sealing = {
        async seal(bytes, name) {
            if (clear && name === "meta") { clear = false; localStorage.clear(); }
            return bytes;
        },
        open: (bytes) => bytes,
    };
    const { client, socket: first } = await connected({ durable: true, sessionKey: "k", sealing });
    const errors = [];
    client.on("error", (error) => errors.push(error.code));
    const one = client.publish("a", "1", { qos: 2 });
    one.catch(() => {});
    await one.stored;
    await settle();
    clear = true;
    first.closes();
    await settle();
    await settle();
    ok(!clear, "meta was sealed");
    const two = client.publish("a", "2", { qos: 2 });
    two.catch(() => {});
    await two.stored;
    await settle();
    await settle();
    equal([errors, Object.keys(localStorage).filter((key) => key.includes("/o/")).length], [["STORAGE_CLEARED"], 2]);
    isStored(client, localStorage);
"#

what_another_document_clears_is_noticed_even_if_meta_was_written_since r#"
    const { client } = await connected({ durable: true, sessionKey: "k" });
    const told = new Promise((resolve) => client.once("error", resolve));
    const one = client.publish("a", "1", { qos: 1 });
    one.catch(() => {});
    await one.stored;
    const meta = localStorage.getItem("mooring/k/meta");
    const frame = document.body.appendChild(document.createElement("iframe"));
    frame.contentWindow.localStorage.clear();
    // As a batch does that was under way.
    localStorage.setItem("mooring/k/meta", meta);
    equal((await told).code, "STORAGE_CLEARED");
    await settle();
    equal(Object.keys(localStorage).filter((key) => key.includes("/o/")).length, 1);
    isStored(client, localStorage);
    frame.remove();
"#

what_was_told_as_not_delivered_is_not_delivered_even_if_the_store_kept_it r#"
    const map = new Map();
    let flaky = false;
    const storage = {
        get: (key) => map.get(key),
        set: async (key, value) => {
            map.set(key, value);
            if (flaky && key.includes("/o/")) throw new Error("timed out waiting for the database");
        },
        remove: (key) => void map.delete(key),
        keys: (prefix) => [...map.keys()].filter((key) => key.startsWith(prefix)),
    };
    const options = { durable: true, sessionKey: "k", storage };
    const { client, socket: first } = await connected(options);
    const lost = [];
    client.on("messageLost", (e) => lost.push(e.certainty));
    flaky = true;
    await rejects(client.publish("a", "order 17", { qos: 2 }), "STORAGE_FAILED");
    equal(first.heard(), []);
    client.free();
    first.closes();
    await unlocked();
    flaky = false;
    const next = make(options);
    equal([lost, (await next.pending()).map((m) => m.topic)], [["not-delivered"], []]);
"#

a_batch_ends_where_a_change_fails_of_what_is_stored r#"
    const map = new Map();
    let failing = false;
    const storage = {
        get: (key) => map.get(key),
        set: (key, value) => {
            if (failing && key.endsWith("/o/0")) { failing = false; throw new Error("just once"); }
            map.set(key, value);
        },
        remove: (key) => void map.delete(key),
        keys: (prefix) => [...map.keys()].filter((key) => key.startsWith(prefix)),
    };
    const options = { durable: true, sessionKey: "k", storage };
    const client = make(options);
    client.on("error", () => {});
    for (const key of ["0", "1"]) {
        const publication = client.publish("a", key, { qos: 2, key });
        publication.catch(() => {});
        await publication.stored;
    }
    const before = JSON.stringify([...map]);
    failing = true;
    client.connect().catch(() => {});
    await turn();
    await settle();
    socket().opens();
    const at = socket();
    at.says(server.connack());
    await settle();
    ok(!failing);
    equal(at.heard().filter((p) => p.name === "PUBLISH"), []);
    const records = (text) => JSON.parse(text).filter(([key]) => key.includes("/o/"));
    equal(records(JSON.stringify([...map])), records(before), "the second is not in flight where the first is not");
"#

one_failure_of_the_browser_s_store_is_not_the_end_of_it r#"
    const options = { durable: true, sessionKey: "k" };
    const { client, socket: first } = await connected(options);
    const ended = new Promise((resolve) => client.on("disconnected", resolve));
    const one = client.publish("a", "pay 100", { qos: 2, key: "one" });
    one.catch(() => {});
    await one.sent;
    const { id } = first.heard().at(-1);
    const set = Storage.prototype.setItem;
    Storage.prototype.setItem = () => { throw new DOMException("not now", "UnknownError"); };
    first.says(server.pubrec(id));
    await settle();
    Storage.prototype.setItem = set;
    first.closes();
    equal((await ended).code, "STORAGE_FAILED");
    const { socket: second } = await connect(client, { present: true });
    await settle();
    const [, again] = second.packets.flat();
    equal([again.name, again.id], ["PUBREL", id]);
    second.says(server.pubcomp(id));
    await one;
    client.free();
    second.closes();
    await unlocked();
    equal(await make(options).pending(), [], "what was acknowledged is not sent again");
"#

subscriptions_there_is_no_room_for_are_told_and_end_nothing r#"
    const { client, socket } = await connected({ durable: true, sessionKey: "k" });
    const errors = [];
    client.on("error", (error) => errors.push(error.code));
    const subscribe = async (filter) => {
        const done = client.subscribe(filter);
        await settle();
        socket.says(server.suback(socket.heard().at(-1).id, [0]));
        await done;
        await settle();
    };
    await subscribe("a");
    fill(localStorage, 100);
    await subscribe("b".repeat(1000));
    equal([errors, client.state], [["QUOTA_EXCEEDED"], "connected"]);
    empty(localStorage);
    client.publish("a", "b", { qos: 1 }).catch(() => {});
    await settle();
    ok(localStorage.getItem("mooring/k/subscriptions").length > 1000);
    isStored(client, localStorage);
"#

storage_that_was_denied_for_a_while_has_everything_afterwards_and_nothing_else r#"
    const options = { durable: true, sessionKey: "k" };
    const { client, socket: first } = await connected(options);
    const errors = [];
    client.on("error", (error) => errors.push(error.code));
    const publish = (key, qos) => {
        const publication = client.publish("a", key, { qos, key });
        publication.catch(() => {});
        return publication;
    };
    const one = publish("one", 1);
    await one.sent;
    const [{ id }] = first.heard();
    let two;
    await withDenied("localStorage", async () => {
        first.says(server.puback(id));
        await one;
        two = publish("two", 2);
        await two.stored;
        await settle();
        equal([errors, client.storageUsage.stored > 0], [["STORAGE_DENIED"], true]);
    });
    ok(localStorage.getItem("mooring/k/o/0"), "as it was left behind");
    await publish("three", 1).stored;
    isStored(client, localStorage);
    client.free();
    first.closes();
    await unlocked();
    equal((await make(options).pending()).map((m) => m.key), ["two", "three"]);
"#
}
