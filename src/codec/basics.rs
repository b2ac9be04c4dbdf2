//! The words every other room uses: version, packet id, QoS, packet type. No parsing beyond single
//! numbers.

use crate::sentences::sentence;
use core::fmt;

/// The protocol version a connection speaks.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Version {
    /// MQTT 3.1.1, protocol level 4.
    V311,
    /// MQTT 5.0, protocol version 5.
    V5,
}

impl Version {
    /// The number CONNECT announces the version by (3.1.2.2).
    pub const fn level(self) -> u8 {
        match self {
            Self::V311 => 4,
            Self::V5 => 5,
        }
    }
}

/// A packet identifier; zero is not one `[MQTT-2.2.1-3]`.
pub type PacketId = core::num::NonZeroU16;

/// Quality of service (4.3).
#[repr(u8)]
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub enum QoS {
    /// QoS 0: sent, never acknowledged.
    #[default]
    AtMostOnce = 0,
    /// QoS 1: acknowledged by PUBACK, may arrive twice.
    AtLeastOnce = 1,
    /// QoS 2: handed over by PUBREC, PUBREL, PUBCOMP.
    ExactlyOnce = 2,
}

impl QoS {
    /// Reads the two-bit number; 3 is reserved `[MQTT-3.3.1-4]`.
    pub const fn from_bits(bits: u8) -> Option<Self> {
        match bits {
            0 => Some(Self::AtMostOnce),
            1 => Some(Self::AtLeastOnce),
            2 => Some(Self::ExactlyOnce),
            _ => None,
        }
    }
}

/// The kind of a control packet (2.1.2).
#[repr(u8)]
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum PacketType {
    /// Connection request (3.1).
    Connect = 1,
    /// Connect acknowledgement (3.2).
    ConnAck = 2,
    /// Publish message (3.3).
    Publish = 3,
    /// Publish acknowledgement, QoS 1 (3.4).
    PubAck = 4,
    /// Publish received, QoS 2 part 1 (3.5).
    PubRec = 5,
    /// Publish release, QoS 2 part 2 (3.6).
    PubRel = 6,
    /// Publish complete, QoS 2 part 3 (3.7).
    PubComp = 7,
    /// Subscribe request (3.8).
    Subscribe = 8,
    /// Subscribe acknowledgement (3.9).
    SubAck = 9,
    /// Unsubscribe request (3.10).
    Unsubscribe = 10,
    /// Unsubscribe acknowledgement (3.11).
    UnsubAck = 11,
    /// Ping request (3.12).
    PingReq = 12,
    /// Ping response (3.13).
    PingResp = 13,
    /// Disconnect notification (3.14).
    Disconnect = 14,
    /// Authentication exchange, MQTT 5 only (3.15).
    Auth = 15,
}

impl PacketType {
    /// Reads the number in the upper half of a packet's first byte; 0 is forbidden (table 2-1).
    pub const fn from_bits(bits: u8) -> Option<Self> {
        Some(match bits {
            1 => Self::Connect,
            2 => Self::ConnAck,
            3 => Self::Publish,
            4 => Self::PubAck,
            5 => Self::PubRec,
            6 => Self::PubRel,
            7 => Self::PubComp,
            8 => Self::Subscribe,
            9 => Self::SubAck,
            10 => Self::Unsubscribe,
            11 => Self::UnsubAck,
            12 => Self::PingReq,
            13 => Self::PingResp,
            14 => Self::Disconnect,
            15 => Self::Auth,
            _ => return None,
        })
    }

    /// The name as the specification writes it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Connect => "CONNECT",
            Self::ConnAck => "CONNACK",
            Self::Publish => "PUBLISH",
            Self::PubAck => "PUBACK",
            Self::PubRec => "PUBREC",
            Self::PubRel => "PUBREL",
            Self::PubComp => "PUBCOMP",
            Self::Subscribe => "SUBSCRIBE",
            Self::SubAck => "SUBACK",
            Self::Unsubscribe => "UNSUBSCRIBE",
            Self::UnsubAck => "UNSUBACK",
            Self::PingReq => "PINGREQ",
            Self::PingResp => "PINGRESP",
            Self::Disconnect => "DISCONNECT",
            Self::Auth => "AUTH",
        }
    }

    /// Its name, as a sentence.
    pub(crate) const fn sentence(self) -> u32 {
        sentence!("CONNECT") - 1 + self as u32
    }

    /// The reserved flag bits of table 2-2. PUBLISH is the one type whose flags mean something; it
    /// has none to require.
    pub(super) const fn reserved_flags(self) -> u8 {
        match self {
            Self::PubRel | Self::Subscribe | Self::Unsubscribe => 0b0010,
            _ => 0,
        }
    }

    /// The first byte of a packet whose flags are all reserved.
    pub(super) const fn first_byte(self) -> u8 {
        (self as u8) << 4 | self.reserved_flags()
    }
}

impl fmt::Display for PacketType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
