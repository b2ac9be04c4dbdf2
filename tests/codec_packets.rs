//! The packets that open, keep and close a connection, against bytes written by hand from the
//! specification, in both versions.
#![cfg(not(target_arch = "wasm32"))]

mod codec_support;

use codec_support::{both_ways, decode, hex, list, longer_form, no_properties};
use mqtt_mooring::codec::Version::{V5, V311};
use mqtt_mooring::codec::*;

fn minimal_connect(version: Version) -> Connect<'static> {
    Connect {
        version,
        clean_start: true,
        keep_alive: 60,
        client_id: "a",
        username: None,
        password: None,
        will: None,
        properties: no_properties(),
    }
}

#[test]
fn connect_with_nothing_optional() {
    both_ways(
        V311,
        "10 0d  00 04 4d 51 54 54  04  02  00 3c  00 01 61",
        Packet::Connect(minimal_connect(V311)),
    );
    both_ways(
        V5,
        "10 0e  00 04 4d 51 54 54  05  02  00 3c  00  00 01 61",
        Packet::Connect(minimal_connect(V5)),
    );
}

#[test]
fn connect_with_everything_in_3_1_1() {
    let will = Will {
        topic: "w",
        payload: b"bye",
        qos: QoS::AtLeastOnce,
        retain: true,
        properties: no_properties(),
    };
    let connect = Connect {
        clean_start: false,
        username: Some("u"),
        password: Some(b"\xFF"),
        will: Some(will),
        ..minimal_connect(V311)
    };
    both_ways(
        V311,
        "10 1b  00 04 4d 51 54 54  04
         ec ; user name, password, will retain, will QoS 1, will, no clean session
         00 3c  00 01 61  00 01 77  00 03 62 79 65  00 01 75  00 01 ff",
        Packet::Connect(connect),
    );
}

#[test]
fn connect_with_everything_in_5() {
    let own = list(&[
        Property::SessionExpiryInterval(10),
        Property::ReceiveMaximum(20),
    ]);
    let wills = list(&[Property::WillDelayInterval(5)]);
    let will = Will {
        topic: "w",
        payload: b"",
        qos: QoS::ExactlyOnce,
        retain: false,
        properties: wills.as_properties(PropertySet::Will).unwrap(),
    };
    let connect = Connect {
        username: Some("u"),
        password: Some(b"p"),
        will: Some(will),
        properties: own.as_properties(PropertySet::Connect).unwrap(),
        ..minimal_connect(V5)
    };
    both_ways(
        V5,
        "10 27  00 04 4d 51 54 54  05
         d6 ; user name, password, will QoS 2, will, clean start
         00 3c
         08  11 00 00 00 0a  21 00 14 ; session expiry, receive maximum
         00 01 61
         05  18 00 00 00 05 ; will delay
         00 01 77  00 00  00 01 75  00 01 70",
        Packet::Connect(connect),
    );
}

#[test]
fn connect_may_have_a_password_alone_in_5() {
    let connect = Connect {
        password: Some(b"token"),
        ..minimal_connect(V5)
    };
    both_ways(
        V5,
        "10 15  00 04 4d 51 54 54  05  42  00 3c  00  00 01 61  00 05 74 6f 6b 65 6e",
        Packet::Connect(connect),
    );
}

#[test]
fn a_connect_in_a_log_hides_its_password() {
    let connect = Connect {
        username: Some("alice"),
        password: Some(b"secret"),
        ..minimal_connect(V5)
    };
    let log = format!("{connect:?}");
    assert!(log.contains("alice") && log.contains("(hidden)"));
    assert!(
        !log.contains("secret") && !log.contains("115, 101"),
        "{log}"
    );
}

#[test]
fn connack_that_accepts() {
    let accepted = ConnAck {
        session_present: true,
        reason: ReasonCode::SUCCESS,
        properties: no_properties(),
    };
    both_ways(V311, "20 02  01 00", Packet::ConnAck(accepted));
    both_ways(V5, "20 03  01 00 00", Packet::ConnAck(accepted));
}

#[test]
fn connack_return_codes_of_3_1_1_become_reason_codes() {
    // Table 3.1 of 3.1.1: unacceptable version, identifier rejected, server unavailable, bad user
    // name or password, not authorized.
    for (code, reason) in [(1, 0x84), (2, 0x85), (3, 0x88), (4, 0x86), (5, 0x87)] {
        let refused = ConnAck {
            session_present: false,
            reason: ReasonCode(reason),
            properties: no_properties(),
        };
        both_ways(
            V311,
            &format!("20 02  00 {code:02x}"),
            Packet::ConnAck(refused),
        );
    }
}

#[test]
fn a_3_1_1_server_refusing_5_is_understood() {
    let bytes = hex("20 02  00 01");
    let Packet::ConnAck(refused) = decode(V5, &bytes).unwrap() else {
        panic!()
    };
    assert_eq!(refused.reason, ReasonCode::UNSUPPORTED_PROTOCOL_VERSION);
}

#[test]
fn connack_with_every_property() {
    let all = [
        Property::SessionExpiryInterval(u32::MAX),
        Property::ReceiveMaximum(10),
        Property::MaximumQos(1),
        Property::RetainAvailable(0),
        Property::MaximumPacketSize(1 << 20),
        Property::AssignedClientIdentifier("id"),
        Property::TopicAliasMaximum(3),
        Property::ReasonString("why"),
        Property::UserProperty("k", "v"),
        Property::WildcardSubscriptionAvailable(0),
        Property::SubscriptionIdentifierAvailable(1),
        Property::SharedSubscriptionAvailable(0),
        Property::ServerKeepAlive(30),
        Property::ResponseInformation("r"),
        Property::ServerReference("s"),
        Property::AuthenticationMethod("m"),
        Property::AuthenticationData(&[1]),
    ];
    let properties = list(&all);
    let properties = properties.as_properties(PropertySet::ConnAck).unwrap();
    let accepted = ConnAck {
        session_present: false,
        reason: ReasonCode::SUCCESS,
        properties,
    };
    both_ways(
        V5,
        "20 42  00 00  3f
         11 ff ff ff ff  21 00 0a  24 01  25 00  27 00 10 00 00  12 00 02 69 64  22 00 03  1f 00 03 77 68 79
         26 00 01 6b 00 01 76  28 00  29 01  2a 00  13 00 1e  1a 00 01 72  1c 00 01 73  15 00 01 6d  16 00 01 01",
        Packet::ConnAck(accepted),
    );
    assert!(properties.iter().eq(all), "in the order they were sent");
    assert_eq!(properties.reason_string(), Some("why"));
}

#[test]
fn pings() {
    for version in [V311, V5] {
        both_ways(version, "c0 00", Packet::PingReq);
        both_ways(version, "d0 00", Packet::PingResp);
    }
}

#[test]
fn disconnect_from_nothing_to_everything() {
    let normal = Disconnect::new(ReasonCode::NORMAL_DISCONNECTION);
    both_ways(V311, "e0 00", Packet::Disconnect(normal));
    both_ways(V5, "e0 00", Packet::Disconnect(normal));
    both_ways(
        V5,
        "e0 01  8e",
        Packet::Disconnect(Disconnect::new(ReasonCode::SESSION_TAKEN_OVER)),
    );
    // Figure 3-24 of the specification.
    let expiry = list(&[Property::SessionExpiryInterval(0)]);
    let properties = expiry.as_properties(PropertySet::Disconnect).unwrap();
    both_ways(
        V5,
        "e0 07  00  05 11 00 00 00 00",
        Packet::Disconnect(Disconnect {
            properties,
            ..normal
        }),
    );
    longer_form(V5, "e0 01  00", "e0 00");
    longer_form(V5, "e0 02  8e 00", "e0 01  8e");
}

#[test]
fn auth_with_its_method_and_without() {
    let method = list(&[
        Property::AuthenticationMethod("m"),
        Property::AuthenticationData(&[1, 2]),
    ]);
    let properties = method.as_properties(PropertySet::Auth).unwrap();
    let auth = Auth {
        reason: ReasonCode::CONTINUE_AUTHENTICATION,
        properties,
    };
    both_ways(
        V5,
        "f0 0b  18  09 15 00 01 6d  16 00 02 01 02",
        Packet::Auth(auth),
    );
    let bare = Auth {
        reason: ReasonCode::SUCCESS,
        properties: no_properties(),
    };
    both_ways(V5, "f0 00", Packet::Auth(bare));
    longer_form(V5, "f0 02  00 00", "f0 00");
}

#[test]
fn reason_codes_are_the_43_of_the_specification() {
    let known = (0..=255)
        .map(ReasonCode)
        .filter(|code| code.name() != "Unknown reason code");
    assert_eq!(known.clone().count(), 43);
    assert_eq!(
        ReasonCode::WILDCARD_SUBSCRIPTIONS_NOT_SUPPORTED,
        ReasonCode(0xA2)
    );
    assert_eq!(
        format!("{}, {:?}", ReasonCode::BANNED, ReasonCode(0x8A)),
        "Banned, 0x8a Banned"
    );
    let answers = [
        PacketType::ConnAck,
        PacketType::PubAck,
        PacketType::PubRel,
        PacketType::SubAck,
        PacketType::UnsubAck,
        PacketType::Disconnect,
        PacketType::Auth,
    ];
    for code in known {
        assert!(
            answers.iter().any(|packet| code.is_valid_in(*packet)),
            "{code} stands nowhere"
        );
        assert!(
            !code.is_valid_in(PacketType::Publish),
            "PUBLISH has no reason code"
        );
    }
}

#[test]
fn packet_types_and_qos_have_their_numbers() {
    for bits in 0..=255 {
        assert_eq!(
            PacketType::from_bits(bits).map(|packet| packet as u8),
            (1..=15).contains(&bits).then_some(bits)
        );
        assert_eq!(
            QoS::from_bits(bits).map(|qos| qos as u8),
            (bits < 3).then_some(bits)
        );
    }
    assert_eq!((V311.level(), V5.level()), (4, 5));
}
