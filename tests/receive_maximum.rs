//! How much a server can make us hold: our Receive Maximum, on one connection and over many (MQTT 5 §3.1.2.11.3, §4.9).
#![cfg(not(target_arch = "wasm32"))]

mod support;

use mqtt_mooring::client::State;
use mqtt_mooring::client::output::{Cause, Certainty, Direction, LossCause};
use mqtt_mooring::codec::{Ack, Packet, PacketType, Properties, Publish, QoS, ReasonCode, Version};
use mqtt_mooring::error::ProtocolError;
use support::*;

fn allowing(version: Version, maximum: u16) -> Pair {
    let mut pair = Pair::new(version);
    pair.config.receive_maximum = Some(maximum);
    pair.auto_ack = false;
    pair.establish();
    pair
}

/// A message under this identifier, whatever the server of the model thinks of it.
fn arrives(pair: &mut Pair, number: u16, qos: QoS, dup: bool) {
    let packet = Packet::Publish(Publish {
        dup,
        qos,
        retain: false,
        topic: "t",
        packet_id: Some(id(number)),
        properties: Properties::default(),
        payload: &number.to_be_bytes(),
    });
    pair.inject(&encode(pair.version, &packet));
    pair.take_unsent();
}

fn released(pair: &mut Pair, number: u16) {
    let packet = Packet::PubRel(Ack::new(id(number), ReasonCode::SUCCESS));
    pair.inject(&encode(pair.version, &packet));
    pair.take_unsent();
}

fn again(pair: &mut Pair) {
    pair.break_link();
    pair.establish();
}

fn held(pair: &Pair) -> usize {
    pair.client.incoming().len()
}

fn assert_ended(pair: &mut Pair) {
    assert_ne!(pair.client.state(), State::Connected);
    pair.run();
    let error = ProtocolError::ReceiveMaximumExceeded;
    assert_eq!(*pair.ledger.last_cause(), Cause::Protocol(error));
}

#[test]
fn more_qos_2_messages_than_the_receive_maximum_end_the_connection() {
    let mut pair = allowing(Version::V5, 3);
    for number in 1..=3 {
        arrives(&mut pair, number, QoS::ExactlyOnce, false);
    }
    assert_eq!(pair.client.state(), State::Connected);
    let packet = Packet::Publish(Publish {
        dup: false,
        qos: QoS::ExactlyOnce,
        retain: false,
        topic: "t",
        packet_id: Some(id(4)),
        properties: Properties::default(),
        payload: b"one too many",
    });
    pair.inject(&encode(Version::V5, &packet));
    assert_ended(&mut pair);
    assert_eq!(held(&pair), 3);
    let told = pair.server.disconnects.last().map(|(reason, _)| *reason);
    assert_eq!(told, Some(ReasonCode::RECEIVE_MAXIMUM_EXCEEDED));
}

#[test]
fn what_is_sent_again_on_one_connection_counts_once_and_on_the_next_one_again() {
    let mut pair = allowing(Version::V5, 2);
    for dup in [false, true, true] {
        arrives(&mut pair, 1, QoS::ExactlyOnce, dup);
    }
    arrives(&mut pair, 2, QoS::ExactlyOnce, false);
    again(&mut pair);
    arrives(&mut pair, 1, QoS::ExactlyOnce, true);
    arrives(&mut pair, 2, QoS::ExactlyOnce, true);
    assert_eq!(pair.client.state(), State::Connected);
    arrives(&mut pair, 3, QoS::ExactlyOnce, false);
    assert_ended(&mut pair);
    assert_eq!(held(&pair), 2);
}

#[test]
fn pubcomp_gives_a_place_back_and_only_for_what_came_on_this_connection() {
    let mut pair = allowing(Version::V5, 2);
    arrives(&mut pair, 1, QoS::ExactlyOnce, false);
    again(&mut pair);
    arrives(&mut pair, 2, QoS::ExactlyOnce, false);
    arrives(&mut pair, 3, QoS::ExactlyOnce, false);
    // Of the last connection: PUBCOMP follows at once, and makes no room here.
    released(&mut pair, 1);
    arrives(&mut pair, 2, QoS::ExactlyOnce, true);
    released(&mut pair, 2);
    arrives(&mut pair, 4, QoS::ExactlyOnce, false);
    assert_eq!(pair.client.state(), State::Connected);
    arrives(&mut pair, 5, QoS::ExactlyOnce, false);
    assert_ended(&mut pair);
}

#[test]
fn a_server_that_sends_again_what_it_owes_never_meets_the_bound() {
    for maximum in [1, 2, 5] {
        let mut pair = Pair::new(Version::V5);
        pair.config.receive_maximum = Some(maximum);
        pair.establish();
        let mut expected = Vec::new();
        for number in 0..60 {
            if Version::V5 == Version::V5 || pair.server.session(ID).is_none_or(|it| it.is_idle()) {
                let text = format!("{number}");
                pair.server.send(to_client(&text, QoS::ExactlyOnce));
                expected.push(text);
            }
            for _ in 0..number % 5 {
                pair.step();
            }
            if number % 3 == 0 {
                again(&mut pair);
            }
            assert!(held(&pair) <= usize::from(maximum) * 2);
        }
        pair.run();
        assert_eq!(pair.ledger.payloads(), expected);
        let lost = pair.ledger.ends();
        assert!(
            lost.iter()
                .all(|end| matches!(end.cause, Cause::Transport(_)))
        );
        pair.assert_idle("lawful");
    }
}

#[test]
fn what_the_server_has_not_come_back_to_gives_way_where_there_is_no_room_left() {
    let mut pair = allowing(Version::V5, 4);
    for number in 1..=20 {
        arrives(&mut pair, number, QoS::ExactlyOnce, false);
        assert!(held(&pair) <= 8);
        if number % 4 == 0 {
            again(&mut pair);
        }
    }
    assert_eq!(pair.client.state(), State::Connected);
    let given_up = pair.ledger.orphans.len();
    assert_eq!((held(&pair), given_up), (8, 12));
    assert!(
        pair.ledger
            .orphans
            .iter()
            .all(|(direction, certainty, cause, _)| {
                *direction == Direction::In
                    && *certainty == Certainty::Indeterminate
                    && *cause == LossCause::Forgotten
            })
    );
    // The oldest ones went, and the session goes on.
    for number in 1..=20 {
        released(&mut pair, number);
    }
    assert_eq!((held(&pair), pair.ledger.payloads().len()), (0, 8));
    arrives(&mut pair, 100, QoS::ExactlyOnce, false);
    assert_eq!(pair.client.state(), State::Connected);
}

#[test]
fn what_the_application_has_not_acknowledged_counts_over_connections() {
    let mut pair = Pair::new(Version::V5);
    pair.config.receive_maximum = Some(2);
    pair.config.manual_ack = true;
    pair.auto_ack = false;
    pair.establish();
    for number in 1..=4 {
        arrives(&mut pair, number, QoS::ExactlyOnce, false);
        released(&mut pair, number);
        if number == 2 {
            again(&mut pair);
            released(&mut pair, 1);
            released(&mut pair, 2);
        }
    }
    assert_eq!((held(&pair), pair.ledger.payloads().len()), (4, 4));
    again(&mut pair);
    for number in 1..=4 {
        released(&mut pair, number);
    }
    // One place is free when the application is done with one.
    let ticket = pair.ledger.deliveries[0].ticket.expect("a ticket");
    pair.handled(ticket);
    pair.take_unsent();
    arrives(&mut pair, 5, QoS::ExactlyOnce, false);
    assert_eq!(pair.client.state(), State::Connected);
    arrives(&mut pair, 6, QoS::ExactlyOnce, false);
    assert_ended(&mut pair);
    assert_eq!(held(&pair), 4);
}

#[test]
fn an_identifier_used_again_before_its_pubcomp_does_not_open_a_way_around() {
    let mut pair = Pair::new(Version::V5);
    pair.config.receive_maximum = Some(3);
    pair.config.manual_ack = true;
    pair.auto_ack = false;
    pair.establish();
    for _ in 0..10 {
        if pair.client.state() == State::Connected {
            arrives(&mut pair, 1, QoS::ExactlyOnce, false);
        }
        if pair.client.state() == State::Connected {
            released(&mut pair, 1);
        }
    }
    assert_ended(&mut pair);
    assert!(pair.ledger.payloads().len() <= 3);
}

#[test]
fn a_3_1_1_server_is_told_of_no_limit_and_held_to_none() {
    for qos in [QoS::AtLeastOnce, QoS::ExactlyOnce] {
        let mut pair = allowing(Version::V311, 1);
        for number in 1..=30 {
            arrives(&mut pair, number, qos, false);
        }
        again(&mut pair);
        for number in 1..=30 {
            arrives(&mut pair, number, qos, true);
            released(&mut pair, number);
        }
        assert_eq!(pair.client.state(), State::Connected);
        assert_eq!(held(&pair), 0);
    }
}

#[test]
fn without_a_receive_maximum_all_identifiers_can_be_held_and_no_more() {
    for version in VERSIONS {
        let mut pair = Pair::connected(version);
        for number in 1..=u16::MAX {
            let packet = Packet::Publish(Publish {
                dup: false,
                qos: QoS::ExactlyOnce,
                retain: false,
                topic: "t",
                packet_id: Some(id(number)),
                properties: Properties::default(),
                payload: b"",
            });
            pair.client
                .handle_bytes(&encode(version, &packet), pair.now);
        }
        pair.drain(&[]);
        let unsent = pair.take_unsent();
        assert_eq!(unsent.len(), usize::from(u16::MAX));
        let name = format!("{}(1, 0x00)", PacketType::PubRec);
        assert_eq!(unsent[0], name);
        assert_eq!(held(&pair), usize::from(u16::MAX));
    }
}

#[test]
fn more_unacknowledged_than_there_are_identifiers_is_more_than_anybody_may_send() {
    for version in VERSIONS {
        let mut pair = Pair::new(version);
        pair.auto_ack = false;
        pair.establish();
        let packet = Packet::Publish(Publish {
            dup: false,
            qos: QoS::AtLeastOnce,
            retain: false,
            topic: "t",
            packet_id: Some(id(1)),
            properties: Properties::default(),
            payload: b"",
        });
        let packet = encode(version, &packet);
        for _ in 0..u16::MAX {
            pair.client.handle_bytes(&packet, pair.now);
        }
        pair.drain(&[]);
        assert_eq!(pair.client.state(), State::Connected);
        pair.inject(&packet);
        assert_ended(&mut pair);
    }
}
