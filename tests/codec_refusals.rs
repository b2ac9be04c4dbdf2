//! Every way for bytes to be wrong has its own error, and each error the reason code that closes
//! the connection.
#![cfg(not(target_arch = "wasm32"))]

mod codec_support;

use codec_support::{decode, frame, hex, variants};
use mqtt_mooring::codec::DecodeError as D;
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
    // [MQTT-1.5.4-1]: a lone continuation byte, an overlong slash, the surrogate U+D800, a code
    // point above U+10FFFF
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
    #[rustfmt::skip]
    let places = {
        use PropertySet::*;
        [Connect, Will, ConnAck, Publish, PubAck, PubRec, PubRel, PubComp, Subscribe, SubAck, Unsubscribe,
            UnsubAck, Disconnect, Auth]
    };
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
    #[rustfmt::skip]
    let expected = [
        (0x01, 2), (0x02, 2), (0x03, 2), (0x08, 2), (0x09, 2), (0x0B, 2), (0x11, 3), (0x12, 1), (0x13, 1),
        (0x15, 3), (0x16, 3), (0x17, 1), (0x18, 1), (0x19, 1), (0x1A, 1), (0x1C, 2), (0x1F, 9), (0x21, 2),
        (0x22, 2), (0x23, 1), (0x24, 1), (0x25, 1), (0x26, 14), (0x27, 2), (0x28, 1), (0x29, 1), (0x2A, 1),
    ];
    assert_eq!(table, expected);
}
