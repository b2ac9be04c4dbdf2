//! Making a connection and taking up the session: CONNECT, CONNACK, the `connected` handlers, and then
//! whichever of the four cases it is (the server holds the session or not, we hold it or not).

use super::output::{Accepted, Cause, Event, Handled};
use super::{Client, Config, Emptying, Phase};
use crate::codec::{
    ConnAck, Connect, Frame, Properties, Property, PropertyId, PropertySet, ReasonCode, Version,
    Will,
};
use crate::connection::Connection;
use crate::connection::limits::ServerLimits;
use crate::connection::quota::DEFAULT_WINDOW_V311;
use crate::connection::timers::Timer;
use crate::error::{ProtocolError, UsageError};
use crate::session::Session;
use crate::session::inbound::IncomingStage;
use crate::session::outbound::OutgoingStage;

/// What is kept of what comes in while the `connected` handlers run.
const HELD_LIMIT: usize = 16 * 1024 * 1024;

impl Client {
    /// The caller wants a connection: begins the first attempt to make one ([`super::output::Output::Open`]), or, where
    /// it is told when there is a network and there is none, waits for that.
    pub fn connect(&mut self, mut config: Config, now: u64) -> Result<(), UsageError> {
        if !matches!(self.phase, Phase::Disconnected) {
            return Err(UsageError::NotDisconnected);
        }
        config.version = self.connects_in(&config);
        config.check(!self.session.client_id.is_empty())?;
        if let Some(will) = &config.will {
            let properties = Properties::parse(PropertySet::Will, &will.properties);
            self.check_payload(properties.map_err(UsageError::Properties)?, &will.payload)?;
        }
        let ends_at_once = config.version == Version::V5 && config.session_expiry() == 0;
        if self.is_durable() && (config.clean_session || ends_at_once) {
            return Err(UsageError::CleanDurable);
        }
        self.name_session(&config)?;
        self.accepted_before_connect = self.session.outbound.next_seq();
        self.config = config;
        self.wish.begin();
        if self.awaits_network() {
            self.phase = Phase::Waiting;
        } else {
            self.attempt(now);
        }
        Ok(())
    }

    /// The socket is open.
    pub fn handle_opened(&mut self, now: u64) {
        if !matches!(self.phase, Phase::Opening) {
            return;
        }
        match self.send_connect() {
            Ok(()) => self.phase = Phase::AwaitingConnAck,
            Err(error) => self.give_up(Cause::Unsendable(error), now),
        }
    }

    /// The application's `connected` handlers have returned; their promises may be pending.
    pub fn connected_handlers_returned(&mut self, now: u64) {
        if let Phase::Settling { returned, .. } = &mut self.phase {
            *returned = true;
        }
        self.settle_early(now);
    }

    /// The promises of the application's `connected` handlers have settled.
    pub fn connected_handlers_settled(&mut self, now: u64) {
        if matches!(self.phase, Phase::Settling { .. }) {
            self.settle(now);
        }
    }

    /// Somebody asked for something that only a session in force can give.
    pub(super) fn hurry(&mut self, now: u64) {
        if let Phase::Settling { hurried, .. } = &mut self.phase {
            *hurried = true;
        }
        self.settle_early(now);
    }

    /// Does not wait for the promises of handlers if something was asked for that one of them may be
    /// waiting for. Unless a restore may still come: the server holds the session and we do not.
    /// Whoever asks in the meantime may know nothing of the handler that is about to restore.
    pub(super) fn settle_early(&mut self, now: u64) {
        let connection = &self.connection;
        let restorable = connection.session_present && !connection.held_here;
        let waits = restorable && !self.config.resume_without_state;
        if let Phase::Settling {
            returned: true,
            hurried: true,
        } = self.phase
            && !waits
        {
            self.settle(now);
        }
    }

    /// Whether inbound bytes are being held; if so, keeps `chunk`.
    pub(super) fn hold(&mut self, chunk: &[u8], now: u64) -> bool {
        if !matches!(self.phase, Phase::Settling { .. }) {
            return false;
        }
        // Held unread, whatever it is shows that the server is there.
        self.connection.keep_alive.answered();
        if self.connection.held.len() + chunk.len() > HELD_LIMIT {
            self.give_up(Cause::Protocol(ProtocolError::HeldTooMuch), now);
        } else {
            self.connection.held.extend_from_slice(chunk);
        }
        true
    }

    pub(super) fn receive_connack(&mut self, frame: Frame<'_>, now: u64) -> Handled {
        let connack = ConnAck::decode(self.config.version, frame)?;
        if connack.reason.is_failure() {
            self.refuse(connack.reason, connack.properties, now);
            return Ok(());
        }
        if connack.session_present && self.connection.clean_start {
            return Err(ProtocolError::SessionPresentAfterCleanStart.into());
        }
        if self.empties(connack.session_present) {
            self.reopen(now);
            return Ok(());
        }
        self.check_method(connack.properties)?;
        let limits = ServerLimits::read(connack.properties);
        // Only who came without a name is given one: under another the session could not go on elsewhere (3.2.2.3.7).
        let nameless = self.session.client_id.is_empty();
        let assigned = connack
            .properties
            .text(PropertyId::ASSIGNED_CLIENT_IDENTIFIER)
            .filter(|_| nameless);
        if self.config.clean_session && self.wish.fresh {
            self.forget();
        }
        self.accepted(now);
        self.connection.unsettled = true;
        self.connection.held_here = self.session.established;
        if !connack.session_present {
            self.session.lost |= self.session.established;
            // Or the session the server begins now might be taken for the one it has lost.
            self.store_first();
            // The server begins the session now, and of what it holds of it, nothing, we hold all.
            self.session.established = true;
        }
        if let Some(id) = assigned {
            self.session.client_id = id.into();
        }
        self.session.expiry_interval = limits
            .session_expiry_interval
            .unwrap_or(self.config.session_expiry());
        self.session.disconnected_at = None;
        let keep_alive = limits.server_keep_alive.unwrap_or(self.config.keep_alive);
        let window = match (self.config.version, self.config.inflight_window) {
            (Version::V311, window) => window.unwrap_or(DEFAULT_WINDOW_V311),
            (Version::V5, window) => window.unwrap_or(u16::MAX).min(limits.receive_maximum),
        };
        let connection = &mut self.connection;
        connection.keep_alive.start(keep_alive, now);
        connection.send_quota.open(window);
        connection.session_present = connack.session_present;
        connection.own_aliases.allow(
            limits.topic_alias_maximum,
            self.config.automatic_topic_aliases,
        );
        connection.limits = limits;
        let accepted = Accepted {
            version: self.config.version,
            session_present: connack.session_present,
            client_id: self.session.client_id.clone(),
            assigned_client_id: assigned.map(Into::into),
            limits: self.connection.limits.clone(),
            keep_alive,
            properties: connack.properties.as_bytes().to_vec(),
        };
        self.phase = Phase::Settling {
            returned: false,
            hurried: false,
        };
        self.event(Event::Connected(Box::new(accepted)));
        Ok(())
    }

    /// The session at hand becomes the one `config` speaks of, if it can.
    pub(super) fn name_session(&mut self, config: &Config) -> Result<(), UsageError> {
        if self.session.client_id.is_empty() {
            self.session.client_id.clone_from(&config.client_id);
            self.session.version = config.version;
        }
        let same_id = config.client_id.is_empty() || config.client_id == self.session.client_id;
        if !same_id || self.session.version != config.version {
            if self.session.holds_messages() {
                return Err(UsageError::OtherSession);
            }
            let uid = self.draw();
            let was_established = self.session.established;
            // A name that was made once is kept.
            let client_id = match same_id {
                true => &self.session.client_id,
                false => &config.client_id,
            };
            let next = Session::new(config.version, client_id, uid);
            let subscriptions = self.session.replace(next).subscriptions;
            if same_id {
                self.session.succeed(subscriptions);
            } else if was_established && !config.clean_session {
                // For another client identifier nothing is asked that was this one's.
                self.tell_session_lost(&subscriptions, false);
            }
            self.follow_session();
        }
        let durable = self.is_durable();
        if self.session.client_id.is_empty() && (durable || config.version == Version::V311) {
            self.session.client_id = self.invent_client_id();
        }
        Ok(())
    }

    /// 23 letters and digits, which every server takes `[MQTT-3.1.3-5]`.
    pub(super) fn invent_client_id(&mut self) -> String {
        let mut id = String::from("mooring");
        for _ in 0..2 {
            let mut bits = self.draw();
            for _ in 0..8 {
                let digit = (bits % 36) as u32;
                id.extend(char::from_digit(digit, 36));
                bits /= 36;
            }
        }
        id
    }

    /// Whether this connection, to a 3.1.1 server, is there to empty a session that nobody here knows, or the
    /// next one has to be.
    fn empties(&mut self, session_present: bool) -> bool {
        match self.emptying {
            Emptying::Now => {
                self.emptying = Emptying::Done;
                true
            }
            Emptying::No
                if session_present
                    && self.config.version == Version::V311
                    && self.starts_fresh() =>
            {
                self.emptying = Emptying::Now;
                true
            }
            _ => false,
        }
    }

    /// Ends this connection in order and goes on with another one.
    fn reopen(&mut self, now: u64) {
        // In 3.1.1, where there is no limit to its size.
        let _ = self.say_why(ReasonCode::SUCCESS, &[]);
        let next = new_connection(&self.config);
        let timers = self.connection.timers.clone();
        self.connection.give_way_to(next);
        self.connection.timers = timers;
        self.connection.keep_alive.sent(now);
        self.connections = self.connections.wrapping_add(1);
        self.phase = Phase::Opening;
        self.reopen = true;
    }

    fn send_connect(&mut self) -> Result<(), UsageError> {
        self.connection.clean_start = match self.config.version {
            Version::V311 => self.config.clean_session || self.emptying == Emptying::Now,
            // Once it is begun the session goes on for as long as the client does, or the server lets it.
            Version::V5 => self.config.clean_session && self.wish.fresh || self.starts_fresh(),
        };
        let config = &self.config;
        let mut properties = Vec::new();
        if config.version == Version::V5 {
            let method = config.authentication.as_deref();
            let data = self.connection.authentication_data.as_deref();
            let (expiry, aliases) = (config.session_expiry(), config.topic_alias_maximum);
            let said = [
                (expiry > 0).then_some(Property::SessionExpiryInterval(expiry)),
                config.receive_maximum.map(Property::ReceiveMaximum),
                config.maximum_packet_size.map(Property::MaximumPacketSize),
                method.map(Property::AuthenticationMethod),
                data.filter(|_| method.is_some())
                    .map(Property::AuthenticationData),
                (aliases > 0).then_some(Property::TopicAliasMaximum(aliases)),
                config
                    .request_response_information
                    .then_some(Property::RequestResponseInformation(1)),
                (!config.request_problem_information)
                    .then_some(Property::RequestProblemInformation(0)),
            ];
            for property in &said {
                let Some(property) = property else { continue };
                let encoded = property.encode(&mut properties);
                encoded.map_err(UsageError::Encode)?;
            }
            properties.extend_from_slice(&config.user_properties);
            properties.extend_from_slice(&self.connection.user_properties);
        }
        let will = match &config.will {
            None => None,
            Some(will) => Some(Will {
                topic: &will.topic,
                payload: &will.payload,
                qos: will.qos,
                retain: will.retain,
                properties: Properties::parse(PropertySet::Will, &will.properties)
                    .map_err(UsageError::Properties)?,
            }),
        };
        let connect = Connect {
            version: config.version,
            clean_start: self.connection.clean_start,
            keep_alive: config.keep_alive,
            client_id: &self.session.client_id,
            username: config.username.as_deref(),
            password: config.password.as_deref(),
            will,
            properties: Properties::parse(PropertySet::Connect, &properties)
                .map_err(UsageError::Properties)?,
        };
        connect
            .encode(config.version, &mut self.transmit.bytes)
            .map_err(UsageError::Encode)
    }

    /// The handlers are done: the session comes into force, or the connection ends.
    fn settle(&mut self, now: u64) {
        let present = self.connection.session_present;
        let held_here = self.connection.held_here;
        let strict = self.config.version == Version::V5 && !self.config.resume_without_state;
        if present && !held_here && strict {
            self.give_up(Cause::SessionUnknown, now);
            return;
        }
        if present && !held_here {
            // What the server holds of this session is unknown here, identifiers included.
            let random = self.draw();
            self.session.ids.skip_ahead(random);
        }
        let lost = self.session.lost;
        if lost && !self.is_decided() {
            return;
        }
        self.phase = Phase::Active;
        self.in_force();
        self.connection.unsettled = false;
        self.connection.timers.stop(Timer::Connect);
        self.session.established = true;
        self.session.disconnected_at = None;
        if lost {
            self.lose(now);
        } else if present {
            self.hand_over_again(now);
            self.resume(now);
        }
        if self.config.republish_interval > 0 {
            self.schedule_republish(now);
        }
        self.event(Event::Ready);
        self.subscribe_again(now);
        self.send_requests(now);
        self.pump(now);
        let held = std::mem::take(&mut self.connection.held);
        self.process(&held, &[], now);
    }

    /// Hands over what was released and nobody has: because the session was saved in between, or because nobody
    /// listened. The server may never mention it again.
    pub fn hand_over_again(&mut self, now: u64) {
        for &id in &self.session.inbound.held_order() {
            if let Some(incoming) = self.session.inbound.get(id)
                && incoming.stage == IncomingStage::SendingPubComp
            {
                let incoming = incoming.clone();
                self.deliver_owned(id, incoming, now);
            }
        }
    }

    /// Queues what the server has not acknowledged to be sent again, and sends what the quota allows.
    fn resume(&mut self, now: u64) {
        self.connection.resumed_at = self.session.outbound.next_order();
        for &id in &self.session.outbound.resend_order() {
            match self.session.outbound.get(id).map(|o| o.stage) {
                Some(OutgoingStage::PubRecReceived | OutgoingStage::AwaitingPubComp) => {
                    self.connection.send_quota.take(id);
                    self.send_pubrel(id, ReasonCode::SUCCESS, now);
                }
                _ => self.connection.replay.push_back(id),
            }
            self.send_replay(now);
        }
    }
}

/// A connection on which nothing has been sent, with what `config` allows the server.
pub(super) fn new_connection(config: &Config) -> Connection {
    // A 3.1.1 server is told of no limit; but unacknowledged messages have one identifier each, so there are never more.
    let receive_maximum = match config.version {
        Version::V311 => None,
        Version::V5 => config.receive_maximum,
    };
    Connection::new(
        config.maximum_packet_size.unwrap_or(u32::MAX),
        receive_maximum.unwrap_or(u16::MAX),
        config.topic_alias_maximum,
    )
}
