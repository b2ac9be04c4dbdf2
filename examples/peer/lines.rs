//! What the driver prints: one line an event, by the grammar of docs/peer.md. The codes are those of the npm package's
//! `MqttError`.

use std::fmt::Display;

use mqtt_mooring::client::output::{
    Accepted, Cancel, Cause, Certainty, Delivery, Direction, Disconnected, LossCause, Lost,
};
use mqtt_mooring::codec::{
    EncodeError, Properties, Property, PropertySet, QoS, ReasonCode, Version,
};
use mqtt_mooring::error::{RestoreError, SnapshotError, UsageError};

use crate::words::{bytes_word, word};

/// The kinds of lines that tell what happens.
pub(crate) const EVENTS: &[&str] = &[
    "opening",
    "connected",
    "message",
    "published",
    "subscribed",
    "unsubscribed",
    "failed",
    "lost",
    "disconnected",
    "session-lost",
    "session-restored",
    "saved",
    "trouble",
];

/// A line being put together.
pub(crate) struct Line(pub(crate) String);

impl Line {
    pub(crate) fn new(kind: &str) -> Self {
        Self(kind.into())
    }

    /// Adds `name=value`, where the value is a number or a plain word.
    pub(crate) fn with(mut self, name: &str, value: impl Display) -> Self {
        self.0 += &format!(" {name}={value}");
        self
    }

    pub(crate) fn with_text(self, name: &str, text: &str) -> Self {
        self.with(name, word(text))
    }

    pub(crate) fn with_code(self, name: &str, code: ReasonCode) -> Self {
        self.with(name, format_args!("0x{:02x}", code.0))
    }

    /// Adds what is said beside a reason code: the Reason String, or what the code means, and User Properties.
    pub(crate) fn with_said(self, reason: ReasonCode, place: PropertySet, encoded: &[u8]) -> Self {
        let properties = Properties::parse(place, encoded).unwrap_or_default();
        let meaning = match (reason, place) {
            (ReasonCode::SUCCESS, PropertySet::SubAck) => "Granted QoS 0",
            (ReasonCode::SUCCESS, PropertySet::Disconnect) => "Normal disconnection",
            _ => reason.name(),
        };
        let given = properties.reason_string();
        self.with_text("reason", given.unwrap_or(meaning))
            .with_user_properties(properties)
    }

    fn with_user_properties(self, properties: Properties<'_>) -> Self {
        properties
            .iter()
            .fold(self, |line, property| match property {
                Property::UserProperty(name, value) => line
                    .with_text("user-name", name)
                    .with_text("user-value", value),
                _ => line,
            })
    }

    pub(crate) fn with_some(self, name: &str, value: Option<impl Display>) -> Self {
        match value {
            Some(value) => self.with(name, value),
            None => self,
        }
    }
}

pub(crate) fn connected(accepted: &Accepted) -> Line {
    let limits = &accepted.limits;
    let encoded = &accepted.properties;
    let properties = Properties::parse(PropertySet::ConnAck, encoded).unwrap_or_default();
    let information = properties.iter().find_map(|property| match property {
        Property::ResponseInformation(text) => Some(word(text)),
        _ => None,
    });
    Line::new("connected")
        .with(
            "version",
            match accepted.version {
                Version::V311 => "3.1.1",
                Version::V5 => "5",
            },
        )
        .with("session-present", accepted.session_present)
        .with_text("client-id", &accepted.client_id)
        .with("keep-alive", accepted.keep_alive)
        .with("receive-maximum", limits.receive_maximum)
        .with("maximum-qos", limits.maximum_qos as u8)
        .with("retain-available", limits.retain_available)
        .with_some("maximum-packet-size", limits.maximum_packet_size)
        .with("topic-alias-maximum", limits.topic_alias_maximum)
        .with_some("response-information", information)
        .with_said(ReasonCode::SUCCESS, PropertySet::ConnAck, encoded)
}

pub(crate) fn disconnected(end: &Disconnected, failure: Option<&str>) -> Line {
    let (code, reason_code, reason) = ending(&end.cause);
    let line = Line::new("disconnected").with("code", code);
    let place = match end.cause {
        Cause::Refused(_) => Some(PropertySet::ConnAck),
        Cause::ServerDisconnect(_) => Some(PropertySet::Disconnect),
        _ => None,
    };
    let line = match (reason_code, place) {
        (Some(reason_code), Some(place)) => {
            let line = line.with_code("reason-code", reason_code);
            let line = line.with_said(reason_code, place, &end.properties);
            line.with_some("server-reference", server_reference(place, &end.properties))
        }
        (Some(reason_code), None) => {
            let line = line.with_code("reason-code", reason_code);
            line.with_text("reason", &reason)
        }
        _ => line.with_text("reason", failure.unwrap_or(&reason)),
    };
    line.with_some("again-in", end.next.delay())
}

fn server_reference(place: PropertySet, encoded: &[u8]) -> Option<String> {
    let properties = Properties::parse(place, encoded).unwrap_or_default();
    properties.iter().find_map(|property| match property {
        Property::ServerReference(reference) => Some(word(reference)),
        _ => None,
    })
}

/// A request whose connection ended before the answer.
pub(crate) fn orphaned(command: u32, cause: &Cause) -> Line {
    let (code, _, reason) = ending(cause);
    let code = if *cause == Cause::Requested {
        "DISCONNECTED"
    } else {
        code
    };
    Line::new("failed")
        .with("n", command)
        .with("code", code)
        .with_text("reason", &reason)
}

/// The stable code of an end, its MQTT reason code if it has one, and what it means.
fn ending(cause: &Cause) -> (&'static str, Option<ReasonCode>, String) {
    match cause {
        Cause::Requested => ("REQUESTED", None, "it was asked for".into()),
        Cause::Refused(reason) => {
            let code = match *reason {
                ReasonCode::BAD_USER_NAME_OR_PASSWORD | ReasonCode::NOT_AUTHORIZED => {
                    "NOT_AUTHORIZED"
                }
                _ => "CONNECTION_REFUSED",
            };
            (code, Some(*reason), reason.to_string())
        }
        Cause::ServerDisconnect(reason) => ("SERVER_DISCONNECT", Some(*reason), reason.to_string()),
        Cause::Protocol(error) => {
            let reason = Some(error.reason_code());
            ("PROTOCOL_ERROR", reason, error.to_string())
        }
        Cause::Unsendable(error) => (usage_code(error), None, error.to_string()),
        Cause::KeepAliveTimeout => ("KEEP_ALIVE_TIMEOUT", None, "no answer in time".into()),
        Cause::ConnectTimeout => ("TIMEOUT", None, "no session within the timeout".into()),
        Cause::SessionUnknown => {
            let reason = "the server holds a session of which this client holds nothing";
            ("SESSION_UNKNOWN", None, reason.into())
        }
        Cause::Transport(_) => ("CONNECTION_LOST", None, "the socket closed".into()),
        Cause::Storage(error) => ("STORAGE_FAILED", None, error.to_string()),
        Cause::Unopenable => (
            "USAGE",
            None,
            "no socket can be made to that address".into(),
        ),
        Cause::AuthenticationFailed => {
            let reason = "the authentication failed on this side";
            ("AUTHENTICATION_FAILED", None, reason.into())
        }
    }
}

/// `topic`, `payload` and properties are read from the delivery, which may point into `chunk`.
pub(crate) fn message(delivery: &Delivery, chunk: &[u8]) -> Line {
    let line = Line::new("message")
        .with("topic", bytes_word(delivery.topic.bytes(chunk)))
        .with("qos", delivery.qos as u8)
        .with("retain", delivery.retain)
        .with("duplicate", delivery.duplicate)
        .with_some("id", delivery.packet_id)
        .with("payload", bytes_word(delivery.payload.bytes(chunk)));
    let bytes = delivery.properties.bytes(chunk);
    let properties = Properties::parse(PropertySet::Publish, bytes).unwrap_or_default();
    let find = |wanted: &dyn Fn(Property<'_>) -> Option<String>| properties.iter().find_map(wanted);
    let line = line
        .with_some(
            "payload-format-indicator",
            find(&|property| match property {
                Property::PayloadFormatIndicator(format) => Some(format.to_string()),
                _ => None,
            }),
        )
        .with_some(
            "message-expiry-interval",
            find(&|property| match property {
                Property::MessageExpiryInterval(seconds) => Some(seconds.to_string()),
                _ => None,
            }),
        )
        .with_some(
            "content-type",
            find(&|property| match property {
                Property::ContentType(text) => Some(word(text)),
                _ => None,
            }),
        )
        .with_some(
            "response-topic",
            find(&|property| match property {
                Property::ResponseTopic(text) => Some(word(text)),
                _ => None,
            }),
        )
        .with_some(
            "correlation-data",
            find(&|property| match property {
                Property::CorrelationData(data) => Some(bytes_word(data)),
                _ => None,
            }),
        );
    let line = properties
        .iter()
        .fold(line, |line, property| match property {
            Property::SubscriptionIdentifier(id) => line.with("subscription-identifier", id),
            _ => line,
        });
    line.with_user_properties(properties)
}

pub(crate) fn lost(lost: &Lost, number: Option<&str>, topic: &str) -> Line {
    let qos = lost.message.as_ref().map(|message| message.qos);
    Line::new("lost")
        .with_some("n", number)
        .with(
            "direction",
            match lost.direction {
                Direction::In => "in",
                Direction::Out => "out",
            },
        )
        .with_text("topic", topic)
        .with("qos", qos.unwrap_or(QoS::AtMostOnce) as u8)
        .with_some("id", lost.packet_id)
        .with("code", loss_code(&lost.cause))
        .with(
            "certainty",
            match lost.certainty {
                Certainty::NotDelivered => "not-delivered",
                Certainty::Indeterminate => "indeterminate",
            },
        )
}

fn loss_code(cause: &LossCause) -> &'static str {
    match cause {
        LossCause::SessionLost | LossCause::Forgotten => "SESSION_LOST",
        LossCause::CleanSession | LossCause::Replaced => "SESSION_REPLACED",
        LossCause::Expired => "MESSAGE_EXPIRED",
        LossCause::Unsendable(error) => usage_code(error),
        LossCause::ConnectionLost => "CONNECTION_LOST",
        LossCause::NotStored(_) => "STORAGE_FAILED",
        LossCause::OutboxFull => "OUTBOX_FULL",
        LossCause::Withdrawn(Cancel::Timeout) => "TIMEOUT",
        LossCause::Withdrawn(Cancel::Caller) => "ABORTED",
    }
}

pub(crate) fn usage_code(error: &UsageError) -> &'static str {
    match error {
        UsageError::NotConnected | UsageError::NotYetConnected => "NOT_CONNECTED",
        UsageError::Topic(_)
        | UsageError::Encode(EncodeError::TopicName(_) | EncodeError::TopicFilter(_)) => {
            "INVALID_TOPIC"
        }
        UsageError::TooLarge { .. } | UsageError::Encode(EncodeError::PacketTooLarge) => {
            "PACKET_TOO_LARGE"
        }
        UsageError::NotAvailable(_) => "NOT_AVAILABLE",
        UsageError::OutboxFull { .. } | UsageError::NoPacketId => "OUTBOX_FULL",
        _ => "USAGE",
    }
}

pub(crate) fn restore_code(error: &RestoreError) -> &'static str {
    match error {
        RestoreError::Snapshot(SnapshotError::NewerFormat { .. }) => "SESSION_NEWER_FORMAT",
        RestoreError::Snapshot(_) => "SESSION_CORRUPT",
        RestoreError::OtherClient { .. } | RestoreError::OtherVersion { .. } => "SESSION_FOREIGN",
        RestoreError::Expired { .. } => "SESSION_EXPIRED",
        RestoreError::TooLate | RestoreError::NotDurable => "USAGE",
    }
}
