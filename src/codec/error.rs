//! Why bytes or packets were refused: [`DecodeError`] blames the sender of the bytes,
//! [`EncodeError`] the caller, [`TopicError`] a topic. Each variant is one cause; the text is for
//! people and is never matched on.

use super::{PacketType, PropertyId, PropertySet, ReasonCode};
use crate::sentences::{Named, Said, sentence};
use core::fmt;

/// What is wrong with received bytes. A `&'static str` names the field it was found in.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum DecodeError {
    /// Packet type 0, which is forbidden (table 2-1).
    ReservedPacketType,
    /// A packet type this version does not have: AUTH in 3.1.1.
    PacketTypeNotInVersion(PacketType),
    /// The frame holds another packet than the one asked for.
    UnexpectedPacketType {
        /// What the caller asked for.
        expected: PacketType,
        /// What the first byte says.
        found: PacketType,
    },
    /// Fixed header flags that are not the reserved ones `[MQTT-2.1.3-1]`.
    FixedHeaderFlags {
        /// The packet they stand in.
        packet: PacketType,
        /// The four bits.
        flags: u8,
    },
    /// A PUBLISH with both QoS bits set `[MQTT-3.3.1-4]`.
    ReservedQos,
    /// A PUBLISH with DUP at QoS 0 `[MQTT-3.3.1-2]`.
    DupWithQos0,
    /// A variable byte integer of more than four bytes, or of more than it needs `[MQTT-1.5.5-1]`.
    VariableByteInteger(&'static str),
    /// A packet larger than the receiver allows `[MQTT-3.1.2-24]`.
    PacketTooLarge {
        /// The size it claims, fixed header included.
        size: u32,
        /// The size allowed.
        maximum: u32,
    },
    /// The packet ends inside a field.
    Truncated(&'static str),
    /// The packet goes on after its last field.
    TrailingBytes(PacketType),
    /// A string that is not UTF-8 `[MQTT-1.5.4-1]`.
    InvalidUtf8(&'static str),
    /// A string with U+0000 in it `[MQTT-1.5.4-2]`.
    NullCharacter(&'static str),
    /// Packet identifier 0 `[MQTT-2.2.1-3]`.
    PacketIdZero(PacketType),
    /// A property identifier that does not exist (2.2.2.2).
    UnknownProperty(u8),
    /// A property that must not stand here (2.2.2.2).
    MisplacedProperty(PropertyId, PropertySet),
    /// A property that may stand here once stands here again (2.2.2.2).
    DuplicateProperty(PropertyId),
    /// A value the property must not have: a flag of 2, a Receive Maximum of 0 (3.1.2.11 and
    /// following).
    PropertyValue(PropertyId),
    /// Authentication Data without an Authentication Method (3.1.2.11.10).
    AuthenticationDataWithoutMethod,
    /// An AUTH without its Authentication Method (3.15.2.2.2).
    MissingAuthenticationMethod,
    /// A reason or return code this packet must not carry, such as `[MQTT-3.4.2-1]`.
    ReasonCode {
        /// The packet it stands in.
        packet: PacketType,
        /// The code as received, before any mapping.
        code: u8,
    },
    /// CONNACK flags with a reserved bit set `[MQTT-3.2.2-1]`.
    ConnAckFlags(u8),
    /// Session present in a CONNACK that refuses the connection `[MQTT-3.2.2-6]`.
    SessionPresentWithRefusal,
    /// A CONNECT that is not for "MQTT" `[MQTT-3.1.2-1]`.
    ProtocolName,
    /// A CONNECT for another version than the one being spoken `[MQTT-3.1.2-2]`.
    ProtocolLevel(u8),
    /// The reserved bit of the connect flags is set `[MQTT-3.1.2-3]`.
    ReservedConnectFlag,
    /// Will QoS 3, or Will QoS or Will Retain without a will `[MQTT-3.1.2-11]` `[MQTT-3.1.2-12]`
    /// `[MQTT-3.1.2-13]`.
    WillFlags,
    /// A password without a user name, in 3.1.1 `[MQTT-3.1.2-22]`.
    PasswordWithoutUsername,
    /// An empty client identifier without clean session, in 3.1.1 `[MQTT-3.1.3-7]`.
    EmptyClientId,
    /// A packet that must list something lists nothing: `[MQTT-3.8.3-2]` `[MQTT-3.10.3-2]`, 3.9.3,
    /// 3.11.3.
    EmptyList(PacketType),
    /// Subscription options with a reserved bit `[MQTT-3.8.3-5]`, QoS 3 or retain handling 3
    /// (3.8.3.1).
    SubscriptionOptions(u8),
    /// No Local on a shared subscription `[MQTT-3.8.3-4]`.
    NoLocalOnShared,
    /// A PUBLISH with neither topic name nor topic alias (3.3.2.1).
    EmptyTopicWithoutAlias,
    /// A topic name that is none.
    TopicName(TopicError),
    /// A topic filter that is none.
    TopicFilter(TopicError),
}

impl DecodeError {
    /// The reason code to close the connection with (4.13.1): Malformed Packet where the bytes
    /// cannot be read, Protocol Error where they can but must not be, and the more specific code
    /// where a section names one.
    pub const fn reason_code(&self) -> ReasonCode {
        match self {
            Self::PacketTooLarge { .. } => ReasonCode::PACKET_TOO_LARGE,
            Self::PropertyValue(PropertyId::TOPIC_ALIAS) => ReasonCode::TOPIC_ALIAS_INVALID,
            Self::TopicName(_) => ReasonCode::TOPIC_NAME_INVALID,
            Self::TopicFilter(_) => ReasonCode::TOPIC_FILTER_INVALID,
            Self::ProtocolName | Self::ProtocolLevel(_) => ReasonCode::UNSUPPORTED_PROTOCOL_VERSION,
            Self::EmptyClientId => ReasonCode::CLIENT_IDENTIFIER_NOT_VALID,
            // Reserved bits are malformed [MQTT-3.8.3-5]; a 3 where 0 to 2 are defined is a
            // protocol error (3.8.3.1).
            Self::SubscriptionOptions(bits) if *bits & 0xC0 == 0 => ReasonCode::PROTOCOL_ERROR,
            Self::UnexpectedPacketType { .. }
            | Self::PacketIdZero(_)
            | Self::DuplicateProperty(_)
            | Self::PropertyValue(_)
            | Self::AuthenticationDataWithoutMethod
            | Self::MissingAuthenticationMethod
            | Self::ReasonCode { .. }
            | Self::SessionPresentWithRefusal
            | Self::PasswordWithoutUsername
            | Self::EmptyList(_)
            | Self::NoLocalOnShared
            | Self::EmptyTopicWithoutAlias => ReasonCode::PROTOCOL_ERROR,
            Self::ReservedPacketType
            | Self::PacketTypeNotInVersion(_)
            | Self::FixedHeaderFlags { .. }
            | Self::ReservedQos
            | Self::DupWithQos0
            | Self::VariableByteInteger(_)
            | Self::Truncated(_)
            | Self::TrailingBytes(_)
            | Self::InvalidUtf8(_)
            | Self::NullCharacter(_)
            | Self::UnknownProperty(_)
            | Self::MisplacedProperty(..)
            | Self::ConnAckFlags(_)
            | Self::ReservedConnectFlag
            | Self::WillFlags
            | Self::SubscriptionOptions(_) => ReasonCode::MALFORMED_PACKET,
        }
    }
}

impl DecodeError {
    pub(crate) const fn sentence(&self) -> u32 {
        match self {
            Self::ReservedPacketType => sentence!("packet type 0 is forbidden"),
            Self::PacketTypeNotInVersion(_) => sentence!("there is no %sentence in MQTT 3.1.1"),
            Self::UnexpectedPacketType { .. } => sentence!("expected %sentence, found %sentence"),
            Self::FixedHeaderFlags { .. } => sentence!("%sentence with fixed header flags %number"),
            Self::ReservedQos => sentence!("PUBLISH with QoS 3"),
            Self::DupWithQos0 => sentence!("PUBLISH with DUP at QoS 0"),
            Self::VariableByteInteger(_) => {
                sentence!("%text is not a well-formed variable byte integer")
            }
            Self::PacketTooLarge { .. } => {
                sentence!("packet of %number bytes, %number are allowed")
            }
            Self::Truncated(_) => sentence!("packet ends inside its %text"),
            Self::TrailingBytes(_) => sentence!("%sentence goes on after its last field"),
            Self::InvalidUtf8(_) => sentence!("%text is not UTF-8"),
            Self::NullCharacter(_) => sentence!("%text contains U+0000"),
            Self::PacketIdZero(_) => sentence!("%sentence with packet identifier 0"),
            Self::UnknownProperty(_) => sentence!("unknown property %number"),
            Self::MisplacedProperty(..) => sentence!("%text does not belong in %sentence"),
            Self::DuplicateProperty(_) => sentence!("%text more than once"),
            Self::PropertyValue(_) => sentence!("%text with a value it must not have"),
            Self::AuthenticationDataWithoutMethod => {
                sentence!("Authentication Data without Authentication Method")
            }
            Self::MissingAuthenticationMethod => sentence!("AUTH without Authentication Method"),
            Self::ReasonCode { .. } => sentence!("%sentence with reason code %number"),
            Self::ConnAckFlags(_) => sentence!("CONNACK with flags %number"),
            Self::SessionPresentWithRefusal => {
                sentence!("CONNACK refuses and says session present")
            }
            Self::ProtocolName => sentence!("CONNECT for another protocol than MQTT"),
            Self::ProtocolLevel(_) => sentence!("CONNECT with protocol level %number"),
            Self::ReservedConnectFlag => sentence!("CONNECT with its reserved flag set"),
            Self::WillFlags => sentence!("CONNECT with inconsistent will flags"),
            Self::PasswordWithoutUsername => sentence!("CONNECT with a password but no user name"),
            Self::EmptyClientId => {
                sentence!("CONNECT with neither client identifier nor clean session")
            }
            Self::EmptyList(_) => sentence!("%sentence with nothing in it"),
            Self::SubscriptionOptions(_) => sentence!("SUBSCRIBE with options %number"),
            Self::NoLocalOnShared => sentence!("SUBSCRIBE with No Local on a shared subscription"),
            Self::EmptyTopicWithoutAlias => {
                sentence!("PUBLISH with neither topic name nor topic alias")
            }
            Self::TopicName(_) => sentence!("topic name: %sentence"),
            Self::TopicFilter(_) => sentence!("topic filter: %sentence"),
        }
    }

    /// What stands in the sentence.
    pub(crate) fn named(&self) -> Named<'static> {
        match *self {
            Self::PacketTypeNotInVersion(packet)
            | Self::TrailingBytes(packet)
            | Self::PacketIdZero(packet)
            | Self::EmptyList(packet) => Named::number(packet.sentence()),
            Self::UnexpectedPacketType { expected, found } => {
                Named::numbers(expected.sentence(), found.sentence())
            }
            Self::FixedHeaderFlags {
                packet,
                flags: number,
            }
            | Self::ReasonCode {
                packet,
                code: number,
            } => Named::numbers(packet.sentence(), number.into()),
            Self::PacketTooLarge { size, maximum } => Named::numbers(size, maximum),
            Self::UnknownProperty(number)
            | Self::ConnAckFlags(number)
            | Self::ProtocolLevel(number)
            | Self::SubscriptionOptions(number) => Named::number(number.into()),
            Self::MisplacedProperty(id, set) => Named {
                numbers: [set.sentence(), 0, 0],
                text: id.name(),
            },
            Self::DuplicateProperty(id) | Self::PropertyValue(id) => Named::text(id.name()),
            Self::VariableByteInteger(field)
            | Self::Truncated(field)
            | Self::InvalidUtf8(field)
            | Self::NullCharacter(field) => Named::text(field),
            Self::TopicName(error) | Self::TopicFilter(error) => Named::number(error.sentence()),
            _ => Named::NOTHING,
        }
    }

    pub(crate) fn said(&self) -> Said<'static> {
        self.named().within(self.sentence())
    }
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.said().fmt(f)
    }
}

impl core::error::Error for DecodeError {}

/// Why a packet cannot be put on the wire. Nothing has been written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum EncodeError {
    /// A string or binary field of more than 65,535 bytes (1.5.4, 1.5.6).
    TooLong(&'static str),
    /// A string with U+0000 in it `[MQTT-1.5.4-2]`.
    NullCharacter(&'static str),
    /// More than 268,435,455 bytes after the fixed header (2.1.4).
    PacketTooLarge,
    /// A packet type this version does not have: AUTH in 3.1.1.
    PacketTypeNotInVersion(PacketType),
    /// A packet type that is not PUBACK, PUBREC, PUBREL or PUBCOMP.
    NotAnAcknowledgement(PacketType),
    /// A CONNECT whose own version is not the one asked for.
    VersionMismatch,
    /// Properties in 3.1.1, which has none.
    PropertiesNotInVersion(PropertySet),
    /// Properties that may not stand in this packet (2.2.2.2), or an AUTH without its
    /// Authentication Method.
    Properties(PropertySet),
    /// A property value that does not exist, such as a Subscription Identifier above 268,435,455.
    PropertyValue(PropertyId),
    /// A reason code this packet cannot carry in this version, such as `[MQTT-3.4.2-1]`.
    ReasonCode {
        /// The packet.
        packet: PacketType,
        /// The code.
        code: ReasonCode,
    },
    /// Session present in a CONNACK that refuses the connection `[MQTT-3.2.2-6]`.
    SessionPresentWithRefusal,
    /// A password without a user name, in 3.1.1 `[MQTT-3.1.2-22]`.
    PasswordWithoutUsername,
    /// An empty client identifier without clean session, in 3.1.1 `[MQTT-3.1.3-7]`.
    EmptyClientId,
    /// A PUBLISH above QoS 0 without a packet identifier `[MQTT-2.2.1-3]`.
    MissingPacketId,
    /// A PUBLISH at QoS 0 with a packet identifier `[MQTT-2.2.1-2]`.
    UnexpectedPacketId,
    /// A PUBLISH with DUP at QoS 0 `[MQTT-3.3.1-2]`.
    DupWithQos0,
    /// A packet that must list something lists nothing: `[MQTT-3.8.3-2]` `[MQTT-3.10.3-2]`, 3.9.3,
    /// 3.11.3.
    EmptyList(PacketType),
    /// A subscription option 3.1.1 does not have.
    SubscriptionOptions,
    /// No Local on a shared subscription `[MQTT-3.8.3-4]`.
    NoLocalOnShared,
    /// A topic name that is none.
    TopicName(TopicError),
    /// A topic filter that is none.
    TopicFilter(TopicError),
}

impl EncodeError {
    pub(crate) const fn sentence(&self) -> u32 {
        match self {
            Self::TooLong(_) => sentence!("%text is longer than 65535 bytes"),
            Self::NullCharacter(_) => sentence!("%text contains U+0000"),
            Self::PacketTooLarge => sentence!("packet is larger than MQTT allows"),
            Self::PacketTypeNotInVersion(_) => sentence!("there is no %sentence in MQTT 3.1.1"),
            Self::NotAnAcknowledgement(_) => sentence!("%sentence does not acknowledge a PUBLISH"),
            Self::VersionMismatch => sentence!("CONNECT is for another version"),
            Self::PropertiesNotInVersion(_) => {
                sentence!("%sentence has no properties in MQTT 3.1.1")
            }
            Self::Properties(_) => sentence!("properties do not belong in %sentence"),
            Self::PropertyValue(_) => sentence!("%text with a value it cannot have"),
            Self::ReasonCode { .. } => sentence!("%sentence cannot say %sentence"),
            Self::SessionPresentWithRefusal => {
                sentence!("CONNACK refuses and says session present")
            }
            Self::PasswordWithoutUsername => {
                sentence!("MQTT 3.1.1 needs a user name with the password")
            }
            Self::EmptyClientId => {
                sentence!("MQTT 3.1.1 needs a client identifier unless the session is clean")
            }
            Self::MissingPacketId => sentence!("PUBLISH above QoS 0 needs a packet identifier"),
            Self::UnexpectedPacketId => sentence!("PUBLISH at QoS 0 has no packet identifier"),
            Self::DupWithQos0 => sentence!("PUBLISH at QoS 0 cannot be a duplicate"),
            Self::EmptyList(_) => sentence!("%sentence with nothing in it"),
            Self::SubscriptionOptions => sentence!("MQTT 3.1.1 has no subscription option but QoS"),
            Self::NoLocalOnShared => sentence!("a shared subscription cannot be No Local"),
            Self::TopicName(_) => sentence!("topic name: %sentence"),
            Self::TopicFilter(_) => sentence!("topic filter: %sentence"),
        }
    }

    /// What stands in the sentence.
    pub(crate) fn named(&self) -> Named<'static> {
        match *self {
            Self::TooLong(field) | Self::NullCharacter(field) => Named::text(field),
            Self::PropertyValue(id) => Named::text(id.name()),
            Self::PacketTypeNotInVersion(packet)
            | Self::NotAnAcknowledgement(packet)
            | Self::EmptyList(packet) => Named::number(packet.sentence()),
            Self::PropertiesNotInVersion(set) | Self::Properties(set) => {
                Named::number(set.sentence())
            }
            Self::ReasonCode { packet, code } => Named::numbers(packet.sentence(), code.sentence()),
            Self::TopicName(error) | Self::TopicFilter(error) => Named::number(error.sentence()),
            _ => Named::NOTHING,
        }
    }

    pub(crate) fn said(&self) -> Said<'static> {
        self.named().within(self.sentence())
    }
}

impl fmt::Display for EncodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.said().fmt(f)
    }
}

impl core::error::Error for EncodeError {}

/// Why a text is no topic name or no topic filter (4.7, 4.8.2).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum TopicError {
    /// Nothing at all `[MQTT-4.7.3-1]`.
    Empty,
    /// More than 65,535 bytes `[MQTT-4.7.3-3]`.
    TooLong,
    /// U+0000 `[MQTT-4.7.3-2]`.
    NullCharacter,
    /// `+` or `#` in a topic name `[MQTT-4.7.0-1]`.
    WildcardInName,
    /// `#` that is not the whole last level of a filter `[MQTT-4.7.1-1]`.
    MultiLevelWildcard,
    /// `+` that is not a whole level of a filter `[MQTT-4.7.1-2]`.
    SingleLevelWildcard,
    /// `$share/` without a share name of its own `[MQTT-4.8.2-1]`, or with a wildcard in it
    /// `[MQTT-4.8.2-2]`.
    ShareName,
    /// `$share/{ShareName}` without a filter behind it `[MQTT-4.8.2-2]`.
    ShareFilter,
}

impl TopicError {
    pub(crate) fn said(&self) -> Said<'static> {
        Named::NOTHING.within(self.sentence())
    }

    pub(crate) const fn sentence(&self) -> u32 {
        match self {
            Self::Empty => sentence!("is empty"),
            Self::TooLong => sentence!("is longer than 65535 bytes"),
            Self::NullCharacter => sentence!("contains U+0000"),
            Self::WildcardInName => sentence!("a name cannot contain + or #"),
            Self::MultiLevelWildcard => sentence!("# must be the whole last level"),
            Self::SingleLevelWildcard => sentence!("+ must be a whole level"),
            Self::ShareName => sentence!("$share/ needs a share name without + and #"),
            Self::ShareFilter => sentence!("$share/{name} needs a topic filter after it"),
        }
    }
}

impl fmt::Display for TopicError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.said().fmt(f)
    }
}

impl core::error::Error for TopicError {}
