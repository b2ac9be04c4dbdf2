//! The subscriptions that went with a session the server lost: they are made again, before anything is published.
#![cfg(not(target_arch = "wasm32"))]

mod durable_support;
mod support;

use durable_support::{Bench, Disk};
use mqtt_mooring::client::output::Event;
use mqtt_mooring::codec::{
    Packet, PacketType, Property, QoS, ReasonCode, RetainHandling, SubAck, SubscriptionOptions,
    Version,
};
use mqtt_mooring::session::outbound::Token;
use support::*;

/// A client that has subscribed to these, whose server then loses the session; not connected.
fn lost(version: Version, filters: &[&str]) -> Pair {
    let mut pair = Pair::persistent(version);
    for filter in filters {
        pair.subscribe(filter);
    }
    pair.run();
    pair.break_link();
    pair.server.lose_sessions();
    pair.server.subscribes.clear();
    pair.server.options.clear();
    pair.server.seen.clear();
    pair
}

fn asked(pair: &Pair) -> Vec<&str> {
    let all = pair
        .server
        .subscribes
        .iter()
        .flat_map(|(filters, _)| filters);
    all.map(String::as_str).collect()
}

fn refused(pair: &Pair) -> Vec<(&str, ReasonCode)> {
    let all = pair.ledger.events.iter().filter_map(|event| match event {
        Event::Refused { filter, reason, .. } => Some((&**filter, *reason)),
        _ => None,
    });
    all.collect()
}

fn losses(pair: &Pair) -> Vec<(Vec<&str>, bool)> {
    let all = pair.ledger.events.iter().filter_map(|event| match event {
        Event::SessionLost {
            filters,
            resubscribing,
        } => Some((filters.iter().map(|f| &**f).collect(), *resubscribing)),
        _ => None,
    });
    all.collect()
}

fn ours(pair: &Pair) -> Vec<&str> {
    pair.client.subscriptions().collect()
}

fn unsubscribe(pair: &mut Pair, filter: &str) -> Token {
    let token = pair.client.unsubscribe(&[filter], &[], pair.now);
    pair.drain(&[]);
    token.expect("accepted")
}

/// Whether the next connection, on which the server has the session, asks for anything.
fn asks_again(pair: &mut Pair) -> bool {
    let before = pair.server.subscribes.len();
    pair.reconnect();
    assert!(pair.client.session_present());
    pair.server.subscribes.len() > before
}

#[test]
fn they_are_made_again_in_one_packet_before_anything_is_published() {
    for version in VERSIONS {
        let mut pair = lost(version, &["a/#", "b", "c/+"]);
        pair.send("x", QoS::AtLeastOnce);
        pair.send("y", QoS::ExactlyOnce);
        pair.pass(1_000);
        let kinds: Vec<_> = pair.server.seen.iter().map(|(kind, ..)| *kind).collect();
        assert_eq!(
            kinds[..3],
            [
                PacketType::Connect,
                PacketType::Subscribe,
                PacketType::Publish
            ]
        );
        assert_eq!(asked(&pair), ["a/#", "b", "c/+"]);
        assert_eq!(losses(&pair), [(vec!["a/#", "b", "c/+"], true)]);
        assert_eq!(ours(&pair), ["a/#", "b", "c/+"]);
        assert!(refused(&pair).is_empty());
        assert!(!asks_again(&mut pair), "once is enough");
        pair.assert_idle("again");
    }
}

#[test]
fn where_it_is_not_wanted_they_are_gone() {
    for version in VERSIONS {
        let mut pair = Pair::new(version);
        pair.config.resubscribe = false;
        pair.persist();
        pair.establish();
        pair.subscribe("a");
        pair.run();
        pair.break_link();
        pair.server.lose_sessions();
        pair.server.subscribes.clear();
        pair.pass(1_000);
        assert_eq!(losses(&pair), [(vec!["a"], false)]);
        assert!(asked(&pair).is_empty());
        assert!(ours(&pair).is_empty());
    }
}

#[test]
fn a_session_without_subscriptions_has_none_to_make_again() {
    let mut pair = lost(Version::V5, &[]);
    pair.pass(1_000);
    assert_eq!(losses(&pair), [(vec![], false)]);
    assert!(asked(&pair).is_empty());
}

#[test]
fn without_a_policy_they_are_made_again_on_the_connection_the_caller_makes() {
    for version in VERSIONS {
        let mut pair = Pair::connected(version);
        pair.subscribe("a");
        pair.run();
        pair.break_link();
        pair.server.lose_sessions();
        pair.server.subscribes.clear();
        pair.establish();
        assert_eq!(asked(&pair), ["a"]);
    }
}

#[test]
fn a_clean_session_gets_its_subscriptions_back_with_every_connection() {
    for version in VERSIONS {
        let mut pair = Pair::new(version);
        pair.config.clean_session = true;
        pair.persist();
        pair.establish();
        pair.subscribe("a");
        pair.run();
        for round in 1..4 {
            pair.reconnect();
            let filters = pair.server.session(ID).map(|s| s.subscriptions.clone());
            assert_eq!(filters, Some(vec!["a".to_owned()]));
            assert_eq!(losses(&pair).len(), round);
        }
        // A new wish with a clean start begins with none.
        let gone = pair.client.disconnect(&Default::default(), pair.now);
        gone.expect("allowed");
        pair.drain(&[]);
        pair.run();
        pair.establish();
        assert!(ours(&pair).is_empty());
    }
}

#[test]
fn options_and_identifiers_are_kept() {
    let mut pair = Pair::persistent(Version::V5);
    let with = |identifier| encoded(&[Property::SubscriptionIdentifier(identifier)]);
    let special = SubscriptionOptions {
        no_local: true,
        retain_as_published: true,
        retain_handling: RetainHandling::SendIfNew,
        ..SubscriptionOptions::qos(QoS::AtLeastOnce)
    };
    let plain = SubscriptionOptions::qos(QoS::ExactlyOnce);
    for (filter, options, properties) in [
        ("a", special, with(7)),
        ("b", plain, Vec::new()),
        ("c", plain, with(268_435_455)),
        ("d", special, with(7)),
    ] {
        let accepted = pair
            .client
            .subscribe(&[(filter, options)], &properties, pair.now);
        accepted.expect("accepted");
    }
    pair.drain(&[]);
    pair.run();
    pair.break_link();
    pair.server.lose_sessions();
    pair.server.subscribes.clear();
    pair.server.options.clear();
    pair.pass(1_000);
    let mut again: Vec<_> = Vec::new();
    for ((filters, properties), options) in pair.server.subscribes.iter().zip(&pair.server.options)
    {
        for (filter, options) in filters.iter().zip(options) {
            again.push((filter.as_str(), *options, properties.clone()));
        }
    }
    again.sort_by_key(|(filter, ..)| *filter);
    let expected = [
        ("a", special, with(7)),
        ("b", plain, Vec::new()),
        ("c", plain, with(268_435_455)),
        ("d", special, with(7)),
    ];
    assert_eq!(again, expected);
    assert_eq!(pair.server.subscribes.len(), 3, "one for each identifier");
}

#[test]
fn many_are_made_again_in_pieces() {
    for version in VERSIONS {
        let filters: Vec<String> = (0..1_000).map(|n| format!("room/{n:04}")).collect();
        let names: Vec<&str> = filters.iter().map(String::as_str).collect();
        let mut pair = lost(version, &names);
        pair.pass(1_000);
        assert_eq!(asked(&pair), names);
        let sizes: Vec<usize> = pair
            .server
            .subscribes
            .iter()
            .map(|(f, _)| f.len())
            .collect();
        assert_eq!(sizes.len(), 16);
        assert!(sizes.iter().all(|size| *size <= 64), "{sizes:?}");
        pair.assert_idle("many");
    }
}

#[test]
fn what_the_server_does_not_take_together_is_asked_for_one_by_one() {
    let long = "long/".repeat(30);
    let longer = "longer/".repeat(60);
    let mut pair = lost(Version::V5, &["a", &long, &longer, "b"]);
    pair.server.knobs.connack = encoded(&[Property::MaximumPacketSize(200)]);
    pair.pass(1_000);
    assert_eq!(asked(&pair), ["a", "b", long.as_str()]);
    let gone = [(longer.as_str(), ReasonCode::PACKET_TOO_LARGE)];
    assert_eq!(refused(&pair), gone);
    assert_eq!(ours(&pair), ["a", "b", long.as_str()]);
    assert!(!asks_again(&mut pair));
}

#[test]
fn what_the_next_server_has_not_is_refused_without_asking() {
    let mut pair = lost(Version::V5, &["a/#", "$share/g/t", "plain"]);
    pair.server.knobs.connack = encoded(&[
        Property::WildcardSubscriptionAvailable(0),
        Property::SharedSubscriptionAvailable(0),
    ]);
    pair.pass(1_000);
    assert_eq!(asked(&pair), ["plain"]);
    let mut filters: Vec<&str> = refused(&pair).iter().map(|(filter, _)| *filter).collect();
    filters.sort();
    assert_eq!(filters, ["$share/g/t", "a/#"]);
    assert_eq!(ours(&pair), ["plain"]);
}

#[test]
fn one_that_the_server_no_longer_grants_is_told() {
    for version in VERSIONS {
        let mut pair = lost(version, &["a", "b", "c"]);
        // The only failure a 3.1.1 SUBACK has.
        let reason = match version {
            Version::V311 => ReasonCode::UNSPECIFIED_ERROR,
            Version::V5 => ReasonCode::NOT_AUTHORIZED,
        };
        pair.server.knobs.not_granted = vec![("b", reason)];
        pair.pass(1_000);
        assert_eq!(refused(&pair), [("b", reason)]);
        assert_eq!(ours(&pair), ["a", "c"]);
        assert!(!asks_again(&mut pair));
    }
}

#[test]
fn what_was_not_answered_when_the_link_broke_is_made_again_though_the_server_has_the_new_session() {
    for version in VERSIONS {
        let mut pair = lost(version, &["a", "b"]);
        pair.server.knobs.no_suback = true;
        pair.pass(1_000);
        assert_eq!(asked(&pair), ["a", "b"]);
        pair.server.knobs.no_suback = false;
        assert!(asks_again(&mut pair));
        assert_eq!(asked(&pair), ["a", "b", "a", "b"]);
        assert_eq!(losses(&pair).len(), 1);
        assert!(!asks_again(&mut pair));
        pair.assert_idle("at the second attempt");
    }
}

#[test]
fn a_session_lost_twice_is_resubscribed_once_for_each() {
    for version in VERSIONS {
        let mut pair = lost(version, &["a"]);
        pair.server.knobs.no_suback = true;
        pair.pass(1_000);
        pair.break_link();
        pair.server.lose_sessions();
        pair.server.knobs.no_suback = false;
        pair.pass(60_000);
        assert_eq!(losses(&pair), [(vec!["a"], true), (vec!["a"], true)]);
        assert_eq!(asked(&pair), ["a", "a"]);
        assert_eq!(ours(&pair), ["a"]);
        assert!(!asks_again(&mut pair));
    }
}

#[test]
fn what_the_caller_asks_for_itself_is_not_asked_for_twice() {
    for version in VERSIONS {
        let mut pair = lost(version, &["a", "b", "c"]);
        let qos = SubscriptionOptions::qos(QoS::AtMostOnce);
        let own = pair.client.subscribe(&[("b", qos)], &[], pair.now);
        let own = own.expect("accepted");
        pair.pass(1_000);
        assert_eq!(asked(&pair), ["a", "c", "b"]);
        assert_eq!(pair.server.options[1], [qos], "the caller's word counts");
        assert!(matches!(pair.ledger.outcome(own), Told::Subscribed(_)));
        assert_eq!(ours(&pair), ["a", "b", "c"]);
        assert!(!asks_again(&mut pair));
    }
}

#[test]
fn what_the_caller_gives_up_itself_is_not_asked_for_again() {
    for version in VERSIONS {
        let mut pair = lost(version, &["a", "b"]);
        let own = unsubscribe(&mut pair, "b");
        pair.pass(1_000);
        assert_eq!(asked(&pair), ["a"]);
        assert!(matches!(pair.ledger.outcome(own), Told::Unsubscribed(_)));
        assert_eq!(ours(&pair), ["a"]);
        assert!(!asks_again(&mut pair), "an UNSUBACK came last");
    }
}

#[test]
fn what_the_caller_asks_for_and_does_not_get_is_gone() {
    for version in VERSIONS {
        let mut pair = lost(version, &["a", "b"]);
        pair.server.knobs.not_granted = vec![("b", ReasonCode::UNSPECIFIED_ERROR)];
        pair.subscribe("b");
        pair.pass(1_000);
        // Its caller knows; nobody else needs to be told.
        assert!(refused(&pair).is_empty());
        assert_eq!(ours(&pair), ["a"]);
        assert!(!asks_again(&mut pair));
    }
}

#[test]
fn what_the_caller_asks_for_and_the_next_server_has_not_is_gone() {
    let mut pair = lost(Version::V5, &["b/#"]);
    pair.server.knobs.connack = encoded(&[Property::WildcardSubscriptionAvailable(0)]);
    let own = pair.subscribe("b/#");
    pair.pass(1_000);
    assert_eq!(*pair.ledger.outcome(own), Told::RequestFailed);
    assert!(ours(&pair).is_empty());
    pair.server.knobs.connack = Vec::new();
    assert!(!asks_again(&mut pair));
}

#[test]
fn what_is_asked_for_after_it_comes_after_it() {
    for version in VERSIONS {
        let mut pair = lost(version, &["a"]);
        pair.server.knobs.no_suback = true;
        pair.pass(1_000);
        unsubscribe(&mut pair, "a");
        pair.run();
        assert_eq!(asked(&pair), ["a"]);
        pair.server.knobs.no_suback = false;
        pair.reconnect();
        // It is given up: not asked for again first.
        assert_eq!(asked(&pair), ["a"]);
        assert!(ours(&pair).is_empty());
        let session = pair.server.session(ID).expect("a session");
        assert!(session.subscriptions.is_empty());
    }
}

#[test]
fn a_saved_session_says_that_its_subscriptions_are_to_be_made_again() {
    for version in VERSIONS {
        let mut pair = lost(version, &["a", "b"]);
        pair.server.knobs.no_suback = true;
        pair.pass(1_000);
        let saved = pair.client.save(pair.now);
        pair.reload();
        pair.server.subscribes.clear();
        pair.server.knobs.no_suback = false;
        let restored = pair.client.restore(&saved, ID, version, pair.now);
        restored.expect("good");
        pair.drain(&[]);
        pair.establish();
        assert_eq!(asked(&pair), ["a", "b"]);
        assert_eq!(ours(&pair), ["a", "b"]);
        // And one that was saved after that does not.
        let saved = pair.client.save(pair.now);
        pair.reload();
        pair.server.subscribes.clear();
        let restored = pair.client.restore(&saved, ID, version, pair.now);
        restored.expect("good");
        pair.drain(&[]);
        pair.establish();
        assert!(asked(&pair).is_empty());
    }
}

/// SUBACK for the only SUBSCRIBE under way.
fn grant(bench: &mut Bench) {
    let id = bench.left.iter().rev().position(|name| name == "SUBSCRIBE");
    assert!(id.is_some(), "nothing was asked for: {:?}", bench.left);
    // Identifiers are drawn from a place of the client's own: whichever is in use is the request's.
    for number in 1..=u16::MAX {
        let before = bench.client.packet_ids_in_use();
        if before == 0 {
            return;
        }
        let id = id_of(number);
        bench.take(&[Packet::SubAck(SubAck {
            packet_id: id,
            properties: Default::default(),
            codes: &[2],
        })]);
    }
    bench.run();
}

fn id_of(number: u16) -> mqtt_mooring::codec::PacketId {
    id(number)
}

#[test]
fn a_page_that_dies_in_between_leaves_it_to_the_next_one() {
    for version in VERSIONS {
        // Dead before CONNACK was acted on, with SUBSCRIBE on its way, and after SUBACK.
        for dies in 0..4 {
            let mut bench = Bench::connected(version);
            let qos = SubscriptionOptions::qos(QoS::ExactlyOnce);
            let accepted = bench.client.subscribe(&[("a", qos)], &[], bench.now);
            accepted.expect("accepted");
            bench.run();
            grant(&mut bench);
            bench.run();
            bench.cut();
            bench.left.clear();
            bench.stores_at_once = false;
            bench.begin();
            bench.store_all();
            bench.connack(false);
            let disk = if dies == 0 {
                bench.dies_after(1)
            } else {
                bench.store();
                if dies == 1 {
                    // Ready, and the batch that says so is not stored.
                    bench.dies_after(0)
                } else {
                    bench.store_all();
                    assert_eq!(bench.count("SUBSCRIBE"), 1, "{:#?}", bench.story);
                    if dies == 3 {
                        grant(&mut bench);
                        bench.run();
                        bench.store_all();
                    }
                    bench.disk
                }
            };
            let mut next = Bench::on(version, disk, ID);
            assert_eq!(next.client.subscriptions().collect::<Vec<_>>(), ["a"]);
            next.connect(true);
            let again = usize::from(dies < 3);
            assert_eq!(
                next.count("SUBSCRIBE"),
                again,
                "{version:?} {dies} {:#?}",
                next.story
            );
        }
    }
}

#[test]
fn records_without_the_mark_are_the_same_as_before() {
    // Written by an earlier version: flags 1, "established", and nothing else.
    let bench = Bench::connected(Version::V5);
    let meta = &bench.disk.records["meta"];
    // Format, kind, version, flags.
    assert_eq!(meta[..4], [1, b'm', 5, 1]);
    let again = Bench::on(Version::V5, Disk::default(), ID);
    assert_eq!(again.disk.records["meta"][..4], [1, b'm', 5, 0]);
}

#[test]
fn a_subscription_is_made_again_as_it_was_asked_for_not_as_it_was_granted() {
    let mut pair = Pair::persistent(Version::V5);
    pair.server.knobs.codes = Some(vec![0]);
    pair.subscribe("commands/#");
    pair.run();
    pair.server.knobs.codes = None;
    for _ in 0..2 {
        pair.server.lose_sessions();
        pair.reconnect();
        pair.run();
    }
    let last = pair.ledger.events.iter().rev();
    assert_eq!(
        last.filter(|e| matches!(e, Event::SessionLost { .. }))
            .count(),
        2
    );
    pair.server.send(to_client("x", QoS::ExactlyOnce));
    pair.run();
    assert_eq!(
        pair.ledger.deliveries.last().map(|d| d.qos),
        Some(QoS::ExactlyOnce),
        "{}",
        pair.story()
    );
}
