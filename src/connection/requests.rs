//! SUBSCRIBE and UNSUBSCRIBE waiting for their answer.
//!
//! They are no session state. Where a connection ends and another one follows, they go along with it; else their
//! callers are told.
//! Must never live here: granted subscriptions; those are `session::subscriptions`.

use crate::codec::{PacketId, SubscriptionOptions};
use crate::session::outbound::Token;
use crate::sorted::SortedMap;

/// A request as its caller made it.
#[derive(Debug)]
pub struct Request {
    /// The caller's handle.
    pub token: Token,
    /// SUBSCRIBE, or UNSUBSCRIBE.
    pub subscribes: bool,
    /// The topic filters; an UNSUBSCRIBE has no use for their options.
    pub filters: Vec<(Box<str>, SubscriptionOptions)>,
    /// The Subscription Identifier among the properties.
    pub identifier: Option<u32>,
    /// Encoded properties, validated when the request was made.
    pub properties: Vec<u8>,
    /// It makes subscriptions again that were lost with a session: no caller, and no need to keep it.
    pub again: bool,
    /// Its caller waits no longer: its answer counts, and it is not made again.
    pub forgotten: bool,
    /// It was sent on an earlier connection, whose server may have done it.
    pub was_sent: bool,
}

impl Request {
    /// One that nobody has sent.
    pub fn new(
        subscribes: bool,
        filters: Vec<(Box<str>, SubscriptionOptions)>,
        identifier: Option<u32>,
        properties: Vec<u8>,
    ) -> Self {
        Self {
            token: 0,
            subscribes,
            filters,
            identifier,
            properties,
            again: false,
            forgotten: false,
            was_sent: false,
        }
    }

    /// By which its caller knows it, if there is one that waits for the answer.
    pub fn caller(&self) -> Option<Token> {
        (!self.again && !self.forgotten).then_some(self.token)
    }
}

/// The requests under way, and those that wait for the `connected` handlers.
#[derive(Debug, Default)]
pub struct Requests {
    /// Not sent on this connection yet, in order.
    pub waiting: Vec<Request>,
    /// Sent, by packet identifier.
    pub(crate) sent: SortedMap<PacketId, Request>,
}
