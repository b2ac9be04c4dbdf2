//! 3.1.1, chapters 1 and 2: strings, flags, packet identifiers.

use std::collections::BTreeSet;

use mqtt_mooring::client::config::WillMessage;
use mqtt_mooring::client::{DisconnectOptions, PublishRequest};
use mqtt_mooring::codec::{QoS, ReasonCode, SubscriptionOptions, TopicError, Version};
use mqtt_mooring::error::UsageError;

use super::bytes::*;
use super::line::Line;
use crate::support::message;

const V: Version = Version::V311;
const MALFORMED: ReasonCode = ReasonCode::MALFORMED_PACKET;

/// PUBLISH at QoS 0 to a topic of these bytes.
fn published_to(topic: &[u8]) -> Vec<u8> {
    packet(PUBLISH, &[&text(topic), b"x"])
}

#[test]
fn v311_1_5_3_1_ill_formed_utf_8_ends_the_connection() {
    for topic in [
        &b"a\xFF"[..],
        b"\xC3",             // cut off
        b"\x80",             // begins in the middle
        b"\xC0\xAF",         // a longer form than needed
        b"\xED\xA0\x80",     // U+D800, a surrogate
        b"\xED\xBF\xBF",     // U+DFFF
        b"\xF4\x90\x80\x80", // above U+10FFFF
    ] {
        let mut line = Line::connected(V);
        line.hears(published_to(topic));
        line.ended_in_protest(MALFORMED);
        assert!(line.ledger.deliveries.is_empty());
    }
    // Right at the edges of all that is well-formed.
    let mut line = Line::connected(V);
    line.hears(published_to("\u{D7FF}\u{E000}\u{10FFFF}".as_bytes()));
    line.is_up();
    assert_eq!(
        line.ledger.deliveries[0].topic,
        "\u{D7FF}\u{E000}\u{10FFFF}"
    );
}

#[test]
fn v311_1_5_3_2_no_string_holds_u_0000_and_one_that_does_ends_the_connection() {
    let mut line = Line::connected(V);
    line.hears(published_to(b"a\0b"));
    line.ended_in_protest(MALFORMED);

    // What the caller gives is refused before anything is sent.
    let will = WillMessage {
        topic: "w\0".into(),
        payload: Vec::new(),
        qos: QoS::AtMostOnce,
        retain: false,
        properties: Vec::new(),
    };
    for spoil in [
        |line: &mut Line, _| line.config.client_id = "c\0".into(),
        |line: &mut Line, _| line.config.username = Some("u\0".into()),
        |line: &mut Line, will| line.config.will = Some(will),
    ] as [fn(&mut Line, WillMessage); 3]
    {
        let mut line = Line::new(V);
        spoil(&mut line, will.clone());
        let (config, now) = (line.config.clone(), line.now);
        if line.client.connect(config, now).is_ok() {
            line.open();
        }
        line.says_nothing_more();
    }
    let mut line = Line::connected(V);
    let now = line.now;
    let refused = Err(UsageError::Topic(TopicError::NullCharacter));
    let spoilt = PublishRequest {
        topic: "a\0b",
        ..message("x", QoS::AtMostOnce)
    };
    assert_eq!(line.client.publish(spoilt, now), refused);
    let filter = [("a\0b", SubscriptionOptions::qos(QoS::AtMostOnce))];
    assert_eq!(line.client.subscribe(&filter, &[], now), refused);
    assert_eq!(line.client.unsubscribe(&["a\0b"], &[], now), refused);
    line.says_nothing_more();
}

#[test]
fn v311_1_5_3_3_ef_bb_bf_is_kept_wherever_it_stands() {
    let name = "\u{FEFF}a/\u{FEFF}";
    let mut line = Line::connected(V);
    line.hears(published_to(b"\xEF\xBB\xBFa/\xEF\xBB\xBF"));
    assert_eq!(line.ledger.deliveries[0].topic, name);
    line.publish(PublishRequest {
        topic: name,
        ..message("x", QoS::AtMostOnce)
    });
    line.says(published_to(b"\xEF\xBB\xBFa/\xEF\xBB\xBF"));
    line.subscribes(name, QoS::AtMostOnce);
    line.says(subscribe(V, 1, name, 0));
}

#[test]
fn v311_2_2_2_1_reserved_flags_are_those_of_the_table() {
    let mut line = Line::new(V);
    line.config.keep_alive = 10;
    let mut first = vec![line.dial()[0]];
    line.hears(connack(V, false));
    line.subscribes("a", QoS::ExactlyOnce);
    line.unsubscribes("a");
    line.hears(publish(V, QOS_1, "a", 1, ""));
    line.hears(publish(V, QOS_2, "a", 2, ""));
    line.hears(ack(PUBREL, 2));
    line.hears(ack(PUBREC, 9));
    line.pass(10_000);
    let now = line.now;
    let options = DisconnectOptions::default();
    line.client.disconnect(&options, now).expect("accepted");
    line.drain(&[]);
    first.extend(line.all().iter().map(|packet| packet[0]));
    assert_eq!(
        first,
        [
            0x10, // CONNECT
            0x82, // SUBSCRIBE
            0xA2, // UNSUBSCRIBE
            0x40, // PUBACK
            0x50, // PUBREC
            0x70, // PUBCOMP
            0x62, // PUBREL
            0xC0, // PINGREQ
            0xE0, // DISCONNECT
        ]
    );
}

#[test]
fn v311_2_2_2_2_wrong_flags_end_the_connection() {
    for (right, body) in [
        (PUBACK, &[0, 1][..]),
        (PUBREC, &[0, 1]),
        (PUBREL, &[0, 1]),
        (PUBCOMP, &[0, 1]),
        (SUBACK, &[0, 1, 0]),
        (UNSUBACK, &[0, 1]),
        (0xD0, &[]),
    ] {
        for flags in (0..16).filter(|flags| *flags != right & 0x0F) {
            let mut line = Line::connected(V);
            line.hears(packet(right & 0xF0 | flags, &[body]));
            line.ended_in_protest(MALFORMED);
        }
    }
    for flags in 1..16 {
        let mut line = Line::new(V);
        line.dial();
        line.hears(packet(CONNACK | flags, &[&[0, 0]]));
        line.ended_in_protest(MALFORMED);
    }
}

/// A client with this many identifiers in use that nobody gives back: 1 by a message of QoS 1, 2 by one of QoS 2 before
/// PUBREC, 3 by one after it, 4 by SUBSCRIBE, 5 by UNSUBSCRIBE.
fn with_five_in_use() -> Line {
    let mut line = Line::new(V);
    line.config.inflight_window = Some(u16::MAX);
    line.establish();
    line.send("", QoS::AtLeastOnce);
    line.send("", QoS::ExactlyOnce);
    line.send("", QoS::ExactlyOnce);
    line.hears(ack(PUBREC, 3));
    line.subscribes("a", QoS::AtMostOnce);
    line.unsubscribes("b");
    assert_eq!(line.all().len(), 6);
    line
}

/// The identifiers of the next `count` messages, each acknowledged at once.
pub(super) fn next_identifiers(line: &mut Line, count: usize) -> impl Iterator<Item = u16> {
    (0..count).map(|_| {
        line.send("", QoS::AtLeastOnce);
        let said = line.next();
        let mut reader = Reader::of(PUBLISH | QOS_1, &said);
        reader.text();
        let id = reader.two();
        line.hears(ack(PUBACK, id));
        id
    })
}

#[test]
fn v311_2_3_1_1_identifiers_are_never_0_not_even_when_they_begin_again() {
    let mut line = Line::connected(V);
    let seen: Vec<_> = next_identifiers(&mut line, 65_540).collect();
    assert!(!seen.contains(&0));
    assert_eq!(seen.iter().collect::<BTreeSet<_>>().len(), 65_535);
    let before = *seen.last().expect("many");
    line.subscribes("a", QoS::AtMostOnce);
    line.says(subscribe(V, before + 1, "a", 0));
    line.unsubscribes("a");
    line.says(unsubscribe(V, before + 2, "a"));
}

#[test]
fn v311_2_3_1_2_a_new_packet_gets_an_identifier_that_is_not_in_use() {
    let mut line = with_five_in_use();
    let seen: BTreeSet<_> = next_identifiers(&mut line, 65_540).collect();
    let unused: BTreeSet<_> = (6..=65_535).collect();
    assert_eq!(seen, unused);
}

#[test]
fn v311_2_3_1_3_an_identifier_is_free_with_its_last_acknowledgement_and_not_sooner() {
    let mut line = with_five_in_use();
    for _ in 6..=65_535 {
        line.send("", QoS::AtLeastOnce);
    }
    assert_eq!(line.all().len(), 65_530);
    // Now none is free: what comes next waits for one.
    let free = |line: &mut Line, freeing: Vec<u8>, id: u16| {
        line.send("next", QoS::AtLeastOnce);
        line.says_nothing_more();
        line.hears(freeing);
        line.says(publish(V, QOS_1, "meters/7", id, "next"));
    };
    free(&mut line, ack(PUBACK, 1), 1);
    line.hears(ack(PUBREC, 2));
    line.says(ack(PUBREL, 2));
    free(&mut line, ack(PUBCOMP, 2), 2);
    free(&mut line, ack(PUBCOMP, 3), 3);
    free(&mut line, suback(V, 4, &[0]), 4);
    free(&mut line, unsuback(V, 5, &[]), 5);
}

#[test]
fn v311_2_3_1_5_a_publish_at_qos_0_has_no_identifier() {
    let mut line = Line::connected(V);
    line.send("x", QoS::AtMostOnce);
    line.says(b"\x30\x0B\x00\x08meters/7x");
    // Nor is one looked for in what comes.
    line.hears(b"\x30\x05\x00\x01a\x00\x07");
    let delivered = &line.ledger.deliveries[0];
    assert_eq!(delivered.payload, [0, 7]);
    assert_eq!(delivered.packet_id, None);
    line.says_nothing_more();
}

#[test]
fn v311_2_3_1_6_an_acknowledgement_has_the_identifier_of_its_publish() {
    for id in [1, 7, 255, 256, 65_535] {
        let mut line = Line::connected(V);
        line.hears(publish(V, QOS_1, "a", id, ""));
        line.says(ack(PUBACK, id));
        line.hears(publish(V, QOS_2, "a", id, ""));
        line.says(ack(PUBREC, id));
        line.hears(ack(PUBREL, id));
        line.says(ack(PUBCOMP, id));
    }
    let mut line = Line::connected(V);
    for id in 1..=3 {
        line.send("", QoS::ExactlyOnce);
        line.says(publish(V, QOS_2, "meters/7", id, ""));
    }
    for id in [2, 3, 1] {
        line.hears(ack(PUBREC, id));
        line.says(ack(PUBREL, id));
    }
}
