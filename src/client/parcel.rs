//! Bytes that leave together, and what is to be said of the messages in them.
//!
//! Must never live here: when they may leave; that is `durable`.

use std::ops::Range;

use crate::codec::PacketId;
use crate::session::journal::RecordName;
use crate::session::outbound::Token;

/// One turn's packets.
#[derive(Debug, Default)]
pub(super) struct Parcel {
    pub(super) bytes: Vec<u8>,
    /// The QoS 0 messages in it, which nobody will see again.
    pub(super) unacknowledged: Vec<Token>,
    /// The QoS 1 and 2 PUBLISHes in it.
    pub(super) publishes: Vec<Sent>,
}

/// A QoS 1 or 2 PUBLISH in a parcel.
#[derive(Debug)]
pub(super) struct Sent {
    /// The record without which it must not leave.
    pub(super) name: RecordName,
    pub(super) id: PacketId,
    pub(super) token: Option<Token>,
    /// Where in the parcel it is.
    pub(super) range: Range<usize>,
}

impl Parcel {
    pub(super) fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// Puts what is in `later` behind.
    pub(super) fn append(&mut self, later: Parcel) {
        let start = self.bytes.len();
        self.bytes.extend_from_slice(&later.bytes);
        self.unacknowledged.extend(later.unacknowledged);
        self.publishes
            .extend(later.publishes.into_iter().map(|sent| Sent {
                range: sent.range.start + start..sent.range.end + start,
                ..sent
            }));
    }

    /// Takes the PUBLISHes of the message with this record back out.
    pub(super) fn withdraw(&mut self, name: RecordName) {
        while let Some(place) = self.publishes.iter().position(|sent| sent.name == name) {
            let range = self.publishes.remove(place).range;
            let length = range.len();
            for later in self.publishes.iter_mut().skip(place) {
                later.range.start -= length;
                later.range.end -= length;
            }
            self.bytes.drain(range);
        }
    }
}
