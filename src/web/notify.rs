//! Tells the application what the machine says: events to handlers, outcomes to promises.
//!
//! Outcomes first, then events: a handler that throws, or frees the client, takes no promise down with
//! it. Nothing is made for an event nobody listens to. Must never live here: what follows from a thing.

use super::driver::Driver;
use super::error::{self, Fault};
use super::events::EventName;
use super::promises::Milestone;
use super::values::{self, Deferred, Stats, Value, array, count, named, number, optional};
use super::words::{meaning, properties, unusual_words};
use crate::client::State;
use crate::client::output::{
    Accepted, Cause, Certainty, Direction, Disconnected, Event, LossCause, Lost, Next, Outcome,
};
use crate::codec::{PacketId, PropertySet, QoS, ReasonCode, SubscriptionOptions};
use crate::sentences::{say, sentence};
use crate::session::outbound::Token;
use crate::storage::StorageError;

impl Driver {
    pub(super) fn tell_state(&self, state: State) {
        let (attempt, in_ms) = self.outlook.get();
        self.handlers.tell(EventName::ConnectionStatus, || {
            let waiting = state == State::Waiting;
            let attempt = (waiting || state == State::Connecting).then_some(attempt);
            let url = self.port.url();
            named(
                "state attempt inMs url",
                &[
                    Value::Text(state_name(state)),
                    optional(attempt),
                    optional(in_ms.filter(|_| waiting).map(|in_ms| in_ms as f64)),
                    match state {
                        State::Waiting | State::Disconnected => Value::None,
                        _ => Value::Js(&url),
                    },
                ],
            )
        });
    }

    /// An attempt begins.
    pub(super) fn tell_connecting(&self, number: u32) {
        self.outlook.set((number, None));
        self.told_state.set(State::Connecting);
        self.tell_state(State::Connecting);
    }

    /// Tells what the machine says. What becomes of a message, and no handler wants to hear of, is told with all else of
    /// its kind (see `promises`); all else at once, behind that.
    pub(super) fn tell(&self, event: &Event) {
        let can_wait = match event {
            Event::Sent(_) | Event::Stored(_) | Event::Transmitted(_) => true,
            Event::MessageAck { .. } => !self.handlers.has(EventName::MessageAck),
            Event::MessageOut(_) => !self.handlers.has(EventName::MessageOut),
            _ => false,
        };
        if !can_wait {
            self.settle_told();
        }
        match event {
            Event::Connected(accepted) => self.tell_connected(accepted),
            Event::Ready => self.tell_ready(),
            Event::Disconnected(end) => self.tell_disconnected(end),
            Event::Sent(token) => self.tell_sent(*token),
            Event::Stored(token) => self.progress(*token, Milestone::Stored),
            Event::Transmitted(token) if self.taken.get() => self.progress(*token, Milestone::Sent),
            Event::Transmitted(_) => {}
            Event::Undecided { seq, message } => self.ask(*seq, message),
            Event::StorageTrouble { name, error } => {
                let why = self.journal().map(|journal| journal.why());
                let name = name.text();
                let what = say!("the record \"%text\" of the session"; &name);
                let fault = error::of_storage(*error, what).because(&why.unwrap_or_default());
                self.handlers.report(&fault);
            }
            Event::MessageAck {
                direction,
                packet_id,
                reason,
                properties,
            } => {
                if *direction == Direction::In {
                    self.readers_acknowledged(*packet_id);
                }
                self.handlers.tell(EventName::MessageAck, || {
                    let words = unusual_words(*reason, PropertySet::PubAck, properties);
                    let direction = direction_name(*direction);
                    values::message_ack(packet_id.get(), direction, reason.0, &words)
                });
            }
            Event::MessageOut(outcome) => self.tell_out(outcome),
            Event::MessageLost(lost) => self.tell_lost(lost),
            Event::Subscribed {
                token,
                results,
                properties,
            } => self.tell_answer(*token, true, results, properties),
            Event::Unsubscribed {
                token,
                results,
                properties,
            } => self.tell_answer(*token, false, results, properties),
            Event::RequestFailed { token, why } => match (self.operations.take(*token), why) {
                (None, _) => {}
                (Some(operation), Some(why)) => operation.reject(&Fault::from(*why)),
                (Some(operation), None) => self.operations.orphan(&operation),
            },
            Event::SessionRestored { outgoing, incoming } => {
                self.handlers.tell(EventName::SessionRestored, || {
                    named("outgoing incoming", &[count(*outgoing), count(*incoming)])
                });
            }
            Event::SessionLost {
                filters,
                resubscribing,
            } => self.handlers.tell(EventName::SessionLost, || {
                let mut all = Vec::new();
                for filter in filters {
                    all.push(Value::Text(filter));
                }
                let values = [Value::List(&all), Value::Flag(*resubscribing)];
                named("filters resubscribing", &values)
            }),
            Event::Refused {
                filter,
                reason,
                properties,
            } => {
                let fault = error::of_refusal(filter, *reason, properties);
                self.handlers.report(&fault);
            }
            Event::PayloadRefused { topic, packet_id } => {
                self.handlers.report(&error::of_payload(topic, *packet_id));
            }
            Event::Challenge { data, properties } => self.challenge(data, properties),
            Event::Reauthenticated { data, properties } => self.verify_again(data, properties),
            Event::Cancelled {
                token,
                why,
                withdrawn,
            } => self.tell_cancelled(*token, *why, *withdrawn),
            Event::Received(packet) => self.log_received(packet),
        }
    }

    fn tell_connected(&self, accepted: &Accepted) {
        Stats::add(&self.stats.connections, 1);
        self.inbox.reconnected(accepted.session_present);
        self.operations.accept(&values::connect_result(accepted));
        match self.authenticates() {
            true => self.verify(&accepted.properties),
            false => self.emit_connected(),
        }
    }

    /// Nobody has anything against this connection.
    pub(super) fn emit_connected(&self) {
        let result = self.operations.result();
        let promises = self.handlers.emit(EventName::Connected, &result);
        self.handlers_returned(&promises);
    }

    fn tell_ready(&self) {
        self.log_session();
        self.operations.connected();
    }

    fn tell_disconnected(&self, end: &Disconnected) {
        drop(self.socket.take());
        let prepared = !self.preparing.get();
        self.next_attempt();
        let fault = self.why(end, prepared);
        let requested = || Fault::new(sentence!("disconnect() was called meanwhile"));
        let error = fault.clone().unwrap_or_else(requested);
        let is_final = end.next == Next::Never;
        self.operations.disconnected(&error, is_final);
        let in_ms = end.next.delay();
        self.outlook.set((end.attempt, in_ms));
        self.handlers.tell(EventName::Disconnected, || {
            let attempt = fault.as_ref().map(|_| end.attempt);
            let in_ms = in_ms.map(|in_ms| in_ms as f64);
            error::ended(fault.as_ref(), end.close_code, !is_final, attempt, in_ms)
        });
    }

    /// Why the connection, or the attempt, is over; `None` where the application asked for that. `prepared`: it was not
    /// still being asked about the attempt.
    fn why(&self, end: &Disconnected, prepared: bool) -> Option<Fault> {
        let failure = self.failure.take();
        match &end.cause {
            Cause::AuthenticationFailed | Cause::Unopenable | Cause::Transport(None)
                if failure.is_some() =>
            {
                return failure;
            }
            Cause::ConnectTimeout if !prepared => {
                return Some(Fault::new(sentence!(
                    "prepareConnect, or authenticate, did not answer within the timeout"
                )));
            }
            _ => {}
        }
        let url = self.port.shown_url();
        let mut fault = error::of_end(end, &url, self.opened.get())?;
        if let (Cause::Storage(_), Some(journal)) = (&end.cause, self.journal()) {
            fault = fault.because(&journal.why());
        }
        Some(fault)
    }

    /// A QoS 0 message was in the bytes given to the socket last: the machine says so before it gives out
    /// any others. If the socket did not take them, the message is lost as with the connection's end, which
    /// the socket is about to tell.
    fn tell_sent(&self, token: Token) {
        if !self.taken.get() {
            // What became of others was said before.
            self.settle_told();
            return self.tell_lost(&Lost {
                token: Some(token),
                direction: Direction::Out,
                packet_id: None,
                message: None,
                certainty: Certainty::NotDelivered,
                cause: LossCause::ConnectionLost,
            });
        }
        Stats::add(&self.stats.messages_sent, 1);
        self.done(token, QoS::AtMostOnce, None);
    }

    fn tell_out(&self, outcome: &Outcome) {
        let Outcome {
            packet_id,
            message,
            reason,
            properties,
            ..
        } = outcome;
        if !reason.is_failure() {
            Stats::add(&self.stats.messages_sent, 1);
        }
        let is_heard = self.handlers.has(EventName::MessageOut);
        if *reason == ReasonCode::SUCCESS && properties.is_empty() && !is_heard {
            if let Some(token) = outcome.token {
                self.done(token, message.qos, Some(*packet_id));
            }
            return;
        }
        self.settle_told();
        // Acknowledgements of all kinds have the same properties.
        let words = unusual_words(*reason, PropertySet::PubAck, properties);
        let (topic, id, qos) = (&message.topic, packet_id.get(), message.qos as u8);
        let operation = outcome.token.and_then(|token| self.operations.take(token));
        if let Some(operation) = operation {
            if reason.is_failure() {
                operation.reject(&Fault::refused(topic, *reason, properties));
            } else {
                operation.resolve(&values::publish_result(topic, qos, id, reason.0, &words));
            }
        }
        if is_heard {
            let key = message.key.as_deref();
            let detail = values::message_out(topic, id, qos, reason.0, &words, key);
            self.handlers.emit(EventName::MessageOut, &detail);
        }
    }

    fn tell_lost(&self, lost: &Lost) {
        let operation = lost.token.and_then(|token| self.operations.take(token));
        let given = operation.as_ref().and_then(Deferred::topic);
        let given = given.unwrap_or_default();
        let (topic, payload, qos, retain) = match &lost.message {
            Some(m) => (&*m.topic, &*m.payload, m.qos, m.retain),
            None => (&*given, &[][..], QoS::AtMostOnce, false),
        };
        // An error is dear, and many messages may be lost with one connection.
        let fault = || {
            let fault = error::of_loss(&lost.cause, topic);
            match (&lost.cause, self.journal()) {
                (LossCause::NotStored(StorageError::Failed), Some(journal)) => {
                    fault.because(&journal.why())
                }
                _ => fault,
            }
        };
        if let Some(operation) = operation {
            match lost.cause {
                LossCause::ConnectionLost => self.operations.orphan(&operation),
                _ => operation.reject(&fault()),
            }
        }
        self.handlers.tell(EventName::MessageLost, || {
            let key = lost.message.as_ref().and_then(|m| m.key.as_deref());
            let certainty = match lost.certainty {
                Certainty::NotDelivered => "not-delivered",
                Certainty::Indeterminate => "indeterminate",
            };
            error::lost(
                &fault(),
                direction_name(lost.direction),
                certainty,
                key,
                topic,
                qos as u8,
                retain,
                lost.packet_id.map(PacketId::get),
                payload,
            )
        });
    }

    /// Resolves with the server's words on all filters of a request, then tells of each that is no refusal.
    fn tell_answer(
        &self,
        token: Option<Token>,
        is_subscribed: bool,
        results: &[(Box<str>, SubscriptionOptions, ReasonCode)],
        encoded: &[u8],
    ) {
        let (event, place) = match is_subscribed {
            true => (EventName::Subscribed, PropertySet::SubAck),
            false => (EventName::Unsubscribed, PropertySet::UnsubAck),
        };
        let mut flat = Vec::new();
        for (filter, _, reason) in results {
            flat.push(Value::Text(filter));
            flat.push(number(reason.0));
            flat.push(number(meaning(*reason, place)));
        }
        let words = properties(place, encoded);
        let results = values::filter_results(&array(&flat), is_subscribed, &words);
        let operation = token.and_then(|token| self.operations.take(token));
        if let Some(operation) = operation {
            operation.resolve(&results);
        }
        self.handlers.tell_each(event, &results);
    }
}

pub(super) fn state_name(state: State) -> &'static str {
    match state {
        State::Disconnected => "disconnected",
        State::Waiting => "waiting",
        State::Connecting => "connecting",
        State::Connected => "connected",
        State::Disconnecting => "disconnecting",
    }
}

fn direction_name(direction: Direction) -> &'static str {
    match direction {
        Direction::In => "in",
        Direction::Out => "out",
    }
}
