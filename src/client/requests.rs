//! SUBSCRIBE and UNSUBSCRIBE: asked for, sent, answered filter by filter.

use super::output::{Event, Handled};
use super::{Client, Phase};
use crate::codec::{
    Answer, EncodeError, PacketId, PacketType, Properties, Property, PropertyId, PropertySet, QoS,
    ReasonCode, SubscriptionOptions, Version, encode_filters, has_wildcard, is_shared,
    validate_filter,
};
use crate::connection::requests::{Request, Requests};
use crate::error::{ProtocolError, UsageError};
use crate::session::outbound::Token;
use crate::session::subscriptions::Subscription;

/// A topic filter with its subscription options.
pub type Filter<'a> = (&'a str, SubscriptionOptions);

impl Client {
    /// Asks for subscriptions. The answer comes as [`Event::Subscribed`], or [`Event::RequestFailed`].
    /// `properties` are encoded SUBSCRIBE properties (MQTT 5).
    pub fn subscribe(
        &mut self,
        filters: &[Filter<'_>],
        properties: &[u8],
        now: u64,
    ) -> Result<Token, UsageError> {
        let parsed = self.check_request(PropertySet::Subscribe, properties)?;
        let identifier = match parsed.find(PropertyId::SUBSCRIPTION_IDENTIFIER) {
            Some(Property::SubscriptionIdentifier(identifier)) => Some(identifier),
            _ => None,
        };
        let mut wanted = Vec::with_capacity(filters.len());
        for (filter, options) in filters {
            self.check_filter(filter, *options)?;
            wanted.push((Box::from(*filter), *options));
        }
        let request = Request::new(true, wanted, identifier, properties.to_vec());
        if self.is_accepted() {
            self.check_available(&request)?;
        }
        self.request(request, now)
    }

    /// Asks for the end of subscriptions. The answer comes as [`Event::Unsubscribed`], or
    /// [`Event::RequestFailed`]. `properties` are encoded UNSUBSCRIBE properties (MQTT 5).
    pub fn unsubscribe(
        &mut self,
        filters: &[&str],
        properties: &[u8],
        now: u64,
    ) -> Result<Token, UsageError> {
        self.check_request(PropertySet::Unsubscribe, properties)?;
        let mut unwanted = Vec::with_capacity(filters.len());
        for filter in filters {
            let options = SubscriptionOptions::default();
            self.check_filter(filter, options)?;
            unwanted.push((Box::from(*filter), options));
        }
        let request = Request::new(false, unwanted, None, properties.to_vec());
        self.request(request, now)
    }

    /// Sends the requests that waited for the session to come into force. What this server has is known only now.
    pub(super) fn send_requests(&mut self, now: u64) {
        for request in std::mem::take(&mut self.connection.requests.waiting) {
            if let Err((why, request)) = self.send_request(request, now) {
                let (token, why) = (request.token, Some(why));
                self.event(Event::RequestFailed { token, why });
                if self.session.resubscribe && request.subscribes {
                    // The server lost them, and the caller knows that they are not granted again.
                    for (filter, _) in &request.filters {
                        self.session.subscriptions.removed(filter);
                    }
                }
            }
        }
        self.check_resubscribed();
    }

    /// The connection has ended: its requests are made again on the next one, if there is to be one; else
    /// their callers are told. Those that are made for a lost session are made anew anyway, and those whose callers
    /// wait no longer need not be.
    pub(super) fn keep_requests(&mut self, goes_on: bool) {
        let Requests { waiting, sent } = &mut self.connection.requests;
        // What waits was not made again, for that is sent at once, and is in the order in which it was made.
        for (id, mut request) in sent.take() {
            self.session.ids.release(id);
            if request.again || request.forgotten {
                continue;
            }
            request.was_sent = true;
            // That is the order of tokens.
            let place = waiting.partition_point(|it| it.token < request.token);
            waiting.insert(place, request);
        }
        if goes_on {
            return;
        }
        for request in std::mem::take(waiting) {
            let token = request.token;
            self.event(Event::RequestFailed { token, why: None });
        }
    }

    /// Lets go of a request; whether it was never sent. Where it was, its answer still counts.
    pub(super) fn let_go_of_request(&mut self, token: Token) -> Option<bool> {
        let Requests { waiting, sent } = &mut self.connection.requests;
        if let Some(place) = waiting.iter().position(|it| it.token == token) {
            return Some(!waiting.remove(place).was_sent);
        }
        let mut sent = sent.values_mut().filter(|it| !it.forgotten);
        sent.find(|it| it.token == token)?.forgotten = true;
        Some(false)
    }

    /// SUBACK or UNSUBACK, whichever `kind` is.
    pub(super) fn receive_codes(&mut self, kind: PacketType, answer: Answer<'_>) -> Handled {
        let id = answer.packet_id;
        let Some(request) = self.connection.requests.sent.get(&id) else {
            return Ok(());
        };
        // A wrong answer leaves the request where it is: its caller hears of it with the end.
        if request.subscribes != (kind == PacketType::SubAck) {
            return Err(ProtocolError::MisplacedAck(kind).into());
        }
        let are_counted = request.subscribes || self.config.version == Version::V5;
        if are_counted && request.filters.len() != answer.codes.len() {
            return Err(ProtocolError::AnswerCount(kind).into());
        }
        self.session.ids.release(id);
        let Some(request) = self.connection.requests.sent.remove(&id) else {
            return Ok(());
        };
        let (token, identifier) = (request.caller(), request.identifier);
        let (subscribes, again) = (request.subscribes, request.again);
        let properties = answer.properties.as_bytes();
        let mut results = Vec::with_capacity(request.filters.len());
        let mut codes = answer.codes.iter();
        for (filter, mut options) in request.filters {
            // A 3.1.1 UNSUBACK has no reason codes: it always means success.
            let reason = ReasonCode(codes.next().copied().unwrap_or_default());
            let granted = QoS::from_bits(reason.0);
            if let Some(qos) = granted.filter(|_| subscribes) {
                // As it was asked for: another server may grant more.
                let subscription = Subscription {
                    options,
                    identifier,
                };
                self.session.subscriptions.granted(&filter, subscription);
                options.qos = qos;
            } else if again {
                self.no_longer_granted(&filter, reason, properties);
            } else if !reason.is_failure() || subscribes && self.session.resubscribe {
                // Given up; or asked for by the caller, which is not asked for again: the lost one went with its session.
                self.session.subscriptions.removed(&filter);
            }
            results.push((filter, options, reason));
        }
        let properties = properties.to_vec();
        self.event(match subscribes {
            true => Event::Subscribed {
                token,
                results,
                properties,
            },
            false => Event::Unsubscribed {
                token,
                results,
                properties,
            },
        });
        self.check_resubscribed();
        Ok(())
    }

    fn request(&mut self, mut request: Request, now: u64) -> Result<Token, UsageError> {
        if request.filters.is_empty() {
            return Err(UsageError::NoFilters);
        }
        let token = self.draw_token();
        request.token = token;
        if matches!(self.phase, Phase::Active) {
            self.send_request(request, now).map_err(|(why, _)| why)?;
        } else {
            self.connection.requests.waiting.push(request);
            self.hurry(now);
        }
        Ok(token)
    }

    /// Sends a request, or gives it back with the reason why it cannot be.
    pub(super) fn send_request(
        &mut self,
        request: Request,
        now: u64,
    ) -> Result<(), (UsageError, Request)> {
        let sent = self.check_available(&request).and_then(|()| {
            let id = self.session.ids.allocate().ok_or(UsageError::NoPacketId)?;
            let bytes = &mut self.transmit.bytes;
            let start = bytes.len();
            let encoded = encode(&request, id, self.config.version, bytes);
            let size = bytes.len() - start;
            let sent = encoded
                .map_err(UsageError::Encode)
                .and_then(|()| self.connection.limits.check_size(size));
            if sent.is_err() {
                bytes.truncate(start);
                self.session.ids.release(id);
            }
            sent.map(|()| id)
        });
        match sent {
            Ok(id) => {
                self.connection.keep_alive.sent(now);
                self.connection.requests.sent.insert(id, request);
                Ok(())
            }
            Err(why) => Err((why, request)),
        }
    }

    fn check_request<'a>(
        &self,
        set: PropertySet,
        properties: &'a [u8],
    ) -> Result<Properties<'a>, UsageError> {
        if !self.is_wanted() {
            return Err(UsageError::NotConnected);
        }
        if self.config.version == Version::V311 && !properties.is_empty() {
            return Err(UsageError::OnlyInV5(
                "userProperties and subscriptionIdentifier",
            ));
        }
        Properties::parse(set, properties).map_err(UsageError::Properties)
    }

    /// Holds a filter against MQTT and the version.
    fn check_filter(&self, filter: &str, options: SubscriptionOptions) -> Result<(), UsageError> {
        validate_filter(filter).map_err(UsageError::Topic)?;
        let plain = SubscriptionOptions::qos(options.qos);
        if self.config.version == Version::V311 && options != plain {
            return Err(UsageError::OnlyInV5(
                "noLocal, retainAsPublished and retainHandling",
            ));
        }
        if self.config.version == Version::V5 && is_shared(filter) && options.no_local {
            return Err(UsageError::SharedNoLocal);
        }
        Ok(())
    }

    /// Holds a request against what the server said it has (MQTT 5 §3.2.2.3.11 ff.).
    fn check_available(&self, request: &Request) -> Result<(), UsageError> {
        if !request.subscribes {
            return Ok(());
        }
        let limits = &self.connection.limits;
        if request.identifier.is_some() && !limits.subscription_identifier_available {
            return Err(UsageError::NotAvailable(
                "subscription identifiers: leave subscriptionIdentifier out",
            ));
        }
        for (filter, _) in &request.filters {
            if !limits.wildcard_subscription_available && has_wildcard(filter) {
                return Err(UsageError::NotAvailable(
                    "wildcard subscriptions: subscribe to topics without + and #",
                ));
            }
            let shared = self.config.version == Version::V5 && is_shared(filter);
            if shared && !limits.shared_subscription_available {
                return Err(UsageError::NotAvailable(
                    "shared subscriptions: subscribe without $share/",
                ));
            }
        }
        Ok(())
    }
}

fn encode(
    request: &Request,
    packet_id: PacketId,
    version: Version,
    out: &mut Vec<u8>,
) -> Result<(), EncodeError> {
    let (packet, set) = match request.subscribes {
        true => (PacketType::Subscribe, PropertySet::Subscribe),
        false => (PacketType::Unsubscribe, PropertySet::Unsubscribe),
    };
    let properties = Properties::parse(set, &request.properties).unwrap_or_default();
    let filters = request.filters.iter();
    let filters = filters.map(|(filter, options)| {
        let options = request.subscribes.then_some(*options);
        (&**filter, options)
    });
    encode_filters(version, packet, packet_id, properties, filters, out)
}
