//! One MQTT 5 property (2.2.2.2): its identifier, its value, how it lies in the bytes. Which
//! properties may stand together is for `properties` to say.

use super::wire::{self, Reader, VARINT_MAX};
use super::{DecodeError, EncodeError, PropertySet};
use core::fmt;

/// A property identifier (table 2-4).
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct PropertyId(pub u8);

/// How a value lies in the bytes (1.5).
#[derive(Clone, Copy)]
enum Kind {
    Byte,
    TwoBytes,
    FourBytes,
    Varint,
    Text,
    Binary,
    Pair,
}

/// What table 2-4 says of a property.
struct Row {
    name: &'static str,
    kind: Kind,
    /// A bit for each [`PropertySet`] it may stand in.
    sets: u16,
}

/// Table 2-4: defines the identifiers, their names, how their values lie in the bytes, and where they may stand.
macro_rules! properties {
    ($($id:ident = $code:literal $text:literal $kind:ident $($set:ident)+;)*) => {
        impl PropertyId {
            $(#[doc = $text] pub const $id: Self = Self($code);)*

            const fn row(self) -> Option<&'static Row> {
                match self.0 {
                    $($code => Some(&Row {
                        name: $text,
                        kind: Kind::$kind,
                        sets: $(1 << PropertySet::$set as u8)|+,
                    }),)*
                    _ => None,
                }
            }
        }
    };
}

properties! {
    PAYLOAD_FORMAT_INDICATOR = 0x01 "Payload Format Indicator" Byte Publish Will;
    MESSAGE_EXPIRY_INTERVAL = 0x02 "Message Expiry Interval" FourBytes Publish Will;
    CONTENT_TYPE = 0x03 "Content Type" Text Publish Will;
    RESPONSE_TOPIC = 0x08 "Response Topic" Text Publish Will;
    CORRELATION_DATA = 0x09 "Correlation Data" Binary Publish Will;
    SUBSCRIPTION_IDENTIFIER = 0x0B "Subscription Identifier" Varint Publish Subscribe;
    SESSION_EXPIRY_INTERVAL = 0x11 "Session Expiry Interval" FourBytes Connect ConnAck Disconnect;
    ASSIGNED_CLIENT_IDENTIFIER = 0x12 "Assigned Client Identifier" Text ConnAck;
    SERVER_KEEP_ALIVE = 0x13 "Server Keep Alive" TwoBytes ConnAck;
    AUTHENTICATION_METHOD = 0x15 "Authentication Method" Text Connect ConnAck Auth;
    AUTHENTICATION_DATA = 0x16 "Authentication Data" Binary Connect ConnAck Auth;
    REQUEST_PROBLEM_INFORMATION = 0x17 "Request Problem Information" Byte Connect;
    WILL_DELAY_INTERVAL = 0x18 "Will Delay Interval" FourBytes Will;
    REQUEST_RESPONSE_INFORMATION = 0x19 "Request Response Information" Byte Connect;
    RESPONSE_INFORMATION = 0x1A "Response Information" Text ConnAck;
    SERVER_REFERENCE = 0x1C "Server Reference" Text ConnAck Disconnect;
    REASON_STRING = 0x1F "Reason String" Text ConnAck PubAck PubRec PubRel PubComp SubAck UnsubAck Disconnect Auth;
    RECEIVE_MAXIMUM = 0x21 "Receive Maximum" TwoBytes Connect ConnAck;
    TOPIC_ALIAS_MAXIMUM = 0x22 "Topic Alias Maximum" TwoBytes Connect ConnAck;
    TOPIC_ALIAS = 0x23 "Topic Alias" TwoBytes Publish;
    MAXIMUM_QOS = 0x24 "Maximum QoS" Byte ConnAck;
    RETAIN_AVAILABLE = 0x25 "Retain Available" Byte ConnAck;
    USER_PROPERTY = 0x26 "User Property" Pair Connect Will ConnAck Publish PubAck PubRec PubRel PubComp Subscribe SubAck Unsubscribe UnsubAck Disconnect Auth;
    MAXIMUM_PACKET_SIZE = 0x27 "Maximum Packet Size" FourBytes Connect ConnAck;
    WILDCARD_SUBSCRIPTION_AVAILABLE = 0x28 "Wildcard Subscription Available" Byte ConnAck;
    SUBSCRIPTION_IDENTIFIER_AVAILABLE = 0x29 "Subscription Identifier Available" Byte ConnAck;
    SHARED_SUBSCRIPTION_AVAILABLE = 0x2A "Shared Subscription Available" Byte ConnAck;
}

impl PropertyId {
    /// The name as the specification writes it.
    pub const fn name(self) -> &'static str {
        match self.row() {
            Some(row) => row.name,
            None => "Unknown property",
        }
    }

    /// Whether it may stand in a packet of this kind.
    pub(super) const fn is_allowed_in(self, set: PropertySet) -> bool {
        match self.row() {
            Some(row) => row.sets >> set as u8 & 1 != 0,
            None => false,
        }
    }
}

impl fmt::Display for PropertyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl fmt::Debug for PropertyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A property with its value. What each means is said where its packet is described; 2.2.2.2 lists
/// them all. The discriminants are the identifiers.
#[repr(u8)]
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Property<'a> {
    /// 1 if the payload is UTF-8, 0 if it is unspecified bytes (3.3.2.3.2).
    PayloadFormatIndicator(u8) = 0x01,
    /// Lifetime of the message in seconds (3.3.2.3.3).
    MessageExpiryInterval(u32) = 0x02,
    /// What kind of content the message is (3.3.2.3.9).
    ContentType(&'a str) = 0x03,
    /// Where to answer (3.3.2.3.5). Not held against the rules of topic names: servers pass on what
    /// publishers write, and a publisher must not be able to cut every subscriber's connection.
    ResponseTopic(&'a str) = 0x08,
    /// What to answer with (3.3.2.3.6).
    CorrelationData(&'a [u8]) = 0x09,
    /// Names the subscription, 1 to 268,435,455 (3.8.2.1.2).
    SubscriptionIdentifier(u32) = 0x0B,
    /// How long the server keeps the session, in seconds (3.1.2.11.2).
    SessionExpiryInterval(u32) = 0x11,
    /// The client identifier the server chose (3.2.2.3.7).
    AssignedClientIdentifier(&'a str) = 0x12,
    /// The keep alive the server demands, in seconds (3.2.2.3.14).
    ServerKeepAlive(u16) = 0x13,
    /// Name of the authentication method (3.1.2.11.9).
    AuthenticationMethod(&'a str) = 0x15,
    /// Data of the authentication method (3.1.2.11.10).
    AuthenticationData(&'a [u8]) = 0x16,
    /// 0 or 1: whether the server may send reason strings (3.1.2.11.7).
    RequestProblemInformation(u8) = 0x17,
    /// How long the server waits before it publishes the will, in seconds (3.1.3.2.2).
    WillDelayInterval(u32) = 0x18,
    /// 0 or 1: whether the server may send Response Information (3.1.2.11.6).
    RequestResponseInformation(u8) = 0x19,
    /// The basis for response topics (3.2.2.3.15).
    ResponseInformation(&'a str) = 0x1A,
    /// Another server to use (3.2.2.3.16).
    ServerReference(&'a str) = 0x1C,
    /// A reason for people to read (3.2.2.3.9).
    ReasonString(&'a str) = 0x1F,
    /// How many QoS 1 and 2 messages may be unacknowledged, not 0 (3.1.2.11.3).
    ReceiveMaximum(u16) = 0x21,
    /// The highest topic alias accepted (3.1.2.11.5).
    TopicAliasMaximum(u16) = 0x22,
    /// Stands for the topic name, not 0 `[MQTT-3.3.2-8]`.
    TopicAlias(u16) = 0x23,
    /// 0 or 1: the highest QoS the server supports (3.2.2.3.4).
    MaximumQos(u8) = 0x24,
    /// 0 or 1 (3.2.2.3.5).
    RetainAvailable(u8) = 0x25,
    /// A name and a value of the application's own (3.3.2.3.7).
    UserProperty(&'a str, &'a str) = 0x26,
    /// The largest packet accepted, not 0 (3.1.2.11.4).
    MaximumPacketSize(u32) = 0x27,
    /// 0 or 1 (3.2.2.3.11).
    WildcardSubscriptionAvailable(u8) = 0x28,
    /// 0 or 1 (3.2.2.3.12).
    SubscriptionIdentifierAvailable(u8) = 0x29,
    /// 0 or 1 (3.2.2.3.13).
    SharedSubscriptionAvailable(u8) = 0x2A,
}

impl<'a> Property<'a> {
    /// The identifier.
    pub const fn id(&self) -> PropertyId {
        match self {
            Self::PayloadFormatIndicator(_) => PropertyId::PAYLOAD_FORMAT_INDICATOR,
            Self::MessageExpiryInterval(_) => PropertyId::MESSAGE_EXPIRY_INTERVAL,
            Self::ContentType(_) => PropertyId::CONTENT_TYPE,
            Self::ResponseTopic(_) => PropertyId::RESPONSE_TOPIC,
            Self::CorrelationData(_) => PropertyId::CORRELATION_DATA,
            Self::SubscriptionIdentifier(_) => PropertyId::SUBSCRIPTION_IDENTIFIER,
            Self::SessionExpiryInterval(_) => PropertyId::SESSION_EXPIRY_INTERVAL,
            Self::AssignedClientIdentifier(_) => PropertyId::ASSIGNED_CLIENT_IDENTIFIER,
            Self::ServerKeepAlive(_) => PropertyId::SERVER_KEEP_ALIVE,
            Self::AuthenticationMethod(_) => PropertyId::AUTHENTICATION_METHOD,
            Self::AuthenticationData(_) => PropertyId::AUTHENTICATION_DATA,
            Self::RequestProblemInformation(_) => PropertyId::REQUEST_PROBLEM_INFORMATION,
            Self::WillDelayInterval(_) => PropertyId::WILL_DELAY_INTERVAL,
            Self::RequestResponseInformation(_) => PropertyId::REQUEST_RESPONSE_INFORMATION,
            Self::ResponseInformation(_) => PropertyId::RESPONSE_INFORMATION,
            Self::ServerReference(_) => PropertyId::SERVER_REFERENCE,
            Self::ReasonString(_) => PropertyId::REASON_STRING,
            Self::ReceiveMaximum(_) => PropertyId::RECEIVE_MAXIMUM,
            Self::TopicAliasMaximum(_) => PropertyId::TOPIC_ALIAS_MAXIMUM,
            Self::TopicAlias(_) => PropertyId::TOPIC_ALIAS,
            Self::MaximumQos(_) => PropertyId::MAXIMUM_QOS,
            Self::RetainAvailable(_) => PropertyId::RETAIN_AVAILABLE,
            Self::UserProperty(..) => PropertyId::USER_PROPERTY,
            Self::MaximumPacketSize(_) => PropertyId::MAXIMUM_PACKET_SIZE,
            Self::WildcardSubscriptionAvailable(_) => PropertyId::WILDCARD_SUBSCRIPTION_AVAILABLE,
            Self::SubscriptionIdentifierAvailable(_) => {
                PropertyId::SUBSCRIPTION_IDENTIFIER_AVAILABLE
            }
            Self::SharedSubscriptionAvailable(_) => PropertyId::SHARED_SUBSCRIPTION_AVAILABLE,
        }
    }

    /// Appends the property to `out`, identifier first; on error `out` is unchanged.
    pub fn encode(&self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        let id = self.id();
        let name = id.name();
        match *self {
            Self::ContentType(text)
            | Self::ResponseTopic(text)
            | Self::AssignedClientIdentifier(text)
            | Self::AuthenticationMethod(text)
            | Self::ResponseInformation(text)
            | Self::ServerReference(text)
            | Self::ReasonString(text) => {
                out.reserve(1 + wire::measure_string(text, name)?);
                out.push(id.0);
                wire::put_binary(out, text.as_bytes());
            }
            Self::UserProperty(key, value) => {
                out.reserve(
                    1 + wire::measure_string(key, name)? + wire::measure_string(value, name)?,
                );
                out.push(id.0);
                wire::put_binary(out, key.as_bytes());
                wire::put_binary(out, value.as_bytes());
            }
            Self::CorrelationData(data) | Self::AuthenticationData(data) => {
                out.reserve(1 + wire::measure_binary(data, name)?);
                out.push(id.0);
                wire::put_binary(out, data);
            }
            Self::SubscriptionIdentifier(value) => {
                if value > VARINT_MAX {
                    return Err(EncodeError::PropertyValue(id));
                }
                out.push(id.0);
                wire::put_varint(out, value as usize);
            }
            Self::MessageExpiryInterval(value)
            | Self::SessionExpiryInterval(value)
            | Self::WillDelayInterval(value)
            | Self::MaximumPacketSize(value) => {
                out.push(id.0);
                out.extend_from_slice(&value.to_be_bytes());
            }
            Self::ServerKeepAlive(value)
            | Self::ReceiveMaximum(value)
            | Self::TopicAliasMaximum(value)
            | Self::TopicAlias(value) => {
                out.push(id.0);
                wire::put_u16(out, value);
            }
            Self::PayloadFormatIndicator(value)
            | Self::RequestProblemInformation(value)
            | Self::RequestResponseInformation(value)
            | Self::MaximumQos(value)
            | Self::RetainAvailable(value)
            | Self::WildcardSubscriptionAvailable(value)
            | Self::SubscriptionIdentifierAvailable(value)
            | Self::SharedSubscriptionAvailable(value) => out.extend_from_slice(&[id.0, value]),
        }
        Ok(())
    }

    /// Reads the next property. Its value has the right type; whether it is allowed,
    /// [`check`](Self::check) says.
    ///
    /// An identifier is a variable byte integer, but all that exist are one byte long (2.2.2.2): a
    /// longer one is unknown by its first byte.
    pub(super) fn read(reader: &mut Reader<'a>) -> Result<Self, DecodeError> {
        let id = PropertyId(reader.u8("property identifier")?);
        let unknown = DecodeError::UnknownProperty(id.0);
        let Row { name, kind, .. } = id.row().ok_or(unknown)?;
        let property = match kind {
            Kind::Byte => Self::of_byte(id, reader.u8(name)?),
            Kind::TwoBytes => Self::of_two_bytes(id, reader.u16(name)?),
            Kind::FourBytes => Self::of_four_bytes(id, reader.u32(name)?),
            Kind::Varint => Some(Self::SubscriptionIdentifier(reader.varint(name)?)),
            Kind::Text => Self::of_text(id, reader.string(name)?),
            Kind::Binary => Self::of_binary(id, reader.binary(name)?),
            Kind::Pair => Some(Self::UserProperty(
                reader.string(name)?,
                reader.string(name)?,
            )),
        };
        property.ok_or(unknown)
    }

    const fn of_byte(id: PropertyId, value: u8) -> Option<Self> {
        Some(match id {
            PropertyId::PAYLOAD_FORMAT_INDICATOR => Self::PayloadFormatIndicator(value),
            PropertyId::REQUEST_PROBLEM_INFORMATION => Self::RequestProblemInformation(value),
            PropertyId::REQUEST_RESPONSE_INFORMATION => Self::RequestResponseInformation(value),
            PropertyId::MAXIMUM_QOS => Self::MaximumQos(value),
            PropertyId::RETAIN_AVAILABLE => Self::RetainAvailable(value),
            PropertyId::WILDCARD_SUBSCRIPTION_AVAILABLE => {
                Self::WildcardSubscriptionAvailable(value)
            }
            PropertyId::SUBSCRIPTION_IDENTIFIER_AVAILABLE => {
                Self::SubscriptionIdentifierAvailable(value)
            }
            PropertyId::SHARED_SUBSCRIPTION_AVAILABLE => Self::SharedSubscriptionAvailable(value),
            _ => return None,
        })
    }

    const fn of_two_bytes(id: PropertyId, value: u16) -> Option<Self> {
        Some(match id {
            PropertyId::SERVER_KEEP_ALIVE => Self::ServerKeepAlive(value),
            PropertyId::RECEIVE_MAXIMUM => Self::ReceiveMaximum(value),
            PropertyId::TOPIC_ALIAS_MAXIMUM => Self::TopicAliasMaximum(value),
            PropertyId::TOPIC_ALIAS => Self::TopicAlias(value),
            _ => return None,
        })
    }

    const fn of_four_bytes(id: PropertyId, value: u32) -> Option<Self> {
        Some(match id {
            PropertyId::MESSAGE_EXPIRY_INTERVAL => Self::MessageExpiryInterval(value),
            PropertyId::SESSION_EXPIRY_INTERVAL => Self::SessionExpiryInterval(value),
            PropertyId::WILL_DELAY_INTERVAL => Self::WillDelayInterval(value),
            PropertyId::MAXIMUM_PACKET_SIZE => Self::MaximumPacketSize(value),
            _ => return None,
        })
    }

    const fn of_text(id: PropertyId, value: &'a str) -> Option<Self> {
        Some(match id {
            PropertyId::CONTENT_TYPE => Self::ContentType(value),
            PropertyId::RESPONSE_TOPIC => Self::ResponseTopic(value),
            PropertyId::ASSIGNED_CLIENT_IDENTIFIER => Self::AssignedClientIdentifier(value),
            PropertyId::AUTHENTICATION_METHOD => Self::AuthenticationMethod(value),
            PropertyId::RESPONSE_INFORMATION => Self::ResponseInformation(value),
            PropertyId::SERVER_REFERENCE => Self::ServerReference(value),
            PropertyId::REASON_STRING => Self::ReasonString(value),
            _ => return None,
        })
    }

    const fn of_binary(id: PropertyId, value: &'a [u8]) -> Option<Self> {
        Some(match id {
            PropertyId::CORRELATION_DATA => Self::CorrelationData(value),
            PropertyId::AUTHENTICATION_DATA => Self::AuthenticationData(value),
            _ => return None,
        })
    }

    /// Refuses values that have the right type and are a protocol error all the same (3.1.2.11,
    /// 3.2.2.3, 3.3.2.3).
    pub(super) const fn check(&self) -> Result<(), DecodeError> {
        let allowed = match *self {
            Self::PayloadFormatIndicator(flag)
            | Self::RequestProblemInformation(flag)
            | Self::RequestResponseInformation(flag)
            | Self::MaximumQos(flag)
            | Self::RetainAvailable(flag)
            | Self::WildcardSubscriptionAvailable(flag)
            | Self::SubscriptionIdentifierAvailable(flag)
            | Self::SharedSubscriptionAvailable(flag) => flag <= 1,
            Self::ReceiveMaximum(value) | Self::TopicAlias(value) => value != 0,
            Self::SubscriptionIdentifier(value) | Self::MaximumPacketSize(value) => value != 0,
            _ => true,
        };
        if allowed {
            Ok(())
        } else {
            Err(DecodeError::PropertyValue(self.id()))
        }
    }
}
