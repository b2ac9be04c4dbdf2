//! Errors, one enum per cause: who is at fault decides which.
//!
//! [`DecodeError`], [`EncodeError`] and [`TopicError`] are the codec's; [`SnapshotError`] is a bad saved
//! session; [`ProtocolError`] is the server's fault, [`UsageError`] the caller's; [`RestoreError`] says
//! why a session was not restored, [`StorageError`] why something was not stored. Must never live here: text
//! that needs a locale, or JavaScript.

use std::fmt;

pub use crate::codec::{DecodeError, EncodeError, TopicError};
use crate::codec::{PacketType, ReasonCode, Version};
use crate::sentences::{Named, Said, say, sentence};
pub use crate::session::snapshot::SnapshotError;

/// What the server did that MQTT does not allow.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ProtocolError {
    /// Bytes that are no packet of this version.
    Malformed(DecodeError),
    /// A packet before CONNACK `[MQTT-3.2.0-1]`.
    BeforeConnAck(PacketType),
    /// A second CONNACK `[MQTT-3.2.0-2]`.
    SecondConnAck,
    /// A packet that only clients send, or that was not negotiated.
    Unexpected(PacketType),
    /// An acknowledgement that does not belong to the QoS or the stage of its message.
    MisplacedAck(PacketType),
    /// SUBACK or UNSUBACK with more or fewer reason codes than filters `[MQTT-3.8.4-6]`.
    AnswerCount(PacketType),
    /// Session Present after Clean Start `[MQTT-3.2.2-2]`.
    SessionPresentAfterCleanStart,
    /// More unacknowledged messages than our Receive Maximum `[MQTT-3.3.4-9]`, or twice as many of QoS 2 over several connections.
    ReceiveMaximumExceeded,
    /// A topic alias out of range `[MQTT-3.3.2-9]`, or never set.
    TopicAlias(ReasonCode),
    /// A WebSocket text frame `[MQTT-6.0.0-1]`.
    TextFrame,
    /// More bytes than are kept while the `connected` handlers run.
    HeldTooMuch,
    /// Another Authentication Method than CONNECT named, or none `[MQTT-4.12.0-5]`.
    AuthenticationMethod,
    /// A Reason String or User Properties where Request Problem Information was 0 `[MQTT-3.1.2-29]`.
    ProblemInformation(PacketType),
}

impl ProtocolError {
    /// What a DISCONNECT says of it (MQTT 5 §3.14.2.1).
    pub fn reason_code(&self) -> ReasonCode {
        match self {
            Self::Malformed(error) => error.reason_code(),
            Self::ReceiveMaximumExceeded => ReasonCode::RECEIVE_MAXIMUM_EXCEEDED,
            Self::TopicAlias(reason) => *reason,
            Self::HeldTooMuch => ReasonCode::QUOTA_EXCEEDED,
            _ => ReasonCode::PROTOCOL_ERROR,
        }
    }
}

impl ProtocolError {
    const fn sentence(&self) -> u32 {
        match self {
            Self::Malformed(_) => sentence!("the server sent a malformed packet: %sentence"),
            Self::BeforeConnAck(_) => sentence!("the server sent %sentence before CONNACK"),
            Self::SecondConnAck => sentence!("the server sent a second CONNACK"),
            Self::Unexpected(_) => {
                sentence!("the server sent %sentence, which it must not send here")
            }
            Self::MisplacedAck(_) => {
                sentence!("the server sent %sentence for a message that is not at that stage")
            }
            Self::AnswerCount(_) => {
                sentence!("the server's %sentence does not have one reason code for each filter")
            }
            Self::SessionPresentAfterCleanStart => {
                sentence!("the server claims a session although a clean one was asked for")
            }
            Self::ReceiveMaximumExceeded => sentence!(
                "the server sent more unacknowledged messages than receiveMaximum allows: set a higher one, or acknowledge sooner"
            ),
            Self::TopicAlias(_) => {
                sentence!("the server used a topic alias that is out of range or was never set")
            }
            Self::TextFrame => sentence!(
                "the server sent a WebSocket text frame; MQTT is binary: is this an MQTT endpoint?"
            ),
            Self::HeldTooMuch => sentence!(
                "the server sent more than 16 MiB while \"connected\" handlers were running"
            ),
            Self::ProblemInformation(_) => sentence!(
                "the server sent %sentence with a Reason String or User Properties although requestProblemInformation is false"
            ),
            Self::AuthenticationMethod => sentence!(
                "the server did not name the authentication method that CONNECT named: it lets nobody in by that"
            ),
        }
    }

    /// What stands in the sentence.
    fn named(&self) -> Named<'static> {
        match *self {
            Self::Malformed(error) => error.said().into(),
            Self::BeforeConnAck(kind)
            | Self::Unexpected(kind)
            | Self::MisplacedAck(kind)
            | Self::AnswerCount(kind)
            | Self::ProblemInformation(kind) => Named::number(kind.sentence()),
            _ => Named::NOTHING,
        }
    }

    pub(crate) fn said(&self) -> Said<'static> {
        self.named().within(self.sentence())
    }
}

impl fmt::Display for ProtocolError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.said().fmt(f)
    }
}

impl std::error::Error for ProtocolError {}

/// What the caller asked for that cannot be done. Nothing has changed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum UsageError {
    /// There is no connection.
    NotConnected,
    /// There is no connection yet, or at the moment, and QoS 0 is not to wait for one.
    NotYetConnected,
    /// There is a connection, or one is being made or closed.
    NotDisconnected,
    /// A session that is not clean needs a client identifier.
    ClientIdRequired,
    /// A durable session cannot be a clean one, or one that ends with its connection.
    CleanDurable,
    /// The session in memory belongs to another client identifier or protocol version.
    OtherSession,
    /// A limit of 0 (`receiveMaximum`, `inflightWindow`, `maximumPacketSize`).
    ZeroLimit,
    /// A bad topic name or filter.
    Topic(TopicError),
    /// Bad properties.
    Properties(DecodeError),
    /// Something that cannot be put on the wire.
    Encode(EncodeError),
    /// Something 3.1.1 does not have.
    OnlyInV5(&'static str),
    /// A reason code that is not the client's to give there.
    ReasonCode {
        /// Which packet would say it.
        packet: PacketType,
        /// What.
        code: ReasonCode,
    },
    /// The session was to end with its connection, and cannot be prolonged at the end (MQTT 5 §3.14.2.2.2).
    EndsAnyway,
    /// The server speaks 3.1.1 only, and the session at hand is one of MQTT 5.
    OnlyGoesOnInV5,
    /// Something MQTT 5 does not have.
    OnlyInV311(&'static str),
    /// A request without a topic filter.
    NoFilters,
    /// The packet is larger than the server takes.
    TooLarge {
        /// Its size in bytes.
        size: usize,
        /// The server's Maximum Packet Size.
        limit: u32,
    },
    /// The server said in CONNACK that it has no such thing.
    NotAvailable(&'static str),
    /// No Local on a shared subscription `[MQTT-3.8.3-4]`.
    SharedNoLocal,
    /// A payload that is said to be UTF-8, and is not.
    PayloadFormat,
    /// The outbox is full.
    OutboxFull {
        /// How many messages it holds.
        messages: usize,
    },
    /// All 65,535 packet identifiers are in use.
    NoPacketId,
    /// To be authenticated again takes a connection that began so (MQTT 5 §4.12.1).
    NoAuthentication,
    /// One exchange is still under way.
    Reauthenticating,
}

impl UsageError {
    const fn sentence(&self) -> u32 {
        match self {
            Self::NotConnected => sentence!("there is no connection: await connect() first"),
            Self::NotYetConnected => sentence!(
                "there is no connection yet: await connect(), or its event \"connected\"; QoS 0 waits for one only with outbox.queueQos0"
            ),
            Self::NotDisconnected => {
                sentence!("a connection exists or is being made: await disconnect() first")
            }
            Self::ClientIdRequired => sentence!(
                "a session that is not clean needs a clientId: set one, or cleanSession to true"
            ),
            Self::CleanDurable => sentence!(
                "durable keeps the session: set cleanSession to false, and no sessionExpiryInterval of 0"
            ),
            Self::OtherSession => sentence!(
                "this client still holds messages of another clientId or protocolVersion: set it back, use a second client (with a sessionKey of its own), or discardSession() to let go of them"
            ),
            Self::ZeroLimit => {
                sentence!("receiveMaximum, inflightWindow and maximumPacketSize must be above 0")
            }
            Self::Topic(error) => error.sentence(),
            Self::Properties(_) => sentence!("bad properties: %sentence"),
            Self::Encode(error) => error.sentence(),
            Self::OnlyInV5(_) => sentence!(
                "%text: only in MQTT 5, and 3.1.1 is spoken here: set protocolVersion to \"5\"; with protocolFallback, look at ConnectResult.protocolVersion first"
            ),
            Self::ReasonCode { .. } => {
                sentence!("reasonCode: %sentence of a client cannot say 0x%hex (%sentence)")
            }
            Self::EndsAnyway => sentence!(
                "sessionExpiryInterval: the session was to end with its connection, and cannot be kept longer than that: connect with a sessionExpiryInterval above 0"
            ),
            Self::OnlyGoesOnInV5 => sentence!(
                "this server speaks MQTT 3.1.1 only, and the session at hand holds messages of MQTT 5, which cannot go on in 3.1.1: connect to a server that speaks MQTT 5, use a second client (with a sessionKey of its own), or discardSession() to let go of them"
            ),
            Self::OnlyInV311(_) => {
                sentence!("%text: only in MQTT 3.1.1; set protocolVersion to \"3.1.1\"")
            }
            Self::NoFilters => sentence!("no topic filter was given"),
            Self::TooLarge { .. } => sentence!(
                "the packet has %number bytes; this server takes %number (serverLimits.maximumPacketSize): send less at once"
            ),
            Self::NotAvailable(_) => sentence!("this server has no %text"),
            Self::SharedNoLocal => sentence!(
                "noLocal: MQTT forbids it on a shared subscription [MQTT-3.8.3-4]; leave it out"
            ),
            Self::PayloadFormat => sentence!(
                "payloadFormat: the payload is not \"utf-8\" (MQTT 5 §3.3.2.3.2): give text, or say that it is \"bytes\""
            ),
            Self::OutboxFull { messages: 0 } => {
                sentence!("the message is larger than outbox.maxBytes")
            }
            Self::OutboxFull { .. } => sentence!(
                "%number messages are waiting to be sent, as many or as large as outbox.maxMessages and outbox.maxBytes allow: await some of them first"
            ),
            Self::NoAuthentication => sentence!(
                "this connection began without enhanced authentication: set authenticate, and connect() with it"
            ),
            Self::Reauthenticating => sentence!("an authentication is under way: await it first"),
            Self::NoPacketId => {
                sentence!("all 65535 packet identifiers are in use: await some messages first")
            }
        }
    }

    /// What stands in the sentence.
    fn named(&self) -> Named<'static> {
        match *self {
            Self::Properties(error) => error.said().into(),
            Self::Encode(error) => error.named(),
            Self::OnlyInV5(what) | Self::OnlyInV311(what) | Self::NotAvailable(what) => {
                Named::text(what)
            }
            Self::ReasonCode { packet, code } => Named {
                numbers: [packet.sentence(), code.0.into(), code.sentence()],
                text: "",
            },
            Self::TooLarge { size, limit } => Named::numbers(count(size), limit),
            Self::OutboxFull { messages } => Named::number(count(messages)),
            _ => Named::NOTHING,
        }
    }

    pub(crate) fn said(&self) -> Said<'static> {
        self.named().within(self.sentence())
    }
}

impl fmt::Display for UsageError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.said().fmt(f)
    }
}

impl std::error::Error for UsageError {}

/// Why a session was not restored. Nothing has changed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum RestoreError {
    /// The string is no session that can be read.
    Snapshot(SnapshotError),
    /// It belongs to another client identifier.
    OtherClient {
        /// Whose it is.
        saved: String,
    },
    /// It belongs to another protocol version.
    OtherVersion {
        /// The version it was saved under.
        saved: Version,
    },
    /// Its Session Expiry Interval has passed (MQTT 5).
    Expired {
        /// How long ago, in seconds.
        seconds: u64,
    },
    /// There is a connection, and the `connected` handlers are over.
    TooLate,
    /// The client is to be durable, and holds messages of a session that is not.
    NotDurable,
}

impl RestoreError {
    pub(crate) fn said(&self) -> Said<'_> {
        match self {
            Self::Snapshot(error) => error.said(),
            Self::OtherClient { saved } => {
                say!("the session was saved by the client \"%text\": set that clientId"; saved)
            }
            Self::OtherVersion {
                saved: Version::V311,
            } => say!("the session was saved under MQTT 3.1.1: set protocolVersion to \"3.1.1\""),
            Self::OtherVersion { saved: Version::V5 } => {
                say!("the session was saved under MQTT 5: set protocolVersion to \"5\"")
            }
            Self::Expired { seconds } => say!(
                "the session expired %number s ago, the server no longer has it: connect without it, or save with a longer sessionExpiryInterval",
                u32::try_from(*seconds).unwrap_or(u32::MAX)
            ),
            Self::NotDurable => say!(
                "this client holds messages of a session that is not durable: make another client for the durable one, or set durable before the first connect()"
            ),
            Self::TooLate => say!(
                "restoreSession() works before connect() or inside a \"connected\" handler, before it publishes or subscribes and awaits that"
            ),
        }
    }
}

impl fmt::Display for RestoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.said().fmt(f)
    }
}

impl std::error::Error for RestoreError {}

/// Why a store did not do what it was asked. Nothing has changed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum StorageError {
    /// There is no such storage here, or this page may not use it.
    Denied,
    /// There is no room.
    Full {
        /// How much the record needs, key and value together, in UTF-16 units: a byte of a record is one.
        needed: usize,
    },
    /// The application's own store, or what seals its records, failed.
    Failed,
}

impl StorageError {
    pub(crate) fn said(&self) -> Said<'static> {
        match *self {
            Self::Denied => say!("this page may not use that storage"),
            Self::Full { needed } => say!("there is no room for %number bytes", count(needed)),
            Self::Failed => say!("the store failed"),
        }
    }
}

impl fmt::Display for StorageError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.said().fmt(f)
    }
}

impl std::error::Error for StorageError {}

/// As sentences have it.
fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}
