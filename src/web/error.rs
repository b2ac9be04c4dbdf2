//! What JavaScript is told when something fails: every cause becomes one stable code and one sentence.
//!
//! Must never live here: a decision. Whoever fails decides; this room only words it.

use std::fmt::Display;

use wasm_bindgen::prelude::*;

use super::store::Failure;
use super::words::{meaning, properties};
use crate::client::output::{Cancel, Cause, Disconnected, LossCause, Next};
use crate::codec::{EncodeError, PacketId, PropertySet, ReasonCode};
use crate::error::{RestoreError, SnapshotError, TopicError, UsageError};
use crate::storage::StorageError;

#[wasm_bindgen(module = "/src/web/errors.js")]
extern "C" {
    /// An `MqttError`.
    #[derive(Clone, Debug)]
    #[wasm_bindgen(js_name = MqttError)]
    pub(super) type Fault;
    fn fault(code: u8, message: &str) -> Fault;
    fn reworded(fault: &Fault, before: &str, after: &str) -> Fault;
    fn within(fault: &Fault, code: u8, before: &str) -> Fault;
    #[wasm_bindgen(js_name = aboutTopic)]
    fn about_topic(fault: &Fault, topic: &str) -> Fault;
    fn end(why: u8, url: &str, close_code: Option<u16>) -> Fault;
    fn loss(why: u8, topic: &str) -> Fault;
    fn refusal(which: u8, what: &str, reason_code: u8, meaning: &str, words: &JsValue) -> Fault;
    fn violation(message: &str, reason_code: u8) -> Fault;
    #[wasm_bindgen(js_name = payloadRefused)]
    fn payload_refused(topic: &str, packet_id: Option<u16>) -> Fault;
    fn unstored(needed: Option<f64>, what: Option<&str>, denied: bool) -> Fault;
    #[wasm_bindgen(js_name = badRecord)]
    fn bad_record(name: &str, wrong: &str, key: &str, trouble: Option<&str>) -> Fault;

    /// The detail of `disconnected`; `error` undefined: it was asked for. `rest`: what else there is to know.
    pub(super) fn ended(error: &JsValue, rest: &JsValue) -> JsValue;
    /// The detail of `messageLost`.
    pub(super) fn lost(
        error: &Fault,
        direction: &str,
        certainty: &str,
        message: &JsValue,
    ) -> JsValue;
}

/// The stable part of an error, where the sentence is made on this side; numbered as in `errors.js`. All of them are
/// `ErrorCode` of the TypeScript declarations.
#[derive(Clone, Copy, Debug)]
#[repr(u8)]
pub(super) enum Code {
    Usage,
    InvalidTopic,
    NotConnected,
    Timeout,
    Aborted,
    Disconnected,
    SessionCorrupt,
    SessionNewerFormat,
    SessionForeign,
    SessionExpired,
    SessionNotFound,
    PacketTooLarge,
    NotAvailable,
    OutboxFull,
    StorageCleared,
    SessionInUse,
    SessionSealed,
    LocksUnavailable,
    PrepareFailed,
    AuthenticationFailed,
}

/// What the server may say no to; numbered as in `errors.js`.
#[derive(Clone, Copy, Debug)]
#[repr(u8)]
enum Refusal {
    /// By CONNACK.
    Connection,
    /// By DISCONNECT, which ends it.
    Connected,
    Message,
    /// One that was made again.
    Subscription,
}

impl Fault {
    pub(super) fn new(code: Code, message: impl AsRef<str>) -> Self {
        fault(code as u8, message.as_ref())
    }

    pub(super) fn usage(message: impl AsRef<str>) -> Self {
        Self::new(Code::Usage, message)
    }

    fn worded(code: Code, error: &dyn Display) -> Self {
        Self::new(code, error.to_string())
    }

    /// The same, saying which topic it is about.
    pub(super) fn about_topic(&self, topic: &str) -> Self {
        about_topic(self, topic)
    }

    /// The server's refusal of a message.
    pub(super) fn refused(topic: &str, reason: ReasonCode, properties: &[u8]) -> Self {
        Self::refusal(Refusal::Message, topic, reason, properties)
    }

    /// The server refused `what`, and said more in these encoded properties.
    fn refusal(which: Refusal, what: &str, reason: ReasonCode, encoded: &[u8]) -> Self {
        let place = match which {
            Refusal::Connection => PropertySet::ConnAck,
            Refusal::Connected => PropertySet::Disconnect,
            Refusal::Message => PropertySet::PubAck,
            Refusal::Subscription => PropertySet::SubAck,
        };
        let (meaning, words) = (meaning(reason, place), properties(place, encoded));
        refusal(which as u8, what, reason.0, meaning, &words)
    }

    /// The same, about what `saveSession()` left where a durable session is to be.
    pub(super) fn or_discard(&self) -> Self {
        self.and("; saveSession() stored it under this sessionKey: discardSession() lets go of it, and nothing of it was changed")
    }

    /// The same, with these words behind it.
    pub(super) fn and(&self, more: &str) -> Self {
        reworded(self, "", more)
    }

    /// What failed because of this, with this code.
    pub(super) fn within(&self, code: Code, before: &str) -> Self {
        within(self, code as u8, before)
    }

    /// The same, with the words of whoever failed.
    pub(super) fn because(self, why: &str) -> Self {
        match why {
            "" => self,
            why => self.and(&[": ", why].concat()),
        }
    }

    /// The same, with the words of what a function of the application, or the platform, threw.
    pub(super) fn quoting(self, thrown: &JsValue) -> Self {
        self.because(&Failure::thrown(thrown).why)
    }
}

impl From<TopicError> for Fault {
    fn from(error: TopicError) -> Self {
        Self::worded(Code::InvalidTopic, &error)
    }
}

impl From<UsageError> for Fault {
    fn from(error: UsageError) -> Self {
        Self::from(&error)
    }
}

impl From<&UsageError> for Fault {
    fn from(error: &UsageError) -> Self {
        let code = match error {
            UsageError::NotConnected | UsageError::NotYetConnected => Code::NotConnected,
            UsageError::Topic(_)
            | UsageError::Encode(EncodeError::TopicName(_) | EncodeError::TopicFilter(_)) => {
                Code::InvalidTopic
            }
            UsageError::TooLarge { .. } | UsageError::Encode(EncodeError::PacketTooLarge) => {
                Code::PacketTooLarge
            }
            UsageError::NotAvailable(_) => Code::NotAvailable,
            UsageError::OutboxFull { .. } | UsageError::NoPacketId => Code::OutboxFull,
            _ => Code::Usage,
        };
        Self::worded(code, error)
    }
}

impl From<RestoreError> for Fault {
    fn from(error: RestoreError) -> Self {
        let code = match &error {
            RestoreError::Snapshot(SnapshotError::NewerFormat { .. }) => Code::SessionNewerFormat,
            RestoreError::Snapshot(_) => Code::SessionCorrupt,
            RestoreError::OtherClient { .. } | RestoreError::OtherVersion { .. } => {
                Code::SessionForeign
            }
            RestoreError::Expired { .. } => Code::SessionExpired,
            RestoreError::TooLate | RestoreError::NotDurable => Code::Usage,
        };
        Self::worded(code, &error)
    }
}

impl From<StorageError> for Fault {
    fn from(error: StorageError) -> Self {
        not_stored(error, None)
    }
}

fn not_stored(error: StorageError, what: Option<&str>) -> Fault {
    let needed = match error {
        StorageError::Full { needed } => Some(needed as f64),
        _ => None,
    };
    unstored(needed, what, error == StorageError::Denied)
}

/// A message of the server's was refused, for its payload is not the UTF-8 it is said to be.
pub(super) fn of_payload(topic: &str, packet_id: Option<PacketId>) -> Fault {
    payload_refused(topic, packet_id.map(PacketId::get))
}

/// The server refused a subscription that was made again.
pub(super) fn of_refusal(filter: &str, reason: ReasonCode, properties: &[u8]) -> Fault {
    Fault::refusal(Refusal::Subscription, filter, reason, properties)
}

/// Why the record `name` cannot be read, and where it lies now; or where it still does, and why.
pub(super) fn of_record(
    name: &str,
    error: &SnapshotError,
    key: &str,
    still: Option<&Failure>,
) -> Fault {
    let wrong = match error {
        SnapshotError::Truncated { field } | SnapshotError::Invalid { field } => field,
        _ => "checksum",
    };
    let trouble = still.map(|failure| failure.error.to_string());
    bad_record(name, wrong, key, trouble.as_deref())
}

/// A record of a durable session could not be stored. What waits for it has not been sent.
pub(super) fn of_storage(error: StorageError, what: &str) -> Fault {
    not_stored(error, Some(what))
}

/// Why a message will not be seen to the end. Not for [`LossCause::ConnectionLost`], which is as the
/// connection's end is.
pub(super) fn of_loss(cause: &LossCause, topic: &str) -> Fault {
    let why = match cause {
        LossCause::SessionLost => 0,
        LossCause::CleanSession => 1,
        LossCause::Replaced => 2,
        LossCause::Forgotten => 3,
        LossCause::Expired => 4,
        LossCause::ConnectionLost => 5,
        LossCause::OutboxFull => 6,
        LossCause::Withdrawn(Cancel::Timeout) => 7,
        LossCause::Withdrawn(Cancel::Caller) => 8,
        LossCause::NotStored(error) => {
            return of_storage(*error, &["the message to \"", topic, "\""].concat());
        }
        LossCause::Unsendable(error) => {
            let before = ["the message to \"", topic, "\" was not sent: "].concat();
            return reworded(&Fault::from(error), &before, "");
        }
    };
    loss(why, topic)
}

/// Why a connection, or the attempt, is over; `None` where the caller asked for it. `opened`: the
/// WebSocket had been opened.
pub(super) fn of_end(over: &Disconnected, url: &str, opened: bool) -> Option<Fault> {
    let mut close_code = None;
    let why = match &over.cause {
        Cause::Requested => return None,
        Cause::Refused(reason) => {
            let which = Refusal::Connection;
            return Some(Fault::refusal(which, url, *reason, &over.properties));
        }
        Cause::ServerDisconnect(reason) => {
            let which = Refusal::Connected;
            return Some(Fault::refusal(which, url, *reason, &over.properties));
        }
        Cause::Protocol(error) => {
            let message = [url, ": ", &error.to_string()].concat();
            return Some(violation(&message, error.reason_code().0));
        }
        Cause::Unsendable(error) => return Some(Fault::from(error)),
        Cause::Storage(error) => return Some(of_storage(*error, "a change of the session")),
        Cause::Unopenable => 0,
        Cause::AuthenticationFailed => 1,
        Cause::KeepAliveTimeout => 2,
        Cause::ConnectTimeout => 3,
        Cause::SessionUnknown => 4,
        Cause::Transport(code) => {
            close_code = *code;
            match (opened, over.was_ready, over.next) {
                (false, _, _) => 5,
                (true, false, _) => 6,
                (true, true, Next::After(_) | Next::WhenOnline) => 7,
                (true, true, Next::Never) => 8,
            }
        }
    };
    Some(end(why, url, close_code))
}
