//! Packets from the server.
//!
//! What a single packet can be held against was checked by the codec. Here are the rules that need
//! memory: what may come when, and what each packet means to the session.

use super::output::{
    Cause, Certainty, Delivery, Direction, Event, Handled, LossCause, Outcome, Span, Ticket,
};
use super::{Client, Phase};
use crate::codec::{
    Answer, EncodeError, Frame, PacketId, PacketType, PingResp, Properties, Property, Publish, QoS,
    ReasonCode, Version, describe, property_set,
};
use crate::connection::acknowledgements::Verdict;
use crate::error::{ProtocolError, UsageError};
use crate::session::inbound::Incoming;
use crate::session::message::Message;
use crate::session::outbound::{Answered, Outgoing, OutgoingStage, Received};

impl Client {
    /// Bytes came, in whatever pieces. Outputs may point into `chunk`: take them all before the next.
    pub fn handle_bytes(&mut self, chunk: &[u8], now: u64) {
        if matches!(
            self.phase,
            Phase::Disconnected
                | Phase::Ended
                | Phase::Waiting
                | Phase::Opening
                | Phase::Closing(_)
        ) {
            return;
        }
        if self.connection.keep_alive.is_over(now) {
            // What has slept for so long has been given up by the server, whatever it had sent before.
            return self.give_up(Cause::KeepAliveTimeout, now);
        }
        self.connection.keep_alive.received(now);
        self.try_storing_again();
        if !self.hold(chunk, now) {
            self.process(chunk, chunk, now);
        }
    }

    /// The application is done with the message it was given this ticket for. At QoS 1 a ticket of an earlier
    /// connection is worth nothing: the server will send the message again. At QoS 2 it lets the message
    /// leave the session; where the server has not asked again since, it will, and be told that all is done.
    pub fn handled(&mut self, ticket: Ticket, now: u64) {
        self.acknowledge(ticket, Verdict::default(), now);
    }

    /// Whether the acknowledgement of this ticket's message can say this. What a message of QoS 2 is refused for has to
    /// be said at once, with PUBREC, and not when the application has it.
    pub fn check_verdict(&self, ticket: Ticket, verdict: &Verdict) -> Result<(), UsageError> {
        if self.config.version == Version::V311 && *verdict != Verdict::default() {
            return Err(UsageError::OnlyInV5("the options of ack()"));
        }
        let code = verdict.reason;
        let (packet, sayable) = match ticket.seq {
            Some(_) => (PacketType::PubComp, code == ReasonCode::SUCCESS),
            None => (
                PacketType::PubAck,
                code.is_for_clients_to_acknowledge_with(),
            ),
        };
        match sayable {
            true => Ok(()),
            false => Err(UsageError::ReasonCode { packet, code }),
        }
    }

    /// As [`Self::handled`], and says this of it ([`Self::check_verdict`]).
    pub fn acknowledge(&mut self, ticket: Ticket, verdict: Verdict, now: u64) {
        if let Some(seq) = ticket.seq {
            let held = self.session.inbound.get(ticket.id);
            let Some(held) = held.filter(|held| held.handed && held.seq == seq) else {
                return;
            };
            let asked = held.released_on == self.connections && matches!(self.phase, Phase::Active);
            self.session.inbound.take_released(ticket.id);
            if asked {
                self.send_verdict(PacketType::PubComp, ticket.id, &verdict, now);
            }
            return;
        }
        // Nothing may follow our DISCONNECT `[MQTT-3.14.4-1]`.
        if !matches!(self.phase, Phase::Active)
            || ticket.connection != self.connections
            || !self
                .connection
                .acknowledgements
                .done(ticket.number, verdict)
        {
            return;
        }
        self.send_due(now);
    }

    /// Sends the PUBACKs whose turn it is.
    pub(super) fn send_due(&mut self, now: u64) {
        while let Some((id, verdict)) = self.connection.acknowledgements.take_due() {
            self.send_verdict(PacketType::PubAck, id, &verdict, now);
        }
    }

    /// Whoever takes the messages cannot keep up: those of QoS 2 are acknowledged when the driver says so
    /// ([`Self::handled`]), and stay in the session until then.
    pub fn set_back_pressure(&mut self, is_on: bool) {
        self.back_pressure = is_on;
    }

    /// Says of every packet that comes what it is ([`Event::Received`]), before anything that follows from it.
    pub fn set_tracing(&mut self, is_on: bool) {
        self.tracing = is_on;
    }

    /// Whether a QoS 2 message is acknowledged when the application is done with it.
    pub(super) fn is_acknowledged_later(&self) -> bool {
        self.config.manual_ack || self.back_pressure
    }

    /// Nobody took the message with this ticket: it is handed over again by [`Self::hand_over_again`], and on the
    /// next connection; at QoS 1 the server sends it again there.
    pub fn not_taken(&mut self, ticket: Ticket) {
        if let Some(seq) = ticket.seq {
            self.session.inbound.hand_over(ticket.id, seq, false);
        }
    }

    /// Cuts `chunk` into packets and acts on each. Payloads that lie in `lent` are handed out as places
    /// in it, all others as copies.
    pub(super) fn process(&mut self, chunk: &[u8], lent: &[u8], now: u64) {
        let mut rest = chunk;
        let mut splitter = std::mem::take(&mut self.connection.splitter);
        loop {
            match self.phase {
                Phase::AwaitingConnAck | Phase::Active => {}
                Phase::Settling { .. } => {
                    self.hold(rest, now);
                    break;
                }
                _ => break,
            }
            let result = match splitter.next(&mut rest) {
                Ok(None) => break,
                Ok(Some(frame)) => {
                    if self.tracing {
                        let packet = describe(self.config.version, frame);
                        self.event(Event::Received(packet));
                    }
                    self.receive(frame, lent, now)
                }
                Err(error) => Err(error.into()),
            };
            if let Err(cause) = result {
                self.give_up(*cause, now);
            }
        }
        self.connection.splitter = splitter;
    }

    fn receive(&mut self, frame: Frame<'_>, lent: &[u8], now: u64) -> Handled {
        let kind = frame.packet_type()?;
        if matches!(self.phase, Phase::AwaitingConnAck) {
            if self.outbox.handed() == 0 && self.awaits_storage() {
                // CONNECT waits for storage: whatever this answers, it was not asked.
                return Err(ProtocolError::Unexpected(kind).into());
            }
            return match kind {
                PacketType::ConnAck => self.receive_connack(frame, now),
                PacketType::Auth => self.receive_answer(kind, frame, now),
                _ => Err(ProtocolError::BeforeConnAck(kind).into()),
            };
        }
        match kind {
            PacketType::Publish => self.receive_publish(frame, lent, now),
            PacketType::PubAck
            | PacketType::PubRec
            | PacketType::PubRel
            | PacketType::PubComp
            | PacketType::SubAck
            | PacketType::UnsubAck
            | PacketType::Disconnect
            | PacketType::Auth => self.receive_answer(kind, frame, now),
            PacketType::PingResp => {
                PingResp::decode(self.config.version, frame)?;
                self.connection.keep_alive.answered();
                Ok(())
            }
            PacketType::ConnAck => Err(ProtocolError::SecondConnAck.into()),
            PacketType::Connect
            | PacketType::Subscribe
            | PacketType::Unsubscribe
            | PacketType::PingReq => Err(ProtocolError::Unexpected(kind).into()),
        }
    }

    fn receive_answer(&mut self, kind: PacketType, frame: Frame<'_>, now: u64) -> Handled {
        let answer = Answer::read(self.config.version, kind, frame)?;
        self.check_diagnostics(kind, answer.properties)?;
        match kind {
            PacketType::PubAck => self.receive_puback(answer, now),
            PacketType::PubRec => self.receive_pubrec(answer, now),
            PacketType::PubRel => {
                self.receive_pubrel(answer, now);
                Ok(())
            }
            PacketType::PubComp => self.receive_pubcomp(answer, now),
            PacketType::Disconnect => self.receive_disconnect(answer, now),
            PacketType::Auth => self.receive_auth(answer),
            _ => {
                self.receive_codes(kind, answer)?;
                // The identifier that is free now may be what a message waits for.
                self.pump(now);
                Ok(())
            }
        }
    }

    /// Whoever asked for no Reason Strings and User Properties may not be sent any `[MQTT-3.1.2-29]`, but in DISCONNECT.
    fn check_diagnostics(&self, kind: PacketType, properties: Properties<'_>) -> Handled {
        let diagnoses = |property| {
            matches!(
                property,
                Property::ReasonString(_) | Property::UserProperty(..)
            )
        };
        let may = self.config.request_problem_information || kind == PacketType::Disconnect;
        match !may && properties.iter().any(diagnoses) {
            true => Err(ProtocolError::ProblemInformation(kind).into()),
            false => Ok(()),
        }
    }

    fn receive_publish(&mut self, frame: Frame<'_>, lent: &[u8], now: u64) -> Handled {
        let publish = Publish::decode(self.config.version, frame)?;
        let alias = publish.properties.topic_alias();
        let aliased = match alias {
            Some(alias) => Some(
                self.connection
                    .aliases
                    .resolve(alias, publish.topic)
                    .map_err(ProtocolError::TopicAlias)?,
            ),
            None => None,
        };
        let topic = aliased.as_deref().unwrap_or(publish.topic);
        if let Some(id) = publish.packet_id
            && !self.is_within_quota(publish.qos, id)
        {
            return Err(ProtocolError::ReceiveMaximumExceeded.into());
        }
        if self.refuses(&publish, topic, now) {
            return Ok(());
        }
        let received_once = publish
            .packet_id
            .filter(|_| publish.qos == QoS::ExactlyOnce);
        let Some(id) = received_once else {
            let ticket = publish.packet_id.map(|id| Ticket {
                connection: self.connections,
                id,
                seq: None,
                number: self.connection.acknowledgements.delivered(id),
            });
            self.deliver(borrowed(&publish, topic, lent, ticket));
            return Ok(());
        };
        let repeats = self.repeats(&publish, id, topic);
        let inbound = &mut self.session.inbound;
        let outdated = inbound.publish(id, self.connections, repeats, || {
            let (properties, expires_at) = Message::stored_properties(publish.properties, now);
            Box::new(Message {
                key: None,
                topic: topic.into(),
                payload: publish.payload.into(),
                qos: publish.qos,
                retain: publish.retain,
                properties,
                expires_at,
            })
        });
        self.tell_outdated(id, outdated);
        self.owe_pubrec(id, now);
        Ok(())
    }

    /// Whether this PUBLISH of QoS 2 is one that came before and was not released.
    pub(super) fn repeats(&self, publish: &Publish<'_>, id: PacketId, topic: &str) -> bool {
        let same = |held: &Message| *held.topic == *topic && *held.payload == *publish.payload;
        let inbound = &self.session.inbound;
        inbound.repeats(id, self.connections, publish.dup, same)
    }

    /// The server goes on without this message: its place was taken by another one.
    pub(super) fn tell_outdated(&mut self, id: PacketId, outdated: Option<Incoming>) {
        if let Some(incoming) = outdated {
            // The server was told that it had arrived; by whom is not known here.
            let certainty = Certainty::Indeterminate;
            self.tell_incoming_lost(id, incoming, certainty, LossCause::Forgotten);
        }
    }

    /// Counts a message against our Receive Maximum; false where the server had no right to send it `[MQTT-3.3.4-9]`.
    fn is_within_quota(&mut self, qos: QoS, id: PacketId) -> bool {
        if qos == QoS::AtLeastOnce {
            return self.connection.receive_quota.take();
        }
        let room = self.make_room_for(id);
        let held = self.session.inbound.holds(id);
        self.connection.receive_quota.take_id(id, held) && room
    }

    /// Sees to it that the session may hold one more message of QoS 2. A server sends again what it has not finished before it goes
    /// on `[MQTT-4.4.0-1]`: what it has not mentioned on this connection when there is no room left, it has forgotten.
    fn make_room_for(&mut self, id: PacketId) -> bool {
        let inbound = &mut self.session.inbound;
        let quota = &self.connection.receive_quota;
        if inbound.get(id).is_some() || quota.has_room(inbound.held().len()) {
            return true;
        }
        let Some(forgotten) = inbound.longest_unheard_of(self.connections) else {
            return false;
        };
        let outdated = inbound.give_up(forgotten);
        self.tell_outdated(forgotten, outdated);
        true
    }

    fn receive_puback(&mut self, ack: Answer<'_>, now: u64) -> Handled {
        let answered = self.session.outbound.puback(ack.packet_id);
        self.conclude(answered, PacketType::PubAck, ack, now)
    }

    fn receive_pubcomp(&mut self, ack: Answer<'_>, now: u64) -> Handled {
        let answered = self.session.outbound.pubcomp(ack.packet_id);
        self.conclude(answered, PacketType::PubComp, ack, now)
    }

    fn receive_pubrec(&mut self, ack: Answer<'_>, now: u64) -> Handled {
        let id = ack.packet_id;
        if ack.reason.is_failure() && !self.confirms_a_repetition(ack) {
            return match self.session.outbound.pubrec_refused(id) {
                // Past its first PUBREC the message is the server's; what it says of a PUBLISH that it
                // must not have seen twice changes nothing.
                Answered::Misplaced if self.owned_by_server(id) => Ok(()),
                answered => self.conclude(answered, PacketType::PubRec, ack, now),
            };
        }
        // A PUBREC is always answered, or the server would wait for ever `[MQTT-4.3.3-4]`.
        let reason = match self.session.outbound.pubrec(id) {
            Received::Misplaced => {
                return Err(ProtocolError::MisplacedAck(PacketType::PubRec).into());
            }
            Received::Unknown => ReasonCode::PACKET_IDENTIFIER_NOT_FOUND,
            Received::First | Received::Again => ReasonCode::SUCCESS,
        };
        self.send_pubrel(id, reason, now);
        Ok(())
    }

    /// Whether "Packet Identifier in use" answers a PUBLISH that was sent again: then it is in use by
    /// this very message. EMQX, and FlashMQ up to 1.26, say so where `[MQTT-4.3.3-10]` wants a plain
    /// PUBREC; taken at its word it would tell the caller that a delivered message was refused.
    fn confirms_a_repetition(&self, ack: Answer<'_>) -> bool {
        ack.reason == ReasonCode::PACKET_IDENTIFIER_IN_USE
            && self
                .session
                .outbound
                .get(ack.packet_id)
                .is_some_and(|outgoing| {
                    outgoing.stage == OutgoingStage::AwaitingPubRec
                        && outgoing.order < self.connection.resumed_at
                })
    }

    fn receive_pubrel(&mut self, ack: Answer<'_>, now: u64) {
        let id = ack.packet_id;
        // A PUBREL is always answered, be it the second or one for a message of a lost session; only
        // the first hands the message over.
        let connection = self.connections;
        let awaited = self.session.inbound.pubrel(id, connection).cloned();
        let held = self.session.inbound.get(id);
        let is_asked_for = held.is_some_and(|it| it.handed || self.is_acknowledged_later());
        match awaited {
            // It is with the application, or on its way there, whose acknowledgement is the answer.
            None if is_asked_for => {}
            None => {
                let reason = ReasonCode::PACKET_IDENTIFIER_NOT_FOUND;
                self.send_ack(PacketType::PubComp, id, reason, &[], now);
            }
            Some(incoming) => {
                if !self.is_acknowledged_later() {
                    self.send_verdict(PacketType::PubComp, id, &Verdict::default(), now);
                }
                self.deliver_owned(id, incoming, now);
            }
        }
    }

    /// The last acknowledgement of a message of the server's, with what there is to say of it, as far as the server has
    /// room for that.
    pub(super) fn send_verdict(
        &mut self,
        kind: PacketType,
        id: PacketId,
        verdict: &Verdict,
        now: u64,
    ) {
        let reason = verdict.reason;
        let left = self.send_ack(kind, id, reason, &verdict.properties, now);
        if !left {
            return;
        }
        match kind {
            PacketType::PubAck => self.connection.receive_quota.give_back(),
            _ => self.connection.receive_quota.give_back_id(id),
        }
        self.acknowledged(Direction::In, id, reason, &[]);
    }

    /// The last acknowledgement of a message of ours.
    fn conclude(
        &mut self,
        answered: Answered,
        kind: PacketType,
        ack: Answer<'_>,
        now: u64,
    ) -> Handled {
        match answered {
            Answered::Misplaced => Err(ProtocolError::MisplacedAck(kind).into()),
            // Late, or repeated: there is nothing it could change.
            Answered::Unknown => Ok(()),
            Answered::Done(outgoing) => {
                self.session.ids.release(ack.packet_id);
                self.connection.send_quota.give_back(ack.packet_id);
                let properties = ack.properties.as_bytes();
                self.acknowledged(Direction::Out, ack.packet_id, ack.reason, properties);
                // The loss of an abandoned message was reported when it was given up.
                if outgoing.stage != OutgoingStage::Abandoned {
                    self.delivered(ack.packet_id, outgoing, ack.reason, properties);
                }
                self.pump(now);
                Ok(())
            }
        }
    }

    /// A message of ours has left the session with the server's word on it.
    pub(super) fn delivered(
        &mut self,
        packet_id: PacketId,
        outgoing: Outgoing,
        reason: ReasonCode,
        properties: &[u8],
    ) {
        // After PUBCOMP "not found" means that the server finished the message before: delivered.
        let found = reason != ReasonCode::PACKET_IDENTIFIER_NOT_FOUND;
        self.event(Event::MessageOut(Box::new(Outcome {
            token: outgoing.token,
            packet_id,
            message: outgoing.message,
            reason: if found { reason } else { ReasonCode::SUCCESS },
            properties: properties.to_vec(),
        })));
    }

    fn acknowledged(
        &mut self,
        direction: Direction,
        packet_id: PacketId,
        reason: ReasonCode,
        properties: &[u8],
    ) {
        self.event(Event::MessageAck {
            direction,
            packet_id,
            reason,
            properties: properties.to_vec(),
        });
    }

    /// Appends an acknowledgement to what will be sent; false where it could not be, and the connection is over: a server that
    /// has no room for it cannot be told that its message has arrived, so there is nothing to be had from it.
    pub(super) fn send_ack(
        &mut self,
        kind: PacketType,
        id: PacketId,
        reason: ReasonCode,
        properties: &[u8],
        now: u64,
    ) -> bool {
        // Nothing may follow our DISCONNECT `[MQTT-3.14.4-1]`.
        if matches!(self.phase, Phase::Closing(_)) {
            return false;
        }
        // 3.1.1 has no reason codes: its acknowledgement of something unknown is a plain one.
        let reason = match self.config.version {
            Version::V311 => ReasonCode::SUCCESS,
            Version::V5 => reason,
        };
        match self.put_answer(kind, id, reason, properties) {
            Ok(()) => {
                self.connection.keep_alive.sent(now);
                true
            }
            Err(_) if !properties.is_empty() => self.send_ack(kind, id, reason, &[], now),
            Err(error) => {
                self.give_up(Cause::Unsendable(error), now);
                false
            }
        }
    }

    /// Appends an acknowledgement, a DISCONNECT or an AUTH, with as much of these properties as the server has room for.
    pub(super) fn put_answer(
        &mut self,
        packet: PacketType,
        id: PacketId,
        reason: ReasonCode,
        properties: &[u8],
    ) -> Result<(), UsageError> {
        let version = self.config.version;
        let mut answer = Answer::new(id, reason);
        let set = property_set(packet);
        let kept;
        if !properties.is_empty() {
            let limits = &self.connection.limits;
            kept = limits.fitting(set, properties, &|properties| {
                let answer = Answer {
                    properties,
                    ..Answer::new(id, reason)
                };
                answer.encoded_len(version, packet)
            })?;
            answer.properties = kept.as_properties(set).map_err(UsageError::Properties)?;
        }
        self.put(|version, out| answer.encode(version, packet, out))
    }

    pub(super) fn send_pubrel(&mut self, id: PacketId, reason: ReasonCode, now: u64) {
        self.send_ack(PacketType::PubRel, id, reason, &[], now);
        self.session.outbound.pubrel_sent(id);
    }

    /// Appends a packet that always has an encoding, because its parts are numbers or were encoded before; unless it is larger
    /// than the server takes `[MQTT-3.2.2-15]`.
    pub(super) fn put(
        &mut self,
        encode: impl FnOnce(Version, &mut Vec<u8>) -> Result<(), EncodeError>,
    ) -> Result<(), UsageError> {
        let bytes = &mut self.transmit.bytes;
        let start = bytes.len();
        let encoded = encode(self.config.version, bytes);
        debug_assert!(encoded.is_ok(), "a packet of numbers: {encoded:?}");
        let size = bytes.len() - start;
        let checked = self.connection.limits.check_size(size);
        if checked.is_err() {
            bytes.truncate(start);
        }
        checked
    }
}

/// A message whose parts are handed out as places in `lent` where they lie in it.
fn borrowed(publish: &Publish<'_>, topic: &str, lent: &[u8], ticket: Option<Ticket>) -> Delivery {
    Delivery {
        topic: Span::of(topic.as_bytes(), lent),
        payload: Span::of(publish.payload, lent),
        properties: Span::of(publish.properties.as_bytes(), lent),
        qos: publish.qos,
        retain: publish.retain,
        duplicate: publish.dup,
        packet_id: publish.packet_id,
        ticket,
    }
}
