//! The ways a connection ends that are not the server's doing.
#![cfg(not(target_arch = "wasm32"))]

mod support;

use mqtt_mooring::client::DisconnectOptions;
use mqtt_mooring::client::State;
use mqtt_mooring::client::output::{Cause, Certainty, LossCause, Output};
use mqtt_mooring::codec::{Property, QoS, ReasonCode, Version};
use mqtt_mooring::error::UsageError;
use support::*;

fn disconnect(pair: &mut Pair, options: DisconnectOptions) {
    pair.client
        .disconnect(&options, pair.now)
        .expect("possible");
    pair.drain(&[]);
    pair.run();
}

#[test]
fn a_plain_disconnect_says_so_and_closes() {
    for version in VERSIONS {
        let mut pair = Pair::connected(version);
        disconnect(&mut pair, DisconnectOptions::default());
        assert_eq!(
            pair.server.disconnects,
            [(ReasonCode::NORMAL_DISCONNECTION, vec![])]
        );
        assert_eq!(*pair.ledger.last_cause(), Cause::Requested);
        assert!(pair.ledger.ends()[0].was_ready);
        assert_eq!(pair.client.state(), State::Disconnected);
        assert_eq!(pair.client.deadline(), None);
    }
}

#[test]
fn what_was_published_in_the_same_turn_leaves_first() {
    for version in VERSIONS {
        let mut pair = Pair::connected(version);
        let now = pair.now;
        let zero = pair
            .client
            .publish(message("zero", QoS::AtMostOnce), now)
            .expect("sent");
        let one = pair
            .client
            .publish(message("one", QoS::AtLeastOnce), now)
            .expect("sent");
        disconnect(&mut pair, DisconnectOptions::default());
        assert_eq!(pair.server.payloads(), ["zero", "one"]);
        assert_eq!(*pair.ledger.outcome(zero), Told::Sent);
        // Its PUBACK came too late; it stays in the session.
        assert!(pair.ledger.is_open(one));
        pair.establish();
        assert_eq!(*pair.ledger.outcome(one), Told::Out(ReasonCode::SUCCESS));
    }
}

#[test]
fn reason_and_session_expiry_are_said_in_5_and_refused_in_3_1_1() {
    let options = DisconnectOptions {
        reason: Some(ReasonCode::DISCONNECT_WITH_WILL_MESSAGE),
        session_expiry_interval: Some(60),
        ..DisconnectOptions::default()
    };
    let mut pair = Pair::connected(Version::V5);
    disconnect(&mut pair, options.clone());
    let said = encoded(&[Property::SessionExpiryInterval(60)]);
    let expected = (ReasonCode::DISCONNECT_WITH_WILL_MESSAGE, said);
    assert_eq!(pair.server.disconnects, [expected]);
    // The saved session knows.
    let saved = pair.client.save(pair.now);
    let (version, now) = (Version::V5, pair.now);
    assert!(
        pair.client
            .restore(&saved, ID, version, now + 59_999)
            .is_ok()
    );
    assert!(
        pair.client
            .restore(&saved, ID, version, now + 60_000)
            .is_err()
    );

    let mut pair = Pair::connected(Version::V311);
    let refused = pair.client.disconnect(&options, pair.now);
    assert!(matches!(refused, Err(UsageError::OnlyInV5(_))));
    assert_eq!(pair.client.state(), State::Connected);
    pair.run();
    assert_eq!(pair.server.disconnects, []);
}

#[test]
fn a_session_that_was_to_end_cannot_be_prolonged_at_the_end() {
    let mut pair = Pair::new(Version::V5);
    pair.config.clean_session = true;
    pair.establish();
    let options = DisconnectOptions {
        session_expiry_interval: Some(60),
        ..DisconnectOptions::default()
    };
    let refused = pair.client.disconnect(&options, pair.now);
    assert_eq!(refused, Err(UsageError::EndsAnyway));
    assert_eq!(pair.client.state(), State::Connected);
    // Zero is allowed, and changes nothing.
    let options = DisconnectOptions {
        session_expiry_interval: Some(0),
        ..DisconnectOptions::default()
    };
    disconnect(&mut pair, options);
    assert_eq!(*pair.ledger.last_cause(), Cause::Requested);
}

#[test]
fn a_reason_no_client_can_disconnect_with_changes_nothing() {
    let mut pair = Pair::connected(Version::V5);
    for code in 0..=255 {
        let reason = ReasonCode(code);
        let options = DisconnectOptions {
            reason: Some(reason),
            ..DisconnectOptions::default()
        };
        // Table 3-10, those that are sent by a client.
        let allowed = matches!(code, 0 | 4 | 128..=131 | 144 | 147..=153);
        assert_eq!(options.check(&pair.config).is_ok(), allowed, "{reason:?}");
        if !allowed {
            let refused = pair.client.disconnect(&options, pair.now);
            assert!(matches!(refused, Err(UsageError::ReasonCode { .. })));
        }
    }
    assert_eq!(pair.client.state(), State::Connected);
    let token = pair.send("x", QoS::ExactlyOnce);
    pair.run();
    assert_eq!(*pair.ledger.outcome(token), Told::Out(ReasonCode::SUCCESS));
}

#[test]
fn inside_the_connected_handler_it_ends_an_attempt() {
    for version in VERSIONS {
        let mut pair = Pair::new(version);
        pair.handler = Handler::Manual;
        pair.connect();
        pair.run();
        let request = pair.subscribe("a");
        let kept = pair.send("kept", QoS::AtLeastOnce);
        disconnect(&mut pair, DisconnectOptions::default());
        // The handler goes on after it, as handlers do.
        pair.client.connected_handlers_returned(pair.now);
        pair.client.connected_handlers_settled(pair.now);
        pair.drain(&[]);
        assert!(!pair.ledger.ends()[0].was_ready);
        assert_eq!(pair.ledger.readies(), 0);
        assert_eq!(*pair.ledger.outcome(request), Told::RequestFailed);
        assert!(pair.ledger.is_open(kept));
        assert_eq!(pair.server.disconnects.len(), 1);
        assert_eq!(pair.client.state(), State::Disconnected);
    }
}

#[test]
fn while_connecting_it_ends_the_attempt() {
    for version in VERSIONS {
        for opened in [false, true] {
            let mut pair = Pair::new(version);
            pair.server.knobs.deaf = true;
            pair.client
                .connect(pair.config.clone(), pair.now)
                .expect("begun");
            if opened {
                pair.open();
                pair.run();
            }
            pair.client
                .disconnect(&Default::default(), pair.now)
                .expect("possible");
            pair.drain(&[]);
            assert_eq!(pair.client.state(), State::Disconnecting);
            pair.run();
            assert_eq!(*pair.ledger.last_cause(), Cause::Requested);
            assert!(!pair.ledger.ends()[0].was_ready);
        }
    }
}

#[test]
fn without_a_connection_and_a_second_time_it_does_nothing() {
    for version in VERSIONS {
        let mut pair = Pair::new(version);
        pair.client
            .disconnect(&Default::default(), pair.now)
            .expect("nothing to do");
        pair.establish();
        for _ in 0..3 {
            pair.client
                .disconnect(&Default::default(), pair.now)
                .expect("possible");
        }
        pair.drain(&[]);
        pair.run();
        pair.client
            .disconnect(&Default::default(), pair.now)
            .expect("nothing to do");
        pair.client.handle_closed(None, pair.now);
        pair.drain(&[]);
        assert_eq!(pair.server.disconnects.len(), 1);
        assert_eq!(pair.ledger.ends().len(), 1);
    }
}

#[test]
fn a_socket_that_does_not_close_is_left_behind() {
    for version in VERSIONS {
        let mut pair = Pair::connected(version);
        pair.client
            .disconnect(&Default::default(), pair.now)
            .expect("possible");
        while pair.client.poll_output().is_some() {}
        pair.now += 1_999;
        pair.client.handle_timeout(pair.now);
        assert_eq!(pair.client.state(), State::Disconnecting);
        pair.now += 1;
        pair.client.handle_timeout(pair.now);
        assert_eq!(
            pair.client.state(),
            State::Disconnecting,
            "until it is told"
        );
        while pair.client.poll_output().is_some() {}
        assert_eq!(pair.client.state(), State::Disconnected);
        assert_eq!(pair.client.deadline(), None);
    }
}

#[test]
fn close_comes_last_and_once() {
    let mut pair = Pair::connected(Version::V5);
    pair.client
        .publish(message("x", QoS::AtMostOnce), pair.now)
        .expect("sent");
    pair.client
        .disconnect(&Default::default(), pair.now)
        .expect("possible");
    let mut kinds = Vec::new();
    while let Some(output) = pair.client.poll_output() {
        kinds.push(match output {
            Output::Transmit(_) => "bytes",
            Output::Event(_) => "event",
            Output::Close => "close",
            Output::Open(_) => continue,
            Output::Persist { .. } | Output::Reopen => panic!("nothing is durable here"),
            Output::Deliver(_) => "message",
        });
    }
    assert_eq!(kinds, ["bytes", "event", "close"]);
}

#[test]
fn qos_0_that_never_left_is_reported() {
    for version in VERSIONS {
        let mut pair = Pair::connected(version);
        let token = pair
            .client
            .publish(message("x", QoS::AtMostOnce), pair.now)
            .expect("taken");
        pair.client.handle_closed(None, pair.now);
        pair.drain(&[]);
        assert_eq!(
            *pair.ledger.outcome(token),
            Told::Lost(Certainty::NotDelivered, LossCause::ConnectionLost)
        );
    }
}

#[test]
fn a_broken_link_is_told_with_its_code() {
    let mut pair = Pair::connected(Version::V5);
    pair.break_link();
    assert_eq!(*pair.ledger.last_cause(), Cause::Transport(Some(1006)));
    assert_eq!(pair.ledger.ends()[0].close_code, Some(1006));
    assert!(pair.ledger.ends()[0].was_ready);
}

#[test]
fn bytes_and_calls_after_the_end_do_nothing() {
    for version in VERSIONS {
        let mut pair = Pair::connected(version);
        pair.break_link();
        let before = pair.client.save(pair.now);
        pair.inject(&[0x20, 2, 0, 0, 0x30, 3, 0, 1, b't']);
        pair.client.handle_opened(pair.now);
        pair.client.handle_text(pair.now);
        pair.client.handle_timeout(pair.now + 1_000_000);
        pair.client.connected_handlers_returned(pair.now);
        pair.client.connected_handlers_settled(pair.now);
        assert!(pair.client.poll_output().is_none());
        assert_eq!(pair.client.save(pair.now), before);
    }
}
