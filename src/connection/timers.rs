//! Deadlines, one place for each kind: no list to keep in order, nothing to cancel twice.
//!
//! Must never live here: what happens when one has passed.

/// The kinds of deadline a connection can have.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(usize)]
pub enum Timer {
    /// From `connect()` to the end of the `connected` handlers.
    Connect,
    /// When unacknowledged messages are sent again on a live 3.1.1 connection.
    Republish,
    /// From our last packet to the closing of the socket.
    Close,
}

const COUNT: usize = 3;

/// When each kind of deadline is, in milliseconds; at most one of each.
#[derive(Clone, Debug, Default)]
pub struct Timers {
    at: [Option<u64>; COUNT],
}

impl Timers {
    /// Sets the deadline of `timer`, in place of any earlier one.
    pub fn set(&mut self, timer: Timer, at: u64) {
        self.put(timer, Some(at));
    }

    /// Takes the deadline of `timer` back.
    pub fn stop(&mut self, timer: Timer) {
        self.put(timer, None);
    }

    /// The earliest deadline.
    pub fn next(&self) -> Option<u64> {
        self.at.iter().flatten().min().copied()
    }

    /// Whether the deadline of `timer` has passed at `now`; if so it is taken back.
    pub fn fire(&mut self, timer: Timer, now: u64) -> bool {
        let due = self.at.get(timer as usize).copied().flatten();
        let fired = due.is_some_and(|at| at <= now);
        if fired {
            self.stop(timer);
        }
        fired
    }

    fn put(&mut self, timer: Timer, at: Option<u64>) {
        if let Some(place) = self.at.get_mut(timer as usize) {
            *place = at;
        }
    }
}
