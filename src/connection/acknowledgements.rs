//! QoS 1 messages handed to the application and not yet acknowledged.
//!
//! They are acknowledged in the order they were received `[MQTT-4.6.0-2]`, whatever the order in which
//! the application is done with them. Must never live here: message bodies; the application has them.

use std::collections::VecDeque;

use crate::codec::{PacketId, ReasonCode};

/// What an acknowledgement says. By default nothing but that all is well.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Verdict {
    /// How it went.
    pub reason: ReasonCode,
    /// Encoded Reason String and User Properties (MQTT 5).
    pub properties: Vec<u8>,
}

/// Which PUBACKs are owed, in the order they must be sent.
#[derive(Clone, Debug, Default)]
pub struct Acknowledgements {
    /// With what is to be said, once that is known.
    owed: VecDeque<(PacketId, Option<Verdict>)>,
    /// How many have been sent: the number of the first one owed.
    sent: u32,
}

impl Acknowledgements {
    /// A message was handed over; returns its number. A server may use its identifier again as soon as it is
    /// acknowledged, so that does not name it.
    pub fn delivered(&mut self, id: PacketId) -> u32 {
        let number = self.sent.wrapping_add(self.owed.len() as u32);
        self.owed.push_back((id, None));
        number
    }

    /// The application is done with the message with this number; false when that is not waited for.
    pub fn done(&mut self, number: u32, verdict: Verdict) -> bool {
        let place = number.wrapping_sub(self.sent) as usize;
        match self.owed.get_mut(place) {
            Some((_, said)) if said.is_none() => {
                *said = Some(verdict);
                true
            }
            _ => false,
        }
    }

    /// The next PUBACK that may be sent now.
    pub fn take_due(&mut self) -> Option<(PacketId, Verdict)> {
        let (id, said) = self.owed.pop_front_if(|(_, said)| said.is_some())?;
        self.sent = self.sent.wrapping_add(1);
        Some((id, said?))
    }

    /// Those still with the application, in order.
    pub fn waiting(&self) -> impl Iterator<Item = PacketId> {
        self.owed.iter().map(|(id, _)| *id)
    }
}
