//! 3.1.1, chapters 3.3 to 3.7: PUBLISH and its acknowledgements.

use mqtt_mooring::client::PublishRequest;
use mqtt_mooring::codec::{QoS, ReasonCode, TopicError, Version};
use mqtt_mooring::error::UsageError;

use super::bytes::*;
use super::line::Line;
use crate::support::{QOS, message};

const V: Version = Version::V311;
const MALFORMED: ReasonCode = ReasonCode::MALFORMED_PACKET;
const TOPIC: &str = "meters/7";

/// The flags that say a QoS.
fn bits(qos: QoS) -> u8 {
    (qos as u8) << 1
}

#[test]
fn v311_3_3_1_1_what_is_sent_again_has_dup() {
    for retain in [0, RETAIN] {
        for qos in [QoS::AtLeastOnce, QoS::ExactlyOnce] {
            let mut line = Line::connected(V);
            line.publish(PublishRequest {
                retain: retain != 0,
                ..message("x", qos)
            });
            line.says(publish(V, bits(qos) | retain, TOPIC, 1, "x"));
            for _ in 0..2 {
                line.break_link();
                line.resume();
                line.says(publish(V, DUP | bits(qos) | retain, TOPIC, 1, "x"));
                line.says_nothing_more();
            }
        }
    }
    // Also on a connection that stands.
    let mut line = Line::new(V);
    line.config.republish_interval = 5_000;
    line.establish();
    line.send("x", QoS::AtLeastOnce);
    line.says(publish(V, QOS_1, TOPIC, 1, "x"));
    line.pass(10_000);
    line.says(publish(V, QOS_1 | DUP, TOPIC, 1, "x"));
}

#[test]
fn v311_3_3_1_2_at_qos_0_there_is_no_dup() {
    let mut line = Line::connected(V);
    line.send("x", QoS::AtMostOnce);
    line.says(publish(V, 0, TOPIC, 0, "x"));
    line.break_link();
    line.resume();
    line.says_nothing_more();
    // Who sends it has broken the rule.
    line.hears(publish(V, DUP, "a", 0, "x"));
    line.ended_in_protest(MALFORMED);
    assert!(line.ledger.deliveries.is_empty());
}

#[test]
fn v311_3_3_1_4_qos_3_is_never_said_and_ends_the_connection() {
    for qos in QOS {
        let mut line = Line::connected(V);
        line.send("x", qos);
        assert_eq!(line.next()[0] & 0x06, bits(qos));
    }
    for flags in [0, RETAIN, DUP, DUP | RETAIN] {
        let mut line = Line::connected(V);
        line.hears(publish(V, flags | QOS_1 | QOS_2, "a", 1, "x"));
        line.ended_in_protest(MALFORMED);
        assert!(line.ledger.deliveries.is_empty());
    }
}

#[test]
fn v311_3_3_2_1_a_publish_begins_with_its_topic_in_utf_8() {
    let mut line = Line::connected(V);
    line.publish(PublishRequest {
        topic: "Zähler/日本/😀",
        ..message("x", QoS::AtLeastOnce)
    });
    let said = line.next();
    let mut reader = Reader::of(PUBLISH | QOS_1, &said);
    assert_eq!(reader.text(), "Zähler/日本/😀");
    assert_eq!(reader.two(), 1);
    assert_eq!(reader.rest(), b"x");

    line.hears(publish(V, QOS_1, "Zähler/日本/😀", 1, "x"));
    assert_eq!(line.ledger.deliveries[0].topic, "Zähler/日本/😀");
    line.says(ack(PUBACK, 1));
    // A PUBLISH without one, or with half of one, is none.
    for body in [&b""[..], b"\0", b"\0\x05abc"] {
        let mut line = Line::connected(V);
        line.hears(packet(PUBLISH, &[body]));
        line.ended_in_protest(MALFORMED);
    }
}

#[test]
fn v311_3_3_2_2_a_topic_name_has_no_wildcards() {
    for topic in ["a/+", "+", "#", "a/#", "a#", "a+b"] {
        let mut line = Line::connected(V);
        let request = PublishRequest {
            topic,
            ..message("x", QoS::AtMostOnce)
        };
        let now = line.now;
        let refused = line.client.publish(request, now);
        assert_eq!(refused, Err(UsageError::Topic(TopicError::WildcardInName)));
        line.says_nothing_more();
        line.hears(publish(V, 0, topic, 0, "x"));
        line.ended_in_protest(ReasonCode::TOPIC_NAME_INVALID);
        assert!(line.ledger.deliveries.is_empty());
    }
}

#[test]
fn v311_3_3_4_1_a_publish_is_answered_as_its_qos_asks() {
    for (flags, id, answer) in [
        (0, 0, None),
        (QOS_1, 7, Some(ack(PUBACK, 7))),
        (QOS_2, 7, Some(ack(PUBREC, 7))),
    ] {
        for more in [0, RETAIN] {
            let mut line = Line::connected(V);
            line.hears(publish(V, flags | more, "a", id, "x"));
            if let Some(answer) = &answer {
                line.says(answer);
            }
            line.says_nothing_more();
        }
    }
}

#[test]
fn v311_3_6_1_1_pubrel_is_62_and_nothing_else() {
    let mut line = Line::connected(V);
    line.send("x", QoS::ExactlyOnce);
    line.says(publish(V, QOS_2, TOPIC, 1, "x"));
    line.hears(ack(PUBREC, 1));
    line.says(b"\x62\x02\x00\x01");
    // So it is when it is said again.
    line.break_link();
    line.resume();
    line.says(b"\x62\x02\x00\x01");
    for first in (0x60..0x70).filter(|first| *first != 0x62) {
        let mut line = Line::connected(V);
        line.hears(publish(V, QOS_2, "a", 1, "x"));
        line.says(ack(PUBREC, 1));
        line.hears(ack(first, 1));
        line.ended_in_protest(MALFORMED);
        assert!(line.ledger.deliveries.is_empty());
    }
}
