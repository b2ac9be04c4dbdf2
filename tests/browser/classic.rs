//! What the classic session API calls `Config` and `Reset`, and filters that share a string.

crate::browser_tests! {

config_reads_and_sets_the_properties_by_their_classic_names r#"
    const client = make({ clientId: "c", username: undefined });
    for (const [name, value, property, held] of [
        ["SessionStateFile", "orders", "sessionKey", "orders"],
        ["SessionExpInterval", "3600", "sessionExpiryInterval", 3600],
        ["RepublishInterval", "2.5", "republishInterval", 2.5],
        ["TopicDelimiter", ",", "topicDelimiter", ","],
        ["LogLevel", "3", "logLevel", 3],
        ["CleanSession", "false", "cleanSession", false],
        ["ClientId", "a=b", "clientId", "a=b"],
        ["KeepAliveInterval", "30", "keepAlive", 30],
        ["Timeout", "1.5", "timeout", 1.5],
        ["User", "me", "username", "me"],
    ]) {
        const before = client[property];
        equal(client.config(`${name}=${value}`), value, name);
        equal(client[property], held, name);
        equal(client.config(name.toLowerCase()), value, name);
        equal(client.config(`${name}=`), String(new MqttClient()[property] ?? ""), `${name} by default`);
    }
    equal(client.config("CleanSession"), "true");
    equal(client.config("cleansession=0"), "false");
    equal(client.config("CleanSession=1"), "true");
"#

config_says_whether_the_server_has_the_session r#"
    const { client } = await connected({ cleanSession: false, resumeWithoutState: true }, { present: true });
    equal(client.config("SessionPresent"), "true");
    equal(new MqttClient().config("SessionPresent"), "false");
    throws(() => client.config("SessionPresent=true"), "USAGE", "SessionPresent can only be read");
"#

config_refuses_what_it_does_not_know_and_values_that_are_none r#"
    const client = make({});
    throws(() => client.config("Firewall=1"), "USAGE", "\"Firewall\"", "TopicDelimiter");
    throws(() => client.config("constructor"), "USAGE", "\"constructor\"");
    throws(() => client.config(7), "USAGE", "string");
    throws(() => client.config(), "USAGE", "string");
    throws(() => client.config("LogLevel=loud"), "USAGE", "logLevel");
    throws(() => client.config("KeepAliveInterval= "), "USAGE", "keepAlive");
    throws(() => client.config("CleanSession=maybe"), "USAGE", "cleanSession");
    for (const delimiter of ["/", "+", "a#"]) throws(() => client.config(`TopicDelimiter=${delimiter}`), "USAGE", "topicDelimiter");
    equal([client.logLevel, client.cleanSession], [0, true]);
"#

config_sets_nothing_that_may_not_be_changed_now r#"
    const { client } = await connected({});
    throws(() => client.config("ClientId=other"), "USAGE", "clientId");
    equal(client.config("LogLevel=1"), "1");
"#

a_string_is_one_filter_unless_there_is_a_topic_delimiter r#"
    /** The filters of SUBSCRIBE, each with its options behind it, or of UNSUBSCRIBE, without. */
    const filters = ({ name, body }) => {
        const found = [];
        for (let at = 3; at < body.length; at += name === "SUBSCRIBE") {
            const end = at + 2 + (body[at] << 8 | body[at + 1]);
            found.push(new TextDecoder().decode(body.slice(at + 2, end)));
            at = end;
        }
        return found;
    };
    const { client, socket } = await connected({});
    socket.heard();
    const told = client.subscribe("a,b", { qos: 1 });
    await settle();
    const [one] = socket.heard();
    equal(filters(one), ["a,b"]);
    socket.says(server.suback(one.id, [1]));
    equal((await told).map(({ filter }) => filter), ["a,b"]);
    client.topicDelimiter = ",";
    client.subscribe("a,b/#", { qos: 1 }).catch(() => {});
    client.unsubscribe("a,b/#").catch(() => {});
    client.subscribe(["c,d"]).catch(() => {});
    await settle();
    const [several, none, listed] = socket.heard();
    equal(filters(several), ["a", "b/#"]);
    equal(filters(none), ["a", "b/#"]);
    equal(filters(listed), ["c,d"], "an array says itself what its filters are");
    await rejects(client.subscribe("a,,b"), "INVALID_TOPIC");
"#

reset_leaves_a_client_as_a_new_one_is r#"
    const { client, socket } = await connected({ cleanSession: false, sessionKey: "kept", keepAlive: 7, logLevel: 2 });
    client.saveSession();
    const stored = JSON.stringify(localStorage);
    const lost = [];
    client.on("messageLost", ({ code }) => lost.push(code));
    const promise = client.publish("a", "b", { qos: 1 });
    await settle();
    socket.heard();
    const done = client.reset();
    await settle();
    equal(socket.heard().map(({ name }) => name), ["DISCONNECT"]);
    socket.closes(1000);
    await done;
    await rejects(promise, "SESSION_REPLACED", "\"a\"");
    const fresh = new MqttClient();
    for (const name of ["state", "url", "clientId", "cleanSession", "sessionKey", "keepAlive", "logLevel", "sessionPresent", "assignedClientId", "serverLimits", "outgoingMessages", "incomingMessages", "storageUsage"]) {
        equal(client[name], fresh[name], name);
    }
    equal(lost, ["SESSION_REPLACED"], "handlers stay");
    equal(JSON.stringify(localStorage), stored, "what is stored stays");
    await client.reset();
"#

reset_does_not_let_go_of_a_durable_session r#"
    const client = make({ durable: true, sessionKey: "kept", storage: "memory" });
    await client.pending();
    await rejects(client.reset(), "USAGE", "durable");
    equal(client.sessionKey, "kept");
"#

reset_gives_way_to_a_connect r#"
    const { client, socket } = await connected({ keepAlive: 7 });
    client.on("disconnected", () => client.connect().catch(() => {}));
    await rejects(client.reset(), "USAGE", "connect()");
    equal(client.keepAlive, 7);
"#

}
