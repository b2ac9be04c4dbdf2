//! Topic aliases in what leaves (MQTT 5 §3.3.2.3.4).
//!
//! A message that waits, to be sent or to be stored, may yet be withdrawn, and whatever waits goes down with its connection.
//! So PUBLISHes wait with their full topics, and get their aliases when nothing can hold them back any more, in the order
//! in which they leave: the packet that sets an alias is always before those that use it. What is sent again has its full
//! topic. Must never live here: which alias stands for what; that dies with the connection (`connection::own_aliases`).

use super::Client;
use super::parcel::Parcel;
use crate::codec::{Properties, Property, PropertySet, Publish, Splitter, Version};
use crate::connection::own_aliases::Naming;
use crate::session::outbound::Token;

impl Client {
    /// The caller of this message gave its topic an alias.
    pub(super) fn wish_for_alias(&mut self, token: Token, alias: Option<u16>) {
        if let Some(alias) = alias {
            self.aliases_by_hand.insert(token, alias);
        }
    }

    /// Puts aliases in the place of topics in what is leaving now.
    pub(super) fn give_aliases(&mut self, parcel: &mut Parcel) {
        let by_hand = self.aliases_by_hand.iter().len() > 0;
        if !self.connection.own_aliases.are_to_be_given(by_hand) {
            return;
        }
        let waited = std::mem::take(&mut parcel.bytes);
        let mut out = Vec::with_capacity(waited.len());
        let mut copied = 0;
        for sent in &parcel.publishes {
            let by_hand = sent
                .token
                .and_then(|it| self.aliases_by_hand.get(&it).copied());
            let packet = waited.get(sent.range.clone()).unwrap_or_default();
            out.extend_from_slice(waited.get(copied..sent.range.start).unwrap_or_default());
            copied = sent.range.end;
            let start = out.len();
            if self.give_alias(packet, by_hand, &mut out).is_none() {
                out.extend_from_slice(packet);
            }
            let end = self.outbox.handed() + (start + packet.len()) as u64;
            let longer = (out.len() - start) as i64 - packet.len() as i64;
            self.connection.keep_alive.moved(end, longer);
        }
        out.extend_from_slice(waited.get(copied..).unwrap_or_default());
        parcel.bytes = out;
    }

    /// Appends the same PUBLISH with an alias; `None` where it is to leave as it is.
    fn give_alias(
        &mut self,
        mut packet: &[u8],
        by_hand: Option<u16>,
        out: &mut Vec<u8>,
    ) -> Option<()> {
        let mut splitter = Splitter::default();
        let frame = splitter.next(&mut packet).ok()??;
        let publish = Publish::decode(Version::V5, frame).ok()?;
        if publish.dup {
            return None;
        }
        let naming = self.connection.own_aliases.choose(publish.topic, by_hand);
        let (topic, alias) = match naming {
            Naming::Name => return None,
            Naming::Sets(alias) => (publish.topic, alias),
            Naming::Alias(alias) => ("", alias),
        };
        let mut properties = publish.properties.as_bytes().to_vec();
        Property::TopicAlias(alias).encode(&mut properties).ok()?;
        let named = Publish {
            topic,
            properties: Properties::parse(PropertySet::Publish, &properties).ok()?,
            ..publish
        };
        // `[MQTT-3.2.2-15]`: that an alias would make it too large is no reason not to send it.
        let size = named.encoded_len(Version::V5).ok()?;
        self.connection.limits.check_size(size).ok()?;
        named.encode(Version::V5, out).ok()?;
        let aliases = &mut self.connection.own_aliases;
        aliases.left(publish.topic, naming, by_hand.is_some());
        Some(())
    }
}
