//! The server has lost the session: each message goes the way the application chose, and a page that dies
//! in the middle of it does not make the successor choose otherwise.
#![cfg(not(target_arch = "wasm32"))]

mod durable_support;
mod support;

use durable_support::*;
use mqtt_mooring::client::config::WhenSessionLost;
use mqtt_mooring::client::output::{Certainty, Event, LossCause};
use mqtt_mooring::codec::{QoS, ReasonCode, Version};
use support::{ID, VERSIONS};

const DELIVERED: Fate = Fate::Out(ReasonCode::SUCCESS);
const UNKNOWN: Fate = Fate::Lost(Certainty::Indeterminate, LossCause::SessionLost);

/// In flight: 0 at QoS 2 past PUBREC, 1 at QoS 1, 2 at QoS 2; in the outbox 3 at QoS 1, 4 at QoS 2. The
/// server has lost its sessions, and none of them had arrived, but 0.
fn lost(version: Version, store: Store, policy: WhenSessionLost) -> World {
    let mut world = World::new(version, store);
    world.config.inflight_window = Some(3);
    world.config.when_session_lost = policy;
    world.republish = None;
    world.establish();
    world.server.knobs.hold_acks = true;
    world.send(QoS::ExactlyOnce);
    world.run().expect("nobody dies");
    world.server.release_ack();
    world.server.knobs.hold_acks = true;
    world.run().expect("nobody dies");
    world.send(QoS::AtLeastOnce);
    world.send(QoS::ExactlyOnce);
    world.send(QoS::AtLeastOnce);
    world.send(QoS::ExactlyOnce);
    while world.is_storing() {
        world.make(Move::Disk).expect("nobody dies");
    }
    world.break_link().expect("nobody dies");
    world.run().expect("nobody dies");
    world.server.knobs.hold_acks = false;
    world.lose_sessions();
    world
}

/// What every message came to, and how often it arrived.
fn ends(world: &World) -> Vec<(Fate, usize)> {
    let arrived = world.server.payloads();
    let count = |payload: &[u8]| {
        let text = String::from_utf8_lossy(payload);
        arrived.iter().filter(|a| **a == text).count()
    };
    let sent = world.book.sent.iter();
    sent.map(|sent| match sent.told.as_slice() {
        [(_, fate)] => (fate.clone(), count(&sent.payload)),
        other => panic!("{}: {other:?}{}", sent.topic, world.story()),
    })
    .collect()
}

#[test]
fn each_policy_does_what_it_says() {
    let (default, republish, discard) = (
        [
            (DELIVERED, 1),
            (DELIVERED, 1),
            (UNKNOWN, 0),
            (DELIVERED, 1),
            (DELIVERED, 1),
        ],
        [const { (DELIVERED, 1) }; 5],
        [
            (DELIVERED, 1),
            (UNKNOWN, 0),
            (UNKNOWN, 0),
            (DELIVERED, 1),
            (DELIVERED, 1),
        ],
    );
    for version in VERSIONS {
        for store in [Store::AtOnce, Store::Eager, Store::Late] {
            for (policy, expected) in [
                (WhenSessionLost::RepublishQos1, &default),
                (WhenSessionLost::Republish, &republish),
                (WhenSessionLost::Discard, &discard),
            ] {
                let mut world = lost(version, store, policy);
                world.establish();
                assert_eq!(ends(&world), *expected, "{policy:?}{}", world.story());
                check(&world, false, Some(3));
                let told = |e: &&Event| matches!(e, Event::SessionLost { .. });
                assert_eq!(world.events.iter().filter(told).count(), 1);
            }
        }
    }
}

#[test]
fn a_successor_goes_by_the_same_policy() {
    for version in VERSIONS {
        let mut world = lost(version, Store::AtOnce, WhenSessionLost::RepublishQos1);
        world.reload();
        world.establish();
        let expected = [
            (DELIVERED, 1),
            (DELIVERED, 1),
            (UNKNOWN, 0),
            (DELIVERED, 1),
            (DELIVERED, 1),
        ];
        assert_eq!(ends(&world), expected, "{}", world.story());
        check(&world, false, Some(3));
    }
}

/// Runs until the application is asked, or nothing moves.
fn run_until_asked(world: &mut World) {
    while world.undecided.is_empty() && world.step().expect("nobody dies") {}
}

/// The topics the application was asked about, in order.
fn asked(world: &World) -> Vec<String> {
    let topics = world.events.iter().filter_map(|event| match event {
        Event::Undecided { message, .. } => Some(message.topic.to_string()),
        _ => None,
    });
    topics.collect()
}

#[test]
fn an_application_that_is_asked_decides_for_each_message_of_which_nothing_is_known() {
    for version in VERSIONS {
        for store in [Store::AtOnce, Store::Eager, Store::Late] {
            for answers in [[false, false], [false, true], [true, false], [true, true]] {
                let mut world = lost(version, store, WhenSessionLost::Ask);
                world.connect().expect("nobody dies");
                for answer in answers {
                    run_until_asked(&mut world);
                    world.run().expect("nobody dies");
                    let publish = |world: &World| {
                        let seen = world.server.payloads();
                        seen.iter().any(|p| p.contains("003") || p.contains("004"))
                    };
                    assert!(!publish(&world), "the outbox moves{}", world.story());
                    world.decide(answer).expect("nobody dies");
                }
                world.run().expect("nobody dies");
                assert_eq!(asked(&world), ["out/001", "out/002"]);
                let end = |answer| match answer {
                    true => (DELIVERED, 1),
                    false => (UNKNOWN, 0),
                };
                let expected = [
                    (DELIVERED, 1),
                    end(answers[0]),
                    end(answers[1]),
                    (DELIVERED, 1),
                    (DELIVERED, 1),
                ];
                assert_eq!(ends(&world), expected, "{}", world.story());
                check(&world, false, Some(3));
            }
        }
    }
}

#[test]
fn what_a_page_was_asked_its_successor_is_asked_if_the_page_died_before_all_was_answered() {
    for version in VERSIONS {
        for store in [Store::AtOnce, Store::Eager, Store::Late] {
            for answered in 0..2 {
                let mut world = lost(version, store, WhenSessionLost::Ask);
                world.connect().expect("nobody dies");
                run_until_asked(&mut world);
                for _ in 0..answered {
                    world.decide(true).expect("nobody dies");
                }
                world.run().expect("nobody dies");
                world.reload();
                // The server has begun a new session; the one that is gone stays gone.
                world.connect().expect("nobody dies");
                for _ in 0..2 {
                    run_until_asked(&mut world);
                    world.decide(false).expect("nobody dies");
                }
                world.run().expect("nobody dies");
                assert_eq!(asked(&world), ["out/001", "out/002"], "{}", world.story());
                assert!(world.client.session_present());
                assert_eq!(
                    ends(&world),
                    [
                        (DELIVERED, 1),
                        (UNKNOWN, 0),
                        (UNKNOWN, 0),
                        (DELIVERED, 1),
                        (DELIVERED, 1),
                    ]
                );
                check(&world, false, Some(3));
            }
        }
    }
}

#[test]
fn a_page_that_dies_right_after_it_heard_of_the_loss_leaves_the_loss_in_storage() {
    // The server began a new session: should the successor take it for the old one, it would send what is
    // indeterminate again.
    for version in VERSIONS {
        for store in [Store::AtOnce, Store::Eager, Store::Late] {
            for policy in [
                WhenSessionLost::RepublishQos1,
                WhenSessionLost::Discard,
                WhenSessionLost::Republish,
            ] {
                let mut stop = 0;
                loop {
                    stop += 1;
                    let mut world = lost(version, store, policy);
                    world.stop = Some(world.ticks + stop);
                    let died = world.connect().and_then(|()| world.run()).is_err();
                    let heard = |e: &Event| matches!(e, Event::SessionLost { .. });
                    let heard = world.events.iter().any(heard);
                    if !died {
                        break;
                    }
                    world.crash(Wire::Lost);
                    world.recover().expect("nobody dies");
                    world.establish();
                    if heard {
                        let unknown = world.book.sent[2].told.iter().map(|(_, fate)| fate);
                        let unknown: Vec<_> = unknown.collect();
                        let right = match policy {
                            WhenSessionLost::Republish => DELIVERED,
                            _ => UNKNOWN,
                        };
                        assert!(
                            unknown.iter().all(|fate| **fate == right),
                            "{policy:?}: {unknown:?}{}",
                            world.story()
                        );
                    }
                    check(&world, false, Some(3));
                }
                assert!(stop > 10, "{stop}");
            }
        }
    }
}

#[test]
fn a_page_that_dies_within_the_batch_that_begins_the_outbox_leaves_its_message_to_be_sent() {
    for version in VERSIONS {
        let mut bench = Bench::connected(version);
        bench.cut();
        bench.publish("never sent", QoS::ExactlyOnce);
        assert!(bench.disk.records.contains_key("o/0"));
        // The server has lost the session; that is stored, and then that the message goes.
        bench.stores_at_once = false;
        let config = bench.config.clone();
        bench.client.connect(config, bench.now).expect("allowed");
        bench.run();
        bench.store_all();
        bench.opens();
        bench.run();
        bench.store_all();
        bench.connack(false);
        bench.store();
        assert_eq!(bench.storing().expect("a batch"), ["o/0", "meta"]);
        assert_eq!(bench.count("PUBLISH"), 0);
        let mut successor = Bench::on(version, bench.dies_after(1), ID);
        successor.connect(true);
        let lost = |e: &Event| matches!(e, Event::MessageLost(_));
        assert!(!successor.events.iter().any(lost), "{:#?}", successor.story);
        assert_eq!(successor.count("PUBLISH"), 1, "{:#?}", successor.story);
    }
}

#[test]
fn an_application_is_asked_once_a_connection_and_nothing_moves_before_its_last_answer() {
    for version in VERSIONS {
        let mut bench = Bench::new(version);
        bench.config.when_session_lost = WhenSessionLost::Ask;
        bench.connect(false);
        bench.accept("x", QoS::ExactlyOnce);
        bench.publish("y", QoS::AtLeastOnce);
        bench.cut();
        bench.connect(false);
        assert_eq!(bench.asked(), [0, 1]);
        bench.publish("z", QoS::AtLeastOnce);
        bench.decide(0, true);
        bench.cut();
        bench.connect(true);
        assert_eq!(bench.asked(), [0, 1, 0, 1]);
        assert_eq!(bench.count("PUBLISH"), 2, "{:?}", bench.left);
        bench.decide(0, true);
        bench.decide(1, false);
        assert_eq!(bench.count("PUBLISH DUP"), 0, "{:?}", bench.left);
        assert_eq!(bench.count("PUBLISH"), 4, "{:?}", bench.left);
    }
}
