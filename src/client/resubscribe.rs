//! The subscriptions that went with a lost session, made again.
//!
//! They stay in the session, marked as no longer held by the server, until the server has granted them anew: a
//! page that dies in between leaves the mark to the next one. Must never live here: requests of the caller.

use super::Client;
use super::output::Event;
use crate::codec::{Property, PropertyBuffer, PropertySet, ReasonCode, SubscriptionOptions};
use crate::connection::requests::{Request, What};
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

    /// The session at hand has given way to one of another client identifier, for which nothing is asked that was the other's.
    pub(super) fn tell_out_of_reach(&mut self, subscriptions: &Subscriptions) {
        let filters = subscriptions.iter().map(|(f, _)| f.into()).collect();
        self.event(Event::SessionLost {
            filters,
            resubscribing: false,
        });
    }

    /// Asks for all subscriptions again, if the server holds none of them; but for those that the caller is about
    /// to ask for, or to give up.
    pub(super) fn subscribe_again(&mut self, now: u64) {
        if !self.session.resubscribe {
            return;
        }
        let mut groups: Vec<(Option<u32>, Filters)> = Vec::new();
        let (asked, dropped) = self.filters_waiting();
        for filter in dropped {
            self.session.subscriptions.removed(&filter);
        }
        for (filter, subscription) in self.session.subscriptions.iter() {
            if asked.iter().any(|asked| **asked == *filter) {
                continue;
            }
            let identifier = subscription.identifier;
            let group = groups
                .iter_mut()
                .find(|(of, filters)| *of == identifier && filters.len() < TOGETHER);
            let item = (filter.into(), subscription.options);
            match group {
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
        let mut buffer = PropertyBuffer::default();
        if let Some(identifier) = identifier {
            let pushed = buffer.push(Property::SubscriptionIdentifier(identifier));
            debug_assert!(pushed.is_ok(), "a number: {pushed:?}");
        }
        let properties = buffer
            .as_properties(PropertySet::Subscribe)
            .map(|properties| properties.as_bytes().to_vec())
            .unwrap_or_default();
        let what = What::Subscribe {
            filters: filters.clone(),
            identifier,
        };
        let token = self.draw_token();
        let request = Request {
            token,
            what,
            properties,
            again: true,
            forgotten: false,
            was_sent: false,
        };
        let sent = self
            .check_available(&request.what)
            .and_then(|()| self.send_request(request, now));
        let Err(error) = sent else {
            return;
        };
        match &filters[..] {
            [(filter, _)] => {
                let reason = match error {
                    UsageError::TooLarge { .. } => ReasonCode::PACKET_TOO_LARGE,
                    UsageError::NoPacketId => ReasonCode::QUOTA_EXCEEDED,
                    _ => ReasonCode::IMPLEMENTATION_SPECIFIC_ERROR,
                };
                self.no_longer_granted(filter, reason, &[]);
            }
            _ => {
                for filter in filters {
                    self.ask_again(identifier, vec![filter], now);
                }
            }
        }
    }

    /// The filters that requests of the caller, not sent yet, ask for, and those they give up.
    fn filters_waiting(&self) -> (Vec<Box<str>>, Vec<Box<str>>) {
        let (mut asked, mut dropped) = (Vec::new(), Vec::new());
        for request in &self.connection.requests.waiting {
            match &request.what {
                What::Subscribe { filters, .. } => {
                    asked.extend(filters.iter().map(|(filter, _)| filter.clone()));
                }
                What::Unsubscribe { filters } => dropped.extend(filters.iter().cloned()),
            }
        }
        (asked, dropped)
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
