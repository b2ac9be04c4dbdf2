//! The parts that stored forms of a session have in common: messages and subscriptions, field by field.
//!
//! Reading is strict: what no session could hold is an error that names the field. Must never live here:
//! how the parts are put together; that is `snapshot` for the one string, `journal` for the records.

use super::Session;
use super::message::Message;
use super::record::{Reader, Writer};
use super::snapshot_error::SnapshotError;
use super::subscriptions::{Subscription, Subscriptions};
use crate::codec::{
    PacketId, Properties, PropertySet, QoS, SubscriptionOptions, Version, validate_filter,
    validate_name,
};

const RETAIN: u8 = 4;
/// Since format 2.
const KEYED: u8 = 8;
/// Since format 2, of a message in the outbox: it was sent once, in a session the server has lost.
const SENT: u8 = 16;

pub(super) fn write_version(w: &mut Writer, version: Version) {
    w.byte(match version {
        Version::V311 => 4,
        Version::V5 => 5,
    });
}

pub(super) fn read_version(r: &mut Reader<'_>) -> Result<Version, SnapshotError> {
    match r.byte("protocol version")? {
        4 => Ok(Version::V311),
        5 => Ok(Version::V5),
        _ => Err(invalid("protocol version")),
    }
}

const ESTABLISHED: u8 = 1;
/// Since format 2.
const LOST: u8 = 2;
/// Since format 2.
const RESUBSCRIBE: u8 = 4;

pub(super) fn write_flags(w: &mut Writer, session: &Session) {
    let flags = [
        (session.established, ESTABLISHED),
        (session.lost, LOST),
        (session.resubscribe, RESUBSCRIBE),
    ];
    let set = flags.into_iter().filter(|(is_set, _)| *is_set);
    w.byte(set.fold(0, |all, (_, flag)| all | flag));
}

/// Reads what [`write_flags`] wrote; the function returned sets it in a session.
pub(super) fn read_flags(
    r: &mut Reader<'_>,
    is_first_format: bool,
) -> Result<impl FnOnce(&mut Session) + use<>, SnapshotError> {
    let flags = r.byte("session flags")?;
    let known = match is_first_format {
        true => ESTABLISHED,
        false => ESTABLISHED | LOST | RESUBSCRIBE,
    };
    if flags & !known != 0 {
        return Err(invalid("session flags"));
    }
    Ok(move |session: &mut Session| {
        session.established = flags & ESTABLISHED != 0;
        session.lost = flags & LOST != 0;
        session.resubscribe = flags & RESUBSCRIBE != 0;
    })
}

pub(super) fn write_message(w: &mut Writer, message: &Message) {
    write_queued(w, message, false);
}

pub(super) fn write_queued(w: &mut Writer, message: &Message, was_sent: bool) {
    let retain = if message.retain { RETAIN } else { 0 };
    let keyed = if message.key.is_some() { KEYED } else { 0 };
    let sent = if was_sent { SENT } else { 0 };
    w.byte(message.qos as u8 | retain | keyed | sent);
    if let Some(key) = &message.key {
        w.bytes(key.as_bytes());
    }
    w.bytes(message.topic.as_bytes());
    w.bytes(&message.properties);
    w.optional(message.expires_at);
    w.bytes(&message.payload);
}

pub(super) fn read_message(r: &mut Reader<'_>, version: Version) -> Result<Message, SnapshotError> {
    match read_queued(r, version)? {
        (message, false) => Ok(message),
        _ => Err(invalid("message flags")),
    }
}

/// Reads what [`write_queued`] wrote.
pub(super) fn read_queued(
    r: &mut Reader<'_>,
    version: Version,
) -> Result<(Message, bool), SnapshotError> {
    let flags = r.byte("message flags")?;
    let known = 3 | RETAIN | KEYED | SENT;
    let qos = QoS::from_bits(flags & 3).filter(|_| flags & !known == 0);
    let key = match flags & KEYED {
        0 => None,
        _ => Some(r.text("message key")?.into()),
    };
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
    let message = Message {
        key,
        topic: topic.into(),
        qos,
        retain: flags & RETAIN != 0,
        properties: properties.into(),
        expires_at: r.optional("message expiry")?,
        payload: r.bytes("message payload")?.into(),
    };
    Ok((message, flags & SENT != 0))
}

pub(super) fn write_subscriptions(w: &mut Writer, subscriptions: &Subscriptions) {
    let subscriptions = subscriptions.iter();
    w.number(subscriptions.len() as u64);
    for (filter, subscription) in subscriptions {
        w.bytes(filter.as_bytes());
        w.byte(subscription.options.to_bits());
        w.number(u64::from(subscription.identifier.unwrap_or_default()));
    }
}

pub(super) fn read_subscriptions(
    r: &mut Reader<'_>,
    into: &mut Subscriptions,
) -> Result<(), SnapshotError> {
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
        into.granted(
            filter,
            Subscription {
                options,
                identifier,
            },
        );
    }
    Ok(())
}

/// A number that is counted on from: no session lives long enough for half of all there are.
pub(super) fn counter(count: u64, field: &'static str) -> Result<u64, SnapshotError> {
    match count > u64::MAX / 2 {
        true => Err(invalid(field)),
        false => Ok(count),
    }
}

pub(super) fn packet_id(id: u16, field: &'static str) -> Result<PacketId, SnapshotError> {
    PacketId::new(id).ok_or(invalid(field))
}

pub(super) fn invalid(field: &'static str) -> SnapshotError {
    SnapshotError::Invalid { field }
}
