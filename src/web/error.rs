//! What JavaScript is told when something fails: every cause becomes one stable code and one sentence, both by the number of
//! the sentence.
//!
//! Must never live here: a decision. Whoever fails decides; this room only words it.

use wasm_bindgen::prelude::*;

use super::store::Failure;
use super::words::{meaning, properties};
use crate::client::output::{Cancel, Cause, Disconnected, LossCause, Next};
use crate::codec::{PacketId, PropertySet, ReasonCode};
use crate::error::{RestoreError, SnapshotError, TopicError, UsageError};
use crate::sentences::{Named, Said, say, sentence};
use crate::storage::StorageError;

#[wasm_bindgen(module = "/src/web/errors.js")]
extern "C" {
    /// An `MqttError`.
    #[derive(Clone, Debug)]
    #[wasm_bindgen(js_name = MqttError)]
    pub(super) type Fault;
    fn fault(sentence: u32, two: u32, three: u32, four: u32, text: &str) -> Fault;
    fn and(fault: &Fault, sentence: u32, text: &str) -> Fault;
    fn within(fault: &Fault, sentence: u32, text: &str) -> Fault;
    #[wasm_bindgen(js_name = aboutTopic)]
    fn about_topic(fault: &Fault, topic: &str) -> Fault;
    fn refusal(which: u8, what: &str, reason_code: u8, meaning: u32, words: &JsValue) -> Fault;
    fn violation(
        url: &str,
        reason_code: u8,
        sentence: u32,
        two: u32,
        three: u32,
        four: u32,
        text: &str,
    ) -> Fault;
    #[wasm_bindgen(js_name = payloadRefused)]
    fn payload_refused(topic: &str, packet_id: Option<u16>) -> Fault;
    #[wasm_bindgen(js_name = badRecord)]
    fn bad_record(name: &str, wrong: &str, key: &str, trouble: u32, needed: u32) -> Fault;

    /// The detail of `disconnected`; without an error it was asked for.
    pub(super) fn ended(
        error: Option<&Fault>,
        close_code: Option<u16>,
        will_reconnect: bool,
        attempt: Option<u32>,
        in_ms: Option<f64>,
    ) -> JsValue;
    /// The detail of `messageLost`.
    pub(super) fn lost(
        error: &Fault,
        direction: &str,
        certainty: &str,
        key: Option<&str>,
        topic: &str,
        qos: u8,
        retain: bool,
        packet_id: Option<u16>,
        payload: &[u8],
    ) -> JsValue;
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
    /// The error that the sentence of this number tells of.
    pub(super) fn new(sentence: u32) -> Self {
        Self::said(Said::new([sentence]))
    }

    pub(super) fn said(said: Said<'_>) -> Self {
        let [one, two, three, four] = said.numbers;
        fault(one, two, three, four, said.text)
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
        self.and(sentence!("; saveSession() stored it under this sessionKey: discardSession() lets go of it, and nothing of it was changed"), "")
    }

    /// The same, with this sentence behind it.
    pub(super) fn and(&self, sentence: u32, text: &str) -> Self {
        and(self, sentence, text)
    }

    /// What failed because of this, if that has a code of its own; the same, if not.
    pub(super) fn within(&self, sentence: u32, text: &str) -> Self {
        within(self, sentence, text)
    }

    /// The same, with the words of whoever failed.
    pub(super) fn because(self, why: &str) -> Self {
        match why {
            "" => self,
            why => self.and(sentence!(": %text"), why),
        }
    }
}

impl From<TopicError> for Fault {
    fn from(error: TopicError) -> Self {
        Self::said(error.said())
    }
}

impl From<UsageError> for Fault {
    fn from(error: UsageError) -> Self {
        Self::said(error.said())
    }
}

impl From<RestoreError> for Fault {
    fn from(error: RestoreError) -> Self {
        Self::said(error.said())
    }
}

impl From<StorageError> for Fault {
    fn from(error: StorageError) -> Self {
        Self::said(match error {
            StorageError::Full { needed } => say!(
                "storage is full: saving this session needs %number bytes; what was saved before is still there. Make room, or keep the string elsewhere",
                needed as u32
            ),
            StorageError::Denied => say!(
                "the storage that the option \"storage\" names cannot be used here (a worker, a server, a sandboxed frame, or a setting of the browser): the session is kept in memory and will not survive a reload"
            ),
            StorageError::Failed => say!(
                "the storage that the option \"storage\" names, or what was given as \"sealing\", failed"
            ),
        })
    }
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
    let trouble = still.map_or([0; 4], |failure| failure.error.said().numbers);
    bad_record(name, wrong, key, trouble[0], trouble[1])
}

/// A record of a durable session could not be stored: of what, that says. What waits for it has not been sent.
pub(super) fn of_storage(error: StorageError, what: Said<'_>) -> Fault {
    let StorageError::Full { needed } = error else {
        return Fault::from(error);
    };
    let full = say!(
        "storage is full: %sentence needs %number bytes; nothing that depends on it was sent. Make room",
        what.numbers[0],
        needed as u32;
        what.text
    );
    Fault::said(full)
}

/// Why a message will not be seen to the end. Not for [`LossCause::ConnectionLost`], which is as the
/// connection's end is.
pub(super) fn of_loss(cause: &LossCause, topic: &str) -> Fault {
    let sentence = match cause {
        LossCause::SessionLost => sentence!(
            "the message to \"%text\": the server lost the session, and whether it had received the message is unknown"
        ),
        LossCause::CleanSession => sentence!(
            "the message to \"%text\": a clean session took the place of the one the message was in"
        ),
        LossCause::Replaced => sentence!(
            "the message to \"%text\": restoreSession() or discardSession() let go of the session the message was in"
        ),
        LossCause::Forgotten => sentence!(
            "the message to \"%text\": the server goes on without it: it never released the message, and has used its place for another one"
        ),
        LossCause::Expired => sentence!(
            "the message to \"%text\": its messageExpiryInterval passed before it could be sent"
        ),
        LossCause::ConnectionLost => {
            sentence!("the message to \"%text\": the connection ended before it could be sent")
        }
        LossCause::OutboxFull => sentence!(
            "the message to \"%text\": it made room in the outbox for a later one (whenFull is \"dropOldest\")"
        ),
        // The same words with another code are another line.
        LossCause::Withdrawn(Cancel::Timeout) => {
            let what = sentence!("the message to \"%text\"");
            return Fault::said(say!(
                "%sentence: it was taken back: it was not sent and never will be",
                what;
                topic
            ));
        }
        LossCause::Withdrawn(Cancel::Caller) => sentence!(
            "the message to \"%text\": it was taken back: it was not sent and never will be"
        ),
        LossCause::NotStored(error) => {
            return of_storage(*error, say!("the message to \"%text\""; topic));
        }
        LossCause::Unsendable(error) => {
            let sentence = sentence!("the message to \"%text\" was not sent: %why");
            return Fault::from(*error).within(sentence, topic);
        }
    };
    Fault::said(Named::text(topic).within(sentence))
}

/// Why a connection, or the attempt, is over; `None` where the caller asked for it. `opened`: the
/// WebSocket had been opened.
pub(super) fn of_end(over: &Disconnected, url: &str, opened: bool) -> Option<Fault> {
    let mut close_code = 0;
    let sentence = match &over.cause {
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
            let said = error.said();
            let [one, two, three, four] = said.numbers;
            let code = error.reason_code().0;
            return Some(violation(url, code, one, two, three, four, said.text));
        }
        Cause::Unsendable(error) => return Some(Fault::from(*error)),
        Cause::Storage(error) => return Some(of_storage(*error, say!("a change of the session"))),
        Cause::Unopenable => sentence!("no WebSocket to %text can be made"),
        Cause::AuthenticationFailed => sentence!("%text: the authentication failed on this side"),
        Cause::KeepAliveTimeout => sentence!("%text did not answer within the keep-alive time"),
        Cause::ConnectTimeout => sentence!(
            "no session with %text within the timeout: is it an MQTT server? Do \"connected\" handlers wait too long?"
        ),
        Cause::SessionUnknown => sentence!(
            "%text holds a session of this clientId and this client holds none (perhaps the one that an attempt began whose answer was lost): restoreSession() what was saved, or set cleanSession to true to begin anew, or resumeWithoutState to go on without"
        ),
        Cause::Transport(code) => {
            close_code = code.unwrap_or_default();
            match (opened, over.was_ready, over.next) {
                (false, _, _) => sentence!(
                    "could not connect to %text%close: is the server running, and is this the address of its MQTT over WebSocket listener?"
                ),
                (true, false, _) => sentence!(
                    "%text closed the connection before it was established%close: does it speak this protocolVersion?"
                ),
                (true, true, Next::After(_) | Next::WhenOnline) => {
                    sentence!("the connection to %text broke%close")
                }
                (true, true, Next::Never) => sentence!(
                    "the connection to %text broke%close: connect() again, with cleanSession false to go on with the session"
                ),
            }
        }
    };
    let said = Said {
        text: url,
        ..Said::new([sentence, close_code.into()])
    };
    Some(Fault::said(said))
}
