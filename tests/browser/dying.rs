//! Pages that die at any moment, with stores that take their time: nothing is lost and nothing doubled.
//!
//! The machine is held to this at every single step elsewhere (`tests/crash.rs`); here it is what lies between
//! it and a store that answers with promises.

crate::browser_tests! {

a_page_that_dies_at_any_moment_loses_nothing_and_doubles_nothing r#"
    let seed = 7;
    const random = (below) => (seed = (seed * 48271) % 2147483647) % below;
    // Turns without the delay that the platform adds to nested timers.
    const { port1, port2 } = new MessageChannel();
    const ticking = [];
    port1.onmessage = () => ticking.shift()();
    const tick = () => new Promise((resolve) => { ticking.push(resolve); port2.postMessage(0); });
    const flip = (bytes) => bytes.map((byte) => byte ^ 0x5a);
    // No lock: a page that died without letting go of it would have the browser do so.
    Object.defineProperty(navigator, "locks", { configurable: true, value: undefined });

    /** A store that is as it was when its page died, whatever the page still had in hand. */
    const storeOf = (map, life) => {
        const later = async (act) => {
            for (let turns = random(3); turns > 0; turns--) await tick();
            return life.over ? new Promise(() => {}) : act();
        };
        return {
            get: (key) => later(() => map.get(key)),
            set: (key, value) => later(() => void map.set(key, value)),
            remove: (key) => later(() => void map.delete(key)),
            keys: (prefix) => later(() => [...map.keys()].filter((key) => key.startsWith(prefix))),
        };
    };
    const sync = (map, life) => ({
        get: (key) => map.get(key),
        set: (key, value) => { if (!life.over) map.set(key, value); },
        remove: (key) => { if (!life.over) map.delete(key); },
        keys: (prefix) => [...map.keys()].filter((key) => key.startsWith(prefix)),
    });
    const sealing = { seal: async (bytes) => { if (random(2)) await tick(); return flip(bytes); }, open: async (bytes) => flip(bytes) };

    try {
        for (const [store, options] of [[storeOf, {}], [storeOf, { sealing }], [sync, {}], [sync, { sealing }]]) for (const protocolVersion of ["5", "3.1.1"]) {
            const map = new Map();
            const broker = { exists: false, held: new Set(), got: { 1: [], 2: [] } };
            const properties = protocolVersion === "5" ? [] : null;
            const answer = (made, packets) => {
                for (const { name, id, qos, body, topic } of packets) {
                    if (name === "CONNECT") {
                        if (body[7] & 2) { broker.held.clear(); broker.exists = false; }
                        made.says(server.connack({ present: broker.exists, properties }));
                        broker.exists = protocolVersion === "5" || !(body[7] & 2);
                    } else if (name === "PUBLISH") {
                        const number = +topic.slice(2);
                        if (qos === 1) { broker.got[1].push(number); made.says(server.puback(id)); continue; }
                        if (!broker.held.has(id)) broker.got[2].push(number);
                        broker.held.add(id);
                        made.says(server.pubrec(id));
                    } else if (name === "PUBREL") { broker.held.delete(id); made.says(server.pubcomp(id)); }
                }
            };
            const stored = { 1: new Set(), 2: new Set() };
            let number = 0;
            for (let page = 0; page < 12; page++) {
                const last = page === 11;
                const life = { over: false };
                const client = make({ ...options, durable: true, sessionKey: "k", protocolVersion, storage: store(map, life), inflightWindow: 4 });
                client.on("error", (error) => { if (error.code !== "LOCKS_UNAVAILABLE") throw error; });
                client.connect().catch(() => {});
                let done = false;
                const turns = 10 + random(40);
                for (let turn = 0; last ? !done : turn < turns; turn++) {
                    if (!last && random(3) === 0) {
                        const qos = 1 + random(2);
                        const mine = number++;
                        const publication = client.publish(`t/${mine}`, "x", { qos });
                        publication.catch(() => {});
                        publication.stored.then(() => { if (!life.over) stored[qos].add(mine); }, () => {});
                    }
                    const made = socket();
                    if (made?.readyState === 0) made.opens();
                    else if (made?.readyState === 2) made.closes();
                    else if (made?.readyState === 1 && random(2)) answer(made, made.heard());
                    await tick();
                    done = client.connected && client.outgoingMessages.length === 0 && [...map.keys()].every((key) => !key.includes("/o/"));
                    ok(turn < 3000, "it never comes to an end");
                }
                life.over = true;
                if (last) isStored(client, Object.fromEntries(map));
                client.free();
                for (const made of FakeSocket.made.splice(0)) made.closes();
            }
            const what = `${protocolVersion} ${store.name} ${Object.keys(options)}`;
            for (const qos of [1, 2]) {
                const got = broker.got[qos];
                const missing = [...stored[qos]].filter((number) => !got.includes(number));
                equal(missing, [], `${what}: lost at QoS ${qos}`);
            }
            equal(broker.got[2], [...new Set(broker.got[2])].sort((a, b) => a - b), `${what}: QoS 2 once and in order`);
            equal([...new Set(broker.got[1])], [...new Set(broker.got[1])].sort((a, b) => a - b), `${what}: QoS 1 in order`);
            ok(stored[2].size > 5, String(stored[2].size));
        }
    } finally {
        port1.close();
        delete navigator.locks;
    }
"#
}
