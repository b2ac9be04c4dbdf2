//! MQTT 5, chapters 4.9, 4.12 and 4.13: flow control, enhanced authentication, errors.

use mqtt_mooring::client::output::{Cause, Event};
use mqtt_mooring::client::{Credentials, State};
use mqtt_mooring::codec::{PacketType, QoS, ReasonCode, Version};
use mqtt_mooring::error::{ProtocolError, UsageError};

use super::bytes::*;
use super::line::Line;
use super::v5_properties::*;
use crate::support::Told;

const V: Version = Version::V5;
const METHOD: &str = "SCRAM-SHA-1";

fn method() -> Vec<u8> {
    word(AUTHENTICATION_METHOD, METHOD)
}

fn answers(line: &mut Line, data: Option<&[u8]>) {
    let now = line.now;
    line.client.authenticate(data, &[], now);
    line.drain(&[]);
}

/// CONNECT named a method; it is returned.
fn begins(line: &mut Line) -> Vec<u8> {
    line.config.authentication = Some(METHOD.into());
    let (config, now) = (line.config.clone(), line.now);
    line.client.connect(config, now).expect("begun");
    line.drain(&[]);
    line.client.prepare(Credentials::default());
    line.open();
    line.next()
}

fn authenticating() -> Line {
    let mut line = Line::new(V);
    begins(&mut line);
    line
}

fn authenticated() -> Line {
    let mut line = authenticating();
    line.hears(connack_with(V, false, 0, &method()));
    line.is_up();
    line
}

/// Another exchange has begun on the live connection.
fn again() -> Line {
    let mut line = authenticated();
    let now = line.now;
    line.client.reauthenticate(None, &[], now).expect("begun");
    line.drain(&[]);
    line.says(auth(0x19, &method()));
    line
}

/// How many messages go out at once.
fn quota(mut line: Line) -> usize {
    for _ in 0..200 {
        line.send("x", QoS::AtLeastOnce);
    }
    line.all().len()
}

#[test]
fn v5_4_9_0_1_the_send_quota_begins_with_the_servers_receive_maximum() {
    for maximum in [1, 2, 150] {
        assert_eq!(
            quota(Line::limited(&short(RECEIVE_MAXIMUM, maximum))),
            usize::from(maximum)
        );
    }
    // 65,535 where none is said, and never 0: that is a protocol error.
    assert_eq!(quota(Line::limited(&[])), 200);
    let mut line = Line::new(V);
    line.dial();
    line.hears(connack_with(V, false, 0, &short(RECEIVE_MAXIMUM, 0)));
    line.ended_in_protest(ReasonCode::PROTOCOL_ERROR);
    // Each connection begins anew.
    let mut line = Line::limited(&short(RECEIVE_MAXIMUM, 3));
    assert_eq!(
        (0..9)
            .map(|n| line.send(&n.to_string(), QoS::ExactlyOnce))
            .count(),
        9
    );
    assert_eq!(line.all().len(), 3);
    for maximum in [5, 1] {
        line.break_link();
        line.dial();
        line.hears(connack_with(V, true, 0, &short(RECEIVE_MAXIMUM, maximum)));
        assert_eq!(line.all().len(), usize::from(maximum));
    }
}

#[test]
fn v5_4_9_0_2_with_the_quota_used_up_no_publish_of_qos_1_or_2_goes_out() {
    let mut line = Line::limited(&short(RECEIVE_MAXIMUM, 1));
    line.send("one", QoS::ExactlyOnce);
    line.says(publish(V, QOS_2, "meters/7", 1, "one"));
    line.send("two", QoS::AtLeastOnce);
    line.send("three", QoS::ExactlyOnce);
    line.pass(1_000_000);
    line.says_nothing_more();
    // QoS 0 does not count, in either direction.
    line.send("zero", QoS::AtMostOnce);
    line.says(publish(V, 0, "meters/7", 0, "zero"));
    line.hears(ack(PUBREC, 1));
    line.says(ack(PUBREL, 1));
    line.says_nothing_more();
    // Only what gives the quota back does so, and once: not the acknowledgement of something unknown, nor a second.
    line.hears([ack(PUBACK, 9), ack_saying(PUBCOMP, 9, 0x92), ack(PUBREC, 1)].concat());
    line.says(ack(PUBREL, 1));
    line.says_nothing_more();
    line.hears([ack(PUBCOMP, 1), ack(PUBCOMP, 1), ack(PUBCOMP, 1)].concat());
    line.says(publish(V, QOS_1, "meters/7", 2, "two"));
    line.says_nothing_more();
}

#[test]
fn v5_4_9_0_3_everything_else_is_taken_and_answered_while_the_quota_is_used_up() {
    let mut line = Line::limited(&short(RECEIVE_MAXIMUM, 1));
    line.send("one", QoS::AtLeastOnce);
    line.send("two", QoS::AtLeastOnce);
    line.all();
    let token = line.subscribes("t", QoS::AtMostOnce);
    line.says(subscribe(V, 2, "t", 0));
    line.hears(suback(V, 2, &[0]));
    assert!(!line.ledger.is_open(token));
    line.hears(publish(V, QOS_1, "t", 3, "in"));
    line.says(ack(PUBACK, 3));
    line.hears(publish(V, QOS_2, "t", 4, "in"));
    line.says(ack(PUBREC, 4));
    line.hears(ack(PUBREL, 4));
    line.says(ack(PUBCOMP, 4));
    line.says_nothing_more();
    assert_eq!(line.ledger.payloads(), ["in", "in"]);
    // So does what is sent again: a PUBREL is no PUBLISH.
    let mut line = Line::connected(V);
    for n in 1..=3 {
        line.send(&n.to_string(), QoS::ExactlyOnce);
    }
    line.hears([ack(PUBREC, 2), ack(PUBREC, 3)].concat());
    line.all();
    line.break_link();
    line.dial();
    line.hears(connack_with(V, true, 0, &short(RECEIVE_MAXIMUM, 1)));
    line.says(publish(V, DUP | QOS_2, "meters/7", 1, "1"));
    line.says(ack(PUBREL, 2));
    line.says(ack(PUBREL, 3));
    line.says_nothing_more();
}

#[test]
fn v5_4_12_0_1_a_method_the_server_does_not_have_ends_the_attempt() {
    for reason in [
        ReasonCode::BAD_AUTHENTICATION_METHOD,
        ReasonCode::NOT_AUTHORIZED,
    ] {
        let mut line = authenticating();
        line.hears(connack_with(V, false, reason.0, &[]));
        line.ended(&Cause::Refused(reason));
    }
}

#[test]
fn v5_4_12_0_2_a_server_that_asks_for_more_in_other_words_is_not_understood() {
    for code in [0, 0x19] {
        let mut line = authenticating();
        line.hears(auth(code, &method()));
        let error = line.ended_in_protest(ReasonCode::PROTOCOL_ERROR);
        assert_eq!(error, ProtocolError::Unexpected(PacketType::Auth));
    }
}

#[test]
fn v5_4_12_0_3_the_servers_auth_is_answered_with_continue_authentication() {
    let mut line = authenticating();
    for round in 0..3_u8 {
        let list = [method(), word(AUTHENTICATION_DATA, [round])].concat();
        line.hears(auth(0x18, &list));
        let challenge = line
            .ledger
            .events
            .iter()
            .rev()
            .find_map(|event| match event {
                Event::Challenge { data, .. } => Some(data.clone()),
                _ => None,
            });
        assert_eq!(challenge, Some(vec![round]));
        line.says_nothing_more();
        let answer = [round, 0xFF];
        answers(&mut line, Some(&answer));
        let list = [method(), word(AUTHENTICATION_DATA, answer)].concat();
        line.says(auth(0x18, &list));
    }
    // Also with nothing to say, and while it is authenticated again.
    line.hears(auth(0x18, &method()));
    answers(&mut line, None);
    line.says(auth(0x18, &method()));
    let mut line = again();
    line.hears(auth(0x18, &method()));
    answers(&mut line, None);
    line.says(auth(0x18, &method()));
}

#[test]
fn v5_4_12_0_4_a_server_may_refuse_at_any_point() {
    for rounds in 0..3 {
        let mut line = authenticating();
        for _ in 0..rounds {
            line.hears(auth(0x18, &method()));
            answers(&mut line, None);
        }
        line.all();
        line.hears(connack_with(V, false, 0x87, &[]));
        line.ended(&Cause::Refused(ReasonCode::NOT_AUTHORIZED));
    }
}

#[test]
fn v5_4_12_0_5_every_auth_and_connack_names_the_method_of_connect() {
    let mut line = Line::new(V);
    let connect = begins(&mut line);
    assert!(Opening::read(&connect).properties.ends_with(&method()));
    line.hears(auth(0x18, &method()));
    answers(&mut line, None);
    line.says(auth(0x18, &method()));
    line.hears(connack_with(V, false, 0, &method()));
    line.is_up();
    // Another method, or none, is not believed.
    let other = word(AUTHENTICATION_METHOD, "PLAIN");
    for said in [
        auth(0x18, &other),
        auth(0x18, &user("n", "v")),
        connack_with(V, false, 0, &other),
        connack(V, false),
    ] {
        let mut line = authenticating();
        line.hears(said);
        line.ended_in_protest(ReasonCode::PROTOCOL_ERROR);
        assert_eq!(line.ledger.readies(), 0);
    }
    for said in [auth(0x18, &other), auth(0, &other)] {
        let mut line = again();
        line.hears(said);
        line.ended_in_protest(ReasonCode::PROTOCOL_ERROR);
    }
}

#[test]
fn v5_4_12_0_6_a_server_that_was_not_asked_to_authenticate_must_not_begin() {
    let begun = auth(0x18, &method());
    let mut line = Line::new(V);
    line.dial();
    line.hears(&begun);
    line.ended_in_protest(ReasonCode::PROTOCOL_ERROR);
    let mut line = Line::new(V);
    line.dial();
    line.hears(connack_with(V, false, 0, &method()));
    line.ended_in_protest(ReasonCode::PROTOCOL_ERROR);
    let mut line = Line::connected(V);
    line.hears(&begun);
    line.ended_in_protest(ReasonCode::PROTOCOL_ERROR);
    // Not even in the fewest words there are (3.15.2.1).
    for bare in [&[AUTH, 0][..], &[AUTH, 2, 0, 0]] {
        let mut line = Line::new(V);
        line.dial();
        line.hears(bare);
        line.ended_in_protest(ReasonCode::PROTOCOL_ERROR);
        let mut line = Line::connected(V);
        line.hears(bare);
        line.ended_in_protest(ReasonCode::PROTOCOL_ERROR);
    }
}

#[test]
fn v5_4_12_0_7_without_a_method_in_connect_no_auth_is_sent() {
    let mut line = Line::new(V);
    line.dial();
    answers(&mut line, Some(b"data"));
    line.says_nothing_more();
    line.hears(connack(V, false));
    answers(&mut line, Some(b"data"));
    let now = line.now;
    let refused = line.client.reauthenticate(Some(b"data"), &[], now);
    assert_eq!(refused, Err(UsageError::NoAuthentication));
    line.drain(&[]);
    line.says_nothing_more();
}

#[test]
fn v5_4_12_1_1_to_be_authenticated_again_the_client_names_the_same_method() {
    let mut line = authenticated();
    let now = line.now;
    line.client
        .reauthenticate(Some(b"first"), &[], now)
        .expect("begun");
    line.drain(&[]);
    let list = [method(), word(AUTHENTICATION_DATA, "first")].concat();
    line.says(auth(0x19, &list));
    // Messages go on meanwhile.
    line.send("x", QoS::AtMostOnce);
    line.says(publish(V, 0, "meters/7", 0, "x"));
    line.hears(auth(0, &method()));
    line.is_up();
    let ended = |event: &&Event| matches!(event, Event::Reauthenticated { .. });
    assert_eq!(line.ledger.events.iter().filter(ended).count(), 1);
}

#[test]
fn v5_4_12_1_2_an_authentication_that_fails_ends_the_connection_and_says_so() {
    // On our side.
    for mut line in [authenticating(), again()] {
        line.hears(auth(0x18, &method()));
        let now = line.now;
        line.client.authentication_failed(now);
        line.drain(&[]);
        line.says(disconnect_saying(0x80));
        line.ended(&Cause::AuthenticationFailed);
    }
    // On the server's.
    for reason in [
        ReasonCode::NOT_AUTHORIZED,
        ReasonCode::BAD_AUTHENTICATION_METHOD,
    ] {
        let mut line = again();
        line.hears(disconnect(reason.0, &[]));
        line.ended(&Cause::ServerDisconnect(reason));
    }
}

#[test]
fn v5_4_13_1_1_what_is_malformed_or_a_protocol_error_ends_the_connection_with_its_code() {
    let once = flag(PAYLOAD_FORMAT_INDICATOR, 1);
    let twice = [once.clone(), once.clone()].concat();
    let cases: Vec<(Vec<u8>, ReasonCode)> = vec![
        // No packet type, or a packet that only clients send.
        (vec![0x00, 0], ReasonCode::MALFORMED_PACKET),
        (vec![0x10, 0], ReasonCode::PROTOCOL_ERROR),
        (subscribe(V, 1, "t", 0), ReasonCode::PROTOCOL_ERROR),
        (unsubscribe(V, 1, "t"), ReasonCode::PROTOCOL_ERROR),
        (PINGREQ.to_vec(), ReasonCode::PROTOCOL_ERROR),
        // Cut off, or longer than its fields.
        (vec![0x30, 1, 0], ReasonCode::MALFORMED_PACKET),
        (vec![0x40, 1, 0], ReasonCode::MALFORMED_PACKET),
        (vec![0x40, 5, 0, 1, 0, 0, 9], ReasonCode::MALFORMED_PACKET),
        (vec![0xD0, 1, 0], ReasonCode::MALFORMED_PACKET),
        // An identifier of 0.
        (ack(PUBACK, 0), ReasonCode::PROTOCOL_ERROR),
        (suback(V, 0, &[0]), ReasonCode::PROTOCOL_ERROR),
        // An answer with nothing in it.
        (suback(V, 1, &[]), ReasonCode::PROTOCOL_ERROR),
        (unsuback(V, 1, &[]), ReasonCode::PROTOCOL_ERROR),
        // Properties: one that does not exist, out of place, twice, without its value, with another's.
        (
            publish_with(V, 0, "t", 0, &[0x7F, 0], "x"),
            ReasonCode::MALFORMED_PACKET,
        ),
        (
            publish_with(V, 0, "t", 0, &word(REASON_STRING, "r"), "x"),
            ReasonCode::MALFORMED_PACKET,
        ),
        (ack_with(PUBACK, 1, 0, &once), ReasonCode::MALFORMED_PACKET),
        (
            publish_with(V, 0, "t", 0, &twice, "x"),
            ReasonCode::PROTOCOL_ERROR,
        ),
        (
            publish_with(V, 0, "t", 0, &once[..1], "x"),
            ReasonCode::MALFORMED_PACKET,
        ),
        (
            publish_with(V, 0, "t", 0, &flag(PAYLOAD_FORMAT_INDICATOR, 2), "x"),
            ReasonCode::PROTOCOL_ERROR,
        ),
    ];
    for (bytes, reason) in cases {
        let mut line = Line::connected(V);
        let token = line.send("x", QoS::AtLeastOnce);
        line.all();
        line.hears(&bytes);
        line.ended_in_protest(reason);
        // The session stays, and goes on elsewhere.
        line.resume();
        line.says(publish(V, DUP | QOS_1, "meters/7", 1, "x"));
        line.hears(ack(PUBACK, 1));
        assert_eq!(
            *line.ledger.outcome(token),
            Told::Out(ReasonCode::SUCCESS),
            "{bytes:02x?}"
        );
    }
}

#[test]
fn v5_4_13_2_1_a_code_of_0x80_or_above_ends_the_connection_and_one_in_an_answer_does_not() {
    let mut line = Line::new(V);
    line.dial();
    line.hears(connack_with(V, false, 0x97, &[]));
    line.ended(&Cause::Refused(ReasonCode::QUOTA_EXCEEDED));
    for code in [0x80, 0x8B, 0x97, 0xA2] {
        let mut line = Line::connected(V);
        line.hears(disconnect(code, &[]));
        line.ended(&Cause::ServerDisconnect(ReasonCode(code)));
    }
    // In an answer it concerns what is answered.
    let mut line = Line::connected(V);
    line.send("one", QoS::AtLeastOnce);
    line.send("two", QoS::ExactlyOnce);
    line.subscribes("t", QoS::AtMostOnce);
    line.unsubscribes("t");
    line.send("three", QoS::AtLeastOnce);
    line.all();
    line.hears(ack_saying(PUBACK, 1, 0x80));
    line.hears(ack_saying(PUBREC, 2, 0x97));
    line.hears(suback(V, 3, &[0x87]));
    line.hears(unsuback(V, 4, &[0x83]));
    line.hears(ack_saying(PUBREL, 77, 0x92));
    line.says(ack_saying(PUBCOMP, 77, 0x92));
    assert_eq!(line.client.state(), State::Connected);
    assert_eq!(line.client.in_flight().len(), 1);
    line.hears(ack(PUBACK, 5));
    assert_eq!(line.client.packet_ids_in_use(), 0);
}
