//! What comes from the server, in place and out of place.
#![cfg(not(target_arch = "wasm32"))]

mod support;

use mqtt_mooring::client::State;
use mqtt_mooring::client::output::{Cause, Event};
use mqtt_mooring::codec::{
    Ack, Auth, ConnAck, Connect, Disconnect, Packet, PacketId, PacketType, Properties, Property,
    PropertySet, Publish, QoS, ReasonCode, Subscribe, SubscriptionOptions, Unsubscribe, Version,
};
use mqtt_mooring::error::ProtocolError;
use support::*;

fn publish_bytes(
    version: Version,
    topic: &str,
    qos: QoS,
    number: u16,
    dup: bool,
    text: &str,
    properties: &[u8],
) -> Vec<u8> {
    let packet = Packet::Publish(Publish {
        dup,
        qos,
        retain: false,
        topic,
        packet_id: PacketId::new(number),
        properties: Properties::parse(PropertySet::Publish, properties).expect("properties"),
        payload: text.as_bytes(),
    });
    encode(version, &packet)
}

fn plain(version: Version, qos: QoS, number: u16, text: &str) -> Vec<u8> {
    publish_bytes(version, "t", qos, number, false, text, &[])
}

fn ack(version: Version, kind: PacketType, number: u16, reason: ReasonCode) -> Vec<u8> {
    let ack = Ack::new(id(number), reason);
    let packet = match kind {
        PacketType::PubAck => Packet::PubAck(ack),
        PacketType::PubRec => Packet::PubRec(ack),
        PacketType::PubRel => Packet::PubRel(ack),
        _ => Packet::PubComp(ack),
    };
    encode(version, &packet)
}

/// What the client sends while `act` runs, by name; it never reaches the server model.
fn answers(pair: &mut Pair, act: impl FnOnce(&mut Pair)) -> Vec<String> {
    act(pair);
    pair.take_unsent()
}

/// Gives the client `bytes` and expects the connection to end for `error`; in MQTT 5 with `reason`
/// in a DISCONNECT, in 3.1.1 with nothing but the end.
fn assert_ends(
    mut pair: Pair,
    bytes: &[u8],
    error: Option<ProtocolError>,
    reason: ReasonCode,
    case: &str,
) {
    let ends = pair.ledger.ends().len();
    pair.inject(bytes);
    assert_eq!(pair.client.state(), State::Disconnecting, "{case}");
    pair.run();
    match (pair.ledger.last_cause(), error) {
        (Cause::Protocol(found), Some(error)) => assert_eq!(*found, error, "{case}"),
        (Cause::Protocol(ProtocolError::Malformed(_)), None) => {}
        (other, _) => panic!("{case}: {other:?}"),
    }
    let told: Vec<_> = pair.server.disconnects.iter().map(|(r, _)| *r).collect();
    match pair.version {
        Version::V311 => assert_eq!(told, [], "{case}"),
        Version::V5 => assert_eq!(told, [reason], "{case}"),
    }
    assert_eq!(pair.ledger.ends().len(), ends + 1, "{case}");
    assert_eq!(pair.client.state(), State::Disconnected, "{case}");
}

#[test]
fn what_only_a_client_sends_or_comes_at_the_wrong_time_ends_the_connection() {
    for version in VERSIONS {
        let connect = Packet::Connect(Connect {
            version,
            clean_start: true,
            keep_alive: 0,
            client_id: "x",
            username: None,
            password: None,
            will: None,
            properties: Default::default(),
        });
        let subscribe = Packet::Subscribe(Subscribe {
            packet_id: id(1),
            properties: Default::default(),
            filters: vec![("a", SubscriptionOptions::default())],
        });
        let unsubscribe = Packet::Unsubscribe(Unsubscribe {
            packet_id: id(1),
            properties: Default::default(),
            filters: vec!["a"],
        });
        for packet in [connect, subscribe, unsubscribe, Packet::PingReq] {
            let kind = packet.packet_type();
            let error = ProtocolError::Unexpected(kind);
            let bytes = encode(version, &packet);
            let case = format!("{version:?} {kind}");
            assert_ends(
                Pair::connected(version),
                &bytes,
                Some(error),
                ReasonCode::PROTOCOL_ERROR,
                &case,
            );
        }
        let connack = Packet::ConnAck(ConnAck {
            session_present: false,
            reason: ReasonCode::SUCCESS,
            properties: Default::default(),
        });
        let bytes = encode(version, &connack);
        let error = ProtocolError::SecondConnAck;
        assert_ends(
            Pair::connected(version),
            &bytes,
            Some(error),
            ReasonCode::PROTOCOL_ERROR,
            "CONNACK",
        );
    }
}

#[test]
fn nothing_may_come_before_connack() {
    for version in VERSIONS {
        let early = [
            plain(version, QoS::AtMostOnce, 0, "early"),
            ack(version, PacketType::PubRel, 1, ReasonCode::SUCCESS),
            encode(version, &Packet::PingResp),
        ];
        for bytes in early {
            let mut pair = Pair::new(version);
            pair.server.knobs.deaf = true;
            pair.connect();
            pair.run();
            pair.inject(&bytes);
            pair.run();
            assert!(matches!(
                pair.ledger.last_cause(),
                Cause::Protocol(ProtocolError::BeforeConnAck(_))
            ));
            assert_eq!(pair.ledger.deliveries.len(), 0);
        }
    }
}

#[test]
fn auth_that_was_not_asked_for_ends_the_connection() {
    let method = encoded(&[Property::AuthenticationMethod("m")]);
    let auth = Packet::Auth(Auth {
        reason: ReasonCode::CONTINUE_AUTHENTICATION,
        properties: properties(PropertySet::Auth, &method),
    });
    let bytes = encode(Version::V5, &auth);
    let error = ProtocolError::Unexpected(PacketType::Auth);
    assert_ends(
        Pair::connected(Version::V5),
        &bytes,
        Some(error),
        ReasonCode::PROTOCOL_ERROR,
        "AUTH",
    );
    assert_ends(
        Pair::connected(Version::V311),
        &bytes,
        None,
        ReasonCode::PROTOCOL_ERROR,
        "AUTH in 3.1.1",
    );
    let mut pair = Pair::new(Version::V5);
    pair.server.knobs.deaf = true;
    pair.connect();
    pair.run();
    pair.inject(&bytes);
    pair.run();
    let error = ProtocolError::Unexpected(PacketType::Auth);
    assert_eq!(*pair.ledger.last_cause(), Cause::Protocol(error));
}

#[test]
fn a_disconnect_of_the_server_is_quoted_in_5_and_a_mistake_in_3_1_1() {
    let text = encoded(&[
        Property::ReasonString("bye"),
        Property::ServerReference("other"),
    ]);
    let packet = Packet::Disconnect(Disconnect {
        reason: ReasonCode::SERVER_MOVED,
        properties: properties(PropertySet::Disconnect, &text),
    });
    let mut pair = Pair::connected(Version::V5);
    pair.inject(&encode(Version::V5, &packet));
    pair.run();
    let cause = Cause::ServerDisconnect(ReasonCode::SERVER_MOVED);
    assert_eq!(*pair.ledger.last_cause(), cause);
    assert_eq!(pair.ledger.ends()[0].properties, text);
    assert_eq!(pair.server.disconnects, [], "it is not answered");
    let error = ProtocolError::Unexpected(PacketType::Disconnect);
    assert_ends(
        Pair::connected(Version::V311),
        &[0xE0, 0],
        Some(error),
        ReasonCode::SUCCESS,
        "3.1.1",
    );
}

#[test]
fn malformed_packets_are_answered_with_what_is_wrong_with_them() {
    let cases: [(&[u8], ReasonCode); 6] = [
        (&[0x00, 0], ReasonCode::MALFORMED_PACKET),
        (&[0x36, 5, 0, 1, b't', 0, 1], ReasonCode::MALFORMED_PACKET),
        (
            &[0x30, 0xFF, 0xFF, 0xFF, 0xFF],
            ReasonCode::MALFORMED_PACKET,
        ),
        (&[0x32, 6, 0, 1, b't', 0, 0, 0], ReasonCode::PROTOCOL_ERROR),
        (&[0x30, 4, 0, 1, b'#', 0], ReasonCode::TOPIC_NAME_INVALID),
        (&[0xD1, 0], ReasonCode::MALFORMED_PACKET),
    ];
    for version in VERSIONS {
        for (bytes, reason) in cases {
            assert_ends(
                Pair::connected(version),
                bytes,
                None,
                reason,
                &format!("{version:?} {bytes:?}"),
            );
        }
    }
    let mut small = Pair::new(Version::V5);
    small.config.maximum_packet_size = Some(50);
    small.establish();
    assert_ends(
        small,
        &[0x30, 49],
        None,
        ReasonCode::PACKET_TOO_LARGE,
        "too large",
    );
}

#[test]
fn what_came_before_the_mistake_in_one_chunk_counts_and_what_comes_after_does_not() {
    for version in VERSIONS {
        let mut pair = Pair::connected(version);
        let mut bytes = plain(version, QoS::AtMostOnce, 0, "before");
        bytes.extend([0x00, 0]);
        bytes.extend(plain(version, QoS::AtMostOnce, 0, "after"));
        pair.inject(&bytes);
        pair.inject(&plain(version, QoS::AtMostOnce, 0, "later"));
        pair.run();
        assert_eq!(pair.ledger.payloads(), ["before"]);
    }
}

#[test]
fn a_text_frame_ends_the_connection() {
    for version in VERSIONS {
        let mut pair = Pair::connected(version);
        pair.client.handle_text(pair.now);
        pair.drain(&[]);
        pair.run();
        assert_eq!(
            *pair.ledger.last_cause(),
            Cause::Protocol(ProtocolError::TextFrame)
        );
    }
}

#[test]
fn a_repeated_publish_of_qos_2_is_answered_and_delivered_once() {
    for version in VERSIONS {
        let mut pair = Pair::connected(version);
        for dup in [false, true, false] {
            let bytes = publish_bytes(version, "t", QoS::ExactlyOnce, 7, dup, "x", &[]);
            let said = answers(&mut pair, |p| p.inject(&bytes));
            assert_eq!(said, ["PUBREC(7, 0x00)"]);
        }
        assert_eq!(pair.ledger.deliveries.len(), 0, "not before PUBREL");
        assert_eq!(pair.client.incoming().len(), 1);
        let release = ack(version, PacketType::PubRel, 7, ReasonCode::SUCCESS);
        assert_eq!(
            answers(&mut pair, |p| p.inject(&release)),
            ["PUBCOMP(7, 0x00)"]
        );
        assert_eq!(pair.ledger.payloads(), ["x"]);
        // A second PUBREL is answered and delivers nothing.
        let again = match version {
            Version::V311 => "PUBCOMP(7, 0x00)",
            Version::V5 => "PUBCOMP(7, 0x92)",
        };
        assert_eq!(answers(&mut pair, |p| p.inject(&release)), [again]);
        assert_eq!(pair.ledger.payloads(), ["x"]);
        // After PUBCOMP the identifier means a new message, whatever DUP says [MQTT-4.3.3-12].
        let bytes = publish_bytes(version, "t", QoS::ExactlyOnce, 7, true, "y", &[]);
        pair.inject(&bytes);
        pair.inject(&release);
        assert_eq!(pair.ledger.payloads(), ["x", "y"]);
    }
}

#[test]
fn a_second_pubrec_is_answered_and_changes_nothing() {
    for version in VERSIONS {
        let mut pair = Pair::connected(version);
        pair.server.knobs.hold_acks = true;
        let token = pair.send("x", QoS::ExactlyOnce);
        pair.run();
        let received = ack(version, PacketType::PubRec, 1, ReasonCode::SUCCESS);
        for _ in 0..3 {
            assert_eq!(
                answers(&mut pair, |p| p.inject(&received)),
                ["PUBREL(1, 0x00)"]
            );
            assert_eq!(pair.client.in_flight().len(), 1);
        }
        let complete = ack(version, PacketType::PubComp, 1, ReasonCode::SUCCESS);
        assert_eq!(answers(&mut pair, |p| p.inject(&complete)).len(), 0);
        assert_eq!(*pair.ledger.outcome(token), Told::Out(ReasonCode::SUCCESS));
        // Late ones: PUBREC is answered, PUBCOMP is nothing.
        let unknown = match version {
            Version::V311 => "PUBREL(1, 0x00)",
            Version::V5 => "PUBREL(1, 0x92)",
        };
        assert_eq!(answers(&mut pair, |p| p.inject(&received)), [unknown]);
        assert_eq!(answers(&mut pair, |p| p.inject(&complete)).len(), 0);
        assert_eq!(pair.ledger.outcomes.len(), 1);
        assert_eq!(pair.client.state(), State::Connected);
    }
}

#[test]
fn acknowledgements_of_nothing_are_harmless() {
    for version in VERSIONS {
        let mut pair = Pair::connected(version);
        for kind in [PacketType::PubAck, PacketType::PubComp] {
            let bytes = ack(version, kind, 9, ReasonCode::SUCCESS);
            assert_eq!(answers(&mut pair, |p| p.inject(&bytes)).len(), 0);
        }
        if version == Version::V5 {
            for kind in [PacketType::PubAck, PacketType::PubRec] {
                let bytes = ack(version, kind, 9, ReasonCode::QUOTA_EXCEEDED);
                assert_eq!(answers(&mut pair, |p| p.inject(&bytes)).len(), 0);
            }
        }
        assert_eq!(pair.client.state(), State::Connected);
        assert_eq!(pair.ledger.outcomes.len(), 0);
    }
}

#[test]
fn an_acknowledgement_of_the_wrong_kind_ends_the_connection_and_the_message_stays() {
    let cases = [
        (QoS::AtLeastOnce, PacketType::PubRec),
        (QoS::AtLeastOnce, PacketType::PubComp),
        (QoS::ExactlyOnce, PacketType::PubAck),
        (QoS::ExactlyOnce, PacketType::PubComp),
    ];
    for version in VERSIONS {
        for (qos, kind) in cases {
            let mut pair = Pair::connected(version);
            pair.server.knobs.hold_acks = true;
            let token = pair.send("x", qos);
            pair.run();
            pair.inject(&ack(version, kind, 1, ReasonCode::SUCCESS));
            pair.run();
            let error = ProtocolError::MisplacedAck(kind);
            assert_eq!(*pair.ledger.last_cause(), Cause::Protocol(error));
            assert!(pair.ledger.is_open(token));
            pair.server.knobs.hold_acks = false;
            pair.establish();
            assert_eq!(*pair.ledger.outcome(token), Told::Out(ReasonCode::SUCCESS));
            pair.assert_idle("misplaced");
        }
    }
}

#[test]
fn a_refused_message_is_over_and_its_caller_knows_why() {
    for qos in [QoS::AtLeastOnce, QoS::ExactlyOnce] {
        let mut pair = Pair::connected(Version::V5);
        pair.server.knobs.publish_reason = Some(ReasonCode::NOT_AUTHORIZED);
        let token = pair.send("x", qos);
        pair.run();
        assert_eq!(
            *pair.ledger.outcome(token),
            Told::Out(ReasonCode::NOT_AUTHORIZED)
        );
        pair.assert_idle("refused");
        assert_eq!(pair.server.onward, []);
        pair.break_link();
        pair.establish();
        assert_eq!(pair.server.onward, [], "[MQTT-4.4.0-2]");
    }
}

#[test]
fn no_matching_subscribers_is_a_success() {
    for qos in [QoS::AtLeastOnce, QoS::ExactlyOnce] {
        let mut pair = Pair::connected(Version::V5);
        pair.server.knobs.publish_reason = Some(ReasonCode::NO_MATCHING_SUBSCRIBERS);
        let token = pair.send("x", qos);
        pair.run();
        assert!(matches!(pair.ledger.outcome(token), Told::Out(r) if !r.is_failure()));
        assert_eq!(pair.server.payloads(), ["x"]);
    }
}

#[test]
fn a_failure_that_comes_after_the_first_pubrec_changes_nothing() {
    let mut pair = Pair::connected(Version::V5);
    pair.server.knobs.hold_acks = true;
    let token = pair.send("x", QoS::ExactlyOnce);
    pair.run();
    pair.server.release_ack();
    pair.run();
    pair.inject(&ack(
        Version::V5,
        PacketType::PubRec,
        1,
        ReasonCode::PACKET_IDENTIFIER_IN_USE,
    ));
    assert!(pair.ledger.is_open(token));
    pair.server.release_acks();
    pair.run();
    assert_eq!(*pair.ledger.outcome(token), Told::Out(ReasonCode::SUCCESS));
    pair.assert_idle("late failure");
}

#[test]
fn pubcomp_not_found_means_that_it_was_finished_before() {
    let mut pair = Pair::connected(Version::V5);
    pair.server.knobs.hold_acks = true;
    let token = pair.send("x", QoS::ExactlyOnce);
    pair.run();
    pair.server.release_ack();
    pair.run();
    // PUBREL reached the server, PUBCOMP is lost.
    pair.break_link();
    pair.server.knobs.hold_acks = false;
    pair.establish();
    assert_eq!(*pair.ledger.outcome(token), Told::Out(ReasonCode::SUCCESS));
    assert_eq!(pair.server.payloads(), ["x"]);
}

#[test]
fn qos_1_is_acknowledged_in_the_order_received_whenever_the_application_is_done() {
    for version in VERSIONS {
        let mut pair = Pair::connected(version);
        pair.auto_ack = false;
        for number in 1..=4 {
            pair.inject(&plain(version, QoS::AtLeastOnce, number, "x"));
        }
        let tickets: Vec<_> = pair
            .ledger
            .deliveries
            .iter()
            .map(|d| d.ticket.expect("one"))
            .collect();
        assert_eq!(answers(&mut pair, |p| p.handled(tickets[2])).len(), 0);
        assert_eq!(answers(&mut pair, |p| p.handled(tickets[1])).len(), 0);
        let said = answers(&mut pair, |p| p.handled(tickets[0]));
        assert_eq!(
            said,
            ["PUBACK(1, 0x00)", "PUBACK(2, 0x00)", "PUBACK(3, 0x00)"]
        );
        // A ticket is good once.
        assert_eq!(answers(&mut pair, |p| p.handled(tickets[0])).len(), 0);
        assert_eq!(
            answers(&mut pair, |p| p.handled(tickets[3])),
            ["PUBACK(4, 0x00)"]
        );
        assert_eq!(pair.client.unacknowledged().count(), 0);
    }
}

#[test]
fn a_ticket_of_an_earlier_connection_acknowledges_nothing() {
    for version in VERSIONS {
        let mut pair = Pair::connected(version);
        pair.auto_ack = false;
        pair.server.send(to_client("x", QoS::AtLeastOnce));
        pair.run();
        let old = pair.ledger.deliveries[0].ticket.expect("one");
        pair.break_link();
        pair.handled(old);
        pair.establish();
        assert_eq!(pair.ledger.payloads(), ["x", "x"]);
        assert!(pair.ledger.deliveries[1].duplicate);
        assert_eq!(answers(&mut pair, |p| p.handled(old)).len(), 0);
        let new = pair.ledger.deliveries[1].ticket.expect("one");
        assert_eq!(answers(&mut pair, |p| p.handled(new)).len(), 1);
    }
}

#[test]
fn nothing_is_acknowledged_after_our_disconnect() {
    for version in VERSIONS {
        let mut pair = Pair::connected(version);
        pair.auto_ack = false;
        pair.server.send(to_client("x", QoS::AtLeastOnce));
        pair.run();
        let ticket = pair.ledger.deliveries[0].ticket.expect("one");
        pair.client
            .disconnect(&Default::default(), pair.now)
            .expect("possible");
        pair.drain(&[]);
        // Pair panics at bytes after Close, the server at a packet after DISCONNECT [MQTT-3.14.4-1].
        pair.handled(ticket);
        pair.run();
        assert_eq!(*pair.ledger.last_cause(), Cause::Requested);
    }
}

#[test]
fn aliases_are_resolved_and_do_not_survive_their_connection() {
    let mut pair = Pair::new(Version::V5);
    pair.config.topic_alias_maximum = 2;
    pair.establish();
    let alias = |n| encoded(&[Property::TopicAlias(n)]);
    let version = Version::V5;
    for (topic, number, text) in [
        ("a", 1, "1"),
        ("b", 2, "2"),
        ("", 1, "3"),
        ("c", 1, "4"),
        ("", 1, "5"),
        ("", 2, "6"),
    ] {
        pair.inject(&publish_bytes(
            version,
            topic,
            QoS::AtMostOnce,
            0,
            false,
            text,
            &alias(number),
        ));
    }
    let topics: Vec<_> = pair
        .ledger
        .deliveries
        .iter()
        .map(|d| d.topic.as_str())
        .collect();
    assert_eq!(topics, ["a", "b", "a", "c", "c", "b"]);
    // QoS 2: the topic is kept, not the alias.
    pair.inject(&publish_bytes(
        version,
        "",
        QoS::ExactlyOnce,
        5,
        false,
        "7",
        &alias(2),
    ));
    let saved = pair.client.save(pair.now);
    pair.break_link();
    pair.establish();
    pair.inject(&ack(version, PacketType::PubRel, 5, ReasonCode::SUCCESS));
    let last = pair.ledger.deliveries.last().expect("one");
    assert_eq!(
        (last.topic.as_str(), last.payload.as_slice()),
        ("b", &b"7"[..])
    );
    assert_eq!(
        last.properties,
        [],
        "the alias is no property of the message"
    );
    assert!(mqtt_mooring::session::snapshot::restore(&saved).is_ok());
    let bytes = publish_bytes(version, "", QoS::AtMostOnce, 0, false, "8", &alias(1));
    let error = ProtocolError::TopicAlias(ReasonCode::PROTOCOL_ERROR);
    assert_ends(
        pair,
        &bytes,
        Some(error),
        ReasonCode::PROTOCOL_ERROR,
        "not set on this connection",
    );
}

#[test]
fn an_alias_out_of_range_ends_the_connection() {
    for (maximum, number) in [(0, 1), (2, 3), (2, u16::MAX)] {
        let mut pair = Pair::new(Version::V5);
        pair.config.topic_alias_maximum = maximum;
        pair.establish();
        let alias = encoded(&[Property::TopicAlias(number)]);
        let bytes = publish_bytes(Version::V5, "a", QoS::AtMostOnce, 0, false, "x", &alias);
        let error = ProtocolError::TopicAlias(ReasonCode::TOPIC_ALIAS_INVALID);
        assert_ends(
            pair,
            &bytes,
            Some(error),
            ReasonCode::TOPIC_ALIAS_INVALID,
            "out of range",
        );
    }
}

#[test]
fn properties_come_through_at_every_qos_and_the_expiry_is_counted_down_while_held() {
    let sent = encoded(&[
        Property::ContentType("text"),
        Property::MessageExpiryInterval(100),
        Property::UserProperty("k", "v"),
        Property::SubscriptionIdentifier(4),
        Property::SubscriptionIdentifier(5),
    ]);
    for (number, qos) in (0..).zip(QOS) {
        let mut pair = Pair::connected(Version::V5);
        pair.inject(&publish_bytes(
            Version::V5,
            "t",
            qos,
            number,
            false,
            "x",
            &sent,
        ));
        if qos == QoS::ExactlyOnce {
            pair.now += 30_000;
            pair.inject(&ack(
                Version::V5,
                PacketType::PubRel,
                number,
                ReasonCode::SUCCESS,
            ));
        }
        let delivered = &pair.ledger.deliveries[0];
        let got = properties(PropertySet::Publish, &delivered.properties);
        let left = if qos == QoS::ExactlyOnce { 70 } else { 100 };
        assert_eq!(got.message_expiry_interval(), Some(left), "{qos:?}");
        assert_eq!(got.iter().count(), 5, "{qos:?}");
        assert_eq!(delivered.qos, qos);
    }
}

#[test]
fn messages_are_whole_however_the_bytes_are_cut() {
    for version in VERSIONS {
        for chunk in [1, 2, 3, 7, 1_000] {
            let mut pair = Pair::connected(version);
            pair.chunk = chunk;
            let texts: Vec<String> = (0..20).map(|n| "x".repeat(n * 7)).collect();
            for (index, text) in texts.iter().enumerate() {
                pair.server.send(to_client(text, QOS[index % 3]));
            }
            pair.run();
            let mut got = pair.ledger.payloads();
            got.sort_by_key(String::len);
            assert_eq!(got, texts);
            assert!(
                pair.ledger
                    .deliveries
                    .iter()
                    .all(|d| d.topic == "commands/7")
            );
            pair.assert_idle("cut");
        }
    }
}

#[test]
fn an_incoming_qos_2_message_is_acknowledged_before_it_is_handed_over() {
    for version in VERSIONS {
        let mut pair = Pair::connected(version);
        pair.server.send(to_client("x", QoS::ExactlyOnce));
        pair.run();
        let acks = pair
            .ledger
            .events
            .iter()
            .filter(|e| matches!(e, Event::MessageAck { .. }));
        assert_eq!(acks.count(), 1);
        assert_eq!(pair.ledger.payloads(), ["x"]);
    }
}

#[test]
fn a_second_pubrel_waits_for_the_application_as_the_first_does() {
    for version in VERSIONS {
        for together in [false, true] {
            let mut pair = Pair::new(version);
            pair.config.manual_ack = true;
            pair.auto_ack = false;
            pair.establish();
            pair.inject(&plain(version, QoS::ExactlyOnce, 7, "x"));
            assert_eq!(pair.take_unsent(), ["PUBREC(7, 0x00)"]);
            let pubrel = ack(version, PacketType::PubRel, 7, ReasonCode::SUCCESS);
            if together {
                pair.inject(&[&pubrel[..], &pubrel].concat());
            } else {
                pair.inject(&pubrel);
                pair.inject(&pubrel);
            }
            // Told that all is done, the server would forget what the application may yet need again.
            assert_eq!(pair.take_unsent(), [""; 0]);
            assert_eq!(pair.ledger.payloads(), ["x"]);
            let ticket = pair.ledger.deliveries[0].ticket.expect("a ticket");
            pair.handled(ticket);
            assert_eq!(pair.take_unsent(), ["PUBCOMP(7, 0x00)"]);
        }
    }
}

fn traces(pair: &Pair) -> Vec<String> {
    let traces = pair.ledger.events.iter().filter_map(|event| match event {
        Event::Received(packet) => Some(packet.to_string()),
        _ => None,
    });
    traces.collect()
}

#[test]
fn what_comes_is_put_into_words_while_that_is_wanted() {
    for version in [Version::V311, Version::V5] {
        let mut pair = Pair::connected(version);
        pair.inject(&plain(version, QoS::AtMostOnce, 0, "before"));
        assert_eq!(traces(&pair), [""; 0]);
        pair.client.set_tracing(true);
        // However the packets are cut, each is told once, and before what it causes.
        let bytes = [
            plain(version, QoS::AtLeastOnce, 7, "hidden"),
            ack(version, PacketType::PubAck, 9, ReasonCode::SUCCESS),
        ]
        .concat();
        for byte in &bytes {
            pair.inject(&[*byte]);
        }
        let told = traces(&pair);
        assert_eq!(told.len(), 2);
        assert!(
            told[0].starts_with("PUBLISH, \"t\" QoS 1, packet identifier 7, payload 6 bytes"),
            "{told:?}"
        );
        assert!(told[1].starts_with("PUBACK, packet identifier 9"));
        pair.client.set_tracing(false);
        pair.inject(&plain(version, QoS::AtMostOnce, 0, "after"));
        assert_eq!(traces(&pair).len(), 2);
    }
}

#[test]
fn a_packet_that_ends_the_connection_is_put_into_words_before() {
    let mut pair = Pair::connected(Version::V5);
    pair.client.set_tracing(true);
    pair.inject(&[0xD0, 0x01, 0x00]);
    assert!(traces(&pair)[0].starts_with("PINGRESP"));
    assert_ne!(pair.client.state(), State::Connected);
}
