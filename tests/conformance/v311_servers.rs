//! 3.1.1: statements that bind the server alone, and what the client does about a server that keeps them, or breaks
//! them.

use mqtt_mooring::client::output::{Cause, Event};
use mqtt_mooring::client::{DisconnectOptions, State};
use mqtt_mooring::codec::{PacketType, QoS, ReasonCode, SubscriptionOptions, Version, matches};
use mqtt_mooring::error::ProtocolError;

use super::bytes::*;
use super::line::Line;
use crate::support::Told;

const V: Version = Version::V311;

/// What became of a request whose answer was good.
fn granted(filter: &str, qos: QoS) -> Told {
    Told::Subscribed(vec![(filter.into(), qos, ReasonCode(qos as u8))])
}

/// A client that waits for CONNACK.
fn dialled() -> Line {
    let mut line = Line::new(V);
    line.dial();
    line
}

#[test]
fn v311_2_3_1_4_a_message_without_an_identifier_of_its_own_ends_the_connection() {
    for flags in [QOS_1, QOS_2] {
        let mut line = Line::connected(V);
        line.hears(packet(PUBLISH | flags, &[&text("a"), &two(0), b"x"]));
        line.ended_in_protest(ReasonCode::PROTOCOL_ERROR);
        assert!(line.ledger.deliveries.is_empty());
    }
}

#[test]
fn v311_2_3_1_7_an_answer_counts_for_the_request_whose_identifier_it_has() {
    let mut line = Line::connected(V);
    let one = line.subscribes("one", QoS::AtLeastOnce);
    let two = line.subscribes("two", QoS::ExactlyOnce);
    let three = line.unsubscribes("three");
    assert_eq!(line.all().len(), 3);
    // To a request that nobody made it is no answer.
    line.hears(suback(V, 77, &[0]));
    line.hears(unsuback(V, 78, &[]));
    line.hears(suback(V, 2, &[2]));
    assert_eq!(*line.ledger.outcome(two), granted("two", QoS::ExactlyOnce));
    assert!(line.ledger.is_open(one) && line.ledger.is_open(three));
    line.hears(unsuback(V, 3, &[]));
    line.hears(suback(V, 1, &[1]));
    assert_eq!(*line.ledger.outcome(one), granted("one", QoS::AtLeastOnce));
    let told = vec![("three".into(), ReasonCode::SUCCESS)];
    assert_eq!(*line.ledger.outcome(three), Told::Unsubscribed(told));
}

#[test]
fn v311_3_1_2_2_a_server_that_does_not_speak_3_1_1_is_named_as_such() {
    let mut line = dialled();
    line.hears(connack_with(V, false, 1, &[]));
    line.ended(&Cause::Refused(ReasonCode::UNSUPPORTED_PROTOCOL_VERSION));
}

#[test]
fn v311_3_1_2_3_the_reserved_connect_flag_is_0() {
    for clean in [false, true] {
        let mut line = Line::new(V);
        line.config.clean_session = clean;
        line.config.username = Some("ada".into());
        let said = line.dial();
        assert_eq!(said[9] & 1, 0);
    }
}

#[test]
fn v311_3_1_2_24_a_client_that_was_silent_for_too_long_knows_that_it_was_given_up() {
    let mut line = Line::new(V);
    line.config.keep_alive = 10;
    line.establish();
    // Nothing could be sent meanwhile: the machine was asleep.
    line.jump(15_000);
    line.ended(&Cause::KeepAliveTimeout);
}

#[test]
fn v311_3_1_3_5_a_client_identifier_that_is_made_up_is_one_that_every_server_takes() {
    let mut line = Line::new(V);
    line.config.client_id.clear();
    line.config.clean_session = true;
    let said = line.dial();
    let mut reader = Reader::of(CONNECT, &said);
    reader.text();
    reader.four();
    let made_up = reader.text();
    assert!((1..=23).contains(&made_up.len()), "{made_up}");
    assert!(made_up.bytes().all(|byte| byte.is_ascii_alphanumeric()));
}

#[test]
fn v311_3_1_3_9_a_client_identifier_that_is_not_taken_is_named_as_the_reason() {
    let mut line = dialled();
    line.hears(connack_with(V, false, 2, &[]));
    line.ended(&Cause::Refused(ReasonCode::CLIENT_IDENTIFIER_NOT_VALID));
}

#[test]
fn v311_3_2_0_1_another_packet_before_connack_ends_the_connection() {
    for (bytes, kind) in [
        (publish(V, 0, "a", 0, "x"), PacketType::Publish),
        (PINGRESP.to_vec(), PacketType::PingResp),
        (suback(V, 1, &[0]), PacketType::SubAck),
        (ack(PUBREL, 1), PacketType::PubRel),
    ] {
        let mut line = dialled();
        line.hears(bytes);
        let protest = line.ended_in_protest(ReasonCode::PROTOCOL_ERROR);
        assert_eq!(protest, ProtocolError::BeforeConnAck(kind));
        assert!(line.ledger.deliveries.is_empty());
    }
}

#[test]
fn v311_3_2_2_1_a_session_after_clean_session_ends_the_connection() {
    let mut line = Line::new(V);
    line.config.clean_session = true;
    line.dial();
    line.hears(connack(V, true));
    let protest = line.ended_in_protest(ReasonCode::PROTOCOL_ERROR);
    assert_eq!(protest, ProtocolError::SessionPresentAfterCleanStart);
}

#[test]
fn v311_3_2_2_2_a_session_the_server_has_is_taken_up() {
    let mut line = Line::connected(V);
    line.send("x", QoS::AtLeastOnce);
    line.break_link();
    line.resume();
    assert!(line.client.session_present());
    line.says(publish(V, QOS_1 | DUP, "meters/7", 1, "x"));
    assert_eq!(line.ledger.losses(), 0);
}

#[test]
fn v311_3_2_2_3_a_session_the_server_has_lost_is_told_and_begun_anew() {
    let mut line = Line::connected(V);
    line.send("one", QoS::AtLeastOnce);
    line.send("two", QoS::ExactlyOnce);
    line.break_link();
    line.establish();
    assert!(!line.client.session_present());
    assert_eq!(line.ledger.losses(), 1);
    // What may be sent twice is published anew, which is not sent again.
    let said = line.next();
    assert_eq!(said[0], PUBLISH | QOS_1);
    line.says_nothing_more();
}

#[test]
fn v311_3_2_2_4_a_refusal_with_a_session_is_none() {
    for code in 1..=5 {
        let mut line = dialled();
        line.hears(packet(CONNACK, &[&[1, code]]));
        line.ended_in_protest(ReasonCode::PROTOCOL_ERROR);
    }
}

#[test]
fn v311_3_2_2_5_a_refused_client_closes_by_itself_and_says_why() {
    for (code, reason) in [
        (1, ReasonCode::UNSUPPORTED_PROTOCOL_VERSION),
        (2, ReasonCode::CLIENT_IDENTIFIER_NOT_VALID),
        (3, ReasonCode::SERVER_UNAVAILABLE),
        (4, ReasonCode::BAD_USER_NAME_OR_PASSWORD),
        (5, ReasonCode::NOT_AUTHORIZED),
    ] {
        let mut line = dialled();
        line.send("early", QoS::AtLeastOnce);
        line.hears(connack_with(V, false, code, &[]));
        line.ended(&Cause::Refused(reason));
    }
    // There are no others.
    for code in [6, 0x80, 0xFF] {
        let mut line = dialled();
        line.hears(connack_with(V, false, code, &[]));
        line.ended_in_protest(ReasonCode::PROTOCOL_ERROR);
    }
}

#[test]
fn v311_3_2_2_6_a_connection_that_ends_without_connack_was_not_refused() {
    let mut line = dialled();
    line.break_link();
    line.ended(&Cause::Transport(Some(1006)));
}

#[test]
fn v311_3_3_1_8_retain_is_told_as_it_came() {
    let mut line = Line::connected(V);
    line.hears(publish(V, RETAIN, "a", 0, "kept"));
    line.hears(publish(V, 0, "a", 0, "new"));
    let told: Vec<_> = line.ledger.deliveries.iter().map(|it| it.retain).collect();
    assert_eq!(told, [true, false]);
}

#[test]
fn v311_3_8_4_4_several_filters_in_one_subscribe_have_one_answer() {
    let mut line = Line::connected(V);
    let now = line.now;
    let filters = ["a", "b", "c"].map(|it| (it, SubscriptionOptions::qos(QoS::ExactlyOnce)));
    let token = line.client.subscribe(&filters, &[], now).expect("accepted");
    line.drain(&[]);
    assert_eq!(line.all().len(), 1);
    line.hears(suback(V, 1, &[2, 1, 0]));
    let Told::Subscribed(results) = line.ledger.outcome(token) else {
        panic!("{}", line.story());
    };
    assert_eq!(results.len(), 3);
}

#[test]
fn v311_3_8_4_5_a_suback_without_a_code_for_each_filter_ends_the_connection() {
    for codes in [&[][..], &[0], &[0, 0, 0]] {
        let mut line = Line::connected(V);
        let now = line.now;
        let filters = ["a", "b"].map(|it| (it, SubscriptionOptions::qos(QoS::AtMostOnce)));
        line.client.subscribe(&filters, &[], now).expect("accepted");
        line.drain(&[]);
        assert_eq!(line.all().len(), 1);
        line.hears(suback(V, 1, codes));
        line.ended_in_protest(ReasonCode::PROTOCOL_ERROR);
    }
}

#[test]
fn v311_3_9_3_1_the_codes_of_suback_are_those_of_the_filters_in_their_order() {
    let mut line = Line::connected(V);
    let now = line.now;
    let filters = ["a", "b", "c", "d"].map(|it| (it, SubscriptionOptions::qos(QoS::ExactlyOnce)));
    let token = line.client.subscribe(&filters, &[], now).expect("accepted");
    line.drain(&[]);
    assert_eq!(line.all().len(), 1);
    line.hears(suback(V, 1, &[2, 0x80, 0, 1]));
    let told = [
        ("a", QoS::ExactlyOnce, ReasonCode(2)),
        ("b", QoS::ExactlyOnce, ReasonCode::UNSPECIFIED_ERROR),
        ("c", QoS::AtMostOnce, ReasonCode(0)),
        ("d", QoS::AtLeastOnce, ReasonCode(1)),
    ]
    .map(|(filter, qos, reason)| (filter.into(), qos, reason));
    assert_eq!(*line.ledger.outcome(token), Told::Subscribed(told.into()));
    // What was refused is not taken for a subscription.
    let held: Vec<_> = line.client.subscriptions().collect();
    assert_eq!(held, ["a", "c", "d"]);
}

#[test]
fn v311_3_9_3_2_another_code_in_suback_ends_the_connection_or_can_only_mean_a_refusal() {
    for code in [3, 0x7F] {
        let mut line = Line::connected(V);
        line.subscribes("a", QoS::ExactlyOnce);
        assert_eq!(line.all().len(), 1);
        line.hears(suback(V, 1, &[code]));
        line.ended_in_protest(ReasonCode::PROTOCOL_ERROR);
    }
    // ejabberd says MQTT 5's 0x8F.
    let mut line = Line::connected(V);
    let token = line.subscribes("a", QoS::ExactlyOnce);
    line.hears(suback(V, 1, &[0x8F]));
    line.is_up();
    let Told::Subscribed(results) = line.ledger.outcome(token) else {
        panic!("{}", line.story());
    };
    assert!(results[0].2.is_failure());
    assert_eq!(line.client.subscriptions().len(), 0);
}

#[test]
fn v311_3_10_4_3_what_was_begun_is_finished_after_unsuback() {
    let mut line = Line::connected(V);
    line.hears(publish(V, QOS_2, "a", 5, "x"));
    line.says(ack(PUBREC, 5));
    line.unsubscribes("a");
    line.says(unsubscribe(V, 1, "a"));
    line.hears(unsuback(V, 1, &[]));
    line.hears(ack(PUBREL, 5));
    line.says(ack(PUBCOMP, 5));
    assert_eq!(line.ledger.payloads(), ["x"]);
}

#[test]
fn v311_3_10_4_4_unsuback_is_what_ends_a_subscription() {
    let mut line = Line::connected(V);
    line.subscribes("a", QoS::AtMostOnce);
    line.hears(suback(V, 1, &[0]));
    let token = line.unsubscribes("a");
    assert_eq!(line.all().len(), 2);
    assert!(line.ledger.is_open(token));
    assert_eq!(line.client.subscriptions().len(), 1);
    line.hears(unsuback(V, 2, &[]));
    assert_eq!(line.client.subscriptions().len(), 0);
    assert!(!line.ledger.is_open(token));
}

#[test]
fn v311_3_12_4_1_a_server_that_does_not_answer_pingreq_is_given_up() {
    let mut line = Line::new(V);
    line.config.keep_alive = 10;
    line.establish();
    line.pass(10_000);
    line.says(PINGREQ);
    line.pass(5_000);
    line.ended(&Cause::KeepAliveTimeout);
}

#[test]
fn v311_3_14_1_1_disconnect_is_e0_00() {
    let mut line = Line::connected(V);
    let (options, now) = (DisconnectOptions::default(), line.now);
    line.client.disconnect(&options, now).expect("accepted");
    line.drain(&[]);
    line.says(b"\xE0\x00");
    // A server of 3.1.1 has none to send.
    for flags in 0..16 {
        let mut line = Line::connected(V);
        line.hears([0xE0 | flags, 0]);
        assert_eq!(line.client.state(), State::Disconnected);
        assert!(matches!(line.ledger.last_cause(), Cause::Protocol(_)));
    }
}

#[test]
fn v311_4_6_0_6_messages_are_handed_over_in_the_order_in_which_they_came() {
    let mut line = Line::connected(V);
    let all: Vec<_> = (0..20)
        .map(|number| publish(V, QOS_1, "a", number + 1, number.to_string()))
        .collect();
    line.hears(all.concat());
    let expected: Vec<_> = (0..20).map(|number| number.to_string()).collect();
    assert_eq!(line.ledger.payloads(), expected);
    let told = |event: &&Event| matches!(event, Event::MessageAck { .. });
    assert_eq!(line.ledger.events.iter().filter(told).count(), 20);
}

#[test]
fn v311_4_7_2_1_a_wildcard_first_does_not_match_a_dollar() {
    for filter in ["#", "+/monitor/Clients", "+", "+/#"] {
        assert!(!matches(filter, "$SYS/monitor/Clients"), "{filter}");
    }
    for filter in ["$SYS/#", "$SYS/monitor/+", "$SYS/+/Clients"] {
        assert!(matches(filter, "$SYS/monitor/Clients"), "{filter}");
    }
}

#[test]
fn v311_4_7_3_4_topics_are_matched_character_by_character() {
    for (filter, topic) in [
        ("ACCOUNTS", "Accounts"),
        ("/finance", "finance"),
        ("a//b", "a/b"),
        ("a/", "a"),
        ("caf\u{E9}", "cafe\u{301}"),
        ("a b", "a%20b"),
    ] {
        assert!(matches(filter, filter));
        assert!(!matches(filter, topic), "{filter} {topic}");
    }
}
