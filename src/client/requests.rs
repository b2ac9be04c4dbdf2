//! SUBSCRIBE and UNSUBSCRIBE: asked for, sent, answered filter by filter.

use super::output::{Cause, Event};
use super::{Client, Phase};
use crate::codec::{
    EncodeError, Frame, PacketId, PacketType, Properties, Property, PropertySet, QoS, ReasonCode,
    RetainHandling, SubAck, Subscribe, SubscriptionOptions, UnsubAck, Unsubscribe, Version,
    is_shared, validate_filter,
};
use crate::connection::requests::{Request, Requests, What};
use crate::error::{ProtocolError, UsageError};
use crate::session::outbound::Token;
use crate::session::subscriptions::Subscription;
use crate::sorted::SortedMap;

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
        let identifier = parsed.iter().find_map(|p| match p {
            Property::SubscriptionIdentifier(id) => Some(id),
            _ => None,
        });
        for (filter, options) in filters {
            validate_filter(filter).map_err(UsageError::Topic)?;
            self.check_filter(filter, options)?;
        }
        let filters = filters
            .iter()
            .map(|(filter, options)| (Box::from(*filter), *options))
            .collect();
        let what = What::Subscribe {
            filters,
            identifier,
        };
        if self.is_accepted() {
            self.check_available(&what)?;
        }
        self.request(what, properties, now)
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
        for filter in filters {
            validate_filter(filter).map_err(UsageError::Topic)?;
        }
        let filters = filters.iter().map(|filter| Box::from(*filter)).collect();
        self.request(What::Unsubscribe { filters }, properties, now)
    }

    /// Sends the requests that waited for the session to come into force. What this server has is known only now.
    pub(super) fn send_requests(&mut self, now: u64) {
        for request in std::mem::take(&mut self.connection.requests.waiting) {
            let token = request.token;
            let again = self.session.resubscribe.then(|| request.what.clone());
            let sent = self
                .check_available(&request.what)
                .and_then(|()| self.send_request(request, now));
            if let Err(why) = sent {
                let why = Some(why);
                self.event(Event::RequestFailed { token, why });
                if let Some(What::Subscribe { filters, .. }) = again {
                    // The server lost them, and the caller knows that they are not granted again.
                    for (filter, _) in filters {
                        self.session.subscriptions.removed(&filter);
                    }
                }
            }
        }
        self.check_resubscribed();
    }

    /// The connection has ended: its requests are made again on the next one, if there is to be one; else
    /// their callers are told. Those that are made for a lost session are made anew anyway, and those whose callers
    /// wait no longer need not be.
    pub(super) fn keep_requests(&mut self, mut ended: Requests, goes_on: bool) {
        // In the order in which they were made, which is that of their tokens.
        let mut requests = SortedMap::new();
        for (id, mut request) in ended.sent.take() {
            self.session.ids.release(id);
            request.was_sent = true;
            requests.insert(request.token, request);
        }
        for request in ended.waiting {
            requests.insert(request.token, request);
        }
        for (token, request) in requests.take() {
            if request.again || request.forgotten {
                continue;
            }
            match goes_on {
                true => self.connection.requests.waiting.push(request),
                false => self.event(Event::RequestFailed { token, why: None }),
            }
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

    pub(super) fn receive_suback(&mut self, frame: Frame<'_>) -> Result<(), Cause> {
        let suback = SubAck::decode(self.config.version, frame).map_err(Cause::malformed)?;
        self.check_diagnostics(PacketType::SubAck, suback.properties)?;
        // A wrong answer leaves the request where it is: its caller hears of it with the end.
        let (filters, identifier) = match self.connection.requests.sent.get(&suback.packet_id) {
            None => return Ok(()),
            Some(Request { what, .. }) => match what {
                What::Unsubscribe { .. } => return Err(Cause::misplaced(PacketType::SubAck)),
                What::Subscribe { filters, .. } if filters.len() != suback.codes.len() => {
                    return Err(wrong_count(PacketType::SubAck));
                }
                What::Subscribe {
                    filters,
                    identifier,
                } => (filters.clone(), *identifier),
            },
        };
        let Some(request) = self.answered(suback.packet_id) else {
            return Ok(());
        };
        let mut results = Vec::with_capacity(filters.len());
        for ((filter, mut options), reason) in filters.into_iter().zip(suback.reasons()) {
            if let Some(qos) = QoS::from_bits(reason.0) {
                // As it was asked for: another server may grant more.
                let subscription = Subscription {
                    options,
                    identifier,
                };
                self.session.subscriptions.granted(&filter, subscription);
                options.qos = qos;
            } else if request.again {
                let properties = suback.properties.as_bytes();
                self.no_longer_granted(&filter, reason, properties);
            } else if self.session.resubscribe {
                // What the caller asks for is not asked for again; the lost one went with its session.
                self.session.subscriptions.removed(&filter);
            }
            results.push((filter, options, reason));
        }
        self.event(Event::Subscribed {
            token: request.caller(),
            results,
            properties: suback.properties.as_bytes().to_vec(),
        });
        self.check_resubscribed();
        Ok(())
    }

    pub(super) fn receive_unsuback(&mut self, frame: Frame<'_>) -> Result<(), Cause> {
        let unsuback = UnsubAck::decode(self.config.version, frame).map_err(Cause::malformed)?;
        self.check_diagnostics(PacketType::UnsubAck, unsuback.properties)?;
        let filters = match self.connection.requests.sent.get(&unsuback.packet_id) {
            None => return Ok(()),
            Some(Request { what, .. }) => match what {
                What::Subscribe { .. } => return Err(Cause::misplaced(PacketType::UnsubAck)),
                What::Unsubscribe { filters } => filters.clone(),
            },
        };
        // A 3.1.1 UNSUBACK has no reason codes: it always means success.
        let reasons: Vec<ReasonCode> = match self.config.version {
            Version::V311 => vec![ReasonCode::SUCCESS; filters.len()],
            Version::V5 => unsuback.reasons().collect(),
        };
        if filters.len() != reasons.len() {
            return Err(wrong_count(PacketType::UnsubAck));
        }
        let request = self.answered(unsuback.packet_id);
        let results: Vec<_> = filters.into_iter().zip(reasons).collect();
        for (filter, reason) in &results {
            if !reason.is_failure() {
                self.session.subscriptions.removed(filter);
            }
        }
        self.event(Event::Unsubscribed {
            token: request.and_then(|request| request.caller()),
            results,
            properties: unsuback.properties.as_bytes().to_vec(),
        });
        self.check_resubscribed();
        Ok(())
    }

    fn request(&mut self, what: What, properties: &[u8], now: u64) -> Result<Token, UsageError> {
        let none = match &what {
            What::Subscribe { filters, .. } => filters.is_empty(),
            What::Unsubscribe { filters } => filters.is_empty(),
        };
        if none {
            return Err(UsageError::NoFilters);
        }
        let token = self.draw_token();
        let request = Request {
            token,
            what,
            properties: properties.to_vec(),
            again: false,
            forgotten: false,
            was_sent: false,
        };
        if matches!(self.phase, Phase::Active) {
            self.send_request(request, now)?;
        } else {
            self.connection.requests.waiting.push(request);
            self.hurry(now);
        }
        Ok(token)
    }

    pub(super) fn send_request(&mut self, request: Request, now: u64) -> Result<(), UsageError> {
        let id = self.session.ids.allocate().ok_or(UsageError::NoPacketId)?;
        let bytes = &mut self.transmit.bytes;
        let start = bytes.len();
        let encoded = encode(&request, id, self.config.version, bytes);
        let size = bytes.len() - start;
        let sent = encoded
            .map_err(UsageError::Encode)
            .and_then(|()| self.connection.limits.check_size(size));
        if sent.is_err() {
            self.transmit.bytes.truncate(start);
            self.session.ids.release(id);
            return sent;
        }
        self.connection.keep_alive.sent(now);
        self.connection.requests.sent.insert(id, request);
        Ok(())
    }

    /// A request has its answer: its identifier is free.
    fn answered(&mut self, id: PacketId) -> Option<Request> {
        self.session.ids.release(id);
        self.connection.requests.sent.remove(&id)
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

    /// Holds a filter against the version.
    fn check_filter(&self, filter: &str, options: &SubscriptionOptions) -> Result<(), UsageError> {
        let plain = SubscriptionOptions {
            qos: options.qos,
            no_local: false,
            retain_as_published: false,
            retain_handling: RetainHandling::default(),
        };
        if self.config.version == Version::V311 && *options != plain {
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
    pub(super) fn check_available(&self, what: &What) -> Result<(), UsageError> {
        let What::Subscribe {
            filters,
            identifier,
        } = what
        else {
            return Ok(());
        };
        let limits = &self.connection.limits;
        if identifier.is_some() && !limits.subscription_identifier_available {
            return Err(UsageError::NotAvailable(
                "subscription identifiers: leave subscriptionIdentifier out",
            ));
        }
        for (filter, _) in filters {
            if !limits.wildcard_subscription_available && filter.contains(['+', '#']) {
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
    match &request.what {
        What::Subscribe { filters, .. } => Subscribe {
            packet_id,
            properties: Properties::parse(PropertySet::Subscribe, &request.properties)
                .unwrap_or_default(),
            filters: filters
                .iter()
                .map(|(f, options)| (&**f, *options))
                .collect(),
        }
        .encode(version, out),
        What::Unsubscribe { filters } => Unsubscribe {
            packet_id,
            properties: Properties::parse(PropertySet::Unsubscribe, &request.properties)
                .unwrap_or_default(),
            filters: filters.iter().map(|f| &**f).collect(),
        }
        .encode(version, out),
    }
}

fn wrong_count(kind: PacketType) -> Cause {
    Cause::Protocol(ProtocolError::AnswerCount(kind))
}
