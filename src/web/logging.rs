//! What the event `log` tells beside the other events: packets, and what happens to the session.
//!
//! Nothing is put into words that nobody is going to read. Must never live here: the words for what other events tell
//! anyway (`events.js`), and those for a packet (`codec`).

use super::driver::Driver;
use crate::codec::{Description, Splitter, describe};
use crate::sentences::sentence;

/// From this level on the log tells of the session.
const SESSION: u8 = 2;

/// From this level on the log tells of every packet.
const PACKETS: u8 = 3;

impl Driver {
    fn logs(&self, level: u8) -> bool {
        self.options.log_level() >= level && self.handlers.logs(level)
    }

    /// Whether packets that come are to be described.
    pub(super) fn logs_packets(&self) -> bool {
        self.logs(PACKETS)
    }

    /// A packet came.
    pub(super) fn log_received(&self, packet: &Description) {
        self.log_packet(sentence!("received "), packet);
    }

    fn log_packet(&self, what: u32, packet: &Description) {
        self.handlers
            .log(PACKETS, what, &packet.numbers, &packet.texts);
    }

    /// These bytes, all of them whole packets, are given to the socket.
    pub(super) fn log_sent(&self, bytes: &[u8]) {
        if !self.logs_packets() {
            return;
        }
        let version = self.version();
        let (mut splitter, mut rest) = (Splitter::default(), bytes);
        while let Ok(Some(frame)) = splitter.next(&mut rest) {
            self.log_packet(sentence!("sent "), &describe(version, frame));
        }
    }

    /// The session is in force.
    pub(super) fn log_session(&self) {
        if self.logs(SESSION) {
            let machine = self.machine.borrow();
            let counts = [machine.in_flight().len(), machine.outbox().len()].map(|it| it as u32);
            let client_id = String::from(machine.client_id());
            drop(machine);
            let session =
                sentence!("session of \"%text\": %number messages replayed, %number in the outbox");
            self.handlers.log(SESSION, session, &counts, &client_id);
        }
    }

    /// Changes of the session are stored.
    pub(super) fn log_storing(&self, changes: usize) {
        if self.logs(SESSION) {
            let storing = sentence!("storing %number changes of the session");
            self.handlers.log(SESSION, storing, &[changes as u32], "");
        }
    }
}
