//! What becomes of a session: present or not, held or not, restored, lost, expired.
#![cfg(not(target_arch = "wasm32"))]

mod support;

use mqtt_mooring::client::config::WhenSessionLost;
use mqtt_mooring::client::output::{Cause, Certainty, Direction, Event, LossCause};
use mqtt_mooring::client::{PublishRequest, State};
use mqtt_mooring::codec::{PacketType, Property, PropertySet, QoS, ReasonCode, Version};
use mqtt_mooring::error::RestoreError;
use mqtt_mooring::session::outbound::OutgoingStage;
use support::*;

const SUCCESS: Told = Told::Out(ReasonCode::SUCCESS);

/// One message of each QoS above 0 in flight, unanswered; one QoS 2 past PUBREC; the link is cut.
fn interrupted(version: Version) -> (Pair, [u64; 3]) {
    let mut pair = Pair::connected(version);
    pair.server.knobs.hold_acks = true;
    let owned = pair.send("owned", QoS::ExactlyOnce);
    pair.run();
    pair.server.release_ack();
    pair.run();
    let one = pair.send("one", QoS::AtLeastOnce);
    let two = pair.send("two", QoS::ExactlyOnce);
    pair.break_link();
    pair.server.knobs.hold_acks = false;
    (pair, [owned, one, two])
}

#[test]
fn present_and_held_goes_on_where_it_was() {
    for version in VERSIONS {
        let (mut pair, tokens) = interrupted(version);
        pair.server.seen.clear();
        pair.establish();
        assert!(pair.client.session_present());
        let resent: Vec<_> = pair
            .server
            .seen
            .iter()
            .map(|(kind, _, dup)| (*kind, *dup))
            .collect();
        assert_eq!(
            resent.get(1..4),
            Some(
                &[
                    (PacketType::PubRel, false),
                    (PacketType::Publish, true),
                    (PacketType::Publish, true),
                ][..]
            )
        );
        for token in tokens {
            assert_eq!(*pair.ledger.outcome(token), SUCCESS);
        }
        assert_eq!(pair.ledger.losses(), 0);
        pair.assert_idle("resumed");
    }
}

#[test]
fn absent_and_not_held_is_a_new_session() {
    for version in VERSIONS {
        let pair = Pair::connected(version);
        assert!(!pair.client.session_present());
        assert_eq!(pair.ledger.losses(), 0);
        assert_eq!(pair.ledger.readies(), 1);
    }
}

#[test]
fn absent_and_held_is_a_loss_by_the_rules_chosen() {
    let lost = || Told::Lost(Certainty::Indeterminate, LossCause::SessionLost);
    for version in VERSIONS {
        for (policy, one, two, onward) in [
            (
                WhenSessionLost::RepublishQos1,
                SUCCESS,
                lost(),
                vec!["owned", "one"],
            ),
            (
                WhenSessionLost::Republish,
                SUCCESS,
                SUCCESS,
                vec!["owned", "one", "two"],
            ),
            (WhenSessionLost::Discard, lost(), lost(), vec!["owned"]),
        ] {
            let (mut pair, tokens) = interrupted(version);
            pair.config.when_session_lost = policy;
            pair.server.lose_sessions();
            pair.server.seen.clear();
            pair.establish();
            for (token, told) in tokens.into_iter().zip([SUCCESS, one, two]) {
                assert_eq!(*pair.ledger.outcome(token), told, "{policy:?}");
            }
            // Published anew: no DUP.
            assert!(pair.server.seen.iter().all(|(_, _, dup)| !dup));
            assert_eq!(pair.server.payloads(), onward, "{policy:?}");
            assert_eq!(pair.ledger.losses(), 1);
            pair.assert_idle("lost");
        }
    }
}

#[test]
fn a_lost_session_names_the_filters_that_are_gone() {
    let mut pair = Pair::new(Version::V5);
    pair.config.resubscribe = false;
    pair.establish();
    pair.subscribe("a/+");
    pair.run();
    pair.break_link();
    pair.server.lose_sessions();
    pair.establish();
    let named = pair.ledger.events.iter().find_map(|event| match event {
        Event::SessionLost { filters, .. } => Some(filters.clone()),
        _ => None,
    });
    assert_eq!(named.as_deref(), Some(&["a/+".into()][..]));
    assert_eq!(pair.client.subscriptions().len(), 0);
}

#[test]
fn a_half_received_message_of_a_lost_session_is_handed_over_once() {
    for version in VERSIONS {
        let mut pair = Pair::connected(version);
        pair.server.send(to_client("x", QoS::ExactlyOnce));
        pair.packets = 0;
        pair.cut = Some(Cut {
            at: 1,
            after: false,
        });
        pair.run();
        assert!(pair.was_cut);
        assert_eq!(pair.ledger.payloads().len(), 0);
        pair.server.lose_sessions();
        pair.establish();
        assert_eq!(pair.ledger.payloads(), ["x"]);
        pair.break_link();
        pair.establish();
        assert_eq!(pair.ledger.payloads(), ["x"]);
        pair.assert_idle("handed over");
    }
}

#[test]
fn present_and_not_held_ends_in_5_and_goes_on_in_3_1_1() {
    let mut pair = Pair::connected(Version::V5);
    pair.reload();
    pair.connect();
    let token = pair.send("kept", QoS::AtLeastOnce);
    pair.run();
    assert_eq!(*pair.ledger.last_cause(), Cause::SessionUnknown);
    assert!(!pair.ledger.ends()[0].was_ready);
    assert!(pair.ledger.is_open(token));
    // Declared by the option, or by restoring nothing.
    pair.config.resume_without_state = true;
    pair.establish();
    assert_eq!(*pair.ledger.outcome(token), SUCCESS);
    pair.config.resume_without_state = false;
    pair.reload();
    pair.client
        .restore("", ID, Version::V5, pair.now)
        .expect("nothing is always possible");
    pair.establish();

    let mut pair = Pair::connected(Version::V311);
    pair.reload();
    pair.establish();
    assert!(pair.client.session_present());
}

#[test]
fn an_empty_restore_in_the_handler_declares_an_empty_session() {
    let mut pair = Pair::connected(Version::V5);
    pair.reload();
    pair.handler = Handler::RestoreIfPresent(String::new());
    pair.establish();
    assert_eq!(pair.ledger.readies(), 1);
}

#[test]
fn without_state_identifiers_do_not_begin_where_the_lost_page_began() {
    // The lost page left QoS 2 messages half done. A new message under one of their identifiers
    // would be taken for a repetition: acknowledged, and lost.
    for version in VERSIONS {
        for declared in ["option", "empty restore"] {
            for seed in 0..20 {
                let mut pair = Pair::connected(version);
                pair.server.knobs.hold_acks = true;
                for n in 0..10 {
                    pair.send(&format!("old {n}"), QoS::ExactlyOnce);
                }
                pair.run();
                for _ in 0..seed {
                    pair.reload(); // Draws another seed.
                }
                pair.reload();
                pair.server.knobs.hold_acks = false;
                if declared == "option" {
                    pair.config.resume_without_state = true;
                } else {
                    pair.client
                        .restore("", ID, version, pair.now)
                        .expect("nothing");
                }
                pair.establish();
                for n in 0..10 {
                    pair.send(&format!("new {n}"), QoS::ExactlyOnce);
                }
                pair.run();
                let arrived = pair.server.payloads();
                assert_eq!(arrived.len(), 10, "{version:?} {declared}: {arrived:?}");
            }
        }
    }
}

#[test]
fn nothing_is_delivered_before_the_handlers_have_settled() {
    for version in VERSIONS {
        let mut pair = Pair::connected(version);
        let saved = pair.client.save(pair.now);
        pair.reload();
        for text in ["a", "b", "c"] {
            pair.server
                .session_mut(ID)
                .enqueue(to_client(text, QoS::ExactlyOnce));
        }
        pair.handler = Handler::Manual;
        pair.connect();
        pair.run();
        assert_eq!(pair.client.state(), State::Connected);
        pair.client.connected_handlers_returned(pair.now);
        pair.drain(&[]);
        pair.run();
        assert_eq!(pair.ledger.deliveries.len(), 0);
        assert_eq!(pair.ledger.readies(), 0);
        // Still time to restore: the promise is pending.
        pair.client
            .restore(&saved, ID, version, pair.now)
            .expect("in time");
        pair.client.connected_handlers_settled(pair.now);
        pair.drain(&[]);
        pair.run();
        assert_eq!(pair.ledger.payloads(), ["a", "b", "c"]);
        assert_eq!(pair.ledger.readies(), 1);
        let late = pair.client.restore(&saved, ID, version, pair.now);
        assert_eq!(late, Err(RestoreError::TooLate));
    }
}

#[test]
fn what_is_held_is_bounded() {
    let mut pair = Pair::new(Version::V5);
    pair.handler = Handler::Manual;
    pair.connect();
    pair.run();
    let mebibyte = vec![0u8; 1024 * 1024];
    for _ in 0..16 {
        pair.inject(&mebibyte);
        assert_eq!(pair.client.state(), State::Connected);
    }
    pair.inject(&[0]);
    pair.run();
    assert!(matches!(pair.ledger.last_cause(), Cause::Protocol(_)));
    assert_eq!(pair.server.disconnects[0].0, ReasonCode::QUOTA_EXCEEDED);
}

#[test]
fn a_handler_that_awaits_its_own_request_does_not_wait_for_ever() {
    for version in VERSIONS {
        for before in [true, false] {
            let mut pair = Pair::new(version);
            pair.handler = Handler::Manual;
            pair.connect();
            pair.run();
            // The request comes before the handler returns, or after (it awaited something else first).
            if before {
                pair.subscribe("a");
                pair.client.connected_handlers_returned(pair.now);
                pair.drain(&[]);
            } else {
                pair.client.connected_handlers_returned(pair.now);
                pair.subscribe("a");
            }
            let token = pair.send("x", QoS::ExactlyOnce);
            pair.run();
            assert_eq!(*pair.ledger.outcome(token), SUCCESS);
            assert_eq!(pair.server.subscribes.len(), 1);
            pair.client.connected_handlers_settled(pair.now);
            pair.drain(&[]);
            assert_eq!(pair.ledger.readies(), 1);
        }
    }
}

#[test]
fn qos_0_in_a_handler_goes_out_at_once_and_hurries_nothing() {
    let mut pair = Pair::new(Version::V5);
    pair.handler = Handler::Manual;
    pair.connect();
    pair.run();
    let token = pair.send("now", QoS::AtMostOnce);
    pair.client.connected_handlers_returned(pair.now);
    pair.drain(&[]);
    pair.run();
    assert_eq!(*pair.ledger.outcome(token), Told::Sent);
    assert_eq!(pair.ledger.readies(), 0);
}

#[test]
fn a_clean_start_ends_the_session_and_reports_what_was_in_it() {
    for version in VERSIONS {
        let (mut pair, tokens) = interrupted(version);
        pair.server
            .session_mut(ID)
            .enqueue(to_client("half", QoS::ExactlyOnce));
        // A message half received, too.
        pair.packets = 0;
        pair.cut = Some(Cut { at: 3, after: true });
        pair.server.knobs.hold_acks = true;
        pair.connect();
        pair.run();
        pair.server.knobs.hold_acks = false;
        if pair.client.state() != State::Disconnected {
            pair.break_link();
        }
        let incoming = pair.client.incoming().len();
        pair.config.clean_session = true;
        pair.connect();
        let kept = pair.send("kept", QoS::ExactlyOnce);
        pair.run();
        for token in tokens {
            assert_eq!(
                *pair.ledger.outcome(token),
                Told::Lost(Certainty::Indeterminate, LossCause::CleanSession)
            );
        }
        let halves = pair
            .ledger
            .orphans
            .iter()
            .filter(|o| o.0 == Direction::In)
            .count();
        assert_eq!(halves, incoming);
        // What was published since connect() belongs to the new session.
        assert_eq!(*pair.ledger.outcome(kept), SUCCESS);
        assert_eq!(pair.ledger.losses(), 0);
        assert_eq!(pair.client.subscriptions().len(), 0);
        pair.assert_idle("clean");
    }
}

#[test]
fn a_clean_start_that_is_refused_ends_nothing() {
    for version in VERSIONS {
        let (mut pair, tokens) = interrupted(version);
        pair.config.clean_session = true;
        pair.server.knobs.deaf = true;
        pair.connect();
        pair.run();
        pair.break_link();
        for token in tokens {
            assert!(pair.ledger.is_open(token));
        }
        assert_eq!(pair.client.in_flight().len(), 3);
    }
}

#[test]
fn queued_messages_wait_through_failed_connections_in_order() {
    for version in VERSIONS {
        let mut pair = Pair::new(version);
        let mut tokens = Vec::new();
        for text in ["a", "b", "c"] {
            pair.client
                .connect(pair.config.clone(), pair.now)
                .expect("begun");
            tokens.push(
                pair.client
                    .publish(message(text, QoS::ExactlyOnce), pair.now)
                    .expect("kept"),
            );
            pair.client.handle_closed(None, pair.now);
            pair.drain(&[]);
        }
        assert_eq!(pair.client.outbox().len(), 3);
        pair.establish();
        assert_eq!(pair.server.payloads(), ["a", "b", "c"]);
        for token in tokens {
            assert_eq!(*pair.ledger.outcome(token), SUCCESS);
        }
    }
}

#[test]
fn a_save_made_before_the_first_connack_is_not_expired() {
    for version in VERSIONS {
        let mut pair = Pair::new(version);
        pair.client
            .connect(pair.config.clone(), pair.now)
            .expect("begun");
        pair.client
            .publish(message("offline", QoS::ExactlyOnce), pair.now)
            .expect("kept");
        let under_way = pair.client.save(pair.now);
        pair.client.handle_closed(None, pair.now);
        pair.drain(&[]);
        let failed = pair.client.save(pair.now);
        for saved in [under_way, failed] {
            let mut pair = Pair::new(version);
            pair.now += 30 * 24 * 60 * 60 * 1_000;
            pair.client
                .restore(&saved, ID, version, pair.now)
                .expect("still good");
            pair.establish();
            assert_eq!(pair.server.payloads(), ["offline"]);
        }
    }
}

fn expiring<'a>(payload: &'a str, qos: QoS, properties: &'a [u8]) -> PublishRequest<'a> {
    PublishRequest {
        properties,
        ..message(payload, qos)
    }
}

#[test]
fn expiry_is_counted_down_in_the_outbox_and_what_has_expired_is_reported() {
    let minute = encoded(&[
        Property::MessageExpiryInterval(60),
        Property::ContentType("x"),
    ]);
    let mut pair = Pair::connected(Version::V5);
    pair.break_link();
    pair.connect();
    let short = encoded(&[Property::MessageExpiryInterval(1)]);
    let gone = pair.publish(expiring("gone", QoS::ExactlyOnce, &short));
    let kept = pair.publish(expiring("kept", QoS::ExactlyOnce, &minute));
    // The server takes its time.
    pair.now += 10_400;
    pair.run();
    assert_eq!(
        *pair.ledger.outcome(gone),
        Told::Lost(Certainty::NotDelivered, LossCause::Expired)
    );
    assert_eq!(*pair.ledger.outcome(kept), SUCCESS);
    let sent = properties(PropertySet::Publish, &pair.server.onward[0].properties);
    assert_eq!(
        sent.message_expiry_interval(),
        Some(50),
        "49.6 s, rounded up"
    );
    assert_eq!(sent.iter().count(), 2);
}

#[test]
fn a_sent_qos_1_message_expires_before_it_is_sent_again_and_a_qos_2_message_does_not() {
    let ten = encoded(&[Property::MessageExpiryInterval(10)]);
    let mut pair = Pair::connected(Version::V5);
    let one = pair.publish(expiring("one", QoS::AtLeastOnce, &ten));
    let two = pair.publish(expiring("two", QoS::ExactlyOnce, &ten));
    pair.break_link();
    pair.now += 3_000;
    pair.establish_and_cut_at(2);
    assert!(pair.ledger.is_open(one) && pair.ledger.is_open(two));
    pair.now += 60_000;
    pair.establish();
    assert_eq!(
        *pair.ledger.outcome(one),
        Told::Lost(Certainty::Indeterminate, LossCause::Expired)
    );
    // [MQTT-4.3.3-7]: its identifier is in use at the server.
    assert_eq!(*pair.ledger.outcome(two), SUCCESS);
    assert_eq!(pair.server.payloads(), ["two"]);
    let sent = properties(PropertySet::Publish, &pair.server.onward[0].properties);
    assert_eq!(sent.message_expiry_interval(), Some(1));
    pair.assert_idle("expired");
}

#[test]
fn what_waits_for_the_window_after_a_resumption_is_not_republished_past_it() {
    let mut pair = Pair::new(Version::V311);
    pair.config.republish_interval = 1_000;
    pair.config.inflight_window = Some(5);
    pair.establish();
    pair.server.knobs.hold_acks = true;
    for number in 0..5 {
        pair.send(&number.to_string(), QoS::AtLeastOnce);
    }
    pair.run();
    pair.break_link();
    pair.config.inflight_window = Some(2);
    pair.server.seen.clear();
    pair.establish();
    pair.run();
    pair.pass(5_000);
    let publishes = |pair: &Pair| {
        let seen = pair.server.seen.iter();
        seen.filter(|s| s.0 == PacketType::Publish).count()
    };
    assert_eq!(publishes(&pair), 2, "as many as the window allows");
    pair.server.release_acks();
    pair.server.knobs.hold_acks = false;
    pair.run();
    assert_eq!(publishes(&pair), 5);
    pair.assert_idle("all sent");
}

#[test]
fn republish_interval_sends_again_what_is_old_enough_and_only_in_3_1_1() {
    let mut pair = Pair::new(Version::V311);
    pair.config.republish_interval = 1_000;
    pair.establish();
    pair.server.knobs.hold_acks = true;
    let token = pair.send("x", QoS::AtLeastOnce);
    let two = pair.send("y", QoS::ExactlyOnce);
    pair.run();
    let sent = |pair: &Pair| {
        let seen = &pair.server.seen;
        let publishes = seen.iter().filter(|s| s.0 == PacketType::Publish);
        publishes.map(|s| s.2).collect::<Vec<_>>()
    };
    assert_eq!(sent(&pair), [false, false]);
    pair.pass(1_000);
    assert_eq!(
        sent(&pair).len(),
        2,
        "not a whole interval since they were sent, by the round's clock"
    );
    pair.pass(1_000);
    assert_eq!(sent(&pair), [false, false, true, true]);
    pair.pass(2_000);
    assert_eq!(sent(&pair).len(), 8);
    pair.server.release_acks();
    pair.run();
    pair.pass(10_000);
    assert_eq!(sent(&pair).len(), 8);
    assert_eq!(*pair.ledger.outcome(token), SUCCESS);
    assert_eq!(*pair.ledger.outcome(two), SUCCESS);
    assert_eq!(
        pair.server.payloads().iter().filter(|p| *p == "y").count(),
        1
    );
    pair.assert_idle("republished");
    // Off by default.
    let mut pair = Pair::connected(Version::V311);
    assert_eq!(pair.client.deadline(), None);
    pair.server.knobs.hold_acks = true;
    pair.send("x", QoS::AtLeastOnce);
    pair.pass(1_000_000);
    assert_eq!(sent(&pair), [false]);
}

#[test]
fn restoring_another_state_reports_what_it_replaces() {
    for version in VERSIONS {
        let (mut pair, tokens) = interrupted(version);
        pair.client
            .restore("", ID, version, pair.now)
            .expect("nothing");
        pair.drain(&[]);
        for token in tokens {
            assert_eq!(
                *pair.ledger.outcome(token),
                Told::Lost(Certainty::Indeterminate, LossCause::Replaced)
            );
        }
        assert_eq!(pair.client.packet_ids_in_use(), 0);
    }
}

#[test]
fn restoring_the_state_at_hand_keeps_the_callers() {
    for version in VERSIONS {
        let (mut pair, tokens) = interrupted(version);
        let saved = pair.client.save(pair.now);
        pair.client
            .restore(&saved, ID, version, pair.now)
            .expect("just saved");
        pair.drain(&[]);
        pair.establish();
        for token in tokens {
            assert_eq!(*pair.ledger.outcome(token), SUCCESS);
        }
        assert_eq!(pair.ledger.orphans, []);
        pair.assert_idle("restored in place");
    }
}

#[test]
fn a_handler_that_restores_at_every_connection_sends_nothing_twice() {
    // The five lines of the manual: the handler stays registered when the link breaks.
    for version in VERSIONS {
        let (mut pair, _) = interrupted(version);
        let saved = pair.client.save(pair.now);
        pair.reload();
        pair.handler = Handler::RestoreIfPresent(saved);
        pair.establish();
        let arrived = pair.server.payloads();
        assert_eq!(arrived.len(), 3);
        let later = pair.send("later", QoS::ExactlyOnce);
        pair.run();
        pair.server.knobs.hold_acks = true;
        let cut = pair.send("cut", QoS::ExactlyOnce);
        pair.run();
        pair.break_link();
        pair.server.knobs.hold_acks = false;
        pair.establish();
        assert_eq!(pair.server.payloads().len(), 5, "{}", pair.story());
        for token in [later, cut] {
            assert_eq!(*pair.ledger.outcome(token), SUCCESS);
        }
        pair.assert_idle("restored again");
    }
}

#[test]
fn a_second_restore_in_one_handler_does_not_double_the_outbox() {
    for version in VERSIONS {
        let mut pair = Pair::connected(version);
        pair.break_link();
        pair.connect();
        pair.send("queued", QoS::ExactlyOnce);
        let saved = pair.client.save(pair.now);
        pair.break_link();
        pair.reload();
        pair.handler = Handler::Manual;
        pair.connect();
        pair.run();
        pair.send("of the handler", QoS::ExactlyOnce);
        for _ in 0..2 {
            pair.client
                .restore(&saved, ID, version, pair.now)
                .expect("in time");
            pair.drain(&[]);
        }
        pair.client.connected_handlers_settled(pair.now);
        pair.drain(&[]);
        pair.run();
        assert_eq!(
            pair.server.payloads(),
            ["queued", "of the handler"],
            "{}",
            pair.story()
        );
        pair.assert_idle("restored twice");
    }
}

#[test]
fn what_a_handler_publishes_before_it_restores_comes_after_what_was_restored() {
    for version in VERSIONS {
        let (mut pair, _) = interrupted(version);
        let saved = pair.client.save(pair.now);
        pair.server.onward.clear();
        pair.reload();
        pair.handler = Handler::Manual;
        pair.connect();
        let early = pair.send("early", QoS::ExactlyOnce);
        pair.run();
        pair.client
            .restore(&saved, ID, version, pair.now)
            .expect("in time");
        pair.client.connected_handlers_settled(pair.now);
        pair.drain(&[]);
        pair.run();
        assert_eq!(pair.server.payloads(), ["one", "two", "early"]);
        assert_eq!(*pair.ledger.outcome(early), SUCCESS);
    }
}

#[test]
fn restore_errors_leave_everything_as_it_was() {
    for version in VERSIONS {
        let (mut pair, tokens) = interrupted(version);
        let own = pair.client.save(pair.now);
        let mut stranger = Pair::new(version);
        stranger.config.client_id = "stranger".into();
        stranger.establish();
        let foreign = stranger.client.save(stranger.now);
        let other = match version {
            Version::V311 => Version::V5,
            Version::V5 => Version::V311,
        };
        let now = pair.now;
        let restored = pair.client.restore(&foreign, ID, version, now);
        let saved = "stranger".to_owned();
        assert_eq!(restored, Err(RestoreError::OtherClient { saved }));
        let restored = pair.client.restore(&own, ID, other, now);
        assert_eq!(restored, Err(RestoreError::OtherVersion { saved: version }));
        for text in [
            "x",
            "mooring1:",
            "mooring1:AAAA",
            "mooring2:AAAAAAAA",
            &own[..own.len() - 1],
        ] {
            let restored = pair.client.restore(text, ID, version, now);
            assert!(matches!(restored, Err(RestoreError::Snapshot(_))), "{text}");
        }
        if version == Version::V5 {
            let week = 7 * 24 * 60 * 60 * 1_000;
            let restored = pair.client.restore(&own, ID, version, now + week + 5_000);
            assert_eq!(restored, Err(RestoreError::Expired { seconds: 5 }));
            assert!(
                pair.client
                    .restore(&own, ID, version, now + week - 1)
                    .is_ok()
            );
            pair.drain(&[]);
        } else {
            assert_eq!(pair.client.save(now), own);
        }
        pair.establish();
        for token in tokens {
            assert_eq!(*pair.ledger.outcome(token), SUCCESS);
        }
    }
}

#[test]
fn a_session_for_ever_never_expires() {
    let mut pair = Pair::new(Version::V5);
    pair.config.session_expiry_interval = Some(u32::MAX);
    pair.establish();
    pair.break_link();
    let saved = pair.client.save(pair.now);
    pair.client
        .restore(&saved, ID, Version::V5, u64::MAX)
        .expect("for ever");
}

#[test]
fn the_servers_session_expiry_counts() {
    let mut pair = Pair::new(Version::V5);
    pair.server.knobs.connack = encoded(&[Property::SessionExpiryInterval(10)]);
    pair.establish();
    let up = pair.client.save(pair.now);
    pair.now += 100_000;
    pair.break_link();
    let down = pair.client.save(pair.now + 9_000);
    let (version, now) = (Version::V5, pair.now);
    // Up: counted from the saving, for nobody knows when it ended.
    assert!(matches!(
        pair.client.restore(&up, ID, version, now),
        Err(RestoreError::Expired { seconds: 90 })
    ));
    assert!(pair.client.restore(&down, ID, version, now + 9_999).is_ok());
    assert!(
        pair.client
            .restore(&down, ID, version, now + 10_000)
            .is_err()
    );
}

#[test]
fn an_aborted_first_attempt_leaves_a_session_that_can_be_declared() {
    // CONNECT reached the server, CONNACK did not reach us.
    for version in VERSIONS {
        let mut pair = Pair::new(version);
        pair.cut = Some(Cut { at: 0, after: true });
        pair.connect();
        let token = pair.send("x", QoS::ExactlyOnce);
        pair.run();
        assert!(pair.was_cut);
        pair.config.resume_without_state = true;
        pair.establish();
        assert_eq!(*pair.ledger.outcome(token), SUCCESS);
    }
}

#[test]
fn messages_in_stages_are_listed_as_they_are() {
    let (pair, _) = interrupted(Version::V5);
    let stages: Vec<_> = pair.client.in_flight().map(|(_, o)| o.stage).collect();
    assert_eq!(
        stages,
        [
            OutgoingStage::AwaitingPubComp,
            OutgoingStage::AwaitingPubAck,
            OutgoingStage::AwaitingPubRec,
        ]
    );
}
