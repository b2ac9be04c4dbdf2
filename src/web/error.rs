//! What JavaScript is told when something fails: every cause becomes one stable code and one sentence.
//!
//! Must never live here: a decision. Whoever fails decides; this room only words it.

use wasm_bindgen::JsValue;

use super::store::Failure;
use super::values::{mqtt_error, set};
use super::words::Words;
use crate::client::output::{Cancel, Cause, Disconnected, LossCause, Next};
use crate::codec::{EncodeError, PacketId, Properties, PropertySet, ReasonCode};
use crate::error::{RestoreError, SnapshotError, TopicError, UsageError};
use crate::storage::StorageError;

/// The stable part of an error; `ErrorCode` of the TypeScript declarations, one for one.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
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

impl Code {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Usage => "USAGE",
            Self::InvalidTopic => "INVALID_TOPIC",
            Self::NotConnected => "NOT_CONNECTED",
            Self::ConnectionRefused => "CONNECTION_REFUSED",
            Self::NotAuthorized => "NOT_AUTHORIZED",
            Self::ConnectionLost => "CONNECTION_LOST",
            Self::ServerDisconnect => "SERVER_DISCONNECT",
            Self::ProtocolError => "PROTOCOL_ERROR",
            Self::KeepAliveTimeout => "KEEP_ALIVE_TIMEOUT",
            Self::Timeout => "TIMEOUT",
            Self::Aborted => "ABORTED",
            Self::Disconnected => "DISCONNECTED",
            Self::SessionUnknown => "SESSION_UNKNOWN",
            Self::SessionCorrupt => "SESSION_CORRUPT",
            Self::SessionNewerFormat => "SESSION_NEWER_FORMAT",
            Self::SessionForeign => "SESSION_FOREIGN",
            Self::SessionExpired => "SESSION_EXPIRED",
            Self::SessionNotFound => "SESSION_NOT_FOUND",
            Self::SessionLost => "SESSION_LOST",
            Self::SessionReplaced => "SESSION_REPLACED",
            Self::PublishRefused => "PUBLISH_REFUSED",
            Self::MessageExpired => "MESSAGE_EXPIRED",
            Self::PacketTooLarge => "PACKET_TOO_LARGE",
            Self::PayloadFormatInvalid => "PAYLOAD_FORMAT_INVALID",
            Self::NotAvailable => "NOT_AVAILABLE",
            Self::OutboxFull => "OUTBOX_FULL",
            Self::QuotaExceeded => "QUOTA_EXCEEDED",
            Self::StorageDenied => "STORAGE_DENIED",
            Self::StorageFailed => "STORAGE_FAILED",
            Self::StorageCleared => "STORAGE_CLEARED",
            Self::SessionInUse => "SESSION_IN_USE",
            Self::SessionSealed => "SESSION_SEALED",
            Self::RecordCorrupt => "RECORD_CORRUPT",
            Self::LocksUnavailable => "LOCKS_UNAVAILABLE",
            Self::PrepareFailed => "PREPARE_FAILED",
            Self::AuthenticationFailed => "AUTHENTICATION_FAILED",
            Self::SubscriptionRefused => "SUBSCRIPTION_REFUSED",
        }
    }
}

/// An `MqttError` that is not in JavaScript yet.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Fault {
    pub(super) code: Code,
    pub(super) message: String,
    /// Why, where there is a reason code.
    said: Option<Box<Said>>,
}

/// A reason code, and the encoded properties of the server's packet that had it, with the kind of packet that was; none
/// where this client found the fault itself: then the message is all there is to say.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Said {
    reason: ReasonCode,
    place: Option<PropertySet>,
    properties: Vec<u8>,
}

impl Fault {
    pub(super) fn new(code: Code, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            said: None,
        }
    }

    /// The same, for this reason, beside which the server said more in a packet of this kind, if it gave the reason.
    fn for_reason(self, reason: ReasonCode, place: Option<PropertySet>, properties: &[u8]) -> Self {
        let said = Said {
            reason,
            place,
            properties: properties.to_vec(),
        };
        Self {
            said: Some(Box::new(said)),
            ..self
        }
    }

    /// The server's words, if it gave the reason.
    pub(super) fn words(&self) -> Option<Words<'_>> {
        let said = self.said.as_deref()?;
        Some(Words::of(said.reason, said.place?, &said.properties))
    }

    /// The reason code, where there is one.
    pub(super) fn reason(&self) -> Option<ReasonCode> {
        Some(self.said.as_deref()?.reason)
    }

    pub(super) fn usage(message: impl Into<String>) -> Self {
        Self::new(Code::Usage, message)
    }

    /// The same, saying which topic it is about.
    pub(super) fn about_topic(mut self, topic: &str) -> Self {
        if self.code == Code::InvalidTopic {
            self.message = format!("bad topic \"{topic}\": {}", self.message);
        }
        self
    }

    /// The server's refusal of a message.
    pub(super) fn refused(topic: &str, reason: ReasonCode, properties: &[u8]) -> Self {
        let said = said(reason, properties, PropertySet::PubAck);
        let message = format!("the server refused the message to \"{topic}\": {said}");
        let place = Some(PropertySet::PubAck);
        Self::new(Code::PublishRefused, message).for_reason(reason, place, properties)
    }

    pub(super) fn to_js(&self) -> JsValue {
        let error = mqtt_error(self.code.name(), &self.message);
        if let Some(reason) = self.reason() {
            set(&error, "reasonCode", &reason.0.into());
        }
        if let Some(words) = self.words() {
            words.onto(&error);
        }
        error
    }
}

impl From<Fault> for JsValue {
    fn from(fault: Fault) -> Self {
        fault.to_js()
    }
}

impl From<TopicError> for Fault {
    fn from(error: TopicError) -> Self {
        Self::new(Code::InvalidTopic, error.to_string())
    }
}

impl From<UsageError> for Fault {
    fn from(error: UsageError) -> Self {
        let code = match &error {
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
        Self::new(code, error.to_string())
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
        Self::new(code, error.to_string())
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

impl Fault {
    /// The same, about what `saveSession()` left where a durable session is to be.
    pub(super) fn or_discard(mut self) -> Self {
        self.message += "; saveSession() stored it under this sessionKey: discardSession() lets go of it, and nothing of it was changed";
        self
    }

    /// The same, with the words of whoever failed.
    pub(super) fn because(mut self, why: &str) -> Self {
        if !why.is_empty() {
            self.message = [&*self.message, ": ", why].concat();
        }
        self
    }
}

impl Fault {
    /// The same, with the words of what a function of the application, or the platform, threw.
    pub(super) fn quoting(self, thrown: &JsValue) -> Self {
        self.because(&Failure::thrown(thrown).why)
    }
}

/// A message of the server's was refused, for its payload is not the UTF-8 it is said to be.
pub(super) fn of_payload(topic: &str, packet_id: Option<PacketId>) -> JsValue {
    let message = format!(
        "a message to \"{topic}\" was not taken: its payload is said to be UTF-8 and is not (checkPayloadFormat); tell its publisher"
    );
    let reason = ReasonCode::PAYLOAD_FORMAT_INVALID;
    let fault = Fault::new(Code::PayloadFormatInvalid, message);
    let error = fault.for_reason(reason, None, &[]).to_js();
    set(&error, "topic", &topic.into());
    if let Some(id) = packet_id {
        set(&error, "packetId", &id.get().into());
    }
    error
}

/// The server refused a subscription that was made again.
pub(super) fn of_refusal(filter: &str, reason: ReasonCode, properties: &[u8]) -> Fault {
    let said = said(reason, properties, PropertySet::SubAck);
    let message = [
        "the server lost the session, and refused to make the subscription to \"",
        filter,
        "\" again: ",
        &said,
    ];
    let fault = Fault::new(Code::SubscriptionRefused, message.concat());
    fault.for_reason(reason, Some(PropertySet::SubAck), properties)
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
    let mut message = format!("the stored record \"{name}\" cannot be read, its {what} is wrong: ");
    if let Some(failure) = still {
        message += &format!(
            "it still lies at \"{key}\", for it could not be moved out of the way ({}); the next opening tries again",
            failure.error
        );
    } else {
        message += &format!("it was moved to \"{key}\"");
    }
    Fault::new(Code::RecordCorrupt, message + ". All others were restored")
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
            return of_storage(*error, &format!("the message to \"{topic}\""));
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
            let fault = Fault::from(error.clone());
            let message = format!("the message to \"{topic}\" was not sent: {}", fault.message);
            return Fault { message, ..fault };
        }
    };
    Fault::new(code, format!("the message to \"{topic}\": {why}"))
}

/// Why a connection, or the attempt, is over; `None` where the caller asked for it. `opened`: the
/// WebSocket had been opened.
pub(super) fn of_end(end: &Disconnected, url: &str, opened: bool) -> Option<Fault> {
    let mut because = None;
    let (code, message) = match &end.cause {
        Cause::Requested => return None,
        Cause::Refused(reason) => {
            because = Some((*reason, Some(PropertySet::ConnAck)));
            let said = said(*reason, &end.properties, PropertySet::ConnAck);
            let (code, advice) = match *reason {
                ReasonCode::BAD_USER_NAME_OR_PASSWORD => {
                    (Code::NotAuthorized, ": check username and password")
                }
                ReasonCode::NOT_AUTHORIZED => (
                    Code::NotAuthorized,
                    ": check username, password and what this clientId may do",
                ),
                ReasonCode::UNSUPPORTED_PROTOCOL_VERSION => (
                    Code::ConnectionRefused,
                    ": set the other protocolVersion; protocolFallback does so by itself, except with userProperties, properties of the will or authenticate",
                ),
                ReasonCode::RETAIN_NOT_SUPPORTED => (
                    Code::ConnectionRefused,
                    ": set a will without retain, or none",
                ),
                ReasonCode::QOS_NOT_SUPPORTED => (
                    Code::ConnectionRefused,
                    ": set a will of a lower qos, or none",
                ),
                _ => (Code::ConnectionRefused, ""),
            };
            (
                code,
                format!("{url} refused the connection: {said}{advice}"),
            )
        }
        Cause::ServerDisconnect(reason) => {
            because = Some((*reason, Some(PropertySet::Disconnect)));
            let said = said(*reason, &end.properties, PropertySet::Disconnect);
            let advice = match *reason {
                ReasonCode::SESSION_TAKEN_OVER => {
                    ": another connection uses this clientId; give each client its own"
                }
                _ => "",
            };
            let message = format!("{url} ended the connection: {said}{advice}");
            (Code::ServerDisconnect, message)
        }
        Cause::Protocol(error) => {
            because = Some((error.reason_code(), None));
            (Code::ProtocolError, format!("{url}: {error}"))
        }
        Cause::Unsendable(error) => return Some(error.clone().into()),
        Cause::Storage(error) => return Some(of_storage(*error, "a change of the session")),
        Cause::Unopenable => (Code::Usage, format!("no WebSocket to {url} can be made")),
        Cause::AuthenticationFailed => (
            Code::AuthenticationFailed,
            format!("{url}: the authentication failed on this side"),
        ),
        Cause::KeepAliveTimeout => (
            Code::KeepAliveTimeout,
            format!("{url} did not answer within the keep-alive time"),
        ),
        Cause::ConnectTimeout => (
            Code::Timeout,
            format!(
                "no session with {url} within the timeout: is it an MQTT server? Do \"connected\" handlers wait too long?"
            ),
        ),
        Cause::SessionUnknown => (
            Code::SessionUnknown,
            format!(
                "{url} holds a session of this clientId and this client holds none (perhaps the one that an attempt began whose answer was lost): restoreSession() what was saved, or set cleanSession to true to begin anew, or resumeWithoutState to go on without"
            ),
        ),
        Cause::Transport(close_code) => {
            let close = match close_code {
                Some(close_code) => format!(" (WebSocket close code {close_code})"),
                None => String::new(),
            };
            let message = match (opened, end.was_ready) {
                (false, _) => format!(
                    "could not connect to {url}{close}: is the server running, and is this the address of its MQTT over WebSocket listener?"
                ),
                (true, false) => format!(
                    "{url} closed the connection before it was established{close}: does it speak this protocolVersion?"
                ),
                (true, true) => format!(
                    "the connection to {url} broke{close}{}",
                    match end.next {
                        Next::Never =>
                            ": connect() again, with cleanSession false to go on with the session",
                        _ => "",
                    }
                ),
            };
            (Code::ConnectionLost, message)
        }
    };
    let fault = Fault::new(code, message);
    Some(match because {
        Some((reason, place)) => fault.for_reason(reason, place, &end.properties),
        None => fault,
    })
}

/// A reason code by name and number, with the server's Reason String (MQTT 5).
fn said(reason: ReasonCode, properties: &[u8], set: PropertySet) -> String {
    let name = reason.name();
    let properties = Properties::parse(set, properties).unwrap_or_default();
    match properties.reason_string() {
        Some(text) => format!("{name} (0x{:02X}): {text}", reason.0),
        None => format!("{name} (0x{:02X})", reason.0),
    }
}
