//! What MQTT 5 adds to messages: topic aliases, and the format of payloads.

crate::browser_tests! {

an_alias_by_hand_takes_the_place_of_the_topic r#"
    const { client, socket } = await connected({}, { properties: [0x22, 0, 5] });
    for (const topic of ["meters/7", "meters/7", "meters/8"]) await client.publish(topic, "x", { topicAlias: 5 });
    equal(socket.heard().map(({ topic, body }) => [topic, [...body.slice(2 + topic.length)]]), [
        ["meters/7", [3, 0x23, 0, 5, 120]], ["", [3, 0x23, 0, 5, 120]], ["meters/8", [3, 0x23, 0, 5, 120]],
    ]);
    await rejects(client.publish("meters/7", "x", { topicAlias: 6 }), "NOT_AVAILABLE", "topicAliasMaximum");
    await rejects(client.publish("meters/7", "x", { topicAlias: 0 }), "USAGE", "topicAlias", "1 to 65535");
    await rejects(client.publish("meters/7", "x", { topicAlias: "5" }), "USAGE", "topicAlias");
    equal(socket.heard(), []);
    const old = await connected({ protocolVersion: "3.1.1" });
    await rejects(old.client.publish("meters/7", "x", { topicAlias: 1 }), "USAGE", "MQTT 5");
"#

automatic_aliases_are_given_within_the_servers_maximum r#"
    const { client, socket } = await connected({ automaticTopicAliases: true }, { properties: [0x22, 0, 1] });
    for (const topic of ["meters/7", "meters/7", "meters/8", "meters/7"]) await client.publish(topic, "x");
    equal(socket.heard().map(({ topic }) => topic), ["meters/7", "", "meters/8", "meters/7"]);
    equal(client.serverLimits.topicAliasMaximum, 1);
"#

a_payload_that_is_not_what_it_is_said_to_be_is_refused_both_ways r#"
    const bad = new Uint8Array([0xc3, 0x28]);
    const { client, socket } = await connected({ checkPayloadFormat: true });
    const [seen, errors] = [[], []];
    client.on("messageIn", (message) => void seen.push(message.topic));
    client.on("error", (error) => void errors.push(error));
    await rejects(client.publish("a", bad, { payloadFormat: "utf-8", qos: 1 }), "USAGE", "payloadFormat", "utf-8");
    await client.publish("a", bad, { payloadFormat: "bytes" });
    await client.publish("a", "é", { payloadFormat: "utf-8" });
    socket.heard();
    for (const qos of [0, 1, 2]) socket.says(server.publish(`t/${qos}`, [...bad], { qos, id: qos, properties: [1, 1] }));
    socket.says(server.publish("fine", "é", { properties: [1, 1] }));
    await settle();
    equal(socket.heard().map(({ name, body }) => [name, [...body]]), [["PUBACK", [0, 1, 0x99]], ["PUBREC", [0, 2, 0x99]]]);
    equal(seen, ["fine"]);
    equal(errors.map(({ code, topic, packetId, reasonCode }) => [code, topic, packetId, reasonCode]),
        [0, 1, 2].map((qos) => ["PAYLOAD_FORMAT_INVALID", `t/${qos}`, qos || undefined, 0x99]));
    equal(client.incomingMessages, []);
    const will = { topic: "w", payload: bad, payloadFormat: "utf-8" };
    await rejects(make({ checkPayloadFormat: true, will }).connect(), "USAGE", "payloadFormat");
    const other = await connected({ will });
    await other.client.publish("a", bad, { payloadFormat: "utf-8" });
"#
}
