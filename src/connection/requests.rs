//! SUBSCRIBE and UNSUBSCRIBE waiting for their answer.
//!
//! They are no session state. Where a connection ends and another one follows, they go along with it; else their
//! callers are told.
//! Must never live here: granted subscriptions; those are `session::subscriptions`.

use crate::codec::{PacketId, SubscriptionOptions};
use crate::session::outbound::Token;
use crate::sorted::SortedMap;

/// A request as its caller made it.
#[derive(Clone, Debug)]
pub struct Request {
    /// The caller's handle.
    pub token: Token,
    /// What is asked for.
    pub what: What,
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
    /// By which its caller knows it, if there is one that waits for the answer.
    pub fn caller(&self) -> Option<Token> {
        (!self.again && !self.forgotten).then_some(self.token)
    }
}

/// What a request asks for.
#[derive(Clone, Debug)]
pub enum What {
    /// SUBSCRIBE: topic filters with their options.
    Subscribe {
        /// Each filter with its options.
        filters: Vec<(Box<str>, SubscriptionOptions)>,
        /// The Subscription Identifier among the properties.
        identifier: Option<u32>,
    },
    /// UNSUBSCRIBE: topic filters.
    Unsubscribe {
        /// The filters.
        filters: Vec<Box<str>>,
    },
}

/// The requests under way, and those that wait for the `connected` handlers.
#[derive(Clone, Debug, Default)]
pub struct Requests {
    /// Not sent on this connection yet, in order.
    pub waiting: Vec<Request>,
    /// Sent, by packet identifier.
    pub(crate) sent: SortedMap<PacketId, Request>,
}
