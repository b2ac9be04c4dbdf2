//! A page, its storage and its server, moved one small step at a time.
//!
//! Everything a page does that somebody else could see (an output performed, a change applied, a packet
//! that reached the server) is one tick, and at each tick the page can be told to die.

use std::collections::VecDeque;

use mqtt_mooring::client::config::{Config, WhenSessionLost};
use mqtt_mooring::client::output::{Event, Ticket};
use mqtt_mooring::client::{Client, Recovered, State};
use mqtt_mooring::codec::Version;

use super::book::Book;
use super::disk::Disk;
use super::filters::Filters;
use super::performing::Batch;
use super::rules::Rules;
use super::view::View;
use crate::support::{ID, Pieces, START, Server, config, name};

/// The page is dead; its client must not be asked anything any more.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Crashed;

/// What a page comes to that may die on the way.
pub(crate) type Step<T = ()> = Result<T, Crashed>;

/// When storage does what it is asked.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Store {
    /// At once, as localStorage.
    AtOnce,
    /// Before anything else moves.
    Eager,
    /// When nothing else can move.
    Late,
}

/// What becomes of the bytes on the wire when the page dies.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Wire {
    /// They are lost.
    Lost,
    /// They reach the server, whose answers reach nobody.
    Arrives,
}

/// One thing that can happen next without anybody asking for it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Move {
    /// Storage applies the next change, or answers.
    Disk,
    /// A packet reaches the server.
    ToServer,
    /// The socket closes in order, and opens again if that was asked for.
    Socket,
    /// The socket of another attempt opens.
    Dial,
    /// A packet reaches the client.
    ToClient,
}

/// How many bytes a slow socket takes, before nothing more may be given to it.
pub(crate) const SLOW: u64 = 150;

/// How far the news is that the server has lost the session.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Loss {
    None,
    /// The page at hand has not been told.
    Unheard,
    /// It has, and storage has not.
    Unstored,
}

thread_local! {
    /// The story of the last world that came to a bad end.
    pub(crate) static STORY: std::cell::RefCell<String> = const { std::cell::RefCell::new(String::new()) };
}

/// All there is.
pub(crate) struct World {
    pub(crate) version: Version,
    pub(crate) config: Config,
    pub(crate) client: Client,
    pub(crate) server: Server,
    pub(crate) disk: Disk,
    pub(crate) book: Book,
    pub(crate) filters: Filters,
    pub(crate) rules: Rules,
    pub(crate) now: u64,
    pub(crate) store: Store,
    /// The page dies at this tick.
    pub(crate) stop: Option<usize>,
    pub(crate) ticks: usize,
    /// What the page at hand was told.
    pub(crate) events: Vec<Event>,
    /// Tickets the application has not shown yet.
    pub(crate) tickets: VecDeque<Ticket>,
    /// Whether tickets are shown at once.
    pub(crate) auto_ack: bool,
    /// What the application's `whenSessionLost` says of a topic; `None`: the test decides by itself.
    pub(crate) republish: Option<fn(&str) -> bool>,
    /// What the application has been asked and has not answered.
    pub(crate) undecided: VecDeque<u64>,
    /// Bytes the server's packets are cut into on their way; 0: whole packets.
    pub(crate) chunk: usize,
    /// Every batch: how many changes it had.
    pub(crate) batches: Vec<usize>,
    /// Names of the packets that left, in order.
    pub(crate) left: Vec<String>,
    pub(crate) story: Vec<String>,
    pub(crate) recovered: Option<Recovered>,
    /// A bad end is not printed.
    pub(crate) quiet: bool,
    /// The last packet of the server on this connection.
    pub(crate) last: Option<Vec<u8>>,
    /// How much is in the socket, where it is a slow one that takes no more than [`SLOW`].
    pub(crate) backlog: Option<u64>,
    /// So many bytes of it, at most, are acknowledgements: they are never held back, and may go before a PUBLISH for
    /// which there was room.
    pub(super) acknowledgements: u64,
    pub(super) batch: Option<Batch>,
    pub(super) loss: Loss,
    /// The server has ever lost the session.
    has_lost: bool,
    /// Storage says that a server knows the session: the page was told so, which is said after storing it.
    pub(super) begun: bool,
    /// Storage refused a change, and is behind the session.
    pub(crate) trouble: bool,
    /// Storage was cleared, and may still lack something.
    pub(crate) damaged: bool,
    pub(super) link: usize,
    pub(super) linked: bool,
    /// An attempt was begun by itself, and no socket is open yet.
    pub(super) dialing: bool,
    pub(super) closing: bool,
    pub(super) reopening: bool,
    pub(super) to_server: VecDeque<Vec<u8>>,
    pub(super) pieces: Pieces,
}

impl World {
    /// A first page, with an empty storage.
    pub(crate) fn new(version: Version, store: Store) -> Self {
        let mut world = Self {
            version,
            config: config(version),
            client: Client::new(1),
            server: Server::new(version),
            disk: Disk::default(),
            book: Book::default(),
            filters: Filters::default(),
            rules: Rules::default(),
            now: START,
            store,
            stop: None,
            ticks: 0,
            events: Vec::new(),
            tickets: VecDeque::new(),
            auto_ack: true,
            republish: Some(|topic| topic.ends_with(['1', '2', '3', '7'])),
            undecided: VecDeque::new(),
            chunk: 0,
            batches: Vec::new(),
            left: Vec::new(),
            story: Vec::new(),
            recovered: None,
            quiet: false,
            last: None,
            backlog: None,
            acknowledgements: 0,
            batch: None,
            loss: Loss::None,
            has_lost: false,
            begun: false,
            trouble: false,
            damaged: false,
            link: 0,
            linked: false,
            dialing: false,
            closing: false,
            reopening: false,
            to_server: VecDeque::new(),
            pieces: Pieces::default(),
        };
        world.server.knobs.method_b = true;
        world.recover().expect("nobody dies yet");
        world
    }

    /// A first page whose session is in force, and nothing else.
    pub(crate) fn established(version: Version, store: Store) -> Self {
        let mut world = Self::new(version, store);
        world.establish();
        world
    }

    /// Connects and runs until nothing moves; the session must then be in force.
    pub(crate) fn establish(&mut self) {
        self.connect().expect("nobody dies");
        self.run().expect("nobody dies");
        assert_eq!(self.client.state(), State::Connected, "{}", self.story());
    }

    /// A successor takes up what storage holds.
    pub(crate) fn recover(&mut self) -> Step {
        let records = self.disk.read();
        let recovered = self
            .client
            .recover(&records, ID, self.version)
            .unwrap_or_else(|error| panic!("not restored: {error:?}{}", self.story()));
        for (name, _) in &recovered.bad {
            self.disk.quarantine(name);
        }
        let tokens: Vec<_> = self
            .client
            .inherited()
            .iter()
            .map(|i| {
                (
                    i.token,
                    i.message.topic.to_string(),
                    i.message.key.as_deref().map(Into::into),
                )
            })
            .collect();
        assert_eq!(tokens.len(), recovered.outgoing);
        self.book.inherited(tokens.into_iter());
        self.filters.taken_over(self.client.subscriptions());
        if self.backlog.is_some() {
            self.backlog = Some(0);
            self.client.set_send_limit(SLOW);
        }
        self.recovered = Some(recovered);
        self.drain(&[])
    }

    /// Begins a connection: the socket opens at once, or when it comes to that where the client makes another by itself.
    pub(crate) fn connect(&mut self) -> Step {
        let config = self.config.clone();
        self.client.connect(config, self.now).expect("a connection");
        self.drain(&[])?;
        match self.config.reconnect {
            Some(_) => Ok(()),
            None => self.open(),
        }
    }

    fn open(&mut self) -> Step {
        self.linked = true;
        self.closing = false;
        self.dialing = false;
        self.acknowledgements = 0;
        self.link += 1;
        self.backlog = self.backlog.and(Some(0));
        self.pieces = Pieces::default();
        self.client.handle_opened(self.now);
        self.drain(&[])
    }

    /// The wire breaks: what is on it is lost.
    pub(crate) fn break_link(&mut self) -> Step {
        if !self.linked && !self.dialing {
            return Ok(());
        }
        self.unlink();
        self.client.handle_closed(Some(1006), self.now);
        self.drain(&[])
    }

    pub(super) fn unlink(&mut self) {
        self.linked = false;
        self.dialing = false;
        self.closing = false;
        self.reopening = false;
        self.backlog = self.backlog.and(Some(0));
        self.to_server.clear();
        self.last = None;
        self.server.closed();
        self.story.push("unlinked".into());
        if self.version == Version::V311
            && self.server.connects.last().is_some_and(|c| c.clean_start)
        {
            self.book.server_dropped(&View::of(&self.client));
        }
        if self.loss == Loss::Unheard && self.server.session(ID).is_some() {
            self.loss_is_missed();
        }
    }

    /// A packet reaches the server.
    fn serve(&mut self, bytes: &[u8]) {
        let connects = self.server.connects.len();
        self.server.handle(bytes);
        let new = self.server.connects.get(connects);
        if new.is_some_and(|connect| connect.clean_start) {
            self.book.server_dropped(&View::of(&self.client));
        }
    }

    /// What storage said of losses that were not acted on is gone.
    pub(super) fn forget_losses(&mut self) {
        if self.has_lost {
            self.loss_is_missed();
            self.book.loses_order();
        }
    }

    /// The server holds a new session, and nobody can know that it is not the old one.
    fn loss_is_missed(&mut self) {
        self.loss = Loss::None;
        self.book.session_lost(&self.server.payloads(), &|_| true);
        self.book.goes_astray();
    }

    /// The server loses every session. There must be no link.
    pub(crate) fn lose_sessions(&mut self) {
        assert!(!self.linked);
        self.server.lose_sessions();
        self.rules.lost();
        let policy = self.config.when_session_lost;
        let asked = self.republish.unwrap_or(|_| true);
        let republishes = |topic: &str| match policy {
            WhenSessionLost::Republish => true,
            WhenSessionLost::Ask => asked(topic),
            WhenSessionLost::RepublishQos1 | WhenSessionLost::Discard => false,
        };
        self.book
            .session_lost(&self.server.payloads(), &republishes);
        self.book.server_dropped(&View::of(&self.client));
        self.loss = Loss::Unheard;
        self.has_lost = true;
        self.story.push("server lost its sessions".into());
    }

    /// The page dies, and its link with it; a new one is there, with a client that knows nothing yet.
    pub(crate) fn crash(&mut self, wire: Wire) {
        if wire == Wire::Arrives && self.linked {
            for bytes in std::mem::take(&mut self.to_server) {
                self.serve(&bytes);
            }
        }
        self.unlink();
        self.story.push(format!("CRASH ({wire:?})"));
        self.batch = None;
        if self.loss == Loss::Unstored {
            self.loss_is_missed();
        }
        self.stop = None;
        self.tickets.clear();
        self.undecided.clear();
        self.events.clear();
        let left = self.disk.view(self.version);
        if self.damaged {
            self.book.excuse_all_but(&left);
            self.begun = false;
            self.forget_losses();
        }
        self.damaged = false;
        self.trouble = false;
        self.book.page_died(&left, &self.rules);
        self.now += 1_000;
        self.client = Client::new(1 + self.book.page as u64);
    }

    /// The page dies, and a new one restores what it left.
    pub(crate) fn reload(&mut self) {
        self.crash(Wire::Lost);
        self.recover().expect("nobody dies");
    }

    /// What can happen next by itself.
    pub(crate) fn moves(&self) -> Vec<Move> {
        let mut moves = Vec::new();
        if self.batch.is_some() {
            moves.push(Move::Disk);
        }
        if !self.to_server.is_empty() {
            moves.push(Move::ToServer);
        } else if self.closing || self.reopening {
            moves.push(Move::Socket);
        }
        if self.linked && !self.closing && !self.reopening {
            moves.push(Move::ToClient);
        }
        if self.dialing {
            moves.push(Move::Dial);
        }
        moves
    }

    /// Makes one move; false when there was nothing behind it.
    pub(crate) fn make(&mut self, which: Move) -> Step<bool> {
        match which {
            Move::Disk => self.disk_moves()?,
            Move::ToServer => {
                if let Some(bytes) = self.to_server.pop_front() {
                    self.serve(&bytes);
                    self.tick(|| "arrived".into())?;
                }
            }
            Move::Dial => self.open()?,
            Move::Socket if self.reopening => {
                self.unlink();
                self.open()?;
            }
            Move::Socket => {
                self.unlink();
                self.client.handle_closed(None, self.now);
                self.drain(&[])?;
            }
            Move::ToClient => {
                let Some(bytes) = self.server.next_packet() else {
                    return Ok(false);
                };
                self.story.push(format!("<{}", name(self.version, &bytes)));
                self.rules.comes(&bytes, self.version);
                self.last = Some(bytes.clone());
                let size = if self.chunk == 0 {
                    bytes.len()
                } else {
                    self.chunk
                };
                for chunk in bytes.chunks(size) {
                    self.client.handle_bytes(chunk, self.now);
                    if self.loss == Loss::Unheard && self.client.state() == State::Connected {
                        self.loss = Loss::Unstored;
                    }
                    self.drain(chunk)?;
                }
            }
        }
        Ok(true)
    }

    /// The wire breaks inside the next packet of the server, after `share` of 256 parts of it.
    pub(crate) fn break_inside(&mut self, share: u8) -> Step {
        if self.linked
            && !self.closing
            && !self.reopening
            && let Some(bytes) = self.server.next_packet()
        {
            let part = &bytes[..bytes.len() * usize::from(share) / 256];
            self.client.handle_bytes(part, self.now);
            self.drain(part)?;
        }
        self.break_link()
    }

    /// One move, in the order the store asks for. False when nothing moves.
    pub(crate) fn step(&mut self) -> Step<bool> {
        let mut moves = self.moves();
        if self.store == Store::Late {
            moves.sort_by_key(|m| *m == Move::Disk);
        }
        for which in moves {
            if self.make(which)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Runs until nothing moves and no time needs to pass.
    pub(crate) fn run(&mut self) -> Step {
        for _ in 0..100_000 {
            if !self.step()? {
                return Ok(());
            }
        }
        panic!("it never ends: {}", self.story());
    }

    /// Lets `milliseconds` pass, acting on every deadline on the way.
    pub(crate) fn pass(&mut self, milliseconds: u64) -> Step {
        let until = self.now + milliseconds;
        self.run()?;
        while let Some(at) = self.client.deadline().filter(|at| *at <= until) {
            self.now = self.now.max(at);
            self.client.handle_timeout(self.now);
            self.drain(&[])?;
            self.flow(60)?;
            self.run()?;
        }
        self.now = until;
        Ok(())
    }

    /// So many bytes leave the slow socket, and the page looks at it.
    pub(crate) fn flow(&mut self, bytes: u64) -> Step {
        if let Some(backlog) = &mut self.backlog
            && self.linked
        {
            *backlog = backlog.saturating_sub(bytes);
            self.acknowledgements = self.acknowledgements.min(*backlog);
            self.client.set_backlog(*backlog, self.now);
            self.drain(&[])?;
        }
        Ok(())
    }

    /// Lets time pass until there is a connection, if the client is going to make one; for ten attempts at most.
    pub(crate) fn pass_waiting(&mut self) -> Step {
        for _ in 0..10 {
            let at = self.client.deadline();
            let Some(at) = at.filter(|_| self.client.state() == State::Waiting) else {
                break;
            };
            self.pass(at.saturating_sub(self.now))?;
        }
        Ok(())
    }

    /// Whether storage has something to answer.
    pub(crate) fn is_storing(&self) -> bool {
        self.batch.is_some()
    }

    /// What happened, for messages of failure.
    pub(crate) fn story(&self) -> String {
        let from = self.story.len().saturating_sub(400);
        format!(
            "\n  {}\n  records: {:?}\n  onward: {:?}\n  client: {:?}",
            self.story[from..].join(" | "),
            self.disk.records.keys(),
            self.server.payloads(),
            View::of(&self.client),
        )
    }
}

impl Drop for World {
    /// The story of a failure that had no words for it.
    fn drop(&mut self) {
        if std::thread::panicking() {
            let story = self.story();
            if !self.quiet {
                eprintln!("{story}");
            }
            STORY.set(story);
        }
    }
}
