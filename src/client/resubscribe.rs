//! The subscriptions that went with a lost session, made again.
//!
//! They stay in the session, marked as no longer held by the server, until the server has granted them anew: a
//! page that dies in between leaves the mark to the next one. Must never live here: requests of the caller.

use super::Client;
use super::output::Event;
use crate::codec::{Property, ReasonCode, SubscriptionOptions};
use crate::connection::requests::Request;
use crate::error::UsageError;
use crate::session::subscriptions::Subscriptions;

/// How many filters go into one SUBSCRIBE.
const TOGETHER: usize = 64;

type Filters = Vec<(Box<str>, SubscriptionOptions)>;

impl Client {
    /// Takes over the subscriptions of a session that was lost, to be made again.
    pub(super) fn keep_subscriptions(&mut self, lost: &Subscriptions) {
        for (filter, subscription) in lost.iter() {
            self.session.subscriptions.granted(filter, *subscription);
        }
        self.session.resubscribe = true;
    }

    /// Asks for all subscriptions again, if the server holds none of them; but for those that the caller is about
    /// to ask for, or to give up.
    pub(super) fn subscribe_again(&mut self, now: u64) {
        if !self.session.resubscribe {
            return;
        }
        let waiting = &self.connection.requests.waiting;
        for request in waiting.iter().filter(|request| !request.subscribes) {
            for (filter, _) in &request.filters {
                self.session.subscriptions.removed(filter);
            }
        }
        let is_asked_for = |filter: &str| {
            let names = |request: &Request| request.filters.iter().any(|(it, _)| **it == *filter);
            let mut asking = waiting.iter().filter(|request| request.subscribes);
            asking.any(names)
        };
        let mut groups: Vec<(Option<u32>, Filters)> = Vec::new();
        for (filter, subscription) in self.session.subscriptions.iter() {
            if is_asked_for(filter) {
                continue;
            }
            let identifier = subscription.identifier;
            let has_room = |group: &&mut (Option<u32>, Filters)| {
                group.0 == identifier && group.1.len() < TOGETHER
            };
            let item = (filter.into(), subscription.options);
            match groups.iter_mut().find(has_room) {
                Some((_, filters)) => filters.push(item),
                None => groups.push((identifier, vec![item])),
            }
        }
        for (identifier, filters) in groups {
            self.ask_again(identifier, filters, now);
        }
        self.check_resubscribed();
    }

    /// Sends one SUBSCRIBE; what this server does not take together is asked for one by one.
    fn ask_again(&mut self, identifier: Option<u32>, filters: Filters, now: u64) {
        let mut properties = Vec::new();
        if let Some(identifier) = identifier {
            let encoded = Property::SubscriptionIdentifier(identifier).encode(&mut properties);
            debug_assert!(encoded.is_ok(), "it was granted: {encoded:?}");
        }
        let mut request = Request::new(true, filters, identifier, properties);
        request.token = self.draw_token();
        request.again = true;
        let Err((error, request)) = self.send_request(request, now) else {
            return;
        };
        let is_alone = request.filters.len() == 1;
        for (filter, options) in request.filters {
            if is_alone {
                let reason = match error {
                    UsageError::TooLarge { .. } => ReasonCode::PACKET_TOO_LARGE,
                    UsageError::NoPacketId => ReasonCode::QUOTA_EXCEEDED,
                    _ => ReasonCode::IMPLEMENTATION_SPECIFIC_ERROR,
                };
                self.no_longer_granted(&filter, reason, &[]);
            } else {
                self.ask_again(identifier, vec![(filter, options)], now);
            }
        }
    }

    /// The server does not grant what it granted in the session it lost.
    pub(super) fn no_longer_granted(
        &mut self,
        filter: &str,
        reason: ReasonCode,
        properties: &[u8],
    ) {
        self.session.subscriptions.removed(filter);
        self.event(Event::Refused {
            filter: filter.into(),
            reason,
            properties: properties.to_vec(),
        });
    }

    /// Takes the mark from the session once all answers are there, those to the caller's own requests included.
    pub(super) fn check_resubscribed(&mut self) {
        let requests = &self.connection.requests;
        if requests.waiting.is_empty() && requests.sent.iter().len() == 0 {
            self.session.resubscribe = false;
        }
    }
}
