//! A client whose attempts to connect come to what a test says: for the schedule, where messages are of no matter.

use mqtt_mooring::client::config::{Config, ReconnectPolicy};
use mqtt_mooring::client::output::{Attempt, Disconnected, Event, Next, Output};
use mqtt_mooring::client::{Client, State};
use mqtt_mooring::codec::{
    ConnAck, Disconnect, Packet, Properties, Property, PropertySet, ReasonCode, Version,
};

use super::make::{START, config, encoded};
use super::wire::encode;

/// What becomes of an attempt. All times in milliseconds.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Fate {
    /// No socket opens.
    Unreachable,
    /// No socket is ever heard of.
    Silence,
    /// The server takes no such address.
    Unopenable,
    /// The socket opens, and CONNECT is not answered.
    Deaf,
    /// CONNACK says no, and where else to go.
    Refuse(ReasonCode, Option<&'static str>),
    /// The server accepts.
    Accept,
    /// The server accepts, and the link breaks after so long.
    Drop(u64),
    /// The server accepts, and says DISCONNECT after so long.
    Dismiss(u64, ReasonCode, Option<&'static str>),
    /// The server accepts, and says these bytes after so long.
    Say(u64, Vec<u8>),
}

/// From 1 s to 60 s, without jitter.
pub(crate) fn policy() -> ReconnectPolicy {
    ReconnectPolicy {
        jitter: false,
        ..ReconnectPolicy::default()
    }
}

/// The client, and what it tried.
pub(crate) struct Fates {
    pub(crate) client: Client,
    pub(crate) config: Config,
    pub(crate) now: u64,
    /// Every attempt, and how long after the beginning it was made.
    pub(crate) attempts: Vec<(u64, Attempt)>,
    pub(crate) events: Vec<Event>,
    /// The driver goes nowhere a server points to.
    pub(crate) refuses_references: bool,
    version: Version,
    /// What comes next of the connection at hand, and when.
    coming: Option<(u64, Fate)>,
}

impl Fates {
    /// A client that connects again from 1 s to 60 s, without jitter.
    pub(crate) fn new(version: Version) -> Self {
        Self::seeded(version, 1)
    }

    /// As [`Self::new`], with this seed.
    pub(crate) fn seeded(version: Version, seed: u64) -> Self {
        Self {
            client: Client::new(seed),
            config: Config {
                reconnect: Some(policy()),
                ..config(version)
            },
            now: START,
            attempts: Vec::new(),
            events: Vec::new(),
            refuses_references: false,
            version,
            coming: None,
        }
    }

    /// The caller wants a connection.
    pub(crate) fn connect(&mut self, decide: impl FnMut(&Attempt) -> Fate) {
        let config = self.config.clone();
        self.client.connect(config, self.now).expect("a connection");
        self.drain(decide);
    }

    /// As [`Self::connect`], and then lets so much time pass.
    pub(crate) fn live(&mut self, milliseconds: u64, mut decide: impl FnMut(&Attempt) -> Fate) {
        self.connect(&mut decide);
        self.pass(milliseconds, decide);
    }

    /// Lets so much time pass, acting on every deadline on the way.
    pub(crate) fn pass(&mut self, milliseconds: u64, mut decide: impl FnMut(&Attempt) -> Fate) {
        let until = self.now + milliseconds;
        loop {
            let coming = self.coming.as_ref().map(|(at, _)| *at);
            let due = self.client.deadline();
            let Some(at) = coming
                .into_iter()
                .chain(due)
                .min()
                .filter(|at| *at <= until)
            else {
                break;
            };
            self.now = self.now.max(at);
            match self.coming.take_if(|(at, _)| *at <= self.now) {
                Some((_, fate)) => self.befall(fate),
                None => self.client.handle_timeout(self.now),
            }
            self.drain(&mut decide);
        }
        self.now = until;
    }

    /// Performs all outputs.
    pub(crate) fn drain(&mut self, mut decide: impl FnMut(&Attempt) -> Fate) {
        loop {
            let Some(output) = self.client.poll_output() else {
                return;
            };
            match output {
                Output::Open(attempt) if attempt.reference.is_some() && self.refuses_references => {
                    self.client.refuse_reference(self.now);
                }
                Output::Open(attempt) => {
                    self.coming = None;
                    let fate = decide(&attempt);
                    self.attempts
                        .push((self.now.saturating_sub(START), attempt));
                    self.begin(fate);
                }
                Output::Event(event) => {
                    match &event {
                        Event::Connected(_) => self.client.connected_handlers_settled(self.now),
                        Event::Disconnected(_) => self.coming = None,
                        _ => {}
                    }
                    self.events.push(event);
                }
                Output::Close => self.client.handle_closed(None, self.now),
                Output::Transmit(_) | Output::Deliver(_) => {}
                other => panic!("not in these tests: {other:?}"),
            }
        }
    }

    fn begin(&mut self, fate: Fate) {
        match fate {
            Fate::Silence => return,
            Fate::Unreachable => return self.client.handle_closed(Some(1006), self.now),
            Fate::Unopenable => return self.client.handle_unopenable(self.now),
            _ => self.client.handle_opened(self.now),
        }
        let reason = match &fate {
            Fate::Deaf => return,
            Fate::Refuse(reason, _) => *reason,
            _ => ReasonCode::SUCCESS,
        };
        let reference = match &fate {
            Fate::Refuse(_, Some(reference)) => encoded(&[Property::ServerReference(reference)]),
            _ => Vec::new(),
        };
        let properties = Properties::parse(PropertySet::ConnAck, &reference).expect("our own");
        // What a server that lost the session says: then nothing of it is in the way.
        let connack = Packet::ConnAck(ConnAck {
            session_present: false,
            reason,
            properties,
        });
        let connack = encode(self.version, &connack);
        self.client.handle_bytes(&connack, self.now);
        self.coming = match &fate {
            Fate::Drop(after) | Fate::Dismiss(after, ..) | Fate::Say(after, _) => {
                Some((self.now + after, fate))
            }
            _ => None,
        };
    }

    fn befall(&mut self, fate: Fate) {
        match fate {
            Fate::Drop(_) => self.client.handle_closed(Some(1006), self.now),
            Fate::Dismiss(_, reason, reference) => {
                let reference = reference.map(|it| encoded(&[Property::ServerReference(it)]));
                let reference = reference.unwrap_or_default();
                let packet = Packet::Disconnect(Disconnect {
                    reason,
                    properties: Properties::parse(PropertySet::Disconnect, &reference)
                        .expect("our own"),
                });
                let bytes = encode(self.version, &packet);
                self.client.handle_bytes(&bytes, self.now);
            }
            Fate::Say(_, bytes) => self.client.handle_bytes(&bytes, self.now),
            other => panic!("{other:?} comes at once"),
        }
    }

    /// When attempts were made, counted from the beginning.
    pub(crate) fn times(&self) -> Vec<u64> {
        self.attempts.iter().map(|(at, _)| *at).collect()
    }

    /// How long it was from each attempt to the next.
    pub(crate) fn gaps(&self) -> Vec<u64> {
        self.times().windows(2).map(|two| two[1] - two[0]).collect()
    }

    /// To which server each attempt went.
    pub(crate) fn endpoints(&self) -> Vec<u32> {
        self.attempts.iter().map(|(_, it)| it.endpoint).collect()
    }

    /// Where each attempt went that a server had pointed to.
    pub(crate) fn references(&self) -> Vec<Option<&str>> {
        let all = self.attempts.iter();
        all.map(|(_, it)| it.reference.as_deref()).collect()
    }

    /// The ends of all connections and attempts, in order.
    pub(crate) fn ends(&self) -> Vec<&Disconnected> {
        let all = self.events.iter();
        all.filter_map(|event| match event {
            Event::Disconnected(end) => Some(&**end),
            _ => None,
        })
        .collect()
    }

    /// What was said of the future at each end.
    pub(crate) fn plans(&self) -> Vec<(u32, Next)> {
        let ends = self.ends();
        ends.iter().map(|end| (end.attempt, end.next)).collect()
    }

    /// The client has stopped.
    pub(crate) fn assert_stopped(&mut self, case: &str) {
        let plans = self.plans();
        assert_eq!(self.client.state(), State::Disconnected, "{case}");
        assert_eq!(
            plans.last().map(|(_, next)| *next),
            Some(Next::Never),
            "{case}"
        );
        assert_eq!(self.client.deadline(), None, "{case}");
        let attempts = self.attempts.len();
        self.pass(3_600_000, |_| panic!("{case}: an attempt"));
        assert_eq!(self.attempts.len(), attempts, "{case}");
    }
}
