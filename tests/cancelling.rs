//! Operations whose callers wait no longer: what was never sent is taken back, what may be on its way is seen to
//! its end.
#![cfg(not(target_arch = "wasm32"))]

mod durable_support;
mod support;

use durable_support::{Bench, FULL};
use mqtt_mooring::client::output::{Cancel, Certainty, Event, LossCause};
use mqtt_mooring::client::{OutboxLimits, WhenFull};
use mqtt_mooring::codec::{Ack, Packet, QoS, ReasonCode, Version};
use mqtt_mooring::session::outbound::Token;
use support::*;

const SUCCESS: Told = Told::Out(ReasonCode::SUCCESS);
const GONE: Told = Told::Cancelled(Cancel::Caller, false);
const UNASKED: Told = Told::Cancelled(Cancel::Caller, true);
const TAKEN_BACK: Told = Told::Lost(
    Certainty::NotDelivered,
    LossCause::Withdrawn(Cancel::Caller),
);
const TOO_LATE: Told = Told::Lost(
    Certainty::NotDelivered,
    LossCause::Withdrawn(Cancel::Timeout),
);

fn cancel(pair: &mut Pair, token: Token) {
    pair.client.cancel(token, pair.now);
    pair.drain(&[]);
}

fn apart(version: Version) -> Pair {
    let mut pair = Pair::persistent(version);
    pair.client.set_outbox_limits(OutboxLimits {
        queue_qos0: true,
        ..OutboxLimits::default()
    });
    pair.break_link();
    pair
}

#[test]
fn a_message_that_waits_for_a_connection_is_taken_back() {
    for version in VERSIONS {
        for qos in QOS {
            let mut pair = apart(version);
            let before = pair.send("before", qos);
            let token = pair.send("x", qos);
            let after = pair.send("after", qos);
            cancel(&mut pair, token);
            assert_eq!(*pair.ledger.outcome(token), TAKEN_BACK);
            pair.pass(1_000);
            assert_eq!(pair.server.payloads(), ["before", "after"]);
            for token in [before, after] {
                assert!(matches!(
                    pair.ledger.outcome(token),
                    Told::Sent | Told::Out(_)
                ));
            }
            pair.assert_idle("taken back");
            assert_eq!(pair.client.unsent_bytes(), 0);
        }
    }
}

#[test]
fn a_message_that_waits_for_the_window_is_taken_back() {
    for version in VERSIONS {
        let mut pair = Pair::new(version);
        pair.config.inflight_window = Some(1);
        pair.establish();
        pair.server.knobs.hold_acks = true;
        pair.send("first", QoS::ExactlyOnce);
        let token = pair.send("x", QoS::ExactlyOnce);
        let last = pair.send("last", QoS::ExactlyOnce);
        pair.run();
        cancel(&mut pair, token);
        assert_eq!(*pair.ledger.outcome(token), TAKEN_BACK);
        pair.server.release_acks();
        pair.run();
        assert_eq!(pair.server.payloads(), ["first", "last"]);
        assert_eq!(*pair.ledger.outcome(last), SUCCESS);
        pair.assert_idle("the window");
    }
}

#[test]
fn a_message_that_is_about_to_leave_is_taken_back_and_another_one_gets_its_place() {
    for version in VERSIONS {
        let mut pair = Pair::new(version);
        pair.config.inflight_window = Some(2);
        pair.establish();
        let publish = |pair: &mut Pair, text| {
            let accepted = pair
                .client
                .publish(message(text, QoS::ExactlyOnce), pair.now);
            accepted.expect("accepted")
        };
        // One turn: nothing has left yet.
        let one = publish(&mut pair, "one");
        let two = publish(&mut pair, "two");
        let three = publish(&mut pair, "three");
        pair.client.cancel(one, pair.now);
        assert_eq!(pair.client.in_flight().len(), 2, "the third has its place");
        pair.drain(&[]);
        pair.run();
        assert_eq!(*pair.ledger.outcome(one), TAKEN_BACK);
        assert_eq!(*pair.ledger.outcome(two), SUCCESS);
        assert_eq!(*pair.ledger.outcome(three), SUCCESS);
        assert_eq!(pair.server.payloads(), ["two", "three"]);
        pair.assert_idle("about to leave");
    }
}

#[test]
fn a_message_that_may_be_on_its_way_is_seen_to_its_end_without_its_caller() {
    for version in VERSIONS {
        for qos in [QoS::AtLeastOnce, QoS::ExactlyOnce] {
            // After PUBLISH, and at QoS 2 after PUBREC.
            for answered in [false, true] {
                let mut pair = Pair::persistent(version);
                pair.server.knobs.hold_acks = true;
                let token = pair.send("x", qos);
                pair.run();
                if answered && qos == QoS::ExactlyOnce {
                    pair.server.release_ack();
                    pair.run();
                }
                cancel(&mut pair, token);
                assert_eq!(*pair.ledger.outcome(token), GONE);
                assert_eq!(pair.client.in_flight().len(), 1);
                pair.server.knobs.hold_acks = false;
                pair.reconnect();
                assert_eq!(pair.server.payloads().last().map(String::as_str), Some("x"));
                let adopted = [("meters/7".to_owned(), ReasonCode::SUCCESS)];
                assert_eq!(pair.ledger.adopted, adopted, "told without a caller");
                assert_eq!(*pair.ledger.outcome(token), GONE);
                pair.assert_idle("on its way");
            }
        }
    }
}

#[test]
fn a_message_of_qos_0_that_has_left_has_its_outcome() {
    let mut pair = Pair::connected(Version::V5);
    let token = pair.send("x", QoS::AtMostOnce);
    cancel(&mut pair, token);
    assert_eq!(*pair.ledger.outcome(token), Told::Sent);
}

#[test]
fn what_has_its_outcome_cannot_be_cancelled() {
    for version in VERSIONS {
        let mut pair = Pair::persistent(version);
        let mut tokens = QOS.map(|qos| pair.send("x", qos)).to_vec();
        tokens.push(pair.subscribe("a"));
        pair.run();
        let outcomes = pair.ledger.outcomes.clone();
        for token in tokens.iter().chain(&[0, 99, u64::MAX]) {
            cancel(&mut pair, *token);
            pair.client.set_deadline(*token, pair.now + 1);
        }
        pair.pass(1_000);
        assert_eq!(pair.ledger.outcomes, outcomes);
        pair.assert_idle("too late");
    }
}

#[test]
fn cancelling_twice_is_cancelling_once() {
    for version in VERSIONS {
        let mut pair = Pair::persistent(version);
        pair.server.knobs.hold_acks = true;
        pair.server.knobs.no_suback = true;
        let sent = pair.send("x", QoS::ExactlyOnce);
        let asked = pair.subscribe("a");
        pair.run();
        for _ in 0..3 {
            cancel(&mut pair, sent);
            cancel(&mut pair, asked);
        }
        assert_eq!(*pair.ledger.outcome(sent), GONE);
        assert_eq!(*pair.ledger.outcome(asked), GONE);
    }
}

#[test]
fn a_deadline_that_passes_is_told_as_one() {
    for version in VERSIONS {
        let mut pair = apart(version);
        pair.dial = Dial::Fails;
        let waits = pair.send("x", QoS::AtLeastOnce);
        let passing = pair.send("x", QoS::AtMostOnce);
        let asked = pair.subscribe("a");
        for token in [waits, passing, asked] {
            pair.client.set_deadline(token, pair.now + 5_000);
        }
        pair.pass(4_999);
        assert!(pair.ledger.outcomes.is_empty());
        pair.pass(1);
        assert_eq!(*pair.ledger.outcome(waits), TOO_LATE);
        assert_eq!(*pair.ledger.outcome(passing), TOO_LATE);
        let told = Told::Cancelled(Cancel::Timeout, true);
        assert_eq!(*pair.ledger.outcome(asked), told);
        pair.dial = Dial::Opens;
        pair.pass(60_000);
        assert!(pair.server.payloads().is_empty());
        assert!(pair.server.subscribes.is_empty());
    }
}

#[test]
fn the_machine_asks_to_be_woken_at_the_earliest_deadline_in_whatever_state() {
    let mut pair = Pair::connected(Version::V5);
    pair.server.knobs.hold_acks = true;
    let tokens = ["a", "b", "c"].map(|text| pair.send(text, QoS::AtLeastOnce));
    pair.run();
    for (token, after) in tokens.into_iter().zip([300, 100, 200]) {
        pair.client.set_deadline(token, pair.now + after);
    }
    assert_eq!(pair.client.deadline(), Some(pair.now + 100));
    // A later word counts.
    pair.client.set_deadline(tokens[1], pair.now + 400);
    assert_eq!(pair.client.deadline(), Some(pair.now + 200));
    pair.break_link();
    assert_eq!(pair.client.deadline(), Some(pair.now + 200));
    pair.pass(400);
    let told = Told::Cancelled(Cancel::Timeout, false);
    for token in tokens {
        assert_eq!(*pair.ledger.outcome(token), told);
    }
    assert_eq!(pair.client.deadline(), None);
    // They are in the session all the same.
    pair.server.knobs.hold_acks = false;
    pair.establish();
    assert_eq!(pair.ledger.adopted.len(), 3);
}

#[test]
fn a_deadline_is_forgotten_with_the_outcome() {
    for version in VERSIONS {
        let mut pair = Pair::persistent(version);
        let far = pair.now + 1_000_000;
        for round in 0..200 {
            let mut tokens = QOS.map(|qos| pair.send("x", qos)).to_vec();
            tokens.push(pair.subscribe("a"));
            let unsubscribed = pair.client.unsubscribe(&["a"], &[], pair.now);
            pair.drain(&[]);
            tokens.push(unsubscribed.expect("accepted"));
            for token in &tokens[1..] {
                pair.client.set_deadline(*token, far + round);
            }
            pair.run();
        }
        // Nothing is left to be woken for.
        assert_eq!(pair.client.deadline(), None);
        pair.break_link();
        let waits = pair.send("x", QoS::AtLeastOnce);
        pair.client.set_deadline(waits, far);
        cancel(&mut pair, waits);
        let gone = pair.client.disconnect(&Default::default(), pair.now);
        gone.expect("allowed");
        pair.drain(&[]);
        assert_eq!(pair.client.deadline(), None);
    }
}

#[test]
fn a_deadline_in_the_past_passes_at_once() {
    let mut pair = apart(Version::V5);
    let token = pair.send("x", QoS::AtLeastOnce);
    pair.client.set_deadline(token, 0);
    pair.pass(0);
    assert_eq!(*pair.ledger.outcome(token), TOO_LATE);
}

#[test]
fn requests_that_were_not_sent_are_not() {
    for version in VERSIONS {
        let mut pair = apart(version);
        let asked = pair.subscribe("a");
        let ended = pair.client.unsubscribe(&["b"], &[], pair.now);
        let ended = ended.expect("accepted");
        let kept = pair.subscribe("c");
        cancel(&mut pair, asked);
        cancel(&mut pair, ended);
        assert_eq!(*pair.ledger.outcome(asked), UNASKED);
        assert_eq!(*pair.ledger.outcome(ended), UNASKED);
        pair.pass(1_000);
        assert_eq!(pair.server.subscribes.len(), 1);
        assert!(pair.server.unsubscribes.is_empty());
        assert!(matches!(pair.ledger.outcome(kept), Told::Subscribed(_)));
    }
}

#[test]
fn the_late_answer_to_a_request_counts_and_is_told_to_no_caller() {
    for version in VERSIONS {
        let mut pair = Pair::persistent(version);
        let asked = pair.subscribe("a");
        cancel(&mut pair, asked);
        let ended = pair.client.unsubscribe(&["b"], &[], pair.now);
        let ended = ended.expect("accepted");
        cancel(&mut pair, ended);
        pair.run();
        assert_eq!(*pair.ledger.outcome(asked), GONE);
        assert_eq!(*pair.ledger.outcome(ended), GONE);
        let told = |event: &&Event| {
            matches!(
                event,
                Event::Subscribed { token: None, .. } | Event::Unsubscribed { token: None, .. }
            )
        };
        assert_eq!(pair.ledger.events.iter().filter(told).count(), 2);
        // It was granted.
        let ours: Vec<_> = pair.client.subscriptions().collect();
        assert_eq!(ours, ["a"]);
        pair.assert_idle("late answers");
    }
}

#[test]
fn a_forgotten_request_is_not_made_again_on_the_next_connection() {
    for version in VERSIONS {
        let mut pair = Pair::persistent(version);
        pair.server.knobs.no_suback = true;
        let asked = pair.subscribe("a");
        pair.run();
        cancel(&mut pair, asked);
        pair.reconnect();
        assert_eq!(pair.server.subscribes.len(), 1);
        assert_eq!(*pair.ledger.outcome(asked), GONE);
        let gone = pair.client.disconnect(&Default::default(), pair.now);
        gone.expect("allowed");
        pair.drain(&[]);
        pair.run();
        assert_eq!(*pair.ledger.outcome(asked), GONE, "nor told that it failed");
        assert_eq!(pair.client.packet_ids_in_use(), 0);
    }
}

#[test]
fn a_message_in_flight_that_never_left_is_taken_back_also_on_the_next_connection() {
    for version in VERSIONS {
        let mut pair = Pair::new(version);
        pair.config.inflight_window = Some(1);
        pair.persist();
        pair.establish();
        // It has an identifier, and its turn ends with the link.
        let accepted = pair
            .client
            .publish(message("x", QoS::ExactlyOnce), pair.now);
        let token = accepted.expect("accepted");
        pair.client.handle_closed(Some(1006), pair.now);
        pair.server.closed();
        pair.drain(&[]);
        assert_eq!(pair.client.in_flight().len(), 1);
        let other = pair.send("y", QoS::ExactlyOnce);
        cancel(&mut pair, token);
        assert_eq!(*pair.ledger.outcome(token), TAKEN_BACK);
        pair.pass(1_000);
        assert_eq!(pair.server.payloads(), ["y"]);
        assert_eq!(*pair.ledger.outcome(other), SUCCESS);
        pair.assert_idle("never left");
    }
}

#[test]
fn a_message_that_waits_to_be_sent_again_is_not_taken_back() {
    for version in VERSIONS {
        let mut pair = Pair::new(version);
        pair.persist();
        pair.establish();
        pair.server.knobs.hold_acks = true;
        let tokens = ["a", "b", "c"].map(|text| pair.send(text, QoS::ExactlyOnce));
        pair.run();
        pair.break_link();
        cancel(&mut pair, tokens[1]);
        assert_eq!(*pair.ledger.outcome(tokens[1]), GONE);
        pair.server.knobs.hold_acks = false;
        pair.pass(1_000);
        assert_eq!(pair.server.payloads(), ["a", "b", "c"]);
        pair.assert_idle("again");
    }
}

/// How often the caller was told that it need not wait.
fn let_go(bench: &Bench, token: Token) -> usize {
    let told = |event: &&Event| matches!(event, Event::Cancelled { token: of, withdrawn: false, .. } if *of == token);
    bench.events.iter().filter(told).count()
}

/// What was said of messages that were taken back.
fn gone(bench: &Bench) -> Vec<Certainty> {
    let told = bench.events.iter().filter_map(|event| match event {
        Event::MessageLost(lost) if matches!(lost.cause, LossCause::Withdrawn(_)) => {
            Some(lost.certainty)
        }
        _ => None,
    });
    told.collect()
}

#[test]
fn a_caller_does_not_wait_for_a_store_that_does_not_answer_for_a_second() {
    let mut bench = Bench::connected(Version::V5);
    bench.stores_at_once = false;
    let token = bench.publish("x", QoS::AtLeastOnce);
    bench.client.set_deadline(token, bench.now + 1_000);
    for told in [0, 1, 1] {
        bench.now += 1_000;
        bench.client.handle_timeout(bench.now);
        bench.run();
        assert_eq!(let_go(&bench, token), told);
        assert_eq!(gone(&bench), []);
    }
    bench.store_all();
    assert_eq!(gone(&bench), [Certainty::NotDelivered]);
}

#[test]
fn what_was_taken_back_is_told_when_the_session_is_discarded() {
    let mut bench = Bench::connected(Version::V5);
    bench.cut();
    bench.stores_at_once = false;
    let token = bench.publish("x", QoS::AtLeastOnce);
    bench.store();
    bench.client.cancel(token, bench.now);
    bench.run();
    bench.client.discard().expect("allowed");
    bench.run();
    assert_eq!(gone(&bench), [Certainty::Indeterminate]);
}

#[test]
fn a_stored_message_is_told_to_be_taken_back_when_no_later_page_can_find_it() {
    for version in VERSIONS {
        let mut bench = Bench::connected(version);
        bench.cut();
        bench.stores_at_once = false;
        let token = bench.publish("x", QoS::ExactlyOnce);
        bench.store();
        bench.client.cancel(token, bench.now);
        bench.run();
        assert_eq!(gone(&bench), []);
        assert_eq!(bench.disk.outgoing_with(b"meters"), 1);
        bench.store();
        assert_eq!(gone(&bench), [Certainty::NotDelivered]);
        assert_eq!(bench.disk.outgoing_with(b"meters"), 0);
        let next = Bench::on(version, bench.disk, ID);
        assert_eq!(next.client.outbox().len(), 0);
    }
}

#[test]
fn a_message_whose_record_is_being_written_is_taken_back_and_never_leaves() {
    for version in VERSIONS {
        for works in [true, false] {
            let mut bench = Bench::connected(version);
            bench.stores_at_once = false;
            let token = bench.publish("x", QoS::AtLeastOnce);
            bench.client.cancel(token, bench.now);
            bench.run();
            assert_eq!(gone(&bench), [], "it may yet be stored");
            if works {
                bench.store();
                assert_eq!(gone(&bench), []);
            } else {
                bench.refuse(FULL);
            }
            bench.store_all();
            assert_eq!(bench.losses(token), 1);
            assert_eq!(gone(&bench), [Certainty::NotDelivered], "{works}");
            assert_eq!(bench.count("PUBLISH"), 0);
            assert_eq!(bench.disk.outgoing_with(b"meters"), 0);
            assert_eq!(bench.client.packet_ids_in_use(), 0);
            let stored = |event: &&Event| matches!(event, Event::Stored(_));
            assert_eq!(bench.events.iter().filter(stored).count(), 0);
        }
    }
}

#[test]
fn a_message_whose_record_cannot_be_removed_is_told_with_a_doubt() {
    use mqtt_mooring::storage::StorageError;
    for version in VERSIONS {
        let mut bench = Bench::connected(version);
        bench.cut();
        bench.stores_at_once = false;
        let token = bench.publish("x", QoS::ExactlyOnce);
        bench.store();
        bench.client.cancel(token, bench.now);
        bench.run();
        bench.refuse(StorageError::Failed);
        bench.store_all();
        assert_eq!(gone(&bench), [Certainty::Indeterminate]);
    }
}

#[test]
fn a_deadline_that_passes_while_a_record_is_removed_is_told_once() {
    let mut bench = Bench::connected(Version::V5);
    bench.cut();
    bench.stores_at_once = false;
    let token = bench.publish("x", QoS::ExactlyOnce);
    bench.store();
    bench.client.set_deadline(token, bench.now + 5);
    bench.client.cancel(token, bench.now);
    bench.run();
    bench.now += 10;
    bench.client.handle_timeout(bench.now);
    bench.run();
    bench.store_all();
    assert_eq!(let_go(&bench, token), 0);
    assert_eq!(gone(&bench), [Certainty::NotDelivered]);
    assert_eq!(bench.client.deadline(), None);
}

#[test]
fn a_durable_message_that_may_be_on_its_way_is_seen_to_its_end_by_the_next_page() {
    for version in VERSIONS {
        let mut bench = Bench::connected(version);
        let token = bench.publish("x", QoS::AtLeastOnce);
        bench.client.cancel(token, bench.now);
        bench.run();
        assert_eq!(bench.losses(token), 0);
        let mut next = Bench::on(version, bench.disk, ID);
        let inherited: Vec<_> = next.client.inherited().iter().map(|it| it.token).collect();
        assert_eq!(inherited.len(), 1);
        next.connect(true);
        let (id, _) = next.client.in_flight().next().expect("the message");
        next.feed(&[Packet::PubAck(Ack::new(id, ReasonCode::SUCCESS))]);
        let out = |event: &&Event| matches!(event, Event::MessageOut(_));
        assert_eq!(next.events.iter().filter(out).count(), 1);
    }
}

#[test]
fn the_caller_of_a_dropped_message_waits_no_longer_than_it_wants_for_a_store() {
    let mut bench = Bench::connected(Version::V5);
    bench.cut();
    bench.client.set_outbox_limits(OutboxLimits {
        messages: 1,
        when_full: WhenFull::DropOldest,
        ..OutboxLimits::default()
    });
    bench.stores_at_once = false;
    let first = bench.publish("first", QoS::AtLeastOnce);
    bench.store();
    bench.client.set_deadline(first, bench.now + 1_000);
    bench.publish("second", QoS::AtLeastOnce);
    for _ in 0..3 {
        bench.now += 600_000;
        bench.client.handle_timeout(bench.now);
        bench.run();
    }
    let told = |event: &Event| match event {
        Event::Cancelled { token: of, .. } => *of == first,
        Event::MessageLost(lost) => lost.token == Some(first),
        _ => false,
    };
    assert!(
        bench.events.iter().any(told),
        "30 minutes later: {:#?}",
        bench.story
    );
}
