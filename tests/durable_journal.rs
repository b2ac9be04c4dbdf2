//! When what is written: before anything that depends on it is sent, once a turn, and never more than needed.
#![cfg(not(target_arch = "wasm32"))]

mod durable_support;
mod support;

use durable_support::*;
use mqtt_mooring::client::output::Event;
use mqtt_mooring::codec::{PacketType, QoS, Version};
use support::{ID, VERSIONS};

/// A page in force, whose storage answers when the test says so.
fn slow(version: Version) -> World {
    let mut world = World::established(version, Store::Eager);
    world.left.clear();
    world.batches.clear();
    world
}

/// Storage does the next thing; says whether it has answered.
fn disk_moves(world: &mut World) -> bool {
    world.make(Move::Disk).expect("nobody dies");
    !world.is_storing()
}

/// While storage works on a batch, none of the packets that begin with `name` leaves; then one does.
fn leaves_after_storing(world: &mut World, name: &str) {
    let count = |world: &World| world.left.iter().filter(|l| l.starts_with(name)).count();
    let before = count(world);
    assert!(
        world.is_storing(),
        "{name} needs no storing{}",
        world.story()
    );
    loop {
        assert_eq!(
            count(world),
            before,
            "{name} left too soon{}",
            world.story()
        );
        if disk_moves(world) {
            break;
        }
    }
    while world.is_storing() {
        disk_moves(world);
    }
    assert_eq!(count(world), before + 1, "no {name}{}", world.story());
}

/// Packets go both ways, as long as storage has nothing to do.
fn run_until_storing(world: &mut World) {
    while !world.is_storing() {
        assert!(world.step().expect("nobody dies"), "idle{}", world.story());
    }
}

#[test]
fn nothing_of_a_qos_2_message_to_the_server_leaves_before_it_is_stored() {
    for version in VERSIONS {
        let mut world = slow(version);
        world.send(QoS::ExactlyOnce);
        leaves_after_storing(&mut world, "PUBLISH");
        run_until_storing(&mut world);
        leaves_after_storing(&mut world, "PUBREL");
        world.run().expect("nobody dies");
        check(&world, true, None);
    }
}

#[test]
fn a_qos_1_publish_leaves_after_it_is_stored() {
    for version in VERSIONS {
        let mut world = slow(version);
        world.send(QoS::AtLeastOnce);
        leaves_after_storing(&mut world, "PUBLISH");
        world.run().expect("nobody dies");
        check(&world, true, None);
    }
}

#[test]
fn republishing_waits_for_the_first_sending() {
    let mut world = World::new(Version::V311, Store::Late);
    world.config.republish_interval = 1_000;
    world.establish();
    world.left.clear();
    world.send(QoS::ExactlyOnce);
    for _ in 0..5 {
        assert!(world.is_storing());
        world.now += 1_000;
        world.client.handle_timeout(world.now);
        world.drain(&[]).expect("nobody dies");
    }
    assert_eq!(world.left, [""; 0]);
    world.run().expect("nobody dies");
    let publishes = world.left.iter().filter(|l| l.starts_with("PUBLISH"));
    assert_eq!(publishes.count(), 1, "{:?}", world.left);
    check(&world, true, None);
}

#[test]
fn nothing_is_said_of_a_received_qos_2_message_before_it_is_stored_or_removed() {
    for version in VERSIONS {
        let mut world = slow(version);
        world.server_has(QoS::ExactlyOnce, 0);
        run_until_storing(&mut world);
        leaves_after_storing(&mut world, "PUBREC");
        run_until_storing(&mut world);
        leaves_after_storing(&mut world, "PUBCOMP");
        assert_eq!(world.book.coming[0].handed.len(), 1);
        world.run().expect("nobody dies");
        check(&world, true, None);
    }
}

#[test]
fn connect_leaves_after_the_session_has_a_record() {
    for version in VERSIONS {
        let mut world = World::new(version, Store::Eager);
        world.connect().expect("nobody dies");
        leaves_after_storing(&mut world, "CONNECT");
    }
}

#[test]
fn a_request_waits_for_what_its_turn_changed() {
    for version in VERSIONS {
        let mut world = slow(version);
        world.accept(QoS::AtLeastOnce, 0, &[]);
        world.subscribe("alarms/#").expect("nobody dies");
        leaves_after_storing(&mut world, "SUBSCRIBE");
        world.run().expect("nobody dies");
        check(&world, true, None);
    }
}

#[test]
fn what_a_page_is_told_and_handed_does_not_wait_for_storage() {
    for version in VERSIONS {
        let mut world = slow(version);
        world.send(QoS::ExactlyOnce);
        assert!(world.is_storing());
        world.server_has(QoS::AtMostOnce, 0);
        world.make(Move::ToClient).expect("nobody dies");
        assert!(world.is_storing());
        assert_eq!(world.book.coming[0].handed.len(), 1);
    }
}

#[test]
fn what_happens_while_storage_works_is_the_next_batch() {
    for version in VERSIONS {
        let mut world = slow(version);
        for _ in 0..5 {
            world.send(QoS::AtLeastOnce);
        }
        assert_eq!(world.batches.len(), 1);
        while world.left.is_empty() {
            disk_moves(&mut world);
        }
        assert_eq!(world.left.len(), 1);
        assert_eq!(world.batches.len(), 2, "{}", world.story());
        while !disk_moves(&mut world) {}
        assert_eq!(world.left.len(), 5);
        assert_eq!(world.batches, [1, 4]);
        world.run().expect("nobody dies");
        check(&world, true, None);
    }
}

#[test]
fn all_that_one_turn_publishes_is_one_batch() {
    for version in VERSIONS {
        let mut world = World::established(version, Store::AtOnce);
        world.batches.clear();
        world
            .publish_many(QoS::ExactlyOnce, 10)
            .expect("nobody dies");
        assert_eq!(world.batches.len(), 1);
        assert!(world.batches[0] <= 11, "{:?}", world.batches);
    }
}

#[test]
fn all_that_one_chunk_acknowledges_is_one_batch() {
    for version in VERSIONS {
        let mut world = World::established(version, Store::AtOnce);
        world
            .publish_many(QoS::AtLeastOnce, 10)
            .expect("nobody dies");
        while world.make(Move::ToServer).expect("nobody dies") && world.server.seen.len() < 11 {}
        let mut chunk = Vec::new();
        while let Some(bytes) = world.server.next_packet() {
            world.rules.comes(&bytes, version);
            chunk.extend(bytes);
        }
        world.batches.clear();
        world.client.handle_bytes(&chunk, world.now);
        world.drain(&chunk).expect("nobody dies");
        assert_eq!(world.batches, [10]);
        check(&world, true, None);
    }
}

#[test]
fn pubrec_shrinks_the_record_and_the_last_acknowledgement_removes_it() {
    for version in VERSIONS {
        let mut world = World::established(version, Store::AtOnce);
        world.server.knobs.hold_acks = true;
        world
            .publish(QoS::ExactlyOnce, 1_000, &[])
            .expect("nobody dies");
        world.run().expect("nobody dies");
        let size = |world: &World| -> usize {
            let names = world.disk.messages();
            names
                .iter()
                .map(|name| world.disk.records[*name].len())
                .sum()
        };
        assert!(size(&world) > 1_000);
        world.server.release_ack();
        world.run().expect("nobody dies");
        let small = size(&world);
        assert!(0 < small && small < 100, "{small} bytes past PUBREC");
        world.server.release_acks();
        world.run().expect("nobody dies");
        assert_eq!(world.disk.messages(), [""; 0]);
        check(&world, true, None);
    }
}

#[test]
fn what_is_no_session_state_is_not_written() {
    for version in VERSIONS {
        let mut world = World::established(version, Store::AtOnce);
        world.batches.clear();
        world.send(QoS::AtMostOnce);
        world.server_has(QoS::AtMostOnce, 0);
        world.server_has(QoS::AtLeastOnce, 0);
        world.run().expect("nobody dies");
        assert_eq!(world.batches, [0; 0], "{}", world.story());
    }
}

#[test]
fn stored_and_sent_are_told_in_this_order_and_once() {
    for version in VERSIONS {
        for store in [Store::AtOnce, Store::Eager, Store::Late] {
            let mut world = World::established(version, store);
            world.events.clear();
            let token = world.send(QoS::ExactlyOnce);
            world.run().expect("nobody dies");
            let mine = world.events.iter().filter_map(|event| match event {
                Event::Stored(t) if *t == token => Some("stored"),
                Event::Transmitted(t) if *t == token => Some("sent"),
                Event::MessageOut(out) if out.token == Some(token) => Some("out"),
                _ => None,
            });
            assert_eq!(mine.collect::<Vec<_>>(), ["stored", "sent", "out"]);
        }
    }
}

#[test]
fn an_outbox_is_stored_without_a_connection() {
    for version in VERSIONS {
        let mut world = World::new(version, Store::AtOnce);
        let token = world.send(QoS::AtLeastOnce);
        assert!(world.book.sent[0].stored);
        let sent = |e: &Event| matches!(e, Event::Transmitted(t) if *t == token);
        assert!(!world.events.iter().any(sent));
        world.establish();
        assert!(world.events.iter().any(sent));
        check(&world, true, None);
    }
}

#[test]
fn an_identifier_used_after_the_last_write_is_not_used_again_by_a_successor() {
    // A killed browser may roll storage back: what was written last is not there.
    for version in VERSIONS {
        for used in [1, 10, 200, 700, 3_000] {
            let mut world = World::established(version, Store::AtOnce);
            world.send(QoS::AtLeastOnce);
            world.run().expect("nobody dies");
            let mut forgotten = world.disk.records.clone();
            let mut ids = Vec::new();
            for _ in 0..used {
                let meta = world.disk.records.get("meta").cloned();
                world.subscribe("f").expect("nobody dies");
                world.run().expect("nobody dies");
                ids.push(world.server.seen.last().expect("SUBSCRIBE").1);
                if world.disk.records.get("meta") != meta.as_ref() {
                    // As of now everything up to here is told; only what follows can be forgotten.
                    forgotten = world.disk.records.clone();
                    ids.clear();
                }
            }
            world.disk.records = forgotten;
            world.reload();
            world.establish();
            world.send(QoS::ExactlyOnce);
            world.run().expect("nobody dies");
            let publish = world.server.seen.iter().rev();
            let id = publish
                .filter(|(kind, ..)| *kind == PacketType::Publish)
                .map(|(_, id, _)| *id)
                .next()
                .expect("a PUBLISH");
            assert!(!ids.contains(&id), "{id:?} again, after {used} of them");
        }
    }
}

#[test]
fn a_message_the_server_still_holds_is_not_taken_for_one_that_came_later() {
    // Storage is rolled back to before a QoS 2 message that the server has taken and not released: its
    // identifier must not be given to another message.
    for version in VERSIONS {
        let mut world = World::established(version, Store::AtOnce);
        world.send(QoS::ExactlyOnce);
        world.run().expect("nobody dies");
        let forgotten = world.disk.records.clone();
        world.server.knobs.hold_acks = true;
        world.server.knobs.method_b = false;
        for _ in 0..5 {
            world.send(QoS::ExactlyOnce);
        }
        world.run().expect("nobody dies");
        for sent in &mut world.book.sent[1..] {
            sent.excused = true;
        }
        world.disk.records = forgotten;
        world.reload();
        world.server.knobs.hold_acks = false;
        world.establish();
        for _ in 0..5 {
            world.send(QoS::ExactlyOnce);
        }
        world.run().expect("nobody dies");
        assert!(world.server.session(ID).is_some());
        let arrived = world.server.payloads();
        world.book.close(&arrived, true);
    }
}
