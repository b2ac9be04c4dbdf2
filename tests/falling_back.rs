//! Servers that speak MQTT 3.1.1 only, met by a client that would rather speak 5.
#![cfg(not(target_arch = "wasm32"))]

mod support;

use mqtt_mooring::client::State;
use mqtt_mooring::client::config::WillMessage;
use mqtt_mooring::client::output::{Cause, Event, Next};
use mqtt_mooring::codec::{Property, QoS, ReasonCode, SubscriptionOptions, Version};
use mqtt_mooring::error::{RestoreError, UsageError};
use support::*;

const REFUSED: Cause = Cause::Refused(ReasonCode::UNSUPPORTED_PROTOCOL_VERSION);

/// What such a server says to a CONNECT of MQTT 5: in its own words, or in those of MQTT 5.
const REFUSALS: [&[u8]; 2] = [&[0x20, 2, 0, 1], &[0x20, 3, 0, 0x84, 0]];

/// A client that may fall back, and a server that does not answer CONNECT by itself.
fn asking() -> Pair {
    let mut pair = Pair::new(Version::V5);
    pair.client.set_protocol_fallback(true);
    pair.server.knobs.deaf = true;
    pair
}

/// The server refuses MQTT 5; what follows is spoken with one of 3.1.1.
fn refuse(pair: &mut Pair, refusal: &[u8]) {
    pair.run();
    pair.inject(refusal);
    pair.run();
    pair.version = Version::V311;
    pair.server = Server::new(Version::V311);
    pair.dial = Dial::Opens;
    pair.pass(0);
    pair.run();
}

fn fallen_back() -> Pair {
    let mut pair = asking();
    pair.connect();
    refuse(&mut pair, REFUSALS[0]);
    assert_eq!(pair.client.state(), State::Connected, "{}", pair.story());
    pair
}

#[test]
fn a_server_that_refuses_5_is_spoken_to_in_3_1_1_at_once_whatever_the_schedule() {
    for refusal in REFUSALS {
        for policy in [None, Some(Default::default())] {
            let mut pair = asking();
            pair.config.reconnect = policy;
            pair.connect();
            refuse(&mut pair, refusal);
            assert_eq!(pair.client.state(), State::Connected, "{}", pair.story());
            assert_eq!(pair.client.version(), Version::V311);
            let end = pair.ledger.ends()[0];
            assert_eq!((&end.cause, end.next), (&REFUSED, Next::After(0)));
            let accepted = pair.ledger.events.iter().find_map(|event| match event {
                Event::Connected(accepted) => Some(accepted.version),
                _ => None,
            });
            assert_eq!(accepted, Some(Version::V311));
            let token = pair.send("x", QoS::ExactlyOnce);
            pair.run();
            assert_eq!(*pair.ledger.outcome(token), Told::Out(ReasonCode::SUCCESS));
        }
    }
}

#[test]
fn without_leave_to_fall_back_or_for_another_reason_nothing_is_tried() {
    for refusal in REFUSALS {
        let mut pair = asking();
        pair.client.set_protocol_fallback(false);
        pair.config.reconnect = Some(Default::default());
        pair.connect();
        refuse(&mut pair, refusal);
        assert_eq!(*pair.ledger.last_cause(), REFUSED);
        assert_eq!(pair.client.state(), State::Disconnected);
    }
    let mut pair = asking();
    pair.connect();
    refuse(&mut pair, &[0x20, 3, 0, 0x87, 0]);
    assert_eq!(pair.client.state(), State::Disconnected);
    let mut pair = Pair::new(Version::V311);
    pair.client.set_protocol_fallback(true);
    pair.server.knobs.deaf = true;
    pair.connect();
    refuse(&mut pair, REFUSALS[0]);
    assert_eq!(*pair.ledger.last_cause(), REFUSED);
    assert_eq!(pair.client.state(), State::Disconnected);
}

#[test]
fn options_that_3_1_1_has_not_are_not_dropped_silently() {
    let pairs = encoded(&[Property::UserProperty("k", "v")]);
    for what in 0..3 {
        let mut pair = asking();
        match what {
            0 => pair.config.user_properties.clone_from(&pairs),
            1 => pair.config.password = Some(vec![1]),
            _ => {
                pair.config.will = Some(WillMessage {
                    topic: "gone".into(),
                    payload: Vec::new(),
                    qos: QoS::AtMostOnce,
                    retain: false,
                    properties: pairs.clone(),
                });
            }
        }
        pair.connect();
        refuse(&mut pair, REFUSALS[1]);
        assert_eq!(*pair.ledger.last_cause(), REFUSED);
        assert_eq!(pair.client.state(), State::Disconnected);
    }
}

#[test]
fn what_was_never_sent_goes_along() {
    let mut pair = asking();
    pair.connect();
    let tokens = [QoS::AtLeastOnce, QoS::ExactlyOnce].map(|qos| pair.send("x", qos));
    refuse(&mut pair, REFUSALS[0]);
    for token in tokens {
        assert_eq!(*pair.ledger.outcome(token), Told::Out(ReasonCode::SUCCESS));
    }
    assert_eq!(pair.server.connects[0].client_id, ID);
}

#[test]
fn a_message_or_a_session_of_5_does_not_go_on_in_3_1_1() {
    for what in 0..3 {
        let mut pair = Pair::new(Version::V5);
        if what > 0 {
            pair.server.knobs.hold_acks = true;
            pair.establish();
            if what == 1 {
                pair.send("x", QoS::ExactlyOnce);
                pair.run();
            }
            pair.break_link();
        }
        pair.client.set_protocol_fallback(true);
        pair.server.knobs.deaf = true;
        pair.connect();
        if what == 0 {
            let list = encoded(&[Property::ContentType("text/plain")]);
            let request = mqtt_mooring::client::PublishRequest {
                properties: &list,
                ..message("x", QoS::AtLeastOnce)
            };
            pair.publish(request);
        } else if what == 2 {
            pair.send("in the session", QoS::AtLeastOnce);
        }
        let held = pair.client.in_flight().len() + pair.client.outbox().len();
        refuse(&mut pair, REFUSALS[0]);
        let cause = Cause::Unsendable(UsageError::OnlyGoesOnInV5);
        assert_eq!(*pair.ledger.last_cause(), cause, "{what}");
        assert_eq!(pair.client.state(), State::Disconnected);
        // It is as it was, and goes on where it can.
        let now = pair.client.in_flight().len() + pair.client.outbox().len();
        assert_eq!(now, held, "{what}");
        assert_eq!(pair.client.version(), Version::V5);
    }
}

#[test]
fn a_session_of_5_of_which_nothing_is_held_gives_way_to_a_new_one() {
    let mut pair = Pair::connected(Version::V5);
    pair.break_link();
    pair.client.set_protocol_fallback(true);
    pair.server.knobs.deaf = true;
    pair.connect();
    refuse(&mut pair, REFUSALS[0]);
    assert_eq!(pair.client.state(), State::Connected, "{}", pair.story());
}

/// The filters that went with a session, and whether they are made again; how often that was told.
fn losses(pair: &Pair) -> Vec<(Vec<&str>, bool)> {
    let lost = pair.ledger.events.iter().filter_map(|event| match event {
        Event::SessionLost {
            filters,
            resubscribing,
        } => Some((filters.iter().map(|f| &**f).collect(), *resubscribing)),
        _ => None,
    });
    lost.collect()
}

fn asked(pair: &Pair) -> Vec<&str> {
    let all = pair.server.subscribes.iter();
    all.flat_map(|(filters, _)| filters.iter().map(String::as_str))
        .collect()
}

#[test]
fn subscriptions_of_a_session_that_gives_way_are_told_lost_and_made_again() {
    for refusal in REFUSALS {
        for resubscribe in [true, false] {
            for clean in [true, false] {
                let mut pair = Pair::new(Version::V5);
                pair.client.set_protocol_fallback(true);
                pair.config.resubscribe = resubscribe;
                pair.config.clean_session = clean;
                pair.persist();
                pair.establish();
                pair.subscribe("orders/#");
                pair.run();
                pair.server.knobs.deaf = true;
                pair.break_link();
                pair.pass(2_000);
                refuse(&mut pair, refusal);
                assert_eq!(pair.client.state(), State::Connected, "{}", pair.story());
                assert_eq!(pair.client.version(), Version::V311);
                assert_eq!(losses(&pair), [(vec!["orders/#"], resubscribe)]);
                let again: &[&str] = if resubscribe { &["orders/#"] } else { &[] };
                assert_eq!(asked(&pair), again);
                let held: Vec<_> = pair.client.subscriptions().collect();
                assert_eq!(held, again);
            }
        }
    }
}

#[test]
fn a_subscription_with_options_that_3_1_1_has_not_is_refused_and_the_others_are_made_again() {
    let plain = SubscriptionOptions::qos(QoS::AtLeastOnce);
    let no_local = SubscriptionOptions {
        no_local: true,
        ..plain
    };
    let identified = encoded(&[Property::SubscriptionIdentifier(7)]);
    let mut pair = Pair::persistent(Version::V5);
    pair.client.set_protocol_fallback(true);
    for (filters, list) in [
        (&[("a", plain), ("b", no_local)][..], &[][..]),
        (&[("c", plain)], &identified),
    ] {
        let asked = pair.client.subscribe(filters, list, pair.now);
        asked.expect("accepted");
        pair.drain(&[]);
        pair.run();
    }
    pair.server.knobs.deaf = true;
    pair.break_link();
    pair.pass(2_000);
    refuse(&mut pair, REFUSALS[0]);
    assert_eq!(losses(&pair), [(vec!["a", "b", "c"], true)]);
    let refused = pair.ledger.events.iter().filter_map(|event| match event {
        Event::Refused { filter, .. } => Some(&**filter),
        _ => None,
    });
    assert_eq!(refused.collect::<Vec<_>>(), ["b", "c"]);
    assert_eq!(asked(&pair), ["a"]);
    assert_eq!(pair.client.subscriptions().collect::<Vec<_>>(), ["a"]);
}

#[test]
fn subscriptions_go_along_into_another_version_and_are_told_lost_under_another_name() {
    for (asked_in, version) in [(Version::V5, Version::V311), (Version::V311, Version::V5)] {
        for renamed in [false, true] {
            let mut pair = Pair::connected(asked_in);
            pair.subscribe("orders/#");
            pair.run();
            pair.break_link();
            pair.version = version;
            pair.server = Server::new(version);
            pair.config.version = version;
            if renamed {
                pair.config.client_id = "another".into();
            }
            pair.establish();
            assert_eq!(losses(&pair), [(vec!["orders/#"], !renamed)]);
            let again: &[&str] = if renamed { &[] } else { &["orders/#"] };
            assert_eq!(asked(&pair), again);
        }
    }
}

#[test]
fn a_session_that_fell_back_goes_on_in_3_1_1_without_asking_for_5() {
    let mut pair = fallen_back();
    pair.server.knobs.hold_acks = true;
    let token = pair.send("unfinished", QoS::AtLeastOnce);
    pair.run();
    pair.break_link();
    assert_eq!(pair.config.version, Version::V5, "what is asked for");
    pair.server.knobs.hold_acks = false;
    pair.establish();
    assert!(pair.client.session_present());
    assert_eq!(*pair.ledger.outcome(token), Told::Out(ReasonCode::SUCCESS));
    // Saved and restored as well.
    pair.break_link();
    let saved = pair.client.save(pair.now);
    let old = pair.reload();
    drop(old);
    let (version, now) = (Version::V5, pair.now);
    let foreign = pair.client.restore(&saved, ID, version, now);
    assert!(matches!(foreign, Err(RestoreError::OtherVersion { .. })));
    pair.client.set_protocol_fallback(true);
    let restored = pair.client.restore(&saved, ID, version, now);
    restored.expect("may be gone on with");
    pair.drain(&[]);
    pair.establish();
    assert!(pair.client.session_present());
    assert_eq!(pair.client.version(), Version::V311);
}

#[test]
fn a_clean_session_asks_for_5_every_time() {
    let mut pair = asking();
    pair.config.clean_session = true;
    pair.connect();
    refuse(&mut pair, REFUSALS[0]);
    assert_eq!(pair.client.version(), Version::V311);
    pair.break_link();
    pair.version = Version::V5;
    pair.server = Server::new(Version::V5);
    pair.establish();
    assert_eq!(pair.client.version(), Version::V5);
}

#[test]
fn a_request_that_3_1_1_has_not_is_told_so() {
    let mut pair = asking();
    pair.config.reconnect = Some(Default::default());
    pair.connect();
    let options = SubscriptionOptions {
        no_local: true,
        ..SubscriptionOptions::qos(QoS::AtMostOnce)
    };
    let asked = pair.client.subscribe(&[("a", options)], &[], pair.now);
    let asked = asked.expect("accepted");
    let plain = pair.subscribe("b");
    refuse(&mut pair, REFUSALS[1]);
    let why = pair.ledger.events.iter().find_map(|event| match event {
        Event::RequestFailed { token, why } if *token == asked => Some(why),
        _ => None,
    });
    assert!(matches!(why, Some(Some(UsageError::Encode(_)))), "{why:?}");
    assert!(!pair.ledger.is_open(plain));
    assert_eq!(pair.client.state(), State::Connected);
}
