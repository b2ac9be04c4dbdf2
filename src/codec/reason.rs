//! Reason codes (2.4) and which packet may carry which. The return codes of 3.1.1 are mapped to
//! them in `connack`, so that upper rooms see one vocabulary.

use super::PacketType;
use crate::sentences::sentence;
use core::fmt;

/// A reason code (table 2-6). Any byte fits; [`is_valid_in`](Self::is_valid_in) says whether it
/// means something.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
pub struct ReasonCode(pub u8);

/// Defines the constants and their names from one table.
macro_rules! reason_codes {
    ($($name:ident = $code:literal $text:literal),* $(,)?) => {
        /// Every code of table 2-6. Value 0 has three names there; the other two are the aliases
        /// below.
        impl ReasonCode {
            $(#[doc = $text] pub const $name: Self = Self($code);)*

            /// The name as the specification writes it.
            pub const fn name(self) -> &'static str {
                match self.0 {
                    $($code => $text,)*
                    _ => "Unknown reason code",
                }
            }
        }
    };
}

reason_codes! {
    SUCCESS = 0x00 "Success",
    GRANTED_QOS_1 = 0x01 "Granted QoS 1",
    GRANTED_QOS_2 = 0x02 "Granted QoS 2",
    DISCONNECT_WITH_WILL_MESSAGE = 0x04 "Disconnect with Will Message",
    NO_MATCHING_SUBSCRIBERS = 0x10 "No matching subscribers",
    NO_SUBSCRIPTION_EXISTED = 0x11 "No subscription existed",
    CONTINUE_AUTHENTICATION = 0x18 "Continue authentication",
    RE_AUTHENTICATE = 0x19 "Re-authenticate",
    UNSPECIFIED_ERROR = 0x80 "Unspecified error",
    MALFORMED_PACKET = 0x81 "Malformed Packet",
    PROTOCOL_ERROR = 0x82 "Protocol Error",
    IMPLEMENTATION_SPECIFIC_ERROR = 0x83 "Implementation specific error",
    UNSUPPORTED_PROTOCOL_VERSION = 0x84 "Unsupported Protocol Version",
    CLIENT_IDENTIFIER_NOT_VALID = 0x85 "Client Identifier not valid",
    BAD_USER_NAME_OR_PASSWORD = 0x86 "Bad User Name or Password",
    NOT_AUTHORIZED = 0x87 "Not authorized",
    SERVER_UNAVAILABLE = 0x88 "Server unavailable",
    SERVER_BUSY = 0x89 "Server busy",
    BANNED = 0x8A "Banned",
    SERVER_SHUTTING_DOWN = 0x8B "Server shutting down",
    BAD_AUTHENTICATION_METHOD = 0x8C "Bad authentication method",
    KEEP_ALIVE_TIMEOUT = 0x8D "Keep Alive timeout",
    SESSION_TAKEN_OVER = 0x8E "Session taken over",
    TOPIC_FILTER_INVALID = 0x8F "Topic Filter invalid",
    TOPIC_NAME_INVALID = 0x90 "Topic Name invalid",
    PACKET_IDENTIFIER_IN_USE = 0x91 "Packet Identifier in use",
    PACKET_IDENTIFIER_NOT_FOUND = 0x92 "Packet Identifier not found",
    RECEIVE_MAXIMUM_EXCEEDED = 0x93 "Receive Maximum exceeded",
    TOPIC_ALIAS_INVALID = 0x94 "Topic Alias invalid",
    PACKET_TOO_LARGE = 0x95 "Packet too large",
    MESSAGE_RATE_TOO_HIGH = 0x96 "Message rate too high",
    QUOTA_EXCEEDED = 0x97 "Quota exceeded",
    ADMINISTRATIVE_ACTION = 0x98 "Administrative action",
    PAYLOAD_FORMAT_INVALID = 0x99 "Payload format invalid",
    RETAIN_NOT_SUPPORTED = 0x9A "Retain not supported",
    QOS_NOT_SUPPORTED = 0x9B "QoS not supported",
    USE_ANOTHER_SERVER = 0x9C "Use another server",
    SERVER_MOVED = 0x9D "Server moved",
    SHARED_SUBSCRIPTIONS_NOT_SUPPORTED = 0x9E "Shared Subscriptions not supported",
    CONNECTION_RATE_EXCEEDED = 0x9F "Connection rate exceeded",
    MAXIMUM_CONNECT_TIME = 0xA0 "Maximum connect time",
    SUBSCRIPTION_IDENTIFIERS_NOT_SUPPORTED = 0xA1 "Subscription Identifiers not supported",
    WILDCARD_SUBSCRIPTIONS_NOT_SUPPORTED = 0xA2 "Wildcard Subscriptions not supported",
}

impl ReasonCode {
    /// Its name, as a sentence.
    pub(crate) const fn sentence(self) -> u32 {
        let low = sentence!("Success");
        match self.0 {
            0..=2 => low + self.0 as u32,
            4 => low + 3,
            0x10 | 0x11 => low + 4 + (self.0 - 0x10) as u32,
            0x18 | 0x19 => low + 6 + (self.0 - 0x18) as u32,
            0x80..=0xA2 => sentence!("Unspecified error") + (self.0 - 0x80) as u32,
            _ => sentence!("Unknown reason code"),
        }
    }

    /// Success, as DISCONNECT calls it.
    pub const NORMAL_DISCONNECTION: Self = Self::SUCCESS;
    /// Success, as SUBACK calls it.
    pub const GRANTED_QOS_0: Self = Self::SUCCESS;

    /// Whether the operation failed: 0x80 or greater.
    pub const fn is_failure(self) -> bool {
        self.0 >= 0x80
    }

    /// Whether a client may say this in DISCONNECT (table 3-10).
    pub const fn is_for_clients_to_leave_with(self) -> bool {
        matches!(self.0, 0 | 4 | 0x80..=0x83 | 0x90 | 0x93..=0x99)
    }

    /// Whether a client may say this in PUBACK or PUBREC (tables 3-4 and 3-5): No matching subscribers "is sent only by the Server".
    pub const fn is_for_clients_to_acknowledge_with(self) -> bool {
        self.0 != Self::NO_MATCHING_SUBSCRIBERS.0 && self.is_valid_in(PacketType::PubAck)
    }

    /// Whether `packet` may carry this code in MQTT 5 (the tables of `[MQTT-3.2.2-8]`
    /// `[MQTT-3.4.2-1]` `[MQTT-3.5.2-1]` `[MQTT-3.6.2-1]` `[MQTT-3.7.2-1]` `[MQTT-3.9.3-2]`
    /// `[MQTT-3.11.3-2]` `[MQTT-3.14.2-1]` `[MQTT-3.15.2-1]`).
    pub const fn is_valid_in(self, packet: PacketType) -> bool {
        match packet {
            PacketType::ConnAck => matches!(
                self.0,
                0 | 0x80..=0x8A | 0x8C | 0x90 | 0x95 | 0x97 | 0x99..=0x9D | 0x9F
            ),
            PacketType::PubAck | PacketType::PubRec => {
                matches!(
                    self.0,
                    0 | 0x10 | 0x80 | 0x83 | 0x87 | 0x90 | 0x91 | 0x97 | 0x99
                )
            }
            PacketType::PubRel | PacketType::PubComp => matches!(self.0, 0 | 0x92),
            PacketType::SubAck => matches!(
                self.0,
                0..=2 | 0x80 | 0x83 | 0x87 | 0x8F | 0x91 | 0x97 | 0x9E | 0xA1 | 0xA2
            ),
            PacketType::UnsubAck => matches!(self.0, 0 | 0x11 | 0x80 | 0x83 | 0x87 | 0x8F | 0x91),
            // 0x8C is missing from table 3-10, but table 2-6 gives it to DISCONNECT, and it is what
            // a failed re-authentication (4.12.1) has to say.
            PacketType::Disconnect => matches!(
                self.0,
                0 | 4 | 0x80..=0x83 | 0x87 | 0x89 | 0x8B..=0x90 | 0x93..=0xA2
            ),
            PacketType::Auth => matches!(self.0, 0 | 0x18 | 0x19),
            _ => false,
        }
    }
}

impl fmt::Display for ReasonCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl fmt::Debug for ReasonCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:#04x} {}", self.0, self.name())
    }
}
