//! The machine, with a server, a store, a clock and a caller that may do anything at any time.
//!
//! First byte: the version, whether the session is durable, and what the connection is made with; then one operation after
//! the other. The server is no server: it says whatever packets the input says. So nothing is asked of what becomes of a
//! message but that its caller is told once, that storage knows what the server is told, that all that is sent can
//! be read, and that what is held can be saved.

use mqtt_mooring::client::config::{Config, ReconnectPolicy, WhenSessionLost};
use mqtt_mooring::client::output::{Event, Output, Ticket};
use mqtt_mooring::client::{Client, OutboxLimits, PublishRequest, State, WhenFull};
use mqtt_mooring::codec::{
    Ack, Auth, ConnAck, Disconnect, Packet, PacketId, Properties, Property, PropertySet, Publish,
    ReasonCode, SubAck, SubscriptionOptions, UnsubAck, Version,
};
use mqtt_mooring::session::journal::{Change, RecordName};
use mqtt_mooring::session::snapshot;
use mqtt_mooring::storage::StorageError;

use super::bytes::Bytes;
use super::memory::within;
use crate::durable_support::{Disk, Flight};
use crate::support::{ID, Ledger, Pieces, QOS, START, VERSIONS, decode, encoded, properties};

/// The most operations: one that is longer says nothing that a shorter one does not.
const LENGTH: usize = 400;

/// What one operation may come to hold: its event, the copies of its message, its record and the picture of it.
const EACH: usize = 8_192;

pub fn run(data: &[u8]) {
    within(
        EACH * data.len().min(2 * LENGTH) + 20 * data.len() + 262_144,
        || {
            let mut bytes = Bytes(data);
            let mut machine = Machine::new(bytes.byte(), bytes.byte());
            for _ in 0..LENGTH {
                if bytes.is_empty() {
                    break;
                }
                machine.take(&mut bytes);
                machine.check();
            }
            machine.close();
        },
    );
}

struct Machine {
    version: Version,
    durable: bool,
    config: Config,
    client: Client,
    now: u64,
    ledger: Ledger,
    tickets: Vec<Ticket>,
    undecided: Vec<u64>,
    saves: Vec<String>,
    asked: Vec<u64>,
    published: usize,
    disk: Disk,
    batch: Option<(u64, Vec<Change>)>,
    clients: u64,
    /// The application was told of the connection there is.
    connected: bool,
    /// CONNECT was sent on it.
    greeted: bool,
}

impl Machine {
    fn new(how: u8, with: u8) -> Self {
        let version = VERSIONS[usize::from(how % 2)];
        let five = version == Version::V5;
        let policies = [
            WhenSessionLost::RepublishQos1,
            WhenSessionLost::Republish,
            WhenSessionLost::Discard,
            WhenSessionLost::Ask,
        ];
        let config = Config {
            version,
            client_id: ID.into(),
            clean_session: false,
            keep_alive: if with & 1 == 0 { 10 } else { 0 },
            receive_maximum: (five && with & 2 != 0).then_some(3),
            topic_alias_maximum: if five { 2 } else { 0 },
            resume_without_state: with & 4 != 0,
            republish_interval: if five || with & 8 == 0 { 0 } else { 700 },
            manual_ack: with & 16 != 0,
            inflight_window: (with & 32 != 0).then_some(2),
            when_session_lost: policies[usize::from(with >> 6)],
            reconnect: (how & 4 != 0).then(ReconnectPolicy::default),
            ..Config::default()
        };
        let mut machine = Self {
            version,
            durable: how & 2 != 0,
            config,
            client: Client::new(5),
            now: START,
            ledger: Ledger::default(),
            tickets: Vec::new(),
            undecided: Vec::new(),
            saves: vec![String::new()],
            asked: Vec::new(),
            published: 0,
            disk: Disk::default(),
            batch: None,
            clients: 5,
            connected: false,
            greeted: false,
        };
        machine.recover();
        machine
    }

    /// A page begins.
    fn recover(&mut self) {
        if self.durable {
            let records = self.disk.read();
            let recovered = self.client.recover(&records, ID, self.version);
            assert_eq!(recovered.expect("written here").bad, []);
            let inherited = self.client.inherited();
            self.asked.extend(inherited.iter().map(|i| i.token));
        }
        self.drain(&[]);
    }

    /// A page dies.
    fn crash(&mut self) {
        self.clients += 1;
        (self.connected, self.greeted) = (false, false);
        self.client = Client::new(self.clients);
        self.ledger = Ledger::default();
        self.tickets.clear();
        self.undecided.clear();
        self.asked.clear();
        self.batch = None;
        self.recover();
    }

    fn drain(&mut self, chunk: &[u8]) {
        let mut closed = false;
        while let Some(output) = self.client.poll_output() {
            match output {
                Output::Deliver(delivery) => {
                    let topic = delivery.topic.bytes(chunk);
                    assert!(!topic.is_empty() && std::str::from_utf8(topic).is_ok());
                    let list = delivery.properties.bytes(chunk);
                    assert!(Properties::parse(PropertySet::Publish, list).is_ok());
                    assert!(delivery.payload.bytes(chunk).len() < 1024);
                    self.tickets.extend(delivery.ticket);
                }
                Output::Event(event) => {
                    if let Event::Undecided { seq, .. } = &event {
                        self.undecided.push(*seq);
                    }
                    self.connected |= matches!(event, Event::Connected(_));
                    if matches!(event, Event::Disconnected(_)) {
                        (self.connected, self.greeted) = (false, false);
                    }
                    self.ledger.note(event);
                }
                Output::Transmit(bytes) => {
                    assert!(!closed, "bytes after Close");
                    // A PINGREQ depends on nothing.
                    assert!(
                        self.batch.is_none() || bytes == [0xC0, 0],
                        "{bytes:?} before storage has answered"
                    );
                    for packet in Pieces::default().split(&bytes) {
                        self.leaves(&packet);
                    }
                }
                Output::Close | Output::Reopen => {
                    closed = true;
                    self.greeted = false;
                }
                Output::Open(_) => {}
                Output::Persist { batch, changes } => {
                    assert!(self.durable, "nobody asked for that");
                    assert!(self.batch.is_none(), "two batches");
                    self.batch = Some((batch, changes));
                }
            }
        }
        assert!(self.client.poll_output().is_none());
    }

    /// All that is sent can be read, and storage knows of it.
    fn leaves(&mut self, packet: &[u8]) {
        let is_connect = packet[0] == 0x10;
        assert_ne!(self.greeted, is_connect, "CONNECT comes first, and once");
        self.greeted |= is_connect;
        let stored = |see: &dyn Fn(&crate::durable_support::View)| {
            if self.durable {
                see(&self.disk.view(self.version));
            }
        };
        decode(self.version, packet, |packet| match packet {
            Packet::Publish(publish) => {
                if let Some(id) = publish.packet_id {
                    let flight = Some((id.get(), Flight::Unconfirmed));
                    stored(&|view| assert_eq!(view.flight(publish.topic), flight));
                }
            }
            Packet::PubRec(ack) if !ack.reason.is_failure() => {
                stored(&|view| assert!(view.incoming.contains_key(&ack.packet_id.get())));
            }
            Packet::PubComp(ack) => {
                stored(&|view| assert!(!view.incoming.contains_key(&ack.packet_id.get())));
            }
            _ => {}
        });
    }

    fn feed(&mut self, bytes: &[u8]) {
        self.client.handle_bytes(bytes, self.now);
        self.drain(bytes);
    }

    fn take(&mut self, bytes: &mut Bytes<'_>) {
        let now = self.now;
        match bytes.byte() % 40 {
            0 => {
                let mut config = self.config.clone();
                let how = bytes.byte();
                config.clean_session = how % 8 == 7;
                let _ = self.client.connect(config, now);
            }
            1 | 2 => self.client.handle_opened(now),
            3 => self
                .client
                .handle_closed((bytes.flag()).then_some(1006), now),
            4 => match bytes.byte() % 4 {
                0 => self.client.handle_unopenable(now),
                1 => self.client.handle_text(now),
                _ => self.client.handle_closed(None, now),
            },
            5 => {
                self.now += u64::from(bytes.number());
                self.client.handle_timeout(self.now);
            }
            6 => {
                // A clock may be set back.
                self.now -= u64::from(bytes.byte());
                self.client.handle_timeout(self.now);
            }
            7 => {
                if let Some(at) = self.client.deadline() {
                    self.now = self.now.max(at);
                }
                self.client.handle_timeout(self.now);
            }
            8 => {
                let length = usize::from(bytes.byte());
                return self.feed(bytes.take(length));
            }
            9..=17 => {
                if let Some(packet) = self.packet(bytes) {
                    match bytes.byte() % 4 {
                        0 => {
                            let (front, back) = packet.split_at(packet.len() / 2);
                            self.feed(front);
                            return self.feed(back);
                        }
                        _ => return self.feed(&packet),
                    }
                }
            }
            // There are no handlers before they are told.
            18 if self.connected => self.client.connected_handlers_returned(now),
            19 | 20 if self.connected => self.client.connected_handlers_settled(now),
            21..=23 => self.publish(bytes),
            24 => {
                let filter = ["a", "b/#", "c/+"][usize::from(bytes.byte() % 3)];
                let filter = [(filter, SubscriptionOptions::qos(QOS[1]))];
                self.asked.extend(self.client.subscribe(&filter, &[], now));
            }
            25 => {
                let filter = ["a", "b/#", "c/+"][usize::from(bytes.byte() % 3)];
                self.asked
                    .extend(self.client.unsubscribe(&[filter], &[], now));
            }
            26 => {
                let which = usize::from(bytes.byte());
                if let Some(ticket) = self.tickets.get(which % self.tickets.len().max(1)) {
                    match which % 8 {
                        7 => self.client.not_taken(*ticket),
                        _ => self.client.handled(*ticket, now),
                    }
                }
            }
            27 => drop(self.client.disconnect(&Default::default(), now)),
            28 => {
                self.saves.truncate(3);
                self.saves.push(self.client.save(now));
            }
            29 => {
                let saved = &self.saves[usize::from(bytes.byte()) % self.saves.len()];
                let _ = self.client.restore(saved, ID, self.version, now);
            }
            30 | 31 => self.store(bytes),
            32 => self.client.rewrite(),
            33 => self
                .client
                .set_backlog(u64::from(bytes.byte()) * 16_384, now),
            34 => match bytes.byte() % 6 {
                0 => self.client.set_online(false, now),
                1 => self.client.set_online(true, now),
                2 => self.client.set_back_pressure(true),
                3 => self.client.set_back_pressure(false),
                4 => self.client.hasten(now),
                _ => self.client.retry(now),
            },
            35 => {
                let open = |token: &&u64| self.ledger.is_open(**token);
                let open: Vec<u64> = self.asked.iter().filter(open).copied().collect();
                let which = usize::from(bytes.byte());
                if let Some(token) = open.get(which % open.len().max(1)) {
                    match which % 2 {
                        0 => self.client.cancel(*token, now),
                        _ => self.client.set_deadline(*token, now + 50 * which as u64),
                    }
                }
            }
            36 => {
                if let Some(seq) = self.undecided.pop() {
                    self.client.decide(seq, bytes.flag(), now);
                }
            }
            37 => {
                let how = bytes.byte();
                self.client.set_outbox_limits(OutboxLimits {
                    messages: usize::from(how % 8),
                    bytes: 16 * usize::from(how),
                    when_full: if how & 1 == 0 {
                        WhenFull::Reject
                    } else {
                        WhenFull::DropOldest
                    },
                    queue_qos0: how & 2 != 0,
                });
            }
            38 => match bytes.byte() % 8 {
                0 if !self.durable => drop(self.client.discard()),
                1 => self.client.set_tracing(true),
                2 => self.client.hand_over_again(now),
                _ => {}
            },
            _ => {
                if bytes.byte().is_multiple_of(4) {
                    return self.crash();
                }
            }
        }
        self.drain(&[]);
    }

    fn publish(&mut self, bytes: &mut Bytes<'_>) {
        let (how, length) = (bytes.byte(), usize::from(bytes.byte()));
        let expiry = encoded(&[Property::MessageExpiryInterval(u32::from(how / 8))]);
        let topic = format!("t/{}", self.published);
        self.published += 1;
        let request = PublishRequest {
            topic: &topic,
            payload: bytes.take(length),
            qos: QOS[usize::from(how % 3)],
            retain: how & 64 != 0,
            properties: match self.version {
                Version::V5 if how & 4 != 0 => &expiry,
                _ => &[],
            },
            key: (how & 128 != 0).then_some("key"),
        };
        self.asked.extend(self.client.publish(request, self.now));
    }

    /// Storage answers the batch that is out: it did all, or had no room for some, or failed at one and did
    /// nothing more.
    fn store(&mut self, bytes: &mut Bytes<'_>) {
        let Some((number, changes)) = self.batch.take() else {
            return;
        };
        let how = bytes.byte();
        let error = match how % 8 {
            0..=4 => None,
            5 | 6 => Some(StorageError::Full { needed: 9 }),
            _ => Some(StorageError::Failed),
        };
        let mut failed = Vec::new();
        let mut over = false;
        for (index, change) in changes.iter().enumerate() {
            let hit = how >> 3 & 1 << (index % 5) != 0;
            match error {
                Some(error) if over || hit => {
                    let half_done = !over && error == StorageError::Failed && how & 128 != 0;
                    if half_done {
                        self.disk.apply(change).expect("room");
                    }
                    over |= error == StorageError::Failed || change.name() == RecordName::Meta;
                    failed.push((change.name(), error));
                }
                _ => self.disk.apply(change).expect("room"),
            }
        }
        self.client.not_persisted(number, &failed, self.now);
    }

    /// A packet that can be read; whether it is in place is another question.
    fn packet(&self, bytes: &mut Bytes<'_>) -> Option<Vec<u8>> {
        let five = self.version == Version::V5;
        let (which, number, a, b) = (bytes.byte(), bytes.byte(), bytes.byte(), bytes.byte());
        // Mostly one that is in use.
        let in_use: Vec<PacketId> = self.client.in_flight().map(|(id, _)| id).collect();
        let requests: Vec<PacketId> = self.client.unacknowledged().collect();
        let known = |ids: &[PacketId]| ids.get(usize::from(number) % ids.len().max(1)).copied();
        let own = PacketId::new(u16::from(number % 6) + 1).expect("above 0");
        let ours = known(&in_use).filter(|_| number < 200).unwrap_or(own);
        let reason = match (five, a % 8) {
            (true, 0) => ReasonCode(0x80),
            (true, 1) => ReasonCode(0x91),
            (true, 2) => ReasonCode(0x92),
            _ => ReasonCode::SUCCESS,
        };
        let alias = encoded(&[Property::TopicAlias(u16::from(a % 3) + 1)]);
        let list: &[u8] = if five && b.is_multiple_of(4) {
            &alias
        } else {
            &[]
        };
        let limits = [
            Property::ReceiveMaximum(u16::from(b % 3) + 1),
            Property::MaximumPacketSize(20 + u32::from(a)),
            Property::MaximumQos(a % 2),
            Property::SessionExpiryInterval(u32::from(a)),
            Property::ServerKeepAlive(u16::from(a)),
        ];
        let limits = encoded(limits.get(usize::from(b / 8) % 6..).unwrap_or_default());
        let method = encoded(&[Property::AuthenticationMethod("m")]);
        let codes = [a % 3];
        let qos = QOS[usize::from(a) % 3];
        let packet = match which % 16 {
            0 | 1 => Packet::ConnAck(ConnAck {
                session_present: b.is_multiple_of(2),
                reason: if a == 255 {
                    ReasonCode(if five { 0x88 } else { 3 })
                } else {
                    ReasonCode::SUCCESS
                },
                properties: match five {
                    true => properties(PropertySet::ConnAck, &limits),
                    false => Properties::default(),
                },
            }),
            2..=5 => Packet::Publish(Publish {
                dup: qos != QOS[0] && b.is_multiple_of(3),
                qos,
                retain: b.is_multiple_of(5),
                topic: if list.is_empty() || b % 8 == 4 {
                    "in"
                } else {
                    ""
                },
                packet_id: (qos != QOS[0]).then_some(own),
                properties: properties(PropertySet::Publish, list),
                payload: &[b],
            }),
            6 => Packet::PubAck(Ack::new(ours, reason)),
            7 | 8 => Packet::PubRec(Ack::new(ours, reason)),
            9 | 10 => Packet::PubRel(Ack::new(own, ReasonCode::SUCCESS)),
            11 => Packet::PubComp(Ack::new(ours, ReasonCode::SUCCESS)),
            12 => Packet::SubAck(SubAck {
                packet_id: known(&requests).unwrap_or(own),
                properties: Properties::default(),
                codes: &codes,
            }),
            13 => Packet::UnsubAck(UnsubAck {
                packet_id: known(&requests).unwrap_or(own),
                properties: Properties::default(),
                codes: if five { &[0] } else { &[] },
            }),
            14 => Packet::PingResp,
            _ if a.is_multiple_of(2) => Packet::Disconnect(Disconnect::new(ReasonCode(0x8B))),
            _ => Packet::Auth(Auth {
                reason: ReasonCode::CONTINUE_AUTHENTICATION,
                properties: properties(PropertySet::Auth, &method),
            }),
        };
        let mut bytes = Vec::new();
        packet.encode(self.version, &mut bytes).ok().map(|()| bytes)
    }

    /// What must hold after every operation.
    fn check(&self) {
        for (token, told) in &self.ledger.outcomes {
            assert_eq!(told.len(), 1, "{token}: {told:?}");
            assert!(self.asked.contains(token), "{token} was never given");
        }
        let held = self.client.in_flight().len();
        assert!(usize::from(self.client.packet_ids_in_use()) >= held);
        if self.client.state() == State::Disconnected {
            assert_eq!(self.client.unacknowledged().count(), 0);
        }
        let saved = self.client.save(self.now);
        let read = snapshot::restore(&saved).expect("what was saved");
        assert_eq!(snapshot::save(&read.session, self.now), saved);
    }

    /// A clean start closes every account.
    fn close(&mut self) {
        let finished = self.durable || self.config.when_session_lost == WhenSessionLost::Ask;
        let _ = self.client.disconnect(&Default::default(), self.now);
        self.drain(&[]);
        self.client.handle_closed(None, self.now);
        self.drain(&[]);
        if finished {
            return;
        }
        self.client.set_online(true, self.now);
        self.config.clean_session = true;
        self.config.reconnect = None;
        self.config.inflight_window = None;
        let _ = self.client.connect(self.config.clone(), self.now);
        self.client.handle_opened(self.now);
        self.drain(&[]);
        let connack = self.packet(&mut Bytes(&[0, 0, 0, 41])).expect("a CONNACK");
        self.feed(&connack);
        self.client.connected_handlers_settled(self.now);
        self.drain(&[]);
        self.client.handle_closed(None, self.now);
        self.drain(&[]);
        for token in &self.asked {
            assert!(!self.ledger.is_open(*token), "{token} was told nothing");
        }
        assert_eq!(self.client.packet_ids_in_use(), 0);
    }
}
