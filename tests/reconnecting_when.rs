//! The network comes and goes, the page is looked at again, the caller changes its mind: in every phase.
#![cfg(not(target_arch = "wasm32"))]

mod support;

use mqtt_mooring::client::output::{Cause, Event, Next, Output};
use mqtt_mooring::client::{Credentials, State};
use mqtt_mooring::codec::{QoS, Version};
use mqtt_mooring::error::UsageError;
use support::*;

fn waiting(after: u64) -> Fates {
    let mut fates = Fates::new(Version::V5);
    fates.live(after, |_| Fate::Unreachable);
    assert_eq!(fates.client.state(), State::Waiting);
    fates
}

fn retry(fates: &mut Fates) {
    fates.client.retry(fates.now);
    fates.drain(|_| Fate::Unreachable);
}

fn online(fates: &mut Fates, online: bool) {
    fates.client.set_online(online, fates.now);
    fates.drain(|_| Fate::Unreachable);
}

#[test]
fn with_reason_to_believe_that_now_is_the_time_the_next_attempt_begins_at_once() {
    let mut fates = waiting(40_000);
    // The seventh would be at 63 s.
    retry(&mut fates);
    assert_eq!(fates.times().last(), Some(&40_000));
    // It failed, and the schedule goes on from there.
    assert_eq!(
        fates.plans().last().map(|(_, next)| *next),
        Some(Next::After(60_000))
    );
    assert_eq!(fates.client.deadline(), Some(START + 100_000));
}

#[test]
fn no_attempt_begins_sooner_than_the_shortest_delay_after_the_last_one() {
    let mut fates = waiting(31_000);
    for _ in 0..50 {
        retry(&mut fates);
    }
    assert_eq!(fates.times().last(), Some(&31_000));
    assert_eq!(fates.client.deadline(), Some(START + 32_000));
    fates.pass(1_000, |_| Fate::Unreachable);
    assert_eq!(fates.times().last(), Some(&32_000));
}

#[test]
fn a_page_that_is_looked_at_ten_times_a_second_makes_no_storm() {
    let mut fates = Fates::new(Version::V5);
    fates.connect(|_| Fate::Unreachable);
    for _ in 0..600 {
        retry(&mut fates);
        fates.pass(100, |_| Fate::Unreachable);
    }
    assert!(fates.gaps().iter().all(|gap| *gap >= 1_000));
    assert_eq!(fates.attempts.len(), 61);
}

#[test]
fn who_asks_again_at_every_end_at_most_halves_the_delays_and_never_below_the_shortest() {
    let mut fates = Fates::new(Version::V5);
    fates.connect(|_| Fate::Unreachable);
    for _ in 0..63_000 / 50 {
        fates.client.hasten(fates.now);
        fates.drain(|_| Fate::Unreachable);
        fates.pass(50, |_| Fate::Unreachable);
    }
    assert_eq!(
        fates.times(),
        [0, 1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 62_000]
    );
}

#[test]
fn who_asks_when_half_of_the_delay_is_over_is_connected_at_once() {
    let mut fates = waiting(48_000);
    fates.client.hasten(fates.now);
    fates.drain(|_| Fate::Accept);
    assert_eq!(fates.times().last(), Some(&48_000));
    assert_eq!(fates.client.state(), State::Connected);
}

#[test]
fn a_network_that_flickers_makes_no_storm() {
    let mut fates = Fates::new(Version::V5);
    fates.connect(|_| Fate::Unreachable);
    for _ in 0..600 {
        online(&mut fates, false);
        fates.pass(50, |_| panic!("offline"));
        online(&mut fates, true);
        fates.pass(50, |_| Fate::Unreachable);
    }
    assert!(fates.gaps().iter().all(|gap| *gap >= 1_000));
    assert!(fates.attempts.len() <= 61);
}

#[test]
fn it_is_never_later_for_being_asked() {
    let mut fates = waiting(0);
    // The next one is due in 1 s, the earliest that may be.
    fates.pass(300, |_| panic!("too soon"));
    retry(&mut fates);
    assert_eq!(fates.client.deadline(), Some(START + 1_000));
}

#[test]
fn without_a_network_no_attempt_is_made() {
    let mut fates = waiting(5_000);
    online(&mut fates, false);
    assert_eq!(fates.client.deadline(), None);
    fates.pass(3_600_000, |_| panic!("offline"));
    retry(&mut fates);
    assert_eq!(fates.client.state(), State::Waiting);
    let before = fates.attempts.len();
    online(&mut fates, true);
    assert_eq!(fates.attempts.len(), before + 1);
    // What failed, failed for want of a network.
    assert_eq!(fates.attempts[before].1.number, 1);
    assert_eq!(fates.plans().last(), Some(&(1, Next::After(1_000))));
}

#[test]
fn what_ends_without_a_network_waits_for_it() {
    let mut fates = Fates::new(Version::V5);
    fates.connect(|_| Fate::Accept);
    online(&mut fates, false);
    // A connection is left alone.
    assert_eq!(fates.client.state(), State::Connected);
    fates.client.handle_closed(Some(1006), fates.now);
    fates.drain(|_| panic!("offline"));
    assert_eq!(fates.plans(), [(1, Next::WhenOnline)]);
    fates.pass(10_000, |_| panic!("offline"));
    online(&mut fates, true);
    assert_eq!(fates.attempts.len(), 2);
}

#[test]
fn a_network_that_is_back_before_the_driver_has_heard_of_the_end_is_not_missed() {
    for offline_first in [true, false] {
        let mut fates = Fates::new(Version::V5);
        fates.connect(|_| Fate::Accept);
        fates.pass(5_000, |_| panic!("connected"));
        if offline_first {
            fates.client.set_online(false, fates.now);
            fates.client.handle_closed(Some(1006), fates.now);
        } else {
            fates.client.handle_closed(Some(1006), fates.now);
            fates.client.set_online(false, fates.now);
        }
        fates.client.set_online(true, fates.now);
        fates.drain(|_| Fate::Accept);
        fates.pass(1_000, |_| Fate::Accept);
        assert_eq!(fates.client.state(), State::Connected, "{offline_first}");
    }
}

#[test]
fn a_network_that_goes_before_the_driver_has_heard_of_the_end_is_waited_for() {
    let mut fates = Fates::new(Version::V5);
    fates.connect(|_| Fate::Accept);
    fates.client.handle_closed(Some(1006), fates.now);
    fates.client.set_online(false, fates.now);
    fates.drain(|_| panic!("offline"));
    fates.pass(100_000, |_| panic!("offline"));
    online(&mut fates, true);
    assert_eq!(fates.attempts.len(), 2);
}

#[test]
fn an_attempt_under_way_when_the_network_goes_is_seen_to_its_end() {
    let mut fates = Fates::new(Version::V5);
    fates.config.timeout = 5_000;
    fates.connect(|_| Fate::Silence);
    online(&mut fates, false);
    fates.pass(5_000, |_| panic!("offline"));
    assert_eq!(fates.plans(), [(1, Next::WhenOnline)]);
    assert_eq!(fates.ends()[0].cause, Cause::ConnectTimeout);
}

#[test]
fn a_wish_without_a_network_waits_for_it_and_without_a_policy_tries_all_the_same() {
    let mut fates = Fates::new(Version::V5);
    online(&mut fates, false);
    fates.connect(|_| panic!("offline"));
    assert_eq!(fates.client.state(), State::Waiting);
    assert!(fates.ends().is_empty());
    assert_eq!(fates.client.deadline(), None);
    fates.pass(1_000_000, |_| panic!("offline"));
    online(&mut fates, true);
    assert_eq!(fates.attempts.len(), 1);

    let mut fates = Fates::new(Version::V5);
    fates.config.reconnect = None;
    online(&mut fates, false);
    fates.connect(|_| Fate::Accept);
    assert_eq!(fates.client.state(), State::Connected);
}

#[test]
fn being_told_of_a_network_that_was_never_missed_changes_nothing() {
    let mut fates = waiting(5_000);
    let due = fates.client.deadline();
    online(&mut fates, true);
    assert_eq!(fates.client.deadline(), due);
    assert_eq!(fates.attempts.len(), 3);
}

#[test]
fn a_clock_that_is_set_back_does_not_put_the_next_attempt_off() {
    let mut fates = waiting(31_000);
    let attempts = fates.attempts.len();
    fates.now -= 3_600_000;
    // The driver's timer goes by another clock.
    fates.client.handle_timeout(fates.now);
    fates.drain(|_| Fate::Accept);
    fates.pass(60_000, |_| Fate::Accept);
    assert_eq!(fates.attempts.len(), attempts + 1);
    // Nor does being asked.
    let mut fates = waiting(31_000);
    fates.now -= 3_600_000;
    retry(&mut fates);
    fates.pass(1_000, |_| Fate::Accept);
    assert_eq!(fates.attempts.len(), attempts + 1);
}

#[test]
fn who_disconnects_between_attempts_is_told_that_there_is_no_other_one() {
    for version in VERSIONS {
        let mut fates = Fates::new(version);
        fates.live(5_000, |_| Fate::Unreachable);
        let gone = fates.client.disconnect(&Default::default(), fates.now);
        gone.expect("allowed at any time");
        fates.drain(|_| panic!("an attempt"));
        assert_eq!(fates.ends().last().expect("an end").cause, Cause::Requested);
        fates.assert_stopped("disconnected while waiting");
    }
}

#[test]
fn who_disconnects_while_a_connection_is_made_gets_none() {
    for fate in [Fate::Silence, Fate::Deaf] {
        let mut fates = Fates::new(Version::V5);
        fates.connect(|_| fate.clone());
        let gone = fates.client.disconnect(&Default::default(), fates.now);
        gone.expect("allowed at any time");
        fates.drain(|_| panic!("an attempt"));
        assert_eq!(fates.ends()[0].cause, Cause::Requested);
        fates.assert_stopped("disconnected while connecting");
    }
}

#[test]
fn who_disconnects_before_the_driver_has_opened_a_socket_gets_none() {
    let mut fates = Fates::new(Version::V5);
    let config = fates.config.clone();
    fates.client.connect(config, fates.now).expect("accepted");
    let gone = fates.client.disconnect(&Default::default(), fates.now);
    gone.expect("allowed at any time");
    let mut said = Vec::new();
    while let Some(output) = fates.client.poll_output() {
        said.push(output);
    }
    assert!(
        matches!(said[..], [Output::Open(_), Output::Close]),
        "{said:?}"
    );
    fates.client.handle_closed(None, fates.now);
    fates.drain(|_| panic!("an attempt"));
    fates.assert_stopped("before the socket");
}

#[test]
fn who_disconnects_a_live_connection_stays_disconnected() {
    for version in VERSIONS {
        let mut pair = Pair::persistent(version);
        let gone = pair.client.disconnect(&Default::default(), pair.now);
        gone.expect("allowed at any time");
        pair.drain(&[]);
        pair.pass(3_600_000);
        assert_eq!(*pair.ledger.last_cause(), Cause::Requested);
        assert_eq!(pair.client.state(), State::Disconnected);
        assert_eq!(pair.attempts.len(), 1);
    }
}

#[test]
fn who_disconnects_while_the_connected_handlers_run_stays_disconnected() {
    let mut pair = Pair::new(Version::V5);
    pair.persist();
    pair.handler = Handler::Manual;
    pair.connect();
    pair.run();
    let gone = pair.client.disconnect(&Default::default(), pair.now);
    gone.expect("allowed at any time");
    pair.drain(&[]);
    pair.pass(3_600_000);
    assert_eq!(pair.client.state(), State::Disconnected);
    assert_eq!(pair.attempts.len(), 1);
}

#[test]
fn who_disconnects_while_a_connection_is_closing_for_another_reason_gets_no_other_one() {
    let mut fates = Fates::new(Version::V5);
    fates.connect(|_| Fate::Accept);
    // The server says DISCONNECT; the socket has not closed yet.
    fates.client.handle_bytes(&[0xE0, 1, 0x8B], fates.now);
    assert_eq!(fates.client.state(), State::Disconnecting);
    let gone = fates.client.disconnect(&Default::default(), fates.now);
    gone.expect("allowed at any time");
    fates.drain(|_| panic!("an attempt"));
    fates.assert_stopped("disconnected while closing");
}

#[test]
fn who_disconnects_before_the_driver_has_heard_of_the_end_gets_no_other_connection() {
    for version in VERSIONS {
        let mut pair = Pair::persistent(version);
        pair.server.knobs.no_suback = true;
        pair.client.set_outbox_limits(queueing());
        let asked = pair.subscribe("a/#");
        pair.run();
        pair.server.closed();
        pair.client.handle_closed(Some(1006), pair.now);
        let gone = pair.client.disconnect(&Default::default(), pair.now);
        gone.expect("allowed at any time");
        let late = pair
            .client
            .publish(message("x", QoS::AtLeastOnce), pair.now);
        assert_eq!(late, Err(UsageError::NotConnected));
        pair.drain(&[]);
        pair.pass(3_600_000);
        assert_eq!(pair.attempts.len(), 1);
        assert_eq!(pair.client.state(), State::Disconnected);
        assert_eq!(pair.ledger.ends()[0].next, Next::Never);
        // Nobody goes on waiting for what will never be.
        assert_eq!(*pair.ledger.outcome(asked), Told::RequestFailed);
    }
}

fn queueing() -> mqtt_mooring::client::OutboxLimits {
    mqtt_mooring::client::OutboxLimits {
        queue_qos0: true,
        ..Default::default()
    }
}

#[test]
fn who_wants_a_connection_again_before_the_end_was_heard_of_has_to_wait_for_that() {
    let mut fates = Fates::new(Version::V5);
    fates.connect(|_| Fate::Accept);
    fates.client.handle_closed(Some(1006), fates.now);
    let gone = fates.client.disconnect(&Default::default(), fates.now);
    gone.expect("allowed at any time");
    let config = fates.config.clone();
    let early = fates.client.connect(config.clone(), fates.now);
    assert_eq!(early, Err(UsageError::NotDisconnected));
    fates.drain(|_| panic!("an attempt"));
    fates.connect(|_| Fate::Accept);
    assert_eq!(fates.client.state(), State::Connected);
}

#[test]
fn the_ends_of_two_wishes_are_told_apart() {
    let mut fates = Fates::new(Version::V5);
    for _ in 0..3 {
        fates.connect(|_| Fate::Accept);
        let gone = fates.client.disconnect(&Default::default(), fates.now);
        gone.expect("allowed at any time");
        fates.drain(|_| panic!("an attempt"));
    }
    assert_eq!(fates.plans(), [(0, Next::Never); 3]);
    let connected = |event: &&Event| matches!(event, Event::Connected(_));
    assert_eq!(fates.events.iter().filter(connected).count(), 3);
}

#[test]
fn credentials_are_brought_for_one_attempt_before_connect_is_sent() {
    for version in VERSIONS {
        let mut pair = Pair::new(version);
        pair.persist();
        pair.dial = Dial::ByHand;
        pair.config.username = Some("at-first".into());
        let brought = |name: &str| Credentials {
            username: Some(name.into()),
            password: Some(format!("secret of {name}").into_bytes()),
            ..Credentials::default()
        };
        // Too soon: nobody asked.
        pair.client.prepare(brought("too-soon"));
        let config = pair.config.clone();
        pair.client.connect(config, pair.now).expect("accepted");
        pair.drain(&[]);
        pair.client.prepare(brought("one"));
        pair.open();
        // Too late: CONNECT was sent.
        pair.client.prepare(brought("too-late"));
        pair.run();
        for name in ["two", "three"] {
            pair.break_link();
            pair.client.prepare(brought("between"));
            pair.pass(2_000);
            assert_eq!(pair.client.state(), State::Connecting);
            pair.client.prepare(brought(name));
            pair.open();
            pair.run();
        }
        let names: Vec<_> = pair
            .server
            .connects
            .iter()
            .map(|c| c.username.as_deref())
            .collect();
        assert_eq!(names, [Some("one"), Some("two"), Some("three")]);
        let last = pair.server.connects.last().expect("a CONNECT");
        assert_eq!(last.password.as_deref(), Some(&b"secret of three"[..]));
    }
}

#[test]
fn who_asks_when_the_network_is_back_waits_for_the_shortest_delay() {
    let mut pair = Pair::new(Version::V5);
    pair.persist();
    pair.dial = Dial::Fails;
    pair.connect();
    for _ in 0..10 {
        pair.client.set_online(false, pair.now);
        pair.drain(&[]);
        pair.now += 50;
        pair.client.set_online(true, pair.now);
        pair.client.hasten(pair.now);
        pair.drain(&[]);
        pair.now += 50;
    }
    let times: Vec<u64> = pair.attempts.iter().map(|(at, _)| at - START).collect();
    assert!(times.windows(2).all(|w| w[1] - w[0] >= 1_000), "{times:?}");
}
