//! When another attempt to connect is made: the schedule, what ends it, and that there is never a storm.
#![cfg(not(target_arch = "wasm32"))]

mod support;

use mqtt_mooring::client::State;
use mqtt_mooring::client::config::ReconnectPolicy;
use mqtt_mooring::client::output::{Cause, Next};
use mqtt_mooring::codec::{ReasonCode, Version};
use mqtt_mooring::error::UsageError;
use support::*;

const HOUR: u64 = 3_600_000;

/// From 1 s to 60 s, doubling: when attempts begin where each fails at once.
const SCHEDULE: [u64; 10] = [
    0, 1_000, 3_000, 7_000, 15_000, 31_000, 63_000, 123_000, 183_000, 243_000,
];

#[test]
fn delays_double_from_the_shortest_up_to_the_longest() {
    for version in VERSIONS {
        let mut fates = Fates::new(version);
        fates.live(243_000, |_| Fate::Unreachable);
        assert_eq!(fates.times(), SCHEDULE);
        let numbers: Vec<u32> = fates.attempts.iter().map(|(_, it)| it.number).collect();
        assert_eq!(numbers, (1..=10).collect::<Vec<_>>());
        assert_eq!(fates.client.state(), State::Waiting);
    }
}

#[test]
fn each_end_says_which_failure_in_a_row_it_was_and_when_the_next_attempt_is() {
    let mut fates = Fates::new(Version::V5);
    fates.live(6_999, |_| Fate::Unreachable);
    let expected = [
        (1, Next::After(1_000)),
        (2, Next::After(2_000)),
        (3, Next::After(4_000)),
    ];
    assert_eq!(fates.plans(), expected);
    assert_eq!(fates.client.deadline(), Some(START + 7_000));
}

#[test]
fn without_a_policy_one_attempt_is_made() {
    for version in VERSIONS {
        let mut fates = Fates::new(version);
        fates.config.reconnect = None;
        fates.connect(|_| Fate::Unreachable);
        assert_eq!(fates.plans(), [(1, Next::Never)]);
        fates.assert_stopped("no policy");
        fates.connect(|_| Fate::Drop(100_000));
        fates.pass(100_000, |_| panic!("an attempt"));
        fates.assert_stopped("no policy, after a connection");
    }
}

#[test]
fn with_jitter_each_delay_is_drawn_from_none_up_to_what_it_would_be_without() {
    // Of the delay that is 60 s at most, over many clients that lost their server together.
    let mut buckets = [0; 6];
    for seed in 0..300 {
        let mut fates = Fates::seeded(Version::V5, seed);
        fates.config.reconnect = Some(ReconnectPolicy::default());
        fates.live(HOUR / 4, |_| Fate::Unreachable);
        for (number, gap) in fates.gaps().into_iter().enumerate() {
            let ceiling = 60_000.min(1_000 << number.min(20));
            assert!(
                gap <= ceiling,
                "seed {seed}: {gap} ms after {number} delays"
            );
            if number == 8 {
                buckets[(gap / 10_001) as usize] += 1;
            }
        }
        for (at, (_, next)) in fates.plans().iter().enumerate() {
            let Next::After(delay) = next else {
                panic!("{next:?}");
            };
            if let Some(gap) = fates.gaps().get(at) {
                assert_eq!(gap, delay, "what was said came true");
            }
        }
    }
    assert!(
        buckets.iter().all(|count| (25..=75).contains(count)),
        "uneven: {buckets:?}"
    );
}

#[test]
fn the_same_seed_gives_the_same_schedule_and_another_one_another() {
    let gaps = |seed| {
        let mut fates = Fates::seeded(Version::V5, seed);
        fates.config.reconnect = Some(ReconnectPolicy::default());
        fates.live(HOUR, |_| Fate::Unreachable);
        fates.gaps()
    };
    assert_eq!(gaps(7), gaps(7));
    assert_ne!(gaps(7), gaps(8));
}

#[test]
fn a_server_that_cannot_be_reached_is_asked_about_once_a_minute_and_no_more() {
    for jitter in [false, true] {
        for seed in 0..20 {
            let mut fates = Fates::seeded(Version::V5, seed);
            fates.config.reconnect = Some(ReconnectPolicy { jitter, ..policy() });
            fates.live(10 * HOUR, |_| Fate::Unreachable);
            let attempts = fates.attempts.len();
            // Full jitter halves the mean delay: 1,200 are expected in ten hours.
            let most = if jitter { 1_320 } else { 607 };
            assert!(attempts <= most, "seed {seed}: {attempts} attempts");
        }
    }
}

#[test]
fn a_server_that_accepts_and_drops_is_not_stormed() {
    for version in VERSIONS {
        for lived in [0, 1, 500, 9_999] {
            let mut fates = Fates::new(version);
            fates.live(HOUR, |_| Fate::Drop(lived));
            let delays: Vec<u64> = fates.gaps().iter().map(|gap| gap - lived).collect();
            let expected = [1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000];
            assert_eq!(delays[..8], expected, "lived {lived}");
            assert!(fates.attempts.len() <= 67, "{}", fates.attempts.len());
        }
    }
}

#[test]
fn a_server_that_refuses_for_now_is_not_stormed() {
    for reason in [ReasonCode::SERVER_BUSY, ReasonCode::SERVER_UNAVAILABLE] {
        let mut fates = Fates::new(Version::V5);
        fates.live(HOUR, |_| Fate::Refuse(reason, None));
        assert_eq!(fates.times()[..10], SCHEDULE);
        assert_eq!(fates.attempts.len(), 65);
    }
}

#[test]
fn a_connection_that_lived_for_stable_after_ends_the_row_of_failures() {
    let mut fates = Fates::new(Version::V5);
    // Three failures, then one connection of 10 s, which is more than the 8 s the next delay would have been.
    let mut count = 0;
    fates.live(60_000, |_| {
        count += 1;
        match count {
            1..=3 => Fate::Unreachable,
            4 => Fate::Drop(10_000),
            _ => Fate::Unreachable,
        }
    });
    let expected = [
        (1, Next::After(1_000)),
        (2, Next::After(2_000)),
        (3, Next::After(4_000)),
        (1, Next::After(1_000)),
        (2, Next::After(2_000)),
    ];
    assert_eq!(fates.plans()[..5], expected);
}

#[test]
fn a_connection_that_lived_for_less_than_the_delay_it_would_save_ends_no_row() {
    let mut fates = Fates::new(Version::V5);
    // After six failures the next delay is 60 s at most; a connection of 59 s is none that is stable.
    let mut count = 0;
    fates.live(HOUR, |_| {
        count += 1;
        match count {
            1..=6 => Fate::Unreachable,
            7 => Fate::Drop(59_999),
            8 => Fate::Drop(60_000),
            _ => Fate::Accept,
        }
    });
    let expected = [(7, Next::After(60_000)), (1, Next::After(1_000))];
    assert_eq!(fates.plans()[6..], expected);
}

#[test]
fn after_so_many_attempts_more_it_stops() {
    for (attempts, tries) in [(0, 1), (1, 2), (5, 6)] {
        let mut fates = Fates::new(Version::V5);
        fates.config.reconnect = Some(ReconnectPolicy {
            attempts: Some(attempts),
            ..policy()
        });
        fates.live(HOUR, |_| Fate::Unreachable);
        assert_eq!(fates.attempts.len(), tries);
        fates.assert_stopped("attempts used up");
        assert_eq!(fates.ends().last().expect("an end").attempt, attempts + 1);
    }
}

#[test]
fn the_number_of_attempts_counts_from_the_last_stable_connection() {
    let mut fates = Fates::new(Version::V5);
    fates.config.reconnect = Some(ReconnectPolicy {
        attempts: Some(2),
        ..policy()
    });
    let mut count = 0;
    fates.live(HOUR, |_| {
        count += 1;
        match count % 2 {
            1 => Fate::Unreachable,
            _ => Fate::Drop(10_000),
        }
    });
    // A failure and a stable connection, in turn: the row is never longer than two.
    assert!(fates.attempts.len() > 100);
    assert_eq!(fates.client.state(), State::Waiting);
    fates.pass(HOUR, |_| Fate::Unreachable);
    fates.assert_stopped("a row of three");
}

#[test]
fn an_attempt_that_is_not_answered_fails_after_the_timeout() {
    for version in VERSIONS {
        for fate in [Fate::Silence, Fate::Deaf] {
            let mut fates = Fates::new(version);
            fates.config.timeout = 5_000;
            fates.live(30_000, |_| fate.clone());
            // Each takes 5 s, and then the delay.
            assert_eq!(fates.times(), [0, 6_000, 13_000, 22_000]);
            assert!(
                fates
                    .ends()
                    .iter()
                    .all(|end| end.cause == Cause::ConnectTimeout && !end.was_ready)
            );
        }
    }
}

#[test]
fn the_timeout_bounds_the_connected_handlers_too_and_counts_as_a_failure() {
    let mut pair = Pair::new(Version::V5);
    pair.persist();
    pair.config.timeout = 5_000;
    pair.handler = Handler::Manual;
    pair.connect();
    pair.pass(20_000);
    let times: Vec<u64> = pair.attempts.iter().map(|(at, _)| at - START).collect();
    assert_eq!(times, [0, 6_000, 13_000]);
}

#[test]
fn what_heals_is_tried_again_in_both_versions() {
    for version in VERSIONS {
        for fate in [
            Fate::Unreachable,
            Fate::Drop(0),
            Fate::Drop(5_000),
            // A second CONNACK, a packet only clients send, and bytes that are no packet at all.
            Fate::Say(1, vec![0x20, 2, 0, 0]),
            Fate::Say(1, vec![0xC0, 0]),
            Fate::Say(1, vec![0xFF; 8]),
            Fate::Refuse(ReasonCode::SERVER_UNAVAILABLE, None),
        ] {
            let mut fates = Fates::new(version);
            let mut first = Some(fate.clone());
            fates.live(60_000, |_| first.take().unwrap_or(Fate::Accept));
            assert_eq!(fates.attempts.len(), 2, "{version:?} {fate:?}");
            assert_eq!(fates.client.state(), State::Connected, "{fate:?}");
        }
    }
}

#[test]
fn every_refusal_of_mqtt_5_stops_or_does_not() {
    use ReasonCode as R;
    let stops = [
        R::MALFORMED_PACKET,
        R::PROTOCOL_ERROR,
        R::UNSUPPORTED_PROTOCOL_VERSION,
        R::CLIENT_IDENTIFIER_NOT_VALID,
        R::BAD_USER_NAME_OR_PASSWORD,
        R::NOT_AUTHORIZED,
        R::BANNED,
        R::BAD_AUTHENTICATION_METHOD,
        R::TOPIC_NAME_INVALID,
        R::PACKET_TOO_LARGE,
        R::PAYLOAD_FORMAT_INVALID,
        R::RETAIN_NOT_SUPPORTED,
        R::QOS_NOT_SUPPORTED,
        R::SERVER_MOVED,
    ];
    let goes_on = [
        R::UNSPECIFIED_ERROR,
        R::IMPLEMENTATION_SPECIFIC_ERROR,
        R::SERVER_UNAVAILABLE,
        R::SERVER_BUSY,
        R::QUOTA_EXCEEDED,
        R::USE_ANOTHER_SERVER,
        R::CONNECTION_RATE_EXCEEDED,
    ];
    // With fresh credentials a refusal is as final: they were as fresh as they can be.
    for fresh_credentials in [false, true] {
        for reason in stops {
            let mut fates = Fates::new(Version::V5);
            fates.config.fresh_credentials = fresh_credentials;
            fates.connect(|_| Fate::Refuse(reason, None));
            fates.assert_stopped(reason.name());
            let end = fates.ends()[0];
            assert_eq!(end.cause, Cause::Refused(reason));
            assert_eq!(end.attempt, 1);
        }
        for reason in goes_on {
            let mut fates = Fates::new(Version::V5);
            fates.config.fresh_credentials = fresh_credentials;
            fates.connect(|_| Fate::Refuse(reason, None));
            let next = fates.plans();
            assert_eq!(next, [(1, Next::After(1_000))], "{}", reason.name());
        }
    }
}

#[test]
fn every_refusal_of_mqtt_311_stops_but_server_unavailable() {
    use ReasonCode as R;
    for (reason, stops) in [
        (R::UNSUPPORTED_PROTOCOL_VERSION, true),
        (R::CLIENT_IDENTIFIER_NOT_VALID, true),
        (R::SERVER_UNAVAILABLE, false),
        (R::BAD_USER_NAME_OR_PASSWORD, true),
        (R::NOT_AUTHORIZED, true),
    ] {
        let mut fates = Fates::new(Version::V311);
        fates.connect(|_| Fate::Refuse(reason, None));
        match stops {
            true => fates.assert_stopped(reason.name()),
            false => assert_eq!(fates.client.state(), State::Waiting, "{}", reason.name()),
        }
    }
}

#[test]
fn every_disconnect_of_a_server_stops_or_does_not() {
    use ReasonCode as R;
    let stops = [
        R::NOT_AUTHORIZED,
        R::BAD_AUTHENTICATION_METHOD,
        R::SESSION_TAKEN_OVER,
        R::SERVER_MOVED,
    ];
    let all = (0..=u8::MAX).map(ReasonCode);
    let said_by_servers = all.filter(|reason| {
        reason.is_valid_in(mqtt_mooring::codec::PacketType::Disconnect)
            && reason.is_failure()
            && *reason != R::DISCONNECT_WITH_WILL_MESSAGE
    });
    let mut seen = 0;
    for reason in said_by_servers {
        seen += 1;
        let mut fates = Fates::new(Version::V5);
        fates.live(1, |_| Fate::Dismiss(1, reason, None));
        let end = fates.ends()[0];
        assert_eq!(end.cause, Cause::ServerDisconnect(reason));
        match stops.contains(&reason) {
            true => fates.assert_stopped(reason.name()),
            false => assert_eq!(fates.client.state(), State::Waiting, "{}", reason.name()),
        }
    }
    assert!(seen > 20, "only {seen}");
    // A right that ran out comes back with fresh credentials.
    let mut fates = Fates::new(Version::V5);
    fates.config.fresh_credentials = true;
    fates.live(1, |_| Fate::Dismiss(1, R::NOT_AUTHORIZED, None));
    assert_eq!(fates.plans(), [(1, Next::After(1_000))]);
}

#[test]
fn an_address_no_socket_can_be_made_of_stops() {
    for version in VERSIONS {
        let mut fates = Fates::new(version);
        fates.connect(|_| Fate::Unopenable);
        assert_eq!(fates.ends()[0].cause, Cause::Unopenable);
        fates.assert_stopped("unopenable");
    }
}

#[test]
fn a_connect_that_cannot_be_written_stops() {
    for version in VERSIONS {
        let mut fates = Fates::new(version);
        fates.config.username = Some("u".repeat(70_000));
        fates.connect(|_| Fate::Accept);
        assert!(matches!(fates.ends()[0].cause, Cause::Unsendable(_)));
        fates.assert_stopped("unsendable");
    }
}

#[test]
fn an_unknown_session_at_the_server_stops_instead_of_trying_for_ever() {
    let mut pair = Pair::new(Version::V5);
    pair.server.session_mut(ID);
    pair.persist();
    pair.connect();
    pair.pass(HOUR);
    assert_eq!(*pair.ledger.last_cause(), Cause::SessionUnknown);
    assert_eq!(pair.client.state(), State::Disconnected);
    assert_eq!(pair.attempts.len(), 1);
}

#[test]
fn a_silent_server_is_given_up_and_called_again() {
    for version in VERSIONS {
        let mut pair = Pair::new(version);
        pair.persist();
        pair.config.keep_alive = 10;
        pair.establish();
        pair.server.knobs.no_pong = true;
        pair.pass(15_000);
        assert_eq!(*pair.ledger.last_cause(), Cause::KeepAliveTimeout);
        pair.server.knobs.no_pong = false;
        pair.pass(1_000);
        assert_eq!(pair.client.state(), State::Connected);
        assert_eq!(pair.server.connects.len(), 2);
    }
}

#[test]
fn what_a_caller_may_do_between_attempts() {
    let mut fates = Fates::new(Version::V5);
    fates.connect(|_| Fate::Unreachable);
    assert_eq!(fates.client.state(), State::Waiting);
    let again = fates.client.connect(fates.config.clone(), fates.now);
    assert_eq!(again, Err(UsageError::NotDisconnected));
    assert!(fates.client.discard().is_err());
    assert!(
        fates
            .client
            .restore("", ID, Version::V5, fates.now)
            .is_err()
    );
    // What a late socket says is no news.
    fates.client.handle_opened(fates.now);
    fates.client.handle_bytes(&[0x20, 3, 0, 0, 0], fates.now);
    fates.client.handle_closed(Some(1006), fates.now);
    fates.client.handle_unopenable(fates.now);
    fates.client.handle_text(fates.now);
    assert!(fates.client.poll_output().is_none());
    assert_eq!(fates.client.state(), State::Waiting);
}

#[test]
fn a_new_wish_begins_a_new_schedule() {
    let mut fates = Fates::new(Version::V5);
    fates.live(100_000, |_| Fate::Unreachable);
    fates
        .client
        .disconnect(&Default::default(), fates.now)
        .expect("allowed");
    fates.drain(|_| panic!("an attempt"));
    let begun = fates.now - START;
    let before = fates.attempts.len();
    fates.live(3_000, |_| Fate::Unreachable);
    let times = fates.times();
    assert_eq!(times[before..], [begun, begun + 1_000, begun + 3_000]);
    assert_eq!(fates.attempts[before].1.number, 1);
}
