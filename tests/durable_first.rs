//! The first connection of a session without local state, so that an old session of the server cannot collide
//! with new identifiers.
#![cfg(not(target_arch = "wasm32"))]

mod durable_support;
mod support;

use durable_support::*;
use mqtt_mooring::client::config::Config;
use mqtt_mooring::codec::{QoS, Version};
use mqtt_mooring::error::UsageError;
use support::{ID, VERSIONS, config};

const STORES: [Store; 3] = [Store::AtOnce, Store::Eager, Store::Late];

/// A server that holds a session of this client, with a message taken and not released.
fn old_session(version: Version, store: Store) -> World {
    let mut old = World::established(version, Store::AtOnce);
    old.server.knobs.method_b = false;
    old.server.knobs.hold_acks = true;
    for _ in 0..3 {
        old.send(QoS::ExactlyOnce);
    }
    old.subscribe("old/#").expect("nobody dies");
    old.run().expect("nobody dies");
    old.break_link().expect("nobody dies");
    let mut world = World::new(version, store);
    std::mem::swap(&mut world.server, &mut old.server);
    world.server.knobs.hold_acks = false;
    world.server.connects.clear();
    world.server.disconnects.clear();
    world.server.seen.clear();
    world
}

fn clean_starts(world: &World) -> Vec<bool> {
    world
        .server
        .connects
        .iter()
        .map(|c| c.clean_start)
        .collect()
}

#[test]
fn a_first_connect_asks_for_a_clean_start_and_the_next_does_not() {
    let version = Version::V5;
    for store in STORES {
        let mut world = World::established(version, store);
        world.break_link().expect("nobody dies");
        world.establish();
        world.reload();
        world.establish();
        assert_eq!(clean_starts(&world), [true, false, false]);
        let kept = world.server.connects.iter().all(|c| c.session_expiry > 0);
        assert!(kept, "the session is to be kept");
    }
}

#[test]
fn an_old_session_of_the_server_is_emptied_before_anything_is_sent() {
    for version in VERSIONS {
        for store in STORES {
            let mut world = old_session(version, store);
            for _ in 0..3 {
                world.send(QoS::ExactlyOnce);
            }
            world.establish();
            let expected: &[bool] = match version {
                Version::V5 => &[true],
                Version::V311 => &[false, true, false],
            };
            assert_eq!(clean_starts(&world), expected, "{}", world.story());
            check(&world, true, None);
            let session = world.server.session(ID).expect("a session");
            assert!(session.subscriptions.is_empty());
            world.break_link().expect("nobody dies");
            world.establish();
            assert!(world.client.session_present());
        }
    }
}

#[test]
fn a_page_that_dies_while_it_empties_an_old_session_leaves_that_to_its_successor() {
    for version in VERSIONS {
        for store in STORES {
            for wire in [Wire::Lost, Wire::Arrives] {
                let mut stop = 0;
                loop {
                    stop += 1;
                    let mut world = old_session(version, store);
                    world.stop = Some(world.ticks + stop);
                    let played = world
                        .publish_many(QoS::ExactlyOnce, 3)
                        .and_then(|()| world.connect())
                        .and_then(|()| world.run());
                    if played.is_ok() {
                        break;
                    }
                    world.crash(wire);
                    world.recover().expect("nobody dies");
                    world.establish();
                    world.send(QoS::ExactlyOnce);
                    world.run().expect("nobody dies");
                    check(&world, true, None);
                }
                assert!(stop > 15, "{stop}");
            }
        }
    }
}

#[test]
fn a_caller_that_resumes_without_state_gets_the_old_session() {
    for version in VERSIONS {
        let mut world = old_session(version, Store::AtOnce);
        world.config.resume_without_state = true;
        world.establish();
        assert_eq!(clean_starts(&world), [false]);
        assert!(world.client.session_present());
        let session = world.server.session(ID).expect("a session");
        assert_eq!(session.subscriptions, ["old/#"]);
        // Identifiers the server still holds are not used: nothing is taken for a repetition.
        for _ in 0..3 {
            world.send(QoS::ExactlyOnce);
        }
        world.run().expect("nobody dies");
        let arrived = world.server.payloads();
        world.book.close(&arrived, true);
    }
}

#[test]
fn a_session_that_would_end_with_its_connection_is_refused() {
    for version in VERSIONS {
        let mut world = World::new(version, Store::AtOnce);
        let clean = Config {
            clean_session: true,
            ..config(version)
        };
        let refused = world.client.connect(clean, world.now);
        assert_eq!(refused, Err(UsageError::CleanDurable));
        let brief = Config {
            clean_session: false,
            session_expiry_interval: Some(0),
            ..config(version)
        };
        let begun = world.client.connect(brief, world.now);
        match version {
            // 3.1.1 knows no such interval.
            Version::V311 => assert_eq!(begun, Ok(())),
            Version::V5 => assert_eq!(begun, Err(UsageError::CleanDurable)),
        }
    }
}
