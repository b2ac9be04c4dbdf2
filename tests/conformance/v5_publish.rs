//! MQTT 5, chapter 3.3: PUBLISH.

use mqtt_mooring::client::{DisconnectOptions, PublishRequest};
use mqtt_mooring::codec::{
    DecodeError, QoS, ReasonCode, RetainHandling, SubscriptionOptions, TopicError, Version,
};
use mqtt_mooring::error::{ProtocolError, UsageError};

use super::bytes::*;
use super::line::Line;
use super::v5_properties::*;

const V: Version = Version::V5;

fn refused(line: &mut Line, request: PublishRequest<'_>) -> UsageError {
    let now = line.now;
    let error = line.client.publish(request, now).expect_err("refused");
    line.drain(&[]);
    line.says_nothing_more();
    error
}

/// The server may set so many aliases.
fn aliased(maximum: u16) -> Line {
    let mut line = Line::new(V);
    line.config.topic_alias_maximum = maximum;
    line.establish();
    line
}

#[test]
fn v5_3_3_1_1_what_is_sent_again_has_dup() {
    let mut line = Line::connected(V);
    line.send("one", QoS::AtLeastOnce);
    line.send("two", QoS::ExactlyOnce);
    line.says(publish(V, QOS_1, "meters/7", 1, "one"));
    line.says(publish(V, QOS_2, "meters/7", 2, "two"));
    for _ in 0..2 {
        line.break_link();
        line.resume();
        line.says(publish(V, DUP | QOS_1, "meters/7", 1, "one"));
        line.says(publish(V, DUP | QOS_2, "meters/7", 2, "two"));
        line.says_nothing_more();
    }
}

#[test]
fn v5_3_3_1_2_qos_0_never_has_dup() {
    let mut line = Line::connected(V);
    line.send("x", QoS::AtMostOnce);
    line.says(publish(V, 0, "meters/7", 0, "x"));
    // It is not sent again either.
    line.break_link();
    line.resume();
    line.says_nothing_more();
    line.hears(publish(V, DUP, "t", 0, "x"));
    let error = line.ended_in_protest(ReasonCode::MALFORMED_PACKET);
    assert_eq!(error, ProtocolError::Malformed(DecodeError::DupWithQos0));
    assert_eq!(line.ledger.deliveries.len(), 0);
}

#[test]
fn v5_3_3_1_3_dup_of_what_comes_says_nothing_of_what_goes() {
    let mut line = Line::connected(V);
    line.hears(publish(V, DUP | QOS_1, "t", 1, "x"));
    line.hears(publish(V, DUP | QOS_2, "t", 2, "x"));
    line.hears(ack(PUBREL, 2));
    line.all();
    let came = line.ledger.payloads();
    assert_eq!(came, ["x", "x"]);
    for payload in came {
        line.send(&payload, QoS::AtLeastOnce);
    }
    line.says(publish(V, QOS_1, "meters/7", 1, "x"));
    line.says(publish(V, QOS_1, "meters/7", 2, "x"));
    // What had come is acknowledged, and what is sent again has DUP although nothing comes with it now.
    line.break_link();
    line.resume();
    line.hears(publish(V, QOS_1, "t", 1, "x"));
    line.says(publish(V, DUP | QOS_1, "meters/7", 1, "x"));
    line.says(publish(V, DUP | QOS_1, "meters/7", 2, "x"));
    line.says(ack(PUBACK, 1));
}

#[test]
fn v5_3_3_1_4_qos_3_is_malformed() {
    for others in [0, DUP, RETAIN, DUP | RETAIN] {
        let mut line = Line::connected(V);
        line.hears(publish(V, QOS_1 | QOS_2 | others, "t", 1, "x"));
        let error = line.ended_in_protest(ReasonCode::MALFORMED_PACKET);
        assert_eq!(error, ProtocolError::Malformed(DecodeError::ReservedQos));
        assert_eq!(line.ledger.deliveries.len(), 0);
    }
}

fn retained(payload: &[u8], retain: bool) -> Vec<u8> {
    let mut line = Line::connected(V);
    let request = to("t", QoS::AtLeastOnce);
    line.publish(PublishRequest {
        payload,
        retain,
        ..request
    });
    line.next()
}

#[test]
fn v5_3_3_1_5_what_is_to_be_retained_says_so() {
    assert_eq!(
        retained(b"x", true),
        publish(V, QOS_1 | RETAIN, "t", 1, "x")
    );
}

#[test]
fn v5_3_3_1_6_a_retained_message_is_removed_by_one_without_a_payload() {
    assert_eq!(retained(b"", true), publish(V, QOS_1 | RETAIN, "t", 1, ""));
}

#[test]
fn v5_3_3_1_8_nothing_is_retained_that_was_not_to_be() {
    assert_eq!(retained(b"x", false), publish(V, QOS_1, "t", 1, "x"));
    assert_eq!(retained(b"", false), publish(V, QOS_1, "t", 1, ""));
}

/// The options byte of a SUBSCRIBE for "t".
fn options_byte(options: SubscriptionOptions) -> u8 {
    let mut line = Line::connected(V);
    let now = line.now;
    let filters = [("t", options)];
    line.client.subscribe(&filters, &[], now).expect("accepted");
    line.drain(&[]);
    let said = line.next();
    let byte = *said.last().expect("options");
    assert_eq!(said, subscribe(V, 1, "t", byte));
    byte
}

#[test]
fn v5_3_3_1_9_retain_handling_0_is_asked_for_unless_another_is() {
    let plain = SubscriptionOptions::qos(QoS::AtLeastOnce);
    assert_eq!(options_byte(plain), 0b0000_0001);
    let retain_handling = RetainHandling::SendAtSubscribe;
    assert_eq!(
        options_byte(SubscriptionOptions {
            retain_handling,
            ..plain
        }),
        0b0000_0001
    );
}

#[test]
fn v5_3_3_1_10_retain_handling_1_is_asked_for() {
    let options = SubscriptionOptions {
        retain_handling: RetainHandling::SendIfNew,
        ..SubscriptionOptions::qos(QoS::ExactlyOnce)
    };
    assert_eq!(options_byte(options), 0b0001_0010);
}

#[test]
fn v5_3_3_1_11_retain_handling_2_is_asked_for() {
    let options = SubscriptionOptions {
        retain_handling: RetainHandling::DoNotSend,
        ..SubscriptionOptions::qos(QoS::AtMostOnce)
    };
    assert_eq!(options_byte(options), 0b0010_0000);
}

#[test]
fn v5_3_3_1_12_the_retain_flag_is_told_as_it_came() {
    let mut line = Line::connected(V);
    for retain in [0, RETAIN] {
        line.hears(publish(V, retain, "t", 0, "x"));
        line.hears(publish(V, QOS_1 | retain, "t", 1, "x"));
        line.hears(publish(V, QOS_2 | retain, "t", 2, "x"));
        line.hears(ack(PUBREL, 2));
    }
    let told: Vec<bool> = line.ledger.deliveries.iter().map(|it| it.retain).collect();
    assert_eq!(told, [false, false, false, true, true, true]);
}

#[test]
fn v5_3_3_1_13_retain_as_published_is_asked_for() {
    let options = SubscriptionOptions {
        retain_as_published: true,
        ..SubscriptionOptions::qos(QoS::AtMostOnce)
    };
    assert_eq!(options_byte(options), 0b0000_1000);
}

#[test]
fn v5_3_3_2_1_the_topic_name_comes_first_and_is_utf_8() {
    let mut line = Line::connected(V);
    line.publish(to("Zähler/\u{1F321}", QoS::ExactlyOnce));
    let said = line.next();
    assert_eq!(said[2..], *b"\0\x0CZ\xC3\xA4hler/\xF0\x9F\x8C\xA1\0\x01\0x");
    line.hears([&[0x30, 16][..], b"\0\x0CZ\xC3\xA4hler/\xF0\x9F\x8C\xA1\0x"].concat());
    assert_eq!(line.ledger.deliveries[0].topic, "Zähler/\u{1F321}");
    line.hears(packet(PUBLISH, &[&text(b"\xC3"), &[0], b"x"]));
    line.ended_in_protest(ReasonCode::MALFORMED_PACKET);
}

#[test]
fn v5_3_3_2_2_a_topic_name_with_a_wildcard_is_neither_sent_nor_taken() {
    for topic in ["#", "+", "a/#", "a/+/b", "a+", "a#b"] {
        let mut line = Line::connected(V);
        let error = refused(&mut line, to(topic, QoS::AtLeastOnce));
        assert_eq!(error, UsageError::Topic(TopicError::WildcardInName));
        line.hears(publish(V, QOS_1, topic, 1, "x"));
        line.ended_in_protest(ReasonCode::TOPIC_NAME_INVALID);
        assert_eq!(line.ledger.deliveries.len(), 0);
    }
}

/// What comes with these properties is handed over with them, byte by byte; and sent with them, too.
fn unaltered(list: &[u8]) {
    let mut line = Line::connected(V);
    line.hears(publish_with(V, 0, "t", 0, list, "x"));
    line.hears(publish_with(V, QOS_1, "t", 1, list, "x"));
    line.hears(publish_with(V, QOS_2, "t", 2, list, "x"));
    line.hears(ack(PUBREL, 2));
    assert_eq!(line.ledger.deliveries.len(), 3);
    for delivered in &line.ledger.deliveries {
        assert_eq!(delivered.properties, list);
    }
    line.all();
    line.publish(with(list, QoS::AtLeastOnce));
    line.says(publish_with(V, QOS_1, "meters/7", 1, list, "x"));
    line.break_link();
    line.resume();
    line.says(publish_with(V, DUP | QOS_1, "meters/7", 1, list, "x"));
}

#[test]
fn v5_3_3_2_4_the_payload_format_indicator_is_handed_over_and_sent_as_it_is() {
    unaltered(&flag(PAYLOAD_FORMAT_INDICATOR, 0));
    unaltered(&flag(PAYLOAD_FORMAT_INDICATOR, 1));
    let mut line = Line::connected(V);
    line.hears(publish_with(
        V,
        0,
        "t",
        0,
        &flag(PAYLOAD_FORMAT_INDICATOR, 2),
        "x",
    ));
    line.ended_in_protest(ReasonCode::PROTOCOL_ERROR);
}

#[test]
fn v5_3_3_2_5_a_message_that_expired_while_it_waited_is_not_sent() {
    let list = long(MESSAGE_EXPIRY_INTERVAL, 10);
    let mut line = Line::new(V);
    line.dial();
    line.publish(with(&list, QoS::AtLeastOnce));
    line.pass(10_000);
    line.hears(connack(V, false));
    line.says_nothing_more();
}

#[test]
fn v5_3_3_2_6_a_message_that_waited_goes_out_with_what_is_left_of_its_expiry() {
    let list = long(MESSAGE_EXPIRY_INTERVAL, 10);
    let mut line = Line::new(V);
    line.dial();
    line.publish(with(&list, QoS::AtLeastOnce));
    line.pass(7_000);
    line.hears(connack(V, false));
    let left = long(MESSAGE_EXPIRY_INTERVAL, 3);
    line.says(publish_with(V, QOS_1, "meters/7", 1, &left, "x"));
}

#[test]
fn v5_3_3_2_7_what_an_alias_stands_for_ends_with_the_connection() {
    let alias = short(TOPIC_ALIAS, 1);
    let mut line = aliased(1);
    line.hears(publish_with(V, 0, "t", 0, &alias, "x"));
    line.hears(publish_with(V, 0, "", 0, &alias, "x"));
    assert_eq!(line.ledger.deliveries[1].topic, "t");
    line.break_link();
    line.resume();
    line.hears(publish_with(V, 0, "", 0, &alias, "x"));
    line.ended_in_protest(ReasonCode::PROTOCOL_ERROR);
    assert_eq!(line.ledger.deliveries.len(), 2);
}

#[test]
fn v5_3_3_2_8_there_is_no_topic_alias_0() {
    let none = short(TOPIC_ALIAS, 0);
    let mut line = aliased(10);
    let error = refused(&mut line, with(&none, QoS::AtLeastOnce));
    assert!(
        matches!(error, UsageError::Properties(DecodeError::PropertyValue(_))),
        "{error:?}"
    );
    line.hears(publish_with(V, 0, "t", 0, &none, "x"));
    line.ended_in_protest(ReasonCode::TOPIC_ALIAS_INVALID);
    assert_eq!(line.ledger.deliveries.len(), 0);
}

#[test]
fn v5_3_3_2_10_every_alias_up_to_our_topic_alias_maximum_is_taken() {
    for maximum in [1, 300, u16::MAX] {
        let mut line = aliased(maximum);
        let aliases: Vec<u16> = (1..=maximum.min(300)).chain([maximum]).collect();
        for alias in &aliases {
            let topic = format!("t/{alias}");
            line.hears(publish_with(
                V,
                0,
                &topic,
                0,
                &short(TOPIC_ALIAS, *alias),
                "set",
            ));
        }
        line.ledger.deliveries.clear();
        for (n, alias) in aliases.iter().enumerate() {
            line.hears(publish_with(
                V,
                QOS_1,
                "",
                1,
                &short(TOPIC_ALIAS, *alias),
                "used",
            ));
            line.says(ack(PUBACK, 1));
            assert_eq!(line.ledger.deliveries[n].topic, format!("t/{alias}"));
        }
        // It may be given another meaning.
        line.hears(publish_with(V, 0, "other", 0, &short(TOPIC_ALIAS, 1), "x"));
        line.hears(publish_with(V, 0, "", 0, &short(TOPIC_ALIAS, 1), "x"));
        assert_eq!(line.ledger.deliveries.last().expect("one").topic, "other");
    }
}

#[test]
fn v5_3_3_2_11_an_alias_above_our_topic_alias_maximum_or_never_set_ends_the_connection() {
    for (alias, reason) in [
        (4, ReasonCode::TOPIC_ALIAS_INVALID),
        (3, ReasonCode::PROTOCOL_ERROR),
    ] {
        let mut line = aliased(3);
        line.hears(publish_with(V, 0, "", 0, &short(TOPIC_ALIAS, alias), "x"));
        line.ended_in_protest(reason);
    }
    let mut line = aliased(3);
    line.hears(publish(V, 0, "", 0, "neither topic nor alias"));
    line.ended_in_protest(ReasonCode::PROTOCOL_ERROR);
}

/// The property with this text goes both ways; with bytes that are no UTF-8 it is neither sent nor taken.
fn utf_8_only(property: u8, text: &str) {
    unaltered(&word(property, text));
    let broken = word(property, b"\xFF");
    let mut line = Line::connected(V);
    let error = refused(&mut line, with(&broken, QoS::AtMostOnce));
    assert!(matches!(
        error,
        UsageError::Properties(DecodeError::InvalidUtf8(_))
    ));
    line.hears(publish_with(V, 0, "t", 0, &broken, "x"));
    line.ended_in_protest(ReasonCode::MALFORMED_PACKET);
}

#[test]
fn v5_3_3_2_13_the_response_topic_is_utf_8() {
    utf_8_only(RESPONSE_TOPIC, "Büro/\u{1F4E8}");
}

#[test]
fn v5_3_3_2_14_a_response_topic_with_a_wildcard_is_not_sent() {
    for topic in ["#", "answers/+", "a#"] {
        let mut line = Line::connected(V);
        let list = word(RESPONSE_TOPIC, topic);
        let error = refused(&mut line, with(&list, QoS::AtLeastOnce));
        assert_eq!(error, UsageError::Topic(TopicError::WildcardInName));
    }
}

#[test]
fn v5_3_3_2_15_the_response_topic_is_handed_over_and_sent_as_it_is() {
    unaltered(&word(RESPONSE_TOPIC, "answers/7"));
}

#[test]
fn v5_3_3_2_16_the_correlation_data_is_handed_over_and_sent_as_it_is() {
    unaltered(&word(CORRELATION_DATA, [0, 255, 0x80]));
    unaltered(&word(CORRELATION_DATA, []));
}

#[test]
fn v5_3_3_2_17_user_properties_are_handed_over_and_sent_as_they_are() {
    unaltered(&[user("", ""), user("n", "v"), user("n", "v")].concat());
}

#[test]
fn v5_3_3_2_18_user_properties_keep_their_order() {
    let list = [
        user("b", "1"),
        word(CONTENT_TYPE, "c"),
        user("a", "2"),
        user("b", "0"),
    ];
    unaltered(&list.concat());
}

#[test]
fn v5_3_3_2_19_the_content_type_is_utf_8() {
    utf_8_only(CONTENT_TYPE, "Maß/\u{1F4CF}");
}

#[test]
fn v5_3_3_2_20_the_content_type_is_handed_over_and_sent_as_it_is() {
    unaltered(&word(CONTENT_TYPE, "application/json"));
}

#[test]
fn v5_3_3_4_1_each_qos_is_answered_in_its_way() {
    let mut line = Line::connected(V);
    line.hears(publish(V, 0, "t", 0, "x"));
    line.says_nothing_more();
    line.hears(publish(V, QOS_1, "t", 5, "x"));
    line.says(ack(PUBACK, 5));
    line.says_nothing_more();
    line.hears(publish(V, QOS_2, "t", 6, "x"));
    line.says(ack(PUBREC, 6));
    line.says_nothing_more();
    line.is_up();
}

#[test]
fn v5_3_3_4_4_all_subscription_identifiers_of_a_message_are_handed_over() {
    let mut line = Line::connected(V);
    let list = [
        subscription_identifier(268_435_455),
        subscription_identifier(1),
        subscription_identifier(200),
    ]
    .concat();
    line.hears(publish_with(V, 0, "t", 0, &list, "x"));
    assert_eq!(line.ledger.deliveries[0].properties, list);
    line.hears(publish_with(V, 0, "t", 0, &subscription_identifier(0), "x"));
    line.ended_in_protest(ReasonCode::PROTOCOL_ERROR);
}

#[test]
fn v5_3_3_4_6_a_publish_of_ours_has_no_subscription_identifier() {
    let mut line = Line::connected(V);
    let list = subscription_identifier(1);
    let error = refused(&mut line, with(&list, QoS::AtLeastOnce));
    assert!(
        matches!(
            error,
            UsageError::Properties(DecodeError::MisplacedProperty(..))
        ),
        "{error:?}"
    );
}

/// A server that takes so many unacknowledged messages.
fn narrow(receive_maximum: u16) -> Line {
    Line::limited(&short(RECEIVE_MAXIMUM, receive_maximum))
}

#[test]
fn v5_3_3_4_7_no_more_is_unacknowledged_than_the_server_takes() {
    let mut line = narrow(2);
    for n in 1..=6 {
        let qos = if n % 2 == 0 {
            QoS::AtLeastOnce
        } else {
            QoS::ExactlyOnce
        };
        line.send(&n.to_string(), qos);
    }
    line.says(publish(V, QOS_2, "meters/7", 1, "1"));
    line.says(publish(V, QOS_1, "meters/7", 2, "2"));
    line.says_nothing_more();
    // PUBREC opens nothing, PUBCOMP does.
    line.hears(ack(PUBREC, 1));
    line.says(ack(PUBREL, 1));
    line.says_nothing_more();
    line.hears(ack(PUBCOMP, 1));
    line.says(publish(V, QOS_2, "meters/7", 3, "3"));
    line.says_nothing_more();
    // So does PUBACK, and so does a PUBREC that refuses.
    line.hears(ack(PUBACK, 2));
    line.says(publish(V, QOS_1, "meters/7", 4, "4"));
    line.says_nothing_more();
    line.hears(ack_with(PUBREC, 3, 0x97, &[]));
    line.says(publish(V, QOS_2, "meters/7", 5, "5"));
    line.says_nothing_more();
    // On the next connection its own limit counts, the messages that are sent again included.
    line.break_link();
    line.dial();
    line.hears(connack_with(V, true, 0, &short(RECEIVE_MAXIMUM, 1)));
    line.says(publish(V, DUP | QOS_1, "meters/7", 4, "4"));
    line.says_nothing_more();
    line.hears(ack(PUBACK, 4));
    line.says(publish(V, DUP | QOS_2, "meters/7", 5, "5"));
    line.says_nothing_more();
}

#[test]
fn v5_3_3_4_8_everything_but_publish_goes_out_while_messages_are_unacknowledged() {
    let mut line = Line::new(V);
    line.config.keep_alive = 10;
    line.dial();
    line.hears(connack_with(V, false, 0, &short(RECEIVE_MAXIMUM, 1)));
    line.send("held up", QoS::ExactlyOnce);
    line.send("waits", QoS::AtLeastOnce);
    line.says(publish(V, QOS_2, "meters/7", 1, "held up"));
    line.says_nothing_more();
    line.subscribes("t", QoS::AtMostOnce);
    assert_eq!(line.next()[0], SUBSCRIBE);
    line.unsubscribes("t");
    assert_eq!(line.next()[0], UNSUBSCRIBE);
    line.hears(publish(V, QOS_1, "t", 8, "x"));
    line.says(ack(PUBACK, 8));
    line.hears(publish(V, QOS_2, "t", 9, "x"));
    line.says(ack(PUBREC, 9));
    line.hears(ack(PUBREL, 9));
    line.says(ack(PUBCOMP, 9));
    line.hears(ack(PUBREC, 1));
    line.says(ack(PUBREL, 1));
    line.pass(10_000);
    line.says(PINGREQ);
    let now = line.now;
    let options = DisconnectOptions::default();
    line.client.disconnect(&options, now).expect("in order");
    line.drain(&[]);
    line.says(DISCONNECT);
    line.says_nothing_more();
}

#[test]
fn v5_3_3_4_9_more_unacknowledged_messages_than_our_receive_maximum_end_the_connection() {
    let mut line = Line::new(V);
    line.config.receive_maximum = Some(2);
    line.auto_ack = false;
    let connect = line.dial();
    assert!(
        Opening::read(&connect)
            .properties
            .ends_with(&short(RECEIVE_MAXIMUM, 2))
    );
    line.hears(connack(V, false));
    line.hears(publish(V, QOS_1, "t", 1, "x"));
    line.hears(publish(V, QOS_2, "t", 2, "x"));
    line.says(ack(PUBREC, 2));
    line.hears(publish(V, 0, "t", 0, "does not count"));
    line.is_up();
    line.hears(publish(V, QOS_1, "t", 3, "x"));
    let error = line.ended_in_protest(ReasonCode::RECEIVE_MAXIMUM_EXCEEDED);
    assert_eq!(error, ProtocolError::ReceiveMaximumExceeded);
}

#[test]
fn v5_3_3_4_10_what_is_acknowledged_makes_room_for_more() {
    let mut line = Line::new(V);
    line.config.receive_maximum = Some(1);
    line.establish();
    for id in 1..20 {
        line.hears(publish(V, QOS_1, "t", id, "x"));
        line.says(ack(PUBACK, id));
        line.hears(publish(V, QOS_2, "t", id, "x"));
        line.says(ack(PUBREC, id));
        line.hears(ack(PUBREL, id));
        line.says(ack(PUBCOMP, id));
    }
    line.is_up();
}
