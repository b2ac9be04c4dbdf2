//! What the machine says: bytes to send, messages to hand over, things that happened.
//!
//! Must never live here: decisions. These are plain values for whoever drives the machine.

use crate::codec::{
    DecodeError, Description, PacketId, QoS, ReasonCode, SubscriptionOptions, Version,
};
use crate::connection::limits::ServerLimits;
use crate::error::{ProtocolError, StorageError, UsageError};
use crate::session::journal::{Change, RecordName};
use crate::session::message::Message;
use crate::session::outbound::Token;

/// One thing the driver has to do, in the order they are said.
#[derive(Debug)]
pub enum Output {
    /// Hand this message to the application; then, if it has a ticket, say [`super::Client::handled`].
    Deliver(Delivery),
    /// Tell the application.
    Event(Event),
    /// Store these changes, in this order, then say [`super::Client::persisted`] or
    /// [`super::Client::not_persisted`]. What depends on them is not said before. Where the store fails with a record
    /// it holds already, or with `meta`, or with any in a batch that ends with the removal of `saved`, those behind
    /// it must not be stored, and count as failed, too.
    Persist {
        /// The number of the batch.
        batch: u64,
        /// What is to be done; any first part of it leaves the stored session a valid one.
        changes: Vec<Change>,
    },
    /// Send these bytes, in one WebSocket message if the transport is one.
    Transmit(Vec<u8>),
    /// Open a socket and say [`super::Client::handle_opened`], or [`super::Client::handle_closed`] where it cannot be
    /// opened, or [`super::Client::handle_unopenable`] where it never can be.
    Open(Attempt),
    /// Close the socket in order, open another one to the same server in its place, and say
    /// [`super::Client::handle_opened`].
    Reopen,
    /// Close the socket, after everything said before has been sent.
    Close,
}

/// An attempt to make a connection.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Attempt {
    /// Which one it is since there was a stable connection: 1 is the first.
    pub number: u32,
    /// To which of the [`super::Config::endpoints`].
    pub endpoint: u32,
    /// Where a server pointed, to be tried in place of the endpoint (MQTT 5 Server Reference, §4.11).
    pub reference: Option<Box<str>>,
}

/// Bytes of a message: a place in the chunk that was given to [`super::Client::handle_bytes`] last, or
/// a copy. The driver may so hand out a part of the received frame without copying it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Span {
    /// From `start` up to `end` of the chunk.
    Chunk {
        /// First byte.
        start: usize,
        /// One past the last byte.
        end: usize,
    },
    /// A copy.
    Owned(Box<[u8]>),
}

impl Span {
    /// The bytes, given the chunk they may lie in.
    pub fn bytes<'a>(&'a self, chunk: &'a [u8]) -> &'a [u8] {
        match self {
            Self::Chunk { start, end } => chunk.get(*start..*end).unwrap_or_default(),
            Self::Owned(bytes) => bytes,
        }
    }

    /// `part` as a place in `chunk` if it lies in there, else copied.
    pub(super) fn of(part: &[u8], chunk: &[u8]) -> Self {
        let start = (part.as_ptr() as usize).wrapping_sub(chunk.as_ptr() as usize);
        match start.checked_add(part.len()) {
            Some(end) if end <= chunk.len() => Self::Chunk { start, end },
            _ => Self::Owned(part.into()),
        }
    }
}

/// A received application message. Topic and properties are valid: UTF-8, and encoded MQTT 5 PUBLISH
/// properties without the length prefix.
#[derive(Clone, Debug)]
pub struct Delivery {
    /// The full topic name, an alias already resolved.
    pub topic: Span,
    /// The application's bytes.
    pub payload: Span,
    /// Encoded properties; empty in 3.1.1.
    pub properties: Span,
    /// At which QoS it was delivered.
    pub qos: QoS,
    /// The RETAIN flag.
    pub retain: bool,
    /// The DUP flag. At QoS 2: the message was restored, and an earlier page may have been handed it.
    pub duplicate: bool,
    /// The packet identifier, of QoS 1 and 2.
    pub packet_id: Option<PacketId>,
    /// To be shown when the application is done with it: QoS 1, and QoS 2 where the application
    /// acknowledges by itself.
    pub ticket: Option<Ticket>,
}

/// The right to acknowledge one message: QoS 1 on the connection it came on, QoS 2 as long as the session
/// holds it. Plain numbers, for they may have to travel.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Ticket {
    /// Which connection it came on.
    pub connection: u32,
    /// Its packet identifier.
    pub id: PacketId,
    /// QoS 2: its number in the session.
    pub seq: Option<u64>,
    /// QoS 1: its number on the connection.
    pub number: u32,
}

/// Which way a message goes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Direction {
    /// From the server.
    In,
    /// To the server.
    Out,
}

/// What is known of a message that will not be seen to the end.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Certainty {
    /// Nobody has received it and nobody will.
    NotDelivered,
    /// It may have been delivered, or not.
    Indeterminate,
}

/// Why a message will not be seen to the end.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum LossCause {
    /// The server no longer has the session.
    SessionLost,
    /// The caller asked for a clean session, and the server made one.
    CleanSession,
    /// The caller restored another state in its place.
    Replaced,
    /// The server goes on without this message, of QoS 2: it finished it unheard, or has forgotten it.
    Forgotten,
    /// Its Message Expiry Interval passed (MQTT 5).
    Expired,
    /// This server does not take it.
    Unsendable(UsageError),
    /// The connection ended before it was handed to the socket (QoS 0).
    ConnectionLost,
    /// It could not be stored, so it was not sent (durable sessions).
    NotStored(StorageError),
    /// It made room in the outbox for a later one, as the caller had chosen.
    OutboxFull,
    /// Its caller did not want to wait any longer, and it had never been sent.
    Withdrawn(Cancel),
}

/// A message that will not be seen to the end.
#[derive(Clone, Debug)]
pub struct Lost {
    /// Its caller, if this page's caller made it.
    pub token: Option<Token>,
    /// Which way it went.
    pub direction: Direction,
    /// Its packet identifier, if it had one.
    pub packet_id: Option<PacketId>,
    /// The message, without its body if the server owned it.
    pub message: Option<Box<Message>>,
    /// What is known of it.
    pub certainty: Certainty,
    /// Why.
    pub cause: LossCause,
}

/// The server's last word on a QoS 1 or 2 message of ours.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// Its caller, if this page's caller made it.
    pub token: Option<Token>,
    /// The identifier it had.
    pub packet_id: PacketId,
    /// The message, without its body at QoS 2.
    pub message: Box<Message>,
    /// What the server said; a failure means that it refused the message (MQTT 5).
    pub reason: ReasonCode,
    /// Encoded properties of the last acknowledgement (MQTT 5).
    pub properties: Vec<u8>,
}

/// What the server's CONNACK said.
#[derive(Clone, Debug)]
pub struct Accepted {
    /// The protocol version that is spoken.
    pub version: Version,
    /// The server holds state of this session.
    pub session_present: bool,
    /// The client identifier in use.
    pub client_id: String,
    /// The client identifier the server made, if it made one (MQTT 5).
    pub assigned_client_id: Option<String>,
    /// What the server allows.
    pub limits: ServerLimits,
    /// The Keep Alive in force, in seconds.
    pub keep_alive: u16,
    /// Encoded CONNACK properties (MQTT 5).
    pub properties: Vec<u8>,
}

/// Why a connection, or the attempt to make one, is over.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Cause {
    /// The caller asked for it.
    Requested,
    /// The server refused the connection.
    Refused(ReasonCode),
    /// The server ended it (MQTT 5 DISCONNECT).
    ServerDisconnect(ReasonCode),
    /// The server did what MQTT does not allow.
    Protocol(ProtocolError),
    /// The options do not make a CONNECT: a string is too long, or not one MQTT can carry.
    Unsendable(UsageError),
    /// The server did not answer a PINGREQ in time.
    KeepAliveTimeout,
    /// No session in force within the timeout.
    ConnectTimeout,
    /// The server holds a session of which this client holds nothing `[MQTT-3.2.2-4]`.
    SessionUnknown,
    /// The transport closed; its close code, if it told one.
    Transport(Option<u16>),
    /// A change of the session could not be stored; nothing that depends on it was sent.
    Storage(StorageError),
    /// There is no socket to be made of what the caller gave as the server's address.
    Unopenable,
    /// The caller's side of an enhanced authentication failed, or it refused the server's (MQTT 5 §4.12).
    AuthenticationFailed,
}

/// What a packet led to. The fault is boxed: it is rare, and would be copied on each way out.
pub(super) type Handled = Result<(), Box<Cause>>;

impl From<ProtocolError> for Box<Cause> {
    fn from(error: ProtocolError) -> Self {
        Self::new(Cause::Protocol(error))
    }
}

impl From<DecodeError> for Box<Cause> {
    fn from(error: DecodeError) -> Self {
        ProtocolError::Malformed(error).into()
    }
}

/// The end of a connection, or of an attempt.
#[derive(Clone, Debug)]
pub struct Disconnected {
    /// Why.
    pub cause: Cause,
    /// Whether `connect` had succeeded.
    pub was_ready: bool,
    /// Encoded properties of the packet that ended it, if one did (MQTT 5).
    pub properties: Vec<u8>,
    /// The transport's close code, if it told one.
    pub close_code: Option<u16>,
    /// How many attempts have failed in a row; the end of a connection that was stable counts as the first.
    pub attempt: u32,
    /// Whether and when another is made.
    pub next: Next,
}

impl Disconnected {
    pub(super) fn new(cause: Cause, was_ready: bool, properties: Vec<u8>) -> Box<Self> {
        Box::new(Self {
            cause,
            was_ready,
            properties,
            close_code: None,
            attempt: 0,
            next: Next::Never,
        })
    }
}

/// Whether and when another connection is made after one that ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Next {
    /// Only when the caller asks.
    Never,
    /// After so many milliseconds.
    After(u64),
    /// When there is a network again ([`super::Client::set_online`]).
    WhenOnline,
}

impl Next {
    /// In how many milliseconds another one is made, where that is known.
    pub fn delay(self) -> Option<u64> {
        match self {
            Self::After(milliseconds) => Some(milliseconds),
            Self::Never | Self::WhenOnline => None,
        }
    }
}

/// Who ended an operation before its outcome.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Cancel {
    /// Its deadline passed ([`super::Client::set_deadline`]).
    Timeout,
    /// The caller ([`super::Client::cancel`]).
    Caller,
}

/// Something that happened.
#[derive(Debug)]
pub enum Event {
    /// The server accepted the connection. The driver runs the application's handlers, says
    /// [`super::Client::connected_handlers_returned`], and when their promises have settled
    /// [`super::Client::connected_handlers_settled`]; until then nothing inbound is looked at.
    Connected(Box<Accepted>),
    /// The session is in force: `connect` has succeeded.
    Ready,
    /// The connection, or the attempt, is over.
    Disconnected(Box<Disconnected>),
    /// A QoS 0 message was handed to the transport.
    Sent(Token),
    /// A message is in storage.
    Stored(Token),
    /// A QoS 1 or 2 message was handed to the transport, perhaps not for the first time.
    Transmitted(Token),
    /// The server has lost the session and the caller wants to be asked about this message:
    /// [`super::Client::decide`]. Nothing else goes on before.
    Undecided {
        /// The number to answer by.
        seq: u64,
        /// The message.
        message: Box<Message>,
    },
    /// A record could not be stored, and will be tried again; or none can, without a connection.
    StorageTrouble {
        /// Which record.
        name: RecordName,
        /// Why.
        error: StorageError,
    },
    /// A handshake ended with an acknowledgement.
    MessageAck {
        /// Which way the message went.
        direction: Direction,
        /// Its packet identifier.
        packet_id: PacketId,
        /// The reason code of the last acknowledgement.
        reason: ReasonCode,
        /// Its encoded properties, if it was the server's (MQTT 5).
        properties: Vec<u8>,
    },
    /// A message of ours has left the session: delivered, or refused.
    MessageOut(Box<Outcome>),
    /// A message will not be seen to the end.
    MessageLost(Box<Lost>),
    /// A message of the server's was refused: its payload is not what it is said to be
    /// ([`super::Client::set_payload_check`]).
    PayloadRefused {
        /// Its topic.
        topic: Box<str>,
        /// Its packet identifier, at QoS 1 and 2.
        packet_id: Option<PacketId>,
    },
    /// SUBACK.
    Subscribed {
        /// Its caller, if one waits for it.
        token: Option<Token>,
        /// What was asked for, and the server's word on each.
        results: Vec<(Box<str>, SubscriptionOptions, ReasonCode)>,
        /// Encoded SUBACK properties (MQTT 5).
        properties: Vec<u8>,
    },
    /// UNSUBACK.
    Unsubscribed {
        /// Its caller, if one waits for it.
        token: Option<Token>,
        /// What was asked for, and the server's word on each (3.1.1: success).
        results: Vec<(Box<str>, SubscriptionOptions, ReasonCode)>,
        /// Encoded UNSUBACK properties (MQTT 5).
        properties: Vec<u8>,
    },
    /// The connection ended before a SUBSCRIBE or UNSUBSCRIBE was answered, or it cannot be sent.
    RequestFailed {
        /// Its caller.
        token: Token,
        /// Why it cannot be sent; `None`: the connection ended.
        why: Option<UsageError>,
    },
    /// A saved session is in place.
    SessionRestored {
        /// How many messages to the server it holds, the outbox included.
        outgoing: usize,
        /// How many half-received messages it holds.
        incoming: usize,
    },
    /// The server no longer has the session; its subscriptions are gone.
    SessionLost {
        /// The filters that the server held for us.
        filters: Vec<Box<str>>,
        /// Whether they are asked for again.
        resubscribing: bool,
    },
    /// The server no longer grants a subscription that was lost with the session.
    Refused {
        /// What was asked for again.
        filter: Box<str>,
        /// What it said.
        reason: ReasonCode,
        /// Encoded SUBACK properties (MQTT 5).
        properties: Vec<u8>,
    },
    /// The caller of an operation waits no longer. A request is forgotten; a message of QoS 1 or 2 that may be on
    /// its way stays in the session, where its outcome is told without a caller. One that was never sent is taken
    /// back: [`Self::MessageLost`] says so, instead of this; or, where its record has to be removed first, after it,
    /// without a caller.
    Cancelled {
        /// The operation.
        token: Token,
        /// Who did not want to wait.
        why: Cancel,
        /// A request that was never sent, and will not be.
        withdrawn: bool,
    },
    /// A packet came, and this is said of it; while [`super::Client::set_tracing`] is on.
    Received(Description),
    /// The server wants to hear more before it takes the client for whom it says it is (MQTT 5 AUTH, §4.12):
    /// [`super::Client::authenticate`].
    Challenge {
        /// Authentication Data.
        data: Vec<u8>,
        /// All of the encoded AUTH properties.
        properties: Vec<u8>,
    },
    /// The server is satisfied by what began with [`super::Client::reauthenticate`].
    Reauthenticated {
        /// Authentication Data.
        data: Vec<u8>,
        /// All of the encoded AUTH properties.
        properties: Vec<u8>,
    },
}
