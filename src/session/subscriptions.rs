//! What the server holds for us to receive: filters with their options.
//!
//! Must never live here: requests under way. A SUBSCRIBE that got no SUBACK is not session state.

use super::touched::Touched;
use crate::codec::SubscriptionOptions;
use crate::sorted::NamedMap;

/// One subscription as granted.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Subscription {
    /// As asked for; the server may have granted a lower QoS.
    pub options: SubscriptionOptions,
    /// The Subscription Identifier it was made with (MQTT 5 §3.8.2.1.2).
    pub identifier: Option<u32>,
}

/// The subscriptions of the session, by topic filter.
#[derive(Clone, Debug, Default)]
pub struct Subscriptions {
    by_filter: NamedMap<Subscription>,
    touched: Touched<()>,
}

impl Subscriptions {
    /// The server granted `filter`; an identical filter replaces the earlier one `[MQTT-3.8.4-3]`.
    pub fn granted(&mut self, filter: &str, subscription: Subscription) {
        self.by_filter.insert(filter, subscription);
        self.touched.mark(());
    }

    /// The server has dropped `filter`.
    pub fn removed(&mut self, filter: &str) {
        self.by_filter.remove(filter);
        self.touched.mark(());
    }

    /// All, by filter.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&str, &Subscription)> {
        self.by_filter.iter()
    }

    /// Takes all, leaving none.
    pub fn take(&mut self) -> Subscriptions {
        self.touched.mark(());
        Subscriptions {
            by_filter: std::mem::take(&mut self.by_filter),
            touched: Touched::default(),
        }
    }

    pub(super) fn follow(&mut self) {
        self.touched.follow();
    }

    /// Whether anything changed since this was last asked.
    pub(super) fn take_touched(&mut self) -> bool {
        !self.touched.take().is_empty()
    }
}
