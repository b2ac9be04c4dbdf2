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
}
