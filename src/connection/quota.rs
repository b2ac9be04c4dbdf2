//! Receive Maximum, both ways (MQTT 5 §4.9): how many QoS 1 and 2 messages may be unacknowledged.
//!
//! 3.1.1 has no such limit. Towards a 3.1.1 server a window of our own takes its place, because
//! brokers drop what they cannot queue; see `DEFAULT_WINDOW_V311`.
//!
//! Must never live here: counting in a saved session. On every connection the count begins anew, with
//! what is resent on it `[MQTT-4.9.0-1]`.

/// How many unacknowledged publishes are sent to a 3.1.1 server unless the caller says otherwise.
/// Mosquitto's default limit is 20, and it acknowledges and discards what comes above it.
pub const DEFAULT_WINDOW_V311: u16 = 20;

use crate::codec::PacketId;
use crate::session::packet_ids::PacketIds;

/// How many more QoS 1 and 2 messages may be sent. It knows them by identifier, so that nothing is
/// counted twice, or given back without having been taken.
#[derive(Debug, Default)]
pub struct SendQuota {
    unacknowledged: PacketIds,
    limit: u16,
}

impl SendQuota {
    /// From here on `limit` messages may be unacknowledged; at first none.
    pub fn open(&mut self, limit: u16) {
        self.limit = limit;
    }

    /// Whether a PUBLISH may be sent `[MQTT-4.9.0-2]`.
    pub fn is_open(&self) -> bool {
        self.unacknowledged.in_use() < self.limit
    }

    /// Counts a PUBLISH, or a PUBREL that is sent again: the server counts its message, too. A PUBREL
    /// is never held back `[MQTT-4.9.0-3]`, so the count may pass the limit.
    pub fn take(&mut self, id: PacketId) {
        self.unacknowledged.reserve(id);
    }

    /// Counts a PUBACK, a PUBCOMP, or a PUBREC with a failure.
    pub fn give_back(&mut self, id: PacketId) {
        self.unacknowledged.release(id);
    }
}

/// How many more QoS 1 and 2 messages the server may send. Those of QoS 2 it knows by identifier: one that is sent again on
/// another connection counts there, too, and once.
///
/// The session outlives the count. A server that is still owed PUBCOMP for all it could send may send as many again on the next
/// connection, for which the count begins anew (MQTT 5 §4.9), while the first ones are still here, of QoS 2 in the session.
/// But before it goes on it sends again what it owes `[MQTT-4.4.0-1]`, so what is not released is never more than the limit, and
/// twice as much leaves room for all that the application has not acknowledged yet. Where there is none, what the server has
/// not come back to gives way.
#[derive(Debug)]
pub struct ReceiveQuota {
    qos2: PacketIds,
    /// QoS 1, and places that identifiers of QoS 2 have taken for good.
    others: u32,
    limit: u16,
}

impl ReceiveQuota {
    /// As announced in our CONNECT.
    pub fn new(limit: u16) -> Self {
        Self {
            qos2: PacketIds::default(),
            others: 0,
            limit,
        }
    }

    /// A message of QoS 1 came; false when the server had no right to send it `[MQTT-3.3.4-9]`.
    pub fn take(&mut self) -> bool {
        self.others = self.others.saturating_add(1);
        self.is_kept()
    }

    /// As [`Self::take`], for a message of QoS 2; `held` says that it has come before and was not released. An identifier that is
    /// used for another one before its time `[MQTT-2.2.1-4]` takes a place for good.
    pub fn take_id(&mut self, id: PacketId, held: bool) -> bool {
        if !self.qos2.reserve(id) && !held {
            return self.take();
        }
        self.is_kept()
    }

    /// We sent PUBACK.
    pub fn give_back(&mut self) {
        self.others = self.others.saturating_sub(1);
    }

    /// We sent PUBCOMP, or PUBREC with a failure.
    pub fn give_back_id(&mut self, id: PacketId) {
        self.qos2.release(id);
    }

    /// Whether a session that holds so many messages of QoS 2 may hold one more.
    pub fn has_room(&self, held: usize) -> bool {
        held < usize::from(self.limit) * 2
    }

    fn is_kept(&self) -> bool {
        let qos2 = u32::from(self.qos2.in_use());
        self.others.saturating_add(qos2) <= u32::from(self.limit)
    }
}
