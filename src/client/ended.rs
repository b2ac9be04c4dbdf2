//! What becomes of the messages of a session that has ended: none disappears without a word.
//!
//! Lives here: the server lost the session, or the caller asked for a clean one or restored another.
//! Must never live here: the end of a connection, which a session outlives; that is `close`.

use super::Client;
use super::config::WhenSessionLost;
use super::output::{Certainty, Delivery, Direction, Event, LossCause, Lost, Span};
use crate::codec::{PacketId, ReasonCode};
use crate::session::Ended;
use crate::session::message::Message;
use crate::session::outbound::{OutgoingStage, Queued};

impl Client {
    /// The server has no such session: the old state ends, by the rules the caller chose.
    pub(super) fn lose(&mut self, now: u64) {
        let Ended {
            in_flight,
            incoming,
            subscriptions,
            ..
        } = self.session.end(0);
        self.session.established = true;
        let filters = subscriptions.iter().map(|(f, _)| f.into()).collect();
        self.event(Event::SessionLost { filters });
        let policy = self.config.when_session_lost;
        let mut again = Vec::new();
        for (id, outgoing) in in_flight {
            let republish = match outgoing.stage {
                OutgoingStage::PubRecReceived | OutgoingStage::AwaitingPubComp => {
                    // The server owned it before it lost the session: it is delivered.
                    self.delivered(id, outgoing, ReasonCode::SUCCESS, &[]);
                    continue;
                }
                // Reported when it was given up.
                OutgoingStage::Abandoned => continue,
                OutgoingStage::AwaitingPubAck => policy != WhenSessionLost::Discard,
                OutgoingStage::AwaitingPubRec => policy == WhenSessionLost::Republish,
            };
            // In the outbox it would be taken for one that was never sent, and so never delivered.
            let cause = match republish {
                true => self.unsendable(&outgoing.message, now),
                false => Some(LossCause::SessionLost),
            };
            match cause {
                None => again.push(Queued {
                    seq: outgoing.seq,
                    message: outgoing.message,
                    token: outgoing.token,
                }),
                Some(cause) => self.event(Event::MessageLost(Box::new(Lost {
                    token: outgoing.token,
                    direction: Direction::Out,
                    packet_id: Some(id),
                    message: Some(outgoing.message),
                    certainty: Certainty::Indeterminate,
                    cause,
                }))),
            }
        }
        self.session.outbound.requeue(again);
        // What we received in whole and the server can no longer release is ours: it will not come
        // again, so handing it over now is exactly once.
        for (id, incoming) in incoming {
            self.deliver_owned(id, &incoming.message, now);
        }
    }

    /// A clean session was asked for and made: what was held before `connect` ends.
    pub(super) fn forget(&mut self) {
        let ended = self.session.end(self.accepted_before_connect);
        self.report_ended(ended, &LossCause::CleanSession);
        self.session.uid = self.draw();
    }

    /// Reports every message of a session that ended.
    pub(super) fn report_ended(&mut self, ended: Ended, cause: &LossCause) {
        let in_flight = ended.in_flight.into_iter().filter_map(|(id, outgoing)| {
            // An abandoned one was reported when it was given up.
            (outgoing.stage != OutgoingStage::Abandoned).then_some((
                outgoing.token,
                Direction::Out,
                Some(id),
                outgoing.message,
                Certainty::Indeterminate,
            ))
        });
        let incoming = ended.incoming.into_iter().map(|(id, incoming)| {
            let certainty = Certainty::NotDelivered;
            (None, Direction::In, Some(id), incoming.message, certainty)
        });
        let queued = ended.queued.into_iter().map(|queued| {
            let certainty = Certainty::NotDelivered;
            (
                queued.token,
                Direction::Out,
                None,
                queued.message,
                certainty,
            )
        });
        let all: Vec<_> = in_flight.chain(incoming).chain(queued).collect();
        for (token, direction, packet_id, message, certainty) in all {
            self.event(Event::MessageLost(Box::new(Lost {
                token,
                direction,
                packet_id,
                message: Some(message),
                certainty,
                cause: cause.clone(),
            })));
        }
    }

    /// Hands over a message the session held, with what is left of its expiry.
    pub(super) fn deliver_owned(&mut self, id: PacketId, message: &Message, now: u64) {
        self.deliver(Delivery {
            topic: Span::Owned(message.topic.as_bytes().into()),
            payload: Span::Owned(message.payload.clone()),
            properties: Span::Owned(message.properties_at(now).into()),
            qos: message.qos,
            retain: message.retain,
            duplicate: false,
            packet_id: Some(id),
            ticket: None,
        });
    }
}
