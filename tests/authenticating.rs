//! Enhanced authentication (MQTT 5 §4.12): the exchange that CONNECT begins, and the same again on a live
//! connection.
#![cfg(not(target_arch = "wasm32"))]

mod support;

use mqtt_mooring::client::output::{Cause, Event, Next, Output};
use mqtt_mooring::client::{Credentials, State};
use mqtt_mooring::codec::{
    ConnAck, Disconnect, Packet, PacketType, Property, PropertySet, Publish, QoS, ReasonCode,
    SubscriptionOptions, Version,
};
use mqtt_mooring::error::{ProtocolError, UsageError};
use support::*;

const CONTINUE: ReasonCode = ReasonCode::CONTINUE_AUTHENTICATION;

#[test]
fn connect_names_the_method_and_begins_the_exchange() {
    for data in [None, Some(&b"client first"[..]), Some(&b""[..])] {
        let exchange = Exchange::begun(data);
        decode(Version::V5, &exchange.left[0], |packet| {
            let Packet::Connect(connect) = packet else {
                panic!("{packet:?}");
            };
            let list: Vec<_> = connect.properties.iter().collect();
            assert!(list.contains(&Property::AuthenticationMethod(METHOD)));
            let found = list.iter().find_map(|property| match property {
                Property::AuthenticationData(it) => Some(*it),
                _ => None,
            });
            assert_eq!(found, data);
        });
    }
}

#[test]
fn an_exchange_of_several_rounds_ends_with_connack() {
    let mut exchange = Exchange::begun(Some(b"one"));
    for round in [&b"two"[..], b"four"] {
        exchange.feed(&auth(CONTINUE, round));
        assert_eq!(exchange.challenges().last(), Some(&round));
        exchange.answer(Some(b"answer"));
        let expected = (CONTINUE, METHOD.to_owned(), Some(b"answer".to_vec()));
        assert_eq!(exchange.said(), expected);
    }
    let last = [
        Property::AuthenticationMethod(METHOD),
        Property::AuthenticationData(b"server final"),
    ];
    exchange.feed(&connack(&last));
    let accepted = exchange.events.iter().find_map(|event| match event {
        Event::Connected(accepted) => Some(accepted),
        _ => None,
    });
    // What the server proves itself with is the caller's to read.
    let list = properties(
        PropertySet::ConnAck,
        &accepted.expect("connected").properties,
    )
    .iter();
    assert!(
        list.into_iter()
            .any(|it| it == Property::AuthenticationData(b"server final"))
    );
    assert_eq!(exchange.client.state(), State::Connected);
}

#[test]
fn mqtt_4_12_0_3_every_answer_continues_with_or_without_data() {
    for data in [None, Some(&b""[..]), Some(&b"x"[..])] {
        let mut exchange = Exchange::begun(None);
        exchange.feed(&auth(CONTINUE, b"?"));
        exchange.answer(data);
        let expected = (CONTINUE, METHOD.to_owned(), data.map(Into::into));
        assert_eq!(exchange.said(), expected);
    }
}

#[test]
fn mqtt_3_1_2_30_until_connack_nothing_leaves_but_auth_and_disconnect() {
    let mut exchange = Exchange::new();
    exchange.config.keep_alive = 1;
    exchange.config.reconnect = Some(policy());
    exchange.begin(None);
    exchange.feed(&auth(CONTINUE, b"?"));
    for qos in [QoS::AtLeastOnce, QoS::ExactlyOnce] {
        let accepted = exchange.client.publish(message("x", qos), exchange.now);
        accepted.expect("accepted");
    }
    let filters = [("a", SubscriptionOptions::qos(QoS::AtMostOnce))];
    let asked = exchange.client.subscribe(&filters, &[], exchange.now);
    asked.expect("accepted");
    exchange.now += 5_000;
    exchange.client.handle_timeout(exchange.now);
    exchange.client.retry(exchange.now);
    exchange.answer(Some(b"!"));
    assert_eq!(exchange.names(), ["CONNECT", "AUTH"]);
    exchange.feed(&connack(&[Property::AuthenticationMethod(METHOD)]));
    assert_eq!(
        exchange.names()[2..],
        ["SUBSCRIBE", "PUBLISH(q1, id 2)", "PUBLISH(q2, id 3)"]
    );
}

#[test]
fn mqtt_4_12_0_5_another_method_or_none_is_not_believed() {
    let other = Property::AuthenticationMethod("PLAIN");
    let data = Property::AuthenticationData(b"x");
    for bytes in [
        connack(&[]),
        connack(&[other]),
        auth_by(CONTINUE, &[other, data]),
    ] {
        let mut exchange = Exchange::begun(None);
        exchange.feed(&bytes);
        let cause = Cause::Protocol(ProtocolError::AuthenticationMethod);
        assert_eq!(exchange.end().cause, cause);
        assert_eq!(exchange.disconnect(), Some(ReasonCode::PROTOCOL_ERROR));
        assert!(exchange.challenges().is_empty());
        assert!(
            !exchange
                .events
                .iter()
                .any(|e| matches!(e, Event::Connected(_)))
        );
    }
    // AUTH that names none, and data without a method, are no packets of MQTT 5 at all.
    let data = [0x20, 7, 0, 0, 4, 0x16, 0, 1, b'x'];
    for bytes in [&[0xF0, 2, 0x18, 0][..], &[0xF0, 1, 0x18], &data] {
        let mut exchange = Exchange::begun(None);
        exchange.feed(bytes);
        let malformed = matches!(
            exchange.end().cause,
            Cause::Protocol(ProtocolError::Malformed(_))
        );
        assert!(malformed, "{:?}", exchange.end());
    }
}

#[test]
fn mqtt_4_12_0_6_a_server_that_was_not_asked_must_not_begin() {
    let method = [Property::AuthenticationMethod(METHOD)];
    for (bytes, cause) in [
        (connack(&method), ProtocolError::AuthenticationMethod),
        (
            auth(CONTINUE, b"?"),
            ProtocolError::Unexpected(PacketType::Auth),
        ),
    ] {
        let mut exchange = Exchange::new();
        exchange.config.authentication = None;
        exchange.begin(None);
        exchange.feed(&bytes);
        assert_eq!(exchange.end().cause, Cause::Protocol(cause));
    }
    let mut exchange = Exchange::new();
    exchange.config.authentication = None;
    exchange.begin(None);
    exchange.feed(&connack(&[]));
    exchange.feed(&auth(CONTINUE, b"?"));
    let cause = Cause::Protocol(ProtocolError::Unexpected(PacketType::Auth));
    assert_eq!(exchange.end().cause, cause);
}

#[test]
fn mqtt_4_12_0_7_without_a_method_no_auth_is_ever_sent() {
    let mut exchange = Exchange::new();
    exchange.config.authentication = None;
    exchange.begin(Some(b"data without a method"));
    exchange.answer(Some(b"unasked"));
    exchange.feed(&connack(&[]));
    exchange.answer(Some(b"unasked"));
    let again = exchange.client.reauthenticate(None, &[], exchange.now);
    assert_eq!(again, Err(UsageError::NoAuthentication));
    exchange.drain();
    assert_eq!(exchange.names(), ["CONNECT"]);
}

#[test]
fn mqtt_4_12_0_1_a_server_that_does_not_know_the_method_ends_it_for_good() {
    for reason in [
        ReasonCode::BAD_AUTHENTICATION_METHOD,
        ReasonCode::NOT_AUTHORIZED,
    ] {
        // At once, and mqtt_4_12_0_4 after a round.
        for rounds in 0..2 {
            let mut exchange = Exchange::new();
            exchange.config.reconnect = Some(policy());
            exchange.begin(None);
            for _ in 0..rounds {
                exchange.feed(&auth(CONTINUE, b"?"));
                exchange.answer(None);
            }
            exchange.feed(&encode(
                Version::V5,
                &Packet::ConnAck(ConnAck {
                    session_present: false,
                    reason,
                    properties: Default::default(),
                }),
            ));
            // A refusal names no method and needs none.
            assert_eq!(exchange.end().cause, Cause::Refused(reason));
            assert_eq!(exchange.end().next, Next::Never);
        }
    }
}

#[test]
fn success_before_connack_and_beginning_again_are_never_the_servers_to_say() {
    for reason in [ReasonCode::SUCCESS, ReasonCode::RE_AUTHENTICATE] {
        let mut exchange = Exchange::begun(None);
        exchange.feed(&auth(reason, b""));
        let cause = Cause::Protocol(ProtocolError::Unexpected(PacketType::Auth));
        assert_eq!(exchange.end().cause, cause, "{reason:?}");
    }
    let mut exchange = Exchange::accepted();
    let again = exchange.client.reauthenticate(None, &[], exchange.now);
    again.expect("allowed");
    exchange.feed(&auth(ReasonCode::RE_AUTHENTICATE, b""));
    let cause = Cause::Protocol(ProtocolError::Unexpected(PacketType::Auth));
    assert_eq!(exchange.end().cause, cause);
}

#[test]
fn auth_on_a_live_connection_where_none_is_under_way_is_out_of_place() {
    for reason in [CONTINUE, ReasonCode::SUCCESS, ReasonCode::RE_AUTHENTICATE] {
        let mut exchange = Exchange::accepted();
        exchange.feed(&auth(reason, b""));
        let cause = Cause::Protocol(ProtocolError::Unexpected(PacketType::Auth));
        assert_eq!(exchange.end().cause, cause);
        assert_eq!(exchange.disconnect(), Some(ReasonCode::PROTOCOL_ERROR));
    }
}

#[test]
fn mqtt_4_12_1_1_a_live_connection_is_authenticated_again_by_the_same_method() {
    let mut exchange = Exchange::accepted();
    for round in 0..3 {
        let again = exchange
            .client
            .reauthenticate(Some(b"again"), &[], exchange.now);
        again.expect("allowed");
        exchange.drain();
        let expected = (
            ReasonCode::RE_AUTHENTICATE,
            METHOD.to_owned(),
            Some(b"again".to_vec()),
        );
        assert_eq!(exchange.said(), expected);
        let twice = exchange.client.reauthenticate(None, &[], exchange.now);
        assert_eq!(twice, Err(UsageError::Reauthenticating));
        exchange.feed(&auth(CONTINUE, b"?"));
        exchange.answer(Some(b"!"));
        assert_eq!(exchange.said().0, CONTINUE);
        // The old right is good until the new one is there.
        let accepted = exchange
            .client
            .publish(message("x", QoS::AtMostOnce), exchange.now);
        accepted.expect("accepted");
        exchange.drain();
        assert_eq!(
            exchange.names().last().map(String::as_str),
            Some("PUBLISH(q0)")
        );
        exchange.feed(&auth(ReasonCode::SUCCESS, b"done"));
        let done = exchange.events.iter().filter_map(|event| match event {
            Event::Reauthenticated { data, .. } => Some(&**data),
            _ => None,
        });
        assert_eq!(done.collect::<Vec<_>>(), vec![b"done"; round + 1]);
        // Over: an answer has nothing to answer.
        let before = exchange.left.len();
        exchange.answer(Some(b"late"));
        assert_eq!(exchange.left.len(), before);
    }
    assert_eq!(exchange.client.state(), State::Connected);
}

#[test]
fn success_may_be_as_short_as_two_bytes() {
    let mut exchange = Exchange::accepted();
    let again = exchange.client.reauthenticate(None, &[], exchange.now);
    again.expect("allowed");
    exchange.drain();
    exchange.feed(&[0xF0, 0]);
    assert!(matches!(
        exchange.events.last(),
        Some(Event::Reauthenticated { data, .. }) if data.is_empty()
    ));
}

#[test]
fn while_it_is_authenticated_again_another_method_is_not_believed() {
    for reason in [CONTINUE, ReasonCode::SUCCESS] {
        let mut exchange = Exchange::accepted();
        let again = exchange.client.reauthenticate(None, &[], exchange.now);
        again.expect("allowed");
        exchange.drain();
        let other = Property::AuthenticationMethod("PLAIN");
        exchange.feed(&auth_by(reason, &[other]));
        let cause = Cause::Protocol(ProtocolError::AuthenticationMethod);
        assert_eq!(exchange.end().cause, cause);
    }
}

#[test]
fn to_be_authenticated_again_takes_a_session_in_force() {
    let mut exchange = Exchange::new();
    let early = exchange.client.reauthenticate(None, &[], exchange.now);
    assert_eq!(early, Err(UsageError::NotConnected));
    exchange.begin(None);
    let early = exchange.client.reauthenticate(None, &[], exchange.now);
    assert_eq!(early, Err(UsageError::NotConnected));
    exchange.client.handle_closed(None, exchange.now);
    exchange.drain();
    let late = exchange.client.reauthenticate(None, &[], exchange.now);
    assert_eq!(late, Err(UsageError::NotConnected));
}

#[test]
fn mqtt_4_12_1_2_a_caller_that_cannot_go_on_ends_the_connection_for_good() {
    // In the first exchange, while another one is under way, and at its end.
    for stage in 0..3 {
        let mut exchange = Exchange::new();
        exchange.config.reconnect = Some(policy());
        exchange.begin(None);
        exchange.feed(&auth(CONTINUE, b"?"));
        if stage > 0 {
            exchange.answer(None);
            exchange.feed(&connack(&[Property::AuthenticationMethod(METHOD)]));
        }
        if stage > 1 {
            let again = exchange.client.reauthenticate(None, &[], exchange.now);
            again.expect("allowed");
            exchange.drain();
        }
        exchange.client.authentication_failed(exchange.now);
        exchange.drain();
        assert_eq!(exchange.disconnect(), Some(ReasonCode::UNSPECIFIED_ERROR));
        let end = exchange.end();
        assert_eq!(
            (&end.cause, end.next),
            (&Cause::AuthenticationFailed, Next::Never)
        );
        // Once.
        exchange.client.authentication_failed(exchange.now);
        exchange
            .client
            .authenticate(Some(b"late"), &[], exchange.now);
        assert!(exchange.client.poll_output().is_none());
    }
}

#[test]
fn a_caller_that_fails_before_the_socket_is_open_sends_nothing() {
    let mut exchange = Exchange::new();
    exchange.config.reconnect = Some(policy());
    let config = exchange.config.clone();
    exchange
        .client
        .connect(config, exchange.now)
        .expect("accepted");
    exchange.client.authentication_failed(exchange.now);
    exchange.drain();
    assert!(exchange.left.is_empty());
    assert_eq!(exchange.end().cause, Cause::AuthenticationFailed);
    assert_eq!(exchange.end().next, Next::Never);
}

#[test]
fn a_server_that_ends_a_connection_instead_of_authenticating_again_is_told_with_its_reason() {
    let mut exchange = Exchange::accepted();
    let again = exchange.client.reauthenticate(None, &[], exchange.now);
    again.expect("allowed");
    exchange.drain();
    let refused = Packet::Disconnect(Disconnect::new(ReasonCode::NOT_AUTHORIZED));
    exchange.feed(&encode(Version::V5, &refused));
    let cause = Cause::ServerDisconnect(ReasonCode::NOT_AUTHORIZED);
    assert_eq!(exchange.end().cause, cause);
}

#[test]
fn an_exchange_that_was_under_way_when_the_link_broke_is_over() {
    let mut exchange = Exchange::accepted();
    let again = exchange.client.reauthenticate(None, &[], exchange.now);
    again.expect("allowed");
    exchange.drain();
    exchange.client.handle_closed(Some(1006), exchange.now);
    exchange.drain();
    exchange.left.clear();
    exchange.begin(None);
    exchange.feed(&connack(&[Property::AuthenticationMethod(METHOD)]));
    exchange.answer(Some(b"of the old one"));
    assert_eq!(exchange.names(), ["CONNECT"]);
    let again = exchange.client.reauthenticate(None, &[], exchange.now);
    again.expect("a new one may begin");
}

#[test]
fn each_attempt_begins_with_data_of_its_own() {
    let mut exchange = Exchange::new();
    exchange.config.reconnect = Some(policy());
    exchange.begin(Some(b"nonce 1"));
    for data in [Some(&b"nonce 2"[..]), None] {
        exchange.client.handle_closed(Some(1006), exchange.now);
        exchange.drain();
        exchange.now += 5_000;
        exchange.client.handle_timeout(exchange.now);
        exchange.drain();
        if let Some(data) = data {
            exchange.client.prepare(Credentials {
                authentication_data: Some(data.into()),
                ..Credentials::default()
            });
        }
        exchange.left.clear();
        exchange.open();
        decode(Version::V5, &exchange.left[0], |packet| {
            let Packet::Connect(connect) = packet else {
                panic!("{packet:?}");
            };
            let found = connect
                .properties
                .iter()
                .find_map(|property| match property {
                    Property::AuthenticationData(it) => Some(it),
                    _ => None,
                });
            assert_eq!(found, data, "no data of an earlier attempt");
        });
    }
}

#[test]
fn data_too_large_for_a_packet_ends_the_attempt_with_the_reason() {
    let mut exchange = Exchange::begun(None);
    exchange.feed(&auth(CONTINUE, b"?"));
    exchange.answer(Some(&vec![0; 70_000]));
    assert!(matches!(exchange.end().cause, Cause::Unsendable(_)));
    let mut exchange = Exchange::accepted();
    let large = exchange
        .client
        .reauthenticate(Some(&vec![0; 70_000]), &[], exchange.now);
    assert!(large.is_err());
    exchange.drain();
    // Nothing has changed.
    assert_eq!(exchange.client.state(), State::Connected);
    let again = exchange.client.reauthenticate(None, &[], exchange.now);
    again.expect("allowed");
}

#[test]
fn mqtt_3_2_2_15_data_larger_than_the_server_takes_is_not_sent() {
    let limited = || {
        let mut exchange = Exchange::begun(None);
        let limits = [
            Property::AuthenticationMethod(METHOD),
            Property::MaximumPacketSize(100),
        ];
        exchange.feed(&connack(&limits));
        exchange.left.clear();
        exchange
    };
    let mut exchange = limited();
    let large = exchange
        .client
        .reauthenticate(Some(&[0; 100]), &[], exchange.now);
    assert!(matches!(
        large,
        Err(UsageError::TooLarge { limit: 100, .. })
    ));
    exchange.drain();
    assert!(exchange.left.is_empty());
    let again = exchange.client.reauthenticate(None, &[], exchange.now);
    again.expect("nothing has changed");
    exchange.drain();
    exchange.feed(&auth(CONTINUE, b"?"));
    exchange.answer(Some(&[0; 100]));
    assert!(matches!(exchange.end().cause, Cause::Unsendable(_)));
    assert_eq!(exchange.names(), ["AUTH", "DISCONNECT(0x80)"]);
}

#[test]
fn qos_0_does_not_go_to_a_server_the_caller_does_not_believe_yet() {
    let mut exchange = Exchange::begun(None);
    let accepted = connack(&[Property::AuthenticationMethod(METHOD)]);
    exchange.client.handle_bytes(&accepted, exchange.now);
    while let Some(output) = exchange.client.poll_output() {
        assert!(matches!(output, Output::Event(_) | Output::Transmit(_)));
    }
    // The connected handlers, and the last step of the exchange among them, are not over.
    let waits = exchange
        .client
        .publish(message("secret", QoS::AtMostOnce), exchange.now);
    let waits = waits.expect("accepted");
    assert!(exchange.client.poll_output().is_none());
    exchange.client.authentication_failed(exchange.now);
    exchange.drain();
    assert!(
        !exchange
            .names()
            .iter()
            .any(|name| name.starts_with("PUBLISH"))
    );
    let lost = exchange
        .events
        .iter()
        .any(|event| matches!(event, Event::MessageLost(lost) if lost.token == Some(waits)));
    assert!(lost);
}

#[test]
fn what_comes_with_the_servers_last_word_is_handed_over_after_it() {
    let mut exchange = Exchange::begun(None);
    let mut bytes = connack(&[Property::AuthenticationMethod(METHOD)]);
    bytes.extend(encode(
        Version::V5,
        &Packet::Publish(Publish {
            dup: false,
            qos: QoS::AtMostOnce,
            retain: false,
            topic: "t",
            packet_id: None,
            properties: Default::default(),
            payload: b"x",
        }),
    ));
    exchange.client.handle_bytes(&bytes, exchange.now);
    let mut delivered = 0;
    while let Some(output) = exchange.client.poll_output() {
        delivered += usize::from(matches!(output, Output::Deliver(_)));
    }
    assert_eq!(delivered, 0, "the caller has not seen who it is");
    exchange.client.connected_handlers_settled(exchange.now);
    while let Some(output) = exchange.client.poll_output() {
        delivered += usize::from(matches!(output, Output::Deliver(_)));
    }
    assert_eq!(delivered, 1);
}

#[test]
fn mqtt_311_has_none_of_it() {
    let mut pair = Pair::new(Version::V311);
    pair.config.authentication = Some(METHOD.into());
    let config = pair.config.clone();
    let refused = pair.client.connect(config, pair.now);
    assert!(matches!(refused, Err(UsageError::OnlyInV5(_))));
    pair.config.authentication = None;
    pair.establish();
    let again = pair.client.reauthenticate(None, &[], pair.now);
    assert_eq!(again, Err(UsageError::NoAuthentication));
    pair.inject(&auth(CONTINUE, b"?"));
    pair.run();
    let malformed = matches!(
        pair.ledger.last_cause(),
        Cause::Protocol(ProtocolError::Malformed(_))
    );
    assert!(malformed, "{:?}", pair.ledger.last_cause());
}
