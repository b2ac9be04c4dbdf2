//! QoS 1 messages handed to the application and not yet acknowledged.
//!
//! They are acknowledged in the order they were received `[MQTT-4.6.0-2]`, whatever the order in which
//! the application is done with them. Must never live here: message bodies; the application has them.

use std::collections::VecDeque;

use crate::codec::PacketId;

/// Which PUBACKs are owed, in the order they must be sent.
#[derive(Clone, Debug, Default)]
pub struct Acknowledgements {
    owed: VecDeque<(PacketId, bool)>,
}

impl Acknowledgements {
    /// A message was handed over.
    pub fn delivered(&mut self, id: PacketId) {
        self.owed.push_back((id, false));
    }

    /// The application is done with the message `id`; false when none is waiting for that.
    pub fn done(&mut self, id: PacketId) -> bool {
        match self
            .owed
            .iter_mut()
            .find(|(owed, done)| *owed == id && !*done)
        {
            Some((_, done)) => {
                *done = true;
                true
            }
            None => false,
        }
    }

    /// The next PUBACK that may be sent now.
    pub fn take_due(&mut self) -> Option<PacketId> {
        self.owed.pop_front_if(|(_, done)| *done).map(|(id, _)| id)
    }

    /// Those still with the application, in order.
    pub fn waiting(&self) -> impl Iterator<Item = PacketId> {
        self.owed.iter().map(|(id, _)| *id)
    }
}
