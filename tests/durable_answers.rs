//! What storage answers at a bad moment: too late, never, for a connection or a session that is gone, or not
//! the truth about what it holds.
#![cfg(not(target_arch = "wasm32"))]

mod durable_support;
mod support;

use durable_support::*;
use mqtt_mooring::client::DisconnectOptions;
use mqtt_mooring::client::output::Event;
use mqtt_mooring::codec::{
    Ack, ConnAck, Packet, Property, PropertySet, Publish, QoS, ReasonCode, Version,
};
use mqtt_mooring::session::journal::RecordName;
use mqtt_mooring::session::snapshot;
use mqtt_mooring::storage::StorageError;
use support::{ID, VERSIONS, encoded, id, properties};

#[test]
fn a_qos_0_message_dropped_because_storing_failed_is_not_told_as_sent() {
    for version in VERSIONS {
        let mut bench = Bench::connected(version);
        bench.publish("x", QoS::ExactlyOnce);
        bench.stores_at_once = false;
        let (id, _) = bench.client.in_flight().next().expect("in flight");
        bench.take(&[Packet::PubRec(Ack::new(id, ReasonCode::SUCCESS))]);
        let token = bench.publish("zero", QoS::AtMostOnce);
        bench.refuse(StorageError::Failed);
        assert_eq!(bench.count("PUBLISH(q0"), 0);
        let sent = |e: &Event| matches!(e, Event::Sent(t) if *t == token);
        assert!(!bench.events.iter().any(sent), "{:#?}", bench.story);
    }
}

#[test]
fn disconnect_comes_to_an_end_though_the_store_never_answers() {
    for version in VERSIONS {
        let mut bench = Bench::new(version);
        bench.stores_at_once = false;
        bench.connect(false);
        assert!(bench.storing().is_some(), "what CONNACK began");
        let options = DisconnectOptions::default();
        // Whether it is taken does not matter here, but that it is over some day.
        let _ = bench.client.disconnect(&options, bench.now);
        bench.run();
        for _ in 0..100 {
            bench.pass_deadline();
        }
        bench.cut();
        let ended = |e: &Event| matches!(e, Event::Disconnected(_));
        assert!(bench.events.iter().any(ended), "{:#?}", bench.story);
    }
}

#[test]
fn pingreq_does_not_wait_for_storage() {
    for version in VERSIONS {
        let mut bench = Bench::new(version);
        bench.config.keep_alive = 10;
        bench.connect(false);
        bench.stores_at_once = false;
        bench.publish("x", QoS::ExactlyOnce);
        for _ in 0..4 {
            bench.pass_deadline();
        }
        assert!(bench.count("PINGREQ") > 0, "{:#?}", bench.story);
        assert_eq!(bench.count("PUBLISH"), 0);
    }
}

#[test]
fn an_answer_for_a_discarded_session_is_none_for_the_next() {
    for version in VERSIONS {
        let mut bench = Bench::begun(version, Disk::default(), ID);
        bench.stores_at_once = false;
        bench.run();
        let old = bench.forget_batch();
        bench.client.discard().expect("not connected");
        bench
            .client
            .recover(&[], ID, version)
            .expect("nothing there");
        bench.publish("x", QoS::AtLeastOnce);
        assert!(bench.storing().is_some());
        bench.client.persisted(old, bench.now);
        bench.run();
        let stored = |e: &Event| matches!(e, Event::Stored(_));
        assert!(!bench.events.iter().any(stored), "its batch is still out");
    }
}

#[test]
fn a_batch_of_an_earlier_connection_that_fails_takes_its_message_back_from_the_next() {
    for version in VERSIONS {
        let mut bench = Bench::connected(version);
        bench.stores_at_once = false;
        let token = bench.publish("x", QoS::ExactlyOnce);
        bench.cut();
        bench.begin();
        bench.stores_at_once = true;
        bench.refuse_if(FULL, |name| name != RecordName::Meta);
        bench.connack(true);
        assert_eq!(bench.losses(token), 1);
        assert_eq!(bench.count("PUBLISH"), 0);
        assert_eq!(bench.client.packet_ids_in_use(), 0);
    }
}

#[test]
fn a_message_whose_first_record_fails_while_the_outbox_begins_to_move_is_taken_back() {
    for version in VERSIONS {
        let mut bench = Bench::connected(version);
        bench.cut();
        bench.stores_at_once = false;
        let token = bench.publish("x", QoS::ExactlyOnce);
        let storing = bench.storing().expect("its record");
        assert!(storing.contains(&"o/0".into()), "{storing:?}");
        bench.begin();
        bench.refuse_if(FULL, |name| name == RecordName::Outgoing(0));
        bench.stores_at_once = true;
        if bench.storing().is_some() {
            bench.store();
        }
        bench.connack(true);
        assert_eq!(bench.losses(token), 1);
        assert_eq!(bench.count("PUBLISH"), 0);
    }
}

#[test]
fn a_message_is_not_told_as_lost_while_an_interfered_batch_may_have_left_its_record() {
    for version in VERSIONS {
        let mut bench = Bench::new(version);
        bench.stores_at_once = false;
        let token = bench.publish("x", QoS::ExactlyOnce);
        bench.client.rewrite();
        bench.store();
        assert!(bench.disk.records.contains_key("o/0"));
        bench.stores_at_once = true;
        bench.refuse(FULL);
        bench.connect(false);
        let left = bench.disk.records.contains_key("o/0");
        assert!(
            bench.losses(token) == 0 || !left,
            "told as not delivered, and the next page sends it"
        );
    }
}

#[test]
fn a_session_expiry_changed_in_disconnect_is_stored_before_the_server_hears_of_it() {
    let mut bench = Bench::connected(Version::V5);
    bench.stores_at_once = false;
    let options = DisconnectOptions {
        session_expiry_interval: Some(77),
        ..DisconnectOptions::default()
    };
    let disconnected = bench.client.disconnect(&options, bench.now);
    disconnected.expect("possible");
    bench.run();
    assert_eq!(bench.storing(), Some(vec!["meta".to_owned()]));
    assert_eq!(bench.count("DISCONNECT"), 0, "{:#?}", bench.left);
    bench.store_all();
    assert_eq!(bench.count("DISCONNECT"), 1, "{:#?}", bench.left);
    // Whoever comes next knows, too.
    let next = Bench::on(Version::V5, bench.disk, ID);
    let saved = snapshot::restore(&next.client.save(next.now)).expect("readable");
    assert_eq!(saved.session.expiry_interval, 77);
}

#[test]
fn pubrec_does_not_wait_for_another_batch_during_which_storage_may_be_cleared() {
    for version in VERSIONS {
        let mut bench = Bench::connected(version);
        bench.stores_at_once = false;
        bench.feed(&[arrives(1, b"x")]);
        bench.publish("y", QoS::AtLeastOnce);
        assert_eq!(bench.storing(), Some(vec!["i/1".into()]));
        bench.store();
        assert_eq!(bench.storing(), Some(vec!["o/0".into()]));
        assert_eq!(bench.count("PUBREC"), 1, "{:#?}", bench.story);
    }
}

#[test]
fn pubrec_is_not_sent_for_what_was_cleared_and_finds_no_room_again() {
    for version in VERSIONS {
        let mut bench = Bench::connected(version);
        bench.stores_at_once = false;
        bench.feed(&[arrives(1, b"x")]);
        bench.client.rewrite();
        bench.store();
        bench.disk.records.clear();
        bench.refuse_if(FULL, |name| matches!(name, RecordName::Incoming(_)));
        bench.publish("y", QoS::AtLeastOnce);
        bench.refuse_if(FULL, |name| matches!(name, RecordName::Incoming(_)));
        assert_eq!(bench.count("PUBREC"), 0, "{:#?}", bench.story);
        bench.publish("z", QoS::AtLeastOnce);
        bench.store_all();
        assert_eq!(bench.count("PUBREC"), 1, "{:#?}", bench.story);
        assert!(bench.disk.records.contains_key("i/1"));
    }
}

#[test]
fn nothing_follows_the_disconnect_of_an_acknowledgement_that_does_not_fit() {
    let mut bench = Bench::new(Version::V5);
    bench.client.set_payload_check(true);
    bench.begin();
    let four_bytes = encoded(&[Property::MaximumPacketSize(4)]);
    bench.feed(&[Packet::ConnAck(ConnAck {
        session_present: false,
        reason: ReasonCode::SUCCESS,
        properties: properties(PropertySet::ConnAck, &four_bytes),
    })]);
    bench.feed(&[arrives(7, b"first")]);
    let refused = Packet::Publish(Publish {
        dup: false,
        qos: QoS::ExactlyOnce,
        retain: false,
        topic: "t",
        packet_id: Some(id(8)),
        properties: properties(PropertySet::Publish, &[1, 1]),
        payload: &[0xC3, 0x28],
    });
    let before = bench.count("PUBCOMP");
    bench.feed(&[released(7), refused]);
    assert_eq!(bench.count("PUBCOMP"), before + 1, "{:#?}", bench.left);
    let last = bench.left.last().expect("a packet");
    assert!(last.starts_with("DISCONNECT"), "{:#?}", bench.left);
    let refusal = |e: &&Event| matches!(e, Event::MessageAck { reason, .. } if reason.is_failure());
    assert_eq!(bench.events.iter().filter(refusal).count(), 0);
}

#[test]
fn a_connack_before_connect_could_be_sent_is_not_believed() {
    for version in VERSIONS {
        let mut bench = Bench::begun(version, Disk::default(), ID);
        bench.config.keep_alive = 10;
        bench.stores_at_once = false;
        bench.run();
        bench.begin();
        assert_eq!(bench.left, [""; 0]);
        bench.connack(false);
        bench.pass_deadline();
        assert_eq!(bench.count("PINGREQ"), 0);
        bench.store_all();
        let is_believed = |e: &Event| matches!(e, Event::Connected(_));
        assert!(!bench.events.iter().any(is_believed), "{:#?}", bench.story);
        let ended = |e: &Event| matches!(e, Event::Disconnected(_));
        assert!(bench.events.iter().any(ended), "{:#?}", bench.story);
    }
}
