//! A client at one end of the line, the test at the other: what the server says is bytes, and so is what the
//! client says. Time is virtual.
//!
//! ```text
//! let mut line = Line::connected(Version::V5);
//! line.hears(publish(Version::V5, QOS_1, "a", 7, "x"));
//! line.says(ack(PUBACK, 7));
//! line.says_nothing_more();
//! ```

use std::collections::VecDeque;
use std::ops::{Deref, DerefMut};

use mqtt_mooring::client::State;
use mqtt_mooring::client::output::Cause;
use mqtt_mooring::codec::{QoS, ReasonCode, SubscriptionOptions, Version};
use mqtt_mooring::error::ProtocolError;
use mqtt_mooring::session::outbound::Token;

use super::bytes::{connack, connack_with};
use crate::support::{Handler, Pair};

/// The client's end is a [`Pair`] whose own server never hears anything: its methods and fields (`config`, `publish`,
/// `send`, `ledger`, …) are at hand, and of what they make the client say nothing gets lost.
pub(crate) struct Line {
    pair: Pair,
    said: VecDeque<Vec<u8>>,
}

impl Deref for Line {
    type Target = Pair;

    fn deref(&self) -> &Pair {
        &self.pair
    }
}

impl DerefMut for Line {
    fn deref_mut(&mut self) -> &mut Pair {
        &mut self.pair
    }
}

impl Line {
    /// Not connected: `config` may be changed. As it stands: a session to keep, no keep alive.
    pub(crate) fn new(version: Version) -> Self {
        Self {
            pair: Pair::new(version),
            said: VecDeque::new(),
        }
    }

    /// Connected, and nothing said since.
    pub(crate) fn connected(version: Version) -> Self {
        let mut line = Self::new(version);
        line.establish();
        line
    }

    /// Connected to an MQTT 5 server that says this in CONNACK.
    pub(crate) fn limited(connack_properties: &[u8]) -> Self {
        let mut line = Self::new(Version::V5);
        line.dial();
        line.hears(connack_with(Version::V5, false, 0, connack_properties));
        line.is_up();
        line
    }

    /// The socket opens; the client's CONNECT is returned.
    pub(crate) fn dial(&mut self) -> Vec<u8> {
        self.pair.connect();
        self.next()
    }

    /// Connects to a server without a session.
    pub(crate) fn establish(&mut self) {
        self.dial();
        self.hears(connack(self.version, false));
        self.is_up();
    }

    /// Connects to a server that still holds the session. What the client says next is the replay.
    pub(crate) fn resume(&mut self) {
        self.dial();
        self.hears(connack(self.version, true));
        self.is_up();
    }

    /// The page is gone, and comes back with what it had saved; connects to a server that still holds the session.
    pub(crate) fn reload_and_resume(&mut self) {
        let saved = self.client.save(self.now);
        self.reload();
        self.said.clear();
        self.handler = Handler::RestoreIfPresent(saved);
        self.resume();
    }

    /// The connection stands.
    pub(crate) fn is_up(&self) {
        assert_eq!(self.client.state(), State::Connected, "{}", self.story());
    }

    /// The server says this.
    pub(crate) fn hears(&mut self, bytes: impl AsRef<[u8]>) {
        self.collect();
        self.pair.inject(bytes.as_ref());
        self.collect();
    }

    /// The next packet the client said is exactly this.
    #[track_caller]
    pub(crate) fn says(&mut self, expected: impl AsRef<[u8]>) {
        let expected = expected.as_ref();
        let said = self.next();
        assert_eq!(
            said,
            expected,
            "\n  it said  {}\n  expected {}{}",
            called(&said),
            called(expected),
            self.pair.story()
        );
    }

    /// The next packet the client said.
    #[track_caller]
    pub(crate) fn next(&mut self) -> Vec<u8> {
        self.collect();
        let next = self.said.pop_front();
        next.unwrap_or_else(|| panic!("the client says nothing{}", self.pair.story()))
    }

    /// All packets the client said since it was last asked.
    pub(crate) fn all(&mut self) -> Vec<Vec<u8>> {
        self.collect();
        self.said.drain(..).collect()
    }

    /// There is nothing that the client said and nobody asked for.
    #[track_caller]
    pub(crate) fn says_nothing_more(&mut self) {
        self.collect();
        let names: Vec<_> = self.said.iter().map(|it| called(it)).collect();
        assert!(names.is_empty(), "it said {names:?}{}", self.pair.story());
    }

    /// The client has closed the connection, for this reason, and said nothing after what was asked for.
    #[track_caller]
    pub(crate) fn ended(&mut self, cause: &Cause) {
        self.says_nothing_more();
        assert_eq!(self.client.state(), State::Disconnected);
        assert_eq!(self.ledger.last_cause(), cause);
    }

    /// What the server said was against the rules: the client has closed the connection, in MQTT 5 after a DISCONNECT
    /// with this reason code, which is also what the application learns.
    #[track_caller]
    pub(crate) fn ended_in_protest(&mut self, reason: ReasonCode) -> ProtocolError {
        if self.version == Version::V5 {
            let said = self.next();
            assert_eq!(
                said.first(),
                Some(&0xE0),
                "DISCONNECT, not {}",
                called(&said)
            );
            assert_eq!(
                said.get(2),
                Some(&reason.0),
                "the reason code of {said:02x?}"
            );
        }
        self.says_nothing_more();
        assert_eq!(self.client.state(), State::Disconnected);
        match self.ledger.last_cause() {
            Cause::Protocol(error) => {
                assert_eq!(error.reason_code(), reason, "{error}");
                *error
            }
            other => panic!("it ended by {other:?}"),
        }
    }

    /// So many milliseconds pass, deadline by deadline.
    pub(crate) fn pass(&mut self, milliseconds: u64) {
        self.collect();
        let until = self.now + milliseconds;
        while let Some(at) = self.client.deadline().filter(|at| *at <= until) {
            let ahead = at.saturating_sub(self.now);
            self.pair.jump(ahead);
            self.collect();
        }
        self.now = until;
    }

    /// Subscribes to one filter, with options.
    pub(crate) fn subscribes(&mut self, filter: &str, qos: QoS) -> Token {
        let filters = [(filter, SubscriptionOptions::qos(qos))];
        let now = self.now;
        let token = self.client.subscribe(&filters, &[], now);
        self.drain(&[]);
        token.expect("accepted")
    }

    /// Unsubscribes from one filter.
    pub(crate) fn unsubscribes(&mut self, filter: &str) -> Token {
        let now = self.now;
        let token = self.client.unsubscribe(&[filter], &[], now);
        self.drain(&[]);
        token.expect("accepted")
    }

    /// Takes what the client has said, and closes the socket if it wants that.
    fn collect(&mut self) {
        loop {
            self.said.extend(self.pair.take_unseen());
            if !self.pair.step() {
                return;
            }
        }
    }
}

/// What a packet is called.
fn called(packet: &[u8]) -> String {
    const TYPES: [&str; 16] = [
        "?",
        "CONNECT",
        "CONNACK",
        "PUBLISH",
        "PUBACK",
        "PUBREC",
        "PUBREL",
        "PUBCOMP",
        "SUBSCRIBE",
        "SUBACK",
        "UNSUBSCRIBE",
        "UNSUBACK",
        "PINGREQ",
        "PINGRESP",
        "DISCONNECT",
        "AUTH",
    ];
    let first = packet.first().copied().unwrap_or_default();
    format!("{} {packet:02x?}", TYPES[usize::from(first >> 4)])
}
