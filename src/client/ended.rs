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
use crate::session::outbound::{Outgoing, OutgoingStage, Queued};
use crate::session::subscriptions::Subscriptions;

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
        for &id in &undecided {
            if let Some(outgoing) = self.session.outbound.get(id) {
                let (seq, message) = (outgoing.seq, outgoing.message.clone());
                self.event(Event::Undecided { seq, message });
            }
        }
        self.decisions = (unanswered > 0).then(|| Decisions {
            unanswered,
            republish: Vec::new(),
        });
        unanswered == 0
    }

    /// The messages of which the caller wants to be asked, if it does.
    pub(super) fn undecided(&self) -> Vec<PacketId> {
        if self.config.when_session_lost != WhenSessionLost::Ask {
            return Vec::new();
        }
        let outbound = &self.session.outbound;
        let mut ids = outbound.in_flight_order();
        ids.retain(|id| {
            let stage = outbound.get(*id).map(|outgoing| outgoing.stage);
            matches!(
                stage,
                Some(OutgoingStage::AwaitingPubAck | OutgoingStage::AwaitingPubRec)
            )
        });
        ids
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
        let resubscribing = self.config.resubscribe && subscriptions.iter().len() > 0;
        self.tell_session_lost(&subscriptions, resubscribing);
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
                Some(cause) => self.tell_indeterminate(id, outgoing, cause),
            }
        }
        self.session.outbound.requeue(again);
        // What we received in whole and the server can no longer release is ours: it will not come
        // again, so handing it over now is exactly once.
        for (id, incoming) in incoming {
            self.deliver_owned(id, incoming, now);
        }
    }

    /// The server holds nothing of the session any more that had these subscriptions.
    pub(super) fn tell_session_lost(&mut self, subscriptions: &Subscriptions, resubscribing: bool) {
        let mut filters = Vec::new();
        for (filter, _) in subscriptions.iter() {
            filters.push(filter.into());
        }
        self.event(Event::SessionLost {
            filters,
            resubscribing,
        });
    }

    /// A message will not be seen to the end.
    pub(super) fn tell_lost(&mut self, lost: Lost) {
        self.event(Event::MessageLost(Box::new(lost)));
    }

    /// What became of a message that was in flight will not be known.
    pub(super) fn tell_indeterminate(
        &mut self,
        id: PacketId,
        outgoing: Outgoing,
        cause: LossCause,
    ) {
        self.tell_lost(Lost {
            token: outgoing.token,
            direction: Direction::Out,
            packet_id: Some(id),
            message: Some(outgoing.message),
            certainty: Certainty::Indeterminate,
            cause,
        });
    }

    /// A message that was in the outbox leaves it for nowhere.
    pub(super) fn tell_queued_lost(&mut self, queued: Queued, cause: LossCause) {
        self.tell_lost(Lost {
            token: queued.token,
            direction: Direction::Out,
            packet_id: None,
            message: Some(queued.message),
            certainty: unless_sent(queued.was_sent),
            cause,
        });
    }

    /// A half-received message will not be handed over.
    pub(super) fn tell_incoming_lost(
        &mut self,
        id: PacketId,
        incoming: Incoming,
        certainty: Certainty,
        cause: LossCause,
    ) {
        self.tell_lost(Lost {
            token: None,
            direction: Direction::In,
            packet_id: Some(id),
            message: Some(incoming.message),
            certainty,
            cause,
        });
    }

    /// A clean session was asked for and made: what was held before `connect` ends.
    pub(super) fn forget(&mut self) {
        let ended = self.session.end(self.accepted_before_connect);
        self.report_ended(ended, LossCause::CleanSession);
        self.session.uid = self.draw();
    }

    /// Reports every message of a session that ended.
    pub(super) fn report_ended(&mut self, ended: Ended, cause: LossCause) {
        for (id, outgoing) in ended.in_flight {
            // An abandoned one was reported when it was given up.
            if outgoing.stage != OutgoingStage::Abandoned {
                self.tell_indeterminate(id, outgoing, cause);
            }
        }
        for (id, incoming) in ended.incoming {
            self.tell_incoming_lost(id, incoming, Certainty::NotDelivered, cause);
        }
        for queued in ended.queued {
            self.tell_queued_lost(queued, cause);
        }
    }

    /// Hands over a message the session held, with what is left of its expiry; unless the application has it
    /// already. A message that is still held waits for the application's acknowledgement, if that is wanted.
    pub(super) fn deliver_owned(&mut self, id: PacketId, incoming: Incoming, now: u64) {
        if incoming.handed {
            return;
        }
        let message = *incoming.message;
        let properties = message.properties_at(now);
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
            topic: Span::Owned(message.topic.into_boxed_bytes()),
            payload: Span::Owned(message.payload),
            properties: Span::Owned(properties.into()),
            qos: message.qos,
            retain: message.retain,
            duplicate: incoming.inherited,
            packet_id: Some(id),
            ticket,
        });
    }
}
