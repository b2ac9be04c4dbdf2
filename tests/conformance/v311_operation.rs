//! 3.1.1, chapter 4: what is kept, what each QoS asks, what is sent again and in which order.

use mqtt_mooring::client::PublishRequest;
use mqtt_mooring::client::output::Cause;
use mqtt_mooring::codec::{PacketType, QoS, ReasonCode, Version};
use mqtt_mooring::error::ProtocolError;
use mqtt_mooring::session::outbound::Token;

use super::bytes::*;
use super::line::Line;
use super::v311_format::next_identifiers;
use crate::support::{Handler, Told, message};

const V: Version = Version::V311;
const TOPIC: &str = "meters/7";

/// As [`publish`] to the topic of all messages here.
fn message_of(flags: u8, id: u16, payload: &str) -> Vec<u8> {
    publish(V, flags, TOPIC, id, payload)
}

/// The link breaks; the server still has the session.
fn reconnect(line: &mut Line) {
    line.break_link();
    line.resume();
}

/// Nobody has heard of the end of it.
fn is_open(line: &Line, token: Token) {
    assert!(line.ledger.is_open(token), "{}", line.story());
}

#[test]
fn v311_4_1_0_1_the_state_of_a_session_is_kept_for_as_long_as_it_lasts() {
    let mut line = Line::connected(V);
    // One of each: sent and unanswered, owned by the server, half-received.
    line.send("one", QoS::AtLeastOnce);
    line.send("two", QoS::ExactlyOnce);
    line.send("three", QoS::ExactlyOnce);
    line.hears(ack(PUBREC, 3));
    line.hears(publish(V, QOS_2, "a", 9, "in"));
    line.all();
    // Through lost links, a reload, and a year.
    for _ in 0..3 {
        reconnect(&mut line);
        line.says(message_of(QOS_1 | DUP, 1, "one"));
        line.says(message_of(QOS_2 | DUP, 2, "two"));
        line.says(ack(PUBREL, 3));
        line.says_nothing_more();
        line.now += 365 * 86_400_000;
        line.break_link();
        line.reload_and_resume();
        assert_eq!(line.all().len(), 3);
    }
    line.hears(ack(PUBREL, 9));
    assert_eq!(line.ledger.payloads(), ["in"]);
    line.says(ack(PUBCOMP, 9));
}

#[test]
fn v311_4_1_0_2_a_session_lasts_while_its_connection_stands() {
    for clean in [false, true] {
        let mut line = Line::new(V);
        line.config.clean_session = clean;
        line.establish();
        let token = line.send("x", QoS::ExactlyOnce);
        line.hears(publish(V, QOS_2, "a", 9, "in"));
        line.all();
        line.pass(365 * 86_400_000);
        is_open(&line, token);
        line.hears(ack(PUBREC, 1));
        line.says(ack(PUBREL, 1));
        line.pass(365 * 86_400_000);
        line.hears(ack(PUBCOMP, 1));
        assert_eq!(*line.ledger.outcome(token), Told::Out(ReasonCode::SUCCESS));
        line.hears(ack(PUBREL, 9));
        assert_eq!(line.ledger.payloads(), ["in"]);
    }
}

#[test]
fn v311_4_3_1_1_qos_0_is_one_publish_of_qos_0_without_dup() {
    let mut line = Line::connected(V);
    let token = line.send("x", QoS::AtMostOnce);
    line.says(message_of(0, 0, "x"));
    assert_eq!(*line.ledger.outcome(token), Told::Sent);
    line.pass(86_400_000);
    reconnect(&mut line);
    line.says_nothing_more();
    // And nothing answers one that comes.
    line.hears(publish(V, 0, "a", 0, "y"));
    line.says_nothing_more();
    assert_eq!(line.ledger.payloads(), ["y"]);
}

#[test]
fn v311_4_3_2_1_the_sender_at_qos_1() {
    let mut line = Line::connected(V);
    // A free identifier, and no DUP.
    let one = line.send("one", QoS::AtLeastOnce);
    line.says(message_of(QOS_1, 1, "one"));
    let two = line.send("two", QoS::AtLeastOnce);
    line.says(message_of(QOS_1, 2, "two"));
    // Unacknowledged until its own PUBACK.
    line.hears(ack(PUBACK, 2));
    is_open(&line, one);
    assert_eq!(*line.ledger.outcome(two), Told::Out(ReasonCode::SUCCESS));
    reconnect(&mut line);
    line.says(message_of(QOS_1 | DUP, 1, "one"));
    line.says_nothing_more();
    line.hears(ack(PUBACK, 1));
    assert_eq!(*line.ledger.outcome(one), Told::Out(ReasonCode::SUCCESS));
    reconnect(&mut line);
    line.says_nothing_more();
}

#[test]
fn v311_4_3_2_2_the_receiver_at_qos_1() {
    let mut line = Line::connected(V);
    for (flags, payload) in [(0, "one"), (0, "two"), (DUP, "three"), (DUP, "three")] {
        line.hears(publish(V, QOS_1 | flags, "a", 7, payload));
        line.says(ack(PUBACK, 7));
        line.says_nothing_more();
    }
    // After PUBACK each was a new message.
    assert_eq!(line.ledger.payloads(), ["one", "two", "three", "three"]);
    // The application has to have it before the server is told so.
    line.auto_ack = false;
    line.hears(publish(V, QOS_1, "a", 8, "four"));
    line.says_nothing_more();
    let ticket = line.ledger.deliveries[4].ticket.expect("QoS 1");
    line.handled(ticket);
    line.says(ack(PUBACK, 8));
}

#[test]
fn v311_4_3_3_1_the_sender_at_qos_2() {
    let mut line = Line::connected(V);
    line.send("one", QoS::AtLeastOnce);
    let token = line.send("x", QoS::ExactlyOnce);
    line.says(message_of(QOS_1, 1, "one"));
    line.hears(ack(PUBACK, 1));
    line.says(message_of(QOS_2, 2, "x"));
    // Unacknowledged until PUBREC.
    reconnect(&mut line);
    line.says(message_of(QOS_2 | DUP, 2, "x"));
    line.hears(ack(PUBREC, 2));
    line.says(ack(PUBREL, 2));
    // PUBREL is unacknowledged until PUBCOMP, and PUBLISH is not said again.
    for _ in 0..2 {
        reconnect(&mut line);
        line.says(ack(PUBREL, 2));
        line.says_nothing_more();
        is_open(&line, token);
    }
    line.reload_and_resume();
    line.says(ack(PUBREL, 2));
    line.says_nothing_more();
    line.hears(ack(PUBCOMP, 2));
    reconnect(&mut line);
    line.says_nothing_more();
    // Nor is it where PUBREC comes twice.
    let token = line.send("y", QoS::ExactlyOnce);
    let said = line.next();
    let id = u16::from_be_bytes([said[12], said[13]]);
    for _ in 0..2 {
        line.hears(ack(PUBREC, id));
        line.says(ack(PUBREL, id));
        line.says_nothing_more();
    }
    line.hears(ack(PUBCOMP, id));
    assert_eq!(*line.ledger.outcome(token), Told::Out(ReasonCode::SUCCESS));
}

#[test]
fn v311_4_3_3_2_the_receiver_at_qos_2() {
    let mut line = Line::connected(V);
    line.hears(publish(V, QOS_2, "a", 7, "x"));
    line.says(ack(PUBREC, 7));
    // Each repetition is answered, on this connection, the next, and in the next page.
    for round in 0..3 {
        for flags in [DUP, 0] {
            line.hears(publish(V, QOS_2 | flags, "a", 7, "x"));
            line.says(ack(PUBREC, 7));
            line.says_nothing_more();
        }
        match round {
            0 => reconnect(&mut line),
            1 => {
                line.break_link();
                line.reload_and_resume();
            }
            _ => {}
        }
    }
    // One delivery, and nothing that was lost.
    assert!(line.ledger.orphans.is_empty());
    for _ in 0..2 {
        line.hears(ack(PUBREL, 7));
        line.says(ack(PUBCOMP, 7));
        line.says_nothing_more();
    }
    assert_eq!(line.ledger.payloads(), ["x"]);
    // After PUBCOMP it is a new message, whatever DUP says.
    for flags in [0, DUP] {
        line.hears(publish(V, QOS_2 | flags, "a", 7, "y"));
        line.says(ack(PUBREC, 7));
        line.hears(ack(PUBREL, 7));
        line.says(ack(PUBCOMP, 7));
    }
    assert_eq!(line.ledger.payloads(), ["x", "y", "y"]);
    // Also where it comes in one piece with the PUBREL of the one before.
    line.hears(publish(V, QOS_2, "a", 7, "y"));
    line.hears([ack(PUBREL, 7), publish(V, QOS_2, "a", 7, "z")].concat());
    line.hears(ack(PUBREL, 7));
    assert_eq!(line.all().len(), 4);
    assert_eq!(line.ledger.payloads()[3..], ["y", "z"]);
    // Two PUBRELs in one piece: two answers, one delivery.
    line.hears(publish(V, QOS_2, "a", 7, "once"));
    line.says(ack(PUBREC, 7));
    line.hears([ack(PUBREL, 7), ack(PUBREL, 7)].concat());
    line.says(ack(PUBCOMP, 7));
    line.says(ack(PUBCOMP, 7));
    line.says_nothing_more();
    assert_eq!(line.ledger.payloads()[5..], ["once"]);
    // A PUBREL for what nobody knows is answered as well.
    line.hears(ack(PUBREL, 99));
    line.says(ack(PUBCOMP, 99));
}

#[test]
fn v311_4_4_0_1_everything_unacknowledged_is_sent_again_with_its_identifier() {
    let mut line = Line::connected(V);
    for payload in ["one", "two", "three"] {
        line.send(payload, QoS::AtLeastOnce);
        line.send(payload, QoS::ExactlyOnce);
    }
    // 1, 3, 5 are of QoS 1; 2, 4, 6 of QoS 2.
    for done in [ack(PUBACK, 3), ack(PUBREC, 2), ack(PUBREC, 4)] {
        line.hears(done);
    }
    line.hears(ack(PUBCOMP, 4));
    line.all();
    line.break_link();
    // Nothing of it before CONNACK, or if the server has lost the session.
    line.dial();
    line.says_nothing_more();
    line.hears(connack(V, true));
    let mut again = line.all();
    let mut expected = vec![
        message_of(QOS_1 | DUP, 1, "one"),
        ack(PUBREL, 2),
        message_of(QOS_1 | DUP, 5, "three"),
        message_of(QOS_2 | DUP, 6, "three"),
    ];
    again.sort();
    expected.sort();
    assert_eq!(again, expected);
}

#[test]
fn v311_4_5_0_2_every_publish_is_acknowledged_whether_anybody_wants_it_or_not() {
    let mut line = Line::connected(V);
    // Nobody has subscribed to anything.
    line.hears(publish(V, QOS_1, "of/no/interest", 1, "x"));
    line.says(ack(PUBACK, 1));
    line.hears(publish(V, QOS_2, "$SYS/whatever", 2, ""));
    line.says(ack(PUBREC, 2));
    line.hears(ack(PUBREL, 2));
    line.says(ack(PUBCOMP, 2));
    // Or just not any more.
    line.subscribes("a", QoS::ExactlyOnce);
    line.hears(suback(V, 1, &[2]));
    line.unsubscribes("a");
    assert_eq!(line.all().len(), 2);
    line.hears(publish(V, QOS_1, "a", 3, "x"));
    line.says(ack(PUBACK, 3));
    line.hears(unsuback(V, 2, &[]));
    line.hears(publish(V, QOS_2, "a", 4, "x"));
    line.says(ack(PUBREC, 4));
}

#[test]
fn v311_4_6_0_1_what_is_sent_again_is_sent_in_the_order_of_the_first_sending() {
    let mut line = Line::connected(V);
    // So that the order is not that of the identifiers: they begin again at 1.
    assert_eq!(next_identifiers(&mut line, 65_532).last(), Some(65_532));
    let mut first = Vec::new();
    for (place, id) in [65_533, 65_534, 65_535, 1, 2, 3].into_iter().enumerate() {
        let qos = [QoS::AtLeastOnce, QoS::ExactlyOnce][place % 2];
        line.send("x", qos);
        let flags = (qos as u8) << 1;
        line.says(message_of(flags, id, "x"));
        first.push(message_of(flags | DUP, id, "x"));
    }
    line.hears(ack(PUBACK, 65_535));
    first.remove(2);
    for _ in 0..2 {
        reconnect(&mut line);
        assert_eq!(line.all(), first);
        line.reload_and_resume();
        assert_eq!(line.all(), first);
    }
}

#[test]
fn v311_4_6_0_2_pubacks_go_out_in_the_order_in_which_their_messages_came() {
    let mut line = Line::connected(V);
    line.auto_ack = false;
    for id in [5, 2, 9] {
        line.hears(publish(V, QOS_1, "a", id, "x"));
    }
    // The application may be done with them in another one.
    let tickets: Vec<_> = line.ledger.deliveries.iter().map(|it| it.ticket).collect();
    line.handled(tickets[2].expect("QoS 1"));
    line.handled(tickets[1].expect("QoS 1"));
    line.says_nothing_more();
    line.handled(tickets[0].expect("QoS 1"));
    for id in [5, 2, 9] {
        line.says(ack(PUBACK, id));
    }
    line.says_nothing_more();
}

#[test]
fn v311_4_6_0_3_pubrecs_go_out_in_the_order_in_which_their_messages_came() {
    let mut line = Line::connected(V);
    let all = [5, 2, 9, 1].map(|id| publish(V, QOS_2, "a", id, "x"));
    line.hears(all.concat());
    for id in [5, 2, 9, 1] {
        line.says(ack(PUBREC, id));
    }
}

#[test]
fn v311_4_6_0_4_pubrels_go_out_in_the_order_in_which_pubrecs_came() {
    let mut line = Line::connected(V);
    for _ in 0..4 {
        line.send("x", QoS::ExactlyOnce);
    }
    assert_eq!(line.all().len(), 4);
    line.hears([3, 1, 4, 2].map(|id| ack(PUBREC, id)).concat());
    // So they do when they are said again.
    for _ in 0..3 {
        for id in [3, 1, 4, 2] {
            line.says(ack(PUBREL, id));
        }
        line.says_nothing_more();
        line.break_link();
        line.reload_and_resume();
    }
}

#[test]
fn v311_4_7_1_1_wildcards_stand_in_filters_and_not_in_topic_names() {
    for wild in ["a/+/b", "a/#"] {
        let mut line = Line::connected(V);
        let now = line.now;
        let request = PublishRequest {
            topic: wild,
            ..message("x", QoS::AtLeastOnce)
        };
        assert!(line.client.publish(request, now).is_err());
        line.says_nothing_more();
        line.subscribes(wild, QoS::AtMostOnce);
        line.says(subscribe(V, 1, wild, 0));
        line.hears(publish(V, 0, wild, 0, "x"));
        line.ended_in_protest(ReasonCode::TOPIC_NAME_INVALID);
    }
    // Nor may a will's be one.
    let mut line = Line::new(V);
    line.config.will = Some(mqtt_mooring::client::config::WillMessage {
        topic: "a/#".into(),
        payload: Vec::new(),
        qos: QoS::AtMostOnce,
        retain: false,
        properties: Vec::new(),
    });
    let (config, now) = (line.config.clone(), line.now);
    assert!(line.client.connect(config, now).is_err());
}

/// Filters that are sent as they are, and others that are refused before.
fn filters(allowed: &[&str], refused: &[&str]) {
    let mut line = Line::connected(V);
    let mut id = 0;
    for filter in allowed {
        line.subscribes(filter, QoS::AtMostOnce);
        line.says(subscribe(V, id + 1, filter, 0));
        line.unsubscribes(filter);
        line.says(unsubscribe(V, id + 2, filter));
        id += 2;
    }
    let now = line.now;
    for filter in refused {
        let asked = [(
            *filter,
            mqtt_mooring::codec::SubscriptionOptions::qos(QoS::AtMostOnce),
        )];
        assert!(line.client.subscribe(&asked, &[], now).is_err(), "{filter}");
        assert!(
            line.client.unsubscribe(&[filter], &[], now).is_err(),
            "{filter}"
        );
        line.says_nothing_more();
    }
}

#[test]
fn v311_4_7_1_2_a_hash_fills_the_last_level_of_a_filter() {
    filters(
        &["#", "/#", "sport/tennis/#", "+/#"],
        &[
            "sport/tennis#",
            "sport/tennis/#/ranking",
            "##",
            "#/",
            "a/b#/c",
        ],
    );
}

#[test]
fn v311_4_7_1_3_a_plus_fills_a_level_of_a_filter() {
    filters(
        &["+", "/+", "+/tennis/#", "sport/+/player1", "+/+", "+/"],
        &["sport+", "+sport", "a/b+/c", "++", "a/+b"],
    );
}

/// Publishes to `topic`, which has to be refused.
fn refuses_to_publish_to(line: &mut Line, topic: &str) {
    let now = line.now;
    let request = PublishRequest {
        topic,
        ..message("x", QoS::AtMostOnce)
    };
    assert!(line.client.publish(request, now).is_err());
    line.says_nothing_more();
}

#[test]
fn v311_4_7_3_1_topic_names_and_filters_are_not_empty() {
    filters(&["/", " ", "a//b"], &[""]);
    let mut line = Line::connected(V);
    refuses_to_publish_to(&mut line, "");
    line.publish(PublishRequest {
        topic: "/",
        ..message("x", QoS::AtMostOnce)
    });
    line.says(publish(V, 0, "/", 0, "x"));
    line.hears(publish(V, 0, "", 0, "x"));
    line.ended_in_protest(ReasonCode::TOPIC_NAME_INVALID);
}

#[test]
fn v311_4_7_3_2_topic_names_and_filters_hold_no_u_0000() {
    filters(&["a\u{1}b"], &["a\0b", "\0", "a/#\0"]);
    let mut line = Line::connected(V);
    refuses_to_publish_to(&mut line, "a\0");
    line.hears(publish(V, 0, "a\0", 0, "x"));
    line.ended_in_protest(ReasonCode::MALFORMED_PACKET);
}

#[test]
fn v311_4_7_3_3_topic_names_and_filters_have_65535_bytes_at_most() {
    let longest = "é".repeat(32_767) + "x";
    let too_long = "é".repeat(32_768);
    filters(&[&longest], &[&too_long]);
    let mut line = Line::connected(V);
    refuses_to_publish_to(&mut line, &too_long);
    line.publish(PublishRequest {
        topic: &longest,
        ..message("x", QoS::AtMostOnce)
    });
    line.says(publish(V, 0, &longest, 0, "x"));
}

#[test]
fn v311_4_8_0_1_who_breaks_the_protocol_loses_the_connection() {
    for (bytes, error) in [
        (connack(V, false), ProtocolError::SecondConnAck),
        (
            packet(CONNECT, &[&text("MQTT"), &[4, 2, 0, 0], &text("x")]),
            ProtocolError::Unexpected(PacketType::Connect),
        ),
        (
            PINGREQ.to_vec(),
            ProtocolError::Unexpected(PacketType::PingReq),
        ),
        // PUBACK for a message of QoS 2, PUBREC for one of QoS 1, PUBCOMP before PUBREC.
        (
            ack(PUBACK, 2),
            ProtocolError::MisplacedAck(PacketType::PubAck),
        ),
        (
            ack(PUBREC, 1),
            ProtocolError::MisplacedAck(PacketType::PubRec),
        ),
        (
            ack(PUBCOMP, 2),
            ProtocolError::MisplacedAck(PacketType::PubComp),
        ),
        // UNSUBACK for a SUBSCRIBE; an answer too few.
        (
            unsuback(V, 3, &[]),
            ProtocolError::MisplacedAck(PacketType::UnsubAck),
        ),
        (
            suback(V, 3, &[0, 0]),
            ProtocolError::AnswerCount(PacketType::SubAck),
        ),
    ] {
        let mut line = Line::connected(V);
        let tokens = [
            line.send("one", QoS::AtLeastOnce),
            line.send("two", QoS::ExactlyOnce),
        ];
        line.subscribes("a", QoS::AtMostOnce);
        line.all();
        // Nothing behind the offence counts.
        line.hears([bytes, publish(V, 0, "a", 0, "late")].concat());
        let protest = line.ended_in_protest(error.reason_code());
        assert_eq!(protest, error);
        assert!(line.ledger.deliveries.is_empty());
        // The session has not suffered.
        line.resume();
        line.says(message_of(QOS_1 | DUP, 1, "one"));
        line.says(message_of(QOS_2 | DUP, 2, "two"));
        for token in tokens {
            is_open(&line, token);
        }
    }
}

#[test]
fn v311_4_8_0_2_who_runs_out_of_room_closes_the_connection() {
    let mut line = Line::new(V);
    line.handler = Handler::Manual;
    line.establish();
    // The handlers take their time, and the server sends more than can be kept.
    let flood = publish(V, QOS_1, "a", 1, vec![0; 1 << 20]);
    for _ in 0..20 {
        line.hears(&flood);
    }
    line.ended(&Cause::Protocol(ProtocolError::HeldTooMuch));
    assert!(line.ledger.deliveries.is_empty());
}

#[test]
fn v311_7_0_0_2_nothing_beyond_the_specification_is_needed() {
    // A server that says what the specification asks of it, and not a byte more; everything that is said to it is here.
    let mut line = Line::new(V);
    line.config.client_id = "c".into();
    line.config.keep_alive = 60;
    assert_eq!(
        line.dial(),
        b"\x10\x0D\x00\x04MQTT\x04\x00\x00\x3C\x00\x01c"
    );
    line.hears(b"\x20\x02\x00\x00");
    line.subscribes("a/#", QoS::ExactlyOnce);
    line.says(b"\x82\x08\x00\x01\x00\x03a/#\x02");
    line.hears(b"\x90\x03\x00\x01\x02");
    for (qos, said, answers) in [
        (QoS::AtMostOnce, &b"\x30\x0B\x00\x08meters/7x"[..], &[][..]),
        (
            QoS::AtLeastOnce,
            b"\x32\x0D\x00\x08meters/7\x00\x02x",
            &[(&b"\x40\x02\x00\x02"[..], &b""[..])],
        ),
        (
            QoS::ExactlyOnce,
            b"\x34\x0D\x00\x08meters/7\x00\x03x",
            &[
                (b"\x50\x02\x00\x03", b"\x62\x02\x00\x03"),
                (b"\x70\x02\x00\x03", b""),
            ],
        ),
    ] {
        line.send("x", qos);
        line.says(said);
        for (heard, answered) in answers {
            line.hears(heard);
            if !answered.is_empty() {
                line.says(answered);
            }
            line.says_nothing_more();
        }
    }
    line.hears(b"\x34\x07\x00\x03a/b\x00\x09");
    line.says(b"\x50\x02\x00\x09");
    line.hears(b"\x62\x02\x00\x09");
    line.says(b"\x70\x02\x00\x09");
    line.pass(60_000);
    line.says(b"\xC0\x00");
    line.hears(b"\xD0\x00");
    line.unsubscribes("a/#");
    line.says(b"\xA2\x07\x00\x04\x00\x03a/#");
    line.hears(b"\xB0\x02\x00\x04");
    let (options, now) = (Default::default(), line.now);
    line.client.disconnect(&options, now).expect("accepted");
    line.drain(&[]);
    line.says(b"\xE0\x00");
    line.ended(&Cause::Requested);
}
