//! What JavaScript is told when something fails: every cause becomes one stable code and one sentence.
//!
//! Must never live here: a decision. Whoever fails decides; this room only words it.

use std::fmt::Display;

use wasm_bindgen::prelude::*;

use super::store::Failure;
use super::values::{Value, assign, named, number, optional};
use super::words;
use crate::client::output::{Cancel, Cause, Disconnected, LossCause, Next};
use crate::codec::{EncodeError, PacketId, PropertySet, ReasonCode};
use crate::error::{RestoreError, SnapshotError, TopicError, UsageError};
use crate::storage::StorageError;

#[wasm_bindgen(module = "/src/web/values.js")]
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
    fn refusal(
        code: u8,
        before: &str,
        meaning: &str,
        reason_code: u8,
        words: &JsValue,
        after: &str,
    ) -> Fault;
}

/// The stable part of an error; `ErrorCode` of the TypeScript declarations, one for one. Numbered as in `values.js`.
#[derive(Clone, Copy, Debug)]
#[repr(u8)]
pub(super) enum Code {
    Usage,
    InvalidTopic,
    NotConnected,
    ConnectionRefused,
    NotAuthorized,
    ConnectionLost,
    ServerDisconnect,
    ProtocolError,
    KeepAliveTimeout,
    Timeout,
    Aborted,
    Disconnected,
    SessionUnknown,
    SessionCorrupt,
    SessionNewerFormat,
    SessionForeign,
    SessionExpired,
    SessionNotFound,
    SessionLost,
    SessionReplaced,
    PublishRefused,
    MessageExpired,
    PacketTooLarge,
    PayloadFormatInvalid,
    NotAvailable,
    OutboxFull,
    QuotaExceeded,
    StorageDenied,
    StorageFailed,
    StorageCleared,
    SessionInUse,
    SessionSealed,
    RecordCorrupt,
    LocksUnavailable,
    PrepareFailed,
    AuthenticationFailed,
    SubscriptionRefused,
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
        Refusal {
            code: Code::PublishRefused,
            before: &["the server refused the message to \"", topic, "\": "],
            reason,
            place: PropertySet::PubAck,
            properties,
            after: "",
        }
        .fault()
    }

    pub(super) fn to_js(&self) -> JsValue {
        self.into()
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

/// What the server says no with, and why.
struct Refusal<'a> {
    code: Code,
    /// What the message says before the reason.
    before: &'a [&'a str],
    reason: ReasonCode,
    /// Where it says more.
    place: PropertySet,
    properties: &'a [u8],
    /// What the message says behind the reason.
    after: &'a str,
}

impl Refusal<'_> {
    fn fault(&self) -> Fault {
        let words = words::properties(self.place, self.properties);
        let (reason, before) = (self.reason, self.before.concat());
        refusal(
            self.code as u8,
            &before,
            words::meaning(reason, self.place),
            reason.0,
            &words,
            self.after,
        )
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
        match error {
            StorageError::Denied => Self::new(
                Code::StorageDenied,
                "this page may not use the storage that the option \"storage\" names (a worker, a sandboxed frame, or a setting of the browser): the session is kept in memory and will not survive a reload",
            ),
            StorageError::Full { needed } => Self::new(
                Code::QuotaExceeded,
                format!(
                    "storage is full: saving this session needs {needed} bytes; what was saved before is still there. Make room, or keep the string elsewhere"
                ),
            ),
            StorageError::Failed => Self::new(
                Code::StorageFailed,
                "the storage that the option \"storage\" names, or what was given as \"sealing\", failed",
            ),
        }
    }
}

/// A message of the server's was refused, for its payload is not the UTF-8 it is said to be.
pub(super) fn of_payload(topic: &str, packet_id: Option<PacketId>) -> JsValue {
    let message = [
        "a message to \"",
        topic,
        "\" was not taken: its payload is said to be UTF-8 and is not (checkPayloadFormat); tell its publisher",
    ];
    let more = named(
        "reasonCode topic packetId",
        &[
            number(ReasonCode::PAYLOAD_FORMAT_INVALID.0),
            Value::Text(topic),
            optional(packet_id.map(PacketId::get)),
        ],
    );
    assign(
        &Fault::new(Code::PayloadFormatInvalid, message.concat()),
        &more,
    )
}

/// The server refused a subscription that was made again.
pub(super) fn of_refusal(filter: &str, reason: ReasonCode, properties: &[u8]) -> Fault {
    Refusal {
        code: Code::SubscriptionRefused,
        before: &[
            "the server lost the session, and refused to make the subscription to \"",
            filter,
            "\" again: ",
        ],
        reason,
        place: PropertySet::SubAck,
        properties,
        after: "",
    }
    .fault()
}

/// Why the record `name` cannot be read, and where it lies now; or where it still does, and why.
pub(super) fn of_record(
    name: &str,
    error: &SnapshotError,
    key: &str,
    still: Option<&Failure>,
) -> Fault {
    let what = match error {
        SnapshotError::Truncated { field } | SnapshotError::Invalid { field } => field,
        _ => "checksum",
    };
    let trouble = still.map(|failure| failure.error.to_string());
    let (now, why, then) = match &trouble {
        None => ("it was moved to \"", "\"", ""),
        Some(trouble) => (
            "it still lies at \"",
            "\", for it could not be moved out of the way (",
            &*[trouble, "); the next opening tries again"].concat(),
        ),
    };
    let message = [
        "the stored record \"",
        name,
        "\" cannot be read, its ",
        what,
        " is wrong: ",
        now,
        key,
        why,
        then,
        ". All others were restored",
    ];
    Fault::new(Code::RecordCorrupt, message.concat())
}

/// A record of a durable session could not be stored. What waits for it has not been sent.
pub(super) fn of_storage(error: StorageError, what: &str) -> Fault {
    match error {
        StorageError::Full { needed } => {
            let message = format!(
                "storage is full: {what} needs {needed} bytes; nothing that depends on it was sent. Make room"
            );
            Fault::new(Code::QuotaExceeded, message)
        }
        _ => Fault::from(error),
    }
}

/// Why a message will not be seen to the end. Not for [`LossCause::ConnectionLost`], which is as the
/// connection's end is.
pub(super) fn of_loss(cause: &LossCause, topic: &str) -> Fault {
    let (code, why) = match cause {
        LossCause::SessionLost => (
            Code::SessionLost,
            "the server lost the session, and whether it had received the message is unknown",
        ),
        LossCause::CleanSession => (
            Code::SessionReplaced,
            "a clean session took the place of the one the message was in",
        ),
        LossCause::Replaced => (
            Code::SessionReplaced,
            "restoreSession() or discardSession() let go of the session the message was in",
        ),
        LossCause::Forgotten => (
            Code::SessionLost,
            "the server goes on without it: it never released the message, and has used its place for another one",
        ),
        LossCause::NotStored(error) => {
            return of_storage(*error, &["the message to \"", topic, "\""].concat());
        }
        LossCause::Expired => (
            Code::MessageExpired,
            "its messageExpiryInterval passed before it could be sent",
        ),
        LossCause::ConnectionLost => (
            Code::ConnectionLost,
            "the connection ended before it could be sent",
        ),
        LossCause::OutboxFull => (
            Code::OutboxFull,
            "it made room in the outbox for a later one (whenFull is \"dropOldest\")",
        ),
        LossCause::Withdrawn(why) => {
            let code = match why {
                Cancel::Timeout => Code::Timeout,
                Cancel::Caller => Code::Aborted,
            };
            (code, "it was taken back: it was not sent and never will be")
        }
        LossCause::Unsendable(error) => {
            let before = ["the message to \"", topic, "\" was not sent: "].concat();
            return reworded(&Fault::from(error), &before, "");
        }
    };
    Fault::new(code, ["the message to \"", topic, "\": ", why].concat())
}

/// Why a connection, or the attempt, is over; `None` where the caller asked for it. `opened`: the
/// WebSocket had been opened.
pub(super) fn of_end(end: &Disconnected, url: &str, opened: bool) -> Option<Fault> {
    let close_code;
    let close = match end.cause {
        Cause::Transport(Some(code)) => {
            close_code = [" (WebSocket close code ", &code.to_string(), ")"].concat();
            &*close_code
        }
        _ => "",
    };
    // What stands before the url, what behind it, and what at the end.
    let (code, before, said, after) = match &end.cause {
        Cause::Requested => return None,
        Cause::Refused(reason) => {
            return Some(
                Refusal {
                    code: match *reason {
                        ReasonCode::BAD_USER_NAME_OR_PASSWORD | ReasonCode::NOT_AUTHORIZED => {
                            Code::NotAuthorized
                        }
                        _ => Code::ConnectionRefused,
                    },
                    before: &[url, " refused the connection: "],
                    reason: *reason,
                    place: PropertySet::ConnAck,
                    properties: &end.properties,
                    after: match *reason {
                        ReasonCode::BAD_USER_NAME_OR_PASSWORD => ": check username and password",
                        ReasonCode::NOT_AUTHORIZED => {
                            ": check username, password and what this clientId may do"
                        }
                        ReasonCode::UNSUPPORTED_PROTOCOL_VERSION => {
                            ": set the other protocolVersion; protocolFallback does so by itself, except with userProperties, properties of the will or authenticate"
                        }
                        ReasonCode::RETAIN_NOT_SUPPORTED => ": set a will without retain, or none",
                        ReasonCode::QOS_NOT_SUPPORTED => ": set a will of a lower qos, or none",
                        _ => "",
                    },
                }
                .fault(),
            );
        }
        Cause::ServerDisconnect(reason) => {
            return Some(
                Refusal {
                    code: Code::ServerDisconnect,
                    before: &[url, " ended the connection: "],
                    reason: *reason,
                    place: PropertySet::Disconnect,
                    properties: &end.properties,
                    after: match *reason {
                        ReasonCode::SESSION_TAKEN_OVER => {
                            ": another connection uses this clientId; give each client its own"
                        }
                        _ => "",
                    },
                }
                .fault(),
            );
        }
        Cause::Protocol(error) => {
            let message = [url, ": ", &error.to_string()].concat();
            let fault = Fault::new(Code::ProtocolError, message);
            let reason = named("reasonCode", &[number(error.reason_code().0)]);
            return Some(assign(&fault, &reason).unchecked_into());
        }
        Cause::Unsendable(error) => return Some(Fault::from(error)),
        Cause::Storage(error) => return Some(of_storage(*error, "a change of the session")),
        Cause::Unopenable => (Code::Usage, "no WebSocket to ", " can be made", ""),
        Cause::AuthenticationFailed => (
            Code::AuthenticationFailed,
            "",
            ": the authentication failed on this side",
            "",
        ),
        Cause::KeepAliveTimeout => (
            Code::KeepAliveTimeout,
            "",
            " did not answer within the keep-alive time",
            "",
        ),
        Cause::ConnectTimeout => (
            Code::Timeout,
            "no session with ",
            " within the timeout: is it an MQTT server? Do \"connected\" handlers wait too long?",
            "",
        ),
        Cause::SessionUnknown => (
            Code::SessionUnknown,
            "",
            " holds a session of this clientId and this client holds none (perhaps the one that an attempt began whose answer was lost): restoreSession() what was saved, or set cleanSession to true to begin anew, or resumeWithoutState to go on without",
            "",
        ),
        Cause::Transport(_) if !opened => (
            Code::ConnectionLost,
            "could not connect to ",
            close,
            ": is the server running, and is this the address of its MQTT over WebSocket listener?",
        ),
        Cause::Transport(_) if !end.was_ready => (
            Code::ConnectionLost,
            "",
            &*[" closed the connection before it was established", close].concat(),
            ": does it speak this protocolVersion?",
        ),
        Cause::Transport(_) => (
            Code::ConnectionLost,
            "the connection to ",
            &*[" broke", close].concat(),
            match end.next {
                Next::Never => {
                    ": connect() again, with cleanSession false to go on with the session"
                }
                _ => "",
            },
        ),
    };
    Some(Fault::new(code, [before, url, said, after].concat()))
}
