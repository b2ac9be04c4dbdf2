//! Packs: what many messages of one turn cost a store, and that each of them is as safe there as alone.

crate::browser_tests! {

messages_that_one_turn_publishes_lie_together_and_go_together r#"
    const { client, socket } = await connected({ durable: true, sessionKey: "k" });
    const { setItem, removeItem } = Storage.prototype;
    let calls = 0;
    for (const [name, real] of Object.entries({ setItem, removeItem })) {
        Storage.prototype[name] = function (...args) { calls++; return real.apply(this, args); };
    }
    try {
        const all = Array.from({ length: 1000 }, (_, i) => client.publish("some/topic", `payload ${i}`, { qos: 1 }));
        await settle();
        ok(calls <= 50, `${calls} calls to store 1,000 messages`);
        isStored(client, localStorage);
        const before = socket.sent.length;
        const ids = socket.heard().map(({ id }) => id);
        equal([ids.length, before], [1000, socket.sent.length]);
        calls = 0;
        socket.says(...ids.map((id) => server.puback(id)));
        equal((await Promise.all(all)).map(({ packetId }) => packetId), ids);
        ok(calls <= 50, `${calls} calls to remove them`);
        equal(Object.keys(localStorage), ["mooring/k/meta"]);
        isStored(client, localStorage);
    } finally {
        Object.assign(Storage.prototype, { setItem, removeItem });
    }
"#

a_message_that_goes_alone_leaves_the_others_where_they_are r#"
    const options = { durable: true, sessionKey: "k" };
    const { client, socket } = await connected(options);
    for (let i = 0; i < 10; i++) client.publish("a", `payload ${i}`, { qos: 1, key: String(i) }).catch(() => {});
    await settle();
    equal(Object.keys(localStorage).sort(), ["mooring/k/meta", "mooring/k/p/0"]);
    const length = localStorage.getItem("mooring/k/p/0").length;
    const ids = socket.heard().map(({ id }) => id);
    for (const place of [3, 0, 9]) socket.says(server.puback(ids[place]));
    ok(localStorage.getItem("mooring/k/p/0").length < length, "what is left");
    isStored(client, localStorage);
    client.free();
    socket.closes();
    await unlocked();
    const next = make(options);
    equal((await next.pending()).map(({ key }) => key), ["1", "2", "4", "5", "6", "7", "8"]);
    const { socket: later } = await connect(next, { present: true });
    const again = later.packets.flat().filter(({ name }) => name === "PUBLISH");
    equal(again.map(({ id, dup }) => [id, dup]), [1, 2, 4, 5, 6, 7, 8].map((place) => [ids[place], true]));
    later.says(...again.map(({ id }) => server.puback(id)));
    equal(Object.keys(localStorage), ["mooring/k/meta"]);
    isStored(next, localStorage);
"#

handshakes_go_on_within_a_pack r#"
    const options = { durable: true, sessionKey: "k" };
    const { client, socket } = await connected(options);
    const all = Array.from({ length: 10 }, () => client.publish("a", "b".repeat(50), { qos: 2 }));
    for (const one of all) one.catch(() => {});
    await settle();
    const length = localStorage.getItem("mooring/k/p/0").length;
    const ids = socket.heard().map(({ id }) => id);
    socket.says(...ids.slice(0, 9).map((id) => server.pubrec(id)));
    ok(localStorage.getItem("mooring/k/p/0").length < length - 9 * 50 + 1, "without the bodies");
    isStored(client, localStorage);
    client.free();
    socket.closes();
    await unlocked();
    const { client: next, socket: later } = await connected(options, { present: true });
    const names = later.packets.flat().slice(1).map(({ name }) => name);
    equal(names.sort(), [...Array(9).fill("PUBREL"), "PUBLISH"].sort());
    later.says(...ids.slice(0, 9).map((id) => server.pubcomp(id)));
    equal(next.outgoingMessages.length, 1);
    ok(localStorage.getItem("mooring/k/p/0"), "the last one still lies there");
    later.says(server.pubrec(ids[9]), server.pubcomp(ids[9]));
    equal(Object.keys(localStorage), ["mooring/k/meta"]);
"#

a_pack_that_is_damaged_is_put_aside_and_what_can_be_read_is_restored r#"
    const options = { durable: true, sessionKey: "k" };
    for (const damage of [(text) => text.slice(0, -5), (text) => `${text.slice(0, -20)}\xff${text.slice(-19)}`]) {
        const client = make(options);
        const all = Array.from({ length: 10 }, (_, i) => client.publish("a", `payload ${i}`, { qos: 1, key: String(i) }));
        for (const one of all) one.catch(() => {});
        await Promise.all(all.map((one) => one.stored));
        client.free();
        await unlocked();
        const damaged = damage(localStorage.getItem("mooring/k/p/0"));
        localStorage.setItem("mooring/k/p/0", damaged);
        const next = make(options);
        const errors = [];
        next.on("error", (error) => errors.push(error));
        equal((await next.pending()).map(({ key }) => key), ["0", "1", "2", "3", "4", "5", "6", "7", "8"]);
        await settle();
        equal(errors.map(({ code }) => code), ["RECORD_CORRUPT"]);
        ok(errors[0].message.includes("mooring/k/bad/p/0"), errors[0].message);
        equal([localStorage.getItem("mooring/k/bad/p/0"), localStorage.getItem("mooring/k/p/0")], [damaged, null]);
        isStored(next, localStorage);
        next.free();
        await unlocked();
        const third = make(options);
        equal((await third.pending()).length, 9, "they lie elsewhere");
        await third.discardSession();
        equal(localStorage.length, 0);
        third.free();
        await unlocked();
    }
"#

a_damaged_pack_that_was_discarded_takes_no_later_one_with_it r#"
    const options = { durable: true, sessionKey: "k" };
    const publish = async (client) => {
        const all = Array.from({ length: 10 }, () => client.publish("a", "b", { qos: 1 }));
        for (const one of all) one.catch(() => {});
        await Promise.all(all.map((one) => one.stored));
    };
    const client = make(options);
    await publish(client);
    client.free();
    await unlocked();
    localStorage.setItem("mooring/k/p/0", localStorage.getItem("mooring/k/p/0").slice(0, -5));
    const next = make(options);
    next.on("error", () => {});
    await Promise.all([next.pending(), next.discardSession()]);
    await publish(next);
    ok(localStorage.getItem("mooring/k/p/0"), "the new one lies there");
    isStored(next, localStorage);
    next.free();
    await unlocked();
    equal((await make(options).pending()).length, 10);
"#

a_pack_of_a_newer_format_is_not_touched r#"
    const options = { durable: true, sessionKey: "k" };
    const client = make(options);
    const all = Array.from({ length: 10 }, () => client.publish("a", "b", { qos: 1 }));
    for (const one of all) one.catch(() => {});
    await Promise.all(all.map((one) => one.stored));
    client.free();
    await unlocked();
    const newer = `\x02${localStorage.getItem("mooring/k/p/0").slice(1)}`;
    localStorage.setItem("mooring/k/p/0", newer);
    await rejects(make(options).pending(), "SESSION_NEWER_FORMAT");
    equal(localStorage.getItem("mooring/k/p/0"), newer);
"#

where_there_is_no_room_for_a_pack_some_of_its_messages_have_some r#"
    const { client, socket } = await connected({ durable: true, sessionKey: "k" });
    client.publish("a", "meta is written", { qos: 1 }).catch(() => {});
    await settle();
    fill(localStorage, 1000);
    const all = Array.from({ length: 20 }, (_, i) => client.publish("a", "b".repeat(100), { qos: 1, key: String(i) }));
    const outcomes = await Promise.all(all.map((one) => one.stored.then(() => "stored", ({ code }) => code)));
    for (const one of all) one.catch(() => {});
    const stored = outcomes.filter((it) => it === "stored").length;
    ok(stored > 0 && stored < 10, outcomes.join());
    equal(outcomes.filter((it) => it === "QUOTA_EXCEEDED").length, 20 - stored);
    await settle();
    isStored(client, localStorage);
    equal(client.outgoingMessages.length, 1 + stored);
    empty(localStorage);
    socket.says(...socket.packets.flat().filter(({ name }) => name === "PUBLISH").map(({ id }) => server.puback(id)));
    equal(client.outgoingMessages, []);
"#

where_all_is_full_what_lies_in_packs_still_goes r#"
    const { client, socket } = await connected({ durable: true, sessionKey: "k" });
    for (let i = 0; i < 10; i++) client.publish("a", "b", { qos: 2 }).catch(() => {});
    await settle();
    fill(localStorage, 0);
    const ids = socket.heard().map(({ id }) => id);
    for (const id of ids) socket.says(server.pubrec(id));
    for (const id of ids) socket.says(server.pubcomp(id));
    equal([client.outgoingMessages, client.state], [[], "connected"]);
    empty(localStorage);
    isStored(client, localStorage);
"#

what_lies_in_packs_is_sealed_once_that_is_asked_for r#"
    const options = { durable: true, sessionKey: "k" };
    const client = make(options);
    const all = Array.from({ length: 10 }, (_, i) => client.publish("a", `secret ${i}`, { qos: 1 }));
    for (const one of all) one.catch(() => {});
    await Promise.all(all.map((one) => one.stored));
    client.free();
    await unlocked();
    ok(localStorage.getItem("mooring/k/p/0").includes("secret 9"));
    const key = await crypto.subtle.generateKey({ name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"]);
    const sealed = make({ ...options, sealing: { key } });
    equal((await sealed.pending()).length, 10);
    while (localStorage.getItem("mooring/k/p/0")) await settle();
    equal(Object.values(localStorage).filter((text) => !text.startsWith("S")), []);
    isStored(sealed, localStorage);
    sealed.free();
    await unlocked();
    equal((await make({ ...options, sealing: { key } }).pending()).length, 10);
"#

packs_that_somebody_removed_are_written_again r#"
    const { client, socket } = await connected({ durable: true, sessionKey: "k" });
    const errors = [];
    client.on("error", ({ code }) => errors.push(code));
    for (let i = 0; i < 10; i++) client.publish("a", "b", { qos: 1 }).catch(() => {});
    await settle();
    localStorage.clear();
    const ids = socket.heard().map(({ id }) => id);
    socket.says(server.puback(ids[4]));
    await settle();
    equal(errors, ["STORAGE_CLEARED"]);
    isStored(client, localStorage);
    client.free();
    socket.closes();
    await unlocked();
    equal((await make({ durable: true, sessionKey: "k" }).pending()).length, 9);
"#

what_is_missing_from_a_pack_when_it_changes_is_written_again r#"
    const { client, socket } = await connected({ durable: true, sessionKey: "k" });
    const errors = [];
    client.on("error", ({ code }) => errors.push(code));
    for (let i = 0; i < 10; i++) client.publish("a", "b", { qos: 1, key: String(i) }).catch(() => {});
    await settle();
    localStorage.setItem("mooring/k/p/0", localStorage.getItem("mooring/k/p/0").slice(0, 100));
    const ids = socket.heard().map(({ id }) => id);
    socket.says(server.puback(ids[0]));
    await settle();
    equal(errors, ["STORAGE_CLEARED"]);
    isStored(client, localStorage);
    client.free();
    socket.closes();
    await unlocked();
    const left = await make({ durable: true, sessionKey: "k" }).pending();
    equal(left.map(({ key }) => key), ["1", "2", "3", "4", "5", "6", "7", "8", "9"]);
"#

where_storage_is_denied_from_now_on_packs_go_on_in_memory r#"
    const { client, socket } = await connected({ durable: true, sessionKey: "k" });
    const errors = [];
    client.on("error", ({ code }) => errors.push(code));
    for (let i = 0; i < 10; i++) client.publish("a", "b", { qos: 1 }).catch(() => {});
    await settle();
    const ids = socket.heard().map(({ id }) => id);
    await withDenied("localStorage", async () => {
        socket.says(server.puback(ids[4]));
        await settle();
        equal(errors, ["STORAGE_DENIED"]);
        equal(client.outgoingMessages.length, 9);
        for (let i = 0; i < 10; i++) client.publish("a", "b", { qos: 1 }).catch(() => {});
        await settle();
    });
    socket.says(server.puback(ids[0]));
    await settle();
    isStored(client, localStorage);
    client.free();
    socket.closes();
    await unlocked();
    equal((await make({ durable: true, sessionKey: "k" }).pending()).length, 18);
"#

}
