//! Nothing more is given to a socket that has enough: order is kept, acknowledgements are never held back.
#![cfg(not(target_arch = "wasm32"))]

mod durable_support;
mod support;

use durable_support::{Bench, arrives, released};
use mqtt_mooring::client::output::Cause;
use mqtt_mooring::client::{OutboxLimits, State, WhenFull};
use mqtt_mooring::codec::{Ack, Packet, QoS, ReasonCode, Version};
use mqtt_mooring::error::UsageError;
use support::*;

const SUCCESS: Told = Told::Out(ReasonCode::SUCCESS);
const LIMIT: u64 = 1_000;

/// A connection over a socket that keeps what it is given until the test lets it flow.
fn slow(version: Version) -> Pair {
    let mut pair = Pair::persistent(version);
    pair.client.set_send_limit(LIMIT);
    pair.backlog = Some(0);
    pair
}

fn is_publish(name: &str) -> bool {
    name.starts_with("PUBLISH")
}

/// No PUBLISH was ever given to a socket that had enough, and at most one went above the limit.
fn assert_bounded(pair: &Pair, largest: u64) {
    for (backlog, names) in &pair.filled {
        if names.iter().any(|name| is_publish(name)) {
            assert!(*backlog < LIMIT, "{names:?} on top of {backlog}");
        }
    }
    let backlog = pair.backlog.expect("a slow socket");
    assert!(backlog < LIMIT + largest, "{backlog}");
}

#[test]
fn what_is_published_faster_than_it_leaves_waits_and_leaves_in_order() {
    for version in VERSIONS {
        for qos in QOS {
            let mut pair = slow(version);
            pair.server.knobs.method_b = true;
            let body = "~".repeat(100);
            let tokens: Vec<_> = (0..100)
                .map(|n| pair.send(&format!("{n:03} {body}"), qos))
                .collect();
            pair.run();
            assert_bounded(&pair, 120);
            let sent = pair.server.payloads().len();
            assert!((8..=11).contains(&sent), "{sent} sent at once");
            // What waits is in the outbox, not in the socket.
            assert!(!pair.client.ready_to_send());
            let waiting = pair.client.outbox().len() + pair.client.passing().len();
            assert_eq!(waiting, 100 - sent);
            for _ in 0..200 {
                pair.flow(150);
                pair.run();
                assert_bounded(&pair, 400);
            }
            let numbers: Vec<String> = pair.server.payloads();
            assert_eq!(numbers.len(), 100);
            assert!(numbers.is_sorted(), "{qos:?} out of order");
            for token in tokens {
                let expected = if qos == QoS::AtMostOnce {
                    Told::Sent
                } else {
                    SUCCESS
                };
                assert_eq!(*pair.ledger.outcome(token), expected);
            }
            assert!(pair.client.ready_to_send());
        }
    }
}

#[test]
fn messages_of_every_qos_keep_their_order() {
    for version in VERSIONS {
        let mut pair = Pair::new(version);
        pair.persist();
        // No window is in the way.
        pair.config.inflight_window = Some(1_000);
        pair.establish();
        pair.client.set_send_limit(LIMIT);
        pair.backlog = Some(0);
        pair.server.knobs.method_b = true;
        for n in 0..60 {
            pair.send(&format!("{n:03} {}", "~".repeat(200)), QOS[n % 3]);
        }
        for _ in 0..200 {
            pair.flow(500);
            pair.run();
        }
        let texts = pair.server.payloads();
        assert_eq!(texts.len(), 60);
        assert!(texts.is_sorted());
    }
}

#[test]
fn what_is_about_to_leave_counts_as_if_it_had() {
    let mut client = {
        let pair = Pair::connected(Version::V5);
        pair.client
    };
    client.set_send_limit(LIMIT);
    // The driver has not taken anything yet, so it has not said how much is in the socket either.
    let body = "~".repeat(100);
    for _ in 0..100 {
        let request = message(&body, QoS::AtMostOnce);
        client.publish(request, START).expect("accepted");
    }
    assert!(client.passing().len() > 85, "{}", client.passing().len());
}

#[test]
fn a_driver_that_is_never_asked_what_is_in_the_socket_still_gets_everything() {
    // The machine goes on by itself when what was about to leave has left.
    let mut pair = Pair::connected(Version::V5);
    pair.client.set_send_limit(LIMIT);
    for n in 0..100 {
        let body = format!("{n:03} {}", "~".repeat(100));
        let accepted = pair.client.publish(message(&body, QOS[n % 3]), pair.now);
        accepted.expect("accepted");
    }
    pair.drain(&[]);
    pair.run();
    assert_eq!(pair.server.payloads().len(), 100);
    pair.assert_idle("all of it");
}

#[test]
fn while_the_socket_has_enough_it_is_looked_at_every_twenty_milliseconds() {
    let mut pair = slow(Version::V5);
    assert_eq!(pair.client.deadline(), None);
    for _ in 0..3 {
        pair.send(&"~".repeat(500), QoS::AtMostOnce);
    }
    assert!(pair.client.is_congested());
    for _ in 0..5 {
        assert_eq!(pair.client.deadline(), Some(pair.now + 20));
        pair.pass(20);
    }
    pair.flow(LIMIT);
    assert!(!pair.client.is_congested());
    assert_eq!(pair.client.deadline(), None);
}

#[test]
fn a_message_larger_than_the_limit_leaves_when_there_is_any_room() {
    let mut pair = slow(Version::V5);
    let large = pair.send(&"~".repeat(10_000), QoS::AtLeastOnce);
    let small = pair.send("x", QoS::AtLeastOnce);
    pair.run();
    assert_eq!(*pair.ledger.outcome(large), SUCCESS);
    assert!(pair.ledger.is_open(small));
    pair.flow(9_000);
    pair.run();
    assert!(pair.ledger.is_open(small));
    pair.flow(100);
    pair.run();
    assert_eq!(*pair.ledger.outcome(small), SUCCESS);
}

#[test]
fn acknowledgements_are_never_held_back() {
    for version in VERSIONS {
        let mut pair = slow(version);
        pair.send(&"~".repeat(2_000), QoS::AtMostOnce);
        let ours = pair.send("waits", QoS::ExactlyOnce);
        assert!(pair.client.is_congested());
        for n in 0..20 {
            pair.server.send(to_client(&n.to_string(), QOS[1 + n % 2]));
        }
        pair.run();
        assert_eq!(pair.ledger.deliveries.len(), 20);
        let session = pair.server.session(ID).expect("a session");
        assert!(session.is_idle(), "the server waits for acknowledgements");
        assert!(pair.ledger.is_open(ours));
        // Nor is what finishes a message of ours, or asks whether somebody is there.
        pair.flow(3_000);
        pair.run();
        assert_eq!(*pair.ledger.outcome(ours), SUCCESS);
    }
}

#[test]
fn subscribing_is_not_held_back() {
    let mut pair = slow(Version::V5);
    pair.send(&"~".repeat(2_000), QoS::AtMostOnce);
    let asked = pair.subscribe("a/#");
    pair.run();
    assert!(matches!(pair.ledger.outcome(asked), Told::Subscribed(_)));
}

#[test]
fn a_ping_is_not_held_back() {
    let mut pair = Pair::new(Version::V5);
    pair.persist();
    pair.config.keep_alive = 10;
    pair.establish();
    pair.client.set_send_limit(LIMIT);
    pair.backlog = Some(5_000);
    pair.client.set_backlog(5_000, pair.now);
    pair.pass(60_000);
    assert_eq!(pair.server.pings, 6);
    assert_eq!(pair.client.state(), State::Connected);
}

#[test]
fn what_is_sent_again_waits_for_room_too_and_keeps_its_order() {
    for version in VERSIONS {
        let mut pair = Pair::persistent(version);
        pair.server.knobs.method_b = true;
        pair.client.set_send_limit(LIMIT);
        pair.server.knobs.hold_acks = true;
        let body = "~".repeat(300);
        let mut tokens: Vec<_> = (0..12)
            .map(|n| pair.send(&format!("{n:02} {body}"), QOS[1 + n % 2]))
            .collect();
        pair.run();
        pair.break_link();
        pair.server.onward.clear();
        pair.server.lose_sessions();
        pair.server.session_mut(ID);
        pair.server.knobs.hold_acks = false;
        tokens.extend((12..20).map(|n| pair.send(&format!("{n:02} {body}"), QOS[1 + n % 2])));
        pair.backlog = Some(0);
        pair.pass(1_000);
        assert!(pair.server.payloads().len() <= 4);
        for _ in 0..100 {
            pair.flow(300);
            pair.run();
            assert_bounded(&pair, 700);
        }
        let texts = pair.server.payloads();
        assert_eq!(texts.len(), 20);
        assert!(texts.is_sorted(), "{texts:?}");
        for token in tokens {
            assert_eq!(*pair.ledger.outcome(token), SUCCESS);
        }
        pair.assert_idle("again, slowly");
    }
}

#[test]
fn a_socket_that_had_enough_when_the_link_broke_is_not_the_next_one() {
    let mut pair = slow(Version::V5);
    for n in 0..10 {
        pair.send(&format!("{n} {}", "~".repeat(500)), QoS::AtLeastOnce);
    }
    pair.run();
    assert!(pair.client.is_congested());
    pair.break_link();
    assert!(!pair.client.is_congested());
    let due = pair.client.deadline();
    assert_eq!(due, Some(pair.now + 1_000), "only the next attempt");
    pair.pass(1_000);
    for _ in 0..20 {
        pair.flow(1_000);
        pair.run();
    }
    assert_eq!(pair.server.payloads().len(), 10);
}

#[test]
fn qos_0_that_waits_for_room_when_the_link_breaks_is_lost_unless_it_may_wait() {
    for queue_qos0 in [false, true] {
        let mut pair = slow(Version::V5);
        pair.client.set_outbox_limits(OutboxLimits {
            queue_qos0,
            ..OutboxLimits::default()
        });
        pair.send(&"~".repeat(2_000), QoS::AtMostOnce);
        let waits = pair.send("x", QoS::AtMostOnce);
        pair.break_link();
        assert_eq!(pair.ledger.is_open(waits), queue_qos0);
        pair.pass(1_000);
        let there = pair.server.payloads().contains(&"x".to_owned());
        assert_eq!(there, queue_qos0);
    }
}

#[test]
fn the_outbox_bounds_what_waits_for_room() {
    for qos in QOS {
        let mut pair = slow(Version::V5);
        pair.client.set_outbox_limits(OutboxLimits {
            messages: 5,
            ..OutboxLimits::default()
        });
        pair.send(&"~".repeat(2_000), QoS::AtMostOnce);
        for _ in 0..5 {
            pair.send("x", qos);
        }
        let sixth = pair.client.publish(message("x", qos), pair.now);
        assert_eq!(sixth, Err(UsageError::OutboxFull { messages: 5 }));
        pair.client.set_outbox_limits(OutboxLimits {
            messages: 5,
            when_full: WhenFull::DropOldest,
            ..OutboxLimits::default()
        });
        for n in 0..10 {
            pair.send(&n.to_string(), qos);
        }
        pair.flow(3_000);
        pair.run();
        let texts = pair.server.payloads();
        assert_eq!(texts[texts.len() - 5..], ["5", "6", "7", "8", "9"]);
    }
}

#[test]
fn a_durable_session_keeps_the_limit_while_its_store_is_slow() {
    for version in VERSIONS {
        let mut bench = Bench::connected(version);
        bench.client.set_send_limit(LIMIT);
        bench.stores_at_once = false;
        let body = "~".repeat(300);
        for _ in 0..10 {
            bench.publish(&body, QoS::AtLeastOnce);
        }
        bench.store_all();
        // What waited for the store counted as if it had been sent.
        assert!(bench.count("PUBLISH") <= 10);
        assert_eq!(bench.client.outbox().len(), 0, "{:#?}", bench.left);
        bench.client.set_backlog(5_000, bench.now);
        let before = bench.count("PUBLISH");
        bench.publish(&body, QoS::ExactlyOnce);
        bench.store_all();
        assert_eq!(bench.count("PUBLISH"), before, "there is no room");
        // The server's are seen to their end all the same.
        bench.feed(&[arrives(7, b"news")]);
        bench.store_all();
        assert_eq!(bench.count("PUBREC"), 1);
        bench.feed(&[released(7)]);
        bench.store_all();
        assert_eq!(bench.count("PUBCOMP"), 1);
        let held: Vec<_> = bench.client.in_flight().map(|(id, _)| id).collect();
        for id in held {
            bench.feed(&[Packet::PubAck(Ack::new(id, ReasonCode::SUCCESS))]);
        }
        bench.store_all();
        bench.client.set_backlog(0, bench.now);
        bench.run();
        bench.store_all();
        assert_eq!(bench.count("PUBLISH"), before + 1);
    }
}

#[test]
fn a_question_out_of_turn_that_stands_behind_other_bytes_has_time() {
    let mut pair = Pair::new(Version::V5);
    pair.persist();
    pair.config.keep_alive = 60;
    pair.backlog = Some(0);
    pair.establish();
    pair.server.knobs.no_pong = true; // PINGREQ is behind 900 KB
    pair.server.knobs.hold_acks = true;
    pair.send(&"x".repeat(900_000), QoS::AtLeastOnce);
    pair.drain(&[]);
    pair.client.retry(pair.now);
    pair.drain(&[]);
    // 100 KB/s, a good mobile uplink: 9 s.
    for _ in 0..8 {
        pair.pass(1_000);
        pair.flow(100_000);
        assert_eq!(pair.client.state(), State::Connected, "{}", pair.story());
    }
}

#[test]
fn a_socket_that_is_still_sending_is_not_given_up() {
    let mut pair = Pair::new(Version::V5);
    pair.persist();
    pair.config.keep_alive = 60;
    pair.backlog = Some(0);
    pair.establish();
    pair.server.knobs.no_pong = true;
    pair.server.knobs.hold_acks = true;
    let large = "x".repeat(6_000_000);
    pair.send(&large, QoS::AtLeastOnce);
    for _ in 0..115 {
        pair.pass(1_000);
        pair.flow(50_000);
        assert_eq!(
            pair.client.state(),
            State::Connected,
            "after {} s",
            (pair.now - START) / 1000
        );
    }
}

#[test]
fn a_socket_that_sends_no_more_is_given_up() {
    let mut pair = Pair::new(Version::V5);
    pair.persist();
    pair.config.keep_alive = 60;
    pair.backlog = Some(0);
    pair.establish();
    pair.server.knobs.no_pong = true;
    pair.server.knobs.hold_acks = true;
    pair.send(&"x".repeat(900_000), QoS::AtLeastOnce);
    pair.drain(&[]);
    pair.pass(90_000);
    assert_eq!(*pair.ledger.last_cause(), Cause::KeepAliveTimeout);
}

#[test]
fn mqtt_3_1_2_20_what_leaves_the_socket_puts_no_pingreq_off() {
    let mut pair = Pair::new(Version::V5);
    pair.config.keep_alive = 60;
    pair.establish();
    let mut last = pair.now;
    // CONNECT was handed to the socket.
    pair.client.set_backlog(30, pair.now);
    let mut pings = 0;
    while pings < 4 {
        let at = pair.client.deadline().expect("a deadline");
        pair.now = pair.now.max(at);
        pair.client.set_backlog(0, pair.now);
        pair.client.handle_timeout(pair.now);
        pair.drain(&[]);
        let sent = pair.take_unsent();
        if sent.iter().any(|name| name.starts_with("PINGREQ")) {
            pings += 1;
            assert!(
                pair.now - last <= 60_000,
                "[MQTT-3.1.2-20]: {} s without a packet, Keep Alive is 60; the server gives up after 90",
                (pair.now - last) / 1000
            );
            last = pair.now;
            pair.client.set_backlog(2, pair.now);
            // PINGRESP, 50 ms later.
            pair.now += 50;
            pair.inject(&[0xD0, 0]);
        }
        assert!(pair.now - START < 3_600_000);
    }
}

#[test]
fn a_dead_link_that_swallows_what_is_sent_is_noticed() {
    let mut pair = Pair::new(Version::V5);
    pair.config.keep_alive = 60;
    pair.establish();
    let begun = pair.now;
    for i in 0..60u64 {
        // Every 20 s a message, 1000 or 10 bytes; nothing ever comes.
        pair.send(
            if i % 2 == 0 { "large large large" } else { "s" },
            QoS::AtMostOnce,
        );
        pair.take_unsent();
        pair.client
            .set_backlog(if i % 2 == 0 { 1_000 } else { 10 }, pair.now);
        let until = pair.now + 20_000;
        while let Some(at) = pair.client.deadline().filter(|at| *at <= until) {
            pair.now = pair.now.max(at);
            pair.client.set_backlog(0, pair.now);
            pair.client.handle_timeout(pair.now);
            pair.drain(&[]);
            pair.take_unsent();
        }
        pair.now = until;
        if pair.client.state() != State::Connected {
            break;
        }
    }
    assert!(
        pair.now - begun <= 110_000,
        "still {:?} after {} s of silence",
        pair.client.state(),
        (pair.now - begun) / 1000
    );
}
