//! Options and arguments: what is accepted, what is refused, and what the refusal says.

crate::browser_tests! {

every_option_can_be_given_read_and_set r#"
    const given = {
        url: "wss://a/b", clientId: "c", cleanSession: false, protocolVersion: "3.1.1", username: "u", keepAlive: 5,
        will: { topic: "w", payload: new Uint8Array([1]), qos: 1, retain: true }, sessionKey: "k", storage: "memory",
        sessionExpiryInterval: 10, receiveMaximum: 11, inflightWindow: 12, maximumPacketSize: 13,
        topicAliasMaximum: 14, automaticTopicAliases: true, checkPayloadFormat: true, userProperties: [["a", "b"], ["a", "c"]], timeout: 1.5, republishInterval: 2.5,
        whenSessionLost: "discard", resumeWithoutState: true, websocketProtocol: "mqttv3.1",
        durable: true, sessionInUse: "wait", sealing: { seal: (bytes) => bytes, open: (bytes) => bytes }, manualAck: true,
        reconnect: { minDelay: 0.5, maxDelay: 30, jitter: false, attempts: 7, stableAfter: 2.5 }, resubscribe: false,
        followServerReference: true, prepareConnect: () => {}, authenticate: { method: "M", step: () => {} }, sendHighWaterMark: 17,
    };
    const store = new (class { get() {} set() {} remove() {} keys() { return []; } })();
    const decide = () => "discard";
    const client = make({ ...given, password: "secret" });
    for (const [name, value] of Object.entries(given)) equal(client[name], value, name);
    equal(client.password, undefined, "a password cannot be read");
    const other = make({});
    for (const [name, value] of Object.entries(given)) {
        other[name] = value;
        equal(other[name], value, name);
    }
    other.storage = store;
    other.whenSessionLost = decide;
    ok(other.storage === store && other.whenSessionLost === decide && other.sealing === given.sealing);
    other.storage = "local";
    other.whenSessionLost = "republish";
    equal([other.storage, other.whenSessionLost], ["local", "republish"]);
    ok(client.prepareConnect === given.prepareConnect && client.authenticate === given.authenticate);
    other.url = ["ws://a", "wss://b"];
    equal(other.url, ["ws://a", "wss://b"]);
    const follow = () => undefined;
    other.followServerReference = follow;
    ok(other.followServerReference === follow);
    other.reconnect = false;
    equal(other.reconnect, false);
    const defaults = { minDelay: 1, maxDelay: 60, jitter: true, attempts: Infinity, stableAfter: 10 };
    for (const value of [true, {}, undefined]) {
        other.reconnect = value;
        equal(Object.entries(other.reconnect).map(([name, value]) => [name, String(value)]),
            Object.entries(defaults).map(([name, value]) => [name, String(value)]));
    }
"#

undefined_takes_an_option_back_to_its_default r#"
    const fresh = new MqttClient();
    const client = make({
        cleanSession: undefined, keepAlive: 5, username: "u", will: { topic: "w" }, sessionKey: "k", timeout: 1,
        sessionExpiryInterval: 1, topicAliasMaximum: 1, automaticTopicAliases: true, checkPayloadFormat: true, userProperties: [["a", "b"]], storage: "memory",
    });
    equal(client.cleanSession, true);
    for (const [name, value] of Object.entries({ reconnect: false, resubscribe: false, followServerReference: true, prepareConnect() {},
        authenticate: { method: "M", step() {} }, sendHighWaterMark: 5, url: ["ws://a"] })) {
        client[name] = value;
        client[name] = undefined;
        equal(client[name], fresh[name], name);
    }
    equal([fresh.url, fresh.resubscribe, fresh.followServerReference, fresh.sendHighWaterMark], ["", true, false, 1048576]);
    for (const name of ["keepAlive", "username", "will", "sessionKey", "timeout", "sessionExpiryInterval",
        "topicAliasMaximum", "automaticTopicAliases", "checkPayloadFormat", "userProperties", "storage"]) {
        client[name] = undefined;
        equal(client[name], fresh[name], name);
    }
    equal(fresh.keepAlive, 60);
    equal([fresh.topicAliasMaximum, fresh.automaticTopicAliases, fresh.checkPayloadFormat], [16, false, false]);
    equal(fresh.protocolVersion, "5");
    fresh.free();
"#

an_unknown_option_is_refused_by_name r#"
    throws(() => new MqttClient({ cleanSesion: true }), "USAGE", "cleanSesion");
    throws(() => new MqttClient("ws://server"), "USAGE", "object");
    throws(() => new MqttClient({ will: { topic: "a", topics: "b" } }), "USAGE", "topics");
    const { client } = await connected();
    await rejects(client.publish("a", "b", { qso: 1 }), "USAGE", "qso");
    await rejects(client.subscribe("a", { qso: 1 }), "USAGE", "qso");
    await rejects(client.subscribe({ "a/b": { qso: 1 } }), "USAGE", "qso", "a/b");
    await rejects(client.disconnect({ code: 1 }), "USAGE", "code");
    throws(() => client.on("message", () => {}), "USAGE", "message");
    throws(() => client.off("message", () => {}), "USAGE", "message");
"#

an_ill_typed_option_is_refused_with_what_it_should_be r#"
    const bad = {
        url: 1, clientId: 1, cleanSession: 1, protocolVersion: 5, username: {}, password: 5, keepAlive: -1, will: "w",
        sessionKey: 1, storage: "disk", sessionExpiryInterval: 2 ** 32, receiveMaximum: 0, inflightWindow: 65536,
        maximumPacketSize: 0, topicAliasMaximum: "1", automaticTopicAliases: 1, checkPayloadFormat: "yes", userProperties: { a: "b" }, timeout: -1, republishInterval: NaN,
        whenSessionLost: "republsh", resumeWithoutState: "yes", websocketProtocol: null,
        durable: 1, sessionInUse: "ask", sealing: { seal: () => {} }, manualAck: "no",
        reconnect: 5, resubscribe: 1, followServerReference: "yes", prepareConnect: {}, authenticate: { method: "M" },
        sendHighWaterMark: 0,
    };
    const client = make({});
    for (const [name, value] of Object.entries(bad)) {
        const before = client[name];
        throws(() => new MqttClient({ [name]: value }), "USAGE", name, "must be");
        throws(() => { client[name] = value; }, "USAGE", name, "must be");
        equal(client[name], before, `${name} is as it was`);
    }
    throws(() => { client.storage = { get() {}, set() {}, remove() {} }; }, "USAGE", "storage", "keys");
    throws(() => { client.sealing = { key: "secret" }; }, "USAGE", "AES-GCM");
    for (const url of [[], ["ws://a", 1], new Proxy(["ws://a"], { get() { throw new Error("no"); } })]) {
        throws(() => { client.url = url; }, "USAGE", "url", "array");
    }
    equal(client.url, "ws://server");
    for (const [name, value] of Object.entries({ minDelay: 0, maxDelay: -1, jitter: 1, attempts: -1, stableAfter: "x" })) {
        throws(() => { client.reconnect = { [name]: value }; }, "USAGE", `reconnect.${name}`, "must be");
    }
    throws(() => { client.reconnect = { minDelay: 2, maxDelay: 1 }; }, "USAGE", "reconnect.maxDelay", "reconnect.minDelay");
    throws(() => { client.reconnect = { delay: 2 }; }, "USAGE", "delay");
    throws(() => { client.authenticate = { method: "", step() {} }; }, "USAGE", "authenticate", "method");
    throws(() => { client.keepAlive = 1.5; }, "USAGE", "keepAlive", "0 to 65535");
    throws(() => { client.will = {}; }, "INVALID_TOPIC", "will.topic");
    throws(() => { client.will = { topic: "a/#" }; }, "INVALID_TOPIC", "will.topic");
    throws(() => { client.userProperties = [["a"]]; }, "USAGE", "pairs");
    throws(() => client.on("connected", "handler"), "USAGE", "handler", "function");
"#

options_cannot_be_changed_while_there_is_a_connection r#"
    const client = make({});
    const promise = client.connect();
    await turn();
    throws(() => { client.clientId = "other"; }, "USAGE", "clientId", "disconnect()");
    throws(() => { client.password = "other"; }, "USAGE", "password");
    socket().opens();
    socket().says(server.connack());
    await promise;
    throws(() => { client.cleanSession = false; }, "USAGE", "cleanSession");
    const gone = client.disconnect();
    throws(() => { client.cleanSession = false; }, "USAGE", "cleanSession");
    await settle();
    socket().closes(1000);
    await gone;
    client.cleanSession = false;
    equal(client.cleanSession, false);
"#

arguments_of_publish_are_checked_before_anything_is_sent r#"
    const { client, socket } = await connected();
    await rejects(client.publish("a/+", ""), "INVALID_TOPIC", "a/+");
    await rejects(client.publish("a\0b", "", { qos: 2 }), "INVALID_TOPIC", "U+0000");
    await rejects(client.publish("", ""), "INVALID_TOPIC", "empty");
    await rejects(client.publish(1, ""), "USAGE", "topic", "string");
    await rejects(client.publish("a", { json: true }), "USAGE", "payload", "Uint8Array");
    await rejects(client.publish("a"), "USAGE", "payload");
    await rejects(client.publish("a", "", { qos: 3 }), "USAGE", "qos", "0, 1 or 2");
    await rejects(client.publish("a", "", { retain: 1 }), "USAGE", "retain");
    await rejects(client.publish("a", "", { payloadFormat: 1 }), "USAGE", "payloadFormat");
    await rejects(client.publish("a", "", { responseTopic: "b/#" }), "INVALID_TOPIC", "b/#");
    await rejects(client.publish("a", "", { subscriptionIdentifiers: [1] }), "USAGE", "subscriptionIdentifiers");
    await rejects(client.publish("a", "", { contentType: "\0" }), "USAGE", "contentType");
    await settle();
    equal(socket.heard(), []);
    equal(client.outgoingMessages, []);
"#

what_throws_when_it_is_read_is_refused_as_well r#"
    const { client, socket } = await connected();
    const no = () => { throw new Error("no"); };
    const revoked = (target) => {
        const { proxy, revoke } = Proxy.revocable(target, {});
        revoke();
        return proxy;
    };
    const unreadable = [new Proxy({}, { ownKeys: no }), { get qos() { return no(); } }, revoked({}), revoked([])];
    for (const object of unreadable) {
        await rejects(client.publish("a", "b", object), "USAGE");
        await rejects(client.subscribe("a", object), "USAGE");
        await rejects(client.subscribe(object), "USAGE");
        await rejects(client.subscribe({ a: object }), "USAGE");
        await rejects(client.disconnect(object), "USAGE");
        throws(() => new MqttClient(object), "USAGE");
        throws(() => { make({}).will = object; }, "USAGE");
    }
    const endless = Object.assign(["a"], { [Symbol.iterator]: no });
    for (const list of [endless, new Proxy(["a"], { get: no }), revoked(["a"])]) {
        await rejects(client.subscribe(list), "USAGE");
        await rejects(client.unsubscribe(list), "USAGE");
        await rejects(client.publish("a", "b", { userProperties: list }), "USAGE", "userProperties");
        await rejects(client.publish("a", "b", { userProperties: [list] }), "USAGE", "userProperties");
        throws(() => { make({}).userProperties = list; }, "USAGE", "userProperties");
    }
    const likes = [new Uint8Array(1), new ArrayBuffer(1)].flatMap((real) =>
        [new Proxy(real, {}), new Proxy(real, { get: no }), revoked(real), Object.create(Object.getPrototypeOf(real))]);
    for (const like of likes) {
        await rejects(client.publish("a", like), "USAGE", "payload");
        await rejects(client.publish("a", "b", { correlationData: like }), "USAGE", "correlationData");
    }
    await settle();
    equal(socket.heard(), []);
"#

properties_in_3_1_1_are_refused r#"
    const { client } = await connected({ protocolVersion: "3.1.1" });
    await rejects(client.publish("a", "b", { contentType: "c" }), "USAGE", "MQTT 5");
    await rejects(client.subscribe("a", { noLocal: true }), "USAGE", "MQTT 5");
    await rejects(client.disconnect({ reasonCode: 4 }), "USAGE", "MQTT 5");
    await rejects(make({ protocolVersion: "3.1.1", userProperties: [["a", "b"]] }).connect(), "USAGE", "MQTT 5");
    await rejects(make({ republishInterval: 1 }).connect(), "USAGE", "3.1.1");
"#

filters_take_three_forms r#"
    const { client, socket } = await connected();
    client.subscribe("a", { qos: 1, subscriptionIdentifier: 7 }).catch(() => {});
    client.subscribe(["a", "b"]).catch(() => {});
    client.subscribe({ a: 2, b: { qos: 1, noLocal: true, retainAsPublished: true, retainHandling: 2 } }).catch(() => {});
    client.unsubscribe("a").catch(() => {});
    await settle();
    const bodies = socket.heard().map((packet) => [...packet.body.slice(2)]);
    equal(bodies, [
        [2, 0x0b, 7, 0, 1, 97, 1],
        [0, 0, 1, 97, 0, 0, 1, 98, 0],
        [0, 0, 1, 97, 2, 0, 1, 98, 0b101101],
        [0, 0, 1, 97],
    ]);
    await rejects(client.subscribe([]), "USAGE", "filter");
    await rejects(client.subscribe({}), "USAGE", "filter");
    await rejects(client.subscribe(1), "USAGE", "filters");
    await rejects(client.subscribe({ a: 3 }), "USAGE", "a", "0, 1 or 2");
    await rejects(client.subscribe("a#"), "INVALID_TOPIC", "a#");
    await rejects(client.unsubscribe([1]), "USAGE", "filters");
    await rejects(client.unsubscribe("a/#/b"), "INVALID_TOPIC", "a/#/b");
"#

payloads_are_text_bytes_or_buffers r#"
    const { client, socket } = await connected();
    const bytes = new Uint8Array([9, 1, 2, 3]);
    client.publish("t", "é");
    client.publish("t", bytes.subarray(1));
    client.publish("t", bytes.buffer);
    await settle();
    equal(socket.heard().map((packet) => [...packet.body.slice(4)]), [[0xc3, 0xa9], [1, 2, 3], [9, 1, 2, 3]]);
"#

what_needs_a_connection_says_so r#"
    const client = make({});
    await rejects(client.publish("a", "b"), "NOT_CONNECTED", "connect()");
    ok(!(await rejects(client.publish("a", "b", { qos: 2 }), "NOT_CONNECTED", "connect()")).message.includes("QoS 0"));
    await rejects(client.subscribe("a"), "NOT_CONNECTED");
    await rejects(client.unsubscribe("a"), "NOT_CONNECTED");
    client.connect().catch(() => {});
    await rejects(client.publish("a", "b"), "NOT_CONNECTED", "await connect()", "outbox.queueQos0");
    await rejects(Promise.all([client.subscribe("a"), client.disconnect()]), "DISCONNECTED");
    equal(client.state, "disconnected");
"#

a_freed_client_says_so r#"
    const client = make({});
    client.free();
    client.free();
    client[Symbol.dispose]?.();
    await rejects(client.connect(), "USAGE", "freed");
    await rejects(client.publish("a", "b"), "USAGE", "freed");
    throws(() => client.saveSession(), "USAGE", "freed");
    throws(() => client.on("error", () => {}), "USAGE", "freed");
    throws(() => client.state, "USAGE", "freed");
    throws(() => { client.url = "ws://a"; }, "USAGE", "freed");
"#
}
