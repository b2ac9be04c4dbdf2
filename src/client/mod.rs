//! The machine: inputs with a time in, outputs out. No clock, no socket, no storage, no JavaScript.
//!
//! | room | what it does |
//! | --- | --- |
//! | [`config`] | what a connection is to be made with |
//! | [`output`] | what the machine says |
//! | `connect` | CONNECT, CONNACK, the `connected` handlers, resuming or losing the session |
//! | `inbound` | packets from the server |
//! | `outbound` | publishing: outbox, window, replay |
//! | `aliasing` | topic aliases in what leaves |
//! | `requests` | SUBSCRIBE and UNSUBSCRIBE |
//! | `authentication` | AUTH: enhanced authentication, at the beginning and again |
//! | `outbox` | what waits to be sent: how much may, and of QoS 0 what does |
//! | `cancel` | operations whose callers wait no longer |
//! | `resubscribe` | the subscriptions that went with a lost session, made again |
//! | `reconnect` | whether and when another connection is made, and to whom |
//! | `fallback` | servers that speak 3.1.1 only |
//! | `close` | the ways a connection ends |
//! | `ended` | what becomes of the messages of a session that has ended |
//! | `restore` | saving and restoring the session |
//! | `durable` | storing every change before anything that depends on it is sent |
//! | `storing` | what follows from the store's answers |
//! | `parcel` | bytes that leave together |
//! | `payload` | payloads that are not what they are said to be |
//!
//! Rules: one input, then all outputs are taken ([`Client::poll_output`]) before the next chunk of bytes
//! is given. The same inputs give the same outputs; time is a `u64` in milliseconds since the Unix epoch,
//! randomness a seed. Nothing here panics, whatever comes in.

#![forbid(unsafe_code)]
#![deny(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]

mod aliasing;
mod authentication;
mod cancel;
mod close;
pub mod config;
mod connect;
mod durable;
mod ended;
mod fallback;
mod inbound;
mod outbound;
mod outbox;
pub mod output;
mod parcel;
mod payload;
mod reconnect;
mod requests;
mod restore;
mod resubscribe;
mod storing;

use std::collections::VecDeque;

use crate::codec::{PacketId, QoS, Version};
use crate::connection::Connection;
pub use crate::connection::acknowledgements::Verdict;
use crate::connection::keep_alive::Due;
use crate::connection::timers::Timer;
use crate::session::Session;
use crate::session::inbound::Incoming;
use crate::session::outbound::{Outgoing, Queued, Token};
use crate::sorted::SortedMap;
use cancel::Deadlines;
pub use close::DisconnectOptions;
use config::Config;
use durable::Durable;
pub use durable::{Inherited, Recovered};
use ended::Decisions;
pub use outbound::PublishRequest;
use outbox::Outbox;
pub use outbox::{OutboxLimits, WhenFull};
use output::{Cause, Delivery, Disconnected, Event, Next, Output};
use parcel::Parcel;
pub use reconnect::Credentials;
use reconnect::Wish;
pub use requests::Filter;

/// Where a connection is in its life.
#[derive(Debug)]
enum Phase {
    /// There is none.
    Disconnected,
    /// There is none any more, and the driver has not been told yet: what it hears of the old one must
    /// not be taken for news of a new one.
    Ended,
    /// There is none, and another attempt is going to be made.
    Waiting,
    /// The driver is opening the socket.
    Opening,
    /// CONNECT was sent.
    AwaitingConnAck,
    /// CONNACK came, the application's `connected` handlers are running; inbound bytes are held.
    Settling {
        /// The handlers have returned; their promises may be pending.
        returned: bool,
        /// A handler asked for something that needs the server: it waits no longer than until the
        /// handlers have returned, or a handler that awaits its own request would wait forever.
        hurried: bool,
    },
    /// The session is in force.
    Active,
    /// Our last packet is on its way; nothing inbound counts any more.
    Closing(Box<Disconnected>),
}

/// 3.1.1 cannot ask for a clean start and a session that stays in one CONNECT. So where the server turns out to
/// hold a session that nobody here knows, a connection with Clean Session empties it, and a third one begins.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
enum Emptying {
    /// Not needed, or not known to be.
    #[default]
    No,
    /// On this connection.
    Now,
    /// It was done.
    Done,
}

/// The state of a connection as an application sees it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum State {
    /// There is no connection.
    Disconnected,
    /// There is none, and another one is going to be made.
    Waiting,
    /// One is being made.
    Connecting,
    /// The server accepted it.
    Connected,
    /// It is being closed.
    Disconnecting,
}

/// An MQTT client without a socket.
#[derive(Debug)]
pub struct Client {
    config: Config,
    session: Session,
    connection: Connection,
    phase: Phase,
    /// Whether the caller wants a connection, and what came of it so far.
    wish: Wish,
    outbox: Outbox,
    /// Operations that are not to wait for ever.
    deadlines: Deadlines,
    /// The topic aliases that callers gave to messages that have no outcome yet. No part of a message: they are never
    /// stored.
    aliases_by_hand: SortedMap<Token, u16>,
    outputs: VecDeque<Output>,
    transmit: Parcel,
    /// Whoever takes the messages cannot keep up.
    back_pressure: bool,
    /// Payloads are held against what is said of their format.
    checks_payloads: bool,
    /// What comes is put into words.
    tracing: bool,
    /// A server that refuses MQTT 5 is spoken to in 3.1.1.
    falls_back: bool,
    close: bool,
    reopen: bool,
    /// Where the emptying of a stranger's session at a 3.1.1 server stands.
    emptying: Emptying,
    /// What there is to a session that is journalled.
    durable: Option<Durable>,
    /// What the caller has said of the messages of a lost session.
    decisions: Option<Decisions>,
    /// How many batches there were to be stored.
    batches: u64,
    /// Tells tickets of this connection from those of an earlier one.
    connections: u32,
    /// The number of the first message accepted since `connect`: what came before it belongs to the
    /// session as it was, what came after to the session to be.
    accepted_before_connect: u64,
    next_token: Token,
    random: u64,
}

impl Client {
    /// A client with an empty session. `seed` is the only source of randomness: client identifiers that
    /// are invented, and the names of sessions.
    pub fn new(seed: u64) -> Self {
        let mut client = Self {
            config: Config::default(),
            session: Session::new(Version::V5, "", 0),
            connection: Connection::new(u32::MAX, u16::MAX, 0),
            phase: Phase::Disconnected,
            wish: Wish::default(),
            outbox: Outbox::default(),
            deadlines: Deadlines::default(),
            aliases_by_hand: SortedMap::new(),
            outputs: VecDeque::new(),
            transmit: Parcel::default(),
            back_pressure: false,
            checks_payloads: false,
            tracing: false,
            falls_back: false,
            close: false,
            reopen: false,
            emptying: Emptying::default(),
            durable: None,
            decisions: None,
            batches: 0,
            connections: 0,
            accepted_before_connect: 0,
            next_token: 1,
            random: seed,
        };
        client.session.uid = client.draw();
        client
    }

    /// The next thing to do. `None`: nothing until the next input. Bytes to send come last, so that all
    /// that one turn says leaves in one piece.
    pub fn poll_output(&mut self) -> Option<Output> {
        if let Some(first) = self.poll_first() {
            return first;
        }
        if let Some(mut output) = self.outputs.pop_front() {
            match &mut output {
                // From here on the message is the application's.
                Output::Deliver(Delivery {
                    qos: QoS::ExactlyOnce,
                    packet_id: Some(id),
                    ticket: None,
                    ..
                }) => drop(self.session.inbound.take_released(*id)),
                Output::Event(Event::Disconnected(end)) => self.conclude_end(end),
                _ => {}
            }
            return Some(output);
        }
        if let Some(durable) = self.poll_durable() {
            return durable;
        }
        if !self.transmit.is_empty() {
            let parcel = std::mem::take(&mut self.transmit);
            return Some(self.send_off(parcel));
        }
        if self.pump_on() {
            return self.poll_output();
        }
        if std::mem::take(&mut self.reopen) {
            return Some(Output::Reopen);
        }
        std::mem::take(&mut self.close).then_some(Output::Close)
    }

    /// The driver hears of the end of a connection. Whoever called `disconnect` meanwhile wants no other one.
    fn conclude_end(&mut self, end: &mut Disconnected) {
        if end.next != Next::Never && !self.wish.wanted {
            end.next = Next::Never;
            self.keep_requests(false);
            self.reset_outbox(false);
        }
        self.phase = match end.next {
            Next::Never => Phase::Disconnected,
            Next::After(_) | Next::WhenOnline => Phase::Waiting,
        };
    }

    fn send_off(&mut self, mut parcel: Parcel) -> Output {
        self.give_aliases(&mut parcel);
        for publish in &parcel.publishes {
            if let Some(token) = publish.passing() {
                self.event(Event::Sent(token));
            }
        }
        for publish in &parcel.publishes {
            let Some(kept) = publish.kept else { continue };
            self.session.outbound.transmitted(kept.id);
            if let Some(token) = publish.token {
                self.event(Event::Transmitted(token));
            }
        }
        self.outbox.hand(parcel.bytes.len());
        Output::Transmit(parcel.bytes)
    }

    /// When [`Self::handle_timeout`] is to be called, in milliseconds since the Unix epoch.
    pub fn deadline(&self) -> Option<u64> {
        let pings = match self.phase {
            Phase::Settling { .. } | Phase::Active => self.connection.keep_alive.deadline(),
            _ => None,
        };
        let looks = self.outbox.look_at(self.connection.keep_alive.is_waiting());
        let mut earliest = self.connection.timers.next();
        for &due in &[pings, self.attempt_due(), self.deadlines.next(), looks] {
            // `None` is before every time.
            if due.is_some() && (earliest.is_none() || due < earliest) {
                earliest = due;
            }
        }
        earliest
    }

    /// The clock has passed the deadline (or has not: then nothing happens).
    pub fn handle_timeout(&mut self, now: u64) {
        if self.connection.timers.fire(Timer::Close, now)
            && matches!(self.phase, Phase::Closing(_))
            && let Phase::Closing(end) = std::mem::replace(&mut self.phase, Phase::Ended)
        {
            self.finish(end, now);
        }
        if self.connection.timers.fire(Timer::Connect, now) {
            self.give_up(Cause::ConnectTimeout, now);
        }
        if self.is_accepted() {
            match self.connection.keep_alive.check(now) {
                Due::Nothing => {}
                Due::Ping => self.send_ping(now),
                Due::GiveUp => self.give_up(Cause::KeepAliveTimeout, now),
            }
        }
        if self.connection.timers.fire(Timer::Republish, now) {
            self.republish(now);
        }
        self.outbox.looked(now);
        self.cancel_overdue(now);
        self.attempt_if_due(now);
    }

    /// Whether there is a connection that the server has accepted.
    fn is_accepted(&self) -> bool {
        matches!(self.phase, Phase::Settling { .. } | Phase::Active)
    }

    /// The state of the connection.
    pub fn state(&self) -> State {
        match self.phase {
            Phase::Disconnected => State::Disconnected,
            Phase::Waiting => State::Waiting,
            Phase::Opening | Phase::AwaitingConnAck => State::Connecting,
            Phase::Settling { .. } | Phase::Active => State::Connected,
            Phase::Closing(_) | Phase::Ended => State::Disconnecting,
        }
    }

    /// The Session Present flag of the last CONNACK.
    pub fn session_present(&self) -> bool {
        self.connection.session_present
    }

    /// The client identifier of the session; empty until one is known.
    pub fn client_id(&self) -> &str {
        &self.session.client_id
    }

    /// Messages in flight towards the server.
    pub fn in_flight(&self) -> impl ExactSizeIterator<Item = (PacketId, &Outgoing)> {
        self.session.outbound.in_flight()
    }

    /// Messages accepted and never sent.
    pub fn outbox(&self) -> impl ExactSizeIterator<Item = &Queued> {
        self.session.outbound.outbox()
    }

    /// Half-received QoS 2 messages.
    pub fn incoming(&self) -> impl ExactSizeIterator<Item = (PacketId, &Incoming)> {
        self.session.inbound.held()
    }

    /// QoS 1 messages handed to the application and not yet acknowledged.
    pub fn unacknowledged(&self) -> impl Iterator<Item = PacketId> {
        self.connection.acknowledgements.waiting()
    }

    /// The filters the server holds for this session.
    pub fn subscriptions(&self) -> impl ExactSizeIterator<Item = &str> {
        self.session.subscriptions.iter().map(|(filter, _)| filter)
    }

    /// How many packet identifiers are taken, by messages and by requests.
    pub fn packet_ids_in_use(&self) -> u16 {
        self.session.ids.in_use()
    }

    /// The bytes of all messages the session holds.
    pub fn session_bytes(&self) -> usize {
        self.session.bytes()
    }

    /// The bytes of all that is accepted and not yet taken by [`Self::poll_output`]: messages in the
    /// outbox, packets encoded.
    pub fn unsent_bytes(&self) -> usize {
        self.waiting_bytes() + self.unsent_packets()
    }

    /// Whether a QoS 1 or 2 publish would be sent at once.
    pub fn ready_to_send(&self) -> bool {
        matches!(self.phase, Phase::Active)
            && self.connection.send_quota.is_open()
            && self.waiting_messages() == 0
            && self.has_room()
    }

    fn event(&mut self, event: Event) {
        if let Some(token) = self.deadlines.settled(&event) {
            self.aliases_by_hand.remove(&token);
        }
        self.outputs.push_back(Output::Event(event));
    }

    fn deliver(&mut self, delivery: Delivery) {
        self.outputs.push_back(Output::Deliver(delivery));
    }

    fn draw_token(&mut self) -> Token {
        let token = self.next_token;
        self.next_token += 1;
        token
    }

    /// The next number of a SplitMix64 sequence: plenty to tell sessions apart, and four lines.
    fn draw(&mut self) -> u64 {
        self.random = self.random.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.random;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }
}
