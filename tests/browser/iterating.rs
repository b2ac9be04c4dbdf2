//! Messages as an async iterator: what it gets, what it holds back, and how it ends.

crate::browser_tests! {

an_iterator_gets_what_matches_its_filter r#"
    const { client, socket } = await connected();
    const all = client.messages(), some = client.messages("a/+"), shared = client.messages("$share/g/b/#");
    socket.says(
        server.publish("a/1", "1"), server.publish("a", "2"), server.publish("b", "3"),
        server.publish("$SYS/x", "4"), server.publish("a/2", "5", { qos: 1, id: 1 }),
    );
    const read = async (iterator, count) => {
        const got = [];
        for (let i = 0; i < count; i++) got.push((await iterator.next()).value.text());
        return got;
    };
    equal(await read(all, 5), ["1", "2", "3", "4", "5"]);
    equal(await read(some, 2), ["1", "5"]);
    equal(await read(shared, 1), ["3"]);
    equal(socket.heard().map((p) => p.name), ["PUBACK"]);
    equal(socket.packets.flat().filter((p) => p.name === "SUBSCRIBE"), [], "it subscribes to nothing");
"#

an_iterator_that_waits_gets_the_next_message r#"
    const { client, socket } = await connected();
    const iterator = client.messages("a");
    const waiting = [iterator.next(), iterator.next()];
    socket.says(server.publish("a", "1"), server.publish("a", "2"), server.publish("a", "3"));
    equal((await Promise.all(waiting)).map(({ value, done }) => [value.text(), done]), [["1", false], ["2", false]]);
    equal((await iterator.next()).value.text(), "3");
    ok(iterator[Symbol.asyncIterator]() === iterator);
"#

every_listener_gets_a_copy_of_its_own r#"
    const { client, socket } = await connected();
    const iterators = [client.messages("a"), client.messages('#')];
    const handled = [];
    client.on("messageIn", (message) => {
        handled.push(message.text());
        // Away with the buffer, as postMessage() does it.
        structuredClone(message.payload.buffer, { transfer: [message.payload.buffer] });
    });
    socket.says(server.publish("a", "one", { properties: [0x03, 0, 1, 120] }), server.publish("a", "two"));
    equal(handled, ["one", "two"]);
    const [first, second] = await Promise.all(iterators.map(async (iterator) => (await iterator.next()).value));
    first.payload.fill(0);
    equal([second.text(), second.properties.contentType, second.payload.byteLength, second.payload.buffer.byteLength], ["one", "x", 3, 3]);
    equal((await iterators[0].next()).value.text(), "two");
"#

a_handler_that_throws_takes_nothing_from_an_iterator r#"
    const { client, socket } = await connected();
    const errors = [];
    client.on("error", (error) => errors.push(error.message));
    client.on("messageIn", () => { throw new Error("oh"); });
    const iterator = client.messages();
    socket.says(server.publish("a", "1", { qos: 1, id: 3 }));
    equal((await iterator.next()).value.text(), "1");
    equal([errors, socket.heard().map((p) => p.name)], [["oh"], ["PUBACK"]]);
"#

qos_0_is_dropped_while_nobody_reads_and_it_is_told_once r#"
    const { client, socket } = await connected();
    const errors = [];
    client.on("error", (error) => errors.push([error.code, error.message]));
    const iterator = client.messages("a", { highWaterMark: 4 });
    for (let i = 0; i < 1000; i++) socket.says(server.publish("a", `${i}`));
    await settle();
    equal(errors, [], "reading has not gone on");
    equal((await iterator.next()).value.text(), "0");
    await settle();
    equal(errors.length, 1);
    equal(errors[0][0], "MESSAGES_DROPPED");
    ok(errors[0][1].includes("996 messages") && errors[0][1].includes('messages("a")'), errors[0][1]);
    // Still behind: no other word until it has caught up.
    socket.says(server.publish("a", "x"), server.publish("a", "lost"));
    equal((await iterator.next()).value.text(), "1");
    await settle();
    equal(errors.length, 1);
    for (const text of ["2", "3"]) equal((await iterator.next()).value.text(), text);
    await settle();
    equal(errors.length, 2);
    ok(errors[1][1].startsWith("1 messages"), errors[1][1]);
    equal((await iterator.next()).value.text(), "x");
"#

qos_1_is_acknowledged_when_it_was_read_and_in_order r#"
    for (const protocolVersion of ["5", "3.1.1"]) {
        const properties = protocolVersion === "5" ? [] : null;
        const { client, socket } = await connected({ protocolVersion });
        const iterator = client.messages("a", { highWaterMark: 2 });
        for (let id = 1; id <= 5; id++) socket.says(server.publish("a", `${id}`, { qos: 1, id, properties }));
        await settle();
        equal(socket.heard().map((p) => p.id), [1, 2], "the mark has room for two");
        equal((await iterator.next()).value.packetId, 1);
        await settle();
        equal(socket.heard(), [], "the third waits to be read itself");
        for (let id = 2; id <= 4; id++) equal((await iterator.next()).value.packetId, id);
        await settle();
        equal(socket.heard().map((p) => [p.name, p.id]), [["PUBACK", 3], ["PUBACK", 4]]);
        equal(client.incomingMessages.map((m) => m.packetId), [5]);
        client.free();
    }
"#

qos_2_is_finished_when_it_was_read r#"
    for (const protocolVersion of ["5", "3.1.1"]) {
        const properties = protocolVersion === "5" ? [] : null;
        const { client, socket } = await connected({ protocolVersion, cleanSession: false });
        const iterator = client.messages("a", { highWaterMark: 1 });
        for (let id = 1; id <= 3; id++) socket.says(server.publish("a", `${id}`, { qos: 2, id, properties }));
        await settle();
        for (let id = 1; id <= 3; id++) socket.says(server.pubrel(id));
        await settle();
        equal(socket.heard().map((p) => [p.name, p.id]), [["PUBREC", 1], ["PUBREC", 2], ["PUBREC", 3], ["PUBCOMP", 1]]);
        equal(client.incomingMessages.map((m) => [m.packetId, m.state]), [[2, "sending PUBCOMP"], [3, "sending PUBCOMP"]]);
        for (let id = 1; id <= 2; id++) equal((await iterator.next()).value.text(), `${id}`);
        await settle();
        equal(socket.heard().map((p) => [p.name, p.id]), [["PUBCOMP", 2]]);
        await iterator.return();
        await settle();
        equal(socket.heard().map((p) => [p.name, p.id]), [["PUBCOMP", 3]], "nobody holds it back any more");
        equal(client.incomingMessages, []);
        client.free();
    }
"#

a_slow_iterator_holds_back_only_what_it_has_not_read r#"
    const { client, socket } = await connected();
    const slow = client.messages("a", { highWaterMark: 1 }), fast = client.messages('#');
    const handled = [];
    client.on("messageIn", (message) => handled.push(message.packetId));
    socket.says(server.publish("a", "", { qos: 1, id: 1 }), server.publish("a", "", { qos: 1, id: 2 }));
    socket.says(server.publish("b", "", { qos: 2, id: 3 }));
    await settle();
    socket.says(server.pubrel(3));
    await settle();
    equal(socket.heard().map((p) => [p.name, p.id]), [["PUBACK", 1], ["PUBREC", 3], ["PUBCOMP", 3]]);
    equal(handled, [1, 2, 3]);
    for (const id of [1, 2, 3]) equal((await fast.next()).value.packetId, id);
    await settle();
    equal(socket.heard(), [], "the slow one has not read it");
    await slow.next();
    await slow.next();
    await settle();
    equal(socket.heard().map((p) => [p.name, p.id]), [["PUBACK", 2]]);
"#

leaving_the_loop_lets_go_of_everything r#"
    for (const leave of ["break", "throw", "return"]) {
        const { client, socket } = await connected();
        const loop = async () => {
            for await (const message of client.messages("a", { highWaterMark: 1 })) {
                if (leave === "break") break;
                if (leave === "return") return "done";
                throw new Error("mine");
            }
        };
        const running = loop().catch((error) => error.message);
        socket.says(server.publish("a", "1", { qos: 1, id: 1 }), server.publish("a", "2", { qos: 1, id: 2 }), server.publish("a", "3", { qos: 1, id: 3 }));
        equal(await running, { break: undefined, throw: "mine", return: "done" }[leave]);
        await settle();
        equal(socket.heard().map((p) => p.id), [1, 2, 3], "what was not read holds nobody back");
        socket.says(server.publish("a", "4", { qos: 1, id: 4 }), server.publish("a", "5", { qos: 2, id: 5 }), server.pubrel(5));
        await settle();
        equal(socket.heard().map((p) => [p.name, p.id]).sort(), [["PUBACK", 4], ["PUBCOMP", 5], ["PUBREC", 5]]);
        client.free();
    }
"#

an_iterator_that_was_ended_stays_ended r#"
    const { client, socket } = await connected();
    const iterator = client.messages();
    const waiting = iterator.next();
    equal(await iterator.return("x"), { value: "x", done: true });
    equal((await waiting).done, true);
    socket.says(server.publish("a", "1"));
    equal((await iterator.next()).done, true);
    const other = client.messages();
    try { await other.throw(new Error("mine")); ok(false); } catch (error) { equal(error.message, "mine"); }
    equal((await other.next()).done, true);
    if (Symbol.asyncDispose) {
        const disposed = client.messages();
        await disposed[Symbol.asyncDispose]();
        equal((await disposed.next()).done, true);
    }
"#

freeing_the_client_ends_its_iterators_behind_what_was_acknowledged r#"
    const { client, socket } = await connected();
    const some = client.messages("a", { highWaterMark: 2 }), none = client.messages("b");
    const waiting = none.next();
    socket.says(server.publish("a", "1"), server.publish("a", "2", { qos: 1, id: 1 }), server.publish("a", "3", { qos: 1, id: 2 }));
    client.free();
    equal((await waiting).done, true);
    equal([(await some.next()).value.text(), (await some.next()).value.text(), (await some.next()).done], ["1", "2", true]);
    throws(() => client.messages(), "USAGE", "freed");
"#

an_aborted_iterator_throws_and_forgets_the_signal r#"
    const { client, socket } = await connected();
    const { controller, signal, listeners } = listened();
    const iterator = client.messages("a", { signal });
    const left = client.messages("a", { signal });
    await left.return();
    const freed = client.messages("b", { signal });
    equal(listeners.size, 2);
    const waiting = iterator.next(), another = iterator.next();
    another.catch(() => {});
    controller.abort("enough");
    const error = await rejects(waiting, "ABORTED", 'messages("a")');
    equal(error.cause, "enough");
    equal((await another).done, true);
    equal(listeners.size, 0);
    socket.says(server.publish("a", "1"));
    equal((await iterator.next()).done, true);
    await rejects(freed.next(), "ABORTED");
    equal((await freed.next()).done, true);
"#

a_signal_that_was_aborted_before_leaves_nothing_behind r#"
    const { client, socket } = await connected({ manualAck: true });
    const seen = [];
    const iterator = client.messages("a", { signal: AbortSignal.abort() });
    socket.says(server.publish("a", "1", { qos: 2, id: 1 }), server.pubrel(1));
    await rejects((async () => { for await (const message of iterator) seen.push(message); })(), "ABORTED");
    equal(seen, []);
    client.on("messageIn", (message) => seen.push(message.text()));
    await settle();
    equal(seen, ["1"], "nobody had taken it");
"#

what_the_server_sends_again_is_read_once r#"
    const options = { cleanSession: false, reconnect: QUICK };
    const { client, socket: first } = await connected(options);
    const iterator = client.messages("a", { highWaterMark: 1 });
    first.says(server.publish("a", "1", { qos: 1, id: 1 }), server.publish("a", "2", { qos: 1, id: 2 }), server.publish("a", "3", { qos: 1, id: 3 }));
    await settle();
    const next = FakeSocket.next();
    first.closes();
    const second = await next;
    second.opens();
    second.says(server.connack({ present: true }));
    await settle();
    second.says(server.publish("a", "2", { qos: 1, id: 2, dup: true }), server.publish("a", "3", { qos: 1, id: 3, dup: true }));
    const got = [];
    for (let i = 0; i < 3; i++) got.push((await iterator.next()).value.text());
    equal(got, ["1", "2", "3"]);
    await settle();
    equal(second.heard().slice(1).map((p) => [p.name, p.id]), [["PUBACK", 2], ["PUBACK", 3]]);
"#

what_was_acknowledged_by_others_is_not_taken_from_an_iterator r#"
    for (const manualAck of [true, "promise"]) {
        const { client, socket: first } = await connected({ manualAck, cleanSession: false, reconnect: QUICK });
        client.on("messageIn", (message) => message.text() === "three" || message.ack());
        const iterator = client.messages("a/#");
        for (const [at, text] of ["one", "two", "three"].entries()) first.says(server.publish("a", text, { qos: 1, id: at + 1 }));
        await settle();
        equal(first.heard().map((p) => [p.name, p.id]), [["PUBACK", 1], ["PUBACK", 2]], "the server never sends them again");
        const next = FakeSocket.next();
        first.closes();
        const second = await next;
        second.opens();
        second.says(server.connack({ present: true }), server.publish("a", "three", { qos: 1, id: 3, dup: true }));
        const read = [];
        for (let i = 0; i < 3; i++) read.push((await iterator.next()).value.text());
        equal(read, ["one", "two", "three"], String(manualAck));
        client.free();
    }
"#

what_others_acknowledge_fills_no_iterator_that_nobody_reads r#"
    const { client, socket } = await connected({ manualAck: true });
    client.on("messageIn", (message) => message.ack());
    const dropped = [];
    client.on("error", ({ code }) => dropped.push(code));
    const iterator = client.messages("a", { highWaterMark: 2 });
    for (let id = 1; id <= 5; id++) {
        socket.says(server.publish("a", String(id), { qos: 1, id }));
        await settle();
    }
    equal(socket.heard().length, 5, "all are acknowledged");
    const read = [];
    for (let i = 0; i < 2; i++) read.push((await iterator.next()).value.text());
    equal([read, dropped], [["1", "2"], ["MESSAGES_DROPPED"]]);
    socket.says(server.publish("a", "6", { qos: 1, id: 6 }));
    equal((await iterator.next()).value.text(), "6");
"#

what_stayed_of_a_lost_session_stays_over_the_next_connections r#"
    const { client, socket: first } = await connected({ manualAck: true, cleanSession: false, reconnect: QUICK });
    const iterator = client.messages("a");
    first.says(server.publish("a", "1", { qos: 1, id: 1 }));
    let socket = first;
    for (const present of [false, true]) {
        const next = FakeSocket.next();
        socket.closes();
        socket = await next;
        socket.opens();
        socket.says(server.connack({ present }));
        await settle();
    }
    equal((await iterator.next()).value.text(), "1", "the server will not send it again");
"#

of_a_lost_session_only_so_much_stays_as_the_mark_has_room_for r#"
    const { client, socket: first } = await connected({ reconnect: QUICK });
    const errors = [];
    client.on("error", (error) => errors.push([error.code, error.message]));
    const iterator = client.messages("a", { highWaterMark: 2 });
    for (let id = 1; id <= 5; id++) first.says(server.publish("a", `${id}`, { qos: 1, id }));
    await settle();
    equal((await iterator.next()).value.text(), "1");
    const next = FakeSocket.next();
    first.closes();
    const second = await next;
    second.opens();
    second.says(server.connack({ present: false }));
    await settle();
    for (const text of ["2", "3"]) equal((await iterator.next()).value.text(), text);
    await settle();
    equal(errors.map(([code]) => code), ["MESSAGES_DROPPED"]);
    ok(errors[0][1].startsWith("2 messages"), errors[0][1]);
    second.says(server.publish("a", "6", { qos: 1, id: 1 }));
    equal((await iterator.next()).value.text(), "6");
"#

with_promises_a_message_is_acknowledged_when_all_are_fulfilled r#"
    for (const protocolVersion of ["5", "3.1.1"]) {
        const properties = protocolVersion === "5" ? [] : null;
        const { client, socket } = await connected({ manualAck: "promise", protocolVersion, cleanSession: false });
        equal(client.manualAck, "promise");
        const pending = [];
        const work = (message) => new Promise((resolve, reject) => pending.push({ resolve, reject, message }));
        client.on("messageIn", work);
        client.on("messageIn", () => {});
        socket.says(server.publish("a", "1", { qos: 1, id: 1, properties }), server.publish("a", "2", { qos: 2, id: 2, properties }));
        await settle();
        socket.says(server.pubrel(2));
        await settle();
        equal(socket.heard().map((p) => p.name), ["PUBREC"]);
        pending[1].resolve();
        await settle();
        equal(socket.heard().map((p) => [p.name, p.id]), [["PUBCOMP", 2]]);
        pending[0].resolve();
        await settle();
        equal(socket.heard().map((p) => [p.name, p.id]), [["PUBACK", 1]]);
        socket.says(server.publish("a", "3", { qos: 1, id: 3, properties }));
        pending[2].message.ack();
        await settle();
        equal(socket.heard().map((p) => [p.name, p.id]), [["PUBACK", 3]], "ack() may come earlier");
        pending[2].resolve();
        client.free();
    }
"#

with_promises_a_message_whose_handler_fails_is_not_acknowledged r#"
    const { client, socket } = await connected({ manualAck: "promise", cleanSession: false });
    const errors = [];
    client.on("error", (error) => errors.push(error.message));
    client.on("messageIn", async (message) => { if (message.text() === "rejects") throw new Error("rejected"); });
    client.on("messageIn", (message) => { if (message.text() === "throws") throw new Error("thrown"); });
    client.on("messageIn", () => {});
    const say = async (text, id) => { socket.says(server.publish("a", text, { qos: 2, id })); await settle(); socket.says(server.pubrel(id)); await settle(); };
    await say("rejects", 1);
    await say("throws", 2);
    await say("fine", 3);
    equal(socket.heard().filter((p) => p.name === "PUBCOMP").map((p) => p.id), [3]);
    equal(errors, ["rejected", "thrown"]);
    equal(client.incomingMessages.map((m) => m.packetId), [1, 2]);
"#

with_promises_an_iterator_is_done_with_a_message_when_it_asks_for_the_next r#"
    const { client, socket } = await connected({ manualAck: "promise", cleanSession: false });
    const iterator = client.messages("a");
    const waiting = iterator.next();
    socket.says(server.publish("a", "1", { qos: 1, id: 1 }), server.publish("a", "2", { qos: 1, id: 2 }));
    equal((await waiting).value.text(), "1");
    await settle();
    equal(socket.heard(), []);
    equal((await iterator.next()).value.text(), "2");
    await settle();
    equal(socket.heard().map((p) => [p.name, p.id]), [["PUBACK", 1]]);
    socket.says(server.publish("a", "3", { qos: 2, id: 3 }));
    await settle();
    socket.says(server.pubrel(3));
    await iterator.next();
    await settle();
    equal(socket.heard().map((p) => [p.name, p.id]), [["PUBREC", 3], ["PUBACK", 2]]);
    await iterator.return();
    await settle();
    equal([socket.heard(), client.incomingMessages.map((m) => m.packetId)], [[], [3]], "it was left in the middle of it");
    const got = [];
    client.on("messageIn", (message) => got.push(message.text()));
    await settle();
    equal([got, socket.heard().map((p) => [p.name, p.id])], [["3"], [["PUBCOMP", 3]]], "so somebody else gets it");
"#

what_an_iterator_had_not_read_when_it_ended_is_given_to_the_next_listener r#"
    const { client, socket } = await connected({ manualAck: true, cleanSession: false });
    const iterator = client.messages("a");
    for (const id of [1, 2]) {
        socket.says(server.publish("a", `${id}`, { qos: 2, id }));
        await settle();
        socket.says(server.pubrel(id));
    }
    const { value } = await iterator.next();
    await iterator.return();
    await settle();
    const next = client.messages("b"), right = client.messages("a");
    const again = (await right.next()).value;
    equal([value.text(), again.text()], ["1", "2"]);
    value.ack();
    again.ack();
    await settle();
    equal(socket.heard().filter((p) => p.name === "PUBCOMP").map((p) => p.id), [1, 2]);
    equal(client.incomingMessages, []);
"#

what_messages_does_not_take_it_says r#"
    const client = make({});
    throws(() => client.messages("a#"), "INVALID_TOPIC", "a#");
    throws(() => client.messages(7), "USAGE", "filter", "string");
    throws(() => client.messages("a", 7), "USAGE", "object");
    throws(() => client.messages("a", null), "USAGE", "object");
    throws(() => client.messages("a", { highWater: 7 }), "USAGE", "highWater");
    for (const highWaterMark of [0, 1.5, -1, "7", NaN, Infinity]) throws(() => client.messages("a", { highWaterMark }), "USAGE", "highWaterMark");
    for (const signal of [7, {}, null, new Proxy({}, { get() { throw new Error(); } })]) throws(() => client.messages("a", { signal }), "USAGE", "AbortSignal");
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    throws(() => client.messages("a", proxy), "USAGE");
    for (const name of ["attach", "detach", "report", "isSubscribed", "identifier"]) equal(client[name], undefined);
    await client.messages(undefined, { signal: undefined, highWaterMark: undefined }).return();
"#

iterators_that_come_and_go_leave_no_memory_behind r#"
    const { client, socket } = await connected();
    const { signal, listeners } = listened();
    const round = async (i) => {
        const iterator = client.messages(`a/${i}/#`, { signal, highWaterMark: 2 });
        for (let id = 1; id <= 4; id++) socket.says(server.publish(`a/${i}/b`, new Uint8Array(5000), { qos: 1, id }));
        await iterator.next();
        await iterator.return();
        socket.heard();
        socket.sent.length = 0;
    };
    for (let i = 0; i < 200; i++) await round(i);
    const before = memory().byteLength;
    for (let i = 0; i < 1000; i++) await round(i);
    ok(memory().byteLength - before <= 65536, `grown by ${memory().byteLength - before} bytes`);
    equal([listeners.size, client.incomingMessages], [0, []]);
"#
}
