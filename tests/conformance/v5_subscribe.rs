//! MQTT 5, chapters 3.8 to 3.13: SUBSCRIBE, UNSUBSCRIBE, their answers, PINGREQ.

use mqtt_mooring::client::output::Cause;
use mqtt_mooring::codec::{
    PacketType, QoS, ReasonCode, RetainHandling, SubscriptionOptions, TopicError, Version,
};
use mqtt_mooring::error::{ProtocolError, UsageError};
use mqtt_mooring::session::outbound::Token;

use super::bytes::*;
use super::line::Line;
use super::v5_properties::*;
use crate::support::Told;

const V: Version = Version::V5;

type Filters<'a> = &'a [(&'a str, SubscriptionOptions)];

fn asks(line: &mut Line, filters: Filters<'_>, list: &[u8]) -> Result<Token, UsageError> {
    let now = line.now;
    let asked = line.client.subscribe(filters, list, now);
    line.drain(&[]);
    asked
}

fn leaves(line: &mut Line, filters: &[&str], list: &[u8]) -> Result<Token, UsageError> {
    let now = line.now;
    let asked = line.client.unsubscribe(filters, list, now);
    line.drain(&[]);
    asked
}

/// SUBSCRIBE for "a", "b" and "c" was said, at QoS 0, 1 and 2.
fn subscribing() -> (Line, Token) {
    let mut line = Line::connected(V);
    let filters = [
        ("a", SubscriptionOptions::qos(QoS::AtMostOnce)),
        ("b", SubscriptionOptions::qos(QoS::AtLeastOnce)),
        ("c", SubscriptionOptions::qos(QoS::ExactlyOnce)),
    ];
    let token = asks(&mut line, &filters, &[]).expect("accepted");
    let listed = [text("a"), vec![0], text("b"), vec![1], text("c"), vec![2]].concat();
    line.says(packet(SUBSCRIBE, &[&two(1), &[0], &listed]));
    (line, token)
}

/// UNSUBSCRIBE from "a", "b" and "c" was said.
fn unsubscribing() -> (Line, Token) {
    let mut line = Line::connected(V);
    let token = leaves(&mut line, &["a", "b", "c"], &[]).expect("accepted");
    let listed = [text("a"), text("b"), text("c")].concat();
    line.says(packet(UNSUBSCRIBE, &[&two(1), &[0], &listed]));
    (line, token)
}

#[test]
fn v5_3_8_1_1_the_flags_of_subscribe_are_0010() {
    let mut line = Line::connected(V);
    line.subscribes("t", QoS::AtMostOnce);
    line.says([0x82, 7, 0, 1, 0, 0, 1, b't', 0]);
}

#[test]
fn v5_3_8_3_1_topic_filters_of_subscribe_are_utf_8() {
    let mut line = Line::connected(V);
    line.subscribes("Büro/+/\u{1F6AA}", QoS::AtMostOnce);
    let said = line.next();
    assert_eq!(said[5..], *b"\0\x0CB\xC3\xBCro/+/\xF0\x9F\x9A\xAA\0");
}

#[test]
fn v5_3_8_3_2_a_subscribe_without_a_filter_is_not_sent() {
    let mut line = Line::connected(V);
    let refused = asks(&mut line, &[], &[]);
    assert_eq!(refused, Err(UsageError::NoFilters));
    line.says_nothing_more();
    assert_eq!(line.client.packet_ids_in_use(), 0);
}

#[test]
fn v5_3_8_3_3_no_local_is_asked_for() {
    let mut line = Line::connected(V);
    let no_local = SubscriptionOptions {
        no_local: true,
        ..SubscriptionOptions::qos(QoS::AtLeastOnce)
    };
    asks(&mut line, &[("t", no_local)], &[]).expect("accepted");
    line.says(subscribe(V, 1, "t", 0b0000_0101));
}

#[test]
fn v5_3_8_3_4_no_local_on_a_shared_subscription_is_not_sent() {
    let mut line = Line::connected(V);
    let no_local = SubscriptionOptions {
        no_local: true,
        ..SubscriptionOptions::default()
    };
    let refused = asks(&mut line, &[("a", no_local), ("$share/n/t", no_local)], &[]);
    assert_eq!(refused, Err(UsageError::SharedNoLocal));
    line.says_nothing_more();
    // Each for itself is right.
    asks(
        &mut line,
        &[("$share/n/t", SubscriptionOptions::default())],
        &[],
    )
    .expect("accepted");
    line.says(subscribe(V, 1, "$share/n/t", 0));
}

#[test]
fn v5_3_8_3_5_the_reserved_bits_of_the_options_are_0() {
    let handlings = [
        RetainHandling::SendAtSubscribe,
        RetainHandling::SendIfNew,
        RetainHandling::DoNotSend,
    ];
    let mut line = Line::connected(V);
    for qos in [QoS::AtMostOnce, QoS::AtLeastOnce, QoS::ExactlyOnce] {
        for retain_handling in handlings {
            for (no_local, retain_as_published) in [(false, false), (true, false), (true, true)] {
                let options = SubscriptionOptions {
                    qos,
                    no_local,
                    retain_as_published,
                    retain_handling,
                };
                asks(&mut line, &[("t", options)], &[]).expect("accepted");
                let byte = *line.next().last().expect("options");
                let expected = qos as u8
                    | u8::from(no_local) << 2
                    | u8::from(retain_as_published) << 3
                    | (retain_handling as u8) << 4;
                assert_eq!(byte, expected);
            }
        }
    }
}

#[test]
fn v5_3_8_4_1_without_suback_a_subscribe_stays_open() {
    let (mut line, token) = subscribing();
    line.hears(publish(V, 0, "a", 0, "it may begin before"));
    line.pass(1_000_000);
    assert!(line.ledger.is_open(token));
    assert_eq!(line.ledger.payloads(), ["it may begin before"]);
}

#[test]
fn v5_3_8_4_2_suback_answers_the_subscribe_whose_identifier_it_has() {
    let mut line = Line::connected(V);
    let one = line.subscribes("a", QoS::AtMostOnce);
    let two = line.subscribes("b", QoS::AtLeastOnce);
    line.hears(suback(V, 2, &[1]));
    assert!(line.ledger.is_open(one));
    let granted = vec![("b".into(), QoS::AtLeastOnce, ReasonCode::GRANTED_QOS_1)];
    assert_eq!(*line.ledger.outcome(two), Told::Subscribed(granted));
    // That of an UNSUBSCRIBE is none of its business.
    line.unsubscribes("b");
    line.all();
    line.hears(suback(V, 3, &[0]));
    let error = line.ended_in_protest(ReasonCode::PROTOCOL_ERROR);
    assert_eq!(error, ProtocolError::MisplacedAck(PacketType::SubAck));
}

#[test]
fn v5_3_8_4_3_subscribing_again_replaces_what_would_be_subscribed_to_again() {
    let mut line = Line::connected(V);
    line.subscribes("t", QoS::AtMostOnce);
    line.hears(suback(V, 1, &[0]));
    line.subscribes("t", QoS::ExactlyOnce);
    line.hears(suback(V, 2, &[2]));
    line.all();
    line.break_link();
    line.dial();
    line.hears(connack(V, false));
    let again = line.next();
    let id = u16::from_be_bytes([again[2], again[3]]);
    assert_eq!(again, subscribe(V, id, "t", 2));
    line.says_nothing_more();
}

#[test]
fn v5_3_8_4_5_several_filters_are_one_packet_and_have_one_answer() {
    let (mut line, token) = subscribing();
    line.says_nothing_more();
    line.hears(suback(V, 1, &[0, 1, 2]));
    assert!(!line.ledger.is_open(token));
    assert_eq!(line.client.packet_ids_in_use(), 0);
}

#[test]
fn v5_3_8_4_6_a_suback_with_more_or_fewer_codes_than_filters_ends_the_connection() {
    for codes in [&[0, 1][..], &[0, 1, 2, 0]] {
        let (mut line, token) = subscribing();
        line.hears(suback(V, 1, codes));
        let error = line.ended_in_protest(ReasonCode::PROTOCOL_ERROR);
        assert_eq!(error, ProtocolError::AnswerCount(PacketType::SubAck));
        assert_eq!(*line.ledger.outcome(token), Told::RequestFailed);
    }
}

#[test]
fn v5_3_8_4_7_each_filter_is_told_what_was_granted_or_why_not() {
    let (mut line, token) = subscribing();
    line.hears(suback(V, 1, &[0, 0x87, 1]));
    let told = vec![
        ("a".into(), QoS::AtMostOnce, ReasonCode::SUCCESS),
        ("b".into(), QoS::AtLeastOnce, ReasonCode::NOT_AUTHORIZED),
        ("c".into(), QoS::AtLeastOnce, ReasonCode::GRANTED_QOS_1),
    ];
    assert_eq!(*line.ledger.outcome(token), Told::Subscribed(told));
    let held: Vec<_> = line.client.subscriptions().collect();
    assert_eq!(held, ["a", "c"]);
}

/// An answer with properties is larger than we take.
fn too_large(first: u8, list: &[u8]) {
    let answer = packet(first, &[&two(1), &properties(V, list), &[0]]);
    for (size, fits) in [(answer.len(), true), (answer.len() - 1, false)] {
        let mut line = Line::new(V);
        line.config.maximum_packet_size = Some(size as u32);
        line.establish();
        match first {
            SUBACK => line.subscribes("t", QoS::AtMostOnce),
            _ => line.unsubscribes("t"),
        };
        line.all();
        line.hears(&answer);
        if fits {
            line.is_up();
        } else {
            line.ended_in_protest(ReasonCode::PACKET_TOO_LARGE);
        }
    }
}

#[test]
fn v5_3_9_2_1_a_reason_string_that_makes_suback_too_large_for_us_ends_the_connection() {
    too_large(SUBACK, &word(REASON_STRING, "granted"));
}

#[test]
fn v5_3_9_2_2_user_properties_that_make_suback_too_large_for_us_end_the_connection() {
    too_large(SUBACK, &user("n", "v"));
}

#[test]
fn v5_3_11_2_1_a_reason_string_that_makes_unsuback_too_large_for_us_ends_the_connection() {
    too_large(UNSUBACK, &word(REASON_STRING, "granted"));
}

#[test]
fn v5_3_11_2_2_user_properties_that_make_unsuback_too_large_for_us_end_the_connection() {
    too_large(UNSUBACK, &user("n", "v"));
}

#[test]
fn v5_3_9_3_1_the_codes_of_suback_belong_to_the_filters_in_their_order() {
    let (mut line, token) = subscribing();
    line.hears(suback(V, 1, &[0x9E, 0, 2]));
    let Told::Subscribed(told) = line.ledger.outcome(token) else {
        panic!("not answered");
    };
    let told: Vec<_> = told
        .iter()
        .map(|(filter, _, reason)| (&**filter, reason.0))
        .collect();
    assert_eq!(told, [("a", 0x9E), ("b", 0), ("c", 2)]);
}

#[test]
fn v5_3_9_3_2_every_code_of_suback_is_understood_and_no_other() {
    const CODES: [u8; 12] = [
        0, 1, 2, 0x80, 0x83, 0x87, 0x8F, 0x91, 0x97, 0x9E, 0xA1, 0xA2,
    ];
    for code in 0..=255 {
        let mut line = Line::connected(V);
        let token = line.subscribes("t", QoS::ExactlyOnce);
        line.all();
        line.hears(suback(V, 1, &[code]));
        if CODES.contains(&code) {
            line.is_up();
            assert!(!line.ledger.is_open(token));
        } else {
            line.ended_in_protest(ReasonCode::PROTOCOL_ERROR);
        }
    }
}

#[test]
fn v5_3_10_1_1_the_flags_of_unsubscribe_are_0010() {
    let mut line = Line::connected(V);
    line.unsubscribes("t");
    line.says([0xA2, 6, 0, 1, 0, 0, 1, b't']);
}

#[test]
fn v5_3_10_3_1_topic_filters_of_unsubscribe_are_utf_8() {
    let mut line = Line::connected(V);
    line.unsubscribes("Büro/+/\u{1F6AA}");
    let said = line.next();
    assert_eq!(said[5..], *b"\0\x0CB\xC3\xBCro/+/\xF0\x9F\x9A\xAA");
    let refused = leaves(&mut line, &["a/#/b"], &[]);
    assert_eq!(
        refused,
        Err(UsageError::Topic(TopicError::MultiLevelWildcard))
    );
    line.says_nothing_more();
}

#[test]
fn v5_3_10_3_2_an_unsubscribe_without_a_filter_is_not_sent() {
    let mut line = Line::connected(V);
    let refused = leaves(&mut line, &[], &[]);
    assert_eq!(refused, Err(UsageError::NoFilters));
    line.says_nothing_more();
    assert_eq!(line.client.packet_ids_in_use(), 0);
}

#[test]
fn v5_3_10_4_1_a_filter_leaves_as_it_was_asked_for() {
    let mut line = Line::connected(V);
    for (n, filter) in ["a/+", "a/b", "A/b", "a/b/"].into_iter().enumerate() {
        line.subscribes(filter, QoS::AtMostOnce);
        line.hears(suback(V, n as u16 + 1, &[0]));
    }
    line.all();
    line.unsubscribes("a/b");
    line.says(unsubscribe(V, 5, "a/b"));
    line.hears(unsuback(V, 5, &[0]));
    let held: Vec<_> = line.client.subscriptions().collect();
    assert_eq!(held, ["A/b", "a/+", "a/b/"]);
}

#[test]
fn v5_3_10_4_3_what_comes_after_unsubscribe_is_taken_and_acknowledged() {
    let mut line = Line::connected(V);
    line.unsubscribes("t");
    line.all();
    line.hears(publish(V, QOS_1, "t", 1, "on its way"));
    line.says(ack(PUBACK, 1));
    line.hears(unsuback(V, 1, &[0]));
    line.hears(publish(V, QOS_2, "t", 2, "after"));
    line.says(ack(PUBREC, 2));
    line.hears(ack(PUBREL, 2));
    line.says(ack(PUBCOMP, 2));
    assert_eq!(line.ledger.payloads(), ["on its way", "after"]);
}

#[test]
fn v5_3_10_4_4_without_unsuback_an_unsubscribe_is_asked_for_again_on_the_next_connection() {
    let mut line = Line::new(V);
    line.persist();
    line.establish();
    let token = line.unsubscribes("t");
    line.says(unsubscribe(V, 1, "t"));
    line.break_link();
    line.pass(60_000);
    assert_eq!(line.next()[0], CONNECT);
    line.hears(connack(V, true));
    assert_eq!(line.next()[0], UNSUBSCRIBE);
    assert!(line.ledger.is_open(token));
}

#[test]
fn v5_3_10_4_6_several_filters_are_one_packet_and_have_one_answer() {
    let (mut line, token) = unsubscribing();
    line.says_nothing_more();
    line.hears(unsuback(V, 1, &[0, 0, 0]));
    assert!(!line.ledger.is_open(token));
    assert_eq!(line.client.packet_ids_in_use(), 0);
}

#[test]
fn v5_3_10_4_5_unsuback_answers_the_unsubscribe_whose_identifier_it_has() {
    let mut line = Line::connected(V);
    let one = line.unsubscribes("a");
    let two = line.unsubscribes("b");
    line.hears(unsuback(V, 2, &[0x11]));
    assert!(line.ledger.is_open(one));
    let told = vec![("b".into(), ReasonCode::NO_SUBSCRIPTION_EXISTED)];
    assert_eq!(*line.ledger.outcome(two), Told::Unsubscribed(told));
    line.subscribes("b", QoS::AtMostOnce);
    line.all();
    line.hears(unsuback(V, 3, &[0]));
    let error = line.ended_in_protest(ReasonCode::PROTOCOL_ERROR);
    assert_eq!(error, ProtocolError::MisplacedAck(PacketType::UnsubAck));
}

#[test]
fn v5_3_11_3_1_the_codes_of_unsuback_belong_to_the_filters_in_their_order() {
    let (mut line, token) = unsubscribing();
    line.hears(unsuback(V, 1, &[0x11, 0x87, 0]));
    let told = vec![
        ("a".into(), ReasonCode::NO_SUBSCRIPTION_EXISTED),
        ("b".into(), ReasonCode::NOT_AUTHORIZED),
        ("c".into(), ReasonCode::SUCCESS),
    ];
    assert_eq!(*line.ledger.outcome(token), Told::Unsubscribed(told));
    for codes in [&[0, 0][..], &[0, 0, 0, 0]] {
        let (mut line, token) = unsubscribing();
        line.hears(unsuback(V, 1, codes));
        let error = line.ended_in_protest(ReasonCode::PROTOCOL_ERROR);
        assert_eq!(error, ProtocolError::AnswerCount(PacketType::UnsubAck));
        assert_eq!(*line.ledger.outcome(token), Told::RequestFailed);
    }
}

#[test]
fn v5_3_11_3_2_every_code_of_unsuback_is_understood_and_no_other() {
    const CODES: [u8; 7] = [0, 0x11, 0x80, 0x83, 0x87, 0x8F, 0x91];
    for code in 0..=255 {
        let mut line = Line::connected(V);
        let token = line.unsubscribes("t");
        line.all();
        line.hears(unsuback(V, 1, &[code]));
        if CODES.contains(&code) {
            line.is_up();
            let told = vec![("t".into(), ReasonCode(code))];
            assert_eq!(*line.ledger.outcome(token), Told::Unsubscribed(told));
        } else {
            line.ended_in_protest(ReasonCode::PROTOCOL_ERROR);
        }
    }
}

#[test]
fn v5_3_12_4_1_a_server_that_does_not_answer_pingreq_is_given_up() {
    let mut line = Line::new(V);
    line.config.keep_alive = 10;
    line.establish();
    line.pass(10_000);
    line.says(PINGREQ);
    line.hears(PINGRESP);
    line.pass(10_000);
    line.says(PINGREQ);
    line.pass(4_999);
    line.says_nothing_more();
    line.is_up();
    line.pass(1);
    line.says(disconnect_saying(0x80));
    line.ended(&Cause::KeepAliveTimeout);
}
