//! Where an expert would look for a lost or a doubled message.
#![cfg(not(target_arch = "wasm32"))]

mod support;

use std::collections::BTreeMap;

use mqtt_mooring::client::PublishRequest;
use mqtt_mooring::client::config::WhenSessionLost;
use mqtt_mooring::client::output::{Certainty, Direction, LossCause};
use mqtt_mooring::codec::{
    Ack, ConnAck, Packet, PacketId, PacketType, Property, Publish, QoS, ReasonCode, Version,
};
use support::*;

const SUCCESS: Told = Told::Out(ReasonCode::SUCCESS);

/// The kinds and identifiers of what the client sent since the server model's memory was cleared.
fn said(pair: &Pair) -> Vec<(PacketType, u16)> {
    let number = |id: Option<PacketId>| id.map_or(0, PacketId::get);
    pair.server
        .seen
        .iter()
        .map(|(kind, id, _)| (*kind, number(*id)))
        .collect()
}

#[test]
fn an_older_save_never_loses_a_message_of_ours() {
    // Saved after every packet, gone after every later one: what the save holds arrives, whatever
    // became of it in between; and so does what is published after it, once.
    let mut run = 0;
    for version in VERSIONS {
        for qos in [QoS::AtLeastOnce, QoS::ExactlyOnce] {
            for saved_after in 0..16 {
                for gone_after in saved_after..16 {
                    run += 1;
                    let name = format!("{version:?} {qos:?} saved {saved_after} gone {gone_after}");
                    let mut pair = Pair::connected(version);
                    for text in ["one", "two", "three"] {
                        pair.send(text, qos);
                    }
                    let mut saved = String::new();
                    for packet in 0..=gone_after {
                        if packet == saved_after {
                            saved = pair.client.save(pair.now);
                        }
                        if packet < gone_after {
                            pair.step();
                        }
                    }
                    // Published after the save, half way through its handshake, and forgotten.
                    pair.server.knobs.hold_acks = true;
                    pair.send("forgotten", qos);
                    pair.run();
                    pair.server.knobs.hold_acks = false;
                    pair.reload();
                    pair.client
                        .restore(&saved, ID, version, pair.now)
                        .expect("good");
                    pair.drain(&[]);
                    pair.establish();
                    for text in ["four", "five", "six"] {
                        pair.send(text, qos);
                    }
                    pair.run();
                    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
                    for text in pair.server.payloads() {
                        *counts.entry(text).or_default() += 1;
                    }
                    for text in ["one", "two", "three"] {
                        let times = counts.get(text).copied().unwrap_or_default();
                        assert!(
                            (1..=2).contains(&times),
                            "{name}: {text} {times} times{}",
                            pair.story()
                        );
                    }
                    for text in ["four", "five", "six"] {
                        assert_eq!(counts.get(text), Some(&1), "{name}: {text}{}", pair.story());
                    }
                    assert_eq!(pair.client.packet_ids_in_use(), 0, "{name}");
                }
            }
        }
    }
    println!("{run} cases");
}

#[test]
fn an_older_save_never_loses_a_qos_1_message_of_the_server() {
    for version in VERSIONS {
        for saved_after in 0..8 {
            for gone_after in saved_after..8 {
                let mut pair = Pair::connected(version);
                for text in ["one", "two", "three"] {
                    pair.server.send(to_client(text, QoS::AtLeastOnce));
                }
                let mut saved = String::new();
                for packet in 0..=gone_after {
                    if packet == saved_after {
                        saved = pair.client.save(pair.now);
                    }
                    if packet < gone_after {
                        pair.step();
                    }
                }
                pair.reload();
                pair.client
                    .restore(&saved, ID, version, pair.now)
                    .expect("good");
                pair.drain(&[]);
                pair.establish();
                for text in ["one", "two", "three"] {
                    assert!(pair.ledger.payloads().iter().any(|p| p == text));
                }
            }
        }
    }
}

#[test]
fn a_stale_half_received_message_gives_way_to_the_one_that_has_its_identifier_now() {
    let publish = |version, dup, text: &str| {
        let packet = Packet::Publish(Publish {
            dup,
            qos: QoS::ExactlyOnce,
            retain: false,
            topic: "t",
            packet_id: Some(id(7)),
            properties: Default::default(),
            payload: text.as_bytes(),
        });
        encode(version, &packet)
    };
    for version in VERSIONS {
        // (DUP, what comes under the identifier, what must be delivered, whether one is reported)
        for (dup, text, stale) in [
            (true, "old", false),
            (false, "new", true),
            (true, "new", true),
            (false, "old", true),
        ] {
            let mut pair = Pair::connected(version);
            pair.inject(&publish(version, false, "old"));
            let saved = pair.client.save(pair.now);
            pair.reload();
            pair.client
                .restore(&saved, ID, version, pair.now)
                .expect("good");
            pair.drain(&[]);
            pair.establish();
            // In one life the identifier stands for one message, whatever DUP says [MQTT-4.3.3-10].
            pair.inject(&publish(version, dup, text));
            pair.inject(&publish(version, false, "a repetition"));
            let release = Packet::PubRel(Ack::new(id(7), ReasonCode::SUCCESS));
            pair.inject(&encode(version, &release));
            assert_eq!(pair.ledger.payloads(), [text]);
            let reported = (
                Direction::In,
                Certainty::Indeterminate,
                LossCause::Forgotten,
                "t".to_owned(),
            );
            let expected = if stale { vec![reported] } else { vec![] };
            assert_eq!(pair.ledger.orphans, expected, "{version:?} {dup} {text}");
        }
    }
}

#[test]
fn a_pubrel_that_is_sent_again_takes_its_place_in_the_window() {
    let mut pair = Pair::connected(Version::V5);
    pair.server.knobs.hold_acks = true;
    pair.send("one", QoS::ExactlyOnce);
    pair.run();
    pair.server.release_ack();
    pair.run();
    pair.send("two", QoS::ExactlyOnce);
    pair.run();
    pair.break_link();
    pair.server.knobs.connack = encoded(&[Property::ReceiveMaximum(1)]);
    pair.server.seen.clear();
    pair.establish();
    // The server still counts the first message until its PUBCOMP.
    let expected = [(PacketType::Connect, 0), (PacketType::PubRel, 1)];
    assert_eq!(said(&pair), expected);
    pair.server.release_acks();
    pair.run();
    assert_eq!(pair.server.payloads(), ["one", "two"]);
    pair.assert_idle("one place");
}

#[test]
fn pubrels_are_sent_again_in_the_order_of_their_pubrecs() {
    // [MQTT-4.6.0-4]; PUBLISHes in the order of theirs [MQTT-4.6.0-1].
    for version in VERSIONS {
        for reload in [false, true] {
            let mut pair = Pair::connected(version);
            pair.server.knobs.hold_acks = true;
            for text in ["one", "two", "three", "four"] {
                pair.send(text, QoS::ExactlyOnce);
            }
            pair.run();
            for number in [3, 1] {
                let received = Packet::PubRec(Ack::new(id(number), ReasonCode::SUCCESS));
                pair.inject(&encode(version, &received));
            }
            let saved = pair.client.save(pair.now);
            if reload {
                pair.reload();
                pair.client
                    .restore(&saved, ID, version, pair.now)
                    .expect("good");
                pair.drain(&[]);
            } else {
                pair.break_link();
            }
            pair.server.seen.clear();
            pair.establish();
            let kinds = said(&pair);
            let of = |wanted| {
                let numbers = kinds.iter().filter(move |(kind, _)| *kind == wanted);
                numbers.map(|(_, number)| *number).collect::<Vec<_>>()
            };
            assert_eq!(of(PacketType::PubRel), [3, 1]);
            assert_eq!(of(PacketType::Publish), [2, 4]);
        }
    }
}

#[test]
fn in_use_as_the_answer_to_a_repetition_is_no_refusal() {
    for method_b in [false, true] {
        let mut pair = Pair::connected(Version::V5);
        pair.server.knobs.in_use = true;
        pair.server.knobs.method_b = method_b;
        pair.server.knobs.hold_acks = true;
        let token = pair.send("x", QoS::ExactlyOnce);
        pair.run();
        pair.break_link();
        pair.server.knobs.hold_acks = false;
        pair.establish();
        assert_eq!(*pair.ledger.outcome(token), SUCCESS);
        assert_eq!(pair.server.payloads(), ["x"]);
        pair.assert_idle("in use");
        // As the answer to a message that was not repeated, it is one.
        pair.server.knobs.publish_reason = Some(ReasonCode::PACKET_IDENTIFIER_IN_USE);
        let token = pair.send("y", QoS::ExactlyOnce);
        pair.run();
        let refused = Told::Out(ReasonCode::PACKET_IDENTIFIER_IN_USE);
        assert_eq!(*pair.ledger.outcome(token), refused);
    }
}

#[test]
fn what_was_sent_and_expired_before_it_could_be_published_anew_is_indeterminate() {
    let ten = encoded(&[Property::MessageExpiryInterval(10)]);
    let mut pair = Pair::connected(Version::V5);
    pair.config.when_session_lost = WhenSessionLost::Republish;
    pair.server.knobs.hold_acks = true;
    let sent = pair.publish(PublishRequest {
        properties: &ten,
        ..message("x", QoS::AtLeastOnce)
    });
    pair.run();
    pair.break_link();
    pair.server.knobs.hold_acks = false;
    pair.server.lose_sessions();
    pair.now += 60_000;
    pair.establish();
    // It did arrive.
    assert_eq!(pair.server.payloads(), ["x"]);
    let told = Told::Lost(Certainty::Indeterminate, LossCause::Expired);
    assert_eq!(*pair.ledger.outcome(sent), told);
}

#[test]
fn what_comes_in_one_piece_with_connack_is_held_like_the_rest() {
    for version in VERSIONS {
        let mut pair = Pair::new(version);
        pair.server.knobs.deaf = true;
        pair.handler = Handler::Manual;
        pair.connect();
        pair.run();
        let connack = Packet::ConnAck(ConnAck {
            session_present: false,
            reason: ReasonCode::SUCCESS,
            properties: Default::default(),
        });
        let publish = Packet::Publish(Publish {
            dup: false,
            qos: QoS::AtMostOnce,
            retain: false,
            topic: "t",
            packet_id: None,
            properties: Default::default(),
            payload: b"x",
        });
        let mut bytes = encode(version, &connack);
        bytes.extend(encode(version, &publish));
        bytes.extend(encode(version, &publish));
        let (front, back) = bytes.split_at(bytes.len() - 3);
        pair.inject(front);
        assert_eq!(pair.ledger.deliveries.len(), 0);
        pair.inject(back);
        pair.client.connected_handlers_settled(pair.now);
        pair.drain(&[]);
        assert_eq!(pair.ledger.payloads(), ["x", "x"]);
    }
}

#[test]
fn a_session_that_is_lost_and_then_lost_again_keeps_its_promises() {
    for version in VERSIONS {
        let mut pair = Pair::connected(version);
        pair.config.when_session_lost = WhenSessionLost::Republish;
        let mut tokens = Vec::new();
        pair.server.knobs.hold_acks = true;
        for round in 0..5 {
            tokens.push(pair.send(&format!("a{round}"), QoS::AtLeastOnce));
            tokens.push(pair.send(&format!("b{round}"), QoS::ExactlyOnce));
            pair.run();
            pair.break_link();
            pair.server.lose_sessions();
            pair.server.onward.clear();
            pair.establish();
        }
        pair.server.release_acks();
        pair.run();
        for token in tokens {
            assert_eq!(*pair.ledger.outcome(token), SUCCESS);
        }
        let texts: Vec<String> = pair.server.payloads();
        let of = |letter: char| {
            let texts = texts.iter().filter(move |t| t.starts_with(letter));
            texts.cloned().collect::<Vec<_>>()
        };
        assert_eq!(of('a'), ["a0", "a1", "a2", "a3", "a4"]);
        assert_eq!(of('b'), ["b0", "b1", "b2", "b3", "b4"]);
        pair.assert_idle("lost and lost");
    }
}

#[test]
fn a_save_made_before_the_session_was_lost_does_not_bring_back_what_was_settled() {
    for version in VERSIONS {
        let mut pair = Pair::connected(version);
        pair.config.when_session_lost = WhenSessionLost::Republish;
        pair.server.knobs.hold_acks = true;
        let token = pair.send("x", QoS::ExactlyOnce);
        pair.run();
        pair.break_link();
        let saved = pair.client.save(pair.now);
        pair.server.lose_sessions();
        pair.server.onward.clear();
        pair.server.knobs.hold_acks = false;
        pair.establish();
        assert_eq!(*pair.ledger.outcome(token), SUCCESS);
        pair.break_link();
        // The handler of the manual, at the next connection.
        pair.handler = Handler::RestoreIfPresent(saved);
        pair.establish();
        assert_eq!(pair.server.payloads(), ["x"]);
        pair.assert_idle("settled");
    }
}

#[test]
fn letting_go_of_the_session_reports_everything_and_leaves_nothing() {
    for version in VERSIONS {
        let mut pair = Pair::connected(version);
        assert!(pair.client.discard().is_err(), "there is a connection");
        pair.server.knobs.hold_acks = true;
        let token = pair.send("x", QoS::ExactlyOnce);
        pair.run();
        pair.break_link();
        pair.client.discard().expect("no connection");
        pair.drain(&[]);
        let told = Told::Lost(Certainty::Indeterminate, LossCause::Replaced);
        assert_eq!(*pair.ledger.outcome(token), told);
        assert_eq!(pair.client.packet_ids_in_use(), 0);
        assert_eq!(pair.client.client_id(), "");
    }
}
