//! Messages on their way to the server: the outbox, then the QoS 1 and QoS 2 handshakes.
//!
//! A message is accepted into the outbox, moves in flight when a packet identifier and the window
//! allow, and leaves with its last acknowledgement. Every step is one method here, and each says
//! what was true before, so that a repeated or misplaced packet is seen for what it is.
//!
//! Must never live here: sending. What a step calls for is the machine's business.

use super::message::Message;
use super::touched::Touched;
use crate::codec::{PacketId, QoS};
use crate::sorted::{SortedMap, by_number};

/// The handle by which the caller knows an operation; meaningless to the peer and never stored.
pub type Token = u64;

/// Where an outgoing message stands in its handshake (MQTT 5 §4.3, 3.1.1 §4.3).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum OutgoingStage {
    /// QoS 1: PUBLISH sent, the server has not answered.
    AwaitingPubAck = 1,
    /// QoS 2: PUBLISH sent, the server has not answered.
    AwaitingPubRec = 2,
    /// QoS 2: the server owns the message, PUBREL has not been sent on this connection.
    PubRecReceived = 3,
    /// QoS 2: PUBREL sent, the server has not answered.
    AwaitingPubComp = 4,
    /// QoS 2: given up after PUBLISH (expired, or too large for this server). The server may hold the
    /// identifier, so it stays taken until the server answers or the session ends; PUBLISH is not
    /// sent again.
    Abandoned = 5,
}

impl OutgoingStage {
    /// The stage a stored byte stands for.
    pub fn from_byte(byte: u8) -> Option<Self> {
        Some(match byte {
            1 => Self::AwaitingPubAck,
            2 => Self::AwaitingPubRec,
            3 => Self::PubRecReceived,
            4 => Self::AwaitingPubComp,
            5 => Self::Abandoned,
            _ => return None,
        })
    }
}

/// A message whose handshake has begun.
#[derive(Clone, Debug)]
pub struct Outgoing {
    /// In which order messages were accepted; names the message for as long as the session lives.
    pub seq: u64,
    /// In which order the packet it now waits on was first sent: the order of resending.
    pub order: u64,
    /// Where it stands.
    pub stage: OutgoingStage,
    /// The message; without its body once the server owns it.
    pub message: Box<Message>,
    /// The caller's handle, if this page's caller made it.
    pub token: Option<Token>,
    /// Known never to have been handed to the transport: its first PUBLISH is not a repetition, whatever
    /// has happened since.
    pub unsent: bool,
    /// Its record has been stored, and its caller told so: it can no longer be taken back.
    pub stored: bool,
    /// It was sent in a session that the server has lost since: it may have arrived, and is sent as a new one.
    pub was_sent: bool,
}

/// A message accepted and never sent.
#[derive(Clone, Debug)]
pub struct Queued {
    /// In which order messages were accepted.
    pub seq: u64,
    /// The message.
    pub message: Box<Message>,
    /// The caller's handle, if this page's caller made it.
    pub token: Option<Token>,
    /// As [`Outgoing::stored`].
    pub stored: bool,
    /// As [`Outgoing::was_sent`].
    pub was_sent: bool,
}

/// What an acknowledgement meant to the message it named.
#[derive(Debug)]
pub enum Answered {
    /// It was awaited: the message left the session.
    Done(Outgoing),
    /// No message in flight has this identifier.
    Unknown,
    /// The message is at another stage, in which the server must not send this.
    Misplaced,
}

/// What a PUBREC meant to the message it named.
#[derive(Debug, PartialEq, Eq)]
pub enum Received {
    /// It was awaited: the server owns the message now.
    First,
    /// It had been received before.
    Again,
    /// No message in flight has this identifier.
    Unknown,
    /// The message is QoS 1.
    Misplaced,
}

/// Where a message that changed is to be looked for: its number, and its packet identifier if it has one.
pub(super) type Place = (u64, Option<PacketId>);

/// The outbox and everything in flight towards the server.
#[derive(Debug, Default)]
pub struct Outbound {
    /// By number, which is the order of acceptance.
    outbox: SortedMap<u64, Queued>,
    /// The bytes of `outbox`, counted along: it is asked for on every publish.
    outbox_bytes: usize,
    in_flight: SortedMap<PacketId, Outgoing>,
    next_seq: u64,
    next_order: u64,
    changes: u64,
    touched: Touched<Place>,
}

impl Outbound {
    /// Accepts a message at the end of the outbox and names it.
    pub fn accept(&mut self, message: Box<Message>, token: Option<Token>) -> u64 {
        self.changes += 1;
        let seq = self.next_seq;
        self.next_seq += 1;
        self.touched.mark((seq, None));
        self.restore_queued(Queued {
            seq,
            message,
            token,
            stored: false,
            was_sent: false,
        });
        seq
    }

    /// The message that would be sent next.
    pub fn head(&self) -> Option<&Queued> {
        self.outbox().next()
    }

    /// How often anything in here has changed.
    pub fn changes(&self) -> u64 {
        self.changes
    }

    /// Takes the message that would be sent next out of the outbox, unsent.
    pub fn take_head(&mut self) -> Option<Queued> {
        self.changes += 1;
        self.take_queued(self.head()?.seq)
    }

    /// Moves a message that was taken from the outbox in flight under `id`.
    pub fn begin(&mut self, id: PacketId, queued: Queued) {
        let stage = match queued.message.qos {
            QoS::ExactlyOnce => OutgoingStage::AwaitingPubRec,
            _ => OutgoingStage::AwaitingPubAck,
        };
        let outgoing = Outgoing {
            seq: queued.seq,
            order: self.draw_order(),
            stage,
            message: queued.message,
            token: queued.token,
            unsent: true,
            stored: queued.stored,
            was_sent: queued.was_sent,
        };
        // The identifier is fresh, so nothing is displaced.
        self.changes += 1;
        self.touched.mark((outgoing.seq, Some(id)));
        self.in_flight.insert(id, outgoing);
    }

    /// `hint`, if the message with the number `seq` is in flight under it.
    pub fn in_flight_as(&self, seq: u64, hint: Option<PacketId>) -> Option<PacketId> {
        hint.filter(|id| self.get(*id).is_some_and(|outgoing| outgoing.seq == seq))
    }

    /// Whether the message with the number `seq`, in flight under `hint` or queued, has been stored, to be set;
    /// with its caller. `None`: there is no such message any more.
    pub fn stored_mut(
        &mut self,
        seq: u64,
        hint: Option<PacketId>,
    ) -> Option<(&mut bool, Option<Token>)> {
        match self.in_flight_as(seq, hint) {
            Some(id) => {
                let outgoing = self.in_flight.get_mut(&id)?;
                Some((&mut outgoing.stored, outgoing.token))
            }
            None => {
                let queued = self.outbox.get_mut(&seq)?;
                Some((&mut queued.stored, queued.token))
            }
        }
    }

    /// The unfinished message whose caller goes by `token`: its number, its identifier if it has one, and whether it
    /// is known never to have been handed to the transport, in this session or one that was lost.
    pub fn find_caller(&self, token: Token) -> Option<(u64, Option<PacketId>, bool)> {
        let mut queued = self.outbox();
        let queued = queued.find(|queued| queued.token == Some(token));
        let queued = queued.map(|queued| (queued.seq, None, !queued.was_sent));
        let mut in_flight = self.in_flight.iter();
        queued.or_else(|| {
            let found = in_flight.find(|(_, outgoing)| outgoing.token == Some(token));
            found.map(|(id, outgoing)| {
                let unsent = outgoing.unsent && !outgoing.was_sent;
                (outgoing.seq, Some(*id), unsent)
            })
        })
    }

    /// The caller that goes by `token` wants to hear no more.
    pub fn forget_caller(&mut self, token: Token) {
        for queued in self.outbox.values_mut() {
            queued.token.take_if(|caller| *caller == token);
        }
        for outgoing in self.in_flight.values_mut() {
            outgoing.token.take_if(|caller| *caller == token);
        }
    }

    /// The PUBLISH of the message under `id` has been handed to the transport.
    pub fn transmitted(&mut self, id: PacketId) {
        if let Some(outgoing) = self.in_flight.get_mut(&id) {
            outgoing.unsent = false;
        }
    }

    /// PUBACK: ends a QoS 1 handshake.
    pub fn puback(&mut self, id: PacketId) -> Answered {
        self.finish(id, &[OutgoingStage::AwaitingPubAck])
    }

    /// PUBREC with success: the server owns the message and its body may go `[MQTT-4.3.3-4]`. A
    /// repeated one changes nothing.
    pub fn pubrec(&mut self, id: PacketId) -> Received {
        let order = self.next_order;
        let Some(outgoing) = self.in_flight.get_mut(&id) else {
            return Received::Unknown;
        };
        match outgoing.stage {
            OutgoingStage::AwaitingPubRec | OutgoingStage::Abandoned => {
                outgoing.stage = OutgoingStage::PubRecReceived;
                outgoing.order = order;
                outgoing.message.drop_body();
                self.next_order += 1;
                self.changes += 1;
                self.touched.mark((outgoing.seq, Some(id)));
                Received::First
            }
            OutgoingStage::PubRecReceived | OutgoingStage::AwaitingPubComp => Received::Again,
            OutgoingStage::AwaitingPubAck => Received::Misplaced,
        }
    }

    /// PUBREC with a failure reason: ends a QoS 2 handshake that has not gone further
    /// `[MQTT-4.4.0-2]`.
    pub fn pubrec_refused(&mut self, id: PacketId) -> Answered {
        let awaited = [OutgoingStage::AwaitingPubRec, OutgoingStage::Abandoned];
        self.finish(id, &awaited)
    }

    /// PUBREL has been handed to the connection.
    pub fn pubrel_sent(&mut self, id: PacketId) {
        if let Some(outgoing) = self.in_flight.get_mut(&id)
            && outgoing.stage == OutgoingStage::PubRecReceived
        {
            outgoing.stage = OutgoingStage::AwaitingPubComp;
        }
    }

    /// PUBCOMP: ends a QoS 2 handshake.
    pub fn pubcomp(&mut self, id: PacketId) -> Answered {
        let awaited = [
            OutgoingStage::PubRecReceived,
            OutgoingStage::AwaitingPubComp,
        ];
        self.finish(id, &awaited)
    }

    /// Gives up resending the PUBLISH under `id`. Returns the handshake as it was, and whether the
    /// identifier is free again: a QoS 1 identifier is, for no server remembers one it has answered or
    /// never seen; a QoS 2 identifier is not.
    pub fn abandon(&mut self, id: PacketId) -> Option<(Outgoing, bool)> {
        self.changes += 1;
        let outgoing = self.in_flight.get_mut(&id)?;
        self.touched.mark((outgoing.seq, Some(id)));
        match outgoing.stage {
            OutgoingStage::AwaitingPubAck => self.in_flight.remove(&id).map(|gone| (gone, true)),
            OutgoingStage::AwaitingPubRec => {
                let was = outgoing.clone();
                outgoing.stage = OutgoingStage::Abandoned;
                outgoing.token = None;
                outgoing.message.drop_body();
                Some((was, false))
            }
            _ => None,
        }
    }

    /// What has to be sent again on a resumed session, in the order of first sending
    /// `[MQTT-4.4.0-1]`, `[MQTT-4.6.0-1]`, `[MQTT-4.6.0-4]`.
    pub fn resend_order(&self) -> Vec<PacketId> {
        self.older_than(u64::MAX)
    }

    /// As [`Self::resend_order`], of what was first sent before `order` was drawn.
    pub fn older_than(&self, order: u64) -> Vec<PacketId> {
        let mut waiting = Vec::new();
        for (id, outgoing) in self.in_flight() {
            if outgoing.order < order && outgoing.stage != OutgoingStage::Abandoned {
                waiting.push((outgoing.order, id));
            }
        }
        by_number(waiting)
    }

    /// The handshake under `id`.
    pub fn get(&self, id: PacketId) -> Option<&Outgoing> {
        self.in_flight.get(&id)
    }

    /// Everything in flight, by packet identifier.
    pub fn in_flight(&self) -> impl ExactSizeIterator<Item = (PacketId, &Outgoing)> {
        self.in_flight.iter().map(|(id, outgoing)| (*id, outgoing))
    }

    /// The identifiers of everything in flight, in the order of acceptance.
    pub fn in_flight_order(&self) -> Vec<PacketId> {
        let mut all = Vec::new();
        for (id, outgoing) in self.in_flight() {
            all.push((outgoing.seq, id));
        }
        by_number(all)
    }

    /// Everything accepted and never sent, in order.
    pub fn outbox(&self) -> impl ExactSizeIterator<Item = &Queued> {
        self.outbox.iter().map(|(_, queued)| queued)
    }

    /// Takes all that is in flight, in the order of acceptance, leaving none.
    pub fn take_in_flight(&mut self) -> Vec<(PacketId, Outgoing)> {
        self.changes += 1;
        let ids = self.in_flight_order();
        let mut taken = Vec::with_capacity(ids.len());
        for &id in &ids {
            if let Some(outgoing) = self.in_flight.remove(&id) {
                self.touched.mark((outgoing.seq, None));
                taken.push((id, outgoing));
            }
        }
        taken
    }

    /// Takes what was queued before `seq` was drawn, in order.
    pub fn take_queued_before(&mut self, seq: u64) -> Vec<Queued> {
        self.take_queued_from(0, seq)
    }

    /// Takes what was queued since `seq` was drawn, in order.
    pub fn take_queued_since(&mut self, seq: u64) -> Vec<Queued> {
        self.take_queued_from(seq, u64::MAX)
    }

    /// Takes the queued messages with numbers from `first` up to `end`, in order.
    fn take_queued_from(&mut self, first: u64, end: u64) -> Vec<Queued> {
        let mut taken = Vec::new();
        for &seq in &self.queued_order() {
            if first <= seq
                && seq < end
                && let Some(queued) = self.take_queued(seq)
            {
                taken.push(queued);
            }
        }
        taken
    }

    /// Takes the message with the number `seq` out of the outbox.
    pub fn take_queued(&mut self, seq: u64) -> Option<Queued> {
        let taken = self.outbox.remove(&seq)?;
        self.touched.mark((seq, None));
        self.outbox_bytes -= taken.message.size();
        Some(taken)
    }

    /// Takes the message in flight under `id` out as if it had never been sent, which is so.
    pub fn take_unsent(&mut self, id: PacketId) -> Option<Queued> {
        let taken = self.in_flight.remove(&id)?;
        self.touched.mark((taken.seq, None));
        Some(Queued {
            seq: taken.seq,
            message: taken.message,
            token: taken.token,
            stored: taken.stored,
            was_sent: taken.was_sent,
        })
    }

    /// The queued message with the number `seq`.
    pub fn queued(&self, seq: u64) -> Option<&Queued> {
        self.outbox.get(&seq)
    }

    /// The numbers of the queued messages, in order.
    fn queued_order(&self) -> Vec<u64> {
        let mut order = Vec::with_capacity(self.outbox.iter().len());
        for queued in self.outbox() {
            order.push(queued.seq);
        }
        order
    }

    /// Puts messages back into the outbox, at the places their numbers give them, to be sent as new ones.
    pub fn requeue(&mut self, messages: Vec<Queued>) {
        for queued in messages {
            self.touched.mark((queued.seq, None));
            self.restore_queued(queued);
        }
    }

    /// The name the next accepted message will get.
    pub fn next_seq(&self) -> u64 {
        self.next_seq
    }

    /// The number the next packet's place in the order of sending will get.
    pub fn next_order(&self) -> u64 {
        self.next_order
    }

    /// Puts back a handshake read from a saved session; false when its identifier is taken.
    pub fn restore_in_flight(&mut self, id: PacketId, outgoing: Outgoing) -> bool {
        self.next_order = self.next_order.max(outgoing.order.saturating_add(1));
        self.in_flight.insert(id, outgoing)
    }

    /// Puts back a queued message read from a saved session, whose number no other one has.
    pub fn restore_queued(&mut self, queued: Queued) {
        self.outbox_bytes += queued.message.size();
        self.outbox.insert(queued.seq, queued);
    }

    /// Gives no name below `seq` to a message accepted from now on.
    pub fn reserve_seq(&mut self, seq: u64) {
        self.next_seq = self.next_seq.max(seq);
    }

    /// Takes over the callers of those messages of `earlier` which this state continues, and takes
    /// these out of `earlier`: what is left there is what this state does not know.
    pub fn adopt_callers(&mut self, earlier: &mut Outbound) {
        self.next_seq = self.next_seq.max(earlier.next_seq);
        self.next_order = self.next_order.max(earlier.next_order);
        let mut ours: SortedMap<u64, (&Message, &mut Option<Token>)> = SortedMap::new();
        for outgoing in self.in_flight.values_mut() {
            ours.insert(outgoing.seq, (&outgoing.message, &mut outgoing.token));
        }
        for queued in self.outbox.values_mut() {
            ours.insert(queued.seq, (&queued.message, &mut queued.token));
        }
        let mut continued = |seq: u64, message: &Message, token: Option<Token>| {
            let Some((ours, caller)) = ours.get_mut(&seq) else {
                return false;
            };
            let same = ours.topic == message.topic
                && (ours.payload == message.payload
                    || ours.payload.is_empty()
                    || message.payload.is_empty());
            if same {
                **caller = token;
            }
            same
        };
        earlier
            .in_flight
            .retain(|old| !continued(old.seq, &old.message, old.token));
        earlier
            .outbox
            .retain(|old| !continued(old.seq, &old.message, old.token));
        earlier.outbox_bytes = 0;
        for (_, queued) in earlier.outbox.iter() {
            earlier.outbox_bytes += queued.message.size();
        }
    }

    /// Gives every message without a caller one, in the order of acceptance.
    pub fn give_callers(&mut self, mut draw: impl FnMut() -> Token) {
        for &id in &self.in_flight_order() {
            if let Some(outgoing) = self.in_flight.get_mut(&id) {
                outgoing.token.get_or_insert_with(&mut draw);
            }
        }
        for &seq in &self.queued_order() {
            if let Some(queued) = self.outbox.get_mut(&seq) {
                queued.token.get_or_insert_with(&mut draw);
            }
        }
    }

    pub(super) fn follow(&mut self) {
        self.touched.follow();
    }

    /// The messages of which anything changed since this was last asked.
    pub(super) fn take_touched(&mut self) -> Vec<Place> {
        self.touched.take()
    }

    /// How many bytes of messages wait in the outbox.
    pub fn outbox_bytes(&self) -> usize {
        self.outbox_bytes
    }

    fn finish(&mut self, id: PacketId, awaited: &[OutgoingStage]) -> Answered {
        let stage = self.get(id).map(|outgoing| outgoing.stage);
        if stage.is_some_and(|stage| !awaited.contains(&stage)) {
            return Answered::Misplaced;
        }
        let Some(outgoing) = self.in_flight.remove(&id) else {
            return Answered::Unknown;
        };
        self.changes += 1;
        self.touched.mark((outgoing.seq, None));
        Answered::Done(outgoing)
    }

    fn draw_order(&mut self) -> u64 {
        let order = self.next_order;
        self.next_order += 1;
        order
    }
}
