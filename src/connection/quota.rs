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
    /// A full quota of `limit` messages.
    pub fn new(limit: u16) -> Self {
        Self {
            unacknowledged: PacketIds::default(),
            limit,
        }
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

/// How many more QoS 1 and 2 messages the server may send.
#[derive(Clone, Copy, Debug)]
pub struct ReceiveQuota {
    unacknowledged: u16,
    limit: u16,
}

impl ReceiveQuota {
    /// As announced in our CONNECT.
    pub fn new(limit: u16) -> Self {
        Self {
            unacknowledged: 0,
            limit,
        }
    }

    /// A message came; false when the server had no right to send it `[MQTT-3.3.4-9]`.
    pub fn take(&mut self) -> bool {
        self.unacknowledged = self.unacknowledged.saturating_add(1);
        self.unacknowledged <= self.limit
    }

    /// We sent PUBACK, PUBCOMP, or PUBREC with a failure.
    pub fn give_back(&mut self) {
        self.unacknowledged = self.unacknowledged.saturating_sub(1);
    }
}
