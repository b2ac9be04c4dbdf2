//! To whom the next attempt goes: several servers in turn, and where a server points to.
#![cfg(not(target_arch = "wasm32"))]

mod support;

use mqtt_mooring::client::State;
use mqtt_mooring::client::config::ReconnectPolicy;
use mqtt_mooring::client::output::{Cause, Next};
use mqtt_mooring::codec::{ReasonCode, Version};
use support::*;

const ELSEWHERE: ReasonCode = ReasonCode::USE_ANOTHER_SERVER;
const MOVED: ReasonCode = ReasonCode::SERVER_MOVED;

fn several(endpoints: u32) -> Fates {
    let mut fates = Fates::new(Version::V5);
    fates.config.endpoints = endpoints;
    fates
}

fn following() -> Fates {
    let mut fates = Fates::new(Version::V5);
    fates.config.follow_references = true;
    fates
}

#[test]
fn all_servers_are_tried_in_turn_before_there_is_a_delay_which_doubles_from_round_to_round() {
    let mut fates = several(3);
    fates.live(7_000, |_| Fate::Unreachable);
    let times = [0, 0, 0, 1_000, 1_000, 1_000, 3_000, 3_000, 3_000, 7_000];
    assert_eq!(fates.times()[..10], times);
    assert_eq!(fates.endpoints()[..10], [0, 1, 2, 0, 1, 2, 0, 1, 2, 0]);
}

#[test]
fn with_two_servers_of_which_one_is_down_the_other_one_is_tried_at_once() {
    let mut fates = several(2);
    fates.live(10, |it| match it.endpoint {
        0 => Fate::Unreachable,
        _ => Fate::Accept,
    });
    assert_eq!(fates.times(), [0, 0]);
    assert_eq!(fates.client.state(), State::Connected);
}

#[test]
fn a_connection_that_was_stable_is_made_again_to_the_same_server_first() {
    let mut fates = several(2);
    let mut count = 0;
    fates.live(60_000, |it| {
        count += 1;
        match (it.endpoint, count) {
            (0, _) => Fate::Unreachable,
            (_, 2) => Fate::Drop(20_000),
            _ => Fate::Accept,
        }
    });
    assert_eq!(fates.times(), [0, 0, 21_000]);
    assert_eq!(fates.endpoints(), [0, 1, 1]);
}

#[test]
fn a_server_that_accepts_and_drops_gives_way_to_the_next_one_but_not_at_once() {
    let mut fates = several(2);
    fates.live(60_000, |_| Fate::Drop(10));
    assert_eq!(fates.times()[..4], [0, 1_010, 3_020, 7_030]);
    assert_eq!(fates.endpoints()[..4], [0, 1, 0, 1]);
}

#[test]
fn several_servers_make_no_storm_whatever_each_of_them_does() {
    for seed in 0..30 {
        let mut fates = Fates::seeded(Version::V5, seed);
        fates.config.endpoints = 4;
        fates.config.reconnect = Some(ReconnectPolicy::default());
        fates.live(3_600_000, |it| match it.endpoint {
            0 => Fate::Drop(seed * 7),
            1 => Fate::Unreachable,
            2 => Fate::Refuse(ReasonCode::SERVER_BUSY, None),
            _ => Fate::Dismiss(3, ReasonCode::SERVER_SHUTTING_DOWN, None),
        });
        // Some 120 delays of 30 s on the average, and up to three attempts more at each.
        let attempts = fates.attempts.len();
        assert!(attempts < 4 * 170, "seed {seed}: {attempts}");
    }
}

#[test]
fn attempts_are_counted_over_all_servers() {
    let mut fates = several(3);
    fates.config.reconnect = Some(ReconnectPolicy {
        attempts: Some(4),
        ..policy()
    });
    fates.live(60_000, |_| Fate::Unreachable);
    assert_eq!(fates.endpoints(), [0, 1, 2, 0, 1]);
    fates.assert_stopped("five tries");
}

#[test]
fn where_the_network_is_back_the_round_begins_anew() {
    let mut fates = several(3);
    fates.live(0, |it| match it.endpoint {
        0 => Fate::Unreachable,
        _ => Fate::Silence,
    });
    assert_eq!(fates.endpoints(), [0, 1]);
    fates.client.set_online(false, fates.now);
    fates.client.handle_closed(Some(1006), fates.now);
    fates.drain(|_| panic!("offline"));
    fates.pass(5_000, |_| panic!("offline"));
    fates.client.set_online(true, fates.now);
    fates.drain(|_| Fate::Unreachable);
    fates.pass(0, |_| Fate::Unreachable);
    // All three, before the first delay.
    assert_eq!(fates.endpoints(), [0, 1, 2, 0, 1]);
}

#[test]
fn a_reference_is_not_followed_unless_that_is_allowed() {
    for (fate, stops) in [
        (Fate::Refuse(ELSEWHERE, Some("b")), false),
        (Fate::Dismiss(1, ELSEWHERE, Some("b")), false),
        (Fate::Refuse(MOVED, Some("b")), true),
        (Fate::Dismiss(1, MOVED, Some("b")), true),
    ] {
        let mut fates = Fates::new(Version::V5);
        fates.live(5, |_| fate.clone());
        match stops {
            true => fates.assert_stopped("moved"),
            false => {
                fates.pass(3_000, |_| fate.clone());
                assert!(fates.attempts.len() > 1);
                assert!(fates.references().iter().all(Option::is_none));
            }
        }
    }
}

#[test]
fn a_server_that_moved_without_saying_where_to_stops() {
    for fate in [Fate::Refuse(MOVED, None), Fate::Dismiss(1, MOVED, None)] {
        let mut fates = following();
        fates.live(5, |_| fate.clone());
        fates.assert_stopped("moved to nobody knows where");
    }
}

#[test]
fn a_server_that_wants_another_one_to_be_used_and_names_none_is_tried_again() {
    let mut fates = following();
    fates.live(1_000, |_| Fate::Refuse(ELSEWHERE, None));
    assert_eq!(fates.times(), [0, 1_000]);
    assert_eq!(fates.references(), [None, None]);
}

#[test]
fn the_first_reference_is_followed_at_once_and_used_from_then_on() {
    for (reason, at) in [(ELSEWHERE, 0), (MOVED, 0)] {
        let mut fates = following();
        fates.live(60_000, |it| match it.reference.as_deref() {
            None => Fate::Refuse(reason, Some("b.example:8084")),
            Some(_) => Fate::Drop(20_000),
        });
        assert_eq!(fates.times()[..2], [0, at]);
        let there = Some("b.example:8084");
        // A stable connection that broke is made again there.
        assert_eq!(fates.references()[..3], [None, there, there]);
        assert_eq!(fates.times()[2], 21_000);
    }
}

#[test]
fn a_reference_may_come_with_disconnect() {
    let mut fates = following();
    fates.live(30_000, |it| match it.reference.as_deref() {
        None => Fate::Dismiss(20_000, ELSEWHERE, Some("b")),
        Some(_) => Fate::Accept,
    });
    assert_eq!(fates.times(), [0, 20_000]);
    assert_eq!(fates.references(), [None, Some("b")]);
    assert_eq!(fates.ends()[0].cause, Cause::ServerDisconnect(ELSEWHERE));
}

#[test]
fn of_a_list_of_references_the_first_one_counts() {
    let mut fates = following();
    fates.live(0, |it| match it.reference.as_deref() {
        None => Fate::Refuse(
            ELSEWHERE,
            Some("b.example:1 [fe80::9610]:8883 10.10.151.22"),
        ),
        Some(_) => Fate::Accept,
    });
    assert_eq!(fates.references(), [None, Some("b.example:1")]);
}

#[test]
fn a_reference_of_nothing_but_spaces_is_none() {
    for nothing in ["", " ", "  "] {
        let mut fates = following();
        fates.live(1_000, |_| Fate::Refuse(ELSEWHERE, Some(nothing)));
        assert_eq!(fates.references(), [None, None]);
        let mut fates = following();
        fates.live(1_000, |_| Fate::Refuse(MOVED, Some(nothing)));
        fates.assert_stopped("moved to nowhere");
    }
}

#[test]
fn when_an_attempt_there_fails_the_next_one_goes_to_the_server_that_was_asked_for() {
    for there in [
        Fate::Unreachable,
        Fate::Refuse(ReasonCode::SERVER_BUSY, None),
        Fate::Drop(5),
        // What points nowhere a socket could be opened is no fault of the address that was asked for.
        Fate::Unopenable,
    ] {
        let mut fates = following();
        fates.live(1_005, |it| match it.reference {
            None if it.number == 1 => Fate::Refuse(ELSEWHERE, Some("b")),
            None => Fate::Accept,
            Some(_) => there.clone(),
        });
        assert_eq!(fates.references(), [None, Some("b"), None], "{there:?}");
        assert_eq!(fates.endpoints(), [0, 0, 0]);
        assert!(fates.times()[2] >= 1_000, "after a delay");
        assert_eq!(fates.client.state(), State::Connected);
    }
}

#[test]
fn servers_that_point_to_each_other_are_asked_by_the_schedule() {
    for reason in [ELSEWHERE, MOVED] {
        let mut fates = following();
        fates.live(60_000, |it| match it.reference.as_deref() {
            None | Some("a") => Fate::Refuse(reason, Some("b")),
            Some(_) => Fate::Refuse(reason, Some("a")),
        });
        let times = [0, 0, 1_000, 3_000, 7_000, 15_000, 31_000];
        assert_eq!(fates.times(), times);
        let (a, b) = (Some("a"), Some("b"));
        assert_eq!(fates.references(), [None, b, a, b, a, b, a]);
    }
}

#[test]
fn a_server_that_points_to_itself_is_asked_by_the_schedule() {
    let mut fates = following();
    fates.live(7_000, |_| Fate::Dismiss(0, ELSEWHERE, Some("itself")));
    assert_eq!(fates.times(), [0, 0, 1_000, 3_000, 7_000]);
}

#[test]
fn after_a_stable_connection_a_reference_is_followed_at_once_again() {
    let mut fates = following();
    fates.live(60_000, |it| match it.reference.as_deref() {
        None | Some("c") => Fate::Dismiss(20_000, ELSEWHERE, Some("b")),
        Some(_) => Fate::Dismiss(20_000, ELSEWHERE, Some("c")),
    });
    assert_eq!(fates.times(), [0, 20_000, 40_000, 60_000]);
    let (b, c) = (Some("b"), Some("c"));
    assert_eq!(fates.references(), [None, b, c, b]);
}

#[test]
fn a_new_wish_begins_at_the_server_that_was_asked_for() {
    let mut fates = following();
    fates.config.endpoints = 2;
    fates.live(0, |it| match (it.endpoint, it.reference.as_deref()) {
        (0, _) => Fate::Unreachable,
        (_, None) => Fate::Refuse(ELSEWHERE, Some("b")),
        _ => Fate::Accept,
    });
    assert_eq!(fates.references().last(), Some(&Some("b")));
    let gone = fates.client.disconnect(&Default::default(), fates.now);
    gone.expect("allowed");
    fates.drain(|_| panic!("an attempt"));
    fates.connect(|_| Fate::Accept);
    let (_, last) = fates.attempts.last().expect("an attempt");
    assert_eq!((last.endpoint, &last.reference), (0, &None));
}

#[test]
fn a_reason_that_has_no_reference_is_not_searched_for_one() {
    let mut fates = following();
    let busy = Fate::Refuse(ReasonCode::SERVER_BUSY, Some("b"));
    fates.live(1_000, |_| busy.clone());
    assert_eq!(fates.references(), [None, None]);
}

#[test]
fn where_a_reference_is_not_followed_after_all_the_schedule_goes_on_as_if_there_had_been_none() {
    let mut fates = following();
    fates.refuses_references = true;
    fates.live(7_000, |_| Fate::Refuse(ELSEWHERE, Some("b:1")));
    assert_eq!(fates.times(), [0, 1_000, 3_000, 7_000]);
    let failures: Vec<_> = fates.plans().iter().map(|(attempt, _)| *attempt).collect();
    assert_eq!(failures, [1, 2, 3, 4]);
}

#[test]
fn a_server_that_moved_to_where_nobody_follows_stops() {
    let mut fates = following();
    fates.refuses_references = true;
    fates.live(60_000, |_| Fate::Refuse(MOVED, Some("b:1")));
    assert_eq!(fates.times(), [0]);
    assert_eq!(fates.client.state(), State::Disconnected);
    assert_eq!(fates.plans().last(), Some(&(1, Next::Never)));
}
