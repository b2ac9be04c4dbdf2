//! A server that repeats itself, lets go of a message and uses its identifier again in one breath, or has
//! forgotten all: PUBREC is neither held up nor said twice for it, and each message is handed over once.
#![cfg(not(target_arch = "wasm32"))]

mod durable_support;
mod support;

use durable_support::*;
use mqtt_mooring::codec::{QoS, Version};
use support::VERSIONS;

#[test]
fn the_pubrec_of_a_repetition_that_was_released_meanwhile_holds_up_no_other() {
    for version in VERSIONS {
        let mut bench = Bench::connected(version);
        bench.feed(&[arrives(1, b"a")]);
        assert_eq!(bench.count("PUBREC"), 1);
        // A 3.1.1 server may repeat on a live connection; the PUBREC crosses it.
        bench.feed(&[repeated(1, b"a"), released(1)]);
        bench.feed(&[arrives(2, b"b")]);
        bench.feed(&[arrives(3, b"c")]);
        assert_eq!(bench.count("PUBREC(2"), 1, "{:#?}", bench.story);
        assert_eq!(bench.count("PUBREC(3"), 1, "{:#?}", bench.story);
    }
}

#[test]
fn a_second_pubrel_in_one_chunk_does_not_acknowledge_for_the_application() {
    for version in VERSIONS {
        let mut bench = Bench::by_hand(version);
        bench.feed(&[arrives(1, b"a")]);
        bench.feed(&[released(1), released(1)]);
        assert_eq!(bench.deliveries.len(), 1);
        assert_eq!(bench.count("PUBCOMP"), 0, "{:#?}", bench.story);
    }
}

#[test]
fn an_identifier_released_and_used_again_in_one_chunk_brings_two_messages() {
    for version in VERSIONS {
        for stores_at_once in [true, false] {
            let mut bench = Bench::connected(version);
            bench.feed(&[arrives(1, b"a")]);
            bench.stores_at_once = stores_at_once;
            bench.feed(&[released(1), arrives(1, b"b")]);
            bench.store_all();
            bench.feed(&[released(1)]);
            bench.store_all();
            assert_eq!(bench.deliveries.len(), 2, "{:#?}", bench.story);
        }
    }
}

#[test]
fn an_identifier_used_again_before_the_application_acknowledged_brings_two_messages() {
    for version in VERSIONS {
        let mut bench = Bench::by_hand(version);
        bench.feed(&[arrives(1, b"a")]);
        bench.feed(&[released(1), arrives(1, b"b")]);
        bench.feed(&[released(1)]);
        assert_eq!(bench.deliveries.len(), 2, "{:#?}", bench.story);
    }
}

#[test]
fn a_server_that_repeats_while_storage_is_full_is_owed_one_pubrec() {
    let mut bench = Bench::connected(Version::V311);
    bench.stores_at_once = false;
    bench.feed(&[arrives(5, b"a")]);
    for _ in 0..4 {
        if bench.storing().is_some() {
            bench.refuse(FULL);
        }
        bench.feed(&[repeated(5, b"a")]);
    }
    assert_eq!(bench.count("PUBREC"), 0);
    bench.stores_at_once = true;
    if bench.storing().is_some() {
        bench.refuse(FULL);
    }
    // What is written anyway takes along what there was no room for.
    bench.publish("x", QoS::AtLeastOnce);
    assert_eq!(bench.count("PUBREC"), 1, "{:?}", bench.left);
}

#[test]
fn a_record_that_lacked_room_and_was_released_does_not_hold_up_the_pubrec_of_another() {
    for version in VERSIONS {
        let mut bench = Bench::connected(version);
        bench.feed(&[arrives(7, b"known")]);
        bench.stores_at_once = false;
        bench.feed(&[arrives(5, b"a")]);
        bench.refuse(FULL);
        bench.feed(&[released(5)]);
        bench.stores_at_once = true;
        bench.store_all();
        bench.cut();
        bench.connect(true);
        bench.left.clear();
        bench.feed(&[repeated(7, b"known")]);
        assert_eq!(bench.count("PUBREC"), 1, "{:#?}", bench.story);
    }
}

#[test]
fn a_record_that_lacked_room_in_a_lost_session_does_not_hold_up_the_pubrec_of_another() {
    for version in VERSIONS {
        let mut bench = Bench::connected(version);
        bench.stores_at_once = false;
        bench.feed(&[arrives(5, b"a")]);
        bench.refuse(FULL);
        bench.stores_at_once = true;
        bench.cut();
        bench.connect(false);
        bench.feed(&[arrives(7, b"b")]);
        assert_eq!(bench.count("PUBREC"), 1);
        bench.left.clear();
        bench.feed(&[repeated(7, b"b")]);
        assert_eq!(bench.count("PUBREC"), 1, "{:#?}", bench.story);
    }
}

#[test]
fn pubrec_leaves_although_something_else_changes_all_the_time() {
    for version in VERSIONS {
        let mut bench = Bench::connected(version);
        bench.stores_at_once = false;
        bench.publish("0", QoS::AtLeastOnce);
        bench.feed(&[arrives(1, b"a")]);
        for number in 1..50 {
            bench.publish(&number.to_string(), QoS::AtLeastOnce);
            bench.store();
            bench.now += 100;
        }
        assert_eq!(bench.count("PUBREC"), 1, "{:#?}", bench.story);
    }
}
