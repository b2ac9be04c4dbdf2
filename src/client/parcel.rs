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
    /// The PUBLISHes in it, in order.
    pub(super) publishes: Vec<Sent>,
}

/// A PUBLISH in a parcel.
#[derive(Debug)]
pub(super) struct Sent {
    /// Of QoS 1 and 2: what it is in the session. Of QoS 0 nobody will see it again.
    pub(super) kept: Option<Kept>,
    pub(super) token: Option<Token>,
    /// Where in the parcel it is.
    pub(super) range: Range<usize>,
}

/// What a PUBLISH of QoS 1 or 2 is in the session.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Kept {
    /// The record without which it must not leave.
    pub(super) name: RecordName,
    pub(super) id: PacketId,
}

impl Sent {
    /// The caller, of a message of QoS 0.
    pub(super) fn passing(&self) -> Option<Token> {
        match self.kept {
            None => self.token,
            Some(_) => None,
        }
    }
}

impl Parcel {
    pub(super) fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// Adds the callers of the QoS 0 messages in it to `callers`.
    pub(super) fn unacknowledged(&self, callers: &mut Vec<Token>) {
        for sent in &self.publishes {
            if let Some(caller) = sent.passing() {
                callers.push(caller);
            }
        }
    }

    /// Puts what is in `later` behind.
    pub(super) fn append(&mut self, mut later: Parcel) {
        if self.is_empty() {
            *self = later;
            return;
        }
        let start = self.bytes.len();
        self.bytes.extend_from_slice(&later.bytes);
        for sent in &mut later.publishes {
            sent.range.start += start;
            sent.range.end += start;
        }
        self.publishes.append(&mut later.publishes);
    }

    /// Takes the PUBLISHes of the message with this record back out.
    pub(super) fn withdraw(&mut self, name: RecordName) {
        let is_it = |sent: &Sent| sent.kept.is_some_and(|kept| kept.name == name);
        while let Some(place) = self.publishes.iter().position(is_it) {
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
