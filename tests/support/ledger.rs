//! What the client said: deliveries, events, and for each token what became of it.

use std::collections::BTreeMap;

use mqtt_mooring::client::output::{
    Cancel, Cause, Certainty, Direction, Disconnected, Event, LossCause, Ticket,
};
use mqtt_mooring::codec::{PacketId, QoS, ReasonCode};
use mqtt_mooring::session::outbound::Token;

/// A message that was handed to the application.
#[derive(Clone, Debug)]
pub(crate) struct Delivered {
    pub(crate) topic: String,
    pub(crate) payload: Vec<u8>,
    pub(crate) properties: Vec<u8>,
    pub(crate) qos: QoS,
    pub(crate) retain: bool,
    pub(crate) duplicate: bool,
    pub(crate) packet_id: Option<PacketId>,
    pub(crate) ticket: Option<Ticket>,
}

/// What became of something the caller asked for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Told {
    /// QoS 0: handed to the transport.
    Sent,
    /// QoS 1 and 2: the server's word.
    Out(ReasonCode),
    /// Not seen to the end.
    Lost(Certainty, LossCause),
    /// SUBACK.
    Subscribed(Vec<(String, QoS, ReasonCode)>),
    /// UNSUBACK.
    Unsubscribed(Vec<(String, ReasonCode)>),
    /// SUBSCRIBE or UNSUBSCRIBE without an answer.
    RequestFailed,
    /// The caller waits no longer; whether it was never sent.
    Cancelled(Cancel, bool),
}

/// Everything the client said, in order.
#[derive(Default, Debug)]
pub(crate) struct Ledger {
    pub(crate) deliveries: Vec<Delivered>,
    pub(crate) events: Vec<Event>,
    pub(crate) outcomes: BTreeMap<Token, Vec<Told>>,
    /// Losses of messages that no caller of this object made.
    pub(crate) orphans: Vec<(Direction, Certainty, LossCause, String)>,
    /// Outcomes of such messages, by payload or, where the body is gone, by topic.
    pub(crate) adopted: Vec<(String, ReasonCode)>,
}

impl Ledger {
    /// Takes one event down.
    pub(crate) fn note(&mut self, event: Event) {
        let mut told = |token: Token, what: Told| {
            self.outcomes.entry(token).or_default().push(what);
        };
        match &event {
            Event::Sent(token) => told(*token, Told::Sent),
            Event::MessageOut(out) => match out.token {
                Some(token) => told(token, Told::Out(out.reason)),
                None => self
                    .adopted
                    .push((out.message.topic.to_string(), out.reason)),
            },
            Event::MessageLost(lost) => match lost.token {
                Some(token) => told(token, Told::Lost(lost.certainty, lost.cause)),
                None => {
                    let topic = lost.message.as_ref().map(|m| m.topic.to_string());
                    self.orphans.push((
                        lost.direction,
                        lost.certainty,
                        lost.cause,
                        topic.unwrap_or_default(),
                    ));
                }
            },
            Event::Subscribed {
                token: Some(token),
                results,
                ..
            } => {
                let results = results
                    .iter()
                    .map(|(filter, options, reason)| (filter.to_string(), options.qos, *reason))
                    .collect();
                told(*token, Told::Subscribed(results));
            }
            Event::Unsubscribed {
                token: Some(token),
                results,
                ..
            } => {
                let results = results
                    .iter()
                    .map(|(filter, _, reason)| (filter.to_string(), *reason))
                    .collect();
                told(*token, Told::Unsubscribed(results));
            }
            Event::RequestFailed { token, .. } => told(*token, Told::RequestFailed),
            Event::Cancelled {
                token,
                why,
                withdrawn,
            } => told(*token, Told::Cancelled(*why, *withdrawn)),
            _ => {}
        }
        self.events.push(event);
    }

    /// The payloads delivered, in order.
    pub(crate) fn payloads(&self) -> Vec<String> {
        let text = |d: &Delivered| String::from_utf8_lossy(&d.payload).into_owned();
        self.deliveries.iter().map(text).collect()
    }

    /// What became of `token`; panics unless exactly one thing did.
    pub(crate) fn outcome(&self, token: Token) -> &Told {
        match self.outcomes.get(&token).map(Vec::as_slice) {
            Some([one]) => one,
            other => panic!("token {token} has the outcomes {other:?}"),
        }
    }

    /// Whether `token` has no outcome yet.
    pub(crate) fn is_open(&self, token: Token) -> bool {
        !self.outcomes.contains_key(&token)
    }

    /// Why the connections ended, in order.
    pub(crate) fn ends(&self) -> Vec<&Disconnected> {
        let end = |event: &'_ Event| matches!(event, Event::Disconnected(_));
        self.events
            .iter()
            .filter(|e| end(e))
            .map(|event| match event {
                Event::Disconnected(end) => &**end,
                _ => unreachable!("filtered"),
            })
            .collect()
    }

    /// Why the last connection ended.
    pub(crate) fn last_cause(&self) -> &Cause {
        &self.ends().last().expect("an end").cause
    }

    /// How many times the session came into force.
    pub(crate) fn readies(&self) -> usize {
        let ready = |event: &&Event| matches!(event, Event::Ready);
        self.events.iter().filter(ready).count()
    }

    /// How many times the server was found to have lost the session.
    pub(crate) fn losses(&self) -> usize {
        let lost = |event: &&Event| matches!(event, Event::SessionLost { .. });
        self.events.iter().filter(lost).count()
    }
}
