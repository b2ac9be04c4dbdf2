//! SUBSCRIBE and UNSUBSCRIBE that were asked for without a connection, or not answered on one: they go along to
//! the next.
#![cfg(not(target_arch = "wasm32"))]

mod support;

use mqtt_mooring::client::output::{Cancel, Event};
use mqtt_mooring::client::{Credentials, State};
use mqtt_mooring::codec::{PacketType, Property, QoS, ReasonCode, SubscriptionOptions, Version};
use mqtt_mooring::error::UsageError;
use mqtt_mooring::session::outbound::Token;
use support::*;

fn unsubscribe(pair: &mut Pair, filter: &str) -> Token {
    let token = pair.client.unsubscribe(&[filter], &[], pair.now);
    pair.drain(&[]);
    token.expect("accepted")
}

fn asked(pair: &Pair) -> Vec<&str> {
    let all = pair
        .server
        .subscribes
        .iter()
        .flat_map(|(filters, _)| filters);
    all.map(String::as_str).collect()
}

fn held(pair: &Pair) -> Vec<String> {
    let session = pair.server.session(ID).expect("a session");
    let mut filters = session.subscriptions.clone();
    filters.sort();
    filters
}

fn granted(pair: &Pair, token: Token) -> bool {
    matches!(pair.ledger.outcome(token), Told::Subscribed(_))
}

fn why(pair: &Pair, token: Token) -> Option<UsageError> {
    let failed = pair.ledger.events.iter().find_map(|event| match event {
        Event::RequestFailed { token: of, why } if *of == token => Some(*why),
        _ => None,
    });
    failed.expect("it failed")
}

fn disconnect(pair: &mut Pair) {
    let gone = pair.client.disconnect(&Default::default(), pair.now);
    gone.expect("allowed");
    pair.drain(&[]);
    pair.run();
}

#[test]
fn what_is_asked_for_in_any_phase_before_a_connection_is_sent_on_it_in_order() {
    for version in VERSIONS {
        let mut pair = Pair::new(version);
        pair.persist();
        pair.dial = Dial::Fails;
        pair.connect();
        let mut tokens = vec![pair.subscribe("while/waiting")];
        pair.dial = Dial::ByHand;
        pair.pass(1_000);
        assert_eq!(pair.client.state(), State::Connecting);
        tokens.push(pair.subscribe("while/opening"));
        pair.client.prepare(Credentials::default());
        pair.handler = Handler::Manual;
        pair.open();
        tokens.push(pair.subscribe("before/connack"));
        pair.run();
        tokens.push(pair.subscribe("while/handlers/run"));
        assert!(asked(&pair).is_empty());
        pair.client.connected_handlers_settled(pair.now);
        pair.drain(&[]);
        tokens.push(pair.subscribe("at/last"));
        pair.run();
        let expected = [
            "while/waiting",
            "while/opening",
            "before/connack",
            "while/handlers/run",
            "at/last",
        ];
        assert_eq!(asked(&pair), expected);
        for token in tokens {
            assert!(granted(&pair, token));
        }
        pair.assert_idle("asked early");
    }
}

#[test]
fn what_is_asked_for_during_the_only_attempt_goes_with_it() {
    for version in VERSIONS {
        for fails in [false, true] {
            let mut pair = Pair::new(version);
            pair.dial = Dial::ByHand;
            pair.connect();
            let token = pair.subscribe("while/opening");
            match fails {
                true => pair.break_link(),
                false => pair.open(),
            }
            pair.run();
            match fails {
                true => assert_eq!(why(&pair, token), None),
                false => assert!(granted(&pair, token)),
            }
        }
    }
}

#[test]
fn between_connections_nothing_is_asked_without_a_policy() {
    for version in VERSIONS {
        let mut pair = Pair::connected(version);
        pair.break_link();
        let early = pair.client.subscribe(&[], &[], pair.now);
        assert_eq!(early, Err(UsageError::NotConnected));
        let early = pair.client.unsubscribe(&["a"], &[], pair.now);
        assert_eq!(early, Err(UsageError::NotConnected));
    }
}

#[test]
fn what_was_not_answered_when_the_link_broke_is_asked_again_on_the_next_connection() {
    for version in VERSIONS {
        let mut pair = Pair::persistent(version);
        pair.subscribe("b");
        pair.run();
        pair.server.knobs.no_suback = true;
        let one = pair.subscribe("a");
        let two = unsubscribe(&mut pair, "b");
        pair.run();
        pair.break_link();
        let three = pair.subscribe("c");
        pair.pass(1_000);
        // Nor there.
        pair.break_link();
        pair.server.knobs.no_suback = false;
        pair.pass(5_000);
        assert_eq!(asked(&pair), ["b", "a", "a", "c", "a", "c"]);
        assert_eq!(pair.server.unsubscribes.len(), 3);
        assert!(granted(&pair, one) && granted(&pair, three));
        assert!(matches!(pair.ledger.outcome(two), Told::Unsubscribed(_)));
        assert_eq!(held(&pair), ["a", "c"]);
        let ours: Vec<_> = pair.client.subscriptions().collect();
        assert_eq!(ours, ["a", "c"]);
        pair.assert_idle("asked again");
    }
}

#[test]
fn the_order_is_that_of_asking_also_where_identifiers_begin_anew() {
    for version in VERSIONS {
        let mut pair = Pair::persistent(version);
        // Just before the last identifier.
        for n in 0..65_532u32 {
            pair.subscribe("warm/up");
            if n % 512 == 0 {
                pair.run();
            }
        }
        pair.run();
        pair.server.subscribes.clear();
        pair.server.knobs.no_suback = true;
        for n in 0..6 {
            match n % 2 {
                0 => drop(pair.subscribe("a")),
                _ => drop(unsubscribe(&mut pair, "a")),
            }
        }
        pair.run();
        pair.break_link();
        pair.server.knobs.no_suback = false;
        pair.server.seen.clear();
        pair.pass(1_000);
        let order = pair.server.seen.iter().map(|(kind, ..)| *kind);
        let order: Vec<_> = order.skip(1).collect();
        let two = [PacketType::Subscribe, PacketType::Unsubscribe];
        assert_eq!(order, two.repeat(3));
        assert_eq!(held(&pair), ["warm/up"]);
    }
}

#[test]
fn properties_and_options_go_along() {
    let mut pair = Pair::persistent(Version::V5);
    pair.break_link();
    let properties = encoded(&[
        Property::SubscriptionIdentifier(77),
        Property::UserProperty("who", "me"),
    ]);
    let options = SubscriptionOptions {
        no_local: true,
        retain_as_published: true,
        ..SubscriptionOptions::qos(QoS::AtLeastOnce)
    };
    let filters = [
        ("a/#", options),
        ("b/+", SubscriptionOptions::qos(QoS::AtMostOnce)),
    ];
    let accepted = pair.client.subscribe(&filters, &properties, pair.now);
    accepted.expect("accepted");
    pair.pass(1_000);
    assert_eq!(pair.server.subscribes[0].1, properties);
    assert_eq!(pair.server.options[0], filters.map(|(_, options)| options));
}

#[test]
fn the_limits_that_count_are_those_of_the_next_server() {
    let mut pair = Pair::new(Version::V5);
    pair.server.knobs.connack = encoded(&[
        Property::WildcardSubscriptionAvailable(0),
        Property::SharedSubscriptionAvailable(0),
        Property::SubscriptionIdentifierAvailable(0),
        Property::MaximumPacketSize(60),
    ]);
    pair.persist();
    pair.establish();
    let qos = SubscriptionOptions::qos(QoS::AtMostOnce);
    let now = pair.client.subscribe(&[("a/#", qos)], &[], pair.now);
    assert!(matches!(now, Err(UsageError::NotAvailable(_))));
    pair.break_link();
    // The next one may have it all.
    pair.server.knobs.connack = Vec::new();
    let wild = pair.subscribe("a/#");
    pair.pass(1_000);
    assert!(granted(&pair, wild));
    // Or not.
    pair.break_link();
    let limits = [
        Property::WildcardSubscriptionAvailable(0),
        Property::SharedSubscriptionAvailable(0),
        Property::SubscriptionIdentifierAvailable(0),
        Property::MaximumPacketSize(60),
    ];
    pair.server.knobs.connack = encoded(&limits);
    let wild = pair.subscribe("b/+");
    let shared = pair.subscribe("$share/g/b");
    let named = encoded(&[Property::SubscriptionIdentifier(1)]);
    let named = pair.client.subscribe(&[("b", qos)], &named, pair.now);
    let named = named.expect("accepted");
    let large = pair.subscribe(&"b/".repeat(40));
    let fine = pair.subscribe("b");
    let large_end = unsubscribe(&mut pair, &"b/".repeat(40));
    pair.pass(10_000);
    for token in [wild, shared, named] {
        let why = why(&pair, token);
        assert!(matches!(why, Some(UsageError::NotAvailable(_))), "{why:?}");
    }
    for token in [large, large_end] {
        let why = why(&pair, token);
        let expected = matches!(why, Some(UsageError::TooLarge { limit: 60, .. }));
        assert!(expected, "{why:?}");
    }
    assert!(granted(&pair, fine));
    pair.assert_idle("limits");
}

#[test]
fn when_the_client_stops_their_callers_are_told() {
    for version in VERSIONS {
        let mut pair = Pair::persistent(version);
        pair.server.knobs.no_suback = true;
        let sent = pair.subscribe("a");
        pair.run();
        pair.break_link();
        let waiting = unsubscribe(&mut pair, "b");
        pair.server.knobs.refuse = Some(ReasonCode::BAD_USER_NAME_OR_PASSWORD);
        pair.pass(1_000);
        assert_eq!(pair.client.state(), State::Disconnected);
        assert_eq!(why(&pair, sent), None);
        assert_eq!(why(&pair, waiting), None);
        assert_eq!(*pair.ledger.outcome(sent), Told::RequestFailed);
        assert_eq!(*pair.ledger.outcome(waiting), Told::RequestFailed);
        assert_eq!(pair.client.packet_ids_in_use(), 0);
        // They are not asked for by the next wish.
        pair.server.knobs.refuse = None;
        pair.server.subscribes.clear();
        pair.establish();
        assert!(asked(&pair).is_empty());
    }
}

#[test]
fn who_disconnects_gets_no_answers_and_is_told_so() {
    for version in VERSIONS {
        let mut pair = Pair::persistent(version);
        pair.server.knobs.no_suback = true;
        let live = pair.subscribe("a");
        pair.run();
        disconnect(&mut pair);
        assert_eq!(*pair.ledger.outcome(live), Told::RequestFailed);
        pair.establish();
        pair.break_link();
        let waiting = pair.subscribe("b");
        disconnect(&mut pair);
        assert_eq!(*pair.ledger.outcome(waiting), Told::RequestFailed);
        assert_eq!(pair.client.packet_ids_in_use(), 0);
    }
}

#[test]
fn an_answer_of_an_earlier_connection_answers_nothing_on_this_one() {
    let mut pair = Pair::persistent(Version::V5);
    pair.server.knobs.no_suback = true;
    let token = pair.subscribe("a");
    pair.run();
    pair.reconnect();
    pair.run();
    // Under the identifier that the request had on the earlier one.
    pair.inject(&[0x90, 4, 0, 1, 0, 2]);
    assert!(pair.ledger.is_open(token));
    pair.server.knobs.no_suback = false;
    pair.reconnect();
    assert!(granted(&pair, token));
    pair.assert_idle("late answer");
}

#[test]
fn a_lost_session_does_not_lose_what_was_asked_for() {
    for version in VERSIONS {
        let mut pair = Pair::persistent(version);
        pair.server.knobs.no_suback = true;
        let sent = pair.subscribe("a");
        pair.run();
        pair.break_link();
        pair.server.lose_sessions();
        pair.server.knobs.no_suback = false;
        let waiting = pair.subscribe("b");
        pair.pass(1_000);
        assert!(granted(&pair, sent) && granted(&pair, waiting));
        assert_eq!(held(&pair), ["a", "b"]);
    }
}

#[test]
fn there_may_be_as_many_as_there_are_identifiers_and_the_rest_is_told() {
    let mut pair = Pair::persistent(Version::V5);
    pair.break_link();
    pair.server.knobs.no_suback = true;
    let tokens: Vec<_> = (0..65_540).map(|_| pair.subscribe("a")).collect();
    pair.pass(1_000);
    let told: Vec<_> = tokens
        .iter()
        .filter(|t| !pair.ledger.is_open(**t))
        .collect();
    assert_eq!(told.len(), 5);
    for token in told {
        assert_eq!(why(&pair, *token), Some(UsageError::NoPacketId));
    }
}

#[test]
fn what_was_sent_on_an_earlier_connection_is_not_told_as_never_sent() {
    for version in VERSIONS {
        let mut pair = Pair::persistent(version);
        pair.server.knobs.no_suback = true;
        let sent = pair.subscribe("a");
        pair.run();
        pair.dial = Dial::Fails;
        pair.break_link();
        let unsent = pair.subscribe("b");
        for token in [sent, unsent] {
            pair.client.cancel(token, pair.now);
        }
        pair.drain(&[]);
        let told = |withdrawn| Told::Cancelled(Cancel::Caller, withdrawn);
        assert_eq!(*pair.ledger.outcome(sent), told(false));
        assert_eq!(*pair.ledger.outcome(unsent), told(true));
    }
}
