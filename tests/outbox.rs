//! What waits to be sent: how much may, what goes first, and when nothing more is given to the socket.
#![cfg(not(target_arch = "wasm32"))]

mod durable_support;
mod support;

use durable_support::{Bench, FULL};
use mqtt_mooring::client::output::{Cancel, Certainty, Event, LossCause};
use mqtt_mooring::client::{OutboxLimits, PublishRequest, State, WhenFull};
use mqtt_mooring::codec::{Property, QoS, ReasonCode, Version};
use mqtt_mooring::error::UsageError;
use mqtt_mooring::session::journal::RecordName;
use support::*;

const SUCCESS: Told = Told::Out(ReasonCode::SUCCESS);
const DROPPED: Told = Told::Lost(Certainty::NotDelivered, LossCause::OutboxFull);

/// Between connections, where everything waits.
fn apart(version: Version, limits: OutboxLimits) -> Pair {
    let mut pair = Pair::persistent(version);
    pair.client.set_outbox_limits(limits);
    pair.break_link();
    assert_eq!(pair.client.state(), State::Waiting);
    pair
}

fn messages(messages: usize, when_full: WhenFull) -> OutboxLimits {
    OutboxLimits {
        messages,
        when_full,
        ..OutboxLimits::default()
    }
}

fn queueing() -> OutboxLimits {
    OutboxLimits {
        queue_qos0: true,
        ..OutboxLimits::default()
    }
}

fn full(messages: usize) -> Result<u64, UsageError> {
    Err(UsageError::OutboxFull { messages })
}

fn try_send(pair: &mut Pair, payload: &str, qos: QoS) -> Result<u64, UsageError> {
    let result = pair.client.publish(message(payload, qos), pair.now);
    pair.drain(&[]);
    result
}

#[test]
fn as_long_as_a_connection_is_wanted_messages_are_accepted() {
    for version in VERSIONS {
        for qos in [QoS::AtLeastOnce, QoS::ExactlyOnce] {
            let mut pair = Pair::new(version);
            assert_eq!(try_send(&mut pair, "x", qos), Err(UsageError::NotConnected));
            pair.persist();
            pair.dial = Dial::Fails;
            pair.connect();
            let waiting = pair.send("while waiting", qos);
            pair.dial = Dial::ByHand;
            pair.pass(1_000);
            let opening = pair.send("while opening", qos);
            pair.server.knobs.deaf = true;
            pair.open();
            pair.run();
            let asked = pair.send("before CONNACK", qos);
            pair.break_link();
            pair.server.knobs.deaf = false;
            pair.dial = Dial::Opens;
            pair.pass(60_000);
            for token in [waiting, opening, asked] {
                assert_eq!(*pair.ledger.outcome(token), SUCCESS);
            }
            let gone = pair.client.disconnect(&Default::default(), pair.now);
            gone.expect("allowed");
            assert_eq!(try_send(&mut pair, "x", qos), Err(UsageError::NotConnected));
            pair.run();
            assert_eq!(try_send(&mut pair, "x", qos), Err(UsageError::NotConnected));
        }
    }
}

#[test]
fn a_client_that_has_stopped_takes_no_more_and_keeps_what_it_took() {
    let mut pair = apart(Version::V5, OutboxLimits::default());
    let kept = pair.send("x", QoS::AtLeastOnce);
    pair.server.knobs.refuse = Some(ReasonCode::NOT_AUTHORIZED);
    pair.pass(1_000);
    assert_eq!(pair.client.state(), State::Disconnected);
    let late = try_send(&mut pair, "y", QoS::AtLeastOnce);
    assert_eq!(late, Err(UsageError::NotConnected));
    assert!(pair.ledger.is_open(kept));
    pair.server.knobs.refuse = None;
    pair.establish();
    assert_eq!(*pair.ledger.outcome(kept), SUCCESS);
}

#[test]
fn more_messages_than_there_may_be_are_not_accepted() {
    for version in VERSIONS {
        let mut pair = apart(version, messages(3, WhenFull::Reject));
        let tokens = ["1", "2", "3"].map(|text| pair.send(text, QoS::AtLeastOnce));
        assert_eq!(try_send(&mut pair, "4", QoS::AtLeastOnce), full(3));
        assert_eq!(try_send(&mut pair, "4", QoS::ExactlyOnce), full(3));
        pair.pass(1_000);
        for token in tokens {
            assert_eq!(*pair.ledger.outcome(token), SUCCESS);
        }
        assert_eq!(pair.server.payloads(), ["1", "2", "3"]);
        // There is room again.
        pair.send("5", QoS::AtLeastOnce);
    }
}

#[test]
fn more_bytes_than_there_may_be_are_not_accepted() {
    // Topics count, and properties, and keys.
    let size = "meters/7".len() + 10;
    let limits = OutboxLimits {
        bytes: 3 * size + 5,
        ..OutboxLimits::default()
    };
    let mut pair = apart(Version::V5, limits);
    for _ in 0..3 {
        pair.send("0123456789", QoS::AtLeastOnce);
    }
    assert_eq!(try_send(&mut pair, "", QoS::AtLeastOnce), full(3));
    assert_eq!(pair.client.unsent_bytes(), 3 * size);
    pair.pass(1_000);
    assert_eq!(pair.client.unsent_bytes(), 0);
    pair.send("0123456789", QoS::AtLeastOnce);
}

#[test]
fn a_message_larger_than_the_whole_outbox_is_not_accepted_and_drops_nothing() {
    for when_full in [WhenFull::Reject, WhenFull::DropOldest] {
        let limits = OutboxLimits {
            bytes: 100,
            when_full,
            ..queueing()
        };
        let mut pair = apart(Version::V5, limits);
        pair.send("x", QoS::AtLeastOnce);
        for qos in QOS {
            let large = try_send(&mut pair, &"~".repeat(100), qos);
            assert_eq!(large, full(1), "{qos:?}");
        }
        assert_eq!(pair.client.outbox().len(), 1);
    }
}

#[test]
fn where_the_oldest_are_dropped_the_newest_are_sent() {
    for version in VERSIONS {
        let mut pair = apart(version, messages(3, WhenFull::DropOldest));
        pair.server.knobs.method_b = true;
        let tokens: Vec<_> = (0..10)
            .map(|n| pair.send(&n.to_string(), [QoS::AtLeastOnce, QoS::ExactlyOnce][n % 2]))
            .collect();
        for token in &tokens[..7] {
            assert_eq!(*pair.ledger.outcome(*token), DROPPED);
        }
        pair.pass(1_000);
        for token in &tokens[7..] {
            assert_eq!(*pair.ledger.outcome(*token), SUCCESS);
        }
        assert_eq!(pair.server.payloads(), ["7", "8", "9"]);
        pair.assert_idle("dropped");
    }
}

#[test]
fn as_many_are_dropped_as_it_takes_and_no_more() {
    let limits = OutboxLimits {
        bytes: 100,
        when_full: WhenFull::DropOldest,
        ..OutboxLimits::default()
    };
    let mut pair = apart(Version::V5, limits);
    // Ten bytes each, with the topic.
    let tokens: Vec<_> = (0..10)
        .map(|n| pair.send(&format!("{n:02}"), QoS::AtLeastOnce))
        .collect();
    assert!(pair.ledger.outcomes.is_empty());
    pair.send(&"~".repeat(17), QoS::AtLeastOnce);
    let dropped = tokens.iter().filter(|token| !pair.ledger.is_open(**token));
    assert_eq!(dropped.count(), 3);
    assert_eq!(pair.client.outbox().len(), 8);
}

#[test]
fn what_was_sent_once_is_never_dropped() {
    for version in VERSIONS {
        let mut pair = Pair::persistent(version);
        pair.client
            .set_outbox_limits(messages(2, WhenFull::DropOldest));
        pair.server.knobs.hold_acks = true;
        let sent = ["a", "b"].map(|text| pair.send(text, QoS::ExactlyOnce));
        pair.run();
        pair.break_link();
        pair.server.knobs.hold_acks = false;
        for n in 0..5 {
            pair.send(&n.to_string(), QoS::ExactlyOnce);
        }
        pair.pass(60_000);
        for token in sent {
            assert_eq!(*pair.ledger.outcome(token), SUCCESS);
        }
        assert_eq!(pair.server.payloads(), ["a", "b", "3", "4"]);
    }
}

/// "a" is on its way again to a server that lost the session and takes one at a time; "b", which had arrived there
/// before, waits.
fn once_more() -> (Pair, u64) {
    let mut pair = Pair::persistent(Version::V5);
    pair.server.knobs.hold_acks = true;
    pair.send("a", QoS::AtLeastOnce);
    let again = pair.send("b", QoS::AtLeastOnce);
    pair.run();
    assert_eq!(pair.server.payloads(), ["a", "b"]);
    pair.break_link();
    pair.server.lose_sessions();
    pair.server.knobs.connack = encoded(&[Property::ReceiveMaximum(1)]);
    pair.pass(1_000);
    assert_eq!(pair.client.outbox().len(), 1);
    (pair, again)
}

#[test]
fn what_was_sent_in_a_session_the_server_lost_makes_no_room() {
    let (mut pair, _) = once_more();
    let before = pair.ledger.losses();
    pair.client
        .set_outbox_limits(messages(1, WhenFull::DropOldest));
    let refused = pair
        .client
        .publish(message("c", QoS::AtLeastOnce), pair.now);
    assert_eq!(refused, Err(UsageError::OutboxFull { messages: 1 }));
    assert_eq!(pair.ledger.losses(), before);
}

#[test]
fn nothing_is_given_up_for_a_message_there_is_no_room_for_anyway() {
    let (mut pair, _) = once_more();
    pair.send("waits", QoS::AtLeastOnce);
    let before = pair.ledger.losses();
    pair.client
        .set_outbox_limits(messages(1, WhenFull::DropOldest));
    let refused = pair
        .client
        .publish(message("c", QoS::AtLeastOnce), pair.now);
    assert_eq!(refused, Err(UsageError::OutboxFull { messages: 2 }));
    pair.drain(&[]);
    assert_eq!(pair.ledger.losses(), before);
}

#[test]
fn what_was_sent_in_a_session_the_server_lost_is_not_taken_back() {
    let (mut pair, again) = once_more();
    pair.client.cancel(again, pair.now);
    pair.drain(&[]);
    let told = Told::Cancelled(Cancel::Caller, false);
    assert_eq!(*pair.ledger.outcome(again), told);
    pair.server.release_acks();
    pair.run();
    assert_eq!(pair.server.payloads(), ["a", "b", "a", "b"]);
    pair.assert_idle("once more");
}

#[test]
fn what_was_sent_in_a_session_the_server_lost_expires_as_one_that_may_have_arrived() {
    let mut pair = Pair::persistent(Version::V5);
    pair.server.knobs.hold_acks = true;
    pair.send("a", QoS::AtLeastOnce);
    let ten = encoded(&[Property::MessageExpiryInterval(10)]);
    let again = pair.publish(PublishRequest {
        properties: &ten,
        ..message("b", QoS::AtLeastOnce)
    });
    pair.run();
    pair.break_link();
    pair.server.lose_sessions();
    pair.server.knobs.connack = encoded(&[Property::ReceiveMaximum(1)]);
    pair.pass(20_000);
    pair.server.release_acks();
    pair.run();
    let told = Told::Lost(Certainty::Indeterminate, LossCause::Expired);
    assert_eq!(*pair.ledger.outcome(again), told);
}

#[test]
fn qos_0_is_not_accepted_without_a_connection_unless_it_may_wait() {
    for version in VERSIONS {
        let mut pair = apart(version, OutboxLimits::default());
        let early = try_send(&mut pair, "x", QoS::AtMostOnce);
        assert_eq!(early, Err(UsageError::NotYetConnected));
        pair.client.set_outbox_limits(queueing());
        let waits = pair.send("x", QoS::AtMostOnce);
        assert!(pair.ledger.is_open(waits));
        assert_eq!(pair.client.passing().len(), 1);
        pair.pass(1_000);
        assert_eq!(*pair.ledger.outcome(waits), Told::Sent);
        assert_eq!(pair.server.payloads(), ["x"]);
        // Nor after the end of the wish.
        let gone = pair.client.disconnect(&Default::default(), pair.now);
        gone.expect("allowed");
        pair.drain(&[]);
        pair.run();
        let late = try_send(&mut pair, "x", QoS::AtMostOnce);
        assert_eq!(late, Err(UsageError::NotConnected));
    }
}

#[test]
fn qos_0_that_waits_and_never_gets_a_connection_is_told_so() {
    for version in VERSIONS {
        let mut pair = apart(version, queueing());
        let waits = pair.send("x", QoS::AtMostOnce);
        let gone = pair.client.disconnect(&Default::default(), pair.now);
        gone.expect("allowed");
        pair.drain(&[]);
        let told = Told::Lost(Certainty::NotDelivered, LossCause::ConnectionLost);
        assert_eq!(*pair.ledger.outcome(waits), told);
        assert_eq!(pair.client.unsent_bytes(), 0);
    }
}

#[test]
fn qos_0_that_waits_goes_from_connection_to_connection() {
    let mut pair = apart(Version::V5, queueing());
    let waits = pair.send("x", QoS::AtMostOnce);
    pair.dial = Dial::Fails;
    pair.pass(100_000);
    assert!(pair.ledger.is_open(waits));
    pair.dial = Dial::Opens;
    pair.pass(60_000);
    assert_eq!(*pair.ledger.outcome(waits), Told::Sent);
}

#[test]
fn qos_0_that_has_expired_while_it_waited_is_not_sent() {
    let mut pair = apart(Version::V5, queueing());
    let ten = encoded(&[Property::MessageExpiryInterval(10)]);
    let waits = pair.publish(PublishRequest {
        properties: &ten,
        ..message("x", QoS::AtMostOnce)
    });
    pair.dial = Dial::Fails;
    pair.pass(20_000);
    pair.dial = Dial::Opens;
    pair.pass(60_000);
    let told = Told::Lost(Certainty::NotDelivered, LossCause::Expired);
    assert_eq!(*pair.ledger.outcome(waits), told);
    assert!(pair.server.payloads().is_empty());
}

#[test]
fn the_oldest_is_the_oldest_whatever_its_qos() {
    let limits = OutboxLimits {
        queue_qos0: true,
        ..messages(3, WhenFull::DropOldest)
    };
    let mut pair = apart(Version::V5, limits);
    let order = [
        QoS::AtMostOnce,
        QoS::AtLeastOnce,
        QoS::AtMostOnce,
        QoS::ExactlyOnce,
        QoS::AtMostOnce,
        QoS::AtMostOnce,
        QoS::AtLeastOnce,
    ];
    let tokens: Vec<_> = (order.iter().enumerate())
        .map(|(n, qos)| pair.send(&n.to_string(), *qos))
        .collect();
    for (n, token) in tokens.iter().enumerate() {
        assert_eq!(pair.ledger.is_open(*token), n >= 4, "{n}");
    }
    pair.pass(1_000);
    assert_eq!(pair.server.payloads(), ["4", "5", "6"]);
}

#[test]
fn replay_comes_first_and_then_what_waited_in_its_order_qos_0_among_it() {
    for version in VERSIONS {
        let mut pair = Pair::persistent(version);
        pair.client.set_outbox_limits(queueing());
        pair.server.knobs.hold_acks = true;
        let mut tokens = vec![pair.send("first", QoS::AtLeastOnce)];
        tokens.push(pair.send("second", QoS::ExactlyOnce));
        pair.run();
        pair.break_link();
        pair.server.onward.clear();
        pair.server.knobs.method_b = true;
        for (n, qos) in [0, 1, 2, 0, 0, 2, 1, 0].into_iter().enumerate() {
            tokens.push(pair.send(&n.to_string(), QOS[qos]));
        }
        pair.server.knobs.hold_acks = false;
        pair.server.seen.clear();
        pair.pass(1_000);
        let sent: Vec<String> = pair.server.payloads();
        // What the server had taken of the QoS 2 message goes onward with its PUBREL.
        let order: Vec<&str> = sent
            .iter()
            .map(String::as_str)
            .filter(|t| *t != "second")
            .collect();
        assert_eq!(order, ["first", "0", "1", "2", "3", "4", "5", "6", "7"]);
        for token in tokens {
            assert!(matches!(
                pair.ledger.outcome(token),
                Told::Sent | Told::Out(_)
            ));
        }
        pair.assert_idle("in order");
    }
}

#[test]
fn qos_0_does_not_wait_for_the_acknowledgements_of_others() {
    for version in VERSIONS {
        let mut pair = Pair::new(version);
        pair.persist();
        pair.config.inflight_window = Some(1);
        pair.establish();
        pair.client.set_outbox_limits(queueing());
        pair.server.knobs.hold_acks = true;
        pair.break_link();
        for (n, qos) in [1, 1, 0, 1, 0].into_iter().enumerate() {
            pair.send(&n.to_string(), QOS[qos]);
        }
        pair.pass(1_000);
        assert_eq!(pair.server.payloads(), ["0", "2", "4"]);
        pair.server.release_acks();
        pair.run();
        assert_eq!(pair.server.payloads(), ["0", "2", "4", "1", "3"]);
    }
}

#[test]
fn what_the_next_server_does_not_take_is_lost_with_the_reason() {
    let mut pair = apart(Version::V5, queueing());
    let retained = |payload, qos| PublishRequest {
        retain: true,
        ..message(payload, qos)
    };
    let kept = pair.publish(retained("x", QoS::AtLeastOnce));
    let passing = pair.publish(retained("y", QoS::AtMostOnce));
    let exactly = pair.send("z", QoS::ExactlyOnce);
    let fine = pair.send("w", QoS::AtLeastOnce);
    let connack = [Property::RetainAvailable(0), Property::MaximumQos(1)];
    pair.server.knobs.connack = encoded(&connack);
    pair.pass(1_000);
    for token in [kept, passing, exactly] {
        let told = pair.ledger.outcome(token);
        let expected = matches!(
            told,
            Told::Lost(Certainty::NotDelivered, LossCause::Unsendable(_))
        );
        assert!(expected, "{told:?}");
    }
    assert_eq!(*pair.ledger.outcome(fine), SUCCESS);
    assert_eq!(pair.server.payloads(), ["w"]);
}

#[test]
fn ready_to_send_is_an_empty_outbox_an_open_window_and_a_socket_with_room() {
    let mut pair = Pair::new(Version::V5);
    pair.persist();
    pair.config.inflight_window = Some(1);
    assert!(!pair.client.ready_to_send());
    pair.establish();
    assert!(pair.client.ready_to_send());
    pair.server.knobs.hold_acks = true;
    pair.send("x", QoS::AtLeastOnce);
    pair.run();
    assert!(!pair.client.ready_to_send());
    pair.server.release_acks();
    pair.run();
    assert!(pair.client.ready_to_send());
    pair.client.set_backlog(1024 * 1024 - 1, pair.now);
    assert!(pair.client.ready_to_send());
    pair.client.set_backlog(1024 * 1024, pair.now);
    assert!(!pair.client.ready_to_send());
    assert!(pair.client.is_congested());
    pair.break_link();
    assert!(!pair.client.is_congested());
    assert!(!pair.client.ready_to_send());
}

#[test]
fn dropping_a_stored_message_removes_its_record_before_its_caller_is_told() {
    for version in VERSIONS {
        let mut bench = Bench::connected(version);
        bench.cut();
        bench
            .client
            .set_outbox_limits(messages(1, WhenFull::DropOldest));
        bench.stores_at_once = false;
        let first = bench.publish("first", QoS::ExactlyOnce);
        bench.store();
        let second = bench.publish("second", QoS::ExactlyOnce);
        assert_eq!(bench.losses(first), 0, "its record is there");
        let names = bench.storing().expect("a batch");
        assert_eq!(names.len(), 2, "{names:?}");
        bench.store();
        assert_eq!(bench.losses(first), 1);
        assert_eq!(bench.disk.outgoing_with(b"first"), 0);
        assert_eq!(bench.disk.outgoing_with(b"second"), 1);
        let stored = |event: &&Event| matches!(event, Event::Stored(token) if *token == second);
        assert_eq!(bench.events.iter().filter(stored).count(), 1);
    }
}

#[test]
fn a_message_dropped_while_its_record_is_written_is_told_when_that_is_gone() {
    for version in VERSIONS {
        let mut bench = Bench::connected(version);
        bench.cut();
        bench
            .client
            .set_outbox_limits(messages(1, WhenFull::DropOldest));
        bench.stores_at_once = false;
        let first = bench.publish("first", QoS::AtLeastOnce);
        bench.publish("second", QoS::AtLeastOnce);
        bench.store();
        assert_eq!(bench.losses(first), 0, "it is there until it is removed");
        bench.store();
        assert_eq!(bench.losses(first), 1);
        assert_eq!(bench.disk.outgoing_with(b"first"), 0);
    }
}

#[test]
fn a_message_dropped_while_there_was_no_room_for_its_record_is_told() {
    use mqtt_mooring::storage::StorageError;
    for error in [FULL, StorageError::Failed, StorageError::Denied] {
        let mut bench = Bench::connected(Version::V5);
        bench.cut();
        bench
            .client
            .set_outbox_limits(messages(1, WhenFull::DropOldest));
        bench.stores_at_once = false;
        let first = bench.publish("first", QoS::AtLeastOnce);
        let second = bench.publish("second", QoS::AtLeastOnce);
        let is_message = |name| matches!(name, RecordName::Outgoing(_));
        bench.refuse_if(error, is_message);
        bench.store_all();
        assert_eq!(bench.losses(first), 1, "{error:?} {:#?}", bench.story);
        assert_eq!(bench.losses(second), 0, "{error:?} {:#?}", bench.story);
    }
}

#[test]
fn what_was_sent_in_a_session_the_server_lost_is_known_to_have_been_when_it_is_restored() {
    let (mut pair, _) = once_more();
    let sent = |pair: &Pair| {
        pair.client
            .outbox()
            .map(|it| it.was_sent)
            .collect::<Vec<_>>()
    };
    assert_eq!(sent(&pair), [true]);
    let saved = pair.client.save(pair.now);
    pair.break_link();
    pair.reload();
    let restored = pair.client.restore(&saved, ID, Version::V5, pair.now);
    assert_eq!(restored, Ok(()));
    assert_eq!(sent(&pair), [true]);
}
