//! Sealing: records and strings that only the application can read.

crate::browser_tests! {

sealed_records_open_with_what_sealed_them r#"
    const flip = (bytes) => bytes.map((byte) => byte ^ 0x5a);
    const names = [];
    const later = { seal: async (bytes, name) => { await settle(); names.push(name); return flip(bytes); }, open: async (bytes) => flip(bytes) };
    const key = await crypto.subtle.generateKey({ name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"]);
    for (const sealing of [{ seal: flip, open: flip }, later, { key }]) {
        const options = { durable: true, sessionKey: "k", sealing };
        const { client, socket: first } = await connected(options);
        const one = client.publish("secret topic", "secret body", { qos: 1, key: "secret key" });
        one.catch(() => {});
        await one.stored;
        await one.sent;
        isStored(client, localStorage);
        ok(Object.keys(localStorage).length > 1);
        for (const [key, value] of Object.entries(localStorage)) ok(value[0] === "S" && !value.includes("secret"), key);
        client.free();
        first.closes();
        await unlocked();
        const before = JSON.stringify(localStorage);
        for (const wrong of [undefined, { seal: flip, open() { throw new Error("no"); } }, { seal: flip, open: async () => "?" }]) {
            await rejects(make({ ...options, sealing: wrong }).pending(), "SESSION_SEALED", "sealing");
        }
        equal(JSON.stringify(localStorage), before, "untouched");
        const next = make(options);
        equal((await next.pending()).map((m) => m.key), ["secret key"]);
        await settle();
        isStored(next, localStorage);
        next.free();
        await unlocked();
        localStorage.clear();
    }
    ok(names.includes("o/0") && names.includes("meta"), names.join());
"#

another_key_and_a_renamed_record_do_not_open r#"
    const generate = () => crypto.subtle.generateKey({ name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"]);
    const options = { durable: true, sessionKey: "k", sealing: { key: await generate() } };
    const client = make(options);
    for (const key of ["one", "two"]) {
        const publication = client.publish("a", key, { qos: 1, key });
        publication.catch(() => {});
        await publication.stored;
    }
    client.free();
    await unlocked();
    await rejects(make({ ...options, sealing: { key: await generate() } }).connect(), "SESSION_SEALED");
    const [one, two] = Object.keys(localStorage).filter((key) => key.includes("/o/")).sort();
    localStorage.setItem(one, localStorage.getItem(two));
    const next = make(options);
    const errors = [];
    next.on("error", (error) => errors.push(error.code));
    equal((await next.pending()).map((m) => m.key), ["two"]);
    await settle();
    equal(errors, ["RECORD_CORRUPT"]);
"#

what_was_stored_in_the_clear_is_taken_over_and_sealed r#"
    const plain = make({ durable: true, sessionKey: "k" });
    const one = plain.publish("a", "secret", { qos: 1 });
    one.catch(() => {});
    await one.stored;
    plain.free();
    await unlocked();
    ok(JSON.stringify(localStorage).includes("secret"));
    const key = await crypto.subtle.generateKey({ name: "AES-GCM", length: 128 }, false, ["encrypt", "decrypt"]);
    const client = make({ durable: true, sessionKey: "k", sealing: { key } });
    equal((await client.pending()).length, 1);
    while (Object.values(localStorage).some((value) => value[0] !== "S")) await settle();
    await settle();
    isStored(client, localStorage);
"#

a_sealing_that_fails_is_a_store_that_fails r#"
    let works = true;
    const seal = (bytes) => { if (works) return bytes; throw new Error("the key is gone"); };
    const { client, socket } = await connected({ durable: true, sessionKey: "k", sealing: { seal, open: seal } });
    works = false;
    const errors = [];
    client.on("error", (error) => errors.push(error.message));
    await rejects(client.publish("a", "b", { qos: 1 }), "STORAGE_FAILED");
    await settle();
    equal(socket.heard().filter((p) => p.name === "PUBLISH"), []);
"#

strings_are_sealed_too r#"
    const flip = (bytes) => bytes.map((byte) => byte ^ 0xa5);
    const sealing = { seal: flip, open: flip };
    const later = { seal: async (bytes) => flip(bytes), open: async (bytes) => flip(bytes) };
    const { client } = await connected({ cleanSession: false, sealing });
    client.publish("a", "b", { qos: 1 }).catch(() => {});
    const text = client.saveSession();
    ok(/^mooring-sealed1:[\w-]+$/.test(text), text);
    const next = make({ sealing });
    next.restoreSession(text);
    equal(next.outgoingMessages.length, 1);
    throws(() => make({}).restoreSession(text), "SESSION_SEALED", "sealing");
    throws(() => make({ sealing }).restoreSession(text.slice(0, -9)), "SESSION_CORRUPT");
    const slow = make({ sealing: later });
    throws(() => slow.restoreSession(text), "USAGE", "importSession()");
    throws(() => slow.saveSession(), "USAGE", "exportSession()");
    await slow.importSession(text);
    equal([slow.outgoingMessages.length, slow.cleanSession], [1, false]);
    const exported = await slow.exportSession();
    ok(exported.startsWith("mooring-sealed1:"));
    next.discardSession();
    next.restoreSession(exported);
    await rejects(slow.importSession("mooring-sealed1:***"), "SESSION_CORRUPT");
    const keyed = make({ cleanSession: false, sealing: later, sessionKey: "k" });
    await keyed.exportSession();
    equal(localStorage.getItem("mooring/k/saved").slice(0, 16), "mooring-sealed1:");
    await make({ sealing: later, sessionKey: "k" }).importSession();
"#

a_client_freed_while_its_session_is_being_sealed_saves_nothing r#"
    let sealed;
    const sealing = { seal: (bytes) => new Promise((resolve) => { sealed = () => resolve(bytes); }), open: async (bytes) => bytes };
    const client = make({ cleanSession: false, sealing, sessionKey: "k" });
    client.publish("a", "b", { qos: 1 }).catch(() => {});
    const exported = client.exportSession();
    await settle();
    client.free();
    sealed();
    await rejects(exported, "USAGE", "freed");
    equal(localStorage.getItem("mooring/k/saved"), null);
"#

records_that_open_to_nonsense_are_untouched r#"
    const xor = (by) => ({ seal: (bytes) => bytes.map((b) => b ^ by), open: (bytes) => bytes.map((b) => b ^ by) });
    const options = { durable: true, sessionKey: "k", clientId: "" };
    const client = make({ ...options, sealing: xor(1) });
    const one = client.publish("a", "1", { qos: 1 });
    one.catch(() => {});
    await one.stored;
    client.free();
    await unlocked();
    const before = JSON.stringify(localStorage);
    const wrong = make({ ...options, sealing: xor(2) });
    await rejects(wrong.pending(), "SESSION_SEALED");
    equal(JSON.stringify(localStorage), before);
    wrong.free();
    await unlocked();
    equal((await make({ ...options, sealing: xor(1) }).pending()).length, 1);
"#

a_record_of_another_session_under_the_same_key_does_not_open r#"
    const key = await crypto.subtle.generateKey({ name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"]);
    const options = { durable: true, sealing: { key } };
    for (const sessionKey of ["j", "k"]) {
        const client = make({ ...options, sessionKey });
        const one = client.publish("a", sessionKey, { qos: 1, key: sessionKey });
        one.catch(() => {});
        await one.stored;
        client.free();
        await unlocked();
    }
    localStorage.setItem("mooring/k/o/0", localStorage.getItem("mooring/j/o/0"));
    const next = make({ ...options, sessionKey: "k" });
    const told = new Promise((resolve) => next.on("error", resolve));
    equal([await next.pending(), (await told).code], [[], "RECORD_CORRUPT"]);
"#
}
