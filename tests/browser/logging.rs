//! The log: what is told at which level, and what never is.

crate::browser_tests! {

by_default_nothing_is_logged r#"
    const { client, socket } = await connected();
    const lines = [];
    client.on("log", (line) => lines.push(line));
    socket.says(server.publish("a", "1"));
    socket.closes();
    await settle();
    equal([lines, client.logLevel], [[], 0]);
"#

each_level_tells_more r#"
    const told = [];
    for (const logLevel of [1, 2, 3]) {
        const client = make({ logLevel, cleanSession: false, username: "anna", password: "s3cr3t" });
        const lines = [];
        client.on("log", ({ level, message }) => lines.push([level, message]));
        const { socket } = await connect(client, { present: false });
        client.publish("out", "s3cr3t", { qos: 1 }).catch(() => {});
        await settle();
        socket.says(server.puback(socket.heard()[0].id), server.publish("in", "s3cr3t"));
        socket.closes();
        await settle();
        ok(lines.every(([level, message]) => level >= 1 && level <= logLevel && !message.includes("s3cr3t") && !message.includes("anna") && !message.includes("\n")), JSON.stringify(lines));
        told.push(lines);
    }
    const messages = told.map((lines) => lines.map(([, message]) => message).join("\n"));
    for (const word of ['"connecting"', "connected: ", "disconnected: ", "CONNECTION_LOST"]) ok(messages[0].includes(word), `${word}: ${messages[0]}`);
    for (const word of ["messageAck: ", "messageOut: ", 'session of "me"']) ok(messages[1].includes(word) && !messages[0].includes(word), word);
    for (const line of [
        'sent CONNECT, client identifier "me", keep alive 60, with user name, with password',
        "received CONNACK, Success",
        'sent PUBLISH, "out" QoS 1, packet identifier 1, payload 6 bytes',
        "received PUBACK, packet identifier 1, Success",
        'received PUBLISH, "in" QoS 0, payload 6 bytes',
    ]) ok(messages[2].includes(line) && !messages[1].includes(line), `${line}: ${messages[2]}`);
    ok(told[0].length < told[1].length && told[1].length < told[2].length);
"#

a_durable_session_says_what_it_stores r#"
    const client = make({ logLevel: 2, durable: true, sessionKey: "k" });
    const lines = [];
    client.on("log", ({ message }) => lines.push(message));
    const { socket } = await connect(client);
    const publishing = client.publish("a", "b", { qos: 1 });
    publishing.catch(() => {});
    await publishing.stored;
    ok(lines.some((line) => /^storing \d+ changes/.test(line)), lines.join("\n"));
"#

of_an_address_only_so_much_is_shown_as_is_no_secret r#"
    for (const name of ["anna:s3cr3t", "anna:p@s3cr3t", "anna:p s3cr3t", "anna:p\"s3cr3t"]) {
        const client = make({ logLevel: 1, url: `ws://${name}@server/mqtt?token=s3cr3t@x/y` });
        const lines = [];
        client.on("log", ({ message }) => lines.push(message));
        const connecting = client.connect();
        (await FakeSocket.next()).closes();
        await rejects(connecting, "CONNECTION_LOST");
        await settle();
        const all = lines.join("\n");
        ok(all.includes("ws://server/mqtt") && !all.includes("s3cr3t") && !all.includes("anna"), all);
    }
"#

an_address_of_any_kind_is_shown_without_its_secrets r#"
    const secret = (text) => /s3cr3t|anna/.test(text);
    // The commonest mistakes: another scheme, and what the platform does not take.
    for (const url of ["https://anna:s3cr3t@server/mqtt?token=s3cr3t", "wss://server:99999/mqtt?token=s3cr3t", "wss://anna:s3cr3t@ser ver/"]) {
        const frame = document.createElement("iframe");
        document.body.append(frame);
        const fake = globalThis.WebSocket;
        globalThis.WebSocket = frame.contentWindow.WebSocket;
        const client = make({ logLevel: 3, prepareConnect: () => ({ url }) });
        const lines = [];
        client.on("log", ({ message }) => lines.push(message));
        const error = await client.connect().catch((error) => error);
        globalThis.WebSocket = fake;
        frame.remove();
        ok(error.message.includes("://ser") && !secret(error.message), error.message);
        equal(lines.filter(secret), []);
    }
    const { client, socket } = await connected({ logLevel: 1 });
    const lines = [];
    client.on("log", ({ message }) => lines.push(message));
    client.on("error", () => {});
    client.on("messageIn", () => { throw new Error("no https://anna:s3cr3t@server/a?b=s3cr3t#s3cr3t here, see http://x.y/z"); });
    socket.says(server.publish("a", ""));
    equal(lines, ["error: Error: no https://server/a here, see http://x.y/z"]);
"#

errors_are_logged_and_a_handler_of_the_log_that_throws_is_told_once r#"
    const { client, socket } = await connected({ logLevel: 1 });
    const errors = [];
    let lines = 0;
    client.on("error", (error) => errors.push(error.message));
    client.on("log", () => { lines++; throw new Error("log"); });
    client.on("messageIn", () => { throw new Error("mine"); });
    socket.says(server.publish("a", "1"));
    equal([lines, errors], [1, ["log", "mine"]]);
"#

the_level_can_be_changed_at_any_time_and_without_a_listener_nothing_is_made r#"
    const { client, socket } = await connected();
    const lines = [];
    client.logLevel = 3;
    socket.says(server.publish("a", "1"));
    const off = client.on("log", ({ message }) => lines.push(message));
    socket.says(server.publish("b", "2"));
    off();
    socket.says(server.publish("c", "3"));
    equal(lines.map((line) => line.slice(0, 21)), ['received PUBLISH, "b"']);
    for (const level of [4, -1, "1", 1.5]) throws(() => { client.logLevel = level; }, "USAGE", "logLevel");
    equal(client.logLevel, 3);
"#

a_handler_of_the_log_may_free_the_client r#"
    for (const at of ["sent CONNECT", "received CONNACK", "connected", "sent PUBLISH", "received PUBACK", "disconnected"]) {
        const client = make({ logLevel: 3 });
        client.on("log", ({ message }) => { if (message.startsWith(at)) client.free(); });
        const opening = FakeSocket.next();
        const connecting = client.connect();
        connecting.catch(() => {});
        const made = await opening;
        made.opens();
        made.says(server.connack());
        await settle();
        try {
            const publishing = client.publish("a", "b", { qos: 1 });
            publishing.catch(() => {});
            await settle();
            made.says(server.puback(1));
            made.closes();
            await publishing;
        } catch {}
        await settle();
        throws(() => client.state, "USAGE", "freed");
    }
"#
}
