//! SUBSCRIBE and UNSUBSCRIBE: filter by filter, and what happens when the answer does not come.
#![cfg(not(target_arch = "wasm32"))]

mod support;

use mqtt_mooring::client::output::Cause;
use mqtt_mooring::codec::{
    Packet, PacketType, Property, QoS, ReasonCode, RetainHandling, SubAck, SubscriptionOptions,
    TopicError, UnsubAck, Version,
};
use mqtt_mooring::error::{ProtocolError, UsageError};
use support::*;

const PLAIN: SubscriptionOptions = SubscriptionOptions::qos(QoS::ExactlyOnce);

#[test]
fn each_filter_gets_its_own_answer() {
    for version in VERSIONS {
        let mut pair = Pair::connected(version);
        pair.server.knobs.codes = Some(vec![0, 0x80, 2]);
        let filters = [("a", PLAIN), ("b/#", PLAIN), ("c/+", PLAIN)];
        let token = pair
            .client
            .subscribe(&filters, &[], pair.now)
            .expect("sent");
        pair.drain(&[]);
        pair.run();
        let Told::Subscribed(results) = pair.ledger.outcome(token) else {
            panic!("{}", pair.story());
        };
        let reasons: Vec<u8> = results.iter().map(|(_, _, reason)| reason.0).collect();
        assert_eq!(reasons, [0, 0x80, 2]);
        assert_eq!(results[0].1, QoS::AtMostOnce, "granted, not asked for");
        // What was refused is no subscription.
        assert_eq!(
            pair.client.subscriptions().collect::<Vec<_>>(),
            ["a", "c/+"]
        );
        pair.assert_idle("subscribed");
    }
}

#[test]
fn unsubscribing_is_answered_filter_by_filter() {
    for version in VERSIONS {
        let mut pair = Pair::connected(version);
        pair.subscribe("a");
        pair.run();
        let token = pair.client.unsubscribe(&["a", "never"], &[], pair.now);
        let token = token.expect("sent");
        pair.drain(&[]);
        pair.run();
        let second = match version {
            Version::V311 => ReasonCode::SUCCESS,
            Version::V5 => ReasonCode::NO_SUBSCRIPTION_EXISTED,
        };
        let results = vec![
            ("a".to_owned(), ReasonCode::SUCCESS),
            ("never".to_owned(), second),
        ];
        assert_eq!(*pair.ledger.outcome(token), Told::Unsubscribed(results));
        assert_eq!(pair.client.subscriptions().len(), 0);
    }
}

#[test]
fn an_unsubscribe_that_fails_leaves_the_subscription() {
    let mut pair = Pair::connected(Version::V5);
    pair.subscribe("a");
    pair.run();
    pair.server.knobs.codes = Some(vec![0x87]);
    pair.client
        .unsubscribe(&["a"], &[], pair.now)
        .expect("sent");
    pair.drain(&[]);
    pair.run();
    assert_eq!(pair.client.subscriptions().collect::<Vec<_>>(), ["a"]);
}

#[test]
fn an_answer_that_does_not_fit_ends_the_connection_and_every_caller_is_told() {
    for version in VERSIONS {
        for subscribing in [true, false] {
            let kinds = [
                (PacketType::SubAck, 1),
                (PacketType::SubAck, 3),
                (PacketType::UnsubAck, 1),
                (PacketType::UnsubAck, 3),
            ];
            for (kind, count) in kinds {
                if version == Version::V311 && kind == PacketType::UnsubAck && !subscribing {
                    continue; // It has no codes to count.
                }
                let mut pair = Pair::connected(version);
                pair.server.knobs.no_suback = true;
                let token = if subscribing {
                    let filters = [("a", PLAIN), ("b", PLAIN)];
                    pair.client.subscribe(&filters, &[], pair.now)
                } else {
                    pair.client.unsubscribe(&["a", "b"], &[], pair.now)
                }
                .expect("sent");
                pair.drain(&[]);
                pair.run();
                let codes = vec![
                    0;
                    if kind == PacketType::UnsubAck && version == Version::V311 {
                        0
                    } else {
                        count
                    }
                ];
                let packet = match kind {
                    PacketType::SubAck => Packet::SubAck(SubAck {
                        packet_id: id(1),
                        properties: Default::default(),
                        codes: &codes,
                    }),
                    _ => Packet::UnsubAck(UnsubAck {
                        packet_id: id(1),
                        properties: Default::default(),
                        codes: &codes,
                    }),
                };
                pair.inject(&encode(version, &packet));
                pair.run();
                let fits = subscribing == (kind == PacketType::SubAck);
                let error = if fits {
                    ProtocolError::AnswerCount(kind)
                } else {
                    ProtocolError::MisplacedAck(kind)
                };
                let name = format!("{version:?} subscribing {subscribing} {kind} {count}");
                assert_eq!(*pair.ledger.last_cause(), Cause::Protocol(error), "{name}");
                assert_eq!(*pair.ledger.outcome(token), Told::RequestFailed, "{name}");
                pair.assert_idle(&name);
            }
        }
    }
}

#[test]
fn an_answer_nobody_waits_for_is_harmless() {
    for version in VERSIONS {
        let mut pair = Pair::connected(version);
        let codes = [0];
        let packet = Packet::SubAck(SubAck {
            packet_id: id(77),
            properties: Default::default(),
            codes: &codes,
        });
        pair.inject(&encode(version, &packet));
        let token = pair.subscribe("a");
        pair.run();
        assert!(matches!(pair.ledger.outcome(token), Told::Subscribed(_)));
    }
}

#[test]
fn a_request_is_lost_with_its_connection_and_its_identifier_is_free() {
    for version in VERSIONS {
        let mut pair = Pair::connected(version);
        pair.server.knobs.no_suback = true;
        let asked = pair.subscribe("a");
        let left = pair
            .client
            .unsubscribe(&["b"], &[], pair.now)
            .expect("sent");
        pair.drain(&[]);
        pair.run();
        assert_eq!(pair.client.packet_ids_in_use(), 2);
        pair.break_link();
        assert_eq!(*pair.ledger.outcome(asked), Told::RequestFailed);
        assert_eq!(*pair.ledger.outcome(left), Told::RequestFailed);
        pair.server.knobs.no_suback = false;
        pair.establish();
        pair.assert_idle("after a lost request");
        assert_eq!(pair.client.subscriptions().len(), 0);
    }
}

#[test]
fn requests_made_in_a_handler_wait_for_the_session_and_then_go_out_in_order() {
    for version in VERSIONS {
        let mut pair = Pair::new(version);
        pair.handler = Handler::Manual;
        pair.connect();
        pair.run();
        let one = pair.subscribe("one");
        let two = pair.subscribe("two");
        pair.run();
        assert_eq!(pair.server.subscribes.len(), 0);
        pair.client.connected_handlers_returned(pair.now);
        pair.drain(&[]);
        pair.run();
        // Nothing had to settle: a handler that awaits its own request is not left waiting.
        let asked: Vec<_> = pair
            .server
            .subscribes
            .iter()
            .map(|(f, _)| f[0].as_str())
            .collect();
        assert_eq!(asked, ["one", "two"]);
        for token in [one, two] {
            assert!(matches!(pair.ledger.outcome(token), Told::Subscribed(_)));
        }
        assert_eq!(pair.ledger.readies(), 1);
    }
}

#[test]
fn requests_that_cannot_be_made_change_nothing() {
    let identifier = encoded(&[Property::SubscriptionIdentifier(1)]);
    for version in VERSIONS {
        let mut pair = Pair::new(version);
        let refused = pair.client.subscribe(&[("a", PLAIN)], &[], pair.now);
        assert_eq!(refused, Err(UsageError::NotConnected));
        if version == Version::V5 {
            pair.server.knobs.connack = encoded(&[
                Property::WildcardSubscriptionAvailable(0),
                Property::SubscriptionIdentifierAvailable(0),
                Property::SharedSubscriptionAvailable(0),
                Property::MaximumPacketSize(100),
            ]);
        }
        pair.establish();
        let before = pair.client.save(pair.now);
        let now = pair.now;
        let client = &mut pair.client;
        assert_eq!(client.subscribe(&[], &[], now), Err(UsageError::NoFilters));
        assert_eq!(
            client.unsubscribe(&[], &[], now),
            Err(UsageError::NoFilters)
        );
        let bad = [
            ("", TopicError::Empty),
            ("a\0", TopicError::NullCharacter),
            ("a#", TopicError::MultiLevelWildcard),
            ("a+/b", TopicError::SingleLevelWildcard),
            ("$share//a", TopicError::ShareName),
        ];
        for (filter, error) in bad {
            let refused = Err(UsageError::Topic(error));
            assert_eq!(client.subscribe(&[(filter, PLAIN)], &[], now), refused);
            assert_eq!(client.unsubscribe(&[filter], &[], now), refused);
        }
        let options = SubscriptionOptions {
            no_local: true,
            retain_handling: RetainHandling::DoNotSend,
            ..PLAIN
        };
        match version {
            Version::V311 => {
                let refused = client.subscribe(&[("a", options)], &[], now);
                assert!(matches!(refused, Err(UsageError::OnlyInV5(_))));
                let refused = client.subscribe(&[("a", PLAIN)], &identifier, now);
                assert!(matches!(refused, Err(UsageError::OnlyInV5(_))));
            }
            Version::V5 => {
                for filter in ["a/#", "+", "$share/g/a"] {
                    let refused = client.subscribe(&[(filter, PLAIN)], &[], now);
                    assert!(
                        matches!(refused, Err(UsageError::NotAvailable(_))),
                        "{filter}"
                    );
                }
                let refused = client.subscribe(&[("a", PLAIN)], &identifier, now);
                assert!(matches!(refused, Err(UsageError::NotAvailable(_))));
                let long = "a".repeat(100);
                let refused = client.subscribe(&[(&long, PLAIN)], &[], now);
                assert!(matches!(
                    refused,
                    Err(UsageError::TooLarge { limit: 100, .. })
                ));
                let refused = client.unsubscribe(&[&long], &[], now);
                assert!(matches!(
                    refused,
                    Err(UsageError::TooLarge { limit: 100, .. })
                ));
            }
        }
        assert_eq!(client.packet_ids_in_use(), 0);
        pair.drain(&[]);
        pair.run();
        assert_eq!(pair.server.subscribes.len(), 0);
        // Only the search for the next identifier may have moved on.
        let after = pair.client.save(pair.now);
        assert!(version == Version::V5 || after == before);
    }
}

#[test]
fn a_shared_subscription_cannot_be_no_local() {
    let mut pair = Pair::connected(Version::V5);
    let options = SubscriptionOptions {
        no_local: true,
        ..PLAIN
    };
    let refused = pair
        .client
        .subscribe(&[("$share/g/a", options)], &[], pair.now);
    assert_eq!(refused, Err(UsageError::SharedNoLocal));
}

#[test]
fn options_and_identifier_reach_the_server_and_the_saved_session() {
    let mut pair = Pair::connected(Version::V5);
    let identifier = encoded(&[Property::SubscriptionIdentifier(268_435_455)]);
    let options = SubscriptionOptions {
        qos: QoS::AtLeastOnce,
        no_local: true,
        retain_as_published: true,
        retain_handling: RetainHandling::SendIfNew,
    };
    let filters = [("a/+", options)];
    pair.client
        .subscribe(&filters, &identifier, pair.now)
        .expect("sent");
    pair.drain(&[]);
    pair.run();
    assert_eq!(pair.server.subscribes[0].1, identifier);
    let saved =
        mqtt_mooring::session::snapshot::restore(&pair.client.save(pair.now)).expect("read");
    let (filter, subscription) = saved.session.subscriptions.iter().next().expect("one");
    assert_eq!(filter, "a/+");
    assert_eq!(subscription.options, options);
    assert_eq!(subscription.identifier, Some(268_435_455));
}
