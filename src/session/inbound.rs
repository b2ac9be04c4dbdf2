//! QoS 2 messages on their way from the server.
//!
//! The body waits here from PUBLISH to PUBREL and is handed over exactly once, at PUBREL (method A of
//! 3.1.1 §4.3.3, figure 4.3). While an identifier is held, another PUBLISH with it is the same
//! message again `[MQTT-4.3.3-10]`.
//!
//! Must never live here: QoS 1. An unacknowledged QoS 1 message comes again from the server, so it is
//! not session state; see `connection::acknowledgements`.

use super::message::Message;
use super::touched::Touched;
use crate::codec::PacketId;
use crate::sorted::{SortedMap, by_number};

/// Where an incoming QoS 2 message stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum IncomingStage {
    /// Received and owned; PUBREC has not been sent on this connection.
    SendingPubRec = 1,
    /// PUBREC sent, PUBREL awaited.
    AwaitingPubRel = 2,
    /// PUBREL came and PUBCOMP is owed or sent; the application has not been handed the message yet.
    SendingPubComp = 3,
}

impl IncomingStage {
    /// The stage a stored byte stands for.
    pub fn from_byte(byte: u8) -> Option<Self> {
        Some(match byte {
            1 => Self::SendingPubRec,
            2 => Self::AwaitingPubRel,
            3 => Self::SendingPubComp,
            _ => return None,
        })
    }
}

/// A half-received QoS 2 message.
#[derive(Clone, Debug)]
pub struct Incoming {
    /// In which order messages were received.
    pub seq: u64,
    /// Where it stands.
    pub stage: IncomingStage,
    /// The message, whole.
    pub message: Box<Message>,
    /// The connection on which PUBLISH came last; 0: it was read from a saved session, and not seen since.
    pub seen_on: u32,
    /// The application has it, and has not acknowledged it yet.
    pub handed: bool,
    /// The connection on which PUBREL came last.
    pub released_on: u32,
    /// It was read from a saved session: an earlier page may have been handed it.
    pub inherited: bool,
}

/// All half-received QoS 2 messages.
#[derive(Debug, Default)]
pub struct Inbound {
    held: SortedMap<PacketId, Incoming>,
    next_seq: u64,
    changes: u64,
    touched: Touched<PacketId>,
}

impl Inbound {
    /// How often anything in here has changed.
    pub fn changes(&self) -> u64 {
        self.changes
    }

    /// Whether a PUBLISH on this connection is that of the held message again.
    ///
    /// Not if the held message was last seen before this connection and this is another one: it has no DUP
    /// (`[MQTT-3.3.1-1]`: a repetition has), or it is not the `same`. Nor if the held one is released already: it is on its
    /// way to the application, and this is the next one.
    pub fn repeats(
        &self,
        id: PacketId,
        connection: u32,
        dup: bool,
        same: impl FnOnce(&Message) -> bool,
    ) -> bool {
        self.holds(id)
            && self
                .get(id)
                .is_some_and(|held| held.seen_on == connection || (dup && same(&held.message)))
    }

    /// PUBLISH on this connection. One that [repeats](Self::repeats) what is held changes nothing. Of another one the server
    /// finished the old one unheard, or has begun another session, and the old one is returned.
    pub fn publish(
        &mut self,
        id: PacketId,
        connection: u32,
        repeats: bool,
        message: impl FnOnce() -> Box<Message>,
    ) -> Option<Incoming> {
        self.take_released(id);
        if repeats && let Some(held) = self.held.get_mut(&id) {
            held.seen_on = connection;
            return None;
        }
        let seq = self.next_seq;
        self.next_seq += 1;
        self.changes += 1;
        self.touched.mark(id);
        let earlier = self.held.remove(&id);
        self.held.insert(
            id,
            Incoming {
                seq,
                stage: IncomingStage::SendingPubRec,
                message: message(),
                seen_on: connection,
                handed: false,
                released_on: 0,
                inherited: false,
            },
        );
        earlier
    }

    /// The server shows that it has finished the message under `id` without us.
    pub fn give_up(&mut self, id: PacketId) -> Option<Incoming> {
        self.changes += 1;
        self.touched.mark(id);
        self.held.remove(&id)
    }

    /// The message that waits longest for its PUBREL, of those that the server has said nothing of on this connection.
    pub fn longest_unheard_of(&self, connection: u32) -> Option<PacketId> {
        let unheard_of = self.held().filter(|(id, held)| {
            self.holds(*id) && held.seen_on != connection && held.released_on != connection
        });
        let oldest = unheard_of.min_by_key(|(_, held)| held.seq);
        oldest.map(|(id, _)| id)
    }

    /// Whether `id` is held.
    pub fn holds(&self, id: PacketId) -> bool {
        self.held
            .get(&id)
            .is_some_and(|held| held.stage != IncomingStage::SendingPubComp)
    }

    /// PUBREC has been handed to the connection.
    pub fn pubrec_sent(&mut self, id: PacketId) {
        if let Some(incoming) = self.held.get_mut(&id)
            && incoming.stage == IncomingStage::SendingPubRec
        {
            incoming.stage = IncomingStage::AwaitingPubRel;
        }
    }

    /// PUBREL on this connection: releases the message, once. It stays in the session until [`Self::take_released`], so
    /// that a session saved before the application was handed the message still has it.
    pub fn pubrel(&mut self, id: PacketId, connection: u32) -> Option<&Incoming> {
        let held = self.held.get_mut(&id)?;
        held.released_on = connection;
        if held.stage == IncomingStage::SendingPubComp {
            return None;
        }
        held.stage = IncomingStage::SendingPubComp;
        self.changes += 1;
        Some(held)
    }

    /// The application is handed the message under `id`, if it was released: it leaves the session.
    pub fn take_released(&mut self, id: PacketId) -> Option<Incoming> {
        let released = self
            .held
            .get(&id)
            .is_some_and(|held| held.stage == IncomingStage::SendingPubComp);
        if !released {
            return None;
        }
        self.changes += 1;
        self.touched.mark(id);
        self.held.remove(&id)
    }

    /// The application is handed the message `seq` under `id` and will acknowledge it; or turned out not to
    /// have taken it.
    pub fn hand_over(&mut self, id: PacketId, seq: u64, handed: bool) {
        if let Some(held) = self.held.get_mut(&id)
            && held.seq == seq
        {
            held.handed = handed;
        }
    }

    /// Lets go of the message under `id` if it is this one.
    pub fn forget(&mut self, id: PacketId, message: &Message) {
        if self
            .held
            .get(&id)
            .is_some_and(|held| *held.message == *message)
        {
            self.touched.mark(id);
            self.held.remove(&id);
        }
    }

    /// Everything held, by packet identifier.
    pub fn held(&self) -> impl ExactSizeIterator<Item = (PacketId, &Incoming)> {
        self.held.iter().map(|(id, incoming)| (*id, incoming))
    }

    /// The identifiers of everything held, in the order of receiving.
    pub fn held_order(&self) -> Vec<PacketId> {
        let mut all = Vec::new();
        for (id, incoming) in self.held() {
            all.push((incoming.seq, id));
        }
        by_number(all)
    }

    /// The message under `id`.
    pub fn get(&self, id: PacketId) -> Option<&Incoming> {
        self.held.get(&id)
    }

    /// Takes everything held, in the order of receiving, leaving none.
    pub fn take(&mut self) -> Vec<(PacketId, Incoming)> {
        self.changes += 1;
        let mut taken = Vec::new();
        for &id in &self.held_order() {
            self.touched.mark(id);
            if let Some(incoming) = self.held.remove(&id) {
                taken.push((id, incoming));
            }
        }
        taken
    }

    /// Goes on with the numbers of `earlier`, so that none of them can be taken for one in here.
    pub fn number_from(&mut self, earlier: &Inbound) {
        self.next_seq = self.next_seq.max(earlier.next_seq);
    }

    /// Puts back a message read from a saved session; false when its identifier is taken.
    pub fn restore(&mut self, id: PacketId, incoming: Incoming) -> bool {
        self.next_seq = self.next_seq.max(incoming.seq.saturating_add(1));
        self.held.insert(id, incoming)
    }

    pub(super) fn follow(&mut self) {
        self.touched.follow();
    }

    /// The identifiers under which anything changed since this was last asked.
    pub(super) fn take_touched(&mut self) -> Vec<PacketId> {
        self.touched.take()
    }
}
