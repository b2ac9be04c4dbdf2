//! MQTT 5, chapters 1 and 2: strings, numbers, fixed header, packet identifiers, properties.

use std::collections::BTreeSet;

use mqtt_mooring::client::output::{Cause, Output};
use mqtt_mooring::client::{DisconnectOptions, PublishRequest};
use mqtt_mooring::codec::{DecodeError, EncodeError, QoS, ReasonCode, TopicError, Version};
use mqtt_mooring::error::{ProtocolError, UsageError};

use super::bytes::*;
use super::line::Line;
use super::v5_properties::*;
use crate::support::message;

const V: Version = Version::V5;

/// What is no UTF-8: surrogates, overlong, cut off, out of range, out of place.
const ILL_FORMED: [&[u8]; 8] = [
    b"a\xED\xA0\x80",
    b"\xED\xBF\xBFa",
    b"\xC0\x80",
    b"\xC1\xBF",
    b"\xE0\x80\xAF",
    b"a\xE2\x82",
    b"\xF4\x90\x80\x80",
    b"\x80a",
];

/// A PUBLISH whose topic, Content Type, Response Topic, User Property name and value are `bytes` in turn.
fn publishes_with(bytes: &[u8]) -> Vec<Vec<u8>> {
    let head =
        |topic: &[u8], list: &[u8]| packet(PUBLISH, &[&text(topic), &properties(V, list), b"x"]);
    vec![
        head(bytes, &[]),
        head(b"t", &word(CONTENT_TYPE, bytes)),
        head(b"t", &word(RESPONSE_TOPIC, bytes)),
        head(b"t", &user(bytes, "v")),
        head(b"t", &user("n", bytes)),
    ]
}

/// Every string a server can say outside of PUBLISH, `bytes` in each.
fn others_with(bytes: &[u8]) -> Vec<Vec<u8>> {
    let reason = word(REASON_STRING, bytes);
    vec![
        ack_with(PUBACK, 1, 0, &reason),
        ack_with(PUBREC, 1, 0, &reason),
        ack_with(PUBREL, 1, 0, &reason),
        ack_with(PUBCOMP, 1, 0, &reason),
        packet(SUBACK, &[&two(1), &properties(V, &reason), &[0]]),
        packet(UNSUBACK, &[&two(1), &properties(V, &reason), &[0]]),
        disconnect(0x8B, &reason),
        disconnect(0x9D, &word(SERVER_REFERENCE, bytes)),
    ]
}

fn refused_as_malformed(packet: &[u8]) -> DecodeError {
    let mut line = Line::connected(V);
    line.hears(packet);
    match line.ended_in_protest(ReasonCode::MALFORMED_PACKET) {
        ProtocolError::Malformed(error) => error,
        other => panic!("{other:?}"),
    }
}

#[test]
fn v5_1_5_4_1_a_string_that_is_not_utf_8_is_malformed_wherever_it_stands() {
    for bytes in ILL_FORMED {
        let mut packets = publishes_with(bytes);
        packets.extend(others_with(bytes));
        for packet in packets {
            let error = refused_as_malformed(&packet);
            assert!(
                matches!(error, DecodeError::InvalidUtf8(_)),
                "{packet:02x?}: {error:?}"
            );
        }
        for id in [
            ASSIGNED_CLIENT_IDENTIFIER,
            REASON_STRING,
            SERVER_REFERENCE,
            RESPONSE_INFORMATION,
        ] {
            let mut line = Line::new(V);
            line.dial();
            line.hears(connack_with(V, false, 0, &word(id, bytes)));
            line.ended_in_protest(ReasonCode::MALFORMED_PACKET);
        }
        // Nor does it leave this client: topics are strings of Rust, properties are looked at.
        let mut line = Line::connected(V);
        let list = word(CONTENT_TYPE, bytes);
        let now = line.now;
        let refused = line.client.publish(with(&list, QoS::AtLeastOnce), now);
        assert!(matches!(
            refused,
            Err(UsageError::Properties(DecodeError::InvalidUtf8(_)))
        ));
        line.says_nothing_more();
    }
}

#[test]
fn v5_1_5_4_2_a_string_with_u_0000_is_malformed_and_none_is_sent() {
    let mut packets = publishes_with(b"a\0b");
    packets.extend(others_with(b"\0"));
    for packet in packets {
        let error = refused_as_malformed(&packet);
        assert!(
            matches!(
                error,
                DecodeError::NullCharacter(_) | DecodeError::TopicName(TopicError::NullCharacter)
            ),
            "{packet:02x?}: {error:?}"
        );
    }
    let mut line = Line::connected(V);
    let now = line.now;
    let refused = line.client.publish(to("a\0b", QoS::AtMostOnce), now);
    assert_eq!(refused, Err(UsageError::Topic(TopicError::NullCharacter)));
    let list = user("n", "\0");
    let refused = line.client.publish(with(&list, QoS::AtMostOnce), now);
    assert!(matches!(
        refused,
        Err(UsageError::Properties(DecodeError::NullCharacter(_)))
    ));
    line.says_nothing_more();
    // In CONNECT, where the attempt ends by it.
    let mut named = Line::new(V);
    named.config.client_id = "a\0b".into();
    let mut known = Line::new(V);
    known.config.username = Some("\0".into());
    for mut line in [named, known] {
        line.connect();
        line.says_nothing_more();
        let cause = line.ledger.last_cause();
        assert!(
            matches!(
                cause,
                Cause::Unsendable(UsageError::Encode(EncodeError::NullCharacter(_)))
            ),
            "{cause:?}"
        );
    }
}

#[test]
fn v5_1_5_4_3_a_byte_order_mark_is_a_character_like_any_other() {
    let topic = "\u{FEFF}a/\u{FEFF}";
    let list = [
        word(CONTENT_TYPE, "\u{FEFF}"),
        user("\u{FEFF}n", "v\u{FEFF}"),
    ]
    .concat();
    let mut line = Line::connected(V);
    line.hears(publish_with(V, 0, topic, 0, &list, "x"));
    line.hears(publish_with(V, QOS_2, topic, 5, &list, "x"));
    line.hears(ack(PUBREL, 5));
    assert_eq!(line.ledger.deliveries.len(), 2);
    for delivered in &line.ledger.deliveries {
        assert_eq!(delivered.topic, topic);
        assert_eq!(delivered.properties, list);
    }
    line.all();
    let request = PublishRequest {
        topic,
        ..with(&list, QoS::AtMostOnce)
    };
    line.publish(request);
    line.says(publish_with(V, 0, topic, 0, &list, "x"));
}

/// All bytes that one turn sends, as they are.
fn raw(line: &mut Line) -> Vec<u8> {
    let mut bytes = Vec::new();
    while let Some(output) = line.client.poll_output() {
        if let Output::Transmit(more) = output {
            bytes.extend(more);
        }
    }
    bytes
}

#[test]
fn v5_1_5_5_1_variable_byte_integers_are_as_short_as_can_be_and_others_are_malformed() {
    // Remaining Length, on either side of each step.
    for (length, encoded) in [
        (127, &[0x7F][..]),
        (128, &[0x80, 0x01]),
        (16_383, &[0xFF, 0x7F]),
        (16_384, &[0x80, 0x80, 0x01]),
        (2_097_151, &[0xFF, 0xFF, 0x7F]),
        (2_097_152, &[0x80, 0x80, 0x80, 0x01]),
    ] {
        let mut line = Line::connected(V);
        let payload = vec![b'x'; length - 4];
        let request = PublishRequest {
            topic: "t",
            payload: &payload,
            ..message("", QoS::AtMostOnce)
        };
        let now = line.now;
        line.client.publish(request, now).expect("accepted");
        let bytes = raw(&mut line);
        assert_eq!(bytes[1..=encoded.len()], *encoded, "{length}");
        assert_eq!(bytes.len(), 1 + encoded.len() + length);
    }
    // Property Length, and Subscription Identifier.
    for (number, encoded) in [
        (127, &[0x7F][..]),
        (128, &[0x80, 0x01]),
        (268_435_455, &[0xFF, 0xFF, 0xFF, 0x7F]),
    ] {
        let mut line = Line::connected(V);
        let identifier = [&[SUBSCRIPTION_IDENTIFIER], encoded].concat();
        let list = [subscription_identifier(number), user("n", [b'v'; 130])].concat();
        let filters = [("t", Default::default())];
        let now = line.now;
        line.client
            .subscribe(&filters, &list, now)
            .expect("accepted");
        let bytes = raw(&mut line);
        let length = list.len() as u8;
        assert_eq!(bytes[5..7], [length | 0x80, 1], "a list of {length} bytes");
        assert_eq!(bytes[7..][..identifier.len()], identifier);
    }
    // Remaining Length, Property Length and Subscription Identifier of more bytes than they need, or of more than four.
    for bytes in [
        &[0x30, 0x84, 0x00, 0, 1, b't', 0][..],
        &[0x30, 5, 0, 1, b't', 0x80, 0x00],
        &[0x30, 7, 0, 1, b't', 3, 0x0B, 0x81, 0x00],
        &[0x30, 0x84, 0x80, 0x80, 0x80, 0x00, 0, 1, b't', 0],
    ] {
        let error = refused_as_malformed(bytes);
        assert!(
            matches!(error, DecodeError::VariableByteInteger(_)),
            "{bytes:02x?}: {error:?}"
        );
    }
}

#[test]
fn v5_1_5_7_1_both_strings_of_a_user_property_are_held_against_the_rules_of_strings() {
    for bytes in ILL_FORMED.into_iter().chain([&b"\0"[..]]) {
        for list in [user(bytes, "v"), user("n", bytes)] {
            refused_as_malformed(&publish_with(V, 0, "t", 0, &list, "x"));
            refused_as_malformed(&ack_with(PUBACK, 1, 0, &list));
            let mut line = Line::connected(V);
            let now = line.now;
            let refused = line.client.publish(with(&list, QoS::AtLeastOnce), now);
            assert!(
                matches!(refused, Err(UsageError::Properties(_))),
                "{list:02x?}"
            );
            let filters = [("t", Default::default())];
            let refused = line.client.subscribe(&filters, &list, now);
            assert!(
                matches!(refused, Err(UsageError::Properties(_))),
                "{list:02x?}"
            );
            line.says_nothing_more();
        }
    }
    let good = user("näme", "\u{10FFFF}");
    let mut line = Line::connected(V);
    line.publish(with(&good, QoS::AtMostOnce));
    line.says(publish_with(V, 0, "meters/7", 0, &good, "x"));
}

#[test]
fn v5_2_1_3_1_reserved_flags_are_as_the_table_says_in_both_directions() {
    let mut line = Line::new(V);
    line.config.keep_alive = 10;
    line.establish();
    line.subscribes("t", QoS::AtMostOnce);
    line.unsubscribes("t");
    line.hears(publish(V, QOS_1, "t", 7, "x"));
    line.hears(publish(V, QOS_2, "t", 8, "x"));
    line.hears(ack(PUBREL, 8));
    line.send("x", QoS::ExactlyOnce);
    line.hears(ack(PUBREC, 3));
    line.pass(10_000);
    let now = line.now;
    line.client
        .disconnect(&DisconnectOptions::default(), now)
        .expect("in order");
    line.drain(&[]);
    let firsts: Vec<u8> = line.all().iter().map(|packet| packet[0]).collect();
    assert_eq!(
        firsts,
        [0x82, 0xA2, 0x40, 0x50, 0x70, 0x34, 0x62, 0xC0, 0xE0]
    );
    let bodies: [(u8, &[u8]); 9] = [
        (0x40, &[0, 1]),
        (0x50, &[0, 1]),
        (0x62, &[0, 1]),
        (0x70, &[0, 1]),
        (0x90, &[0, 1, 0, 0]),
        (0xB0, &[0, 1, 0, 0]),
        (0xD0, &[]),
        (0xE0, &[]),
        (0xF0, &[]),
    ];
    for (right, body) in bodies {
        for flags in (0..16).filter(|flags| *flags != right & 15) {
            let error = refused_as_malformed(&packet(right & 0xF0 | flags, &[body]));
            assert!(
                matches!(error, DecodeError::FixedHeaderFlags { .. }),
                "{error:?}"
            );
        }
    }
    for flags in 1..16 {
        let mut line = Line::new(V);
        line.dial();
        line.hears(packet(CONNACK | flags, &[&[0, 0, 0]]));
        line.ended_in_protest(ReasonCode::MALFORMED_PACKET);
    }
}

#[test]
fn v5_2_2_1_2_a_publish_of_qos_0_has_no_packet_identifier() {
    let mut line = Line::connected(V);
    line.send("x", QoS::AtMostOnce);
    line.says([
        0x30, 12, 0, 8, b'm', b'e', b't', b'e', b'r', b's', b'/', b'7', 0, b'x',
    ]);
    line.hears([0x30, 6, 0, 1, b't', 0, 0, 7]);
    let delivered = line.ledger.deliveries.last().expect("delivered");
    assert_eq!(
        (delivered.packet_id, &*delivered.payload),
        (None, &[0, 7][..])
    );
}

#[test]
fn v5_2_2_1_3_new_packets_get_identifiers_that_are_not_0_and_not_in_use() {
    let mut line = Line::connected(V);
    // Held all the time: a message of either QoS, one that waits for PUBCOMP, a request of either kind.
    line.send("held", QoS::AtLeastOnce);
    line.send("held", QoS::ExactlyOnce);
    line.send("held", QoS::ExactlyOnce);
    line.subscribes("held", QoS::AtMostOnce);
    line.unsubscribes("held");
    let identifier = |packet: &[u8]| {
        let at = if packet[0] & 0xF0 == PUBLISH { 12 } else { 2 };
        u16::from_be_bytes([packet[at], packet[at + 1]])
    };
    let held: BTreeSet<u16> = line.all().iter().map(|packet| identifier(packet)).collect();
    assert_eq!(held.len(), 5);
    assert!(!held.contains(&0));
    line.hears(ack(PUBREC, 3));
    line.says(ack(PUBREL, 3));
    // All identifiers there are, and round once more.
    for n in 0..66_000_u32 {
        let request = PublishRequest {
            topic: "12345678",
            payload: &[],
            ..message("", QoS::AtLeastOnce)
        };
        line.publish(request);
        let id = identifier(&line.next());
        assert!(id != 0 && !held.contains(&id), "{id} is in use, or 0");
        line.hears(ack(PUBACK, id));
        if n % 1_000 == 0 {
            line.ledger.events.clear();
            line.ledger.outcomes.clear();
        }
    }
    // A request does not take a message's either.
    line.subscribes("t", QoS::AtMostOnce);
    let id = identifier(&line.next());
    assert!(id != 0 && !held.contains(&id));
}

#[test]
fn v5_2_2_1_4_a_publish_with_identifier_0_ends_the_connection() {
    for flags in [QOS_1, QOS_2] {
        let mut line = Line::connected(V);
        line.hears(packet(PUBLISH | flags, &[&text("t"), &two(0), &[0], b"x"]));
        line.ended_in_protest(ReasonCode::PROTOCOL_ERROR);
        assert_eq!(line.ledger.deliveries.len(), 0);
    }
}

#[test]
fn v5_2_2_1_5_acknowledgements_name_the_publish_they_belong_to() {
    let mut line = Line::connected(V);
    for id in [1, 0x0102, 0xFFFF] {
        line.hears(publish(V, QOS_1, "t", id, "x"));
        line.says(ack(PUBACK, id));
        line.hears(publish(V, QOS_2, "t", id, "x"));
        line.says(ack(PUBREC, id));
        line.hears(ack(PUBREL, id));
        line.says(ack(PUBCOMP, id));
    }
    for id in 1..=3 {
        line.send("x", QoS::ExactlyOnce);
        line.says(publish(V, QOS_2, "meters/7", id, "x"));
    }
    for id in [2, 3, 1] {
        line.hears(ack(PUBREC, id));
        line.says(ack(PUBREL, id));
    }
    line.says_nothing_more();
}

#[test]
fn v5_2_2_1_6_an_answer_to_another_identifier_answers_nobody() {
    let mut line = Line::connected(V);
    let one = line.subscribes("t", QoS::AtMostOnce);
    let two = line.unsubscribes("u");
    line.all();
    line.hears(suback(V, 9, &[0]));
    line.hears(unsuback(V, 9, &[0]));
    assert!(line.ledger.is_open(one) && line.ledger.is_open(two));
    line.hears(unsuback(V, 2, &[0]));
    assert!(line.ledger.is_open(one) && !line.ledger.is_open(two));
    line.hears(suback(V, 1, &[0]));
    assert!(!line.ledger.is_open(one));
    line.is_up();
}

#[test]
fn v5_2_2_2_1_no_properties_are_a_property_length_of_0() {
    let mut line = Line::new(V);
    line.config.clean_session = true;
    line.config.will = Some(mqtt_mooring::client::config::WillMessage {
        topic: "w".into(),
        payload: Vec::new(),
        qos: QoS::AtMostOnce,
        retain: false,
        properties: Vec::new(),
    });
    let connect = line.dial();
    let opening = Opening::read(&connect);
    assert_eq!(opening.properties, []);
    assert_eq!(
        opening.payload,
        [&text("tablet-17")[..], &[0], &text("w"), &text("")].concat()
    );
    line.hears(connack(V, false));
    line.send("x", QoS::AtMostOnce);
    line.says(packet(PUBLISH, &[&text("meters/7"), &[0], b"x"]));
    line.subscribes("t", QoS::AtMostOnce);
    line.says(packet(SUBSCRIBE, &[&two(1), &[0], &text("t"), &[0]]));
    line.unsubscribes("t");
    line.says(packet(UNSUBSCRIBE, &[&two(2), &[0], &text("t")]));
    // Whoever leaves it out where it must be is not understood.
    line.hears(packet(SUBACK, &[&two(1)]));
    line.ended_in_protest(ReasonCode::MALFORMED_PACKET);
}
