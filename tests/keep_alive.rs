//! Keep Alive: when a ping goes out, and when a silent server is given up.
#![cfg(not(target_arch = "wasm32"))]

mod support;

use mqtt_mooring::client::State;
use mqtt_mooring::client::output::Cause;
use mqtt_mooring::codec::{Property, QoS, ReasonCode, Version};
use support::*;

fn pair(version: Version, seconds: u16) -> Pair {
    let mut pair = Pair::new(version);
    pair.config.keep_alive = seconds;
    pair.establish();
    pair
}

#[test]
fn a_ping_goes_out_when_nothing_was_sent_for_one_keep_alive() {
    for version in VERSIONS {
        let mut pair = pair(version, 10);
        pair.pass(9_999);
        assert_eq!(pair.server.pings, 0);
        pair.pass(1);
        assert_eq!(pair.server.pings, 1);
        pair.pass(100_000);
        assert_eq!(pair.server.pings, 11);
        assert_eq!(pair.client.state(), State::Connected);
    }
}

#[test]
fn messages_put_the_ping_off() {
    let mut pair = pair(Version::V5, 10);
    for _ in 0..5 {
        pair.pass(6_000);
        pair.send("x", QoS::AtLeastOnce);
        pair.run();
    }
    assert_eq!(pair.server.pings, 0);
}

#[test]
fn a_client_that_only_sends_still_asks_whether_somebody_is_there() {
    let mut pair = pair(Version::V5, 10);
    for _ in 0..4 {
        pair.pass(3_000);
        pair.send("x", QoS::AtMostOnce);
    }
    pair.run();
    assert_eq!(pair.server.pings, 1);
}

#[test]
fn a_client_that_only_receives_still_says_that_it_is_there() {
    let mut pair = pair(Version::V5, 10);
    for _ in 0..4 {
        pair.pass(3_000);
        pair.server.send(to_client("x", QoS::AtMostOnce));
        pair.run();
    }
    assert_eq!(pair.server.pings, 1);
}

#[test]
fn a_server_that_does_not_answer_a_ping_is_given_up() {
    for version in VERSIONS {
        let mut pair = pair(version, 10);
        pair.server.knobs.no_pong = true;
        pair.pass(14_999);
        assert_eq!(pair.client.state(), State::Connected);
        pair.pass(1);
        assert_eq!(*pair.ledger.last_cause(), Cause::KeepAliveTimeout);
        assert!(pair.ledger.ends()[0].was_ready);
        let told: Vec<_> = pair.server.disconnects.iter().map(|(r, _)| *r).collect();
        match version {
            Version::V311 => assert_eq!(told, [], "it would say that all is well"),
            Version::V5 => assert_eq!(told, [ReasonCode::UNSPECIFIED_ERROR]),
        }
    }
}

#[test]
fn a_long_packet_on_a_slow_link_is_no_silence() {
    let mut pair = pair(Version::V5, 10);
    pair.server.knobs.no_pong = true;
    pair.pass(10_000);
    // A PUBLISH of 10,000 bytes, a byte now and then.
    pair.inject(&[0x30, 0x90, 0x4E]);
    for _ in 0..10 {
        pair.pass(4_000);
        pair.inject(&[0]);
    }
    assert_eq!(pair.client.state(), State::Connected);
    pair.pass(5_000);
    assert_eq!(*pair.ledger.last_cause(), Cause::KeepAliveTimeout);
}

#[test]
fn a_page_that_slept_for_less_than_the_server_waits_asks_before_it_gives_up() {
    let mut pair = pair(Version::V5, 10);
    pair.jump(14_999);
    pair.run();
    assert_eq!(pair.server.pings, 1);
    assert_eq!(pair.client.state(), State::Connected);
    pair.server.knobs.no_pong = true;
    pair.jump(14_999);
    assert_eq!(pair.client.state(), State::Connected);
    pair.jump(5_000);
    pair.run();
    assert_eq!(*pair.ledger.last_cause(), Cause::KeepAliveTimeout);
}

#[test]
fn mqtt_3_1_2_22_a_page_that_slept_for_one_and_a_half_keep_alives_knows_that_it_was_given_up() {
    for version in VERSIONS {
        let mut pair = pair(version, 10);
        pair.jump(15_000);
        pair.run();
        assert_eq!(pair.server.pings, 0);
        assert_eq!(*pair.ledger.last_cause(), Cause::KeepAliveTimeout);
    }
}

#[test]
fn what_arrived_during_a_sleep_is_not_taken_for_news_of_a_living_server() {
    let mut pair = pair(Version::V5, 10);
    pair.now += 15_000;
    pair.inject(&[0xD0, 0]);
    pair.run();
    assert_eq!(*pair.ledger.last_cause(), Cause::KeepAliveTimeout);
}

#[test]
fn while_an_answer_is_waited_for_the_server_hears_of_us_all_the_same() {
    let mut pair = pair(Version::V5, 10);
    pair.server.knobs.no_pong = true;
    pair.pass(10_000);
    // A PUBLISH of 10,000 bytes, a byte now and then, before the answer to the PINGREQ.
    pair.inject(&[0x30, 0x90, 0x4E]);
    for _ in 0..15 {
        pair.pass(4_000);
        pair.inject(&[0]);
    }
    assert_eq!(pair.server.pings, 7);
    assert_eq!(pair.client.state(), State::Connected);
}

#[test]
fn a_clock_that_is_set_back_does_not_silence_the_client() {
    let mut pair = pair(Version::V5, 10);
    pair.pass(5_000);
    pair.now -= 3_600_000;
    pair.client.handle_timeout(pair.now);
    pair.drain(&[]);
    pair.run();
    assert_eq!(pair.server.pings, 1);
    assert_eq!(pair.client.deadline(), Some(pair.now + 10_000));
    pair.pass(30_000);
    assert_eq!(pair.server.pings, 4);
    assert_eq!(pair.client.state(), State::Connected);
}

#[test]
fn zero_turns_it_off() {
    for version in VERSIONS {
        let mut pair = pair(version, 0);
        assert_eq!(pair.client.deadline(), None);
        pair.jump(1_000_000_000);
        assert_eq!(pair.server.pings, 0);
    }
}

#[test]
fn the_servers_keep_alive_counts() {
    let mut pair = Pair::new(Version::V5);
    pair.config.keep_alive = 60;
    pair.server.knobs.connack = encoded(&[Property::ServerKeepAlive(5)]);
    pair.establish();
    assert_eq!(pair.client.deadline(), Some(pair.now + 5_000));
    pair.break_link();
    pair.server.knobs.connack = encoded(&[Property::ServerKeepAlive(0)]);
    pair.establish();
    assert_eq!(pair.client.deadline(), None);
}

#[test]
fn it_is_kept_while_handlers_run() {
    let mut pair = Pair::new(Version::V5);
    pair.config.keep_alive = 10;
    pair.handler = Handler::Manual;
    pair.connect();
    pair.pass(45_000);
    assert_eq!(pair.server.pings, 4);
    assert_eq!(pair.client.state(), State::Connected);
}

#[test]
fn an_unasked_pingresp_is_harmless() {
    for version in VERSIONS {
        let mut pair = pair(version, 10);
        pair.inject(&[0xD0, 0]);
        pair.pass(60_000);
        assert_eq!(pair.client.state(), State::Connected);
    }
}

/// The page has reason to believe that now is the time: the network came back, it is looked at again.
fn retry(pair: &mut Pair) {
    pair.client.retry(pair.now);
    pair.drain(&[]);
    pair.run();
}

#[test]
fn a_question_out_of_turn_is_asked_at_once_and_answered_soon_or_not_at_all() {
    for version in VERSIONS {
        for (seconds, patience) in [(60, 5_000), (8, 4_000), (1, 500)] {
            let mut pair = pair(version, seconds);
            pair.pass(300);
            retry(&mut pair);
            assert_eq!(pair.server.pings, 1);
            assert_eq!(pair.client.state(), State::Connected);
            pair.server.knobs.no_pong = true;
            retry(&mut pair);
            assert_eq!(pair.server.pings, 2);
            pair.pass(patience - 1);
            assert_eq!(pair.client.state(), State::Connected, "{seconds}");
            pair.pass(1);
            assert_eq!(
                *pair.ledger.last_cause(),
                Cause::KeepAliveTimeout,
                "{seconds}"
            );
        }
    }
}

#[test]
fn what_is_asked_is_not_asked_again_before_it_is_answered() {
    let mut pair = pair(Version::V5, 60);
    pair.server.knobs.no_pong = true;
    for _ in 0..20 {
        retry(&mut pair);
        pair.pass(100);
    }
    assert_eq!(pair.server.pings, 1);
    // Nor does asking put the end off.
    pair.pass(3_000);
    assert_eq!(*pair.ledger.last_cause(), Cause::KeepAliveTimeout);
}

#[test]
fn a_question_in_turn_that_is_not_answered_yet_is_none_to_repeat() {
    let mut pair = pair(Version::V5, 20);
    pair.server.knobs.no_pong = true;
    pair.pass(20_000);
    assert_eq!(pair.server.pings, 1);
    retry(&mut pair);
    assert_eq!(pair.server.pings, 1);
    pair.pass(9_999);
    assert_eq!(
        pair.client.state(),
        State::Connected,
        "it keeps its patience"
    );
    pair.pass(1);
    assert_eq!(*pair.ledger.last_cause(), Cause::KeepAliveTimeout);
}

#[test]
fn who_comes_back_after_the_server_gave_up_does_not_ask() {
    for version in VERSIONS {
        let mut pair = pair(version, 10);
        pair.now += 15_000;
        retry(&mut pair);
        assert_eq!(pair.server.pings, 0);
        assert_eq!(*pair.ledger.last_cause(), Cause::KeepAliveTimeout);
    }
}

#[test]
fn who_comes_back_sooner_asks_once() {
    let mut pair = pair(Version::V5, 10);
    pair.now += 14_000;
    // It was due anyway.
    retry(&mut pair);
    assert_eq!(pair.server.pings, 1);
    assert_eq!(pair.client.state(), State::Connected);
}

#[test]
fn a_question_out_of_turn_while_the_handlers_run_is_answered_by_whatever_comes() {
    let mut pair = Pair::new(Version::V5);
    pair.config.keep_alive = 60;
    pair.handler = Handler::Manual;
    pair.connect();
    pair.run();
    retry(&mut pair);
    assert_eq!(pair.server.pings, 1);
    pair.pass(20_000);
    assert_eq!(pair.client.state(), State::Connected);
}

#[test]
fn without_keep_alive_nothing_is_asked_out_of_turn() {
    for version in VERSIONS {
        let mut pair = pair(version, 0);
        retry(&mut pair);
        pair.pass(1_000_000);
        assert_eq!(pair.server.pings, 0);
        assert_eq!(pair.client.state(), State::Connected);
    }
}

#[test]
fn without_a_connection_nothing_is_asked() {
    let mut pair = pair(Version::V5, 10);
    pair.break_link();
    retry(&mut pair);
    assert_eq!(pair.server.pings, 0);
    assert_eq!(pair.client.state(), State::Disconnected);
}

#[test]
fn after_an_answer_the_usual_interval_counts_again() {
    let mut pair = pair(Version::V5, 10);
    pair.pass(7_000);
    retry(&mut pair);
    assert_eq!(pair.server.pings, 1);
    pair.pass(9_999);
    assert_eq!(pair.server.pings, 1);
    pair.pass(1);
    assert_eq!(pair.server.pings, 2);
}
