//! A whole session as one string, and back.
//!
//! Lives here: the body of format 1, field by field. Reading is strict: whatever does not make a valid
//! session is an error that names the field, and nothing is taken over in part. Must never live here:
//! credentials, topic aliases, quotas; and no clock, so the caller says what time it is.
//!
//! Format 1 never changes. A new format gets the next number and its own reader beside this one, and
//! the golden strings in `tests/golden` keep the old one readable.

use super::Session;
use super::envelope;
use super::inbound::{Incoming, IncomingStage};
use super::message::Message;
use super::outbound::{Outgoing, OutgoingStage, Queued};
use super::record::{Reader, Writer};
pub use super::snapshot_error::SnapshotError;
use super::subscriptions::Subscription;
use crate::codec::{
    PacketId, Properties, PropertySet, QoS, SubscriptionOptions, Version, validate_filter,
    validate_name,
};

/// The newest format this version reads, and the one it writes.
pub const FORMAT: u32 = 1;

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
    w.byte(match session.version {
        Version::V311 => 4,
        Version::V5 => 5,
    });
    w.byte(u8::from(session.established));
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
        message(&mut w, &outgoing.message);
    }
    let outbox = session.outbound.outbox();
    w.number(outbox.len() as u64);
    for queued in outbox {
        w.number(queued.seq);
        message(&mut w, &queued.message);
    }
    let held = session.inbound.held();
    w.number(held.len() as u64);
    for (id, incoming) in held {
        w.number(u64::from(id.get()));
        w.byte(incoming.stage as u8);
        w.number(incoming.seq);
        message(&mut w, &incoming.message);
    }
    let subscriptions = session.subscriptions.iter();
    w.number(subscriptions.len() as u64);
    for (filter, subscription) in subscriptions {
        w.bytes(filter.as_bytes());
        w.byte(subscription.options.to_bits());
        w.number(u64::from(subscription.identifier.unwrap_or_default()));
    }
    envelope::seal(FORMAT, &w.0)
}

/// Reads a session that [`save`] wrote.
pub fn restore(text: &str) -> Result<Saved, SnapshotError> {
    let (_, body) = envelope::open(text, FORMAT)?;
    let mut r = Reader(&body);
    let version = match r.byte("protocol version")? {
        4 => Version::V311,
        5 => Version::V5,
        _ => return Err(invalid("protocol version")),
    };
    let established = match r.byte("established")? {
        flag @ 0..=1 => flag == 1,
        _ => return Err(invalid("established")),
    };
    let client_id = r.text("client id")?;
    let saved_at = r.number("saved at")?;
    let disconnected_at = r.optional("disconnected at")?;
    let expiry_interval = r.number_as("session expiry interval")?;
    let uid = r.number("session uid")?;
    let mut session = Session::new(version, client_id, uid);
    session.expiry_interval = expiry_interval;
    session.disconnected_at = disconnected_at;
    session.established = established;
    session.base_revision = counter(&mut r, "revision")?;
    let cursor: u16 = r.number_as("packet id cursor")?;
    let next_seq = counter(&mut r, "next message number")?;

    for _ in 0..r.count("outgoing count")? {
        let id = packet_id(&mut r, "outgoing packet id")?;
        let stage =
            OutgoingStage::from_byte(r.byte("outgoing stage")?).ok_or(invalid("outgoing stage"))?;
        let outgoing = Outgoing {
            seq: r.number("outgoing number")?,
            order: counter(&mut r, "outgoing order")?,
            stage,
            message: read_message(&mut r, version)?,
            token: None,
        };
        let at_least_once = stage == OutgoingStage::AwaitingPubAck;
        if outgoing.message.qos == QoS::AtMostOnce
            || at_least_once != (outgoing.message.qos == QoS::AtLeastOnce)
        {
            return Err(invalid("outgoing stage"));
        }
        if outgoing.seq >= next_seq {
            return Err(invalid("outgoing number"));
        }
        if !session.ids.reserve(id) || !session.outbound.restore_in_flight(id, outgoing) {
            return Err(invalid("outgoing packet id"));
        }
    }
    for _ in 0..r.count("outbox count")? {
        let queued = Queued {
            seq: r.number("outbox number")?,
            message: read_message(&mut r, version)?,
            token: None,
        };
        if queued.seq >= next_seq {
            return Err(invalid("outbox number"));
        }
        if queued.message.qos == QoS::AtMostOnce {
            return Err(invalid("outbox QoS"));
        }
        session.outbound.restore_queued(queued);
    }
    for _ in 0..r.count("incoming count")? {
        let id = packet_id(&mut r, "incoming packet id")?;
        let incoming = Incoming {
            stage: IncomingStage::from_byte(r.byte("incoming stage")?)
                .ok_or(invalid("incoming stage"))?,
            seq: counter(&mut r, "incoming number")?,
            message: read_message(&mut r, version)?,
            restored: true,
        };
        if incoming.message.qos != QoS::ExactlyOnce {
            return Err(invalid("incoming QoS"));
        }
        if !session.inbound.restore(id, incoming) {
            return Err(invalid("incoming packet id"));
        }
    }
    for _ in 0..r.count("subscription count")? {
        let filter = r.text("subscription filter")?;
        validate_filter(filter).map_err(|_| invalid("subscription filter"))?;
        let options = SubscriptionOptions::from_bits(r.byte("subscription options")?)
            .ok_or(invalid("subscription options"))?;
        let identifier = match r.number_as("subscription identifier")? {
            0 => None,
            id @ 1..=268_435_455u32 => Some(id),
            _ => return Err(invalid("subscription identifier")),
        };
        session.subscriptions.granted(
            filter,
            Subscription {
                options,
                identifier,
            },
        );
    }
    r.end()?;
    session.outbound.reserve_seq(next_seq);
    session.ids.set_cursor(cursor);
    Ok(Saved { session, saved_at })
}

fn message(w: &mut Writer, message: &Message) {
    w.byte(message.qos as u8 | u8::from(message.retain) << 2);
    w.bytes(message.topic.as_bytes());
    w.bytes(&message.properties);
    w.optional(message.expires_at);
    w.bytes(&message.payload);
}

fn read_message(r: &mut Reader<'_>, version: Version) -> Result<Message, SnapshotError> {
    let flags = r.byte("message flags")?;
    let qos = QoS::from_bits(flags & 3).filter(|_| flags & !7 == 0);
    let topic = r.text("message topic")?;
    validate_name(topic).map_err(|_| invalid("message topic"))?;
    let properties = r.bytes("message properties")?;
    let parsed = Properties::parse(PropertySet::Publish, properties)
        .map_err(|_| invalid("message properties"))?;
    // The expiry is kept as a point in time, and an alias never.
    let dated = parsed.message_expiry_interval().is_some() || parsed.topic_alias().is_some();
    if dated || (version == Version::V311 && !parsed.is_empty()) {
        return Err(invalid("message properties"));
    }
    let qos = qos.ok_or(invalid("message flags"))?;
    Ok(Message {
        topic: topic.into(),
        qos,
        retain: flags & 4 != 0,
        properties: properties.into(),
        expires_at: r.optional("message expiry")?,
        payload: r.bytes("message payload")?.into(),
    })
}

/// A number that is counted on from: no session lives long enough for half of all there are.
fn counter(r: &mut Reader<'_>, field: &'static str) -> Result<u64, SnapshotError> {
    match r.number(field)? {
        count if count > u64::MAX / 2 => Err(invalid(field)),
        count => Ok(count),
    }
}

fn packet_id(r: &mut Reader<'_>, field: &'static str) -> Result<PacketId, SnapshotError> {
    PacketId::new(r.number_as(field)?).ok_or(invalid(field))
}

fn invalid(field: &'static str) -> SnapshotError {
    SnapshotError::Invalid { field }
}
