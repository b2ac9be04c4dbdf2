//! The records, read back into a session.
//!
//! What cannot be read is named and left out, and the rest restored; records of a newer format are not
//! touched at all. Must never live here: whether the session is the one that is wanted.

use super::{
    BLOCK, FORMAT, INCOMING, Journal, Known, META, OUTGOING, QUEUED, RecordName, SUBSCRIPTIONS,
};
use crate::codec::{PacketId, QoS, Version};
use crate::session::Session;
use crate::session::checksum::crc32;
use crate::session::fields::{
    invalid, read_flags, read_message, read_subscriptions, read_version, set_flags,
};
use crate::session::inbound::{Incoming, IncomingStage};
use crate::session::outbound::{Outgoing, OutgoingStage, Queued};
use crate::session::record::{COUNTER_MAX, Reader};
use crate::session::snapshot;
use crate::session::snapshot_error::SnapshotError;
use crate::sorted::SortedMap;

/// A session as its records tell it.
#[derive(Debug)]
pub struct Restored {
    /// The session.
    pub session: Session,
    /// What is stored of it.
    pub journal: Journal,
    /// Whether there was anything.
    pub found: bool,
    /// The records that could not be read, and why.
    pub bad: Vec<(String, SnapshotError)>,
}

/// Reads a session from `records`: names and bytes, in any order. Where `meta` is missing or cannot be read,
/// the session is `client_id`'s under `version`, and a new one by `uid`. An error means that the records are
/// a newer version's, or that all there is is a session saved by hand, which cannot be read. `random` says how far packet identifiers are moved where nothing else does.
pub fn restore(
    records: &[(String, Vec<u8>)],
    client_id: &str,
    version: Version,
    uid: u64,
    random: u64,
) -> Result<Restored, SnapshotError> {
    let mut restored = Restored {
        session: Session::new(version, client_id, uid),
        journal: Journal::default(),
        found: false,
        bad: Vec::new(),
    };
    // The place of each among the `records`.
    let mut readable = SortedMap::new();
    let mut saved = None;
    for (place, (text, record)) in records.iter().enumerate() {
        let Some(name) = RecordName::parse(text) else {
            continue;
        };
        if name == RecordName::Saved {
            saved = Some(record);
            continue;
        }
        match check(record) {
            Ok(()) => drop(readable.insert(name, place)),
            Err(error @ SnapshotError::NewerFormat { .. }) => return Err(error),
            Err(error) => restored.bad.push((text.clone(), error)),
        }
    }
    restored.found = readable.iter().len() > 0;
    if let Some(saved) = saved {
        let name = RecordName::Saved;
        restored.journal.known.insert(name, Known::Stored);
        restored.journal.touch(name, None);
        // As long as `meta` is not written, what is there of the records is the beginning of taking it up.
        let begun = readable.get(&RecordName::Meta).is_some();
        let damaged = restored.bad.iter().any(|(name, _)| name == "meta");
        if !begun && !damaged {
            for (name, _) in readable.iter() {
                restored.journal.known.insert(*name, Known::Stored);
            }
            restored.take_up(saved, random)?;
            return Ok(restored);
        }
    }
    let meta = readable.remove(&RecordName::Meta);
    let meta = meta.and_then(|place| records.get(place));
    let named = meta.is_some_and(|meta| restored.read(RecordName::Meta, meta));
    if !named {
        // What is in flight was sent to a server, and under which identifiers since, nobody knows.
        restored.session.established = true;
        restored.session.ids.skip_ahead(random);
    }
    for (name, place) in readable.iter() {
        if let Some(record) = records.get(*place) {
            restored.read(*name, record);
        }
    }
    for (text, _) in &restored.bad {
        // It may lie where it is for a while, and must not be overwritten.
        if let Some(RecordName::Outgoing(seq)) = RecordName::parse(text) {
            restored.session.outbound.reserve_seq(seq.saturating_add(1));
        }
    }
    if !named {
        let session = &mut restored.session;
        let held = session.outbound.in_flight().len() + session.inbound.held().len();
        session.established = held + session.subscriptions.iter().len() > 0;
        // In which of the server's sessions they are was said there.
        restored.journal.touch_all(session);
    }
    Ok(restored)
}

impl Restored {
    /// Takes over what a whole record says; false where it says what no session has.
    fn read(&mut self, name: RecordName, (text, record): &(String, Vec<u8>)) -> bool {
        let r = Reader::new(body_of(record));
        let read = match name {
            RecordName::Meta => self.meta(r, record),
            RecordName::Saved => Ok(()),
            RecordName::Subscriptions => self.subscriptions(r),
            RecordName::Outgoing(seq) => self.outgoing(r, seq),
            RecordName::Incoming(id) => self.incoming(r, id),
        };
        match read {
            Ok(()) => drop(self.journal.known.insert(name, Known::Stored)),
            Err(error) => self.bad.push((text.clone(), error)),
        }
        read.is_ok()
    }

    /// The session is the one that was saved by hand.
    fn take_up(&mut self, saved: &[u8], random: u64) -> Result<(), SnapshotError> {
        let text = std::str::from_utf8(saved).map_err(|_| SnapshotError::BadCharacter)?;
        self.session = snapshot::restore(text)?.session;
        self.session.ids.skip_ahead(random);
        self.journal.touch_all(&mut self.session);
        // None of it may be given up for want of room, so it counts as stored: the string goes when all is written.
        for (name, _) in self.journal.touched.iter() {
            self.journal.known.insert(*name, Known::Stored);
        }
        self.found = true;
        Ok(())
    }

    fn meta(&mut self, mut r: Reader<'_>, record: &[u8]) -> Result<(), SnapshotError> {
        kind(&mut r, META);
        let version = read_version(&mut r);
        let flags = read_flags(&mut r, false);
        let uid = r.fixed64("session uid");
        let expiry_interval = r.fixed64("session expiry interval");
        r.check(
            expiry_interval <= u32::MAX.into(),
            "session expiry interval",
        );
        let disconnected_at = r.fixed64("disconnected at").checked_sub(1);
        let reserved = r.fixed16("reserved packet ids");
        let epoch = r.fixed16("session epoch");
        let client_id = r.text("client id");
        r.end()?;
        let mut session = Session::new(version, client_id, uid);
        set_flags(&mut session, flags);
        session.expiry_interval = expiry_interval as u32;
        session.disconnected_at = disconnected_at;
        session.ids.set_cursor(reserved.wrapping_add(BLOCK));
        self.session = session;
        self.journal.reserved = reserved;
        self.journal.epoch = epoch;
        self.journal.meta = record.to_vec();
        Ok(())
    }

    fn subscriptions(&mut self, mut r: Reader<'_>) -> Result<(), SnapshotError> {
        kind(&mut r, SUBSCRIPTIONS);
        let mut subscriptions = Default::default();
        read_subscriptions(&mut r, &mut subscriptions);
        r.end()?;
        self.session.subscriptions = subscriptions;
        Ok(())
    }

    fn outgoing(&mut self, mut r: Reader<'_>, name: u64) -> Result<(), SnapshotError> {
        kind(&mut r, OUTGOING);
        let stage = r.byte("outgoing stage");
        let id = r.fixed16("outgoing packet id");
        let epoch = r.fixed16("outgoing epoch");
        let seq = r.fixed64("outgoing number");
        let order = r.fixed64("outgoing order");
        r.check(order <= COUNTER_MAX, "outgoing order");
        let message = read_message(&mut r, self.session.version);
        r.check(seq == name, "outgoing number");
        r.check(message.qos != QoS::AtMostOnce, "outgoing QoS");
        r.end()?;
        // Written by a batch that was never finished, or in a session that no CONNACK began: whatever its stage,
        // it was never sent.
        let unsent = !self.session.established || self.is_unfinished(epoch);
        if stage == QUEUED || unsent {
            if stage != QUEUED {
                self.journal.touch(RecordName::Outgoing(seq), None);
            }
            self.session.outbound.restore_queued(Queued {
                seq,
                message,
                token: None,
                stored: true,
                // In flight in a session of the server's that `meta` does not know of: perhaps for the second time.
                was_sent: match stage {
                    QUEUED => order > 0,
                    _ => self.session.established,
                },
            });
        } else {
            let stage = OutgoingStage::from_byte(stage).ok_or(invalid("outgoing stage"))?;
            let at_least_once = stage == OutgoingStage::AwaitingPubAck;
            if at_least_once != (message.qos == QoS::AtLeastOnce) {
                return Err(invalid("outgoing stage"));
            }
            let id = PacketId::new(id).filter(|id| self.session.ids.reserve(*id));
            let id = id.ok_or(invalid("outgoing packet id"))?;
            // Without `meta` it is not known which of the records are of the server's last session, nor so what their
            // orders count from; but messages are first sent in the order they were accepted in.
            let nameless = self.journal.meta.is_empty();
            let outgoing = Outgoing {
                seq,
                order: if nameless { seq } else { order },
                stage,
                message,
                token: None,
                unsent: false,
                stored: true,
                was_sent: false,
            };
            self.session.outbound.restore_in_flight(id, outgoing);
        }
        self.session.outbound.reserve_seq(seq + 1);
        Ok(())
    }

    /// Whether a record was written by a batch that was never finished, so that nothing was sent that depends on
    /// it: it speaks of a session of the server's that `meta`, the last of the batch, does not know of.
    fn is_unfinished(&self, epoch: u16) -> bool {
        !self.journal.meta.is_empty() && epoch != self.journal.epoch
    }

    fn incoming(&mut self, mut r: Reader<'_>, name: PacketId) -> Result<(), SnapshotError> {
        kind(&mut r, INCOMING);
        let id = r.fixed16("incoming packet id");
        r.check(id == name.get(), "incoming packet id");
        let epoch = r.fixed16("incoming epoch");
        let seq = r.fixed64("incoming number");
        r.check(seq <= COUNTER_MAX, "incoming number");
        let message = read_message(&mut r, self.session.version);
        r.check(message.qos == QoS::ExactlyOnce, "incoming QoS");
        r.end()?;
        if self.is_unfinished(epoch) {
            // The server was not told that it has arrived, and sends it again.
            self.journal.touch(RecordName::Incoming(name), None);
            return Ok(());
        }
        let incoming = Incoming {
            seq,
            stage: IncomingStage::AwaitingPubRel,
            message,
            seen_on: 0,
            handed: false,
            released_on: 0,
            inherited: true,
        };
        self.session.inbound.restore(name, incoming);
        Ok(())
    }
}

/// Whether these are the bytes of a record, of whatever format.
pub fn is_whole(record: &[u8]) -> bool {
    let Some((all, sum)) = record.split_last_chunk() else {
        return false;
    };
    crc32(all).to_be_bytes() == *sum
}

/// Makes sure that a record is whole and of a format that is known.
fn check(record: &[u8]) -> Result<(), SnapshotError> {
    if !is_whole(record) {
        return Err(SnapshotError::Checksum);
    }
    match record {
        [0, ..] | [_, _, _, _] => Err(SnapshotError::NotASession),
        [format, ..] if *format > FORMAT => Err(SnapshotError::NewerFormat {
            format: u32::from(*format),
            newest: u32::from(FORMAT),
        }),
        _ => Ok(()),
    }
}

/// What such a record says, from its kind on: without the format in front and the checksum behind.
fn body_of(record: &[u8]) -> &[u8] {
    let end = record.len().saturating_sub(4);
    record.get(1..end).unwrap_or_default()
}

fn kind(r: &mut Reader<'_>, kind: u8) {
    let is_right = r.byte("record kind") == kind;
    r.check(is_right, "record kind");
}
