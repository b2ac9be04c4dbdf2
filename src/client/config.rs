//! What a connection is to be made with.
//!
//! Lives here: the options of `connect` in MQTT's terms, and the checks that need no server. Must never
//! live here: URLs and sockets; the machine knows none.

use crate::codec::{Properties, PropertySet, QoS, Version, validate_name};
use crate::error::UsageError;

/// How long the server is asked to keep a session that is not clean, unless the caller says otherwise:
/// 7 days, in seconds (MQTT 5). The specification's own default, 0, would end every session with its
/// connection.
pub const DEFAULT_SESSION_EXPIRY: u32 = 7 * 24 * 60 * 60;

/// What becomes of unfinished messages when the server has lost the session.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum WhenSessionLost {
    /// QoS 1 is published anew; QoS 2 that the server had not confirmed is reported as indeterminate.
    #[default]
    RepublishQos1,
    /// Both are published anew.
    Republish,
    /// Both are reported as indeterminate.
    Discard,
    /// The caller is asked about each message.
    Ask,
}

/// When a connection that ended, or could not be made, is tried again. All times in milliseconds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ReconnectPolicy {
    /// The longest the first delay can be; each further failure doubles it.
    pub min_delay: u64,
    /// What it is never doubled above.
    pub max_delay: u64,
    /// Full jitter: each delay is drawn from 0 up to the longest it can be, so that clients that lost
    /// their server together do not come back together. Without, it is the longest.
    pub jitter: bool,
    /// How often in a row it is tried again; `None`: for as long as the caller wants.
    pub attempts: Option<u32>,
    /// A connection that lived for so long ends the row of failures.
    pub stable_after: u64,
}

impl Default for ReconnectPolicy {
    fn default() -> Self {
        Self {
            min_delay: 1_000,
            max_delay: 60_000,
            jitter: true,
            attempts: None,
            stable_after: 10_000,
        }
    }
}

/// The Will Message (MQTT 5 §3.1.2.5).
#[derive(Clone, Debug)]
pub struct WillMessage {
    /// Its topic name.
    pub topic: String,
    /// Its payload.
    pub payload: Vec<u8>,
    /// Its QoS.
    pub qos: QoS,
    /// Whether it is retained.
    pub retain: bool,
    /// Encoded will properties (MQTT 5).
    pub properties: Vec<u8>,
}

/// Everything `connect` needs to know.
#[derive(Clone, Debug)]
pub struct Config {
    /// The protocol version to speak.
    pub version: Version,
    /// Client identifier; empty: the server assigns one (MQTT 5), or one is invented (3.1.1).
    pub client_id: String,
    /// Clean Start (MQTT 5), Clean Session (3.1.1).
    pub clean_session: bool,
    /// Keep Alive in seconds; 0 turns it off.
    pub keep_alive: u16,
    /// User name.
    pub username: Option<String>,
    /// Password; 3.1.1 allows one only beside a user name `[MQTT-3.1.2-22]`.
    pub password: Option<Vec<u8>>,
    /// Will Message.
    pub will: Option<WillMessage>,
    /// Session Expiry Interval in seconds (MQTT 5); `None`: 0 for a clean session, else
    /// [`DEFAULT_SESSION_EXPIRY`].
    pub session_expiry_interval: Option<u32>,
    /// How many unacknowledged QoS 1 and 2 messages the server may send (MQTT 5 Receive Maximum). The session holds twice as
    /// many of QoS 2. A 3.1.1 server is not told, and not held to it.
    pub receive_maximum: Option<u16>,
    /// How many unacknowledged QoS 1 and 2 messages are sent at once; `None`: 20 in 3.1.1, what the
    /// server's Receive Maximum allows in MQTT 5, which also caps a number given.
    pub inflight_window: Option<u16>,
    /// The largest packet accepted from the server, in bytes; `None`: what the protocol allows.
    pub maximum_packet_size: Option<u32>,
    /// How many topic aliases the server may set (MQTT 5).
    pub topic_alias_maximum: u16,
    /// Give topic aliases to what is published, as many as the server takes (MQTT 5).
    pub automatic_topic_aliases: bool,
    /// Encoded User Properties of CONNECT (MQTT 5).
    pub user_properties: Vec<u8>,
    /// Ask for Response Information (MQTT 5 §3.1.2.11.6).
    pub request_response_information: bool,
    /// Ask for Reason Strings and User Properties in every packet that can have them (MQTT 5 §3.1.2.11.7).
    pub request_problem_information: bool,
    /// From `connect` to the end of the `connected` handlers, in milliseconds.
    pub timeout: u64,
    /// 3.1.1: resend unacknowledged messages on a live connection after this many milliseconds; 0: never.
    pub republish_interval: u64,
    /// What becomes of unfinished messages when the server has lost the session.
    pub when_session_lost: WhenSessionLost,
    /// A message is acknowledged when the caller says so, in QoS 2 with PUBCOMP. Without, QoS 2 is
    /// acknowledged at once.
    pub manual_ack: bool,
    /// Go on when the server holds a session and this client holds none of it, and expect no restore.
    pub resume_without_state: bool,
    /// Whether and when a connection is made again; `None`: the caller does that.
    pub reconnect: Option<ReconnectPolicy>,
    /// How many servers there are to be tried in turn.
    pub endpoints: u32,
    /// Go where a server's Server Reference points (MQTT 5 §4.11).
    pub follow_references: bool,
    /// Every attempt brings credentials of its own, so a server that no longer takes the old ones may
    /// take the next.
    pub fresh_credentials: bool,
    /// Make the subscriptions again that the server lost with the session.
    pub resubscribe: bool,
    /// Authentication Method of enhanced authentication (MQTT 5 §4.12).
    pub authentication: Option<String>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            version: Version::V5,
            client_id: String::new(),
            clean_session: true,
            keep_alive: 60,
            username: None,
            password: None,
            will: None,
            session_expiry_interval: None,
            receive_maximum: None,
            inflight_window: None,
            maximum_packet_size: None,
            topic_alias_maximum: 0,
            automatic_topic_aliases: false,
            user_properties: Vec::new(),
            request_response_information: false,
            request_problem_information: true,
            timeout: 60_000,
            republish_interval: 0,
            when_session_lost: WhenSessionLost::default(),
            manual_ack: false,
            resume_without_state: false,
            reconnect: None,
            endpoints: 1,
            follow_references: false,
            fresh_credentials: false,
            resubscribe: true,
            authentication: None,
        }
    }
}

impl Config {
    /// The Session Expiry Interval to ask for, in seconds; 0 in 3.1.1.
    pub fn session_expiry(&self) -> u32 {
        match (self.version, self.session_expiry_interval) {
            (Version::V311, _) => 0,
            (Version::V5, Some(seconds)) => seconds,
            (Version::V5, None) if self.clean_session => 0,
            (Version::V5, None) => DEFAULT_SESSION_EXPIRY,
        }
    }

    /// Whether CONNECT can be made from this. `named` says that the session at hand has a client
    /// identifier already.
    pub(super) fn check(&self, named: bool) -> Result<(), UsageError> {
        if self.client_id.is_empty() && !named && !self.clean_session {
            return Err(UsageError::ClientIdRequired);
        }
        if self.receive_maximum == Some(0)
            || self.inflight_window == Some(0)
            || self.maximum_packet_size == Some(0)
        {
            return Err(UsageError::ZeroLimit);
        }
        if let Some(will) = &self.will {
            validate_name(&will.topic).map_err(UsageError::Topic)?;
            Properties::parse(PropertySet::Will, &will.properties)
                .map_err(UsageError::Properties)?;
        }
        Properties::parse(PropertySet::Connect, &self.user_properties)
            .map_err(UsageError::Properties)?;
        match self.version {
            Version::V311 => {
                let will_properties = self.will.as_ref().map(|will| &will.properties);
                if !self.user_properties.is_empty()
                    || will_properties.is_some_and(|bytes| !bytes.is_empty())
                {
                    return Err(UsageError::OnlyInV5(
                        "userProperties, and properties of the will",
                    ));
                }
                if self.authentication.is_some() {
                    return Err(UsageError::OnlyInV5("enhanced authentication"));
                }
                if self.password.is_some() && self.username.is_none() {
                    return Err(UsageError::OnlyInV5("a password without a user name"));
                }
            }
            Version::V5 if self.republish_interval > 0 => {
                return Err(UsageError::OnlyInV311("republishInterval"));
            }
            Version::V5 => {}
        }
        Ok(())
    }
}
