//! Payloads held against what is said of their format (MQTT 5 §3.3.2.3.2), where that is wanted.
#![cfg(not(target_arch = "wasm32"))]

mod durable_support;
mod support;

use durable_support::Bench;
use mqtt_mooring::client::config::WillMessage;
use mqtt_mooring::client::output::{Direction, Event, LossCause};
use mqtt_mooring::client::{Client, PublishRequest, State};
use mqtt_mooring::codec::{
    Ack, Packet, PacketType, Property, PropertySet, Publish, QoS, ReasonCode, Version,
};
use mqtt_mooring::error::UsageError;
use support::*;

const BAD: &[u8] = &[0xC3, 0x28];
const TEXT: &[u8] = &[0x01, 0x01];

/// A message that is said to be UTF-8.
fn said(number: u16, qos: QoS, dup: bool, payload: &[u8]) -> Packet<'_> {
    Packet::Publish(Publish {
        dup,
        qos,
        retain: false,
        topic: "notes/7",
        packet_id: (qos != QoS::AtMostOnce).then(|| id(number)),
        properties: properties(PropertySet::Publish, TEXT),
        payload,
    })
}

fn checking() -> Pair {
    let mut pair = Pair::connected(Version::V5);
    pair.client.set_payload_check(true);
    pair
}

/// What the client answers to this.
fn answers(pair: &mut Pair, packet: &Packet<'_>) -> Vec<String> {
    pair.inject(&encode(Version::V5, packet));
    pair.take_unsent()
}

/// Topic and identifier of what was refused.
fn refused(events: &[Event]) -> Vec<(String, Option<u16>)> {
    let refused = events.iter().filter_map(|event| match event {
        Event::PayloadRefused { topic, packet_id } => {
            Some((topic.to_string(), packet_id.map(|id| id.get())))
        }
        _ => None,
    });
    refused.collect()
}

#[test]
fn what_comes_and_is_not_what_it_is_said_to_be_is_refused_and_told() {
    for (qos, answer) in [
        (QoS::AtMostOnce, vec![]),
        (QoS::AtLeastOnce, vec!["PUBACK(7, 0x99)"]),
        (QoS::ExactlyOnce, vec!["PUBREC(7, 0x99)"]),
    ] {
        let mut pair = checking();
        assert_eq!(answers(&mut pair, &said(7, qos, false, BAD)), answer);
        assert_eq!(pair.ledger.payloads(), Vec::<String>::new());
        let number = (qos != QoS::AtMostOnce).then_some(7);
        assert_eq!(refused(&pair.ledger.events), [("notes/7".into(), number)]);
        assert_eq!(pair.client.incoming().len(), 0);
        assert_eq!(pair.client.unacknowledged().count(), 0);
        // What is said truly comes through, under the same identifier.
        answers(&mut pair, &said(7, qos, false, "é".as_bytes()));
        let released = Packet::PubRel(Ack::new(id(7), ReasonCode::SUCCESS));
        answers(&mut pair, &released);
        assert_eq!(pair.ledger.payloads(), ["é"]);
        assert_eq!(pair.client.state(), State::Connected);
    }
}

#[test]
fn without_the_option_nobody_looks() {
    for qos in QOS {
        let mut pair = Pair::connected(Version::V5);
        answers(&mut pair, &said(7, qos, false, BAD));
        let released = Packet::PubRel(Ack::new(id(7), ReasonCode::SUCCESS));
        answers(&mut pair, &released);
        assert_eq!(pair.ledger.deliveries.len(), 1);
        let request = PublishRequest {
            payload: BAD,
            properties: TEXT,
            ..message("", qos)
        };
        pair.publish(request);
    }
}

#[test]
fn what_is_said_to_be_bytes_or_nothing_at_all_may_be_anything() {
    let mut pair = checking();
    for list in [&[][..], &[Property::PayloadFormatIndicator(0)]] {
        let bytes = encoded(list);
        let packet = Packet::Publish(Publish {
            dup: false,
            qos: QoS::AtMostOnce,
            retain: false,
            topic: "t",
            packet_id: None,
            properties: properties(PropertySet::Publish, &bytes),
            payload: BAD,
        });
        answers(&mut pair, &packet);
    }
    assert_eq!(pair.ledger.deliveries.len(), 2);
}

#[test]
fn what_is_published_is_refused_before_it_is_accepted() {
    let mut pair = checking();
    let before = pair.client.save(pair.now);
    for qos in QOS {
        let request = PublishRequest {
            payload: BAD,
            properties: TEXT,
            ..message("", qos)
        };
        assert_eq!(
            pair.client.publish(request, pair.now),
            Err(UsageError::PayloadFormat)
        );
        let text = PublishRequest {
            payload: "é".as_bytes(),
            ..request
        };
        pair.publish(text);
        pair.run();
    }
    assert_eq!(pair.server.payloads(), ["é"; 3]);
    assert_ne!(
        pair.client.save(pair.now),
        before,
        "the true ones were accepted"
    );
}

#[test]
fn a_will_that_is_not_what_it_is_said_to_be_is_refused() {
    for (checks, payload, accepted) in [
        (true, BAD, false),
        (true, b"text", true),
        (false, BAD, true),
    ] {
        let mut client = Client::new(1);
        client.set_payload_check(checks);
        let mut config = config(Version::V5);
        config.will = Some(WillMessage {
            topic: "w".into(),
            payload: payload.into(),
            qos: QoS::AtMostOnce,
            retain: false,
            properties: TEXT.into(),
        });
        let connected = client.connect(config, START);
        let expected = if accepted {
            Ok(())
        } else {
            Err(UsageError::PayloadFormat)
        };
        assert_eq!(connected, expected);
    }
}

#[test]
fn a_refused_qos_1_message_is_acknowledged_in_its_turn() {
    let mut pair = checking();
    pair.auto_ack = false;
    assert_eq!(
        answers(&mut pair, &said(1, QoS::AtLeastOnce, false, b"a")),
        Vec::<String>::new()
    );
    assert_eq!(
        answers(&mut pair, &said(2, QoS::AtLeastOnce, false, BAD)),
        Vec::<String>::new()
    );
    answers(&mut pair, &said(3, QoS::AtLeastOnce, false, b"c"));
    let tickets: Vec<_> = pair.ledger.deliveries.iter().map(|it| it.ticket).collect();
    assert_eq!(tickets.len(), 2);
    pair.handled(tickets[1].expect("QoS 1"));
    assert_eq!(pair.take_unsent(), Vec::<String>::new());
    pair.handled(tickets[0].expect("QoS 1"));
    let expected = ["PUBACK(1, 0x00)", "PUBACK(2, 0x99)", "PUBACK(3, 0x00)"];
    assert_eq!(pair.take_unsent(), expected);
}

#[test]
fn a_refusal_gives_its_place_in_the_receive_maximum_back() {
    for qos in [QoS::AtLeastOnce, QoS::ExactlyOnce] {
        let mut pair = Pair::new(Version::V5);
        pair.config.receive_maximum = Some(1);
        pair.establish();
        pair.client.set_payload_check(true);
        for number in 1..=5 {
            assert_eq!(answers(&mut pair, &said(number, qos, false, BAD)).len(), 1);
        }
        assert_eq!(pair.client.state(), State::Connected);
    }
}

#[test]
fn a_refused_message_sets_its_alias_all_the_same() {
    let mut pair = Pair::new(Version::V5);
    pair.config.topic_alias_maximum = 1;
    pair.establish();
    pair.client.set_payload_check(true);
    for (topic, payload) in [("notes/8", BAD), ("", b"text")] {
        let bytes = encoded(&[Property::PayloadFormatIndicator(1), Property::TopicAlias(1)]);
        let packet = Packet::Publish(Publish {
            dup: false,
            qos: QoS::AtMostOnce,
            retain: false,
            topic,
            packet_id: None,
            properties: properties(PropertySet::Publish, &bytes),
            payload,
        });
        answers(&mut pair, &packet);
    }
    assert_eq!(pair.ledger.deliveries.len(), 1);
    assert_eq!(pair.ledger.deliveries[0].topic, "notes/8");
}

#[test]
fn what_was_taken_over_before_is_not_refused_when_it_comes_again() {
    let mut pair = Pair::connected(Version::V5);
    assert_eq!(
        answers(&mut pair, &said(7, QoS::ExactlyOnce, false, BAD)),
        ["PUBREC(7, 0x00)"]
    );
    pair.break_link();
    pair.client.set_payload_check(true);
    pair.establish();
    assert_eq!(
        answers(&mut pair, &said(7, QoS::ExactlyOnce, true, BAD)),
        ["PUBREC(7, 0x00)"]
    );
    let released = Packet::PubRel(Ack::new(id(7), ReasonCode::SUCCESS));
    assert_eq!(answers(&mut pair, &released), ["PUBCOMP(7, 0x00)"]);
    assert_eq!(pair.ledger.deliveries.len(), 1);
}

#[test]
fn a_refused_message_takes_the_place_of_one_the_server_has_finished_unheard() {
    let mut pair = checking();
    answers(&mut pair, &said(7, QoS::ExactlyOnce, false, b"old"));
    pair.break_link();
    pair.establish();
    assert_eq!(
        answers(&mut pair, &said(7, QoS::ExactlyOnce, false, BAD)),
        ["PUBREC(7, 0x99)"]
    );
    assert_eq!(pair.client.incoming().len(), 0);
    let [(Direction::In, _, LossCause::Forgotten, _)] = &pair.ledger.orphans[..] else {
        panic!("{}", pair.story());
    };
}

#[test]
fn a_refusal_waits_behind_what_is_still_being_stored() {
    let mut bench = Bench::connected(Version::V5);
    bench.client.set_payload_check(true);
    bench.stores_at_once = false;
    bench.left.clear();
    bench.feed(&[
        said(1, QoS::ExactlyOnce, false, b"one"),
        said(2, QoS::ExactlyOnce, false, BAD),
        said(3, QoS::ExactlyOnce, false, b"three"),
    ]);
    assert_eq!(bench.left, Vec::<String>::new());
    assert_eq!(bench.storing(), Some(vec!["i/1".into(), "i/3".into()]));
    bench.store_all();
    let expected = ["PUBREC(1, 0x00)", "PUBREC(2, 0x99)", "PUBREC(3, 0x00)"];
    assert_eq!(bench.left, expected);
    // Alone it waits for nothing.
    bench.feed(&[said(4, QoS::ExactlyOnce, false, BAD)]);
    assert_eq!(
        bench.left.last().map(String::as_str),
        Some("PUBREC(4, 0x99)")
    );
    assert_eq!(bench.count(&PacketType::PubRec.to_string()), 4);
    assert_eq!(refused(&bench.events).len(), 2);
}
