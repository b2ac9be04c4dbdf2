//! What the event `log` tells beside the other events: packets, and what happens to the session.
//!
//! Nothing is put into words that nobody is going to read. Must never live here: the words for what other events tell
//! anyway (`events.js`), and those for a packet (`codec`).

use super::driver::Driver;
use crate::codec::{Splitter, describe};

/// From this level on the log tells of the session.
const SESSION: u8 = 2;

/// From this level on the log tells of every packet.
const PACKETS: u8 = 3;

impl Driver {
    fn logs(&self, level: u8) -> bool {
        self.options.log_level() >= level && self.handlers.logs(level)
    }

    fn log(&self, level: u8, line: impl FnOnce() -> String) {
        if self.logs(level) {
            self.handlers.log(level, &line());
        }
    }

    /// Whether packets that come are to be put into words.
    pub(super) fn logs_packets(&self) -> bool {
        self.logs(PACKETS)
    }

    /// A packet came.
    pub(super) fn log_received(&self, packet: &str) {
        self.log(PACKETS, || ["received ", packet].concat());
    }

    /// These bytes, all of them whole packets, are given to the socket.
    pub(super) fn log_sent(&self, bytes: &[u8]) {
        if !self.logs_packets() {
            return;
        }
        let version = self.version();
        let (mut splitter, mut rest) = (Splitter::default(), bytes);
        while let Ok(Some(frame)) = splitter.next(&mut rest) {
            let packet = describe(version, frame);
            self.handlers.log(PACKETS, &["sent ", &packet].concat());
        }
    }

    /// The session is in force.
    pub(super) fn log_session(&self) {
        self.log(SESSION, || {
            let machine = self.machine.borrow();
            format!(
                "session of \"{}\": {} messages replayed, {} in the outbox",
                machine.client_id(),
                machine.in_flight().len(),
                machine.outbox().len()
            )
        });
    }

    /// Changes of the session are stored.
    pub(super) fn log_storing(&self, changes: usize) {
        self.log(SESSION, || {
            format!("storing {changes} changes of the session")
        });
    }
}
