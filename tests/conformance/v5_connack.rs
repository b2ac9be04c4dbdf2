//! MQTT 5, chapter 3.2: CONNACK.

use mqtt_mooring::client::config::WillMessage;
use mqtt_mooring::client::output::{Cause, Event, LossCause, Next};
use mqtt_mooring::client::{PublishRequest, State};
use mqtt_mooring::codec::{PacketType, QoS, ReasonCode, Version};
use mqtt_mooring::error::{ProtocolError, UsageError};
use mqtt_mooring::session::outbound::Token;

use super::bytes::*;
use super::line::Line;
use super::v5_properties::*;
use crate::support::{Told, message};

const V: Version = Version::V5;

/// CONNECT was said, and not answered.
fn dialled() -> Line {
    let mut line = Line::new(V);
    line.dial();
    line
}

#[test]
fn v5_3_2_0_1_what_comes_before_connack_ends_the_connection_and_is_not_delivered() {
    for (kind, early) in [
        (PacketType::Publish, publish(V, 0, "t", 0, "x")),
        (PacketType::Publish, publish(V, QOS_1, "t", 1, "x")),
        (PacketType::PubAck, ack(PUBACK, 1)),
        (PacketType::PubRel, ack(PUBREL, 1)),
        (PacketType::SubAck, suback(V, 1, &[0])),
        (PacketType::PingResp, PINGRESP.to_vec()),
    ] {
        let mut line = dialled();
        line.hears(early);
        let error = line.ended_in_protest(ReasonCode::PROTOCOL_ERROR);
        assert_eq!(error, ProtocolError::BeforeConnAck(kind));
        assert_eq!(line.ledger.deliveries.len(), 0);
    }
}

#[test]
fn v5_3_2_0_2_a_second_connack_ends_the_connection() {
    for again in [
        connack(V, false),
        connack(V, true),
        connack_with(V, false, 0x87, &[]),
    ] {
        let mut line = Line::connected(V);
        line.hears(again);
        let error = line.ended_in_protest(ReasonCode::PROTOCOL_ERROR);
        assert_eq!(error, ProtocolError::SecondConnAck);
    }
}

#[test]
fn v5_3_2_2_1_reserved_acknowledge_flags_are_malformed() {
    for bit in 1..8 {
        for present in [0, 1] {
            let mut line = dialled();
            line.hears(packet(CONNACK, &[&[1 << bit | present, 0, 0]]));
            line.ended_in_protest(ReasonCode::MALFORMED_PACKET);
        }
    }
}

#[test]
fn v5_3_2_2_2_session_present_after_clean_start_ends_the_connection() {
    let mut line = Line::new(V);
    line.config.clean_session = true;
    line.dial();
    line.hears(connack(V, true));
    let error = line.ended_in_protest(ReasonCode::PROTOCOL_ERROR);
    assert_eq!(error, ProtocolError::SessionPresentAfterCleanStart);
}

#[test]
fn v5_3_2_2_3_session_present_is_told_as_the_server_says_it() {
    let mut line = Line::connected(V);
    assert!(!line.client.session_present());
    line.break_link();
    line.resume();
    assert!(line.client.session_present());
    let presents = line.ledger.events.iter().filter_map(|event| match event {
        Event::Connected(accepted) => Some(accepted.session_present),
        _ => None,
    });
    assert_eq!(presents.collect::<Vec<_>>(), [false, true]);
}

#[test]
fn v5_3_2_2_4_a_session_that_only_the_server_has_ends_the_connection() {
    let mut line = dialled();
    line.hears(connack(V, true));
    line.says(DISCONNECT);
    line.ended(&Cause::SessionUnknown);
}

#[test]
fn v5_3_2_2_5_a_session_that_only_the_client_has_is_discarded() {
    let mut line = Line::connected(V);
    line.subscribes("t", QoS::AtMostOnce);
    line.hears(suback(V, 1, &[0]));
    let sent = line.send("one", QoS::ExactlyOnce);
    line.hears(ack(PUBREC, 2));
    line.hears(publish(V, QOS_2, "t", 9, "half"));
    line.all();
    line.break_link();
    line.config.resubscribe = false;
    line.dial();
    line.hears(connack(V, false));
    line.is_up();
    // No PUBREL of the old session, no identifier, no half of a message.
    line.says_nothing_more();
    assert_eq!(line.ledger.losses(), 1);
    // Its PUBREC had come: the message is the server's, which has lost no more than the session.
    assert_eq!(*line.ledger.outcome(sent), Told::Out(ReasonCode::SUCCESS));
    assert_eq!(line.client.in_flight().len(), 0);
    assert_eq!(line.client.incoming().len(), 0);
    assert_eq!(line.client.subscriptions().len(), 0);
    assert_eq!(line.client.packet_ids_in_use(), 0);
    // What was under way at QoS 1 is published anew: a new message of the new session, without DUP.
    let mut line = Line::connected(V);
    line.send("again", QoS::AtLeastOnce);
    line.all();
    line.break_link();
    line.dial();
    line.hears(connack(V, false));
    let anew = line.next();
    assert_eq!(anew[0], PUBLISH | QOS_1);
    line.says_nothing_more();
}

#[test]
fn v5_3_2_2_6_a_refusal_with_session_present_is_a_protocol_error() {
    let mut line = dialled();
    line.hears(connack_with(V, true, 0x87, &[]));
    line.ended_in_protest(ReasonCode::PROTOCOL_ERROR);
}

#[test]
fn v5_3_2_2_7_a_refusal_ends_the_connection_without_another_word() {
    let mut line = dialled();
    line.send("waits", QoS::AtLeastOnce);
    line.hears(connack_with(V, false, 0x80, &word(REASON_STRING, "no")));
    line.ended(&Cause::Refused(ReasonCode::UNSPECIFIED_ERROR));
}

#[test]
fn v5_3_2_2_8_every_code_of_connack_is_understood_and_no_other() {
    const FAILURES: [u8; 21] = [
        0x80, 0x81, 0x82, 0x83, 0x84, 0x85, 0x86, 0x87, 0x88, 0x89, 0x8A, 0x8C, 0x90, 0x95, 0x97,
        0x99, 0x9A, 0x9B, 0x9C, 0x9D, 0x9F,
    ];
    for code in 1..=255 {
        let mut line = dialled();
        line.hears(connack_with(V, false, code, &[]));
        if FAILURES.contains(&code) {
            line.ended(&Cause::Refused(ReasonCode(code)));
        } else {
            line.ended_in_protest(ReasonCode::PROTOCOL_ERROR);
        }
    }
}

/// `request` is refused before anything is sent, and a message that waited for the connection is given up instead of
/// sent; what this server takes goes out.
#[track_caller]
fn not_sent(connack_properties: &[u8], request: PublishRequest<'_>) -> (UsageError, Line) {
    let mut waited = dialled();
    let token = waited.publish(request);
    waited.hears(connack_with(V, false, 0, connack_properties));
    waited.says_nothing_more();
    lost_as_unsendable(&waited, token);
    let mut line = Line::limited(connack_properties);
    let now = line.now;
    let error = line.client.publish(request, now).expect_err("refused");
    line.drain(&[]);
    line.says_nothing_more();
    (error, line)
}

#[track_caller]
fn lost_as_unsendable(line: &Line, token: Token) {
    let told = line.ledger.outcome(token);
    assert!(
        matches!(told, Told::Lost(_, LossCause::Unsendable(_))),
        "{told:?}"
    );
}

#[test]
fn v5_3_2_2_11_no_publish_is_above_the_servers_maximum_qos() {
    let not_2 = flag(MAXIMUM_QOS, 1);
    let (error, mut line) = not_sent(&not_2, message("x", QoS::ExactlyOnce));
    assert!(matches!(error, UsageError::NotAvailable(_)), "{error:?}");
    line.send("x", QoS::AtLeastOnce);
    line.says(publish(V, QOS_1, "meters/7", 1, "x"));
    let only_0 = flag(MAXIMUM_QOS, 0);
    for qos in [QoS::AtLeastOnce, QoS::ExactlyOnce] {
        let (_, mut line) = not_sent(&only_0, message("x", qos));
        line.send("x", QoS::AtMostOnce);
        line.says(publish(V, 0, "meters/7", 0, "x"));
    }
    // Nor is one sent again that an earlier server took.
    let mut line = Line::connected(V);
    let token = line.send("x", QoS::ExactlyOnce);
    line.all();
    line.break_link();
    line.dial();
    line.hears(connack_with(V, true, 0, &not_2));
    line.says_nothing_more();
    lost_as_unsendable(&line, token);
}

#[test]
fn v5_3_2_2_10_subscriptions_may_ask_for_any_qos_whatever_the_maximum() {
    let mut line = Line::limited(&flag(MAXIMUM_QOS, 0));
    for (id, qos) in [
        (1, QoS::AtMostOnce),
        (2, QoS::AtLeastOnce),
        (3, QoS::ExactlyOnce),
    ] {
        line.subscribes("t", qos);
        line.says(subscribe(V, id, "t", qos as u8));
    }
}

#[test]
fn v5_3_2_2_12_a_will_of_a_qos_that_the_server_does_not_have_is_refused_for_good() {
    refused_will(0x9B);
}

#[test]
fn v5_3_2_2_13_a_retained_will_that_the_server_does_not_take_is_refused_for_good() {
    refused_will(0x9A);
}

/// CONNECT has a will, and CONNACK says this.
fn refused_will(code: u8) {
    let mut line = Line::new(V);
    line.persist();
    line.config.will = Some(WillMessage {
        topic: "gone".into(),
        payload: Vec::new(),
        qos: QoS::ExactlyOnce,
        retain: true,
        properties: Vec::new(),
    });
    line.dial();
    line.hears(connack_with(V, false, code, &[]));
    line.ended(&Cause::Refused(ReasonCode(code)));
    assert_eq!(line.ledger.ends()[0].next, Next::Never);
}

/// A CONNACK with these properties is larger than we take.
fn too_large(list: &[u8]) {
    let answer = connack_with(V, false, 0, list);
    for (size, fits) in [(answer.len(), true), (answer.len() - 1, false)] {
        let mut line = Line::new(V);
        line.config.maximum_packet_size = Some(size as u32);
        line.dial();
        line.hears(&answer);
        if fits {
            line.is_up();
        } else {
            line.ended_in_protest(ReasonCode::PACKET_TOO_LARGE);
        }
    }
}

#[test]
fn v5_3_2_2_19_a_reason_string_that_makes_connack_too_large_for_us_ends_the_connection() {
    too_large(&word(REASON_STRING, "welcome"));
}

#[test]
fn v5_3_2_2_20_user_properties_that_make_connack_too_large_for_us_end_the_connection() {
    too_large(&user("motd", "welcome"));
}

#[test]
fn v5_3_2_2_14_no_publish_is_retained_where_the_server_retains_nothing() {
    for qos in [QoS::AtLeastOnce, QoS::ExactlyOnce] {
        let retained = PublishRequest {
            retain: true,
            ..message("x", qos)
        };
        let (error, mut line) = not_sent(&flag(RETAIN_AVAILABLE, 0), retained);
        assert!(matches!(error, UsageError::NotAvailable(_)), "{error:?}");
        line.send("x", QoS::AtMostOnce);
        line.says(publish(V, 0, "meters/7", 0, "x"));
    }
    let mut line = Line::limited(&flag(RETAIN_AVAILABLE, 1));
    line.publish(PublishRequest {
        retain: true,
        ..message("x", QoS::AtMostOnce)
    });
    line.says(publish(V, RETAIN, "meters/7", 0, "x"));
}

#[test]
fn v5_3_2_2_15_no_packet_is_larger_than_the_server_takes() {
    // PUBLISH: 2 of fixed header, 10 of topic, 2 of identifier, 1 of properties.
    let limit = long(MAXIMUM_PACKET_SIZE, 40);
    let (fits, too_large) = ("a".repeat(25), "a".repeat(26));
    let (error, mut line) = not_sent(&limit, message(&too_large, QoS::AtLeastOnce));
    assert_eq!(
        error,
        UsageError::TooLarge {
            size: 41,
            limit: 40
        }
    );
    line.send(&fits, QoS::AtLeastOnce);
    line.says(publish(V, QOS_1, "meters/7", 1, fits));
    // SUBSCRIBE and UNSUBSCRIBE: 2 of fixed header, 2 of identifier, 1 of properties, 2 of length.
    let now = line.now;
    let filter = "a".repeat(34);
    let refused = line
        .client
        .subscribe(&[(&filter[..33], Default::default())], &[], now);
    assert!(
        matches!(
            refused,
            Err(UsageError::TooLarge {
                size: 41,
                limit: 40
            })
        ),
        "{refused:?}"
    );
    let refused = line.client.unsubscribe(&[&filter], &[], now);
    assert!(
        matches!(
            refused,
            Err(UsageError::TooLarge {
                size: 41,
                limit: 40
            })
        ),
        "{refused:?}"
    );
    line.says_nothing_more();
    line.subscribes(&filter[..32], QoS::AtMostOnce);
    line.unsubscribes(&filter[..33]);
    assert!(line.all().iter().all(|packet| packet.len() == 40));
    // Sent again: what an earlier server took is not forced upon this one.
    let mut line = Line::connected(V);
    let token = line.send(&too_large, QoS::AtLeastOnce);
    line.all();
    line.break_link();
    line.dial();
    line.hears(connack_with(V, true, 0, &limit));
    line.says_nothing_more();
    lost_as_unsendable(&line, token);
    // The smallest there is leaves room for no property of ours, and for no reason but the shortest.
    let mut line = Line::limited(&long(MAXIMUM_PACKET_SIZE, 5));
    line.hears(publish(V, QOS_1, "t", 1, "x"));
    line.says(ack(PUBACK, 1));
    // Nor are acknowledgements, of four bytes or of five, sent to whom they are too large for.
    for (size, fits, heard) in [
        (3, false, publish(V, QOS_1, "t", 1, "x")),
        (4, true, publish(V, QOS_1, "t", 1, "x")),
        (3, false, publish(V, QOS_2, "t", 1, "x")),
        (4, true, publish(V, QOS_2, "t", 1, "x")),
        (4, false, ack(PUBREL, 1)),
        (5, true, ack(PUBREL, 1)),
        (4, false, ack(PUBREC, 1)),
        (5, true, ack(PUBREC, 1)),
    ] {
        let mut line = Line::limited(&long(MAXIMUM_PACKET_SIZE, size));
        line.hears(heard);
        let said = line.all();
        assert!(said.iter().all(|it| it.len() <= size as usize), "{said:?}");
        assert_eq!(line.client.state() == State::Connected, fits, "{size}");
    }
    // A PINGREQ has two bytes.
    for (size, pings) in [(1, 0), (2, 1)] {
        let mut line = Line::new(V);
        line.config.keep_alive = 10;
        line.dial();
        line.hears(connack_with(V, false, 0, &long(MAXIMUM_PACKET_SIZE, size)));
        line.pass(10_000);
        assert_eq!(line.all(), vec![PINGREQ.to_vec(); pings]);
    }
}

#[test]
fn v5_3_2_2_16_the_client_identifier_that_the_server_made_is_told() {
    let mut line = Line::new(V);
    line.config.client_id = String::new();
    line.config.clean_session = true;
    line.dial();
    line.hears(connack_with(
        V,
        false,
        0,
        &word(ASSIGNED_CLIENT_IDENTIFIER, "srv-1"),
    ));
    let told = line.ledger.events.iter().find_map(|event| match event {
        Event::Connected(accepted) => accepted.assigned_client_id.clone(),
        _ => None,
    });
    assert_eq!(told.as_deref(), Some("srv-1"));
}

#[test]
fn v5_3_2_2_21_the_server_keep_alive_is_in_force_and_told() {
    let mut line = Line::new(V);
    line.config.keep_alive = 60;
    line.dial();
    line.hears(connack_with(V, false, 0, &short(SERVER_KEEP_ALIVE, 4)));
    let told = line.ledger.events.iter().find_map(|event| match event {
        Event::Connected(accepted) => Some(accepted.keep_alive),
        _ => None,
    });
    assert_eq!(told, Some(4));
    line.pass(3_999);
    line.says_nothing_more();
    line.pass(1);
    line.says(PINGREQ);
    // Half of it later the server is given up, as it is by then of us.
    line.pass(2_000);
    line.says(disconnect_saying(0x80));
    line.ended(&Cause::KeepAliveTimeout);
}

#[test]
fn v5_3_2_2_22_without_a_server_keep_alive_that_of_connect_is_in_force() {
    let mut line = Line::new(V);
    line.config.keep_alive = 60;
    line.establish();
    line.pass(59_999);
    line.says_nothing_more();
    line.pass(1);
    line.says(PINGREQ);
}
