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
        if BOTH.contains(&code) {
            line.ended(&Cause::ServerDisconnect(ReasonCode(code)));
        } else if code == 4 {
            // To have a will published is for clients to ask; it ends the connection all the same.
            assert_eq!(line.client.state(), State::Disconnected);
        } else {
            line.ended_in_protest(ReasonCode::PROTOCOL_ERROR);
        }
    }
    for code in [
        1, 2, 3, 5, 0x10, 0x18, 0x7F, 0x84, 0x85, 0x91, 0x92, 0xA3, 0xFF,
    ] {
        let mut line = Line::connected(V);
        let options = DisconnectOptions {
            reason: Some(ReasonCode(code)),
            ..DisconnectOptions::default()
        };
        goes(&mut line, &options).expect_err("no such code");
        line.says_nothing_more();
        line.is_up();
    }
    for code in [
        4, 0x80, 0x81, 0x82, 0x83, 0x90, 0x93, 0x94, 0x95, 0x96, 0x97, 0x98, 0x99,
    ] {
        let mut line = Line::connected(V);
        let options = DisconnectOptions {
            reason: Some(ReasonCode(code)),
            ..DisconnectOptions::default()
        };
        goes(&mut line, &options).expect("one of ours");
        line.says(disconnect_saying(code));
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
    line.client.authenticate(None, now);
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
        line.client.reauthenticate(None, now).expect("begun");
        line.drain(&[]);
        line.says(auth(0x19, &method));
        line.hears(auth(code, &method));
        match code {
            0 | 0x18 => line.is_up(),
            _ => drop(line.ended_in_protest(ReasonCode::PROTOCOL_ERROR)),
        }
    }
}

/// An exchange with a server that takes packets of `size` bytes at most, and sends a Reason String and User Properties:
/// what the client answers goes without.
fn answers_without_properties(size: u32) {
    let list = [
        word(AUTHENTICATION_METHOD, METHOD),
        word(REASON_STRING, "more"),
        user("n", "v"),
    ]
    .concat();
    let mut line = authenticating();
    let accepted = [
        word(AUTHENTICATION_METHOD, METHOD),
        long(MAXIMUM_PACKET_SIZE, size),
    ]
    .concat();
    line.hears(connack_with(V, false, 0, &accepted));
    let now = line.now;
    line.client.reauthenticate(None, now).expect("begun");
    line.drain(&[]);
    line.says(auth(0x19, &word(AUTHENTICATION_METHOD, METHOD)));
    line.hears(auth(0x18, &list));
    line.client.authenticate(None, now);
    line.drain(&[]);
    line.says(auth(0x18, &word(AUTHENTICATION_METHOD, METHOD)));
    line.says_nothing_more();
    line.send("x", QoS::AtMostOnce);
    line.all();
}

#[test]
fn v5_3_15_2_2_auth_carries_no_reason_string_not_even_where_there_is_room() {
    answers_without_properties(20);
    answers_without_properties(1_000_000);
}

#[test]
fn v5_3_15_2_3_auth_carries_no_user_properties_and_stays_below_what_the_server_takes() {
    answers_without_properties(1_000_000);
    // What does not fit without any does not go out at all.
    let mut line = authenticating();
    let accepted = [
        word(AUTHENTICATION_METHOD, METHOD),
        long(MAXIMUM_PACKET_SIZE, 17),
    ]
    .concat();
    line.hears(connack_with(V, false, 0, &accepted));
    let now = line.now;
    let refused = line.client.reauthenticate(None, now);
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
