//! A page on the bench: the test itself is its server, its storage and its clock, and says every byte that
//! comes and every answer of the store. For what a well-behaved server or a whole store would never do;
//! everything else is told with a `World`.

use mqtt_mooring::client::config::Config;
use mqtt_mooring::client::output::{Delivery, Event, Output};
use mqtt_mooring::client::{Client, Recovered};
use mqtt_mooring::codec::{Ack, ConnAck, Packet, Properties, Publish, QoS, ReasonCode, Version};
use mqtt_mooring::session::journal::{Change, RecordName};
use mqtt_mooring::session::outbound::Token;
use mqtt_mooring::storage::StorageError;

use super::disk::Disk;
use crate::support::{ID, Pieces, START, config, encode, id, message, name};

/// What a store without room for nine more bytes says.
pub(crate) const FULL: StorageError = StorageError::Full { needed: 9 };

/// A page.
pub(crate) struct Bench {
    pub(crate) client: Client,
    pub(crate) config: Config,
    pub(crate) disk: Disk,
    pub(crate) recovered: Recovered,
    /// Storage does at once what it is asked; otherwise the test answers each batch.
    pub(crate) stores_at_once: bool,
    /// Names of the packets that left, in order.
    pub(crate) left: Vec<String>,
    pub(crate) events: Vec<Event>,
    pub(crate) deliveries: Vec<Delivery>,
    /// Everything the page did, for messages of failure.
    pub(crate) story: Vec<String>,
    pub(crate) now: u64,
    version: Version,
    batch: Option<(u64, Vec<Change>)>,
    pieces: Pieces,
}

impl Bench {
    /// A first page, with an empty storage; what it has to store at once is stored.
    pub(crate) fn new(version: Version) -> Self {
        Self::on(version, Disk::default(), ID)
    }

    /// A page of `client_id` that takes up what `disk` holds, all of which can be read.
    pub(crate) fn on(version: Version, disk: Disk, client_id: &str) -> Self {
        let mut bench = Self::begun(version, disk, client_id);
        assert_eq!(bench.recovered.bad, [], "records that cannot be read");
        bench.run();
        bench
    }

    /// As [`Self::on`], whatever can be read, before anything was stored.
    pub(crate) fn begun(version: Version, disk: Disk, client_id: &str) -> Self {
        let mut client = Client::new(7);
        let recovered = client
            .recover(&disk.read(), client_id, version)
            .expect("restored");
        Self {
            client,
            config: Config {
                client_id: client_id.into(),
                ..config(version)
            },
            disk,
            recovered,
            stores_at_once: true,
            left: Vec::new(),
            events: Vec::new(),
            deliveries: Vec::new(),
            story: Vec::new(),
            now: START,
            version,
            batch: None,
            pieces: Pieces::default(),
        }
    }

    /// A first page whose session a new one at the server answers.
    pub(crate) fn connected(version: Version) -> Self {
        let mut bench = Self::new(version);
        bench.connect(false);
        bench
    }

    /// As [`Self::connected`], and it acknowledges by hand.
    pub(crate) fn by_hand(version: Version) -> Self {
        let mut bench = Self::new(version);
        bench.config.manual_ack = true;
        bench.connect(false);
        bench
    }

    /// Performs all outputs.
    pub(crate) fn run(&mut self) {
        while let Some(output) = self.client.poll_output() {
            match output {
                Output::Deliver(delivery) => {
                    self.story.push("deliver".into());
                    self.deliveries.push(delivery);
                }
                Output::Event(event) => {
                    self.story.push(format!("{event:?}"));
                    let is_connected = matches!(event, Event::Connected(_));
                    self.events.push(event);
                    if is_connected {
                        self.client.connected_handlers_settled(self.now);
                    }
                }
                Output::Transmit(bytes) => {
                    for packet in self.pieces.split(&bytes) {
                        let name = name(self.version, &packet);
                        self.story.push(format!(">{name}"));
                        self.left.push(name);
                    }
                }
                Output::Persist { batch, changes } => {
                    let names: Vec<_> = changes.iter().map(|c| c.name().to_string()).collect();
                    self.story.push(format!("batch {batch} {names:?}"));
                    assert!(self.batch.is_none(), "two batches: {:#?}", self.story);
                    self.batch = Some((batch, changes));
                    if self.stores_at_once {
                        self.answer(None, |_| false);
                    }
                }
                Output::Open(_) => {}
                Output::Reopen => self.opens(),
                Output::Close => self.client.handle_closed(None, self.now),
            }
        }
    }

    /// The names of the records storage is asked to change.
    pub(crate) fn storing(&self) -> Option<Vec<String>> {
        let (_, changes) = self.batch.as_ref()?;
        Some(changes.iter().map(|c| c.name().to_string()).collect())
    }

    /// Storage has done what it was asked.
    pub(crate) fn store(&mut self) {
        self.answer(None, |_| false);
        self.run();
    }

    /// As often as storage is asked anything.
    pub(crate) fn store_all(&mut self) {
        while self.batch.is_some() {
            self.store();
        }
    }

    /// Storage refuses all it was asked.
    pub(crate) fn refuse(&mut self, error: StorageError) {
        self.refuse_if(error, |_| true);
    }

    /// Storage refuses to change the records `which` names, and changes the others.
    pub(crate) fn refuse_if(&mut self, error: StorageError, which: impl Fn(RecordName) -> bool) {
        self.answer(Some(error), which);
        self.run();
    }

    /// The page dies when storage has made the first `count` changes; this is what it leaves.
    pub(crate) fn dies_after(mut self, count: usize) -> Disk {
        let (_, changes) = self.batch.take().expect("a batch");
        for change in &changes[..count] {
            self.disk.apply(change).expect("room");
        }
        self.disk
    }

    /// The number of the batch that is out, of which nothing more is heard.
    pub(crate) fn forget_batch(&mut self) -> u64 {
        self.batch.take().expect("a batch").0
    }

    fn answer(&mut self, error: Option<StorageError>, which: impl Fn(RecordName) -> bool) {
        let (number, changes) = self.batch.take().expect("a batch");
        let mut failed = Vec::new();
        for change in &changes {
            match error.filter(|_| which(change.name())) {
                Some(error) => failed.push((change.name(), error)),
                None => self.disk.apply(change).expect("room"),
            }
        }
        match failed.as_slice() {
            [] => self.client.persisted(number, self.now),
            failed => self.client.not_persisted(number, failed, self.now),
        }
    }

    /// The socket is open.
    pub(crate) fn opens(&mut self) {
        self.pieces = Pieces::default();
        self.client.handle_opened(self.now);
    }

    /// A connection is asked for, and its socket opens.
    pub(crate) fn begin(&mut self) {
        let config = self.config.clone();
        self.client.connect(config, self.now).expect("a connection");
        self.opens();
        self.run();
    }

    /// A connection is asked for, and the server takes it.
    pub(crate) fn connect(&mut self, session_present: bool) {
        self.begin();
        self.connack(session_present);
    }

    /// The server takes the connection.
    pub(crate) fn connack(&mut self, session_present: bool) {
        self.feed(&[Packet::ConnAck(ConnAck {
            session_present,
            reason: ReasonCode::SUCCESS,
            properties: Properties::default(),
        })]);
    }

    /// These packets come, in one chunk.
    pub(crate) fn feed(&mut self, packets: &[Packet<'_>]) {
        self.take(packets);
        self.run();
    }

    /// As [`Self::feed`], and nothing is done about it yet: the turn goes on.
    pub(crate) fn take(&mut self, packets: &[Packet<'_>]) {
        let chunk: Vec<u8> = packets
            .iter()
            .flat_map(|packet| encode(self.version, packet))
            .collect();
        self.client.handle_bytes(&chunk, self.now);
    }

    /// A message is accepted, and nothing is done about it yet.
    pub(crate) fn accept(&mut self, payload: &str, qos: QoS) -> Token {
        let accepted = self.client.publish(message(payload, qos), self.now);
        accepted.expect("accepted")
    }

    /// A message is published.
    pub(crate) fn publish(&mut self, payload: &str, qos: QoS) -> Token {
        let token = self.accept(payload, qos);
        self.run();
        token
    }

    /// The application answers what it was asked.
    pub(crate) fn decide(&mut self, seq: u64, republish: bool) {
        self.client.decide(seq, republish, self.now);
        self.run();
    }

    /// The link breaks.
    pub(crate) fn cut(&mut self) {
        self.client.handle_closed(None, self.now);
        self.run();
    }

    /// Time goes on to the next deadline; false if there is none.
    pub(crate) fn pass_deadline(&mut self) -> bool {
        let Some(at) = self.client.deadline() else {
            return false;
        };
        self.now = self.now.max(at);
        self.client.handle_timeout(self.now);
        self.run();
        true
    }

    /// How many packets have left whose names begin so.
    pub(crate) fn count(&self, name: &str) -> usize {
        self.left.iter().filter(|l| l.starts_with(name)).count()
    }

    /// How often the application was told that the message of `token` is lost.
    pub(crate) fn losses(&self, token: Token) -> usize {
        let mine = |e: &&Event| matches!(e, Event::MessageLost(l) if l.token == Some(token));
        self.events.iter().filter(mine).count()
    }

    /// What the application was asked to decide, in order.
    pub(crate) fn asked(&self) -> Vec<u64> {
        let asked = self.events.iter().filter_map(|event| match event {
            Event::Undecided { seq, .. } => Some(*seq),
            _ => None,
        });
        asked.collect()
    }
}

/// A message from the server, at QoS 2.
pub(crate) fn arrives(number: u16, payload: &[u8]) -> Packet<'_> {
    publish(number, false, payload)
}

/// As [`arrives`], for the second time.
pub(crate) fn repeated(number: u16, payload: &[u8]) -> Packet<'_> {
    publish(number, true, payload)
}

fn publish(number: u16, dup: bool, payload: &[u8]) -> Packet<'_> {
    Packet::Publish(Publish {
        dup,
        qos: QoS::ExactlyOnce,
        retain: false,
        topic: "t",
        packet_id: Some(id(number)),
        properties: Properties::default(),
        payload,
    })
}

/// The server lets go of its message.
pub(crate) fn released(number: u16) -> Packet<'static> {
    Packet::PubRel(Ack::new(id(number), ReasonCode::SUCCESS))
}
