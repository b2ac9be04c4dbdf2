//! Packet identifiers: which are in use, and which comes next.
//!
//! One space serves PUBLISH, SUBSCRIBE and UNSUBSCRIBE alike `[MQTT-2.2.1-3]` (3.1.1:
//! `[MQTT-2.3.1-1]`). The cursor moves on after every allocation, so that an id is reused as late as
//! possible: a late acknowledgement then meets a free id, not somebody else's message.
//!
//! Must never live here: what an id stands for.

use std::fmt;

use crate::codec::PacketId;

const WORDS: usize = 65_536 / 64;

/// The set of packet identifiers in use, with a cursor for the next.
pub struct PacketIds {
    used: Box<[u64; WORDS]>,
    count: u16,
    cursor: u16,
}

impl Default for PacketIds {
    fn default() -> Self {
        // Bit 0 stands for the identifier 0, which does not exist: it is never free.
        let mut used = Box::new([0; WORDS]);
        if let Some(first) = used.first_mut() {
            *first = 1;
        }
        Self {
            used,
            count: 0,
            cursor: 1,
        }
    }
}

impl fmt::Debug for PacketIds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PacketIds")
            .field("count", &self.count)
            .field("cursor", &self.cursor)
            .finish()
    }
}

impl PacketIds {
    /// The next free identifier at or after the cursor, now in use; `None` when all 65,535 are.
    pub fn allocate(&mut self) -> Option<PacketId> {
        let start = usize::from(self.cursor) / 64;
        let below_cursor = (1u64 << (self.cursor % 64)) - 1;
        // The cursor's own word is visited twice: first from the cursor up, last in whole.
        for step in 0..=WORDS {
            let index = (start + step) % WORDS;
            let word = self.used.get_mut(index)?;
            let taken = if step == 0 {
                *word | below_cursor
            } else {
                *word
            };
            if taken != u64::MAX {
                let bit = taken.trailing_ones();
                *word |= 1 << bit;
                let id = u16::try_from(index * 64).ok()? + u16::try_from(bit).ok()?;
                self.count += 1;
                self.cursor = id.checked_add(1).unwrap_or(1);
                return PacketId::new(id);
            }
        }
        None
    }

    /// Marks `id` as in use; false when it already was.
    pub fn reserve(&mut self, id: PacketId) -> bool {
        let Some(word) = self.used.get_mut(usize::from(id.get()) / 64) else {
            return false;
        };
        let fresh = *word & bit(id) == 0;
        *word |= bit(id);
        self.count += u16::from(fresh);
        fresh
    }

    /// Frees `id`; freeing a free one changes nothing.
    pub fn release(&mut self, id: PacketId) {
        if let Some(word) = self.used.get_mut(usize::from(id.get()) / 64) {
            self.count -= u16::from(*word & bit(id) != 0);
            *word &= !bit(id);
        }
    }

    /// How many identifiers are in use.
    pub fn in_use(&self) -> u16 {
        self.count
    }

    /// Where the search for the next identifier begins.
    pub fn cursor(&self) -> u16 {
        self.cursor
    }

    /// Moves the cursor to `id`; 0 is read as 1.
    pub fn set_cursor(&mut self, id: u16) {
        self.cursor = id.max(1);
    }

    /// Moves the cursor at least a quarter of the space away, ahead and behind: out of reach of
    /// identifiers that may have been handed out after the state at hand was written down. Where in
    /// between, `random` says: the same old state may be taken up more than once, and the second time
    /// must not meet what the first left behind.
    pub fn skip_ahead(&mut self, random: u64) {
        let distance = 16_384 + (random % 32_768) as u16;
        self.set_cursor(self.cursor.wrapping_add(distance));
    }
}

/// The identifier's place in its word.
fn bit(id: PacketId) -> u64 {
    1 << (id.get() % 64)
}
