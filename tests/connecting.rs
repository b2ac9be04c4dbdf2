//! CONNECT and CONNACK: what is said, what is understood, and how an attempt fails.
#![cfg(not(target_arch = "wasm32"))]

mod support;

use mqtt_mooring::client::State;
use mqtt_mooring::client::config::{Config, WillMessage};
use mqtt_mooring::client::output::{Accepted, Cause, Event};
use mqtt_mooring::codec::{ConnAck, Packet, Property, QoS, ReasonCode, TopicError, Version};
use mqtt_mooring::error::{ProtocolError, UsageError};
use support::*;

fn accepted(pair: &Pair) -> &Accepted {
    let find = |event: &'_ Event| matches!(event, Event::Connected(_));
    match pair.ledger.events.iter().find(|e| find(e)) {
        Some(Event::Connected(accepted)) => accepted,
        _ => panic!("not accepted: {}", pair.story()),
    }
}

#[test]
fn a_connection_says_what_the_options_say() {
    for version in VERSIONS {
        let mut pair = Pair::new(version);
        pair.config.keep_alive = 33;
        pair.config.username = Some("ada".into());
        pair.config.password = Some(vec![0, 255]);
        pair.config.will = Some(WillMessage {
            topic: "gone".into(),
            payload: b"bye".to_vec(),
            qos: QoS::AtLeastOnce,
            retain: true,
            properties: Vec::new(),
        });
        pair.establish();
        let seen = pair.server.connects.first().expect("CONNECT");
        assert_eq!(seen.client_id, ID);
        assert!(!seen.clean_start);
        assert_eq!(seen.keep_alive, 33);
        assert_eq!(seen.username.as_deref(), Some("ada"));
        assert_eq!(seen.password.as_deref(), Some(&[0, 255][..]));
        let will = seen.will.as_ref().expect("a will");
        assert_eq!(
            (
                will.topic.as_str(),
                will.payload.as_slice(),
                will.qos,
                will.retain
            ),
            ("gone", &b"bye"[..], QoS::AtLeastOnce, true)
        );
        assert_eq!(pair.ledger.readies(), 1);
        assert_eq!(pair.server.disconnects, []);
    }
}

#[test]
fn connect_properties_are_those_asked_for() {
    let mut pair = Pair::new(Version::V5);
    let user = encoded(&[Property::UserProperty("k", "v")]);
    let will = encoded(&[Property::WillDelayInterval(5)]);
    pair.config.session_expiry_interval = Some(77);
    pair.config.receive_maximum = Some(9);
    pair.config.maximum_packet_size = Some(5_000);
    pair.config.topic_alias_maximum = 3;
    pair.config.user_properties = user.clone();
    pair.config.will = Some(WillMessage {
        topic: "gone".into(),
        payload: Vec::new(),
        qos: QoS::AtMostOnce,
        retain: false,
        properties: will.clone(),
    });
    pair.establish();
    let seen = pair.server.connects.first().expect("CONNECT");
    let mut expected = encoded(&[
        Property::SessionExpiryInterval(77),
        Property::ReceiveMaximum(9),
        Property::MaximumPacketSize(5_000),
        Property::TopicAliasMaximum(3),
    ]);
    expected.extend(user);
    assert_eq!(seen.properties, expected);
    assert_eq!(seen.will.as_ref().expect("a will").properties, will);
}

#[test]
fn a_session_to_keep_asks_for_seven_days_unless_told_otherwise() {
    let mut pair = Pair::connected(Version::V5);
    pair.break_link();
    pair.config.clean_session = true;
    pair.establish();
    let asked: Vec<u32> = pair
        .server
        .connects
        .iter()
        .map(|c| c.session_expiry)
        .collect();
    assert_eq!(asked, [7 * 24 * 60 * 60, 0]);
}

#[test]
fn an_assigned_client_identifier_is_told_and_kept() {
    let mut pair = Pair::new(Version::V5);
    pair.config.client_id = String::new();
    pair.config.clean_session = true;
    pair.server.knobs.connack = encoded(&[Property::AssignedClientIdentifier("srv-1")]);
    pair.establish();
    assert_eq!(pair.client.client_id(), "srv-1");
    assert_eq!(accepted(&pair).assigned_client_id.as_deref(), Some("srv-1"));
    pair.server.knobs.connack.clear();
    pair.break_link();
    pair.establish();
    let ids: Vec<_> = pair
        .server
        .connects
        .iter()
        .map(|c| c.client_id.as_str())
        .collect();
    assert_eq!(ids, ["", "srv-1"]);
}

#[test]
fn in_3_1_1_a_client_identifier_is_invented_that_every_server_takes() {
    let mut pair = Pair::new(Version::V311);
    pair.config.client_id = String::new();
    pair.config.clean_session = true;
    pair.establish();
    let id = pair
        .server
        .connects
        .first()
        .expect("CONNECT")
        .client_id
        .clone();
    assert_eq!(id.len(), 23);
    assert!(id.bytes().all(|b| b.is_ascii_alphanumeric()), "{id}");
    assert_eq!(pair.client.client_id(), id);
}

#[test]
fn a_session_that_is_not_clean_needs_a_client_identifier() {
    for version in VERSIONS {
        let mut pair = Pair::new(version);
        pair.config.client_id = String::new();
        let refused = pair.client.connect(pair.config.clone(), pair.now);
        assert_eq!(refused, Err(UsageError::ClientIdRequired));
        assert_eq!(pair.client.state(), State::Disconnected);
        assert_eq!(pair.client.deadline(), None);
        pair.config.client_id = ID.into();
        pair.establish();
        // Now it has one.
        pair.break_link();
        pair.config.client_id = String::new();
        pair.establish();
    }
}

#[test]
fn a_server_that_refuses_is_quoted_and_told_nothing_more() {
    let cases = [
        (Version::V311, ReasonCode::BAD_USER_NAME_OR_PASSWORD),
        (Version::V311, ReasonCode::NOT_AUTHORIZED),
        (Version::V311, ReasonCode::SERVER_UNAVAILABLE),
        (Version::V5, ReasonCode::NOT_AUTHORIZED),
        (Version::V5, ReasonCode::BANNED),
        (Version::V5, ReasonCode::USE_ANOTHER_SERVER),
    ];
    for (version, reason) in cases {
        let mut pair = Pair::new(version);
        let text = encoded(&[Property::ReasonString("no")]);
        if version == Version::V5 {
            pair.server.knobs.connack = text.clone();
        }
        pair.server.knobs.refuse = Some(reason);
        pair.connect();
        let kept = pair.send("kept", QoS::AtLeastOnce);
        pair.run();
        assert_eq!(*pair.ledger.last_cause(), Cause::Refused(reason));
        assert!(!pair.ledger.ends()[0].was_ready);
        if version == Version::V5 {
            assert_eq!(pair.ledger.ends()[0].properties, text);
        }
        assert_eq!(pair.server.disconnects, [], "nothing follows a refusal");
        assert_eq!(pair.client.state(), State::Disconnected);
        // The message waits for a better day.
        assert!(pair.ledger.is_open(kept));
        pair.server.knobs = Knobs::default();
        pair.establish();
        assert_eq!(*pair.ledger.outcome(kept), Told::Out(ReasonCode::SUCCESS));
    }
}

#[test]
fn a_3_1_1_server_that_refuses_mqtt_5_in_its_own_words_is_understood() {
    let mut pair = Pair::new(Version::V5);
    pair.server.knobs.deaf = true;
    pair.connect();
    pair.run();
    pair.inject(&[0x20, 2, 0, 1]);
    pair.run();
    let cause = Cause::Refused(ReasonCode::UNSUPPORTED_PROTOCOL_VERSION);
    assert_eq!(*pair.ledger.last_cause(), cause);
}

#[test]
fn a_server_that_never_answers_is_given_up_at_the_timeout() {
    for version in VERSIONS {
        let mut pair = Pair::new(version);
        pair.server.knobs.deaf = true;
        pair.config.timeout = 5_000;
        pair.connect();
        pair.pass(4_999);
        assert_eq!(pair.client.state(), State::Connecting);
        pair.pass(1);
        assert_eq!(*pair.ledger.last_cause(), Cause::ConnectTimeout);
        assert_eq!(pair.client.state(), State::Disconnected);
        assert_eq!(pair.client.deadline(), None);
    }
}

#[test]
fn a_socket_that_never_opens_is_given_up_at_the_timeout() {
    let mut pair = Pair::new(Version::V5);
    pair.client
        .connect(pair.config.clone(), pair.now)
        .expect("begun");
    pair.jump(60_000);
    // Close was said; the socket does not answer that either.
    pair.jump(2_000);
    assert_eq!(*pair.ledger.last_cause(), Cause::ConnectTimeout);
}

#[test]
fn handlers_that_never_settle_are_given_up_at_the_timeout() {
    let mut pair = Pair::new(Version::V5);
    pair.handler = Handler::Manual;
    pair.connect();
    pair.pass(60_000);
    assert_eq!(*pair.ledger.last_cause(), Cause::ConnectTimeout);
    assert!(!pair.ledger.ends()[0].was_ready);
}

#[test]
fn a_session_after_clean_start_is_the_servers_mistake() {
    for version in VERSIONS {
        let mut pair = Pair::new(version);
        pair.config.clean_session = true;
        pair.server.knobs.deaf = true;
        pair.connect();
        pair.run();
        let packet = Packet::ConnAck(ConnAck {
            session_present: true,
            reason: ReasonCode::SUCCESS,
            properties: Default::default(),
        });
        pair.inject(&encode(version, &packet));
        pair.run();
        let error = ProtocolError::SessionPresentAfterCleanStart;
        assert_eq!(*pair.ledger.last_cause(), Cause::Protocol(error));
    }
}

/// Options, and whether an error is the right one for them.
type Refused = (Config, fn(&UsageError) -> bool);

#[test]
fn options_that_make_no_connect_change_nothing() {
    let zero = |change: fn(&mut Config)| {
        let mut config = config(Version::V5);
        change(&mut config);
        config
    };
    let will = |topic: &str, properties: Vec<u8>| WillMessage {
        topic: topic.into(),
        payload: Vec::new(),
        qos: QoS::AtMostOnce,
        retain: false,
        properties,
    };
    let cases: Vec<Refused> = vec![
        (zero(|c| c.receive_maximum = Some(0)), |e| {
            *e == UsageError::ZeroLimit
        }),
        (zero(|c| c.inflight_window = Some(0)), |e| {
            *e == UsageError::ZeroLimit
        }),
        (zero(|c| c.maximum_packet_size = Some(0)), |e| {
            *e == UsageError::ZeroLimit
        }),
        (zero(|c| c.republish_interval = 1), |e| {
            matches!(e, UsageError::OnlyInV311(_))
        }),
        (
            Config {
                will: Some(will("a/#", Vec::new())),
                ..config(Version::V5)
            },
            |e| *e == UsageError::Topic(TopicError::WildcardInName),
        ),
        (
            Config {
                will: Some(will("a", encoded(&[Property::TopicAlias(1)]))),
                ..config(Version::V5)
            },
            |e| matches!(e, UsageError::Properties(_)),
        ),
        (
            Config {
                user_properties: vec![99],
                ..config(Version::V5)
            },
            |e| matches!(e, UsageError::Properties(_)),
        ),
        (
            Config {
                user_properties: encoded(&[Property::UserProperty("k", "v")]),
                ..config(Version::V311)
            },
            |e| matches!(e, UsageError::OnlyInV5(_)),
        ),
        (
            Config {
                password: Some(vec![1]),
                ..config(Version::V311)
            },
            |e| matches!(e, UsageError::OnlyInV5(_)),
        ),
    ];
    for (config, right) in cases {
        let mut pair = Pair::connected(config.version);
        pair.server.knobs.hold_acks = true;
        pair.send("kept", QoS::ExactlyOnce);
        pair.run();
        pair.break_link();
        let before = pair.client.save(pair.now);
        let error = pair.client.connect(config, pair.now).expect_err("refused");
        assert!(right(&error), "{error:?}");
        assert_eq!(pair.client.save(pair.now), before);
        assert_eq!(pair.client.state(), State::Disconnected);
    }
}

#[test]
fn a_second_connect_is_refused_and_disturbs_nothing() {
    let mut pair = Pair::connected(Version::V5);
    let again = pair.client.connect(pair.config.clone(), pair.now);
    assert_eq!(again, Err(UsageError::NotDisconnected));
    let token = pair.send("still there", QoS::ExactlyOnce);
    pair.run();
    assert_eq!(*pair.ledger.outcome(token), Told::Out(ReasonCode::SUCCESS));
}

#[test]
fn a_connect_that_cannot_be_encoded_ends_with_the_reason() {
    let mut pair = Pair::new(Version::V5);
    pair.config.username = Some("u".repeat(70_000));
    pair.connect();
    pair.run();
    assert!(matches!(
        pair.ledger.last_cause(),
        Cause::Unsendable(UsageError::Encode(_))
    ));
}

#[test]
fn unfinished_messages_do_not_move_to_another_client_identifier_or_version() {
    let mut pair = Pair::connected(Version::V5);
    pair.server.knobs.hold_acks = true;
    pair.send("mine", QoS::ExactlyOnce);
    pair.run();
    pair.break_link();
    let others = [
        Config {
            client_id: "another".into(),
            ..config(Version::V5)
        },
        config(Version::V311),
    ];
    for other in others {
        let before = pair.client.save(pair.now);
        let refused = pair.client.connect(other, pair.now);
        assert_eq!(refused, Err(UsageError::OtherSession));
        assert_eq!(pair.client.save(pair.now), before);
    }
}

#[test]
fn credentials_never_get_into_a_saved_session() {
    for version in VERSIONS {
        let mut pair = Pair::new(version);
        pair.config.username = Some("ada".into());
        pair.config.password = Some(b"secret".to_vec());
        let mut plain = Pair::new(version);
        pair.establish();
        plain.establish();
        assert_eq!(pair.client.save(pair.now), plain.client.save(plain.now));
    }
}

#[test]
fn connack_in_single_bytes_is_understood_and_what_follows_is_held() {
    for version in VERSIONS {
        let mut pair = Pair::new(version);
        pair.chunk = 1;
        for text in ["a", "b"] {
            pair.server
                .session_mut(ID)
                .enqueue(to_client(text, QoS::ExactlyOnce));
        }
        pair.config.resume_without_state = true;
        pair.establish();
        assert_eq!(pair.ledger.payloads(), ["a", "b"]);
        pair.assert_idle("single bytes");
    }
}
