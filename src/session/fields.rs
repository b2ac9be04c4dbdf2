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
    Properties, PropertySet, QoS, SubscriptionOptions, Version, validate_filter, validate_name,
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

pub(super) fn read_version(r: &mut Reader<'_>) -> Version {
    let level = r.byte("protocol version");
    r.check(matches!(level, 4 | 5), "protocol version");
    match level {
        4 => Version::V311,
        _ => Version::V5,
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
    let mut all = 0;
    for &(is_set, flag) in &flags {
        if is_set {
            all |= flag;
        }
    }
    w.byte(all);
}

/// Reads what [`write_flags`] wrote.
pub(super) fn read_flags(r: &mut Reader<'_>, is_first_format: bool) -> u8 {
    let flags = r.byte("session flags");
    let known = match is_first_format {
        true => ESTABLISHED,
        false => ESTABLISHED | LOST | RESUBSCRIBE,
    };
    r.check(flags & !known == 0, "session flags");
    flags
}

/// Sets in `session` what [`read_flags`] read.
pub(super) fn set_flags(session: &mut Session, flags: u8) {
    session.established = flags & ESTABLISHED != 0;
    session.lost = flags & LOST != 0;
    session.resubscribe = flags & RESUBSCRIBE != 0;
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

pub(super) fn read_message(r: &mut Reader<'_>, version: Version) -> Box<Message> {
    let (message, was_sent) = read_queued(r, version);
    r.check(!was_sent, "message flags");
    message
}

/// Reads what [`write_queued`] wrote.
pub(super) fn read_queued(r: &mut Reader<'_>, version: Version) -> (Box<Message>, bool) {
    let flags = r.byte("message flags");
    let qos = QoS::from_bits(flags & 3);
    let known = 3 | RETAIN | KEYED | SENT;
    r.check(qos.is_some() && flags & !known == 0, "message flags");
    let is_keyed = flags & KEYED != 0;
    let key = is_keyed.then(|| r.text("message key").into());
    let topic = r.text("message topic");
    r.check(validate_name(topic).is_ok(), "message topic");
    let properties = r.bytes("message properties");
    // The expiry is kept as a point in time, and an alias never.
    let parsed = Properties::parse(PropertySet::Publish, properties);
    let storable = parsed.is_ok_and(|parsed| {
        let dated = parsed.message_expiry_interval().is_some() || parsed.topic_alias().is_some();
        !dated && (version == Version::V5 || parsed.is_empty())
    });
    r.check(storable, "message properties");
    let message = Box::new(Message {
        key,
        topic: topic.into(),
        qos: qos.unwrap_or_default(),
        retain: flags & RETAIN != 0,
        properties: properties.into(),
        expires_at: r.optional("message expiry"),
        payload: r.bytes("message payload").into(),
    });
    (message, flags & SENT != 0)
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

pub(super) fn read_subscriptions(r: &mut Reader<'_>, into: &mut Subscriptions) {
    let mut left = r.count("subscription count");
    while r.another(&mut left) {
        let filter = r.text("subscription filter");
        r.check(validate_filter(filter).is_ok(), "subscription filter");
        let options = SubscriptionOptions::from_bits(r.byte("subscription options"));
        r.check(options.is_some(), "subscription options");
        let identifier = r.number_up_to(268_435_455, "subscription identifier") as u32;
        let subscription = Subscription {
            options: options.unwrap_or_default(),
            identifier: (identifier > 0).then_some(identifier),
        };
        into.granted(filter, subscription);
    }
}

pub(super) fn invalid(field: &'static str) -> SnapshotError {
    SnapshotError::Invalid { field }
}
