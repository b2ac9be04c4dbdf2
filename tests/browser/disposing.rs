//! `using` and `await using`.

crate::browser_tests! {

using_frees_the_client_and_await_using_disconnects_before r#"
    const { client, socket } = await connected();
    const gone = client[Symbol.asyncDispose]();
    await settle();
    equal(socket.heard().map((p) => p.name), ["DISCONNECT"]);
    equal(client.state, "disconnecting");
    socket.closes(1000);
    await gone;
    throws(() => client.state, "USAGE", "freed");
    await client[Symbol.asyncDispose]();
    client[Symbol.dispose]();
    const idle = make({});
    await idle[Symbol.asyncDispose]();
    throws(() => idle.state, "USAGE");
    equal(Object.keys(Object.getPrototypeOf(client)), [], "nothing of it is enumerable");
"#

disposing_ends_attempts_iterators_and_requests r#"
    const client = make({ reconnect: SLOW });
    const connecting = client.connect();
    connecting.catch(() => {});
    const opened = await FakeSocket.next();
    const iterator = client.messages();
    const reading = iterator.next();
    opened.closes();
    await settle();
    equal(client.state, "waiting");
    await client[Symbol.asyncDispose]();
    await rejects(connecting, "DISCONNECTED");
    equal((await reading).done, true);
"#
}
