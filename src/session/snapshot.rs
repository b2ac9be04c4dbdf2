//! A whole session as one string, and back.
//!
//! Lives here: the body of formats 1 and 2, field by field. Reading is strict: whatever does not make a valid
//! session is an error that names the field, and nothing is taken over in part. Must never live here:
//! credentials, topic aliases, quotas; and no clock, so the caller says what time it is.
//!
//! A format never changes; a new one gets the next number, and the golden strings in `tests/golden` keep
//! the old ones readable. Format 2 added what may be absent: the key of a message, and that the server
//! has lost the session.

use super::Session;
use super::envelope;
use super::fields::{
    read_flags, read_message, read_queued, read_subscriptions, read_version, set_flags,
    write_flags, write_message, write_queued, write_subscriptions, write_version,
};
use super::inbound::{Incoming, IncomingStage};
use super::outbound::{Outgoing, OutgoingStage, Queued};
use super::record::{Reader, Writer};
pub use super::snapshot_error::SnapshotError;
use crate::codec::{QoS, Version};
use crate::text;

/// The newest format this version reads, and the one it writes.
pub const FORMAT: u32 = 2;

/// A session as it was read, with what was said about its saving.
#[derive(Debug)]
pub struct Saved {
    /// The session.
    pub session: Session,
    /// When it was saved, in milliseconds since the Unix epoch.
    pub saved_at: u64,
}

impl Saved {
    /// When the server may first have dropped the session: counted from the disconnection, or from the
    /// saving where the connection was still up. `None`: never (3.1.1, and 0xFFFFFFFF in MQTT 5).
    pub fn expires_at(&self) -> Option<u64> {
        let session = &self.session;
        if session.version == Version::V311 || session.expiry_interval == u32::MAX {
            return None;
        }
        let from = session.disconnected_at.unwrap_or(self.saved_at);
        Some(from.saturating_add(u64::from(session.expiry_interval) * 1000))
    }
}

/// Writes `session` as a string.
pub fn save(session: &Session, saved_at: u64) -> String {
    let mut w = Writer::default();
    write_version(&mut w, session.version);
    write_flags(&mut w, session);
    w.bytes(session.client_id.as_bytes());
    w.number(saved_at);
    w.optional(session.disconnected_at);
    w.number(u64::from(session.expiry_interval));
    w.number(session.uid);
    w.number(session.revision());
    w.number(u64::from(session.ids.cursor()));
    w.number(session.outbound.next_seq());

    let in_flight = session.outbound.in_flight();
    w.number(in_flight.len() as u64);
    for (id, outgoing) in in_flight {
        w.number(u64::from(id.get()));
        w.byte(outgoing.stage as u8);
        w.number(outgoing.seq);
        w.number(outgoing.order);
        write_message(&mut w, &outgoing.message);
    }
    let outbox = session.outbound.outbox();
    w.number(outbox.len() as u64);
    for queued in outbox {
        w.number(queued.seq);
        write_queued(&mut w, &queued.message, queued.was_sent);
    }
    let held = session.inbound.held();
    w.number(held.len() as u64);
    for (id, incoming) in held {
        w.number(u64::from(id.get()));
        w.byte(incoming.stage as u8);
        w.number(incoming.seq);
        write_message(&mut w, &incoming.message);
    }
    write_subscriptions(&mut w, &session.subscriptions);
    envelope::seal(FORMAT, w.0)
}

/// Reads a session that [`save`] wrote.
pub fn restore(text: &str) -> Result<Saved, SnapshotError> {
    let (format, body) = envelope::open(text, FORMAT)?;
    let mut r = Reader::new(&body);
    let version = read_version(&mut r);
    let flags = read_flags(&mut r, format == 1);
    let client_id = r.text("client id");
    // One that no CONNECT can say would be a session that never goes on.
    let can_be_said = client_id.len() <= usize::from(u16::MAX) && !text::has(client_id, 0);
    r.check(can_be_said, "client id");
    let saved_at = r.number("saved at");
    let disconnected_at = r.optional("disconnected at");
    let expiry_interval = r.number_up_to(u32::MAX.into(), "session expiry interval") as u32;
    let uid = r.number("session uid");
    let base_revision = r.counter("revision");
    let cursor = r.number_up_to(u16::MAX.into(), "packet id cursor") as u16;
    let next_seq = r.counter("next message number");
    // A session takes kilobytes however short this is.
    r.so_far()?;
    let mut session = Session::new(version, client_id, uid);
    session.disconnected_at = disconnected_at;
    session.expiry_interval = expiry_interval;
    session.base_revision = base_revision;
    set_flags(&mut session, flags);

    let mut left = r.count("outgoing count");
    while r.another(&mut left) {
        let id = r.packet_id("outgoing packet id");
        let stage = OutgoingStage::from_byte(r.byte("outgoing stage"));
        let outgoing = Outgoing {
            seq: r.number("outgoing number"),
            order: r.counter("outgoing order"),
            stage: stage.unwrap_or(OutgoingStage::AwaitingPubAck),
            message: read_message(&mut r, version),
            token: None,
            unsent: false,
            stored: true,
            was_sent: false,
        };
        let at_least_once = stage == Some(OutgoingStage::AwaitingPubAck);
        let qos = outgoing.message.qos;
        let is_at_stage = qos != QoS::AtMostOnce && at_least_once == (qos == QoS::AtLeastOnce);
        r.check(stage.is_some() && is_at_stage, "outgoing stage");
        r.check(outgoing.seq < next_seq, "outgoing number");
        let is_free = session.ids.reserve(id) && session.outbound.restore_in_flight(id, outgoing);
        r.check(is_free, "outgoing packet id");
    }
    let mut left = r.count("outbox count");
    let mut least = 0;
    while r.another(&mut left) {
        let seq = r.number("outbox number");
        let (message, was_sent) = read_queued(&mut r, version);
        r.check((least..next_seq).contains(&seq), "outbox number");
        least = seq.saturating_add(1);
        r.check(message.qos != QoS::AtMostOnce, "outbox QoS");
        session.outbound.restore_queued(Queued {
            seq,
            message,
            token: None,
            stored: true,
            was_sent,
        });
    }
    let mut left = r.count("incoming count");
    while r.another(&mut left) {
        let id = r.packet_id("incoming packet id");
        let stage = IncomingStage::from_byte(r.byte("incoming stage"));
        r.check(stage.is_some(), "incoming stage");
        let incoming = Incoming {
            stage: stage.unwrap_or(IncomingStage::SendingPubRec),
            seq: r.counter("incoming number"),
            message: read_message(&mut r, version),
            seen_on: 0,
            handed: false,
            released_on: 0,
            inherited: true,
        };
        r.check(incoming.message.qos == QoS::ExactlyOnce, "incoming QoS");
        let is_free = session.inbound.restore(id, incoming);
        r.check(is_free, "incoming packet id");
    }
    read_subscriptions(&mut r, &mut session.subscriptions);
    r.end()?;
    session.outbound.reserve_seq(next_seq);
    session.ids.set_cursor(cursor);
    Ok(Saved { session, saved_at })
}
