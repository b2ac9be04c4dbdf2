//! What MQTT 5 adds to messages: topic aliases.

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
}
