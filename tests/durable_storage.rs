//! Storage that is full, fails, or is cleared under the session's feet.
#![cfg(not(target_arch = "wasm32"))]

mod durable_support;
mod support;

use durable_support::*;
use mqtt_mooring::client::State;
use mqtt_mooring::client::output::{Cause, Certainty, Event, LossCause};
use mqtt_mooring::codec::{QoS, ReasonCode};
use mqtt_mooring::storage::StorageError;
use support::VERSIONS;

const STORES: [Store; 3] = [Store::AtOnce, Store::Eager, Store::Late];

fn troubles(world: &World) -> usize {
    let trouble = |e: &&Event| matches!(e, Event::StorageTrouble { .. });
    world.events.iter().filter(trouble).count()
}

fn last_cause(world: &World) -> Option<&Cause> {
    let cause = |e: &'_ Event| matches!(e, Event::Disconnected(_));
    match world.events.iter().rev().find(|e| cause(e)) {
        Some(Event::Disconnected(end)) => Some(&end.cause),
        _ => None,
    }
}

/// Why the page was told that its message number `index` was not stored.
fn not_stored(world: &World, index: usize) -> StorageError {
    match world.book.sent[index].told.as_slice() {
        [(_, Fate::Lost(Certainty::NotDelivered, LossCause::NotStored(error)))] => *error,
        other => panic!("message {index}: {other:?}{}", world.story()),
    }
}

#[test]
fn a_message_there_is_no_room_for_is_taken_back_and_the_others_of_its_turn_go() {
    for version in VERSIONS {
        for store in STORES {
            for qos in [QoS::AtLeastOnce, QoS::ExactlyOnce] {
                let mut world = World::established(version, store);
                world.disk.quota = Some(world.disk.used() + 1_500);
                for filler in [100, 5_000, 200] {
                    world.accept(qos, filler, &[]);
                }
                world.accept(QoS::AtMostOnce, 0, &[]);
                world.drain(&[]).expect("nobody dies");
                world.run().expect("nobody dies");
                let StorageError::Full { needed } = not_stored(&world, 1) else {
                    panic!("another error");
                };
                assert!((5_000..5_200).contains(&needed), "{needed}");
                assert_eq!(world.client.state(), State::Connected);
                let arrived = world.server.payloads();
                assert_eq!(arrived.len(), 3, "{arrived:?}");
                for index in [0, 2] {
                    let told = &world.book.sent[index].told;
                    assert_eq!(*told, [(0, Fate::Out(ReasonCode::SUCCESS))]);
                }
                check(&world, false, None);
                // The session is whole: the next small one goes.
                world.send(qos);
                world.run().expect("nobody dies");
                check(&world, false, None);
            }
        }
    }
}

#[test]
fn a_message_there_is_no_room_for_is_taken_back_from_the_outbox() {
    for version in VERSIONS {
        let mut world = World::established(version, Store::Eager);
        world.break_link().expect("nobody dies");
        world.run().expect("nobody dies");
        world.disk.quota = Some(world.disk.used() + 1_500);
        for filler in [100, 5_000, 200] {
            world.accept(QoS::ExactlyOnce, filler, &[]);
        }
        world.drain(&[]).expect("nobody dies");
        world.run().expect("nobody dies");
        not_stored(&world, 1);
        assert_eq!(world.client.outbox().len(), 2);
        settle(&mut world).expect("nobody dies");
        check(&world, false, None);
    }
}

#[test]
fn messages_that_were_stored_finish_in_a_full_storage() {
    for version in VERSIONS {
        for store in STORES {
            let mut world = World::new(version, store);
            world.config.inflight_window = Some(2);
            world.establish();
            world.server.knobs.hold_acks = true;
            world
                .publish_many(QoS::ExactlyOnce, 3)
                .expect("nobody dies");
            world
                .publish_many(QoS::AtLeastOnce, 3)
                .expect("nobody dies");
            world.run().expect("nobody dies");
            world.disk.fill();
            world.break_link().expect("nobody dies");
            world.server.knobs.hold_acks = false;
            settle(&mut world).expect("nobody dies");
            check(&world, true, Some(2));
        }
    }
}

#[test]
fn pubrec_waits_until_there_is_room_for_the_received_message() {
    for version in VERSIONS {
        for store in STORES {
            let mut world = World::established(version, store);
            world.server.knobs.hold_acks = true;
            world
                .publish(QoS::AtLeastOnce, 2_000, &[])
                .expect("nobody dies");
            world.run().expect("nobody dies");
            world.disk.fill();
            world.server_has(QoS::ExactlyOnce, 1_000);
            world.run().expect("nobody dies");
            let pubrec = |world: &World| world.left.iter().any(|l| l.starts_with("PUBREC"));
            assert!(!pubrec(&world), "{}", world.story());
            assert_eq!(troubles(&world), 1, "told once{}", world.story());
            assert_eq!(world.client.state(), State::Connected);
            // The acknowledgement removes a record, and so makes room.
            world.server.release_acks();
            world.run().expect("nobody dies");
            assert!(pubrec(&world), "{}", world.story());
            assert_eq!(world.book.coming[0].handed.len(), 1);
            check(&world, true, None);
        }
    }
}

#[test]
fn a_received_message_that_was_not_stored_comes_again_on_the_next_connection() {
    for version in VERSIONS {
        for store in STORES {
            let mut world = World::established(version, store);
            world.disk.fill();
            world.server_has(QoS::ExactlyOnce, 1_000);
            world.run().expect("nobody dies");
            assert!(!world.left.iter().any(|l| l.starts_with("PUBREC")));
            world.break_link().expect("nobody dies");
            world.disk.quota = None;
            settle(&mut world).expect("nobody dies");
            assert_eq!(world.book.coming[0].handed.len(), 1);
            check(&world, true, None);
        }
    }
}

#[test]
fn a_received_message_that_was_not_stored_dies_with_its_page_and_comes_to_the_next() {
    for version in VERSIONS {
        let mut world = World::established(version, Store::Late);
        world.disk.fill();
        world.server_has(QoS::ExactlyOnce, 1_000);
        world.run().expect("nobody dies");
        world.disk.quota = None;
        world.reload();
        world.establish();
        let handed = [Handed {
            page: 1,
            duplicate: false,
        }];
        assert_eq!(world.book.coming[0].handed, handed);
        check(&world, true, None);
    }
}

#[test]
fn a_store_that_fails_ends_the_connection_and_loses_nothing() {
    for version in VERSIONS {
        for store in STORES {
            let mut world = World::established(version, store);
            world.server.knobs.hold_acks = true;
            world.send(QoS::ExactlyOnce);
            world.send(QoS::AtLeastOnce);
            world.run().expect("nobody dies");
            world.disk.broken = Some(StorageError::Denied);
            world.left.clear();
            world.server.release_acks();
            world.run().expect("nobody dies");
            assert_eq!(
                world.client.state(),
                State::Disconnected,
                "{}",
                world.story()
            );
            let cause = Cause::Storage(StorageError::Denied);
            assert_eq!(last_cause(&world), Some(&cause));
            assert!(!world.left.iter().any(|l| l.starts_with("PUBREL")));
            world.disk.broken = None;
            settle(&mut world).expect("nobody dies");
            check(&world, true, None);
        }
    }
}

#[test]
fn a_connection_does_not_begin_before_what_could_not_be_stored_is() {
    for version in VERSIONS {
        let mut world = World::established(version, Store::Eager);
        world.server.knobs.hold_acks = true;
        world.send(QoS::ExactlyOnce);
        world.run().expect("nobody dies");
        world.disk.broken = Some(StorageError::Denied);
        world.server.release_acks();
        world.run().expect("nobody dies");
        let connects = world.server.connects.len();
        world.connect().expect("nobody dies");
        world.run().expect("nobody dies");
        assert_eq!(world.server.connects.len(), connects, "{}", world.story());
        assert_eq!(world.client.state(), State::Disconnected);
        world.disk.broken = None;
        settle(&mut world).expect("nobody dies");
        check(&world, true, None);
    }
}

#[test]
fn a_page_that_dies_with_a_store_that_fails_left_what_was_stored() {
    for version in VERSIONS {
        let mut world = World::established(version, Store::AtOnce);
        world.server.knobs.hold_acks = true;
        world.send(QoS::ExactlyOnce);
        world.send(QoS::AtLeastOnce);
        world.run().expect("nobody dies");
        world.disk.broken = Some(StorageError::Denied);
        world.server.release_acks();
        world.run().expect("nobody dies");
        world.disk.broken = None;
        world.server.knobs.hold_acks = false;
        world.reload();
        settle(&mut world).expect("nobody dies");
        check(&world, true, None);
    }
}

#[test]
fn a_publish_that_a_failing_store_does_not_take_is_rejected_and_never_sent() {
    for version in VERSIONS {
        for store in STORES {
            let mut world = World::established(version, store);
            world.disk.broken = Some(StorageError::Denied);
            world.send(QoS::ExactlyOnce);
            world.run().expect("nobody dies");
            assert_eq!(not_stored(&world, 0), StorageError::Denied);
            assert_eq!(world.server.payloads(), [""; 0]);
            world.disk.broken = None;
            settle(&mut world).expect("nobody dies");
            check(&world, false, None);
        }
    }
}

#[test]
fn after_its_storage_was_cleared_a_live_session_is_written_again() {
    for version in VERSIONS {
        for store in STORES {
            let mut world = World::new(version, store);
            world.config.inflight_window = Some(2);
            world.establish();
            world.subscribe("alarms/#").expect("nobody dies");
            world.server.knobs.hold_acks = true;
            world
                .publish_many(QoS::ExactlyOnce, 4)
                .expect("nobody dies");
            world.server_has(QoS::ExactlyOnce, 0);
            world.make(Move::ToClient).expect("nobody dies");
            world.run().expect("nobody dies");
            let before = world.disk.view(version);
            world.disk.records.clear();
            world.client.rewrite();
            world.drain(&[]).expect("nobody dies");
            world.run().expect("nobody dies");
            assert_eq!(world.disk.view(version), before);
            assert_eq!(View::of(&world.client), before);
            world.reload();
            world.server.knobs.hold_acks = false;
            settle(&mut world).expect("nobody dies");
            check(&world, true, Some(2));
        }
    }
}

#[test]
fn a_rewrite_removes_nothing_that_is_held_and_leaves_nothing_that_is_not() {
    for version in VERSIONS {
        let mut world = World::established(version, Store::AtOnce);
        world.send(QoS::ExactlyOnce);
        world.run().expect("nobody dies");
        let before = world.disk.records.clone();
        world.client.rewrite();
        world.drain(&[]).expect("nobody dies");
        assert_eq!(world.disk.records, before);
    }
}

#[test]
fn storage_cleared_while_a_batch_is_out_is_written_again() {
    for version in VERSIONS {
        let mut world = World::established(version, Store::Eager);
        world.server.knobs.hold_acks = true;
        world.send(QoS::ExactlyOnce);
        world.send(QoS::ExactlyOnce);
        assert!(world.is_storing());
        world.make(Move::Disk).expect("nobody dies");
        world.disk.records.clear();
        world.client.rewrite();
        world.drain(&[]).expect("nobody dies");
        world.run().expect("nobody dies");
        assert_eq!(world.disk.view(version), View::of(&world.client));
        world.server.knobs.hold_acks = false;
        settle(&mut world).expect("nobody dies");
        check(&world, true, None);
    }
}

#[test]
fn a_store_that_failed_from_the_first_leaves_no_caller_waiting() {
    for version in VERSIONS {
        let mut world = World::new(version, Store::AtOnce);
        world.disk.broken = Some(StorageError::Failed);
        world.send(QoS::AtLeastOnce);
        world.run().expect("nobody dies");
        let told = world.events.iter().any(
            |event| matches!(event, Event::MessageLost(lost) if lost.certainty == Certainty::Indeterminate),
        );
        assert!(told, "{}", world.story());
        world.disk.broken = None;
        settle(&mut world).expect("nobody dies");
        check(&world, false, None);
        assert_eq!(world.server.payloads(), [""; 0], "{}", world.story());
    }
}
