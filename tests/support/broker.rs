//! What a server keeps of one client, after MQTT 5 §4.1, §4.3, §4.4 and 3.1.1 §3.1.2.4, §4.3, §4.4.

use std::collections::{BTreeMap, VecDeque};

use mqtt_mooring::codec::{
    Ack, Packet, PacketId, PacketType, Properties, Property, PropertySet, Publish, QoS, ReasonCode,
    Version,
};

use super::wire::encode;

/// A message that reached the server and went on to whoever else subscribes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Onward {
    pub(crate) topic: String,
    pub(crate) payload: Vec<u8>,
    pub(crate) qos: QoS,
    pub(crate) retain: bool,
    pub(crate) properties: Vec<u8>,
}

/// A message for the client.
#[derive(Clone, Debug)]
pub(crate) struct ToClient {
    pub(crate) topic: String,
    pub(crate) payload: Vec<u8>,
    pub(crate) qos: QoS,
    pub(crate) retain: bool,
    pub(crate) properties: Vec<u8>,
}

/// A message on its way to the client.
#[derive(Debug)]
struct Outgoing {
    id: PacketId,
    message: ToClient,
    /// PUBREC came: PUBREL is what is waited on.
    released: bool,
    /// Sent on this connection, and counting against the client's Receive Maximum.
    sent: bool,
}

/// The server's half of a session.
#[derive(Default, Debug)]
pub(crate) struct BrokerSession {
    /// Taken but not released QoS 2 messages of the client; the body stays for method A.
    incoming: BTreeMap<PacketId, Option<Onward>>,
    outgoing: VecDeque<Outgoing>,
    queue: VecDeque<ToClient>,
    next_id: u16,
    /// The filters the client subscribed to.
    pub(crate) subscriptions: Vec<String>,
    /// Seconds it is kept after a disconnection.
    pub(crate) expiry: u32,
}

impl BrokerSession {
    /// Queues a message for the client.
    pub(crate) fn enqueue(&mut self, message: ToClient) {
        self.queue.push_back(message);
    }

    /// Whether nothing is left to be done in either direction.
    pub(crate) fn is_idle(&self) -> bool {
        self.incoming.is_empty() && self.outgoing.is_empty() && self.queue.is_empty()
    }

    /// How many QoS 2 messages of the client are taken and not released.
    pub(crate) fn unreleased(&self) -> usize {
        self.incoming.len()
    }

    /// Takes a PUBLISH of the client: what to answer, and what goes onward now.
    pub(crate) fn publish(
        &mut self,
        packet: &Publish<'_>,
        method_b: bool,
    ) -> (Option<PacketType>, Option<Onward>) {
        let onward = Onward {
            topic: packet.topic.into(),
            payload: packet.payload.into(),
            qos: packet.qos,
            retain: packet.retain,
            properties: without_alias(packet.properties),
        };
        match (packet.qos, packet.packet_id) {
            (QoS::ExactlyOnce, Some(id)) => {
                if self.incoming.contains_key(&id) {
                    return (Some(PacketType::PubRec), None);
                }
                let (kept, now) = if method_b {
                    (None, Some(onward))
                } else {
                    (Some(onward), None)
                };
                self.incoming.insert(id, kept);
                (Some(PacketType::PubRec), now)
            }
            (QoS::AtLeastOnce, _) => (Some(PacketType::PubAck), Some(onward)),
            _ => (None, Some(onward)),
        }
    }

    /// Takes a PUBREL of the client: whether the identifier was known, and what goes onward now.
    pub(crate) fn pubrel(&mut self, id: PacketId) -> (bool, Option<Onward>) {
        match self.incoming.remove(&id) {
            None => (false, None),
            Some(kept) => (true, kept),
        }
    }

    /// Forgets a message that the server refused with a PUBREC of failure.
    pub(crate) fn refuse(&mut self, id: PacketId) {
        self.incoming.remove(&id);
    }

    /// Takes an acknowledgement of the client; answers PUBREC with PUBREL.
    pub(crate) fn acknowledged(
        &mut self,
        version: Version,
        kind: PacketType,
        ack: &Ack<'_>,
    ) -> Option<Vec<u8>> {
        let place = self.outgoing.iter().position(|o| o.id == ack.packet_id);
        if kind == PacketType::PubRec && !ack.reason.is_failure() {
            let reason = match place.and_then(|at| self.outgoing.get_mut(at)) {
                Some(outgoing) => {
                    assert_eq!(outgoing.message.qos, QoS::ExactlyOnce, "PUBREC for QoS 1");
                    outgoing.released = true;
                    ReasonCode::SUCCESS
                }
                None if version == Version::V5 => ReasonCode::PACKET_IDENTIFIER_NOT_FOUND,
                None => ReasonCode::SUCCESS,
            };
            let packet = Packet::PubRel(Ack::new(ack.packet_id, reason));
            return Some(encode(version, &packet));
        }
        if let Some(at) = place {
            let outgoing = self.outgoing.get(at).expect("just found");
            match kind {
                PacketType::PubAck => assert_eq!(outgoing.message.qos, QoS::AtLeastOnce),
                PacketType::PubComp => assert!(outgoing.released, "PUBCOMP before PUBREL"),
                _ => {}
            }
            self.outgoing.remove(at);
        }
        None
    }

    /// A new connection: nothing has been sent on it yet.
    pub(crate) fn connected(&mut self) {
        for outgoing in &mut self.outgoing {
            outgoing.sent = false;
        }
    }

    /// The next packet for the client: first what is owed of old, in order, then the queue; never
    /// more unacknowledged ones than `receive_maximum` (MQTT 5 §4.9).
    pub(crate) fn next_packet(
        &mut self,
        version: Version,
        receive_maximum: u16,
    ) -> Option<Vec<u8>> {
        let sent = self.outgoing.iter().filter(|o| o.sent).count();
        let open = sent < usize::from(receive_maximum);
        if let Some(outgoing) = self.outgoing.iter_mut().find(|o| !o.sent) {
            if !open && !outgoing.released {
                return None;
            }
            outgoing.sent = true;
            return Some(if outgoing.released {
                let packet = Packet::PubRel(Ack::new(outgoing.id, ReasonCode::SUCCESS));
                encode(version, &packet)
            } else {
                publish(version, &outgoing.message, Some(outgoing.id), true)
            });
        }
        if !open && self.queue.front()?.qos != QoS::AtMostOnce {
            return None;
        }
        let message = self.queue.pop_front()?;
        if message.qos == QoS::AtMostOnce {
            return Some(publish(version, &message, None, false));
        }
        let id = self.free_id();
        let bytes = publish(version, &message, Some(id), false);
        self.outgoing.push_back(Outgoing {
            id,
            message,
            released: false,
            sent: true,
        });
        Some(bytes)
    }

    fn free_id(&mut self) -> PacketId {
        loop {
            self.next_id = self.next_id.wrapping_add(1);
            if let Some(id) = PacketId::new(self.next_id)
                && self.outgoing.iter().all(|o| o.id != id)
            {
                return id;
            }
        }
    }
}

/// An alias is no part of a message, and means nothing on another connection.
fn without_alias(properties: Properties<'_>) -> Vec<u8> {
    let kept: Vec<_> = properties
        .iter()
        .filter(|property| !matches!(property, Property::TopicAlias(_)))
        .collect();
    super::make::encoded(&kept)
}

/// The PUBLISH that carries `message`.
pub(crate) fn publish(
    version: Version,
    message: &ToClient,
    packet_id: Option<PacketId>,
    dup: bool,
) -> Vec<u8> {
    let packet = Packet::Publish(Publish {
        dup,
        qos: message.qos,
        retain: message.retain,
        topic: &message.topic,
        packet_id,
        properties: Properties::parse(PropertySet::Publish, &message.properties)
            .expect("the test's own properties"),
        payload: &message.payload,
    });
    encode(version, &packet)
}
