//! Which messages lie in packs: several records under one key of the store (`session::journal::Pack`).
//!
//! Messages that are accepted together lie together, as they will go together: a store is slow by the call, and what one
//! turn says ought to cost few. A pack holds messages with consecutive numbers and is named by the first; it
//! changes as a whole, gets only shorter, and goes with the last of them. Must never live here: the store.

use crate::decimal;
use crate::session::journal::{Change, RecordName};
use crate::sorted::SortedMap;

/// How long a pack may be, in bytes of records. What goes alone has the rest written again: as long as that does not take
/// much longer than the call itself.
const LONGEST: usize = 16_384;

/// How many messages may lie in one: a bit for each.
const MOST: u64 = 64;

/// Fewer than these are not worth one.
const FEWEST: usize = 8;

/// What the names of packs begin with.
const PREFIX: &str = "p/";

/// What changes together.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Together {
    /// A record that lies alone.
    Alone,
    /// Records that lie in this pack.
    In(u64),
    /// New records, to be put into a pack of this number.
    New(u64),
}

/// Which messages lie in packs.
#[derive(Debug, Default)]
pub(super) struct Packs {
    /// What is left of each, one bit for a message.
    left: SortedMap<u64, u64>,
    /// No message with this number, or a higher one, has a record.
    next: u64,
}

impl Packs {
    /// The name of the pack with this number.
    pub(super) fn name(pack: u64) -> String {
        let mut name = PREFIX.into();
        decimal::push(pack, &mut name);
        name
    }

    /// The number of the pack that is named so.
    pub(super) fn parse(name: &str) -> Option<u64> {
        decimal::parse(name.strip_prefix(PREFIX)?)
    }

    /// The bit of a message; 0: it cannot lie in this pack.
    pub(super) fn bit(pack: u64, seq: u64) -> u64 {
        match seq.wrapping_sub(pack) {
            place if place < MOST => 1 << place,
            _ => 0,
        }
    }

    /// The pack that the message lies in.
    fn of(&self, seq: u64) -> Option<u64> {
        let (pack, left) = self.left.up_to(&seq)?;
        (left & Self::bit(*pack, seq) != 0).then_some(*pack)
    }

    /// What is left of a pack.
    pub(super) fn left(&self, pack: u64) -> u64 {
        self.left.get(&pack).copied().unwrap_or_default()
    }

    /// So much of a pack is left now.
    pub(super) fn leave(&mut self, pack: u64, left: u64) {
        let messages = u64::from(u64::BITS - left.leading_zeros());
        self.next = self.next.max(pack.saturating_add(messages));
        match left {
            0 => drop(self.left.remove(&pack)),
            _ => drop(self.left.insert(pack, left)),
        }
    }

    /// No new messages go into packs of these numbers, or up to where it may end.
    pub(super) fn avoid(&mut self, pack: u64) {
        self.next = self.next.max(pack.saturating_add(MOST));
    }

    /// There is such a record.
    pub(super) fn note(&mut self, name: RecordName) {
        if let RecordName::Outgoing(seq) = name {
            self.next = self.next.max(seq.saturating_add(1));
        }
    }

    /// How many of `changes` are made together, from the first on, and as what.
    pub(super) fn together(&self, changes: &[Change]) -> (usize, Together) {
        let Some(RecordName::Outgoing(first)) = changes.first().map(Change::name) else {
            return (1, Together::Alone);
        };
        let (mut count, mut length) = (0, 0);
        if let Some(pack) = self.of(first) {
            let left = self.left(pack);
            let lies_there = |change: &&Change| matches!(change.name(), RecordName::Outgoing(seq) if left & Self::bit(pack, seq) != 0);
            count = changes.iter().take_while(lies_there).count();
            return (count, Together::In(pack));
        }
        if first >= self.next {
            for (change, seq) in changes.iter().zip(first..first.saturating_add(MOST)) {
                match change {
                    Change::Put { name, record } if *name == RecordName::Outgoing(seq) => {
                        length += record.len();
                    }
                    _ => break,
                }
                if length > LONGEST {
                    break;
                }
                count += 1;
            }
        }
        match count < FEWEST {
            true => (1, Together::Alone),
            false => (count, Together::New(first)),
        }
    }
}
