//! A session that was saved by hand, as one string, becomes durable: the record `saved` is taken up once, goes
//! on in records of its own, and is removed when all of them are stored.
#![cfg(not(target_arch = "wasm32"))]

mod durable_support;
mod support;

use durable_support::*;
use mqtt_mooring::client::Client;
use mqtt_mooring::client::config::ReconnectPolicy;
use mqtt_mooring::client::output::Event;
use mqtt_mooring::codec::{QoS, ReasonCode, Version};
use mqtt_mooring::error::{RestoreError, SnapshotError};
use mqtt_mooring::storage::StorageError;
use support::{ID, VERSIONS};

const STORES: [Store; 3] = [Store::AtOnce, Store::Eager, Store::Late];

/// A page that is gone and left, of all there was, the string of its session: in flight at QoS 1, at QoS 2 and
/// past PUBREC, two messages in the outbox, one half received, a subscription.
fn saved_by_hand(version: Version, store: Store) -> World {
    let mut world = World::new(version, Store::AtOnce);
    world.config.inflight_window = Some(3);
    world.establish();
    world.subscribe("alarms/#").expect("nobody dies");
    world.run().expect("nobody dies");
    world.server.knobs.hold_acks = true;
    world.send(QoS::ExactlyOnce);
    world.run().expect("nobody dies");
    world.server.release_ack();
    world.run().expect("nobody dies");
    for qos in [QoS::AtLeastOnce, QoS::ExactlyOnce] {
        world.publish(qos, 0, &[]).expect("nobody dies");
        world.publish(qos, 300, &[]).expect("nobody dies");
    }
    world.run().expect("nobody dies");
    world.server_has(QoS::ExactlyOnce, 0);
    world.make(Move::ToClient).expect("nobody dies");
    world.server.knobs.hold_acks = false;
    let string = world.client.save(world.now);
    world.disk.records.clear();
    world.disk.log.clear();
    world.disk.records.insert("saved".into(), string.into());
    world.crash(Wire::Lost);
    world.store = store;
    world
}

/// The string of a session of `client_id` that holds a message in the outbox, or nothing.
fn string_of(client_id: &str, version: Version, holds: bool) -> Vec<u8> {
    let mut page = Bench::on(version, Disk::default(), client_id);
    page.connect(false);
    page.cut();
    if holds {
        page.publish("of the string", QoS::AtLeastOnce);
    }
    page.client.save(page.now).into()
}

/// As storage gives it.
fn alone(saved: Vec<u8>) -> Vec<(String, Vec<u8>)> {
    vec![("saved".into(), saved)]
}

#[test]
fn a_session_saved_by_hand_is_taken_up_and_its_messages_go_on() {
    for version in VERSIONS {
        for store in STORES {
            let mut world = saved_by_hand(version, store);
            world.recover().expect("nobody dies");
            let held = View::of(&world.client);
            let counts = (held.in_flight.len(), held.outbox.len());
            assert_eq!(counts, (3, 2), "{held:?}");
            assert_eq!(held.incoming.len(), 1);
            assert_eq!(held.subscriptions, ["alarms/#"]);
            let recovered = world.recovered.as_ref().expect("just recovered");
            assert!(recovered.found);
            assert_eq!((recovered.outgoing, recovered.incoming), (5, 1));
            assert!(recovered.bad.is_empty());
            settle(&mut world).expect("nobody dies");
            assert!(world.client.session_present());
            check(&world, true, Some(3));
            for sent in &world.book.sent {
                assert_eq!(sent.told, [(1, Fate::Out(ReasonCode::SUCCESS))]);
            }
            let handed = [Handed {
                page: 1,
                duplicate: true,
            }];
            assert_eq!(world.book.coming[0].handed, handed);
        }
    }
}

#[test]
fn the_string_is_removed_after_everything_else_is_stored() {
    for version in VERSIONS {
        for store in STORES {
            let mut world = saved_by_hand(version, store);
            world.recover().expect("nobody dies");
            world.run().expect("nobody dies");
            let held = View::of(&world.client);
            let (last, others) = world.disk.log.split_last().expect("changes");
            assert_eq!(last, "-saved");
            assert!(others.iter().all(|change| change.starts_with('+')));
            let mut names: Vec<_> = others.iter().map(|change| &change[1..]).collect();
            assert_eq!(names.pop(), Some("meta"));
            assert_eq!(names.len(), 7, "{names:?}");
            assert_eq!(world.disk.view(version), held);
        }
    }
}

#[test]
fn a_store_that_fails_keeps_the_string_for_the_next_page() {
    for version in VERSIONS {
        let mut world = saved_by_hand(version, Store::Eager);
        world.disk.broken = Some(StorageError::Denied);
        world.recover().expect("nobody dies");
        world.run().expect("nobody dies");
        let names: Vec<_> = world.disk.records.keys().collect();
        assert_eq!(names, ["saved"]);
        world.disk.heal();
        world.reload();
        assert_eq!(world.recovered.as_ref().expect("just").outgoing, 5);
        settle(&mut world).expect("nobody dies");
        check(&world, true, Some(3));
    }
}

/// Takes the string up in a storage with `room` for so much beside it; says whether all of it found room.
fn take_up_in(world: &mut World, room: usize) -> bool {
    world.disk.quota = Some(world.disk.used() + room);
    take_over(world).expect("nobody dies");
    !world.story.iter().any(|line| line.contains("Full"))
}

/// From too little for anything to enough for all.
const ROOMS: std::ops::Range<usize> = 0..1_100;

#[test]
fn nothing_of_the_string_is_given_up_for_want_of_room() {
    for version in VERSIONS {
        let mut found = Vec::new();
        for room in ROOMS.step_by(20) {
            let mut world = saved_by_hand(version, Store::Eager);
            found.push(take_up_in(&mut world, room));
            world.disk.heal();
            settle(&mut world).expect("nobody dies");
            check(&world, true, Some(3));
        }
        assert!(found.contains(&false) && found.contains(&true));
    }
}

#[test]
fn a_page_that_dies_where_there_was_no_room_for_the_string_leaves_all_of_it() {
    for version in VERSIONS {
        for room in ROOMS.step_by(20) {
            let mut world = saved_by_hand(version, Store::Eager);
            take_up_in(&mut world, room);
            world.crash(Wire::Lost);
            world.disk.heal();
            world.recover().expect("nobody dies");
            settle(&mut world).expect("nobody dies");
            check(&world, true, Some(3));
        }
    }
}

#[test]
fn a_page_that_dies_while_it_takes_the_string_up_leaves_all_of_it_to_its_successor() {
    for version in VERSIONS {
        for store in STORES {
            for wire in [Wire::Lost, Wire::Arrives] {
                let mut stop = 0;
                loop {
                    stop += 1;
                    let mut world = saved_by_hand(version, store);
                    world.stop = Some(world.ticks + stop);
                    if take_over(&mut world).is_ok() {
                        break;
                    }
                    world.crash(wire);
                    world.recover().expect("nobody dies");
                    settle(&mut world).expect("nobody dies");
                    check(&world, true, Some(3));
                }
                assert!(stop > 15, "{stop}");
            }
        }
    }
}

#[test]
fn a_string_beside_records_is_removed_and_not_read() {
    for version in VERSIONS {
        for string in [
            string_of(ID, version, true),
            string_of("somebody-else", version, true),
            b"mooring9:AAAA".to_vec(),
            vec![0xFF],
            Vec::new(),
        ] {
            let mut world = World::established(version, Store::AtOnce);
            world.server.knobs.hold_acks = true;
            world.send(QoS::ExactlyOnce);
            world.run().expect("nobody dies");
            let before = View::of(&world.client);
            world.disk.records.insert("saved".into(), string);
            world.reload();
            assert_eq!(View::of(&world.client), before);
            let recovered = world.recovered.as_ref().expect("just recovered");
            assert!(recovered.bad.is_empty());
            assert!(!world.disk.records.contains_key("saved"));
            assert_eq!(world.disk.view(version), before);
            settle(&mut world).expect("nobody dies");
            check(&world, true, None);
        }
    }
}

/// A client that is refused the string: it has changed nothing and takes up what it can read afterwards.
fn refused(client_id: &str, version: Version, string: Vec<u8>) -> RestoreError {
    let mut client = Client::new(9);
    let error = client
        .recover(&alone(string), client_id, version)
        .expect_err("refused");
    assert!(!client.is_durable());
    assert_eq!(View::of(&client), View::default());
    assert!(client.poll_output().is_none(), "{error:?}");
    client
        .recover(&[], client_id, version)
        .expect("nothing there");
    assert!(client.is_durable());
    error
}

#[test]
fn a_string_that_cannot_be_read_is_left_where_it_is() {
    for version in VERSIONS {
        let whole = string_of(ID, version, true);
        let spoilt = |spoil: fn(&mut Vec<u8>)| {
            let mut string = whole.clone();
            spoil(&mut string);
            string
        };
        let newer = SnapshotError::NewerFormat {
            format: 9,
            newest: 2,
        };
        for (string, expected) in [
            (vec![0xFF], SnapshotError::BadCharacter),
            (Vec::new(), SnapshotError::NotASession),
            (b"{\"session\":1}".to_vec(), SnapshotError::NotASession),
            (b"mooring9:AAAA".to_vec(), newer),
            (spoilt(|s| s.truncate(s.len() - 1)), SnapshotError::Checksum),
            (spoilt(|s| s[20] = b'!'), SnapshotError::BadCharacter),
            (spoilt(|s| s[20] ^= 1), SnapshotError::Checksum),
        ] {
            let text = String::from_utf8_lossy(&string).into_owned();
            let error = refused(ID, version, string);
            assert_eq!(error, RestoreError::Snapshot(expected), "{text}");
        }
    }
}

#[test]
fn the_string_of_another_client_or_version_is_left_where_it_is() {
    for version in VERSIONS {
        let other = VERSIONS[usize::from(version == VERSIONS[0])];
        let error = refused("somebody-else", version, string_of(ID, version, true));
        let saved = ID.into();
        assert_eq!(error, RestoreError::OtherClient { saved });
        let error = refused(ID, other, string_of(ID, version, true));
        assert_eq!(error, RestoreError::OtherVersion { saved: version });
    }
}

#[test]
fn the_string_of_another_client_or_version_that_holds_nothing_gives_way() {
    for version in VERSIONS {
        for before in VERSIONS {
            for client_id in [ID, "somebody-else"] {
                let mut disk = Disk::default();
                let string = string_of(client_id, before, false);
                disk.records.insert("saved".into(), string);
                let mut bench = Bench::on(version, disk, ID);
                assert_eq!(bench.client.client_id(), ID);
                let names: Vec<_> = bench.disk.records.keys().collect();
                assert_eq!(names, ["meta"]);
                bench.publish("x", QoS::AtLeastOnce);
                bench.connect(false);
                assert_eq!(bench.count("PUBLISH"), 1, "{:#?}", bench.story);
            }
        }
    }
}

#[test]
fn a_session_that_fell_back_is_taken_up_in_its_own_version() {
    let mut bench = Bench::connected(Version::V311);
    bench.publish("x", QoS::AtLeastOnce);
    for falls_back in [true, false] {
        let mut client = Client::new(9);
        client.set_protocol_fallback(falls_back);
        let recovered = client.recover(&bench.disk.read(), ID, Version::V5);
        let foreign = matches!(recovered, Err(RestoreError::OtherVersion { .. }));
        assert_eq!(foreign, !falls_back);
        let version = match falls_back {
            true => Version::V311,
            false => Version::V5,
        };
        assert_eq!(client.version(), version);
    }
}

#[test]
fn a_session_that_gives_way_to_one_of_another_version_leaves_it_its_name_and_its_subscriptions() {
    for (version, next) in [(Version::V5, Version::V311), (Version::V311, Version::V5)] {
        let mut world = World::established(version, Store::AtOnce);
        world.subscribe("orders/#").expect("nobody dies");
        world.run().expect("nobody dies");
        // Another page, and one behind it that takes up what the first one has made of it.
        let between = Bench::on(next, world.disk.clone(), "");
        let mut bench = Bench::on(next, between.disk, "");
        assert_eq!(bench.client.client_id(), ID);
        bench.connect(false);
        let lost: Vec<_> = bench
            .events
            .iter()
            .filter_map(|event| match event {
                Event::SessionLost {
                    filters,
                    resubscribing,
                } => Some((filters.concat(), *resubscribing)),
                _ => None,
            })
            .collect();
        assert_eq!(lost, [("orders/#".into(), true)], "{:#?}", bench.story);
        assert_eq!(bench.count("SUBSCRIBE"), 1);
    }
}

#[test]
fn a_name_that_was_made_once_is_kept_when_a_server_refuses_its_version() {
    let mut bench = Bench::on(Version::V5, Disk::default(), "");
    bench.client.set_protocol_fallback(true);
    bench.config.reconnect = Some(ReconnectPolicy::default());
    bench.connect(false);
    let made = bench.client.client_id().to_owned();
    bench.cut();
    assert!(bench.pass_deadline());
    bench.opens();
    bench.run();
    bench.client.handle_bytes(&[0x20, 2, 0, 1], bench.now);
    bench.run();
    assert_eq!(bench.client.version(), Version::V311, "{:#?}", bench.story);
    assert_eq!(bench.client.client_id(), made);
}
