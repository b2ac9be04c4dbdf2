//! Receive Maximum both ways, the window of 3.1.1, packet identifiers, and the server's limits.
#![cfg(not(target_arch = "wasm32"))]

mod support;

use std::collections::BTreeSet;

use mqtt_mooring::client::output::{Cause, Certainty, LossCause};
use mqtt_mooring::client::{OutboxLimits, PublishRequest};
use mqtt_mooring::codec::{PacketId, PacketType, Property, QoS, ReasonCode, Version};
use mqtt_mooring::error::{ProtocolError, UsageError};
use mqtt_mooring::session::outbound::OutgoingStage;
use mqtt_mooring::session::packet_ids::PacketIds;
use proptest::prelude::*;
use support::*;

/// A server with these CONNACK properties, obeyed.
fn limited(list: &[Property<'_>]) -> Pair {
    let mut pair = Pair::new(Version::V5);
    limit(&mut pair, list);
    pair
}

fn limit(pair: &mut Pair, list: &[Property<'_>]) {
    pair.server.knobs.connack = encoded(list);
    pair.server.knobs.receive_maximum = list.iter().find_map(|p| match p {
        Property::ReceiveMaximum(n) => Some(*n),
        _ => None,
    });
}

#[test]
fn no_more_is_unacknowledged_than_the_server_takes() {
    for qos in [QoS::AtLeastOnce, QoS::ExactlyOnce] {
        let mut pair = limited(&[Property::ReceiveMaximum(3)]);
        pair.establish();
        pair.server.knobs.hold_acks = true;
        let tokens: Vec<_> = (0..10).map(|n| pair.send(&n.to_string(), qos)).collect();
        pair.run();
        assert_eq!(pair.server.most_unacknowledged, 3);
        assert!(!pair.client.ready_to_send());
        pair.server.release_acks();
        pair.run();
        assert_eq!(pair.server.most_unacknowledged, 3);
        for token in tokens {
            assert_eq!(*pair.ledger.outcome(token), Told::Out(ReasonCode::SUCCESS));
        }
        assert!(pair.client.ready_to_send());
        pair.assert_idle("limited");
    }
}

#[test]
fn a_pubrec_does_not_open_the_window_and_a_pubcomp_does() {
    let mut pair = limited(&[Property::ReceiveMaximum(1)]);
    pair.establish();
    pair.server.knobs.hold_acks = true;
    pair.send("one", QoS::ExactlyOnce);
    pair.send("two", QoS::ExactlyOnce);
    pair.run();
    let publishes = |pair: &Pair| {
        let publish = |seen: &&(PacketType, Option<PacketId>, bool)| seen.0 == PacketType::Publish;
        pair.server.seen.iter().filter(publish).count()
    };
    assert!(pair.server.release_ack(), "PUBREC");
    pair.run();
    assert_eq!(publishes(&pair), 1);
    assert!(pair.server.release_ack(), "PUBCOMP");
    pair.run();
    assert_eq!(publishes(&pair), 2);
}

#[test]
fn qos_0_is_not_held_back() {
    let mut pair = limited(&[Property::ReceiveMaximum(1)]);
    pair.establish();
    pair.server.knobs.hold_acks = true;
    pair.send("one", QoS::AtLeastOnce);
    pair.send("two", QoS::AtLeastOnce);
    let token = pair.send("now", QoS::AtMostOnce);
    pair.run();
    assert_eq!(pair.server.payloads(), ["one", "now"]);
    assert_eq!(*pair.ledger.outcome(token), Told::Sent);
}

#[test]
fn in_3_1_1_twenty_are_unacknowledged_unless_the_option_says_otherwise() {
    for (option, expected) in [(None, 20), (Some(5), 5), (Some(100), 50)] {
        let mut pair = Pair::new(Version::V311);
        pair.config.inflight_window = option;
        pair.establish();
        pair.server.knobs.hold_acks = true;
        for n in 0..50 {
            pair.send(&n.to_string(), QoS::AtLeastOnce);
        }
        pair.run();
        assert_eq!(pair.server.most_unacknowledged, expected);
    }
}

#[test]
fn the_option_and_the_server_both_limit_the_window() {
    for (option, server, expected) in [(2, 10, 2), (10, 2, 2)] {
        let mut pair = limited(&[Property::ReceiveMaximum(server)]);
        pair.config.inflight_window = Some(option);
        pair.establish();
        pair.server.knobs.hold_acks = true;
        for n in 0..50 {
            pair.send(&n.to_string(), QoS::ExactlyOnce);
        }
        pair.run();
        assert_eq!(pair.server.most_unacknowledged, expected);
    }
}

#[test]
fn replay_obeys_the_new_connections_smaller_limit_and_keeps_the_order() {
    for qos in [QoS::AtLeastOnce, QoS::ExactlyOnce] {
        let mut pair = Pair::connected(Version::V5);
        pair.server.knobs.hold_acks = true;
        let sent: Vec<String> = (0..12).map(|n| n.to_string()).collect();
        for text in &sent {
            pair.send(text, qos);
        }
        pair.run();
        assert_eq!(pair.server.most_unacknowledged, 12);
        // Of two QoS 2 messages the PUBREC gets through: PUBREL counts, too.
        pair.server.release_ack();
        pair.server.release_ack();
        pair.run();
        pair.break_link();
        pair.server.most_unacknowledged = 0;
        pair.server.onward.clear();
        pair.server.knobs.hold_acks = false;
        limit(&mut pair, &[Property::ReceiveMaximum(2)]);
        pair.establish();
        let late = pair.send("late", qos);
        pair.run();
        assert!(pair.server.most_unacknowledged <= 2);
        // The first two went onward before: acknowledged, or released.
        let mut expected = sent.get(2..).expect("twelve").to_vec();
        expected.push("late".into());
        assert_eq!(pair.server.payloads(), expected, "{qos:?}");
        assert_eq!(*pair.ledger.outcome(late), Told::Out(ReasonCode::SUCCESS));
        pair.assert_idle("replayed");
    }
}

#[test]
fn the_count_is_right_after_ten_thousand_messages() {
    for version in VERSIONS {
        let mut pair = Pair::new(version);
        if version == Version::V5 {
            limit(&mut pair, &[Property::ReceiveMaximum(7)]);
        } else {
            pair.config.inflight_window = Some(7);
            pair.server.knobs.receive_maximum = Some(7);
        }
        pair.establish();
        let mut tokens = Vec::new();
        for n in 0..5_000u32 {
            let qos = if n % 3 == 0 {
                QoS::AtLeastOnce
            } else {
                QoS::ExactlyOnce
            };
            tokens.push(pair.send("x", qos));
            if n % 50 == 0 {
                pair.run();
            }
            if n == 2_000 {
                // In the middle of it all the link breaks with things in every stage.
                pair.server.knobs.hold_acks = true;
                pair.run();
                pair.server.release_ack();
                pair.run();
                pair.break_link();
                pair.server.knobs.hold_acks = false;
                pair.establish();
            }
        }
        pair.run();
        for _ in 0..5_000 {
            pair.server.send(to_client("y", QoS::ExactlyOnce));
        }
        pair.run();
        assert_eq!(pair.ledger.deliveries.len(), 5_000);
        assert!(
            tokens
                .iter()
                .all(|t| *pair.ledger.outcome(*t) == Told::Out(ReasonCode::SUCCESS))
        );
        pair.assert_idle("ten thousand");
        // The window is as wide as on the first day.
        pair.server.knobs.hold_acks = true;
        pair.server.most_unacknowledged = 0;
        for _ in 0..20 {
            pair.send("z", QoS::ExactlyOnce);
        }
        pair.run();
        assert_eq!(pair.server.most_unacknowledged, 7);
    }
}

#[test]
fn the_server_may_use_what_we_allow_and_no_more() {
    let mut pair = Pair::new(Version::V5);
    pair.config.receive_maximum = Some(2);
    pair.auto_ack = false;
    pair.establish();
    for text in ["one", "two", "three"] {
        pair.server.send(to_client(text, QoS::AtLeastOnce));
    }
    pair.run();
    assert_eq!(pair.ledger.payloads(), ["one", "two"]);
    let ticket = pair.ledger.deliveries[0].ticket.expect("QoS 1");
    pair.handled(ticket);
    pair.run();
    assert_eq!(pair.ledger.payloads(), ["one", "two", "three"]);
    // A server that does not count.
    pair.inject(&[0x32, 6, 0, 1, b't', 0, 99, 0]);
    pair.run();
    let error = ProtocolError::ReceiveMaximumExceeded;
    assert_eq!(*pair.ledger.last_cause(), Cause::Protocol(error));
    let told = pair.server.disconnects.last().expect("DISCONNECT").0;
    assert_eq!(told, ReasonCode::RECEIVE_MAXIMUM_EXCEEDED);
}

#[test]
fn a_half_received_message_of_an_earlier_connection_takes_no_place_twice() {
    let mut pair = Pair::new(Version::V5);
    pair.config.receive_maximum = Some(1);
    pair.establish();
    for round in 0..3 {
        pair.server
            .send(to_client(&round.to_string(), QoS::ExactlyOnce));
        pair.packets = 0;
        // PUBLISH arrives, PUBREC does not.
        pair.cut = Some(Cut {
            at: 1,
            after: false,
        });
        pair.run();
        pair.establish();
        pair.run();
    }
    assert_eq!(pair.ledger.payloads(), ["0", "1", "2"]);
}

#[test]
fn all_identifiers_can_be_in_flight_at_once() {
    let mut pair = Pair::connected(Version::V5);
    pair.server.knobs.hold_acks = true;
    let mut tokens = Vec::new();
    for _ in 0..65_537 {
        tokens.push(
            pair.client
                .publish(message("x", QoS::AtLeastOnce), pair.now)
                .expect("accepted"),
        );
    }
    pair.drain(&[]);
    pair.run();
    assert_eq!(pair.server.most_unacknowledged, 65_535);
    assert_eq!(pair.client.packet_ids_in_use(), 65_535);
    assert_eq!(pair.client.outbox().len(), 2);
    let filter = [("a", Default::default())];
    let refused = pair.client.subscribe(&filter, &[], pair.now);
    assert_eq!(refused, Err(UsageError::NoPacketId));
    pair.server.release_acks();
    pair.run();
    assert!(
        tokens
            .iter()
            .all(|t| *pair.ledger.outcome(*t) == Told::Out(ReasonCode::SUCCESS))
    );
    pair.assert_idle("all of them");
}

#[test]
fn a_request_never_takes_the_identifier_of_a_message_or_the_other_way_round() {
    for version in VERSIONS {
        let mut pair = Pair::connected(version);
        pair.server.knobs.hold_acks = true;
        pair.server.knobs.no_suback = true;
        // The server model panics at a collision.
        for _ in 0..15 {
            pair.send("x", QoS::ExactlyOnce);
            pair.subscribe("a");
        }
        pair.run();
        assert_eq!(pair.client.packet_ids_in_use(), 30);
    }
}

proptest! {
    #[test]
    fn identifiers_are_handed_out_once_and_as_late_as_possible(
        steps in proptest::collection::vec((any::<bool>(), any::<u16>()), 1..400),
        start in any::<u16>(),
    ) {
        let mut ids = PacketIds::default();
        ids.set_cursor(start);
        let mut taken: BTreeSet<PacketId> = BTreeSet::new();
        for (allocate, which) in steps {
            if allocate {
                let id = ids.allocate().expect("most are free");
                prop_assert!(taken.insert(id));
            } else if let Some(id) = taken.iter().nth(usize::from(which) % taken.len().max(1)).copied() {
                ids.release(id);
                taken.remove(&id);
                ids.release(id);
            }
            prop_assert_eq!(usize::from(ids.in_use()), taken.len());
        }
        // A freed one comes again only after all others.
        if let Some(id) = taken.pop_first() {
            ids.release(id);
            let next = ids.allocate().expect("free");
            prop_assert!(next != id || ids.cursor() == id.get().wrapping_add(1).max(1));
        }
    }
}

#[test]
fn the_last_free_identifier_is_found_wherever_it_is() {
    for free in [1, 2, 63, 64, 65, 32_768, 65_534, 65_535] {
        for cursor in [0, 1, 64, 32_768, 65_535] {
            let mut ids = PacketIds::default();
            for number in 1..=u16::MAX {
                if number != free {
                    assert!(ids.reserve(id(number)));
                }
            }
            ids.set_cursor(cursor);
            assert_eq!(ids.allocate(), Some(id(free)));
            assert_eq!(ids.allocate(), None);
            assert_eq!(ids.in_use(), u16::MAX);
        }
    }
}

#[test]
fn what_the_server_does_not_take_is_refused_at_once() {
    let mut pair = limited(&[
        Property::MaximumPacketSize(40),
        Property::MaximumQos(1),
        Property::RetainAvailable(0),
    ]);
    pair.establish();
    let before = pair.client.save(pair.now);
    let long = "x".repeat(100);
    for qos in [QoS::AtMostOnce, QoS::AtLeastOnce] {
        let refused = pair.client.publish(message(&long, qos), pair.now);
        assert!(matches!(
            refused,
            Err(UsageError::TooLarge { limit: 40, .. })
        ));
    }
    let refused = pair
        .client
        .publish(message("x", QoS::ExactlyOnce), pair.now);
    assert!(matches!(refused, Err(UsageError::NotAvailable(_))));
    let retained = PublishRequest {
        retain: true,
        ..message("x", QoS::AtLeastOnce)
    };
    let refused = pair.client.publish(retained, pair.now);
    assert!(matches!(refused, Err(UsageError::NotAvailable(_))));
    assert_eq!(pair.client.save(pair.now), before);
    // A packet of exactly the size goes through: 2 + 2 + 8 + 2 + 1 + payload.
    pair.send(&"x".repeat(25), QoS::AtLeastOnce);
    pair.run();
    assert_eq!(pair.server.onward.len(), 1);
    let refused = pair
        .client
        .publish(message(&"x".repeat(26), QoS::AtLeastOnce), pair.now);
    assert_eq!(
        refused,
        Err(UsageError::TooLarge {
            size: 41,
            limit: 40
        })
    );
}

#[test]
fn what_was_queued_and_cannot_be_sent_is_reported_and_the_rest_goes_on() {
    let mut pair = limited(&[
        Property::MaximumPacketSize(60),
        Property::MaximumQos(1),
        Property::RetainAvailable(0),
    ]);
    pair.connect();
    let long = pair.send(&"x".repeat(100), QoS::AtLeastOnce);
    let two = pair.send("two", QoS::ExactlyOnce);
    let retained = pair.publish(PublishRequest {
        retain: true,
        ..message("r", QoS::AtLeastOnce)
    });
    let fine = pair.send("fine", QoS::AtLeastOnce);
    pair.run();
    for token in [long, two, retained] {
        let Told::Lost(Certainty::NotDelivered, LossCause::Unsendable(_)) =
            pair.ledger.outcome(token)
        else {
            panic!("{}", pair.story());
        };
    }
    assert_eq!(*pair.ledger.outcome(fine), Told::Out(ReasonCode::SUCCESS));
    assert_eq!(pair.server.payloads(), ["fine"]);
    pair.assert_idle("unsendable");
}

#[test]
fn what_was_in_flight_and_cannot_be_sent_again_is_given_up_and_reported_once() {
    for (method_b, seen) in [(false, false), (false, true), (true, false), (true, true)] {
        let mut pair = Pair::connected(Version::V5);
        pair.server.knobs.method_b = method_b;
        let long = "x".repeat(100);
        let one = pair.send(&long, QoS::AtLeastOnce);
        let two = pair.send(&long, QoS::ExactlyOnce);
        let fine = pair.send("fine", QoS::ExactlyOnce);
        if seen {
            // Everything reached the server, no answer came back.
            pair.server.knobs.hold_acks = true;
            pair.run();
            pair.server.knobs.hold_acks = false;
        }
        pair.break_link();
        limit(&mut pair, &[Property::MaximumPacketSize(60)]);
        pair.establish();
        for token in [one, two] {
            let Told::Lost(Certainty::Indeterminate, LossCause::Unsendable(_)) =
                pair.ledger.outcome(token)
            else {
                panic!("{}", pair.story());
            };
        }
        assert_eq!(*pair.ledger.outcome(fine), Told::Out(ReasonCode::SUCCESS));
        // The QoS 1 identifier is free; the QoS 2 one may still mean something to the server.
        let stages: Vec<_> = pair.client.in_flight().map(|(_, o)| o.stage).collect();
        assert_eq!(stages, [OutgoingStage::Abandoned]);
        assert_eq!(pair.client.packet_ids_in_use(), 1);
        // The next connection says nothing of it, whatever it allows.
        limit(&mut pair, &[]);
        pair.break_link();
        pair.establish();
        assert_eq!(pair.client.packet_ids_in_use(), 1);
        // With the session it ends, silently: it was reported.
        let outcomes = pair.ledger.outcomes.clone();
        pair.break_link();
        pair.server.lose_sessions();
        pair.establish();
        pair.assert_idle("abandoned");
        assert_eq!(pair.ledger.outcomes, outcomes);
        assert_eq!(pair.ledger.orphans, []);
    }
}

#[test]
fn a_full_outbox_refuses_and_changes_nothing() {
    let mut pair = limited(&[Property::ReceiveMaximum(1)]);
    pair.establish();
    pair.server.knobs.hold_acks = true;
    pair.send("in flight", QoS::AtLeastOnce);
    pair.client.set_outbox_limits(OutboxLimits {
        messages: 2,
        bytes: 30,
        ..OutboxLimits::default()
    });
    pair.send("a", QoS::AtLeastOnce);
    let before = pair.client.save(pair.now);
    let refused = pair
        .client
        .publish(message(&"x".repeat(30), QoS::AtLeastOnce), pair.now);
    assert_eq!(refused, Err(UsageError::OutboxFull { messages: 1 }));
    assert_eq!(pair.client.save(pair.now), before);
    pair.send("b", QoS::AtLeastOnce);
    let refused = pair
        .client
        .publish(message("c", QoS::AtLeastOnce), pair.now);
    assert_eq!(refused, Err(UsageError::OutboxFull { messages: 2 }));
    pair.run();
    pair.server.release_acks();
    pair.run();
    assert_eq!(pair.server.payloads(), ["in flight", "a", "b"]);
}

#[test]
fn publishes_that_cannot_be_made_change_nothing() {
    for version in VERSIONS {
        let mut pair = Pair::connected(version);
        let before = pair.client.save(pair.now);
        let user = encoded(&[Property::UserProperty("k", "v")]);
        let subscription = encoded(&[Property::SubscriptionIdentifier(1)]);
        let long = "t".repeat(70_000);
        let plain = message("x", QoS::AtLeastOnce);
        for topic in ["", "a/+", "a/#", "a\0b", long.as_str()] {
            let refused = pair
                .client
                .publish(PublishRequest { topic, ..plain }, pair.now);
            assert!(matches!(refused, Err(UsageError::Topic(_))));
        }
        let refused = |properties| {
            let request = PublishRequest {
                properties,
                ..plain
            };
            pair.client.publish(request, pair.now)
        };
        let mut refused = refused;
        match version {
            Version::V311 => assert!(matches!(refused(&user), Err(UsageError::OnlyInV5(_)))),
            Version::V5 => {
                assert!(matches!(refused(&[0xFF]), Err(UsageError::Properties(_))));
                // Only a server says which subscription a message is for [MQTT-3.3.4-6].
                assert!(matches!(
                    refused(&subscription),
                    Err(UsageError::Properties(_))
                ));
            }
        }
        assert_eq!(pair.client.save(pair.now), before);
        pair.break_link();
        let refused = pair.client.publish(plain, pair.now);
        assert_eq!(refused, Err(UsageError::NotConnected));
    }
}
