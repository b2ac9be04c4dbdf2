//! A server that answers packets, with knobs for its limits and its misdeeds. It panics when the
//! client breaks a rule that a server can see broken.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use mqtt_mooring::codec::{
    Ack, ConnAck, Connect, Packet, PacketId, PacketType, Property, PropertyBuffer, PropertySet,
    Publish, QoS, ReasonCode, SubAck, Subscribe, SubscriptionOptions, UnsubAck, Unsubscribe,
    Version,
};

use super::broker::{BrokerSession, Onward, ToClient};
use super::wire::{decode, encode};

/// What a CONNECT said.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct SeenConnect {
    pub(crate) clean_start: bool,
    pub(crate) keep_alive: u16,
    pub(crate) client_id: String,
    pub(crate) username: Option<String>,
    pub(crate) password: Option<Vec<u8>>,
    pub(crate) will: Option<SeenWill>,
    pub(crate) properties: Vec<u8>,
    pub(crate) session_expiry: u32,
    pub(crate) receive_maximum: u16,
}

/// What a will said.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct SeenWill {
    pub(crate) topic: String,
    pub(crate) payload: Vec<u8>,
    pub(crate) qos: QoS,
    pub(crate) retain: bool,
    pub(crate) properties: Vec<u8>,
}

/// How the server is set.
#[derive(Clone, Debug, Default)]
pub(crate) struct Knobs {
    /// CONNACK refuses with this.
    pub(crate) refuse: Option<ReasonCode>,
    /// CONNACK properties (MQTT 5), encoded.
    pub(crate) connack: Vec<u8>,
    /// Receive Maximum as said in `connack`, held against what the client does.
    pub(crate) receive_maximum: Option<u16>,
    /// CONNECT is not answered.
    pub(crate) deaf: bool,
    /// PINGREQ is not answered.
    pub(crate) no_pong: bool,
    /// Acknowledgements wait until [`Server::release_acks`].
    pub(crate) hold_acks: bool,
    /// QoS 2 goes onward at PUBLISH (method B of 3.1.1 §4.3.3) instead of at PUBREL (method A).
    pub(crate) method_b: bool,
    /// PUBACK and PUBREC say this (MQTT 5).
    pub(crate) publish_reason: Option<ReasonCode>,
    /// A repeated PUBLISH of QoS 2 is answered with Packet Identifier in use, as EMQX does (MQTT 5).
    pub(crate) in_use: bool,
    /// SUBACK and UNSUBACK say these, whatever was asked for.
    pub(crate) codes: Option<Vec<u8>>,
    /// SUBSCRIBE and UNSUBSCRIBE are not answered.
    pub(crate) no_suback: bool,
    /// Filters that SUBSCRIBE is not granted, and what SUBACK says of them.
    pub(crate) not_granted: Vec<(&'static str, ReasonCode)>,
}

/// The one connection a server has in these tests.
#[derive(Debug)]
struct Link {
    client_id: String,
    clean: bool,
    receive_maximum: u16,
    /// QoS 1 and 2 messages of the client that were not acknowledged on this connection.
    unacknowledged: BTreeSet<PacketId>,
    /// Requests that were not answered.
    requests: BTreeSet<PacketId>,
    /// What the client's topic aliases stand for.
    aliases: BTreeMap<u16, String>,
    disconnected: bool,
}

/// A server for one client at a time.
#[derive(Debug)]
pub(crate) struct Server {
    version: Version,
    pub(crate) knobs: Knobs,
    sessions: BTreeMap<String, BrokerSession>,
    link: Option<Link>,
    out: VecDeque<Vec<u8>>,
    held_acks: VecDeque<(PacketType, PacketId, Vec<u8>)>,
    pub(crate) onward: Vec<Onward>,
    pub(crate) connects: Vec<SeenConnect>,
    /// Reason code and properties of each DISCONNECT of the client.
    pub(crate) disconnects: Vec<(ReasonCode, Vec<u8>)>,
    /// The filters of each SUBSCRIBE, with the properties.
    pub(crate) subscribes: Vec<(Vec<String>, Vec<u8>)>,
    /// The options of each SUBSCRIBE, filter by filter.
    pub(crate) options: Vec<Vec<SubscriptionOptions>>,
    /// The filters of each UNSUBSCRIBE.
    pub(crate) unsubscribes: Vec<Vec<String>>,
    /// The most QoS 1 and 2 messages that were unacknowledged at once.
    pub(crate) most_unacknowledged: usize,
    pub(crate) pings: usize,
    /// The topic and the alias of every PUBLISH, as they came.
    pub(crate) named: Vec<(String, Option<u16>)>,
    /// Each PUBACK, PUBREC and PUBCOMP of the client: what it is, its reason and its properties.
    pub(crate) acks: Vec<(PacketType, ReasonCode, Vec<u8>)>,
    /// Every packet of the client: (kind, identifier, DUP).
    pub(crate) seen: Vec<(PacketType, Option<PacketId>, bool)>,
}

impl Server {
    /// A server without sessions.
    pub(crate) fn new(version: Version) -> Self {
        Self {
            version,
            knobs: Knobs::default(),
            sessions: BTreeMap::new(),
            link: None,
            out: VecDeque::new(),
            held_acks: VecDeque::new(),
            onward: Vec::new(),
            connects: Vec::new(),
            disconnects: Vec::new(),
            subscribes: Vec::new(),
            options: Vec::new(),
            unsubscribes: Vec::new(),
            most_unacknowledged: 0,
            pings: 0,
            named: Vec::new(),
            acks: Vec::new(),
            seen: Vec::new(),
        }
    }

    /// The payloads that went onward, in order.
    pub(crate) fn payloads(&self) -> Vec<String> {
        let text = |o: &Onward| String::from_utf8_lossy(&o.payload).into_owned();
        self.onward.iter().map(text).collect()
    }

    /// Everything it knew is gone, as after a disk failure.
    pub(crate) fn lose_sessions(&mut self) {
        self.sessions.clear();
    }

    /// The session of `client_id`.
    pub(crate) fn session(&self, client_id: &str) -> Option<&BrokerSession> {
        self.sessions.get(client_id)
    }

    /// As [`Self::session`], made if there is none.
    pub(crate) fn session_mut(&mut self, client_id: &str) -> &mut BrokerSession {
        let session = self.sessions.entry(client_id.into()).or_default();
        session.expiry = u32::MAX;
        session
    }

    /// A message for the connected client, sent as soon as flow control allows.
    pub(crate) fn send(&mut self, message: ToClient) {
        let client_id = &self.link.as_ref().expect("a connection").client_id;
        let session = self.sessions.get_mut(client_id).expect("its session");
        session.enqueue(message);
    }

    /// Sends these bytes, whatever they are.
    pub(crate) fn send_raw(&mut self, bytes: Vec<u8>) {
        self.out.push_back(bytes);
    }

    /// Sends `packet`, whether it is in place or not.
    pub(crate) fn send_packet(&mut self, packet: &Packet<'_>) {
        self.out.push_back(encode(self.version, packet));
    }

    /// Sends the acknowledgements that were held, and holds no more.
    pub(crate) fn release_acks(&mut self) {
        self.knobs.hold_acks = false;
        while self.release_ack() {}
    }

    /// Sends the oldest acknowledgement that was held.
    pub(crate) fn release_ack(&mut self) -> bool {
        self.release_ack_at(0)
    }

    /// Sends one of the acknowledgements that were held: a server may take its time with each.
    pub(crate) fn release_ack_at(&mut self, index: usize) -> bool {
        let Some((kind, id, bytes)) = self.held_acks.remove(index) else {
            return false;
        };
        self.settle(kind, id);
        self.out.push_back(bytes);
        true
    }

    /// How many acknowledgements are held.
    pub(crate) fn held_acks(&self) -> usize {
        self.held_acks.len()
    }

    /// The next packet for the client.
    pub(crate) fn next_packet(&mut self) -> Option<Vec<u8>> {
        if let Some(bytes) = self.out.pop_front() {
            return Some(bytes);
        }
        let link = self.link.as_ref()?;
        let session = self.sessions.get_mut(&link.client_id)?;
        session.next_packet(self.version, link.receive_maximum)
    }

    /// The connection is gone.
    pub(crate) fn closed(&mut self) {
        self.out.clear();
        self.held_acks.clear();
        let Some(link) = self.link.take() else { return };
        let ends = match self.version {
            Version::V311 => link.clean,
            Version::V5 => self
                .sessions
                .get(&link.client_id)
                .is_none_or(|s| s.expiry == 0),
        };
        if ends {
            self.sessions.remove(&link.client_id);
        }
    }

    /// Takes one packet of the client.
    pub(crate) fn handle(&mut self, bytes: &[u8]) {
        decode(self.version, bytes, |packet| self.take(packet));
    }

    fn take(&mut self, packet: Packet<'_>) {
        let kind = packet.packet_type();
        let (id, dup) = match &packet {
            Packet::Publish(p) => (p.packet_id, p.dup),
            Packet::PubAck(a) | Packet::PubRec(a) | Packet::PubRel(a) | Packet::PubComp(a) => {
                (Some(a.packet_id), false)
            }
            Packet::Subscribe(s) => (Some(s.packet_id), false),
            Packet::Unsubscribe(u) => (Some(u.packet_id), false),
            _ => (None, false),
        };
        self.seen.push((kind, id, dup));
        match &self.link {
            None => assert_eq!(kind, PacketType::Connect, "the first packet [MQTT-3.1.0-1]"),
            Some(link) => assert!(
                !link.disconnected,
                "{kind} after DISCONNECT [MQTT-3.14.4-1]"
            ),
        }
        match packet {
            Packet::Connect(connect) => self.connect(&connect),
            Packet::Publish(publish) => self.publish(&publish),
            Packet::PubRel(ack) => self.pubrel(ack.packet_id),
            Packet::PubAck(ack) | Packet::PubRec(ack) | Packet::PubComp(ack) => {
                let version = self.version;
                let said = ack.properties.as_bytes().to_vec();
                self.acks.push((kind, ack.reason, said));
                let answer = self.current().acknowledged(version, kind, &ack);
                self.out.extend(answer);
            }
            Packet::Subscribe(subscribe) => self.subscribe(&subscribe),
            Packet::Unsubscribe(unsubscribe) => self.unsubscribe(&unsubscribe),
            Packet::PingReq => {
                self.pings += 1;
                if !self.knobs.no_pong {
                    self.out.push_back(encode(self.version, &Packet::PingResp));
                }
            }
            Packet::Disconnect(disconnect) => {
                self.disconnects
                    .push((disconnect.reason, disconnect.properties.as_bytes().into()));
                let expiry = disconnect.properties.iter().find_map(|p| match p {
                    Property::SessionExpiryInterval(seconds) => Some(seconds),
                    _ => None,
                });
                if let Some(seconds) = expiry {
                    self.current().expiry = seconds;
                }
                self.link.as_mut().expect("a connection").disconnected = true;
            }
            other => panic!("a client must not send {}", other.packet_type()),
        }
    }

    fn connect(&mut self, connect: &Connect<'_>) {
        assert!(self.link.is_none(), "a second CONNECT [MQTT-3.1.0-2]");
        let mut session_expiry = 0;
        let mut receive_maximum = u16::MAX;
        for property in connect.properties.iter() {
            match property {
                Property::SessionExpiryInterval(n) => session_expiry = n,
                Property::ReceiveMaximum(n) => receive_maximum = n,
                _ => {}
            }
        }
        self.connects.push(SeenConnect {
            clean_start: connect.clean_start,
            keep_alive: connect.keep_alive,
            client_id: connect.client_id.into(),
            username: connect.username.map(Into::into),
            password: connect.password.map(Into::into),
            will: connect.will.map(|w| SeenWill {
                topic: w.topic.into(),
                payload: w.payload.into(),
                qos: w.qos,
                retain: w.retain,
                properties: w.properties.as_bytes().into(),
            }),
            properties: connect.properties.as_bytes().into(),
            session_expiry,
            receive_maximum,
        });
        if connect.clean_start {
            self.sessions.remove(connect.client_id);
        }
        let present = self.sessions.contains_key(connect.client_id);
        self.link = Some(Link {
            client_id: connect.client_id.into(),
            clean: connect.clean_start,
            receive_maximum,
            unacknowledged: BTreeSet::new(),
            requests: BTreeSet::new(),
            aliases: BTreeMap::new(),
            disconnected: false,
        });
        if self.knobs.deaf {
            return;
        }
        let properties = super::make::properties(PropertySet::ConnAck, &self.knobs.connack);
        let refuse = self.knobs.refuse;
        let packet = Packet::ConnAck(ConnAck {
            session_present: present && refuse.is_none(),
            reason: refuse.unwrap_or(ReasonCode::SUCCESS),
            properties,
        });
        let bytes = encode(self.version, &packet);
        self.out.push_back(bytes);
        if refuse.is_none() {
            let session = self.sessions.entry(connect.client_id.into()).or_default();
            session.expiry = session_expiry;
            session.connected();
        }
    }

    fn publish(&mut self, packet: &Publish<'_>) {
        let named = self.resolve(packet);
        let packet = &Publish {
            topic: &named,
            ..*packet
        };
        let link = self.link.as_mut().expect("a connection");
        if let Some(id) = packet.packet_id {
            let fresh = link.unacknowledged.insert(id);
            if self.version == Version::V5 {
                assert!(fresh, "PUBLISH {id} again on one connection [MQTT-4.4.0-1]");
            } else {
                assert!(fresh || packet.dup, "identifier {id} reused in flight");
            }
            assert!(
                !link.requests.contains(&id),
                "{id} is a request's [MQTT-2.2.1-3]"
            );
            let count = link.unacknowledged.len();
            self.most_unacknowledged = self.most_unacknowledged.max(count);
            if let Some(limit) = self.knobs.receive_maximum {
                assert!(
                    count <= usize::from(limit),
                    "{count} in flight [MQTT-3.3.4-7]"
                );
            }
        }
        let method_b = self.knobs.method_b;
        let refused = self.knobs.publish_reason.filter(|r| r.is_failure());
        let unreleased = self.current().unreleased();
        let (answer, onward) = self.current().publish(packet, method_b);
        if refused.is_some() {
            if let Some(id) = packet.packet_id {
                self.current().refuse(id);
            }
        } else {
            self.onward.extend(onward);
        }
        if let (Some(kind), Some(id)) = (answer, packet.packet_id) {
            let repeated = kind == PacketType::PubRec && self.current().unreleased() == unreleased;
            if self.knobs.in_use && repeated {
                self.acknowledge(kind, id, ReasonCode::PACKET_IDENTIFIER_IN_USE);
                return;
            }
            let reason = self.knobs.publish_reason.unwrap_or(ReasonCode::SUCCESS);
            self.acknowledge(kind, id, reason);
        }
    }

    /// The topic of a PUBLISH, by its alias if it has one.
    fn resolve(&mut self, packet: &Publish<'_>) -> String {
        let alias = packet.properties.topic_alias();
        self.named.push((packet.topic.into(), alias));
        let Some(alias) = alias else {
            return packet.topic.into();
        };
        let allowed = super::make::properties(PropertySet::ConnAck, &self.knobs.connack);
        let maximum = allowed.iter().find_map(|property| match property {
            Property::TopicAliasMaximum(maximum) => Some(maximum),
            _ => None,
        });
        assert!(
            alias <= maximum.unwrap_or(0),
            "topic alias {alias} [MQTT-3.3.2-9]"
        );
        let aliases = &mut self.link.as_mut().expect("a connection").aliases;
        if !packet.topic.is_empty() {
            aliases.insert(alias, packet.topic.into());
        }
        let known = aliases.get(&alias);
        known
            .unwrap_or_else(|| panic!("topic alias {alias} was never set"))
            .clone()
    }

    fn pubrel(&mut self, id: PacketId) {
        let (known, onward) = self.current().pubrel(id);
        self.onward.extend(onward);
        let reason = if known || self.version == Version::V311 {
            ReasonCode::SUCCESS
        } else {
            ReasonCode::PACKET_IDENTIFIER_NOT_FOUND
        };
        self.acknowledge(PacketType::PubComp, id, reason);
    }

    fn acknowledge(&mut self, kind: PacketType, id: PacketId, reason: ReasonCode) {
        let ack = Ack::new(id, reason);
        let packet = match kind {
            PacketType::PubAck => Packet::PubAck(ack),
            PacketType::PubRec => Packet::PubRec(ack),
            _ => Packet::PubComp(ack),
        };
        let bytes = encode(self.version, &packet);
        if self.knobs.hold_acks {
            self.held_acks.push_back((kind, id, bytes));
        } else {
            let kind = match (kind, reason.is_failure()) {
                (PacketType::PubRec, true) => PacketType::PubComp,
                (kind, _) => kind,
            };
            self.settle(kind, id);
            self.out.push_back(bytes);
        }
    }

    /// PUBACK and PUBCOMP give the client its quota back; PUBREC does not.
    fn settle(&mut self, kind: PacketType, id: PacketId) {
        if kind != PacketType::PubRec
            && let Some(link) = &mut self.link
        {
            link.unacknowledged.remove(&id);
        }
    }

    fn subscribe(&mut self, packet: &Subscribe<'_>) {
        self.take_request(packet.packet_id);
        let filters: Vec<String> = packet.filters.iter().map(|(f, _)| (*f).into()).collect();
        self.subscribes
            .push((filters.clone(), packet.properties.as_bytes().into()));
        self.options
            .push(packet.filters.iter().map(|(_, options)| *options).collect());
        let mut granted = Vec::with_capacity(filters.len());
        for (filter, options) in &packet.filters {
            let refused = self.knobs.not_granted.iter().find(|(not, _)| not == filter);
            match refused {
                Some((_, reason)) => granted.push(reason.0),
                None => {
                    granted.push(options.qos as u8);
                    let held = &mut self.current().subscriptions;
                    held.retain(|other| other != filter);
                    held.push((*filter).into());
                }
            }
        }
        let codes = self.knobs.codes.clone().unwrap_or(granted);
        let packet = Packet::SubAck(SubAck {
            packet_id: packet.packet_id,
            properties: Default::default(),
            codes: &codes,
        });
        self.answer(&packet);
    }

    fn unsubscribe(&mut self, packet: &Unsubscribe<'_>) {
        self.take_request(packet.packet_id);
        self.unsubscribes
            .push(packet.filters.iter().map(|f| (*f).into()).collect());
        let mut existed = Vec::new();
        for filter in &packet.filters {
            let subscriptions = &mut self.current().subscriptions;
            let before = subscriptions.len();
            subscriptions.retain(|held| held != filter);
            existed.push(if subscriptions.len() < before {
                0
            } else {
                0x11
            });
        }
        if self.version == Version::V311 {
            existed.clear();
        }
        let codes = self.knobs.codes.clone().unwrap_or(existed);
        let packet = Packet::UnsubAck(UnsubAck {
            packet_id: packet.packet_id,
            properties: Default::default(),
            codes: &codes,
        });
        self.answer(&packet);
    }

    fn take_request(&mut self, id: PacketId) {
        let link = self.link.as_mut().expect("a connection");
        assert!(
            !link.unacknowledged.contains(&id),
            "{id} is a message's [MQTT-2.2.1-3]"
        );
        assert!(
            link.requests.insert(id),
            "{id} is a request's [MQTT-2.2.1-3]"
        );
    }

    fn answer(&mut self, packet: &Packet<'_>) {
        if self.knobs.no_suback {
            return;
        }
        if let Packet::SubAck(SubAck { packet_id, .. })
        | Packet::UnsubAck(UnsubAck { packet_id, .. }) = packet
            && let Some(link) = &mut self.link
        {
            link.requests.remove(packet_id);
        }
        self.out.push_back(encode(self.version, packet));
    }

    fn current(&mut self) -> &mut BrokerSession {
        let client_id = &self.link.as_ref().expect("a connection").client_id;
        self.sessions.get_mut(client_id).expect("its session")
    }
}
