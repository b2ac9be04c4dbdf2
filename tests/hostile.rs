//! Anything, in any order, at any time: nothing panics, nothing grows without bound, every caller hears
//! exactly once, and an honest server afterwards still gets everything exactly once.
#![cfg(not(target_arch = "wasm32"))]

mod support;

use mqtt_mooring::client::output::{Output, Ticket};
use mqtt_mooring::client::{Client, State};
use mqtt_mooring::codec::{
    Ack, Auth, ConnAck, Disconnect, Packet, PacketId, Properties, Property, PropertySet, Publish,
    QoS, ReasonCode, SubAck, SubscriptionOptions, UnsubAck, Version,
};
use proptest::prelude::*;
use support::*;

/// One thing that happens to the machine.
#[derive(Clone, Debug)]
enum Step {
    Connect {
        clean: bool,
    },
    Opened,
    Closed,
    Text,
    Pass(u32),
    Back(u32),
    Raw(Vec<u8>),
    /// A valid packet: (which, packet identifier, two more numbers).
    Packet(u8, u16, u8, u8),
    /// As `Packet`, cut in two.
    Halves(u8, u16, u8, u8),
    Returned,
    Settled,
    Publish(u8, u8),
    Subscribe,
    Unsubscribe,
    Handled(u8),
    Disconnect,
    Save,
    Restore(u8),
    Discard,
}

fn any_step() -> impl Strategy<Value = Step> {
    let packet = || (0..16u8, 0..6u16, any::<u8>(), any::<u8>());
    prop_oneof![
        3 => any::<bool>().prop_map(|clean| Step::Connect { clean }),
        3 => Just(Step::Opened),
        1 => Just(Step::Closed),
        1 => Just(Step::Text),
        2 => (0..100_000u32).prop_map(Step::Pass),
        1 => (0..100_000u32).prop_map(Step::Back),
        1 => proptest::collection::vec(any::<u8>(), 0..40).prop_map(Step::Raw),
        24 => packet().prop_map(|(a, b, c, d)| Step::Packet(a, b, c, d)),
        3 => packet().prop_map(|(a, b, c, d)| Step::Halves(a, b, c, d)),
        3 => Just(Step::Returned),
        4 => Just(Step::Settled),
        10 => (0..3u8, any::<u8>()).prop_map(|(a, b)| Step::Publish(a, b)),
        2 => Just(Step::Subscribe),
        2 => Just(Step::Unsubscribe),
        3 => any::<u8>().prop_map(Step::Handled),
        1 => Just(Step::Disconnect),
        1 => Just(Step::Save),
        2 => any::<u8>().prop_map(Step::Restore),
        1 => Just(Step::Discard),
    ]
}

/// A packet that can be read; whether it is in place is another question.
fn packet(version: Version, which: u8, number: u16, a: u8, b: u8) -> Option<Vec<u8>> {
    let five = version == Version::V5;
    let packet_id = PacketId::new(number + 1).expect("above 0");
    let reason = match (five, a % 4) {
        (true, 0) => ReasonCode(0x80),
        (true, 1) => ReasonCode(0x92),
        _ => ReasonCode::SUCCESS,
    };
    let ack = Ack::new(packet_id, reason);
    let alias = encoded(&[Property::TopicAlias(u16::from(a % 3) + 1)]);
    let expiry = encoded(&[Property::MessageExpiryInterval(u32::from(a))]);
    let text = encoded(&[Property::PayloadFormatIndicator(1)]);
    let list: &[u8] = match (five, b % 4) {
        (true, 0) => &alias,
        (true, 1) => &expiry,
        (true, 2) => &text,
        _ => &[],
    };
    let limits = [
        Property::TopicAliasMaximum(u16::from(b % 3)),
        Property::ReceiveMaximum(u16::from(b % 3) + 1),
        Property::MaximumPacketSize(20 + u32::from(a)),
        Property::MaximumQos(a % 2),
        Property::SessionExpiryInterval(u32::from(a)),
        Property::ServerKeepAlive(u16::from(a)),
    ];
    let limits = encoded(limits.get(usize::from(b) % 7..).unwrap_or_default());
    let connack = if five { limits.as_slice() } else { &[] };
    let codes = [a % 3];
    let qos = QOS[usize::from(a) % 3];
    let method = encoded(&[Property::AuthenticationMethod("m")]);
    let packet = match which {
        0 | 1 => Packet::ConnAck(ConnAck {
            session_present: b.is_multiple_of(2),
            reason: ReasonCode::SUCCESS,
            properties: properties(PropertySet::ConnAck, connack),
        }),
        2..=5 => Packet::Publish(Publish {
            dup: qos != QoS::AtMostOnce && b.is_multiple_of(3),
            qos,
            retain: b.is_multiple_of(5),
            topic: if five && b.is_multiple_of(8) { "" } else { "t" },
            packet_id: (qos != QoS::AtMostOnce).then_some(packet_id),
            properties: Properties::parse(PropertySet::Publish, list).expect("properties"),
            payload: &[b],
        }),
        6 => Packet::PubAck(ack),
        7 | 8 => Packet::PubRec(ack),
        9 | 10 => Packet::PubRel(ack),
        11 => Packet::PubComp(ack),
        12 => Packet::SubAck(SubAck {
            packet_id,
            properties: Default::default(),
            codes: &codes,
        }),
        13 => Packet::UnsubAck(UnsubAck {
            packet_id,
            properties: Default::default(),
            codes: if five { &codes[..1] } else { &[] },
        }),
        14 => Packet::PingResp,
        _ if a.is_multiple_of(2) => Packet::Disconnect(Disconnect::new(ReasonCode::SUCCESS)),
        _ => Packet::Auth(Auth {
            reason: ReasonCode::CONTINUE_AUTHENTICATION,
            properties: properties(PropertySet::Auth, &method),
        }),
    };
    let mut bytes = Vec::new();
    packet.encode(version, &mut bytes).ok().map(|()| bytes)
}

/// The machine with what a driver keeps, without a server.
struct Lone {
    version: Version,
    client: Client,
    now: u64,
    ledger: Ledger,
    tickets: Vec<Ticket>,
    saves: Vec<String>,
    asked: Vec<u64>,
    sent: usize,
}

impl Lone {
    fn new(version: Version) -> Self {
        Self {
            version,
            client: Client::new(5),
            now: START,
            ledger: Ledger::default(),
            tickets: Vec::new(),
            saves: vec![String::new()],
            asked: Vec::new(),
            sent: 0,
        }
    }

    fn drain(&mut self, chunk: &[u8]) {
        let mut closed = false;
        while let Some(output) = self.client.poll_output() {
            match output {
                Output::Deliver(delivery) => {
                    assert!(std::str::from_utf8(delivery.topic.bytes(chunk)).is_ok());
                    assert!(!delivery.topic.bytes(chunk).is_empty());
                    let list = delivery.properties.bytes(chunk);
                    assert!(Properties::parse(PropertySet::Publish, list).is_ok());
                    assert_eq!(delivery.payload.bytes(chunk).len(), 1);
                    self.tickets.extend(delivery.ticket);
                }
                Output::Event(event) => self.ledger.note(event),
                Output::Transmit(bytes) => {
                    assert!(!closed, "bytes after Close");
                    // All that is said can be read.
                    self.sent += Pieces::default().split(&bytes).len();
                }
                Output::Close => closed = true,
                Output::Open(_) => {}
                Output::Persist { .. } | Output::Reopen => panic!("nothing is durable here"),
            }
        }
        assert!(self.client.poll_output().is_none());
    }

    fn bytes(&mut self, bytes: &[u8]) {
        self.client.handle_bytes(bytes, self.now);
        self.drain(bytes);
    }

    fn take(&mut self, step: Step) {
        let now = self.now;
        let version = self.version;
        match step {
            Step::Connect { clean } => {
                let mut config = config(version);
                config.clean_session = clean;
                config.keep_alive = 10;
                config.receive_maximum = Some(3);
                config.topic_alias_maximum = 2;
                config.automatic_topic_aliases = true;
                self.client.set_payload_check(true);
                config.resume_without_state = true;
                if version == Version::V311 {
                    config.republish_interval = 700;
                }
                let _ = self.client.connect(config, now);
            }
            Step::Opened => self.client.handle_opened(now),
            Step::Closed => self.client.handle_closed(None, now),
            Step::Text => self.client.handle_text(now),
            Step::Pass(milliseconds) => {
                self.now += u64::from(milliseconds);
                self.client.handle_timeout(self.now);
            }
            Step::Back(milliseconds) => {
                self.now -= u64::from(milliseconds);
                self.client.handle_timeout(self.now);
            }
            Step::Raw(bytes) => return self.bytes(&bytes),
            Step::Packet(which, number, a, b) => {
                if let Some(bytes) = packet(version, which, number, a, b) {
                    self.bytes(&bytes);
                }
            }
            Step::Halves(which, number, a, b) => {
                if let Some(bytes) = packet(version, which, number, a, b) {
                    let (front, back) = bytes.split_at(bytes.len() / 2);
                    self.bytes(front);
                    self.bytes(back);
                }
            }
            Step::Returned => self.client.connected_handlers_returned(now),
            Step::Settled => self.client.connected_handlers_settled(now),
            Step::Publish(qos, byte) => {
                let expiry = encoded(&[Property::MessageExpiryInterval(u32::from(byte % 50))]);
                let alias = encoded(&[Property::TopicAlias(u16::from(byte % 4) + 1)]);
                let mut request = message("x", QOS[usize::from(qos)]);
                match (version, byte % 3) {
                    (Version::V5, 0) => request.properties = &expiry,
                    (Version::V5, 1) => request.properties = &alias,
                    _ => {}
                }
                self.asked.extend(self.client.publish(request, now));
            }
            Step::Subscribe => {
                let filter = [("a", SubscriptionOptions::qos(QoS::AtLeastOnce))];
                self.asked.extend(self.client.subscribe(&filter, &[], now));
            }
            Step::Unsubscribe => {
                self.asked.extend(self.client.unsubscribe(&["a"], &[], now));
            }
            Step::Handled(which) => {
                if let Some(ticket) = self
                    .tickets
                    .get(usize::from(which) % self.tickets.len().max(1))
                {
                    self.client.handled(*ticket, now);
                }
            }
            Step::Disconnect => {
                let _ = self.client.disconnect(&Default::default(), now);
            }
            Step::Save => self.saves.push(self.client.save(now)),
            Step::Restore(which) => {
                let saved = self.saves[usize::from(which) % self.saves.len()].clone();
                let _ = self.client.restore(&saved, ID, version, now);
            }
            Step::Discard => {
                let _ = self.client.discard();
            }
        }
        self.drain(&[]);
    }

    /// What must hold after every step.
    fn check(&self) {
        let open = |token: &&u64| self.ledger.is_open(**token);
        for (token, told) in &self.ledger.outcomes {
            assert_eq!(told.len(), 1, "{token}: {told:?}");
            assert!(self.asked.contains(token), "{token} was never given");
        }
        // Twice the Receive Maximum, whatever the server sends and however often it comes back.
        assert!(self.client.incoming().len() <= 6);
        // Each message held has an identifier of its own, and no identifier is lost.
        let requests = usize::from(self.client.packet_ids_in_use()) - self.client.in_flight().len();
        assert!(requests <= self.asked.iter().filter(open).count());
        if self.client.state() == State::Disconnected {
            assert_eq!(requests, 0);
            assert_eq!(self.client.deadline(), None);
            assert_eq!(self.client.unacknowledged().count(), 0);
        }
        let saved = self.client.save(self.now);
        let read = mqtt_mooring::session::snapshot::restore(&saved).expect("what was saved");
        assert_eq!(
            mqtt_mooring::session::snapshot::save(&read.session, self.now),
            saved
        );
    }
}

proptest! {
    #[test]
    fn anything_in_any_order_never_panics_and_tells_every_caller_once(
        five in any::<bool>(),
        steps in proptest::collection::vec(any_step(), 1..120),
    ) {
        let version = if five { Version::V5 } else { Version::V311 };
        let mut lone = Lone::new(version);
        // Most of the time there is something to be hostile to.
        for step in [Step::Connect { clean: false }, Step::Opened, Step::Packet(0, 0, 0, 1), Step::Settled] {
            lone.take(step);
        }
        for step in steps {
            lone.take(step);
            lone.check();
        }
        // A clean start closes every account.
        lone.take(Step::Disconnect);
        lone.take(Step::Closed);
        lone.take(Step::Connect { clean: true });
        lone.take(Step::Opened);
        lone.take(Step::Packet(0, 0, 0, 5));
        lone.take(Step::Settled);
        lone.take(Step::Closed);
        for token in &lone.asked {
            prop_assert!(!lone.ledger.is_open(*token), "{} of {:?}", token, lone.ledger.outcomes);
        }
        prop_assert_eq!(lone.client.packet_ids_in_use(), 0);
    }

    #[test]
    fn random_bytes_at_any_phase_never_panic(
        five in any::<bool>(),
        phase in 0..4u8,
        chunks in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..60), 1..10),
    ) {
        let version = if five { Version::V5 } else { Version::V311 };
        let mut lone = Lone::new(version);
        let steps = [Step::Connect { clean: false }, Step::Opened, Step::Packet(0, 0, 0, 1), Step::Settled];
        for step in steps.into_iter().take(usize::from(phase) + 1) {
            lone.take(step);
        }
        for chunk in chunks {
            lone.client.handle_bytes(&chunk, lone.now);
            while lone.client.poll_output().is_some() {}
        }
        lone.take(Step::Settled);
    }
}

/// What an honest pair goes through.
#[derive(Clone, Debug)]
enum Fate {
    Publish(u8),
    FromServer(u8),
    Move(u8),
    Cut,
    Reload { ask_first: bool },
    Reconnect,
    HoldAcks(bool),
    ReceiveMaximum(u16),
    Pass(u16),
}

fn any_fate() -> impl Strategy<Value = Fate> {
    prop_oneof![
        6 => (1..3u8).prop_map(Fate::Publish),
        6 => (1..3u8).prop_map(Fate::FromServer),
        12 => (1..8u8).prop_map(Fate::Move),
        2 => Just(Fate::Cut),
        2 => any::<bool>().prop_map(|ask_first| Fate::Reload { ask_first }),
        3 => Just(Fate::Reconnect),
        2 => any::<bool>().prop_map(Fate::HoldAcks),
        1 => (1..4u16).prop_map(Fate::ReceiveMaximum),
        1 => any::<u16>().prop_map(Fate::Pass),
    ]
}

proptest! {
    #[test]
    fn whatever_befalls_an_honest_pair_every_message_arrives_exactly_once(
        five in any::<bool>(),
        method_b in any::<bool>(),
        chunk in 0..4usize,
        fates in proptest::collection::vec(any_fate(), 1..60),
    ) {
        let version = if five { Version::V5 } else { Version::V311 };
        let mut pair = Pair::new(version);
        pair.server.knobs.method_b = method_b;
        pair.chunk = chunk;
        pair.config.receive_maximum = five.then_some(2);
        pair.establish();
        let (mut out, mut back) = (0, 0);
        let connect = |pair: &mut Pair| {
            if pair.client.state() == State::Disconnected {
                pair.connect();
            }
        };
        for fate in fates {
            match fate {
                Fate::Publish(qos) => {
                    connect(&mut pair);
                    pair.send(&format!("{qos} {out}"), QOS[usize::from(qos)]);
                    out += 1;
                }
                Fate::FromServer(qos) => {
                    let text = format!("{qos} {back}");
                    pair.server.session_mut(ID).enqueue(to_client(&text, QOS[usize::from(qos)]));
                    back += 1;
                }
                Fate::Move(packets) => {
                    for _ in 0..packets {
                        pair.step();
                    }
                }
                Fate::Cut => {
                    if pair.client.state() != State::Disconnected {
                        pair.break_link();
                    }
                }
                Fate::Reload { ask_first } => {
                    // A page that has asked and not been answered still has the string it was to restore.
                    let settled = pair.client.state() == State::Connected
                        || pair.client.state() == State::Disconnected;
                    if !settled {
                        continue;
                    }
                    let saved = pair.client.save(pair.now);
                    pair.reload();
                    if ask_first && pair.client.outbox().len() == 0 {
                        pair.handler = Handler::RestoreIfPresent(saved);
                        pair.connect();
                        for _ in 0..2 {
                            pair.step();
                        }
                        prop_assert_eq!(pair.client.state(), State::Connected);
                    } else {
                        pair.client.restore(&saved, ID, version, pair.now).expect("just saved");
                        pair.drain(&[]);
                    }
                    pair.handler = Handler::Settle;
                }
                Fate::Reconnect => connect(&mut pair),
                Fate::HoldAcks(hold) => {
                    if hold {
                        pair.server.knobs.hold_acks = true;
                    } else {
                        pair.server.release_acks();
                    }
                }
                Fate::ReceiveMaximum(maximum) => {
                    // Said in the next CONNACK; held against the client from then on.
                    if five && pair.client.state() == State::Disconnected {
                        pair.server.knobs.connack = encoded(&[Property::ReceiveMaximum(maximum)]);
                        pair.server.knobs.receive_maximum = Some(maximum);
                    }
                }
                Fate::Pass(milliseconds) => pair.now += u64::from(milliseconds),
            }
        }
        connect(&mut pair);
        pair.server.release_acks();
        pair.run();
        for (arrived, count) in [(pair.server.payloads(), out), (pair.ledger.payloads(), back)] {
            for qos in 1..3 {
                let mut last = None;
                let mut seen = std::collections::BTreeSet::new();
                for text in arrived.iter().filter(|t| t.starts_with(&qos.to_string())) {
                    let number: u32 = text[2..].parse().expect("a number");
                    if seen.insert(number) {
                        prop_assert!(last < Some(number), "order: {:?}{}", arrived, pair.story());
                        last = Some(number);
                    } else {
                        prop_assert!(qos == 1, "{} twice{}", text, pair.story());
                    }
                }
            }
            let distinct: std::collections::BTreeSet<_> = arrived.iter().collect();
            prop_assert_eq!(distinct.len(), count, "lost: {:?}{}", &arrived, pair.story());
        }
        prop_assert_eq!(&pair.ledger.orphans, &vec![]);
        pair.assert_idle("at the end");
    }
}
