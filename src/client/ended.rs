//! What becomes of the messages of a session that has ended: none disappears without a word.
//!
//! Lives here: the server lost the session, or the caller asked for a clean one or restored another.
//! Must never live here: the end of a connection, which a session outlives; that is `close`.

use super::Client;
use super::config::WhenSessionLost;
use super::output::{Certainty, Delivery, Direction, Event, LossCause, Lost, Span, Ticket};
use super::storing::unless_sent;
use crate::codec::{PacketId, ReasonCode};
use crate::session::Ended;
use crate::session::inbound::Incoming;
use crate::session::outbound::{OutgoingStage, Queued};

/// What the caller says of the messages of a lost session, one by one.
#[derive(Debug, Default)]
pub(super) struct Decisions {
    unanswered: usize,
    /// The numbers of those to be published anew.
    republish: Vec<u64>,
}

impl Client {
    /// Whether the caller's word on the messages of the lost session is there, or none is needed. If not, it
    /// is asked for.
    pub(super) fn is_decided(&mut self) -> bool {
        if let Some(decisions) = &self.decisions {
            return decisions.unanswered == 0;
        }
        let undecided = self.undecided();
        let unanswered = undecided.len();
        for event in undecided {
            self.event(event);
        }
        self.decisions = (unanswered > 0).then(|| Decisions {
            unanswered,
            republish: Vec::new(),
        });
        unanswered == 0
    }

    /// The questions to the caller, if it wants to be asked.
    pub(super) fn undecided(&self) -> Vec<Event> {
        if self.config.when_session_lost != WhenSessionLost::Ask {
            return Vec::new();
        }
        let outbound = &self.session.outbound;
        let in_flight = outbound.in_flight_order().into_iter();
        let in_flight = in_flight.filter_map(|id| outbound.get(id));
        in_flight
            .filter(|outgoing| {
                matches!(
                    outgoing.stage,
                    OutgoingStage::AwaitingPubAck | OutgoingStage::AwaitingPubRec
                )
            })
            .map(|outgoing| Event::Undecided {
                seq: outgoing.seq,
                message: Box::new(outgoing.message.clone()),
            })
            .collect()
    }

    /// The caller's answer to [`Event::Undecided`]: publish the message anew, or report it as indeterminate.
    pub fn decide(&mut self, seq: u64, republish: bool, now: u64) {
        let Some(decisions) = &mut self.decisions else {
            return;
        };
        if republish {
            decisions.republish.push(seq);
        }
        decisions.unanswered = decisions.unanswered.saturating_sub(1);
        if decisions.unanswered == 0 {
            self.connected_handlers_settled(now);
        }
    }

    /// The server has no such session: the old state ends, by the rules the caller chose.
    pub(super) fn lose(&mut self, now: u64) {
        let Ended {
            in_flight,
            incoming,
            subscriptions,
            ..
        } = self.session.end(0);
        self.begin_epoch();
        self.session.established = true;
        let filters: Vec<_> = subscriptions.iter().map(|(f, _)| f.into()).collect();
        let resubscribing = self.config.resubscribe && !filters.is_empty();
        self.event(Event::SessionLost {
            filters,
            resubscribing,
        });
        if resubscribing {
            self.keep_subscriptions(&subscriptions);
        }
        let policy = self.config.when_session_lost;
        let decisions = self.decisions.take().unwrap_or_default();
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
                _ if policy == WhenSessionLost::Ask => decisions.republish.contains(&outgoing.seq),
                OutgoingStage::AwaitingPubAck => policy != WhenSessionLost::Discard,
                OutgoingStage::AwaitingPubRec => policy == WhenSessionLost::Republish,
            };
            let cause = match republish {
                true => self.unsendable(&outgoing.message, now),
                false => Some(LossCause::SessionLost),
            };
            match cause {
                None => again.push(Queued {
                    seq: outgoing.seq,
                    message: outgoing.message,
                    token: outgoing.token,
                    stored: outgoing.stored,
                    was_sent: !outgoing.unsent || outgoing.was_sent,
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
            self.deliver_owned(id, &incoming, now);
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
            let certainty = unless_sent(queued.was_sent);
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

    /// Hands over a message the session held, with what is left of its expiry; unless the application has it
    /// already. A message that is still held waits for the application's acknowledgement, if that is wanted.
    pub(super) fn deliver_owned(&mut self, id: PacketId, incoming: &Incoming, now: u64) {
        if incoming.handed {
            return;
        }
        let message = &incoming.message;
        let held = self.session.inbound.get(id).is_some();
        let ticket = (self.is_acknowledged_later() && held).then_some(Ticket {
            connection: self.connections,
            id,
            seq: Some(incoming.seq),
            number: 0,
        });
        if ticket.is_some() {
            self.session.inbound.hand_over(id, incoming.seq, true);
        }
        self.deliver(Delivery {
            topic: Span::Owned(message.topic.as_bytes().into()),
            payload: Span::Owned(message.payload.clone()),
            properties: Span::Owned(message.properties_at(now).into()),
            qos: message.qos,
            retain: message.retain,
            duplicate: incoming.inherited,
            packet_id: Some(id),
            ticket,
        });
    }
}
