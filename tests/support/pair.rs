//! A client and a server, the wire between them, and where it is cut.

use std::collections::VecDeque;

use mqtt_mooring::client::config::{Config, ReconnectPolicy};
use mqtt_mooring::client::output::{Attempt, Event, Output, Ticket};
use mqtt_mooring::client::{Client, PublishRequest, State};
use mqtt_mooring::codec::{QoS, SubscriptionOptions, Version};
use mqtt_mooring::session::outbound::Token;

use super::ledger::{Delivered, Ledger};
use super::make::{START, config};
use super::server::Server;
use super::wire::{Pieces, name};

/// Where the wire is cut: at the packet number `at` counted from 0 in both directions together,
/// before it reaches the peer, or after, when the peer has acted on it and nothing of that got out.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Cut {
    pub(crate) at: usize,
    pub(crate) after: bool,
}

/// What the application's `connected` handler does.
#[derive(Clone, Debug, Default)]
pub(crate) enum Handler {
    /// Nothing: it returns and is settled.
    #[default]
    Settle,
    /// Restores this session if the server has one, then returns.
    RestoreIfPresent(String),
    /// The test says by itself when it has returned and settled.
    Manual,
}

/// What becomes of attempts to open a socket.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) enum Dial {
    /// The test says by itself when it is open.
    #[default]
    ByHand,
    /// It is open at once.
    Opens,
    /// There is nobody.
    Fails,
}

/// Both peers.
pub(crate) struct Pair {
    pub(crate) version: Version,
    pub(crate) client: Client,
    pub(crate) server: Server,
    pub(crate) config: Config,
    pub(crate) now: u64,
    pub(crate) ledger: Ledger,
    pub(crate) handler: Handler,
    /// Whether QoS 1 messages are acknowledged as soon as they were delivered.
    pub(crate) auto_ack: bool,
    pub(crate) cut: Option<Cut>,
    /// How many packets came to the wire's end, of this connection.
    pub(crate) packets: usize,
    pub(crate) trace: Vec<String>,
    /// Whether the cut has happened.
    pub(crate) was_cut: bool,
    /// Bytes the server's packets are cut into on their way; 0: whole packets.
    pub(crate) chunk: usize,
    pub(crate) dial: Dial,
    /// Every attempt, and when it was made.
    pub(crate) attempts: Vec<(u64, Attempt)>,
    /// How much is in the socket, where it is a slow one: then only [`Self::flow`] takes anything out.
    pub(crate) backlog: Option<u64>,
    /// What was in it before each transmission, and the names of the packets that were added.
    pub(crate) filled: Vec<(u64, Vec<String>)>,
    dialing: bool,
    linked: bool,
    closing: bool,
    to_server: VecDeque<Vec<u8>>,
    to_client: VecDeque<Vec<u8>>,
    pieces: Pieces,
    tickets: Vec<Ticket>,
    seed: u64,
}

impl Pair {
    /// Both, unconnected.
    pub(crate) fn new(version: Version) -> Self {
        Self {
            version,
            client: Client::new(1),
            server: Server::new(version),
            config: config(version),
            now: START,
            ledger: Ledger::default(),
            handler: Handler::default(),
            auto_ack: true,
            cut: None,
            packets: 0,
            trace: Vec::new(),
            was_cut: false,
            chunk: 0,
            dial: Dial::default(),
            attempts: Vec::new(),
            backlog: None,
            filled: Vec::new(),
            dialing: false,
            linked: false,
            closing: false,
            to_server: VecDeque::new(),
            to_client: VecDeque::new(),
            pieces: Pieces::default(),
            tickets: Vec::new(),
            seed: 1,
        }
    }

    /// Both, connected and idle.
    pub(crate) fn connected(version: Version) -> Self {
        let mut pair = Self::new(version);
        pair.establish();
        pair
    }

    /// Connects and runs until nothing moves; the session must then be in force.
    pub(crate) fn establish(&mut self) {
        self.connect();
        self.run();
        assert_eq!(self.client.state(), State::Connected, "{}", self.story());
    }

    /// Connects, and breaks the link when `packets` packets have come through.
    pub(crate) fn establish_and_cut_at(&mut self, packets: usize) {
        self.cut = Some(Cut {
            at: packets,
            after: false,
        });
        self.connect();
        self.run();
        assert_eq!(self.client.state(), State::Disconnected, "{}", self.story());
    }

    /// Both, connected and idle; the client connects again by itself, without jitter, and every socket opens.
    pub(crate) fn persistent(version: Version) -> Self {
        let mut pair = Self::new(version);
        pair.persist();
        pair.establish();
        pair
    }

    /// From the next `connect` on the client connects again by itself, without jitter, and every socket opens.
    pub(crate) fn persist(&mut self) {
        self.config.reconnect = Some(ReconnectPolicy {
            jitter: false,
            ..ReconnectPolicy::default()
        });
        self.dial = Dial::Opens;
    }

    /// Begins a connection: the socket opens at once, unless `dial` says otherwise.
    pub(crate) fn connect(&mut self) {
        let config = self.config.clone();
        self.client.connect(config, self.now).expect("a connection");
        match self.dial {
            Dial::ByHand => self.open(),
            Dial::Opens | Dial::Fails => self.drain(&[]),
        }
    }

    /// Breaks the link, and waits until there is another one.
    pub(crate) fn reconnect(&mut self) {
        self.break_link();
        while self.client.state() == State::Waiting {
            let due = self.client.deadline().expect("an attempt");
            self.pass(due.saturating_sub(self.now));
        }
        assert_eq!(self.client.state(), State::Connected, "{}", self.story());
    }

    /// So many bytes leave the slow socket.
    pub(crate) fn flow(&mut self, bytes: u64) {
        let backlog = self.backlog.as_mut().expect("a slow socket");
        *backlog = backlog.saturating_sub(bytes);
        self.look();
    }

    /// The driver looks at what is in the socket.
    fn look(&mut self) {
        if let Some(backlog) = self.backlog {
            self.client.set_backlog(backlog, self.now);
            self.drain(&[]);
        }
    }

    /// The socket opens.
    pub(crate) fn open(&mut self) {
        self.opened();
        self.drain(&[]);
    }

    fn opened(&mut self) {
        self.linked = true;
        self.closing = false;
        self.packets = 0;
        self.pieces = Pieces::default();
        self.backlog = self.backlog.and(Some(0));
        self.client.handle_opened(self.now);
    }

    /// The wire breaks: what is on it is lost.
    pub(crate) fn break_link(&mut self) {
        self.linked = false;
        self.closing = false;
        self.to_server.clear();
        self.to_client.clear();
        self.server.closed();
        self.client.handle_closed(Some(1006), self.now);
        self.drain(&[]);
    }

    /// The page is gone, and its link with it; a new one is there with a new client object. What was
    /// delivered stays on record; the rest of what the old page was told is returned.
    pub(crate) fn reload(&mut self) -> Ledger {
        self.linked = false;
        self.closing = false;
        self.to_server.clear();
        self.to_client.clear();
        self.tickets.clear();
        self.server.closed();
        self.seed += 1;
        self.client = Client::new(self.seed);
        let deliveries = self.ledger.deliveries.clone();
        std::mem::replace(
            &mut self.ledger,
            Ledger {
                deliveries,
                ..Ledger::default()
            },
        )
    }

    /// Moves one packet. False when there is none to move.
    pub(crate) fn step(&mut self) -> bool {
        if let Some(bytes) = self.to_server.pop_front() {
            if self.cut_here('>', &bytes, false) {
                return true;
            }
            self.server.handle(&bytes);
            if self.cut_here('>', &bytes, true) {
                return true;
            }
            self.packets += 1;
            return true;
        }
        if self.closing {
            self.finish_closing();
            return true;
        }
        if !self.linked {
            return false;
        }
        let Some(bytes) = self
            .to_client
            .pop_front()
            .or_else(|| self.server.next_packet())
        else {
            return false;
        };
        if self.cut_here('<', &bytes, false) {
            return true;
        }
        let size = if self.chunk == 0 {
            bytes.len()
        } else {
            self.chunk
        };
        for chunk in bytes.chunks(size.max(1)) {
            self.client.handle_bytes(chunk, self.now);
            self.drain(chunk);
        }
        if self.cut_here('<', &bytes, true) {
            return true;
        }
        self.packets += 1;
        true
    }

    /// Runs until nothing moves and no time needs to pass.
    pub(crate) fn run(&mut self) {
        for _ in 0..200_000 {
            if !self.step() {
                return;
            }
        }
        panic!("it never ends: {}", self.story());
    }

    /// Lets `milliseconds` pass, acting on every deadline on the way.
    pub(crate) fn pass(&mut self, milliseconds: u64) {
        let until = self.now + milliseconds;
        self.run();
        while let Some(at) = self.client.deadline().filter(|at| *at <= until) {
            self.now = self.now.max(at);
            self.client.handle_timeout(self.now);
            self.drain(&[]);
            self.look();
            self.run();
        }
        self.now = until;
    }

    /// Moves the clock without anybody looking at it, then looks.
    pub(crate) fn jump(&mut self, milliseconds: u64) {
        self.now += milliseconds;
        self.client.handle_timeout(self.now);
        self.drain(&[]);
    }

    /// Publishes; the message is on the wire, not further.
    pub(crate) fn publish(&mut self, request: PublishRequest<'_>) -> Token {
        let token = self.client.publish(request, self.now).expect("accepted");
        self.drain(&[]);
        token
    }

    /// Publishes `payload` at `qos`.
    pub(crate) fn send(&mut self, payload: &str, qos: QoS) -> Token {
        self.publish(super::make::message(payload, qos))
    }

    /// Subscribes to one filter at QoS 2.
    pub(crate) fn subscribe(&mut self, filter: &str) -> Token {
        let filters = [(filter, SubscriptionOptions::qos(QoS::ExactlyOnce))];
        let token = self
            .client
            .subscribe(&filters, &[], self.now)
            .expect("accepted");
        self.drain(&[]);
        token
    }

    /// Gives the client bytes the server of the model would not send, and takes all outputs.
    pub(crate) fn inject(&mut self, bytes: &[u8]) {
        self.client.handle_bytes(bytes, self.now);
        self.drain(bytes);
    }

    /// Takes back what the client sent and the server has not seen, packet by packet.
    pub(crate) fn take_unseen(&mut self) -> Vec<Vec<u8>> {
        self.to_server.drain(..).collect()
    }

    /// As [`Self::take_unseen`], by name.
    pub(crate) fn take_unsent(&mut self) -> Vec<String> {
        let version = self.version;
        self.take_unseen()
            .iter()
            .map(|bytes| name(version, bytes))
            .collect()
    }

    /// The application is done with the message.
    pub(crate) fn handled(&mut self, ticket: Ticket) {
        self.client.handled(ticket, self.now);
        self.drain(&[]);
    }

    /// Takes all outputs, and does what each asks for. `chunk` is what was given to the client last.
    pub(crate) fn drain(&mut self, chunk: &[u8]) {
        loop {
            let mut accepted = None;
            while let Some(output) = self.client.poll_output() {
                match output {
                    Output::Deliver(delivery) => {
                        let text = delivery.topic.bytes(chunk).to_vec();
                        self.tickets.extend(delivery.ticket);
                        self.ledger.deliveries.push(Delivered {
                            topic: String::from_utf8(text).expect("UTF-8"),
                            payload: delivery.payload.bytes(chunk).into(),
                            properties: delivery.properties.bytes(chunk).into(),
                            qos: delivery.qos,
                            retain: delivery.retain,
                            duplicate: delivery.duplicate,
                            packet_id: delivery.packet_id,
                            ticket: delivery.ticket,
                        });
                    }
                    Output::Event(event) => {
                        if let Event::Connected(a) = &event {
                            accepted = Some(a.session_present);
                        }
                        if matches!(event, Event::Disconnected(_)) {
                            self.linked = false;
                        }
                        self.ledger.note(event);
                    }
                    Output::Transmit(bytes) => {
                        assert!(!self.closing, "bytes after Close");
                        if !self.linked {
                            continue;
                        }
                        let packets = self.pieces.split(&bytes);
                        if let Some(backlog) = &mut self.backlog {
                            let names = packets.iter().map(|it| name(self.version, it));
                            self.filled.push((*backlog, names.collect()));
                            *backlog += bytes.len() as u64;
                            self.client.set_backlog(*backlog, self.now);
                        }
                        self.to_server.extend(packets);
                    }
                    Output::Close => self.closing = true,
                    Output::Open(attempt) => {
                        self.attempts.push((self.now, attempt));
                        self.dialing = true;
                    }
                    Output::Persist { .. } | Output::Reopen => panic!("nothing is durable here"),
                }
            }
            if let Some(present) = accepted {
                self.run_handler(present);
                continue;
            }
            match (std::mem::take(&mut self.dialing), self.dial) {
                (true, Dial::Opens) => {
                    self.opened();
                    continue;
                }
                (true, Dial::Fails) => {
                    self.client.handle_closed(None, self.now);
                    continue;
                }
                _ => {}
            }
            if self.auto_ack && !self.tickets.is_empty() {
                for ticket in std::mem::take(&mut self.tickets) {
                    self.client.handled(ticket, self.now);
                }
                continue;
            }
            return;
        }
    }

    /// What happened, for messages of failure.
    pub(crate) fn story(&self) -> String {
        format!(
            "\n  trace: {}\n  outcomes: {:?}\n  orphans: {:?}\n  ends: {:?}\n  onward: {:?}\n  delivered: {:?}",
            self.trace.join(" "),
            self.ledger.outcomes,
            self.ledger.orphans,
            self.ledger.ends(),
            self.server.payloads(),
            self.ledger.payloads(),
        )
    }

    /// Nothing is under way, and every identifier is free.
    pub(crate) fn assert_idle(&self, case: &str) {
        let story = || self.story();
        assert_eq!(
            self.client.in_flight().len(),
            0,
            "{case}: in flight{}",
            story()
        );
        assert_eq!(self.client.outbox().len(), 0, "{case}: outbox{}", story());
        assert_eq!(
            self.client.incoming().len(),
            0,
            "{case}: incoming{}",
            story()
        );
        assert_eq!(
            self.client.packet_ids_in_use(),
            0,
            "{case}: identifiers{}",
            story()
        );
        let session = self.server.session(self.client.client_id());
        assert!(
            session.is_none_or(|s| s.is_idle()),
            "{case}: server {session:?}{}",
            story()
        );
    }

    fn run_handler(&mut self, present: bool) {
        match self.handler.clone() {
            Handler::Manual => return,
            Handler::Settle => {}
            Handler::RestoreIfPresent(saved) => {
                if present {
                    let id = self.config.client_id.clone();
                    self.client
                        .restore(&saved, &id, self.version, self.now)
                        .expect("a session that can be restored");
                    self.drain(&[]);
                }
            }
        }
        self.client.connected_handlers_returned(self.now);
        self.drain(&[]);
        self.client.connected_handlers_settled(self.now);
    }

    fn finish_closing(&mut self) {
        self.closing = false;
        self.linked = false;
        self.to_client.clear();
        self.server.closed();
        self.client.handle_closed(None, self.now);
        self.drain(&[]);
    }

    /// Cuts the wire if this is the place.
    fn cut_here(&mut self, direction: char, bytes: &[u8], after: bool) -> bool {
        if !after && self.trace.len() < 200 {
            self.trace
                .push(format!("{direction}{}", name(self.version, bytes)));
        }
        let here = Cut {
            at: self.packets,
            after,
        };
        if self.cut != Some(here) {
            return false;
        }
        self.cut = None;
        self.was_cut = true;
        self.trace
            .push(if after { "cut after" } else { "cut before" }.into());
        self.break_link();
        true
    }
}
