//! QoS 2 messages from the server, and acknowledging by hand: a page that dies in its handler is handed the
//! message again, and knows that it may be a repetition.
#![cfg(not(target_arch = "wasm32"))]

mod durable_support;
mod support;

use durable_support::*;
use mqtt_mooring::codec::QoS;
use support::VERSIONS;

const STORES: [Store; 3] = [Store::AtOnce, Store::Eager, Store::Late];

fn by_hand(version: mqtt_mooring::codec::Version, store: Store) -> World {
    let mut world = World::new(version, store);
    world.config.manual_ack = true;
    world.auto_ack = false;
    world.establish();
    world.left.clear();
    world
}

fn count(world: &World, name: &str) -> usize {
    world.left.iter().filter(|l| l.starts_with(name)).count()
}

#[test]
fn pubcomp_and_the_record_wait_for_the_application() {
    for version in VERSIONS {
        for store in STORES {
            let mut world = by_hand(version, store);
            world.server_has(QoS::ExactlyOnce, 0);
            world.run().expect("nobody dies");
            assert_eq!(world.book.coming[0].handed.len(), 1);
            assert_eq!(count(&world, "PUBREC"), 1);
            assert_eq!(count(&world, "PUBCOMP"), 0);
            assert_eq!(world.disk.messages(), ["i/1"]);
            world.acknowledge().expect("nobody dies");
            world.run().expect("nobody dies");
            assert_eq!(count(&world, "PUBCOMP"), 1);
            check(&world, true, None);
        }
    }
}

#[test]
fn puback_waits_for_the_application() {
    for version in VERSIONS {
        let mut world = by_hand(version, Store::AtOnce);
        world.server_has(QoS::AtLeastOnce, 0);
        world.run().expect("nobody dies");
        assert_eq!(count(&world, "PUBACK"), 0);
        world.acknowledge().expect("nobody dies");
        assert_eq!(count(&world, "PUBACK"), 1);
        world.run().expect("nobody dies");
        check(&world, true, None);
    }
}

#[test]
fn a_page_that_dies_in_its_handler_has_its_successor_handed_the_message() {
    for version in VERSIONS {
        for store in STORES {
            for qos in [QoS::AtLeastOnce, QoS::ExactlyOnce] {
                let mut world = by_hand(version, store);
                world.server_has(qos, 0);
                world.run().expect("nobody dies");
                world.reload();
                world.establish();
                let handed = &world.book.coming[0].handed;
                let flags: Vec<_> = handed.iter().map(|h| (h.page, h.duplicate)).collect();
                assert_eq!(flags, [(0, false), (1, true)], "{qos:?}");
                world.acknowledge().expect("nobody dies");
                world.run().expect("nobody dies");
                check(&world, true, None);
            }
        }
    }
}

#[test]
fn what_was_acknowledged_by_hand_is_not_handed_over_again() {
    for version in VERSIONS {
        for store in STORES {
            let mut world = by_hand(version, store);
            for _ in 0..3 {
                world.server_has(QoS::ExactlyOnce, 0);
            }
            world.run().expect("nobody dies");
            world.acknowledge().expect("nobody dies");
            world.run().expect("nobody dies");
            world.reload();
            world.establish();
            let times = world.book.coming.iter().map(|c| c.handed.len());
            assert_eq!(times.collect::<Vec<_>>(), [1, 2, 2]);
            world.acknowledge().expect("nobody dies");
            world.acknowledge().expect("nobody dies");
            world.run().expect("nobody dies");
            check(&world, true, None);
        }
    }
}

#[test]
fn a_message_is_handed_over_once_on_a_live_page_however_often_the_link_breaks() {
    for version in VERSIONS {
        for store in STORES {
            for by_hand_too in [false, true] {
                for moves in 0..12 {
                    let mut world = by_hand(version, store);
                    world.auto_ack = !by_hand_too;
                    world.server_has(QoS::ExactlyOnce, 0);
                    for _ in 0..moves {
                        world.step().expect("nobody dies");
                    }
                    world.break_link().expect("nobody dies");
                    world.connect().expect("nobody dies");
                    world.run().expect("nobody dies");
                    world.break_link().expect("nobody dies");
                    world.acknowledge().expect("nobody dies");
                    settle(&mut world).expect("nobody dies");
                    world.acknowledge().expect("nobody dies");
                    settle(&mut world).expect("nobody dies");
                    assert_eq!(world.book.coming[0].handed.len(), 1, "{}", world.story());
                    check(&world, true, None);
                }
            }
        }
    }
}

#[test]
fn a_message_is_handed_over_twice_only_if_the_page_died_before_that_was_noted() {
    for version in VERSIONS {
        for store in STORES {
            let mut twice = 0;
            for stop in 1.. {
                let mut world = World::established(version, store);
                world.stop = Some(world.ticks + stop);
                world.server_has(QoS::ExactlyOnce, 0);
                if world.run().is_ok() {
                    break;
                }
                let handed = world.book.coming[0].handed.len();
                let stored = world.disk.messages().len();
                world.crash(Wire::Lost);
                world.recover().expect("nobody dies");
                world.establish();
                let times = world.book.coming[0].handed.len();
                let repeated = handed == 1 && stored == 1;
                assert_eq!(times, 1 + usize::from(repeated), "{}", world.story());
                twice += usize::from(repeated);
                check(&world, true, None);
            }
            assert!(twice > 0, "that moment was never met");
        }
    }
}

#[test]
fn repeated_packets_of_the_server_hand_nothing_over_again() {
    use mqtt_mooring::codec::{Ack, Packet, ReasonCode};
    for version in VERSIONS {
        for store in STORES {
            for died in [false, true] {
                let mut world = World::established(version, store);
                world.server_has(QoS::ExactlyOnce, 0);
                world.run().expect("nobody dies");
                if died {
                    world.reload();
                    world.establish();
                }
                let again = Packet::PubRel(Ack::new(support::id(1), ReasonCode::SUCCESS));
                world.server.send_packet(&again);
                world.run().expect("nobody dies");
                assert_eq!(world.book.coming[0].handed.len(), 1);
                check(&world, true, None);
            }
        }
    }
}

#[test]
fn nothing_follows_disconnect() {
    for version in VERSIONS {
        for store in [Store::Eager, Store::Late] {
            let mut world = World::established(version, store);
            world.send(QoS::AtLeastOnce);
            world.server_has(QoS::ExactlyOnce, 0);
            world.make(Move::ToClient).expect("nobody dies");
            assert!(world.is_storing());
            // The server panics at a packet after DISCONNECT.
            world.disconnect().expect("nobody dies");
            world.run().expect("nobody dies");
            settle(&mut world).expect("nobody dies");
            check(&world, true, None);
        }
    }
}

#[test]
fn a_ticket_of_a_discarded_session_acknowledges_nothing_of_the_next() {
    for version in VERSIONS {
        let mut bench = Bench::by_hand(version);
        bench.feed(&[arrives(1, b"a")]);
        bench.feed(&[released(1)]);
        let old = bench.deliveries[0].ticket.expect("by hand");
        bench.cut();
        bench.client.discard().expect("not connected");
        bench
            .client
            .recover(&[], support::ID, version)
            .expect("nothing there");
        bench.run();
        bench.connect(false);
        bench.feed(&[arrives(1, b"b")]);
        bench.feed(&[released(1)]);
        assert_eq!(bench.deliveries.len(), 2);
        bench.client.handled(old, bench.now);
        bench.run();
        assert_eq!(bench.count("PUBCOMP"), 0, "{:#?}", bench.story);
    }
}
