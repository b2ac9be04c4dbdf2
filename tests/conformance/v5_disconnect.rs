//! MQTT 5, chapters 3.14 and 3.15: DISCONNECT and AUTH.

use mqtt_mooring::client::output::Cause;
use mqtt_mooring::client::{Credentials, DisconnectOptions, State};
use mqtt_mooring::codec::{DecodeError, PacketType, QoS, ReasonCode, Version};
use mqtt_mooring::error::{ProtocolError, UsageError};

use super::bytes::*;
use super::line::Line;
use super::v5_properties::*;

const V: Version = Version::V5;
const METHOD: &str = "SCRAM-SHA-1";

fn goes(line: &mut Line, options: &DisconnectOptions) -> Result<(), UsageError> {
    let now = line.now;
    let left = line.client.disconnect(options, now);
    line.drain(&[]);
    left
}

fn leaving(code: Option<u8>, properties: &[u8]) -> DisconnectOptions {
    DisconnectOptions {
        reason: code.map(ReasonCode),
        properties: properties.to_vec(),
        ..DisconnectOptions::default()
    }
}

/// The DISCONNECT that a server gets which takes packets of `size` bytes at most.
fn leaves(size: usize, properties: &[u8]) -> Vec<u8> {
    let mut line = Line::limited(&long(MAXIMUM_PACKET_SIZE, size as u32));
    goes(&mut line, &leaving(Some(0x80), properties)).expect("in order");
    let said = line.next();
    line.ended(&Cause::Requested);
    assert!(said.len() <= size, "{} bytes, {size} are taken", said.len());
    said
}

/// CONNECT named a method, and the server asks for more.
fn authenticating() -> Line {
    let mut line = Line::new(V);
    line.config.authentication = Some(METHOD.into());
    let (config, now) = (line.config.clone(), line.now);
    line.client.connect(config, now).expect("begun");
    line.drain(&[]);
    line.client.prepare(Credentials::default());
    line.open();
    line.next();
    line
}

/// The server is satisfied.
fn authenticated() -> Line {
    let mut line = authenticating();
    line.hears(connack_with(
        V,
        false,
        0,
        &word(AUTHENTICATION_METHOD, METHOD),
    ));
    line.is_up();
    line
}

#[test]
fn v5_3_14_0_1_a_disconnect_before_connack_ends_the_connection() {
    let mut line = Line::new(V);
    line.dial();
    line.hears(disconnect(0x8B, &[]));
    let error = line.ended_in_protest(ReasonCode::PROTOCOL_ERROR);
    assert_eq!(error, ProtocolError::BeforeConnAck(PacketType::Disconnect));
}

#[test]
fn v5_3_14_1_1_reserved_bits_of_disconnect_are_malformed_and_ours_are_0() {
    for flags in 1..16 {
        let mut line = Line::connected(V);
        line.hears([0xE0 | flags, 1, 0x8B]);
        let error = line.ended_in_protest(ReasonCode::MALFORMED_PACKET);
        assert!(matches!(
            error,
            ProtocolError::Malformed(DecodeError::FixedHeaderFlags { .. })
        ));
    }
    let mut line = Line::connected(V);
    goes(&mut line, &DisconnectOptions::default()).expect("in order");
    line.says([0xE0, 0]);
}

#[test]
fn v5_3_14_2_1_every_code_of_disconnect_is_understood_and_ours_is_one_of_them() {
    const BOTH: [u8; 29] = [
        0, 0x80, 0x81, 0x82, 0x83, 0x87, 0x89, 0x8B, 0x8C, 0x8D, 0x8E, 0x8F, 0x90, 0x93, 0x94,
        0x95, 0x96, 0x97, 0x98, 0x99, 0x9A, 0x9B, 0x9C, 0x9D, 0x9E, 0x9F, 0xA0, 0xA1, 0xA2,
    ];
    for code in 0..=255 {
        let mut line = Line::connected(V);
        line.hears(disconnect(code, &[]));
        match code {
            // The client's to say.
            4 => line.says(disconnect_saying(0x82)),
            _ if BOTH.contains(&code) => {}
            _ => {
                line.ended_in_protest(ReasonCode::PROTOCOL_ERROR);
                continue;
            }
        }
        line.ended(&Cause::ServerDisconnect(ReasonCode(code)));
    }
    // Ours: those that table 3-10 has a client send.
    const OURS: [u8; 14] = [
        0, 4, 0x80, 0x81, 0x82, 0x83, 0x90, 0x93, 0x94, 0x95, 0x96, 0x97, 0x98, 0x99,
    ];
    for code in 0..=255 {
        let mut line = Line::connected(V);
        let left = goes(&mut line, &leaving(Some(code), &[]));
        match (code, OURS.contains(&code)) {
            (0, _) => line.says(DISCONNECT),
            (_, true) => line.says(disconnect_saying(code)),
            (_, false) => {
                left.expect_err("not for clients to say");
                line.says_nothing_more();
                line.is_up();
                continue;
            }
        }
        line.ended(&Cause::Requested);
    }
}

#[test]
fn v5_3_14_2_2_a_session_that_was_to_end_is_not_prolonged_at_its_end() {
    let mut line = Line::new(V);
    line.config.session_expiry_interval = Some(0);
    line.establish();
    let options = DisconnectOptions {
        session_expiry_interval: Some(1),
        ..DisconnectOptions::default()
    };
    goes(&mut line, &options).expect_err("from 0 to more");
    line.says_nothing_more();
    line.is_up();
    let mut line = Line::connected(V);
    goes(&mut line, &options).expect("from more to less");
    line.says(disconnect(0, &long(SESSION_EXPIRY_INTERVAL, 1)));
}

#[test]
fn v5_3_14_2_2_a_session_expiry_interval_is_not_for_the_server_to_change() {
    // It is a Protocol Error (1.2); why the server left is understood.
    for code in [0, 0x8B, 0x8E, 0x9D] {
        let mut line = Line::connected(V);
        line.hears(disconnect(code, &long(SESSION_EXPIRY_INTERVAL, 1)));
        line.says(disconnect_saying(0x82));
        line.ended(&Cause::ServerDisconnect(ReasonCode(code)));
    }
}

#[test]
fn v5_3_14_2_3_a_reason_string_that_does_not_fit_is_left_out_of_disconnect() {
    let list = word(REASON_STRING, "because");
    let full = disconnect(0x80, &list);
    assert_eq!(leaves(full.len(), &list), full);
    for size in 3..full.len() {
        assert_eq!(leaves(size, &list), disconnect_saying(0x80));
    }
}

#[test]
fn v5_3_14_2_4_user_properties_that_do_not_fit_are_left_out_of_disconnect() {
    let reason = word(REASON_STRING, "because");
    let list = [reason.clone(), user("n", "v"), user("n", "w")].concat();
    let full = disconnect(0x80, &list);
    let short = disconnect(0x80, &reason);
    assert_eq!(leaves(full.len(), &list), full);
    for size in short.len()..full.len() {
        assert_eq!(leaves(size, &list), short);
    }
}

#[test]
fn v5_3_14_4_1_nothing_follows_our_disconnect() {
    let mut line = Line::new(V);
    line.config.keep_alive = 1;
    line.auto_ack = false;
    line.establish();
    line.hears(publish(V, QOS_1, "t", 1, "x"));
    line.send("before", QoS::AtLeastOnce);
    let now = line.now;
    line.client
        .disconnect(&DisconnectOptions::default(), now)
        .expect("in order");
    // Whatever is asked for or comes in the same turn: it is too late.
    let late = line
        .client
        .subscribe(&[("t", Default::default())], &[], now);
    assert!(late.is_err());
    line.client
        .handle_bytes(&publish(V, QOS_2, "t", 2, "x"), now);
    line.client.handle_bytes(&ack(PUBREC, 9), now);
    line.client.handle_timeout(now + 1_000);
    let ticket = line.ledger.deliveries[0]
        .ticket
        .expect("to be acknowledged");
    line.client.handled(ticket, now);
    assert_eq!(line.client.state(), State::Disconnecting);
    line.drain(&[]);
    line.says(publish(V, QOS_1, "meters/7", 1, "before"));
    line.says(DISCONNECT);
    line.says_nothing_more();
    // The same after one that protests.
    let mut line = Line::connected(V);
    line.hears(
        [
            publish(V, QOS_2 | QOS_1, "t", 1, "x"),
            publish(V, QOS_1, "t", 2, "x"),
        ]
        .concat(),
    );
    line.ended_in_protest(ReasonCode::MALFORMED_PACKET);
}

#[test]
fn v5_3_14_4_2_after_our_disconnect_the_connection_is_closed() {
    let mut line = Line::connected(V);
    goes(&mut line, &DisconnectOptions::default()).expect("in order");
    line.says(DISCONNECT);
    line.ended(&Cause::Requested);
    // Even if the socket never closes.
    let mut line = Line::connected(V);
    let now = line.now;
    line.client
        .disconnect(&DisconnectOptions::default(), now)
        .expect("in order");
    line.drain(&[]);
    line.client.handle_timeout(now + 2_000);
    line.drain(&[]);
    assert_eq!(line.client.state(), State::Disconnected);
}

#[test]
fn v5_3_14_4_3_a_disconnect_withdraws_the_will_or_has_it_published_as_is_asked() {
    for (reason, said) in [
        (None, DISCONNECT.to_vec()),
        (Some(ReasonCode::SUCCESS), DISCONNECT.to_vec()),
        (
            Some(ReasonCode::DISCONNECT_WITH_WILL_MESSAGE),
            disconnect_saying(4),
        ),
    ] {
        let mut line = Line::connected(V);
        let options = DisconnectOptions {
            reason,
            ..DisconnectOptions::default()
        };
        goes(&mut line, &options).expect("in order");
        line.says(said);
    }
}

#[test]
fn v5_3_15_1_1_reserved_bits_of_auth_are_malformed_and_ours_are_0() {
    let right = auth(0x18, &word(AUTHENTICATION_METHOD, METHOD));
    for flags in 1..16 {
        let mut line = authenticating();
        line.hears([&[AUTH | flags][..], &right[1..]].concat());
        line.ended_in_protest(ReasonCode::MALFORMED_PACKET);
    }
    let mut line = authenticating();
    line.hears(&right);
    let now = line.now;
    line.client.authenticate(None, &[], now);
    line.drain(&[]);
    line.says(right);
}

#[test]
fn v5_3_15_2_1_every_code_of_auth_is_understood_in_its_place_and_no_other() {
    let method = word(AUTHENTICATION_METHOD, METHOD);
    for code in 0..=255 {
        let mut line = authenticating();
        line.hears(auth(code, &method));
        match code {
            0x18 => assert_eq!(line.client.state(), State::Connecting),
            // Who began was the client, and who is satisfied says CONNACK.
            _ => drop(line.ended_in_protest(ReasonCode::PROTOCOL_ERROR)),
        }
        let mut line = authenticated();
        let now = line.now;
        line.client.reauthenticate(None, &[], now).expect("begun");
        line.drain(&[]);
        line.says(auth(0x19, &method));
        line.hears(auth(code, &method));
        match code {
            0 | 0x18 => line.is_up(),
            _ => drop(line.ended_in_protest(ReasonCode::PROTOCOL_ERROR)),
        }
    }
}

/// What a server is told that takes packets of `size` bytes at most, when the client is authenticated again with these
/// properties beside the method.
fn told(size: usize, properties: &[u8]) -> Vec<u8> {
    let mut line = authenticating();
    let size_is = long(MAXIMUM_PACKET_SIZE, size as u32);
    let accepted = [word(AUTHENTICATION_METHOD, METHOD), size_is].concat();
    line.hears(connack_with(V, false, 0, &accepted));
    let now = line.now;
    line.client
        .reauthenticate(None, properties, now)
        .expect("begun");
    line.drain(&[]);
    let begun = line.next();
    assert_eq!(begun[2], 0x19);
    line.hears(auth(0x18, &word(AUTHENTICATION_METHOD, METHOD)));
    line.client.authenticate(None, properties, now);
    line.drain(&[]);
    let said = line.next();
    line.says_nothing_more();
    assert!(said.len() <= size, "{} bytes, {size} are taken", said.len());
    assert_eq!(begun[3..], said[3..], "the same in both");
    said
}

#[test]
fn v5_3_15_2_2_a_reason_string_that_does_not_fit_is_left_out_of_auth() {
    let method = word(AUTHENTICATION_METHOD, METHOD);
    let list = word(REASON_STRING, "because");
    let full = auth(0x18, &[method.clone(), list.clone()].concat());
    let bare = auth(0x18, &method);
    assert_eq!(told(full.len(), &list), full);
    for size in bare.len()..full.len() {
        assert_eq!(told(size, &list), bare);
    }
}

#[test]
fn v5_3_15_2_3_user_properties_that_do_not_fit_are_left_out_of_auth() {
    let method = word(AUTHENTICATION_METHOD, METHOD);
    let reason = word(REASON_STRING, "because");
    let list = [reason.clone(), user("n", "v"), user("n", "w")].concat();
    let full = auth(0x18, &[method.clone(), list.clone()].concat());
    let short = auth(0x18, &[method.clone(), reason].concat());
    assert_eq!(told(full.len(), &list), full);
    for size in short.len()..full.len() {
        assert_eq!(told(size, &list), short);
    }
    // What does not fit without any does not go out at all.
    let mut line = authenticating();
    let accepted = [method, long(MAXIMUM_PACKET_SIZE, 17)].concat();
    line.hears(connack_with(V, false, 0, &accepted));
    let now = line.now;
    let refused = line.client.reauthenticate(None, &list, now);
    assert_eq!(
        refused,
        Err(UsageError::TooLarge {
            size: 18,
            limit: 17
        })
    );
    line.drain(&[]);
    line.says_nothing_more();
}
