//! Every way to be wrong has its own error: bytes that are refused, packets that cannot be written, and the reason
//! code each refusal closes the connection with.
#![cfg(not(target_arch = "wasm32"))]

mod codec_support;

use codec_support::{decode, frame, hex, id};
use mqtt_mooring::codec::DecodeError as D;
use mqtt_mooring::codec::EncodeError as E;
use mqtt_mooring::codec::Version::{V5, V311};
use mqtt_mooring::codec::*;

const MALFORMED: u8 = 0x81;
const PROTOCOL_ERROR: u8 = 0x82;

/// Version, bytes, what is wrong with them, and the reason code that says so.
type Refusal = (Version, &'static str, D, u8);

#[rustfmt::skip]
const FIXED_HEADER: &[Refusal] = &[
    (V5, "00 00", D::ReservedPacketType, MALFORMED),
    (V311, "f0 00", D::PacketTypeNotInVersion(PacketType::Auth), MALFORMED),
    // [MQTT-2.1.3-1]: reserved flags, one packet with 0 and those with 0010
    (V5, "c1 00", flags(PacketType::PingReq, 1), MALFORMED),
    (V5, "60 02 00 01", flags(PacketType::PubRel, 0), MALFORMED),
    (V311, "80 06 00 01 00 01 61 00", flags(PacketType::Subscribe, 0), MALFORMED),
    (V311, "a3 05 00 01 00 01 61", flags(PacketType::Unsubscribe, 3), MALFORMED),
    (V5, "36 05 00 01 61 00 01", D::ReservedQos, MALFORMED),
    (V5, "38 04 00 01 61 00", D::DupWithQos0, MALFORMED),
    (V5, "c0 01 00", D::TrailingBytes(PacketType::PingReq), MALFORMED),
];

#[rustfmt::skip]
const STRINGS: &[Refusal] = &[
    (V311, "30 02 00 05", D::Truncated("topic name"), MALFORMED),
    (V311, "30 01 00", D::Truncated("topic name"), MALFORMED),
    // [MQTT-1.5.4-1]: a lone continuation byte, an overlong slash, the surrogate U+D800, a code point above U+10FFFF
    (V311, "30 03 00 01 80", D::InvalidUtf8("topic name"), MALFORMED),
    (V311, "30 04 00 02 c0 af", D::InvalidUtf8("topic name"), MALFORMED),
    (V5, "30 06 00 03 ed a0 80 00", D::InvalidUtf8("topic name"), MALFORMED),
    (V5, "30 07 00 04 f4 90 80 80 00", D::InvalidUtf8("topic name"), MALFORMED),
    (V311, "30 05 00 03 61 00 62", D::NullCharacter("topic name"), MALFORMED),
];

#[rustfmt::skip]
const CONNECT: &[Refusal] = &[
    (V311, "10 0d 00 04 4d 51 54 58 04 02 00 3c 00 01 61", D::ProtocolName, 0x84),
    (V311, "10 0f 00 06 4d 51 49 73 64 70 03 02 00 3c 00 01 61", D::ProtocolName, 0x84),
    (V5, "10 0d 00 04 4d 51 54 54 04 02 00 3c 00 01 61", D::ProtocolLevel(4), 0x84),
    (V311, "10 0d 00 04 4d 51 54 54 04 03 00 3c 00 01 61", D::ReservedConnectFlag, MALFORMED),
    (V311, "10 0d 00 04 4d 51 54 54 04 0a 00 3c 00 01 61", D::WillFlags, MALFORMED), // QoS without a will
    (V311, "10 0d 00 04 4d 51 54 54 04 22 00 3c 00 01 61", D::WillFlags, MALFORMED), // retain without a will
    (V311, "10 12 00 04 4d 51 54 54 04 1e 00 3c 00 01 61 00 01 77 00 00", D::WillFlags, MALFORMED), // QoS 3
    (V311, "10 0f 00 04 4d 51 54 54 04 42 00 3c 00 01 61 00 00", D::PasswordWithoutUsername, PROTOCOL_ERROR),
    (V311, "10 0c 00 04 4d 51 54 54 04 00 00 3c 00 00", D::EmptyClientId, 0x85),
    (V311, "10 0e 00 04 4d 51 54 54 04 02 00 3c 00 01 61 00", D::TrailingBytes(PacketType::Connect), MALFORMED),
    (V311, "10 0d 00 04 4d 51 54 54 04 82 00 3c 00 01 61", D::Truncated("user name"), MALFORMED),
    (V311, "10 12 00 04 4d 51 54 54 04 06 00 3c 00 01 61 00 01 23 00 00", D::TopicName(TopicError::WildcardInName), 0x90), // a will to "#"
];

#[rustfmt::skip]
const CONNACK: &[Refusal] = &[
    (V311, "20 02 02 00", D::ConnAckFlags(2), MALFORMED),
    (V5, "20 03 81 00 00", D::ConnAckFlags(0x81), MALFORMED),
    (V311, "20 02 01 05", D::SessionPresentWithRefusal, PROTOCOL_ERROR),
    (V5, "20 03 01 87 00", D::SessionPresentWithRefusal, PROTOCOL_ERROR),
    (V311, "20 02 00 06", code(PacketType::ConnAck, 6), PROTOCOL_ERROR),
    (V5, "20 03 00 01 00", code(PacketType::ConnAck, 1), PROTOCOL_ERROR), // a return code of 3.1.1 in 5
    (V5, "20 02 00 00", D::Truncated("property length"), MALFORMED),
    (V311, "20 03 00 00 00", D::TrailingBytes(PacketType::ConnAck), MALFORMED),
];

#[rustfmt::skip]
const PUBLISH: &[Refusal] = &[
    (V311, "32 05 00 01 61 00 00", D::PacketIdZero(PacketType::Publish), PROTOCOL_ERROR),
    (V5, "30 03 00 00 00", D::EmptyTopicWithoutAlias, PROTOCOL_ERROR),
    (V311, "30 02 00 00", D::TopicName(TopicError::Empty), 0x90),
    (V311, "30 05 00 03 61 2f 2b", D::TopicName(TopicError::WildcardInName), 0x90),
    (V5, "30 03 00 01 61", D::Truncated("property length"), MALFORMED),
];

#[rustfmt::skip]
const ACKNOWLEDGEMENTS: &[Refusal] = &[
    (V5, "40 02 00 00", D::PacketIdZero(PacketType::PubAck), PROTOCOL_ERROR),
    (V5, "40 01 00", D::Truncated("packet identifier"), MALFORMED),
    (V311, "40 03 00 01 00", D::TrailingBytes(PacketType::PubAck), MALFORMED),
    (V5, "40 03 00 01 92", code(PacketType::PubAck, 0x92), PROTOCOL_ERROR),
    (V5, "62 03 00 01 80", code(PacketType::PubRel, 0x80), PROTOCOL_ERROR),
    (V5, "40 05 00 01 00 00 00", D::TrailingBytes(PacketType::PubAck), MALFORMED),
    (V5, "40 04 00 01 00 01", D::Truncated("properties"), MALFORMED),
];

#[rustfmt::skip]
const SUBSCRIPTIONS: &[Refusal] = &[
    (V311, "82 02 00 01", D::EmptyList(PacketType::Subscribe), PROTOCOL_ERROR),
    (V5, "a2 03 00 01 00", D::EmptyList(PacketType::Unsubscribe), PROTOCOL_ERROR),
    (V5, "90 03 00 01 00", D::EmptyList(PacketType::SubAck), PROTOCOL_ERROR),
    (V311, "90 02 00 01", D::EmptyList(PacketType::SubAck), PROTOCOL_ERROR),
    (V5, "b0 03 00 01 00", D::EmptyList(PacketType::UnsubAck), PROTOCOL_ERROR),
    (V311, "b0 03 00 01 00", D::TrailingBytes(PacketType::UnsubAck), MALFORMED),
    (V311, "90 03 00 01 03", code(PacketType::SubAck, 3), PROTOCOL_ERROR),
    (V5, "90 04 00 01 00 03", code(PacketType::SubAck, 3), PROTOCOL_ERROR),
    (V5, "b0 04 00 01 00 01", code(PacketType::UnsubAck, 1), PROTOCOL_ERROR),
    (V311, "82 06 00 01 00 01 61 03", D::SubscriptionOptions(3), PROTOCOL_ERROR),
    (V311, "82 06 00 01 00 01 61 04", D::SubscriptionOptions(4), PROTOCOL_ERROR), // No Local is reserved in 3.1.1
    (V5, "82 07 00 01 00 00 01 61 30", D::SubscriptionOptions(0x30), PROTOCOL_ERROR), // retain handling 3
    (V5, "82 07 00 01 00 00 01 61 40", D::SubscriptionOptions(0x40), MALFORMED), // [MQTT-3.8.3-5]
    (V311, "82 05 00 01 00 01 61", D::Truncated("subscription options"), MALFORMED),
    (V311, "82 07 00 01 00 02 61 23 00", D::TopicFilter(TopicError::MultiLevelWildcard), 0x8F),
    (V311, "a2 04 00 01 00 00", D::TopicFilter(TopicError::Empty), 0x8F),
    (V5, "82 10 00 01 00 00 0a 24 73 68 61 72 65 2f 67 2f 61 04", D::NoLocalOnShared, PROTOCOL_ERROR), // "$share/g/a", No Local
];

#[rustfmt::skip]
const CLOSING: &[Refusal] = &[
    (V311, "e0 01 00", D::TrailingBytes(PacketType::Disconnect), MALFORMED),
    (V5, "e0 01 01", code(PacketType::Disconnect, 1), PROTOCOL_ERROR),
    (V5, "f0 02 04 00", code(PacketType::Auth, 4), PROTOCOL_ERROR),
    (V5, "f0 01 18", D::Truncated("property length"), MALFORMED),
    (V5, "f0 02 18 00", D::MissingAuthenticationMethod, PROTOCOL_ERROR),
];

/// Most of them in a DISCONNECT with reason 0, or a CONNACK that accepts.
#[rustfmt::skip]
const PROPERTIES: &[Refusal] = &[
    (V5, "e0 04 00 02 05 00", D::UnknownProperty(5), MALFORMED),
    (V5, "e0 04 00 02 a6 00", D::UnknownProperty(0xA6), MALFORMED),
    (V5, "e0 05 00 03 21 00 01", D::MisplacedProperty(PropertyId::RECEIVE_MAXIMUM, PropertySet::Disconnect), MALFORMED),
    (V5, "e0 0c 00 0a 11 00 00 00 01 11 00 00 00 02", twice(PropertyId::SESSION_EXPIRY_INTERVAL), PROTOCOL_ERROR),
    (V5, "82 0b 00 01 04 0b 01 0b 02 00 01 61 00", twice(PropertyId::SUBSCRIPTION_IDENTIFIER), PROTOCOL_ERROR),
    (V5, "e0 04 00 02 11 00", D::Truncated("Session Expiry Interval"), MALFORMED),
    (V5, "e0 02 00 80", D::Truncated("property length"), MALFORMED),
    (V5, "e0 03 00 80 00", D::VariableByteInteger("property length"), MALFORMED),
    (V5, "e0 06 00 80 80 80 80 01", D::VariableByteInteger("property length"), MALFORMED),
    (V5, "82 0a 00 01 03 0b 80 00 00 01 61 00", D::VariableByteInteger("Subscription Identifier"), MALFORMED),
    (V5, "82 09 00 01 02 0b 00 00 01 61 00", value(PropertyId::SUBSCRIPTION_IDENTIFIER), PROTOCOL_ERROR),
    (V5, "20 06 00 00 03 21 00 00", value(PropertyId::RECEIVE_MAXIMUM), PROTOCOL_ERROR),
    (V5, "20 08 00 00 05 27 00 00 00 00", value(PropertyId::MAXIMUM_PACKET_SIZE), PROTOCOL_ERROR),
    (V5, "20 05 00 00 02 24 02", value(PropertyId::MAXIMUM_QOS), PROTOCOL_ERROR),
    (V5, "20 05 00 00 02 25 02", value(PropertyId::RETAIN_AVAILABLE), PROTOCOL_ERROR),
    (V5, "30 06 00 01 61 02 01 02", value(PropertyId::PAYLOAD_FORMAT_INDICATOR), PROTOCOL_ERROR),
    (V5, "30 07 00 01 61 03 23 00 00", value(PropertyId::TOPIC_ALIAS), 0x94),
    (V5, "20 07 00 00 04 16 00 01 ff", D::AuthenticationDataWithoutMethod, PROTOCOL_ERROR),
    (V5, "20 07 00 00 04 1f 00 01 ff", D::InvalidUtf8("Reason String"), MALFORMED),
    (V5, "20 0a 00 00 07 26 00 01 61 00 01 00", D::NullCharacter("User Property"), MALFORMED),
];

const fn flags(packet: PacketType, flags: u8) -> D {
    D::FixedHeaderFlags { packet, flags }
}

const fn code(packet: PacketType, code: u8) -> D {
    D::ReasonCode { packet, code }
}

const fn twice(id: PropertyId) -> D {
    D::DuplicateProperty(id)
}

const fn value(id: PropertyId) -> D {
    D::PropertyValue(id)
}

const ALL: [&[Refusal]; 9] = [
    FIXED_HEADER,
    STRINGS,
    CONNECT,
    CONNACK,
    PUBLISH,
    ACKNOWLEDGEMENTS,
    SUBSCRIPTIONS,
    CLOSING,
    PROPERTIES,
];

#[test]
fn wrong_bytes_are_refused_for_what_is_wrong_with_them() {
    for (version, bytes, error, reason) in ALL.into_iter().flatten() {
        assert_eq!(decode(*version, &hex(bytes)), Err(*error), "{bytes}");
        assert_eq!(error.reason_code(), ReasonCode(*reason), "{error}");
        let closes = error.reason_code().is_valid_in(PacketType::Disconnect);
        assert!(
            closes || error.reason_code().is_valid_in(PacketType::ConnAck),
            "{error} has no packet to say it in"
        );
    }
}

#[test]
fn every_error_is_reached() {
    let elsewhere = [
        // codec_frames.rs and below
        D::PacketTooLarge {
            size: 2,
            maximum: 1,
        },
        D::UnexpectedPacketType {
            expected: PacketType::PubAck,
            found: PacketType::PubRec,
        },
    ];
    let table = ALL.into_iter().flatten().map(|(_, _, error, _)| *error);
    let reached: Vec<_> = table
        .chain(elsewhere)
        .map(|error| decode_variant(&error))
        .collect();
    for variant in DECODE_VARIANTS {
        assert!(reached.contains(variant), "{variant} is not reached");
    }
}

/// Names the variants of an error. A new one does not compile until it is listed, and then fails until it is reached.
macro_rules! variants {
    ($error:ident, $name:ident, $all:ident: $($variant:ident)*) => {
        const $all: &[&str] = &[$(stringify!($variant)),*];

        fn $name(error: &$error) -> &'static str {
            match error {
                $($error::$variant { .. } => stringify!($variant),)*
            }
        }
    };
}

variants! { D, decode_variant, DECODE_VARIANTS:
    ReservedPacketType PacketTypeNotInVersion UnexpectedPacketType FixedHeaderFlags
    ReservedQos DupWithQos0 VariableByteInteger PacketTooLarge Truncated TrailingBytes
    InvalidUtf8 NullCharacter PacketIdZero UnknownProperty MisplacedProperty
    DuplicateProperty PropertyValue AuthenticationDataWithoutMethod
    MissingAuthenticationMethod ReasonCode ConnAckFlags SessionPresentWithRefusal
    ProtocolName ProtocolLevel ReservedConnectFlag WillFlags PasswordWithoutUsername
    EmptyClientId EmptyList SubscriptionOptions NoLocalOnShared EmptyTopicWithoutAlias
    TopicName TopicFilter
}

variants! { E, encode_variant, ENCODE_VARIANTS:
    TooLong NullCharacter PacketTooLarge PacketTypeNotInVersion NotAnAcknowledgement
    VersionMismatch PropertiesNotInVersion Properties PropertyValue ReasonCode
    SessionPresentWithRefusal PasswordWithoutUsername EmptyClientId MissingPacketId
    UnexpectedPacketId DupWithQos0 EmptyList SubscriptionOptions NoLocalOnShared TopicName
    TopicFilter
}

#[test]
fn every_error_says_what_is_wrong_in_one_line() {
    for (_, _, error, _) in ALL.into_iter().flatten() {
        let text = error.to_string();
        assert!(
            text.len() > 10 && text.len() < 100 && !text.contains('\n') && !text.ends_with('.'),
            "{text}"
        );
    }
    let text = twice(PropertyId::SESSION_EXPIRY_INTERVAL).to_string();
    assert_eq!(text, "Session Expiry Interval more than once");
    assert_eq!(
        D::TopicFilter(TopicError::Empty).to_string(),
        "topic filter: is empty"
    );
}

#[test]
fn a_packet_is_not_read_as_another() {
    let bytes = hex("50 02 00 01");
    let unexpected = D::UnexpectedPacketType {
        expected: PacketType::PubAck,
        found: PacketType::PubRec,
    };
    assert_eq!(
        Ack::decode(V5, PacketType::PubAck, frame(&bytes)),
        Err(unexpected)
    );
    assert_eq!(unexpected.reason_code(), ReasonCode::PROTOCOL_ERROR);
    let bytes = hex("d0 00");
    let no_ack = Ack::decode(V5, PacketType::PingResp, frame(&bytes));
    assert!(matches!(no_ack, Err(D::UnexpectedPacketType { .. })));
}

#[test]
fn a_property_list_is_only_taken_where_it_may_stand() {
    // Table 2-4: how many of the fourteen places allow each property.
    let places = [
        PropertySet::Connect,
        PropertySet::Will,
        PropertySet::ConnAck,
        PropertySet::Publish,
        PropertySet::PubAck,
        PropertySet::PubRec,
        PropertySet::PubRel,
        PropertySet::PubComp,
        PropertySet::Subscribe,
        PropertySet::SubAck,
        PropertySet::Unsubscribe,
        PropertySet::UnsubAck,
        PropertySet::Disconnect,
        PropertySet::Auth,
    ];
    let allowed = |id: u8| {
        places
            .iter()
            .filter(|place| place.allows(PropertyId(id)))
            .count()
    };
    let table: Vec<(u8, usize)> = (0..=u8::MAX)
        .map(|id| (id, allowed(id)))
        .filter(|(_, places)| *places > 0)
        .collect();
    let expected = [
        (0x01, 2),
        (0x02, 2),
        (0x03, 2),
        (0x08, 2),
        (0x09, 2),
        (0x0B, 2),
        (0x11, 3),
        (0x12, 1),
        (0x13, 1),
        (0x15, 3),
        (0x16, 3),
        (0x17, 1),
        (0x18, 1),
        (0x19, 1),
        (0x1A, 1),
        (0x1C, 2),
        (0x1F, 9),
        (0x21, 2),
        (0x22, 2),
        (0x23, 1),
        (0x24, 1),
        (0x25, 1),
        (0x26, 14),
        (0x27, 2),
        (0x28, 1),
        (0x29, 1),
        (0x2A, 1),
    ];
    assert_eq!(table, expected);
}

/// A QoS 1 PUBLISH that can be written.
fn publish() -> Publish<'static> {
    Publish {
        dup: false,
        qos: QoS::AtLeastOnce,
        retain: false,
        topic: "t",
        packet_id: Some(id(1)),
        properties: Properties::default(),
        payload: b"",
    }
}

fn connect(version: Version) -> Connect<'static> {
    Connect {
        version,
        clean_start: true,
        keep_alive: 0,
        client_id: "c",
        username: None,
        password: None,
        will: None,
        properties: Properties::default(),
    }
}

#[test]
fn what_cannot_be_written_is_refused_and_nothing_is_written() {
    let long = "x".repeat(65_536);
    let mut buffer = PropertyBuffer::new();
    buffer.push(Property::TopicAlias(1)).unwrap();
    let alias = buffer.as_properties(PropertySet::Publish).unwrap();
    let none = Properties::default();
    let share = SubscriptionOptions {
        no_local: true,
        ..Default::default()
    };
    let subscribe = |filters| {
        Packet::Subscribe(Subscribe {
            packet_id: id(1),
            properties: none,
            filters,
        })
    };
    let suback = |codes| {
        Packet::SubAck(SubAck {
            packet_id: id(1),
            properties: none,
            codes,
        })
    };
    let unsuback = |codes| {
        Packet::UnsubAck(UnsubAck {
            packet_id: id(1),
            properties: none,
            codes,
        })
    };
    let connack = |session_present, reason| {
        Packet::ConnAck(ConnAck {
            session_present,
            reason,
            properties: none,
        })
    };
    let will = Will {
        topic: "w",
        payload: &[0; 65_536],
        qos: QoS::AtMostOnce,
        retain: false,
        properties: none,
    };
    let huge = vec![0; 268_435_455];
    let refused_code = |packet, code| E::ReasonCode { packet, code };
    let refused = [
        (
            V5,
            Packet::Publish(Publish {
                packet_id: None,
                ..publish()
            }),
            E::MissingPacketId,
        ),
        (
            V5,
            Packet::Publish(Publish {
                qos: QoS::AtMostOnce,
                ..publish()
            }),
            E::UnexpectedPacketId,
        ),
        (
            V5,
            Packet::Publish(Publish {
                qos: QoS::AtMostOnce,
                packet_id: None,
                dup: true,
                ..publish()
            }),
            E::DupWithQos0,
        ),
        (
            V5,
            Packet::Publish(Publish {
                topic: "",
                ..publish()
            }),
            E::TopicName(TopicError::Empty),
        ),
        (
            V5,
            Packet::Publish(Publish {
                topic: "a/#",
                ..publish()
            }),
            E::TopicName(TopicError::WildcardInName),
        ),
        (
            V5,
            Packet::Publish(Publish {
                topic: &long,
                ..publish()
            }),
            E::TopicName(TopicError::TooLong),
        ),
        (
            V311,
            Packet::Publish(Publish {
                payload: &huge,
                ..publish()
            }),
            E::PacketTooLarge,
        ),
        (
            V311,
            Packet::Publish(Publish {
                properties: alias,
                ..publish()
            }),
            E::PropertiesNotInVersion(PropertySet::Publish),
        ),
        (
            V5,
            Packet::Connect(Connect {
                properties: alias,
                ..connect(V5)
            }),
            E::Properties(PropertySet::Connect),
        ),
        (V5, Packet::Connect(connect(V311)), E::VersionMismatch),
        (
            V311,
            Packet::Connect(Connect {
                password: Some(b""),
                ..connect(V311)
            }),
            E::PasswordWithoutUsername,
        ),
        (
            V311,
            Packet::Connect(Connect {
                client_id: "",
                clean_start: false,
                ..connect(V311)
            }),
            E::EmptyClientId,
        ),
        (
            V5,
            Packet::Connect(Connect {
                client_id: "a\0",
                ..connect(V5)
            }),
            E::NullCharacter("client identifier"),
        ),
        (
            V5,
            Packet::Connect(Connect {
                username: Some(&long),
                ..connect(V5)
            }),
            E::TooLong("user name"),
        ),
        (
            V5,
            Packet::Connect(Connect {
                will: Some(will),
                ..connect(V5)
            }),
            E::TooLong("will payload"),
        ),
        (
            V5,
            connack(true, ReasonCode::BANNED),
            E::SessionPresentWithRefusal,
        ),
        (
            V311,
            connack(false, ReasonCode::BANNED),
            refused_code(PacketType::ConnAck, ReasonCode::BANNED),
        ),
        (
            V5,
            connack(false, ReasonCode(1)),
            refused_code(PacketType::ConnAck, ReasonCode(1)),
        ),
        (
            V311,
            Packet::PubAck(Ack::new(id(1), ReasonCode::QUOTA_EXCEEDED)),
            refused_code(PacketType::PubAck, ReasonCode::QUOTA_EXCEEDED),
        ),
        (
            V5,
            Packet::PubComp(Ack::new(id(1), ReasonCode::QUOTA_EXCEEDED)),
            refused_code(PacketType::PubComp, ReasonCode::QUOTA_EXCEEDED),
        ),
        (V5, subscribe(vec![]), E::EmptyList(PacketType::Subscribe)),
        (
            V5,
            subscribe(vec![("a+", share)]),
            E::TopicFilter(TopicError::SingleLevelWildcard),
        ),
        (
            V5,
            subscribe(vec![("$share/g/a", share)]),
            E::NoLocalOnShared,
        ),
        (V311, subscribe(vec![("a", share)]), E::SubscriptionOptions),
        (
            V5,
            subscribe(vec![(&long[..65_535], share); 4_100]),
            E::PacketTooLarge,
        ),
        (
            V5,
            Packet::Unsubscribe(Unsubscribe {
                packet_id: id(1),
                properties: none,
                filters: vec![],
            }),
            E::EmptyList(PacketType::Unsubscribe),
        ),
        (V311, suback(&[]), E::EmptyList(PacketType::SubAck)),
        (
            V5,
            suback(&[0, 3]),
            refused_code(PacketType::SubAck, ReasonCode(3)),
        ),
        (V5, unsuback(&[]), E::EmptyList(PacketType::UnsubAck)),
        (
            V311,
            unsuback(&[0]),
            refused_code(PacketType::UnsubAck, ReasonCode(0)),
        ),
        (
            V311,
            Packet::Disconnect(Disconnect::new(ReasonCode::DISCONNECT_WITH_WILL_MESSAGE)),
            refused_code(
                PacketType::Disconnect,
                ReasonCode::DISCONNECT_WITH_WILL_MESSAGE,
            ),
        ),
        (
            V311,
            Packet::Auth(Auth {
                reason: ReasonCode::SUCCESS,
                properties: none,
            }),
            E::PacketTypeNotInVersion(PacketType::Auth),
        ),
        (
            V5,
            Packet::Auth(Auth {
                reason: ReasonCode::RE_AUTHENTICATE,
                properties: none,
            }),
            E::Properties(PropertySet::Auth),
        ),
        (
            V5,
            Packet::Auth(Auth {
                reason: ReasonCode::BANNED,
                properties: none,
            }),
            refused_code(PacketType::Auth, ReasonCode::BANNED),
        ),
    ];
    let mut reached = vec!["NotAnAcknowledgement", "PropertyValue"]; // below
    for (version, packet, error) in &refused {
        let mut out = vec![0xAA];
        assert_eq!(packet.encode(*version, &mut out), Err(*error));
        assert_eq!(out, [0xAA], "{error}: something was written");
        assert!(error.to_string().len() > 10);
        reached.push(encode_variant(error));
    }
    for variant in ENCODE_VARIANTS {
        assert!(reached.contains(variant), "{variant} is not reached");
    }
}

#[test]
fn only_acknowledgements_are_written_as_such() {
    let mut out = Vec::new();
    let ack = Ack::new(id(1), ReasonCode::SUCCESS);
    let error = ack.encode(V5, PacketType::Auth, &mut out);
    assert_eq!(
        (error, out),
        (Err(E::NotAnAcknowledgement(PacketType::Auth)), vec![])
    );
}

#[test]
fn a_property_that_cannot_be_written_leaves_the_list_as_it_was() {
    let mut list = PropertyBuffer::new();
    let long = "x".repeat(65_536);
    let id = PropertyId::SUBSCRIPTION_IDENTIFIER;
    assert_eq!(
        list.push(Property::SubscriptionIdentifier(268_435_456)),
        Err(E::PropertyValue(id))
    );
    assert_eq!(
        list.push(Property::ReasonString(&long)),
        Err(E::TooLong("Reason String"))
    );
    assert_eq!(
        list.push(Property::UserProperty("k", "\0")),
        Err(E::NullCharacter("User Property"))
    );
    assert_eq!(
        list.push(Property::CorrelationData(long.as_bytes())),
        Err(E::TooLong("Correlation Data"))
    );
    assert!(list.as_properties(PropertySet::Publish).unwrap().is_empty());
}
