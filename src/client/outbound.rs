//! Publishing: into the outbox, through the window, onto the wire, and again after a reconnection.

use super::output::LossCause;
use super::parcel::{Kept, Sent};
use super::{Client, Phase};
use crate::codec::{
    DecodeError, PacketId, Properties, Property, PropertySet, Publish, QoS, Version, validate_name,
};
use crate::connection::timers::Timer;
use crate::error::UsageError;
use crate::session::journal::RecordName;
use crate::session::message::Message;
use crate::session::outbound::{Outgoing, OutgoingStage, Token};

/// What a caller wants published.
#[derive(Clone, Copy, Debug)]
pub struct PublishRequest<'a> {
    /// Topic name.
    pub topic: &'a str,
    /// The application's bytes.
    pub payload: &'a [u8],
    /// At which QoS.
    pub qos: QoS,
    /// The RETAIN flag.
    pub retain: bool,
    /// Encoded PUBLISH properties (MQTT 5). A Topic Alias among them is given to the topic on the connection on which
    /// the message is first sent, if its server takes that number; it is no part of the message.
    pub properties: &'a [u8],
    /// The application's own name for it; the server never sees it.
    pub key: Option<&'a str>,
}

impl Client {
    /// Accepts a message. Its outcome comes as an event with the token returned: QoS 0
    /// [`Sent`](super::output::Event::Sent), QoS 1 and 2 [`MessageOut`](super::output::Event::MessageOut); or
    /// [`MessageLost`](super::output::Event::MessageLost).
    pub fn publish(&mut self, request: PublishRequest<'_>, now: u64) -> Result<Token, UsageError> {
        let transient = request.qos == QoS::AtMostOnce;
        if !self.is_wanted() && (transient || !self.is_durable()) {
            return Err(UsageError::NotConnected);
        }
        validate_name(request.topic).map_err(UsageError::Topic)?;
        let properties = Properties::parse(PropertySet::Publish, request.properties)
            .map_err(UsageError::Properties)?;
        self.check_properties(properties)?;
        self.check_payload(properties, request.payload)?;
        let alias = properties.topic_alias();
        let (properties, expires_at) = Message::stored_properties(properties, now);
        let message = Message {
            key: request.key.map(Into::into),
            topic: request.topic.into(),
            payload: request.payload.into(),
            qos: request.qos,
            retain: request.retain,
            properties,
            expires_at,
        };
        self.accept(message, alias, now)
    }

    /// As [`Self::publish`], of a message without properties and without expiry, whose parts need not be copied.
    pub fn post(&mut self, message: Message, now: u64) -> Result<Token, UsageError> {
        let transient = message.qos == QoS::AtMostOnce;
        if !self.is_wanted() && (transient || !self.is_durable()) {
            return Err(UsageError::NotConnected);
        }
        validate_name(&message.topic).map_err(UsageError::Topic)?;
        self.accept(message, None, now)
    }

    /// Accepts a message whose parts were checked, each by itself.
    fn accept(
        &mut self,
        message: Message,
        alias: Option<u16>,
        now: u64,
    ) -> Result<Token, UsageError> {
        let transient = message.qos == QoS::AtMostOnce;
        // Also measures it: a message that has no encoding never gets into the session.
        let size = self.size(&message).map_err(UsageError::Encode)?;
        let accepted = self.is_accepted();
        if accepted {
            self.check_sendable(&message, size)?;
            if alias.is_some_and(|alias| alias > self.connection.limits.topic_alias_maximum) {
                return Err(UsageError::NotAvailable(
                    "such topic alias: use numbers up to serverLimits.topicAliasMaximum, or none",
                ));
            }
        }
        // A server that authenticates itself may not be believed yet.
        let trusted =
            matches!(self.phase, Phase::Active) || accepted && self.config.authentication.is_none();
        if transient && trusted && self.has_room() && self.passing().len() == 0 {
            let token = self.draw_token();
            self.wish_for_alias(token, alias);
            self.send_at_once(&message, token, now);
            return Ok(token);
        }
        if transient && !accepted && !self.outbox.limits.queue_qos0 {
            return Err(UsageError::NotYetConnected);
        }
        self.make_room(&message)?;
        let message = Box::new(message);
        let token = self.draw_token();
        self.wish_for_alias(token, alias);
        if transient {
            self.wait_in_passing(message, token);
            self.pump(now);
            return Ok(token);
        }
        self.session.outbound.accept(message, Some(token));
        self.try_storing_again();
        self.hurry(now);
        self.pump(now);
        Ok(token)
    }

    /// Holds the properties of a message against what a client may send.
    fn check_properties(&self, properties: Properties<'_>) -> Result<(), UsageError> {
        if self.config.version == Version::V311 && !properties.is_empty() {
            return Err(UsageError::OnlyInV5(
                "properties of a message, topicAlias among them",
            ));
        }
        for property in properties.iter() {
            match property {
                // `[MQTT-3.3.4-6]`: only servers say which subscriptions a message matches.
                Property::SubscriptionIdentifier(_) => {
                    return Err(UsageError::Properties(DecodeError::MisplacedProperty(
                        property.id(),
                        PropertySet::Publish,
                    )));
                }
                // `[MQTT-3.3.2-14]`
                Property::ResponseTopic(topic) => {
                    validate_name(topic).map_err(UsageError::Topic)?;
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// Whether the caller wants a connection: there is one, or one is being made, now or later.
    pub(super) fn is_wanted(&self) -> bool {
        match self.phase {
            Phase::Disconnected => false,
            Phase::Ended | Phase::Closing(_) | Phase::Waiting => {
                self.wish.wanted && self.config.reconnect.is_some()
            }
            _ => true,
        }
    }

    /// Sends a message of QoS 0, which is no session state: nobody will see it again.
    pub(super) fn send_at_once(&mut self, message: &Message, token: Token, now: u64) {
        let start = self.transmit.bytes.len();
        self.transmit_publish(message, None, false, now);
        self.underway(None, Some(token), start);
    }

    /// Sends the first message of the outbox, or gives it up if this server does not take it; false where all
    /// identifiers are in flight.
    pub(super) fn send_head(&mut self, now: u64) -> bool {
        let Some(queued) = self.session.outbound.take_head() else {
            return false;
        };
        if let Some(cause) = self.unsendable(&queued.message, now) {
            self.tell_queued_lost(queued, cause);
            return true;
        }
        let Some(id) = self.session.ids.allocate() else {
            // The next acknowledgement frees one.
            self.session.outbound.requeue(vec![queued]);
            return false;
        };
        let start = self.transmit.bytes.len();
        self.transmit_publish(&queued.message, Some(id), false, now);
        self.underway(Some((id, queued.seq)), queued.token, start);
        self.connection.send_quota.take(id);
        self.session.outbound.begin(id, queued);
        true
    }

    /// Sends PUBLISHes of a resumed session again, in their old order and with DUP, as far as the new
    /// connection's quota allows `[MQTT-4.4.0-1]`, `[MQTT-3.3.1-1]`.
    pub(super) fn send_replay(&mut self, now: u64) {
        while self.connection.send_quota.is_open() && self.has_room() {
            let Some(id) = self.connection.replay.pop_front() else {
                return;
            };
            self.resend(id, now);
        }
    }

    /// Sends everything again that has been unacknowledged for at least one interval (3.1.1).
    pub(super) fn republish(&mut self, now: u64) {
        if !matches!(self.phase, Phase::Active) {
            return;
        }
        // What was resumed and still waits for the window has not been sent on this connection once.
        if self.connection.replay.is_empty() {
            let mark = self.connection.republish_mark;
            for &id in &self.session.outbound.older_than(mark) {
                // What still waits to be stored will be sent for the first time.
                let sent = |outgoing: &Outgoing| !outgoing.unsent;
                if self.session.outbound.get(id).is_some_and(sent) {
                    self.resend(id, now);
                }
            }
        }
        self.schedule_republish(now);
    }

    pub(super) fn schedule_republish(&mut self, now: u64) {
        self.connection.republish_mark = self.session.outbound.next_order();
        let at = now.saturating_add(self.config.republish_interval);
        self.connection.timers.set(Timer::Republish, at);
    }

    /// Sends the packet that the message under `id` waits on once more.
    fn resend(&mut self, id: PacketId, now: u64) {
        let Some(outgoing) = self.session.outbound.get(id) else {
            return;
        };
        match outgoing.stage {
            OutgoingStage::PubRecReceived | OutgoingStage::AwaitingPubComp => {
                self.send_pubrel(id, crate::codec::ReasonCode::SUCCESS, now);
            }
            OutgoingStage::Abandoned => {}
            OutgoingStage::AwaitingPubAck | OutgoingStage::AwaitingPubRec => {
                let (seq, token, dup) = (outgoing.seq, outgoing.token, !outgoing.unsent);
                let message = outgoing.message.clone();
                // A QoS 2 message that was sent once no longer expires here: its identifier would stay
                // taken at the server `[MQTT-4.3.3-7]`.
                let expired = message.qos == QoS::AtLeastOnce && message.is_expired(now);
                let refused = self.refused_by_limits(&message);
                match expired.then_some(LossCause::Expired).or(refused) {
                    Some(cause) => self.abandon(id, cause),
                    None => {
                        let start = self.transmit.bytes.len();
                        self.transmit_publish(&message, Some(id), dup, now);
                        self.underway(Some((id, seq)), token, start);
                        self.connection.send_quota.take(id);
                    }
                }
            }
        }
    }

    /// Gives up a message that was sent and cannot be sent again.
    fn abandon(&mut self, id: PacketId, cause: LossCause) {
        let Some((outgoing, free)) = self.session.outbound.abandon(id) else {
            return;
        };
        if free {
            self.session.ids.release(id);
        }
        self.tell_indeterminate(id, outgoing, cause);
    }

    /// Why this message cannot be sent on this connection, if so.
    pub(super) fn unsendable(&self, message: &Message, now: u64) -> Option<LossCause> {
        if message.is_expired(now) {
            return Some(LossCause::Expired);
        }
        self.refused_by_limits(message)
    }

    /// As [`Self::unsendable`], whether it has expired or not.
    fn refused_by_limits(&self, message: &Message) -> Option<LossCause> {
        let size = match self.size(message) {
            Ok(size) => size,
            Err(error) => return Some(LossCause::Unsendable(UsageError::Encode(error))),
        };
        self.check_sendable(message, size)
            .err()
            .map(LossCause::Unsendable)
    }

    /// Holds a message against what the server said it takes (MQTT 5 §3.2.2.3).
    fn check_sendable(&self, message: &Message, size: usize) -> Result<(), UsageError> {
        let limits = &self.connection.limits;
        if message.qos > limits.maximum_qos {
            return Err(UsageError::NotAvailable(
                "such QoS: publish at serverLimits.maximumQos or below",
            ));
        }
        if message.retain && !limits.retain_available {
            return Err(UsageError::NotAvailable(
                "retained messages: publish without retain",
            ));
        }
        limits.check_size(size)
    }

    /// The size of the PUBLISH that would carry `message`, in bytes.
    fn size(&self, message: &Message) -> Result<usize, crate::codec::EncodeError> {
        let (topic, payload) = (&message.topic, &message.payload);
        let properties = message.properties_len();
        Publish::checked_len(self.config.version, message.qos, topic, properties, payload)
    }

    fn transmit_publish(&mut self, message: &Message, id: Option<PacketId>, dup: bool, now: u64) {
        let properties = message.properties_at(now);
        // It was measured before.
        let _ = self
            .put(|version, out| publish_packet(message, id, dup, &properties).encode(version, out));
        self.connection.keep_alive.sent(now);
    }

    /// The PUBLISH that begins at `start` of what will be sent is that of the message with this identifier and number, or
    /// of one of QoS 0, which has neither.
    fn underway(&mut self, kept: Option<(PacketId, u64)>, token: Option<Token>, start: usize) {
        let range = start..self.transmit.bytes.len();
        let kept = kept.map(|(id, seq)| Kept {
            name: RecordName::Outgoing(seq),
            id,
        });
        self.transmit.publishes.push(Sent { kept, token, range });
    }

    /// Whether the server has taken over the message in flight under `id`.
    pub(super) fn owned_by_server(&self, id: PacketId) -> bool {
        self.session.outbound.get(id).is_some_and(|outgoing| {
            matches!(
                outgoing.stage,
                OutgoingStage::PubRecReceived | OutgoingStage::AwaitingPubComp
            )
        })
    }
}

/// The PUBLISH for `message`. Its stored properties were validated on the way in.
fn publish_packet<'a>(
    message: &'a Message,
    packet_id: Option<PacketId>,
    dup: bool,
    properties: &'a [u8],
) -> Publish<'a> {
    Publish {
        dup,
        qos: message.qos,
        retain: message.retain,
        topic: &message.topic,
        packet_id,
        properties: Properties::parse(PropertySet::Publish, properties).unwrap_or_default(),
        payload: &message.payload,
    }
}
