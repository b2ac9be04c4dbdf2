//! Payloads held against what is said of their format (MQTT 5 §3.3.2.3.2): an option, for it costs a look at every byte.
//!
//! What is said to be UTF-8 and is not is refused: of the caller before it is accepted, of the server with a reason that tells
//! it so. Must never live here: which properties may stand where; that is the codec's.

use super::Client;
use super::output::Event;
use crate::codec::{Properties, Publish, QoS, ReasonCode};
use crate::connection::acknowledgements::Verdict;
use crate::error::UsageError;

impl Client {
    /// Whether payloads are held against what is said of their format, in both directions; at first they are not.
    pub fn set_payload_check(&mut self, is_on: bool) {
        self.checks_payloads = is_on;
    }

    /// Holds a payload of the caller's against what is said beside it.
    pub(super) fn check_payload(
        &self,
        properties: Properties<'_>,
        payload: &[u8],
    ) -> Result<(), UsageError> {
        match self.checks_payloads && !is_as_said(properties, payload) {
            true => Err(UsageError::PayloadFormat),
            false => Ok(()),
        }
    }

    /// Refuses a message from the server whose payload is not what it is said to be; whether it was. One that was taken over
    /// before, and only comes again, is not looked at anew.
    pub(super) fn refuses(&mut self, publish: &Publish<'_>, topic: &str, now: u64) -> bool {
        if !self.checks_payloads || is_as_said(publish.properties, publish.payload) {
            return false;
        }
        let verdict = || Verdict {
            reason: ReasonCode::PAYLOAD_FORMAT_INVALID,
            ..Verdict::default()
        };
        match (publish.qos, publish.packet_id) {
            (QoS::ExactlyOnce, Some(id)) => {
                if self.repeats(publish, id, topic) {
                    return false;
                }
                if self.session.inbound.holds(id) {
                    let outdated = self.session.inbound.give_up(id);
                    self.tell_outdated(id, outdated);
                }
                self.owe_refusal(id, verdict(), now);
            }
            // In its turn: PUBACKs have the order of their messages `[MQTT-4.6.0-2]`.
            (_, Some(id)) => {
                let number = self.connection.acknowledgements.delivered(id);
                self.connection.acknowledgements.done(number, verdict());
                self.send_due(now);
            }
            (_, None) => {}
        }
        self.event(Event::PayloadRefused {
            topic: topic.into(),
            packet_id: publish.packet_id,
        });
        true
    }
}

fn is_as_said(properties: Properties<'_>, payload: &[u8]) -> bool {
    !properties.says_utf8() || std::str::from_utf8(payload).is_ok()
}
