//! The session as records, one for each message, of which only those that changed are written.
//!
//! | record | holds |
//! | --- | --- |
//! | `o/<number>` | one message to the server: queued, or in flight with its packet identifier and stage |
//! | `i/<packet id>` | one half-received QoS 2 message |
//! | `subscriptions` | the filters the server holds for us |
//! | `meta` | whose session it is, and from where packet identifiers go on |
//! | `saved` | the string of a session that was saved by hand; read once, then removed |
//!
//! A store may put several of the first kind together under one name (`pack`); it is all the same to the rest.
//!
//! Each record says by itself what it is and is checked by itself, so that one that was damaged takes no
//! other with it. No change of a message makes its record longer than the first one: it is written for
//! the first time in a form that has room for all that will be written there, so a store that took a
//! message has room for the rest of its way. `meta` is the last to be written of a batch: until then,
//! what it says of the others is true of the old ones.
//!
//! Must never live here: storage, and when something is written. What a record is for is said by `Session`.

use super::Session;
use super::checksum::crc32;
use super::fields::{write_flags, write_message, write_subscriptions, write_version};
use super::message::Message;
use super::outbound::OutgoingStage;
use super::record::{COUNTER_MAX, Writer};
use crate::codec::PacketId;
use crate::decimal;
use crate::sorted::{Key, Rank, SortedMap};

mod pack;
mod reading;

pub use pack::{Pack, check_format, unpack};
pub use reading::{Restored, is_whole, restore};

/// The newest format that can be read, and the one that is written. In all there will ever be, a record
/// begins with the format's number and ends with the CRC-32 of all before it.
pub const FORMAT: u8 = 1;

/// How many packet identifiers are reserved ahead. Whoever reads the records begins after all of them: what
/// is read may be older than what the server holds, and an identifier used again would be taken for a
/// repetition, the message lost.
pub const BLOCK: u16 = 1024;

/// When so few reserved identifiers are left, the next block is.
const MARGIN: u16 = 256;

const META: u8 = b'm';
const SUBSCRIPTIONS: u8 = b's';
const OUTGOING: u8 = b'o';
const INCOMING: u8 = b'i';

/// How much room a record takes beside what its message weighs, at most in all likelihood.
const BESIDE_MESSAGE: usize = 64;

/// In place of a stage: the message is in the outbox.
const QUEUED: u8 = 0;

/// The name of a record. In the order in which the records of a batch are written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum RecordName {
    /// The message to the server with this number.
    Outgoing(u64),
    /// The half-received message with this packet identifier.
    Incoming(PacketId),
    /// The subscriptions.
    Subscriptions,
    /// Everything else.
    Meta,
    /// The string of a session that was saved by hand, before it was durable.
    Saved,
}

impl RecordName {
    /// The record that is named so; `None`: none is. No message has a number that could not be counted on from.
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "meta" => return Some(Self::Meta),
            "subscriptions" => return Some(Self::Subscriptions),
            "saved" => return Some(Self::Saved),
            _ => {}
        }
        let (kind, digits) = text.split_at_checked(2)?;
        let number = decimal::parse(digits).filter(|number| *number <= COUNTER_MAX)?;
        match kind {
            "o/" => Some(Self::Outgoing(number)),
            "i/" => PacketId::new(u16::try_from(number).ok()?).map(Self::Incoming),
            _ => None,
        }
    }

    /// Its name as text.
    pub fn text(self) -> String {
        let (kind, number) = match self {
            Self::Outgoing(seq) => ("o/", seq),
            Self::Incoming(id) => ("i/", id.get().into()),
            Self::Subscriptions => return "subscriptions".into(),
            Self::Meta => return "meta".into(),
            Self::Saved => return "saved".into(),
        };
        let mut text = kind.into();
        decimal::push(number, &mut text);
        text
    }
}

impl Key for RecordName {
    fn rank(self) -> Rank {
        match self {
            Self::Outgoing(seq) => (0, seq),
            Self::Incoming(id) => (1, id.get().into()),
            Self::Subscriptions => (2, 0),
            Self::Meta => (3, 0),
            Self::Saved => (4, 0),
        }
    }
}

impl std::fmt::Display for RecordName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.text())
    }
}

/// One change of what is stored.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Change {
    /// Store this record, in place of any earlier one of the name.
    Put {
        /// Its name.
        name: RecordName,
        /// Its bytes.
        record: Vec<u8>,
    },
    /// Remove the record of this name.
    Remove {
        /// Its name.
        name: RecordName,
    },
}

impl Change {
    /// The record that is changed.
    pub fn name(&self) -> RecordName {
        match self {
            Self::Put { name, .. } | Self::Remove { name } => *name,
        }
    }
}

/// What is known of a record's being stored.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Known {
    /// It is being written or removed; or that failed, or somebody else interfered: it may be there or not.
    Perhaps,
    /// It is there.
    Stored,
}

/// One change of a batch, and what is to be remembered until it is done.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Step {
    /// What is to be done.
    pub change: Change,
    /// The packet identifier under which the message may be found.
    pub hint: Option<PacketId>,
    /// What was known of the record before; `None`: it was not there.
    pub before: Option<Known>,
}

/// What is known of the stored records, and which of them are behind the session.
#[derive(Debug, Default)]
pub struct Journal {
    /// The records that are stored, or are being written.
    known: SortedMap<RecordName, Known>,
    /// The records that are behind, with the packet identifier under which the message may be found.
    touched: SortedMap<RecordName, Option<PacketId>>,
    /// `meta` as it was last written.
    meta: Vec<u8>,
    /// The first packet identifier that is not reserved.
    reserved: u16,
    /// Which of the server's sessions under this name the messages in flight are in.
    epoch: u16,
}

impl Journal {
    /// Whether any record is behind `session`, whose changes have been gathered.
    pub fn is_behind(&self, session: &Session) -> bool {
        self.touched.iter().len() > 0
            || self.meta != meta(session, self.reserving(session), self.epoch)
    }

    /// The server begins a new session. A record that says it is in flight in this one, where `meta` does not
    /// yet know of it, was written by a batch that was never finished: its message was never sent.
    pub fn begin_epoch(&mut self) {
        self.epoch = self.epoch.wrapping_add(1);
    }

    /// Whether the record `name` is stored, or being written, as it should be.
    pub fn is_up_to_date(&self, name: RecordName) -> bool {
        self.known.get(&name) == Some(&Known::Stored) && self.touched.get(&name).is_none()
    }

    /// What brings the records up to `session`, in the order in which it is to be written. From here on they
    /// count as written; see [`Self::failed`].
    pub fn changes(&mut self, session: &mut Session) -> Vec<Step> {
        self.gather(session);
        let saved = self.touched.remove(&RecordName::Saved);
        let touched = self.touched.take();
        let mut steps = Vec::with_capacity(touched.len() + 1);
        for &(name, hint) in &touched {
            if let Some(record) = self.record(session, name, hint) {
                steps.push(self.put(name, record, hint));
            } else if let Some(step) = self.remove(name, hint) {
                steps.push(step);
            }
        }
        self.reserved = self.reserving(session);
        let record = meta(session, self.reserved, self.epoch);
        if record != self.meta {
            self.meta.clone_from(&record);
            steps.push(self.put(RecordName::Meta, record, None));
        }
        // Last of all: what it said is now said by the others.
        if saved.is_some()
            && let Some(step) = self.remove(RecordName::Saved, None)
        {
            steps.push(step);
        }
        steps
    }

    fn put(&mut self, name: RecordName, record: Vec<u8>, hint: Option<PacketId>) -> Step {
        let before = self.known.get(&name).copied();
        self.known.insert(name, Known::Perhaps);
        Step {
            change: Change::Put { name, record },
            hint,
            before,
        }
    }

    fn remove(&mut self, name: RecordName, hint: Option<PacketId>) -> Option<Step> {
        let before = self.known.get(&name).copied()?;
        self.known.insert(name, Known::Perhaps);
        Some(Step {
            change: Change::Remove { name },
            hint,
            before: Some(before),
        })
    }

    /// The change was made.
    pub fn done(&mut self, name: RecordName, is_there: bool) {
        match is_there {
            true => drop(self.known.insert(name, Known::Stored)),
            false => drop(self.known.remove(&name)),
        }
    }

    /// Whether the record `name` may be there.
    pub fn may_be_there(&self, name: RecordName) -> bool {
        self.known.get(&name).is_some()
    }

    /// The change of the record `name` was not made.
    pub fn failed(&mut self, name: RecordName, before: Option<Known>) {
        match before {
            Some(known) => drop(self.known.insert(name, known)),
            None => drop(self.known.remove(&name)),
        }
        if name == RecordName::Meta {
            self.meta.clear();
        }
    }

    /// The record `name` is to be written with the next batch.
    pub fn touch(&mut self, name: RecordName, hint: Option<PacketId>) {
        if name != RecordName::Meta {
            self.touched.insert(name, hint);
        }
    }

    /// All records are to be written, and those of which nothing is left removed.
    pub fn touch_all(&mut self, session: &mut Session) {
        self.gather(session);
        for (name, _) in self.known.iter() {
            if *name != RecordName::Meta {
                self.touched.insert(*name, None);
            }
        }
        for (id, outgoing) in session.outbound.in_flight() {
            self.touch(RecordName::Outgoing(outgoing.seq), Some(id));
        }
        for queued in session.outbound.outbox() {
            self.touch(RecordName::Outgoing(queued.seq), None);
        }
        for (id, _) in session.inbound.held() {
            self.touch(RecordName::Incoming(id), None);
        }
        self.touch(RecordName::Subscriptions, None);
        self.meta.clear();
    }

    /// Takes note of what has changed since it was last asked.
    pub fn gather(&mut self, session: &mut Session) {
        for &(seq, id) in &session.outbound.take_touched() {
            self.touch(RecordName::Outgoing(seq), id);
        }
        for &id in &session.inbound.take_touched() {
            self.touch(RecordName::Incoming(id), None);
        }
        if session.subscriptions.take_touched() {
            self.touch(RecordName::Subscriptions, None);
        }
    }

    /// The first identifier that need not be reserved now.
    fn reserving(&self, session: &Session) -> u16 {
        let cursor = session.ids.cursor();
        match self.reserved.wrapping_sub(cursor) {
            MARGIN..=BLOCK => self.reserved,
            _ => cursor.wrapping_add(BLOCK),
        }
    }

    /// The record `name` as it should be; `None` if it should not be.
    fn record(
        &self,
        session: &Session,
        name: RecordName,
        hint: Option<PacketId>,
    ) -> Option<Vec<u8>> {
        let RecordName::Outgoing(seq) = name else {
            return other_record(session, name, self.epoch);
        };
        match session.outbound.in_flight_as(seq, hint) {
            Some(id) => {
                let outgoing = session.outbound.get(id)?;
                let stage = match outgoing.stage {
                    // Whether PUBREL was sent, nobody will know who reads this.
                    OutgoingStage::AwaitingPubComp => OutgoingStage::PubRecReceived,
                    stage => stage,
                };
                let place = Place {
                    stage: stage as u8,
                    id: id.get(),
                    epoch: self.epoch,
                    seq,
                    order: outgoing.order,
                };
                Some(outgoing_record(&place, &outgoing.message))
            }
            None => {
                let queued = session.outbound.queued(seq)?;
                let place = Place {
                    seq,
                    // The outbox is in the order of its numbers; whether it was sent before, is said here.
                    order: u64::from(queued.was_sent),
                    ..Place::default()
                };
                Some(outgoing_record(&place, &queued.message))
            }
        }
    }
}

/// Where a message to the server stands. By default in the outbox.
#[derive(Default)]
struct Place {
    stage: u8,
    id: u16,
    epoch: u16,
    seq: u64,
    order: u64,
}

/// As [`Journal::record`], for those that are no messages to the server.
fn other_record(session: &Session, name: RecordName, epoch: u16) -> Option<Vec<u8>> {
    match name {
        RecordName::Incoming(id) => {
            let incoming = session.inbound.get(id)?;
            let mut w = begin(INCOMING, &incoming.message);
            w.fixed16(id.get());
            w.fixed16(epoch);
            w.fixed64(incoming.seq);
            write_message(&mut w, &incoming.message);
            Some(end(w))
        }
        RecordName::Subscriptions => {
            if session.subscriptions.iter().len() == 0 {
                return None;
            }
            let mut w = Writer(vec![FORMAT, SUBSCRIPTIONS]);
            write_subscriptions(&mut w, &session.subscriptions);
            Some(end(w))
        }
        RecordName::Outgoing(_) | RecordName::Meta | RecordName::Saved => None,
    }
}

fn outgoing_record(place: &Place, message: &Message) -> Vec<u8> {
    let mut w = begin(OUTGOING, message);
    w.byte(place.stage);
    w.fixed16(place.id);
    w.fixed16(place.epoch);
    w.fixed64(place.seq);
    w.fixed64(place.order);
    write_message(&mut w, message);
    end(w)
}

fn meta(session: &Session, reserved: u16, epoch: u16) -> Vec<u8> {
    let mut w = Writer(vec![FORMAT, META]);
    write_version(&mut w, session.version);
    write_flags(&mut w, session);
    w.fixed64(session.uid);
    w.fixed64(u64::from(session.expiry_interval));
    w.fixed64(session.disconnected_at.map_or(0, |at| at.saturating_add(1)));
    w.fixed16(reserved);
    w.fixed16(epoch);
    w.bytes(session.client_id.as_bytes());
    end(w)
}

/// Begins the record of a message, with room for all of it: a turn may write thousands.
fn begin(kind: u8, message: &Message) -> Writer {
    let mut bytes = Vec::with_capacity(message.size() + BESIDE_MESSAGE);
    bytes.extend_from_slice(&[FORMAT, kind]);
    Writer(bytes)
}

fn end(mut w: Writer) -> Vec<u8> {
    let sum = crc32(&w.0).to_be_bytes();
    w.0.extend_from_slice(&sum);
    w.0
}
