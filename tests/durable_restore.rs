//! What a successor finds: all of it, in order, by its keys; and what it makes of records it cannot read.
#![cfg(not(target_arch = "wasm32"))]

mod durable_support;
mod support;

use durable_support::*;
use mqtt_mooring::client::output::{Certainty, LossCause};
use mqtt_mooring::client::{Client, PublishRequest};
use mqtt_mooring::codec::{Property, QoS, ReasonCode, Version};
use mqtt_mooring::error::{RestoreError, SnapshotError};
use mqtt_mooring::session::journal::RecordName;
use support::{ID, START, VERSIONS, config, encoded, message};

/// A page that leaves one message of each kind: in flight at QoS 1, at QoS 2, past PUBREC, in the outbox,
/// half received; and two subscriptions.
fn left_behind(version: Version) -> World {
    let mut world = World::new(version, Store::AtOnce);
    world.config.inflight_window = Some(3);
    world.establish();
    world.subscribe("alarms/#").expect("nobody dies");
    world.subscribe("commands/+").expect("nobody dies");
    world.run().expect("nobody dies");
    world.server.knobs.hold_acks = true;
    world.send(QoS::ExactlyOnce);
    world.run().expect("nobody dies");
    world.server.release_ack();
    world.run().expect("nobody dies");
    world.send(QoS::AtLeastOnce);
    world.send(QoS::ExactlyOnce);
    world.send(QoS::AtLeastOnce);
    world.send(QoS::ExactlyOnce);
    world.run().expect("nobody dies");
    world.server_has(QoS::ExactlyOnce, 0);
    world.make(Move::ToClient).expect("nobody dies");
    world
}

/// Everything held is let go, and all comes to its end.
fn finish(world: &mut World) {
    world.server.knobs.hold_acks = false;
    settle(world).expect("nobody dies");
    let window = world.config.inflight_window;
    check(world, true, window);
}

#[test]
fn a_successor_finds_the_session_as_it_was() {
    for version in VERSIONS {
        let mut world = left_behind(version);
        let before = View::of(&world.client);
        assert_eq!(before.in_flight.len(), 3, "{before:?}");
        assert_eq!(before.outbox.len(), 2);
        assert_eq!(before.incoming.len(), 1);
        assert_eq!(before.subscriptions, ["alarms/#", "commands/+"]);
        world.reload();
        assert_eq!(View::of(&world.client), before);
        let recovered = world.recovered.as_ref().expect("just recovered");
        assert!(recovered.found);
        assert_eq!((recovered.outgoing, recovered.incoming), (5, 1));
        assert!(recovered.bad.is_empty());
        finish(&mut world);
    }
}

#[test]
fn a_successor_knows_its_predecessors_messages_by_key_in_order_and_learns_their_outcomes() {
    for version in VERSIONS {
        let mut world = left_behind(version);
        world.reload();
        let keys: Vec<_> = world
            .client
            .inherited()
            .iter()
            .map(|i| i.message.key.as_deref().map(String::from))
            .collect();
        let key = |n: usize| Some(format!("key-{n}"));
        assert_eq!(keys, [key(0), None, key(2), None, key(4)]);
        finish(&mut world);
        for sent in &world.book.sent {
            assert_eq!(sent.told, [(1, Fate::Out(ReasonCode::SUCCESS))]);
        }
        assert_eq!(world.client.inherited().len(), 0);
    }
}

#[test]
fn a_half_received_message_comes_flagged_as_a_possible_repetition() {
    for version in VERSIONS {
        let mut world = left_behind(version);
        world.reload();
        finish(&mut world);
        let handed = [Handed {
            page: 1,
            duplicate: true,
        }];
        assert_eq!(world.book.coming[0].handed, handed);
    }
}

#[test]
fn an_empty_storage_is_no_session() {
    for version in VERSIONS {
        let world = World::new(version, Store::AtOnce);
        let recovered = world.recovered.as_ref().expect("just recovered");
        assert!(!recovered.found);
        assert!(world.client.is_durable());
    }
}

/// Leaves one QoS 1 message with an expiry of 10 s in the outbox, and comes back after `away` ms.
fn expiring(away: u64) -> World {
    let mut world = World::established(Version::V5, Store::AtOnce);
    world.break_link().expect("nobody dies");
    let expiry = encoded(&[Property::MessageExpiryInterval(10)]);
    world
        .publish(QoS::AtLeastOnce, 0, &expiry)
        .expect("nobody dies");
    world.crash(Wire::Lost);
    world.now += away - 1_000;
    world.recover().expect("nobody dies");
    world
}

#[test]
fn message_expiry_counts_down_while_the_page_is_away() {
    let mut world = expiring(4_000);
    world.establish();
    let left = encoded(&[Property::MessageExpiryInterval(6)]);
    assert_eq!(world.server.onward[0].properties, left);
    check(&world, true, None);
}

#[test]
fn a_message_that_expired_while_the_page_was_away_is_reported_and_not_sent() {
    for away in [10_000, 86_400_000] {
        let mut world = expiring(away);
        world.establish();
        assert_eq!(world.server.onward, []);
        let fate = Fate::Lost(Certainty::NotDelivered, LossCause::Expired);
        assert_eq!(world.book.sent[0].told, [(1, fate)]);
        check(&world, false, None);
    }
}

#[test]
fn a_record_that_was_changed_is_named_and_all_others_are_restored() {
    for version in VERSIONS {
        let whole = left_behind(version);
        let before = View::of(&whole.client);
        for (name, record) in &whole.disk.records {
            for at in 0..record.len() {
                let mut disk = whole.disk.clone();
                disk.corrupt(name, at);
                let mut successor = Client::new(9);
                let recovered = successor
                    .recover(&disk.read(), ID, version)
                    .unwrap_or_else(|e| panic!("{name}, byte {at}: {e}"));
                let bad: Vec<_> = recovered.bad.iter().map(|(n, _)| n.as_str()).collect();
                assert_eq!(bad, [name.as_str()], "byte {at}");
                let after = View::of(&successor);
                let lost = before.in_flight.len() + before.outbox.len() + before.incoming.len()
                    - after.in_flight.len()
                    - after.outbox.len()
                    - after.incoming.len();
                let message = name.contains('/');
                assert_eq!(lost, usize::from(message), "{name}, byte {at}");
                let none = name == "subscriptions";
                assert_eq!(after.subscriptions.is_empty(), none, "{name}, byte {at}");
            }
        }
    }
}

#[test]
fn a_record_that_was_cut_short_or_belongs_elsewhere_is_named() {
    for version in VERSIONS {
        let whole = left_behind(version);
        let names: Vec<_> = whole.disk.records.keys().cloned().collect();
        for name in &names {
            let mut records = vec![Vec::new(), vec![1], whole.disk.records[name].clone()];
            records[2].pop();
            records.extend(
                names
                    .iter()
                    .filter(|n| *n != name)
                    .map(|n| whole.disk.records[n].clone()),
            );
            for record in records {
                let mut disk = whole.disk.clone();
                disk.records.insert(name.clone(), record);
                let mut successor = Client::new(9);
                let recovered = successor
                    .recover(&disk.read(), ID, version)
                    .unwrap_or_else(|e| panic!("{name}: {e}"));
                let bad: Vec<_> = recovered.bad.iter().map(|(n, _)| n.as_str()).collect();
                assert!(bad.contains(&name.as_str()), "{name}: {bad:?}");
            }
        }
    }
}

#[test]
fn after_a_bad_record_the_session_goes_on_with_everything_else() {
    for version in VERSIONS {
        for spoilt in 0..left_behind(version).disk.records.len() {
            let mut world = left_behind(version);
            let name = world.disk.records.keys().nth(spoilt).cloned();
            let name = name.expect("so many records");
            let before = world.disk.view(version);
            world.disk.corrupt(&name, 5);
            let after = world.disk.view(version);
            for sent in &mut world.book.sent {
                sent.excused = before.sends(&sent.topic) && !after.sends(&sent.topic);
            }
            for coming in &mut world.book.coming {
                coming.excused = before.receives(&coming.topic) && !after.receives(&coming.topic);
            }
            world.reload();
            assert!(world.disk.quarantined.contains_key(&name), "{name}");
            world.server.knobs.hold_acks = false;
            settle(&mut world).expect("nobody dies");
            world.send(QoS::ExactlyOnce);
            world.server_has(QoS::ExactlyOnce, 0);
            settle(&mut world).expect("nobody dies");
            assert_eq!(world.disk.messages(), [""; 0], "{name}{}", world.story());
            world.book.close(&world.server.payloads(), true);
        }
    }
}

#[test]
fn without_meta_all_messages_are_still_restored_and_come_out_exact() {
    for version in VERSIONS {
        let mut world = left_behind(version);
        let before = View::of(&world.client);
        world.disk.records.remove("meta").expect("a meta record");
        world.reload();
        assert_eq!(View::of(&world.client), before);
        world.server.knobs.hold_acks = false;
        settle(&mut world).expect("nobody dies");
        world.send(QoS::ExactlyOnce);
        finish(&mut world);
    }
}

#[test]
fn a_record_of_a_newer_format_makes_the_whole_session_be_left_alone() {
    for version in VERSIONS {
        let world = left_behind(version);
        for name in world.disk.records.keys() {
            let mut disk = world.disk.clone();
            let record = disk.records.get_mut(name).expect("just listed");
            let end = record.len() - 4;
            record[0] += 1;
            let sum = crc32(&record[..end]).to_be_bytes();
            record[end..].copy_from_slice(&sum);
            let mut successor = Client::new(9);
            let error = successor
                .recover(&disk.read(), ID, version)
                .expect_err("refused");
            assert!(
                matches!(
                    error,
                    RestoreError::Snapshot(SnapshotError::NewerFormat { .. })
                ),
                "{name}: {error:?}"
            );
            assert!(!successor.is_durable());
            assert_eq!(View::of(&successor), View::default());
            assert!(successor.poll_output().is_none(), "{name}");
        }
    }
}

#[test]
fn a_session_of_another_client_or_version_is_left_alone() {
    for version in VERSIONS {
        let world = left_behind(version);
        let other = VERSIONS[usize::from(version == VERSIONS[0])];
        let mut successor = Client::new(9);
        let error = successor
            .recover(&world.disk.read(), "somebody-else", version)
            .expect_err("refused");
        assert!(
            matches!(error, RestoreError::OtherClient { .. }),
            "{error:?}"
        );
        let error = successor
            .recover(&world.disk.read(), ID, other)
            .expect_err("refused");
        assert!(
            matches!(error, RestoreError::OtherVersion { .. }),
            "{error:?}"
        );
        assert!(!successor.is_durable());
        assert!(successor.poll_output().is_none());
        // And then it can still restore what is its own.
        successor
            .recover(&world.disk.read(), ID, version)
            .expect("its own");
    }
}

#[test]
fn a_client_id_made_once_is_kept() {
    for version in VERSIONS {
        let mut world = World::new(version, Store::AtOnce);
        world.config.client_id.clear();
        let mut first = Client::new(7);
        first.recover(&[], "", version).expect("nothing there");
        world.client = first;
        world.establish();
        let made = world.client.client_id().to_owned();
        assert_eq!(made.len(), 23, "{made}");
        let mut second = Client::new(8);
        second
            .recover(&world.disk.read(), "", version)
            .expect("restored");
        assert_eq!(second.client_id(), made);
    }
}

#[test]
fn a_session_can_only_be_taken_up_before_anything_else() {
    for version in VERSIONS {
        let mut world = left_behind(version);
        let records = world.disk.read();
        let again = world.client.recover(&records, ID, version);
        assert!(again.is_err(), "while connected");
        world.break_link().expect("nobody dies");
        assert_eq!(View::of(&world.client).in_flight.len(), 3);
    }
}

#[test]
fn a_client_that_holds_messages_is_not_made_durable_and_keeps_them() {
    for version in VERSIONS {
        let mut client = Client::new(7);
        client.connect(config(version), START).expect("allowed");
        client
            .publish(message("x", QoS::ExactlyOnce), START)
            .expect("accepted");
        client.handle_closed(None, START);
        while client.poll_output().is_some() {}
        let error = client.recover(&[], ID, version).expect_err("refused");
        assert_eq!(error, RestoreError::NotDurable);
        assert_eq!(client.outbox().len(), 1);
        assert!(!client.is_durable());
    }
}

#[test]
fn what_3_1_1_cannot_say_is_not_accepted_before_connect_into_a_record_nobody_could_read() {
    let mut world = World::new(Version::V311, Store::AtOnce);
    let properties = encoded(&[Property::ContentType("text/plain")]);
    let request = PublishRequest {
        properties: &properties,
        ..message("x", QoS::AtLeastOnce)
    };
    assert!(world.client.publish(request, world.now).is_err());
    world.drain(&[]).expect("nobody dies");
    world.reload();
    let recovered = world.recovered.as_ref().expect("just recovered");
    assert!(recovered.bad.is_empty(), "{:?}", recovered.bad);
    assert_eq!(recovered.outgoing, 0);
}

#[test]
fn a_session_that_holds_nothing_gives_way_to_another_client_and_its_early_messages() {
    for version in VERSIONS {
        let mut old = Bench::on(version, Disk::default(), "old");
        old.connect(false);
        old.cut();
        let mut new = Bench::on(version, old.disk, "new");
        new.publish("x", QoS::AtLeastOnce);
        new.connect(false);
        assert_eq!(new.client.client_id(), "new");
        assert_eq!(new.count("PUBLISH"), 1, "{:#?}", new.story);
    }
}

#[test]
fn a_session_that_holds_nothing_gives_way_to_another_version_and_its_early_messages() {
    for (before, after) in [(Version::V311, Version::V5), (Version::V5, Version::V311)] {
        let mut old = Bench::connected(before);
        old.cut();
        let mut new = Bench::on(after, old.disk, ID);
        new.publish("x", QoS::AtLeastOnce);
        new.connect(false);
        assert_eq!(new.count("PUBLISH"), 1, "{:#?}", new.story);
    }
}

/// A page without a connection that left two messages, of which the record of the last was spoilt so.
fn last_spoilt(version: Version, spoil: fn(&mut Vec<u8>)) -> Disk {
    let mut bench = Bench::new(version);
    bench.publish("first", QoS::AtLeastOnce);
    bench.publish("last", QoS::ExactlyOnce);
    let mut disk = bench.disk;
    spoil(disk.records.get_mut("o/1").expect("the last"));
    disk
}

#[test]
fn a_damaged_record_is_not_overwritten_by_a_new_message_of_its_number() {
    let spoilings: [fn(&mut Vec<u8>); 4] = [
        |record| record[9] ^= 0x41,
        |record| record.truncate(record.len() - 1),
        |record| record.clear(),
        |record| *record = b"?".to_vec(),
    ];
    for version in VERSIONS {
        for spoil in spoilings {
            for other in [true, false] {
                let mut disk = last_spoilt(version, spoil);
                if !other {
                    disk.records.remove("o/0");
                }
                let spoilt = disk.records["o/1"].clone();
                let mut bench = Bench::begun(version, disk, ID);
                let bad: Vec<_> = bench.recovered.bad.iter().map(|(n, _)| n).collect();
                assert_eq!(bad, ["o/1"]);
                let token = bench.publish("new", QoS::ExactlyOnce);
                assert!(bench.disk.records.contains_key("o/2"), "{:#?}", bench.story);
                // Nor when all that is held is written again, nor by what becomes of the others.
                bench.client.rewrite();
                bench.connect(false);
                assert_eq!(bench.disk.records["o/1"], spoilt, "{:#?}", bench.story);
                assert_eq!(bench.losses(token), 0);
                assert_eq!(bench.count("PUBLISH"), 1 + usize::from(other));
            }
        }
    }
}

#[test]
fn a_record_of_another_client_that_cannot_be_read_is_not_overwritten() {
    for version in VERSIONS {
        let mut bench = Bench::connected(version);
        bench.publish("x", QoS::AtLeastOnce);
        bench.disk.corrupt("o/0", 30);
        let spoilt = bench.disk.records["o/0"].clone();
        let mut other = Bench::begun(version, bench.disk, "another");
        assert_eq!(other.recovered.bad.len(), 1);
        other.run();
        other.publish("new", QoS::AtLeastOnce);
        assert_eq!(other.disk.records["o/0"], spoilt, "{:#?}", other.story);
        assert!(other.disk.records.contains_key("o/1"));
    }
}

#[test]
fn names_that_are_no_records_are_nobodys() {
    for name in [
        "",
        "bad/meta",
        "o",
        "o/",
        "o/x",
        "o/-1",
        "o/+1",
        "o/01",
        "i/0",
        "i/65536",
        "I/1",
        "o/1/2",
        "meta ",
        "o/18446744073709551616",
        // Numbers that no message could be counted on from.
        "o/18446744073709551615",
        "o/9223372036854775808",
    ] {
        assert_eq!(RecordName::parse(name), None, "{name}");
    }
    for name in [
        "meta",
        "saved",
        "subscriptions",
        "o/0",
        "o/12",
        "o/9223372036854775807",
        "i/1",
        "i/65535",
    ] {
        let parsed = RecordName::parse(name).expect("a record's name");
        assert_eq!(parsed.to_string(), name);
    }
}
