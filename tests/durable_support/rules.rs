//! What every packet that leaves is held against.
//!
//! Write before send: at the moment a packet is handed to the transport, storage must already say what a
//! successor needs to know of it. And the rules of MQTT that outlive a page: no identifier reused in
//! flight, DUP exactly on what was sent before, the same bytes again.

use std::collections::BTreeMap;

use mqtt_mooring::codec::{Packet, Publish, Version};

use super::disk::Disk;
use super::view::{Flight, View};
use crate::support::name;

/// A PUBLISH that went out.
#[derive(Clone, Debug)]
struct Line {
    id: u16,
    payload: Vec<u8>,
    link: usize,
    /// The server has lost its session since: it may come as a new message.
    lost: bool,
}

/// What is known of the packets that went out, over all pages.
#[derive(Clone, Debug, Default)]
pub(crate) struct Rules {
    sent: BTreeMap<String, Line>,
    /// Identifiers under which the server may hold something, and what.
    flying: BTreeMap<u16, String>,
    /// How often DUP was seen.
    pub(crate) duplicates: usize,
}

/// Who sends, when.
#[derive(Clone, Copy)]
pub(crate) struct Sender<'a> {
    pub(crate) version: Version,
    /// The number of the connection.
    pub(crate) link: usize,
    /// Nothing in storage says that a server knows the session.
    pub(crate) may_start_clean: bool,
    /// Topics this very page was asked to publish.
    pub(crate) own: &'a dyn Fn(&str) -> bool,
}

impl Rules {
    /// Whether a PUBLISH with this topic has ever been handed to the transport.
    pub(crate) fn has_sent(&self, topic: &str) -> bool {
        self.sent.contains_key(topic)
    }

    /// Whether it has been, in a session that the server has lost since.
    pub(crate) fn is_lost(&self, topic: &str) -> bool {
        self.sent.get(topic).is_some_and(|line| line.lost)
    }

    /// The server no longer knows any of it.
    pub(crate) fn lost(&mut self) {
        self.flying.clear();
        for line in self.sent.values_mut() {
            line.lost = true;
        }
    }

    /// The client hands `bytes`, one packet, to the transport.
    pub(crate) fn leaves(&mut self, bytes: &[u8], disk: &Disk, sender: Sender<'_>) {
        let what = name(sender.version, bytes);
        crate::support::decode(sender.version, bytes, |packet| {
            self.packet(&packet, &what, disk, sender);
        });
    }

    /// The client is given `bytes`, one packet of the server.
    pub(crate) fn comes(&mut self, bytes: &[u8], version: Version) {
        crate::support::decode(version, bytes, |packet| {
            let last = match &packet {
                Packet::PubAck(ack) | Packet::PubComp(ack) => Some(ack.packet_id),
                Packet::PubRec(ack) if ack.reason.is_failure() => Some(ack.packet_id),
                _ => None,
            };
            if let Some(id) = last {
                self.flying.remove(&id.get());
            }
        });
    }

    fn packet(&mut self, packet: &Packet<'_>, what: &str, disk: &Disk, sender: Sender<'_>) {
        let stored = || disk.view(sender.version);
        match packet {
            Packet::Publish(publish) => {
                if let Some(id) = publish.packet_id {
                    self.publish(publish, id.get(), what, &stored(), sender);
                }
            }
            Packet::PubRec(ack) if !ack.reason.is_failure() => assert!(
                stored().incoming.contains_key(&ack.packet_id.get()),
                "{what} before the message was stored"
            ),
            Packet::PubComp(ack) => assert!(
                !stored().incoming.contains_key(&ack.packet_id.get()),
                "{what} before the message was removed"
            ),
            Packet::PubRel(ack) => {
                let id = ack.packet_id.get();
                if let Some(topic) = self.flying.get(&id) {
                    assert_eq!(
                        stored().flight(topic),
                        Some((id, Flight::Released)),
                        "{what} before its PUBREC was stored"
                    );
                    let payload = &self.sent[topic].payload;
                    assert_eq!(disk.outgoing_with(payload), 0, "{what}: a body past PUBREC");
                }
            }
            Packet::Connect(connect) => {
                assert!(disk.records.contains_key("meta"), "{what} before meta");
                if connect.clean_start {
                    assert!(sender.may_start_clean, "a clean start of a session in use");
                    self.lost();
                }
            }
            Packet::Subscribe(_) | Packet::Unsubscribe(_) => {
                assert!(disk.records.contains_key("meta"), "{what} before meta");
            }
            _ => {}
        }
    }

    fn publish(
        &mut self,
        publish: &Publish<'_>,
        id: u16,
        what: &str,
        stored: &View,
        sender: Sender<'_>,
    ) {
        let topic = publish.topic;
        assert_eq!(
            stored.flight(topic),
            Some((id, Flight::Unconfirmed)),
            "{what} of {topic} before it was stored"
        );
        if let Some(other) = self.flying.get(&id) {
            assert_eq!(other, topic, "{what}: the identifier is in flight");
        }
        match self.sent.get(topic) {
            Some(before) if !before.lost => {
                assert!(publish.dup, "{what} of {topic} again without DUP");
                assert_eq!(before.id, id, "{what} of {topic} under another identifier");
                assert_eq!(before.payload, publish.payload, "{what}: other bytes");
                assert_ne!(before.link, sender.link, "{what} twice on one connection");
            }
            Some(_) => {}
            // Where a page died between storing and sending, its successor cannot know that it was not sent.
            None => assert!(
                !publish.dup || !(sender.own)(topic),
                "{what} of {topic}: DUP on the first"
            ),
        }
        self.duplicates += usize::from(publish.dup);
        self.flying.insert(id, topic.into());
        self.sent.insert(
            topic.into(),
            Line {
                id,
                payload: publish.payload.into(),
                link: sender.link,
                lost: false,
            },
        );
    }
}
