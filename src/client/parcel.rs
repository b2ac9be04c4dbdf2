//! Bytes that leave together, and what is to be said of the messages in them.
//!
//! Must never live here: when they may leave; that is `durable`.

use std::ops::Range;

use crate::session::journal::RecordName;
use crate::session::outbound::Token;

/// One turn's packets.
#[derive(Debug, Default)]
pub(super) struct Parcel {
    pub(super) bytes: Vec<u8>,
    /// The QoS 0 messages in it, which nobody will see again.
    pub(super) unacknowledged: Vec<Token>,
    /// The QoS 1 and 2 messages in it.
    pub(super) acknowledged: Vec<Token>,
    /// Where the PUBLISHes are whose records may turn out not to be storable.
    publishes: Vec<(RecordName, Range<usize>)>,
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
        self.acknowledged.extend(later.acknowledged);
        let moved = |(name, range): (_, Range<usize>)| {
            let moved = range.start + start..range.end + start;
            (name, moved)
        };
        self.publishes
            .extend(later.publishes.into_iter().map(moved));
    }

    /// What was appended since the parcel had `start` bytes is the PUBLISH of the message with this record.
    pub(super) fn mark(&mut self, name: RecordName, start: usize) {
        self.publishes.push((name, start..self.bytes.len()));
    }

    /// Takes the PUBLISHes of the message with this record back out.
    pub(super) fn withdraw(&mut self, name: RecordName, token: Option<Token>) {
        self.acknowledged.retain(|sent| Some(*sent) != token);
        while let Some(place) = self.publishes.iter().position(|(n, _)| *n == name) {
            let (_, range) = self.publishes.remove(place);
            let length = range.len();
            for (_, later) in self.publishes.iter_mut().skip(place) {
                later.start -= length;
                later.end -= length;
            }
            self.bytes.drain(range);
        }
    }
}
