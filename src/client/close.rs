//! The ways a connection ends. All of them lead through [`Client::finish`], once.

use super::config::Config;
use super::output::{Cause, Disconnected, Event, Handled, LossCause, Next, Output};
use super::{Client, Phase};
use crate::codec::{
    Answer, PacketId, PacketType, PingReq, Properties, Property, ReasonCode, Version,
};
use crate::connection::Connection;
use crate::connection::timers::Timer;
use crate::error::{ProtocolError, UsageError};
use crate::session::outbound::Token;

/// How long a socket may take to close after our last packet, in milliseconds. Some brokers never
/// answer the closing handshake.
const CLOSE_TIMEOUT: u64 = 2_000;

/// What a DISCONNECT of ours says (MQTT 5; 3.1.1 has only the plain one).
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct DisconnectOptions {
    /// A reason code that a client may send: 0x00, 0x04 (publish the will) or a failure.
    pub reason: Option<ReasonCode>,
    /// A new Session Expiry Interval in seconds.
    pub session_expiry_interval: Option<u32>,
    /// Encoded Reason String and User Properties; what the server has no room for is left out.
    pub properties: Vec<u8>,
}

impl DisconnectOptions {
    /// Whether a client that connects with `config` may say this.
    pub fn check(&self, config: &Config) -> Result<(), UsageError> {
        let is_plain = self.reason.is_none()
            && self.session_expiry_interval.is_none()
            && self.properties.is_empty();
        if !is_plain && config.version == Version::V311 {
            return Err(UsageError::OnlyInV5("the options of disconnect()"));
        }
        let code = self.reason.unwrap_or_default();
        if !code.is_for_clients_to_leave_with() {
            let packet = PacketType::Disconnect;
            return Err(UsageError::ReasonCode { packet, code });
        }
        let prolonged = self.session_expiry_interval.unwrap_or_default() > 0;
        match prolonged && config.session_expiry() == 0 {
            true => Err(UsageError::EndsAnyway),
            false => Ok(()),
        }
    }
}

impl Client {
    /// Ends the connection in order. Without one there is nothing to do.
    pub fn disconnect(&mut self, options: &DisconnectOptions, now: u64) -> Result<(), UsageError> {
        if !matches!(self.phase, Phase::Disconnected) {
            options.check(&self.config)?;
        }
        match self.phase {
            Phase::Disconnected | Phase::Ended | Phase::Closing(_) => {
                self.wish.wanted = false;
                return Ok(());
            }
            Phase::Waiting => {
                self.wish.wanted = false;
                let end = Disconnected::new(Cause::Requested, false, Vec::new());
                self.finish(end, now);
                return Ok(());
            }
            Phase::Opening | Phase::AwaitingConnAck => {}
            Phase::Settling { .. } | Phase::Active => {
                let mut properties = Vec::new();
                if let Some(seconds) = options.session_expiry_interval {
                    Property::SessionExpiryInterval(seconds)
                        .encode(&mut properties)
                        .map_err(UsageError::Encode)?;
                }
                properties.extend_from_slice(&options.properties);
                let reason = options.reason.unwrap_or_default();
                self.say_why(reason, &properties)?;
                if let Some(seconds) = options.session_expiry_interval {
                    self.session.expiry_interval = seconds;
                }
            }
        }
        self.wish.wanted = false;
        self.begin_closing(Cause::Requested, Vec::new(), now);
        Ok(())
    }

    /// The socket has closed, or could not be opened. `code` is its close code, if it told one.
    pub fn handle_closed(&mut self, code: Option<u16>, now: u64) {
        if matches!(
            self.phase,
            Phase::Disconnected | Phase::Ended | Phase::Waiting
        ) {
            return;
        }
        let mut disconnected = match std::mem::replace(&mut self.phase, Phase::Ended) {
            Phase::Closing(disconnected) => disconnected,
            phase => {
                let was_ready = matches!(phase, Phase::Active);
                Disconnected::new(Cause::Transport(code), was_ready, Vec::new())
            }
        };
        disconnected.close_code = code;
        self.finish(disconnected, now);
    }

    /// There is no socket to be made of what the caller gave as the server's address, now or later.
    pub fn handle_unopenable(&mut self, now: u64) {
        if matches!(self.phase, Phase::Opening) {
            let end = Disconnected::new(Cause::Unopenable, false, Vec::new());
            self.finish(end, now);
        }
    }

    /// A WebSocket text frame came; MQTT is binary `[MQTT-6.0.0-1]`.
    pub fn handle_text(&mut self, now: u64) {
        self.give_up(Cause::Protocol(ProtocolError::TextFrame), now);
    }

    /// Ends the connection for a reason of our own. MQTT 5 tells the server why `[MQTT-4.13.1-1]`;
    /// in 3.1.1 a DISCONNECT would say that all is well, so the socket is just closed `[MQTT-4.8.0-1]`.
    pub(super) fn give_up(&mut self, cause: Cause, now: u64) {
        let listening = match self.phase {
            Phase::Disconnected | Phase::Ended | Phase::Waiting | Phase::Closing(_) => return,
            Phase::Opening => false,
            Phase::AwaitingConnAck | Phase::Settling { .. } | Phase::Active => true,
        };
        if listening && self.config.version == Version::V5 {
            let reason = match &cause {
                Cause::Protocol(error) => error.reason_code(),
                Cause::SessionUnknown => ReasonCode::SUCCESS,
                _ => ReasonCode::UNSPECIFIED_ERROR,
            };
            // A server that has no room for three bytes is not told why.
            let _ = self.say_why(reason, &[]);
        }
        self.begin_closing(cause, Vec::new(), now);
    }

    /// The last packet of a connection that we end.
    pub(super) fn say_why(
        &mut self,
        reason: ReasonCode,
        properties: &[u8],
    ) -> Result<(), UsageError> {
        self.put_answer(PacketType::Disconnect, PacketId::MIN, reason, properties)
    }

    /// CONNACK with a failure: the server closes; nothing more may be sent.
    pub(super) fn refuse(&mut self, reason: ReasonCode, properties: Properties<'_>, now: u64) {
        let properties = properties.as_bytes().to_vec();
        self.begin_closing(Cause::Refused(reason), properties, now);
    }

    /// DISCONNECT from the server (MQTT 5 §3.14). A 3.1.1 server has no such packet to send. Where it says what only clients
    /// say, it is told so `[MQTT-4.13.1-1]`; what follows goes by its reason all the same, or one that was taken over would
    /// come back for no more than a property too many.
    pub(super) fn receive_disconnect(&mut self, packet: Answer<'_>, now: u64) -> Handled {
        if self.config.version == Version::V311 {
            let kind = PacketType::Disconnect;
            return Err(ProtocolError::Unexpected(kind).into());
        }
        // `[MQTT-3.14.2-2]`, table 3-10.
        let expires = |property| matches!(property, Property::SessionExpiryInterval(_));
        let willing = packet.reason == ReasonCode::DISCONNECT_WITH_WILL_MESSAGE;
        if willing || packet.properties.iter().any(expires) {
            let _ = self.say_why(ReasonCode::PROTOCOL_ERROR, &[]);
        }
        let properties = packet.properties.as_bytes().to_vec();
        self.begin_closing(Cause::ServerDisconnect(packet.reason), properties, now);
        Ok(())
    }

    /// Asks out of turn whether the server is still there.
    pub(super) fn probe(&mut self, now: u64) {
        if self.is_accepted() && self.connection.keep_alive.probe(now) {
            self.send_ping(now);
        }
    }

    /// A PINGREQ depends on nothing, and must not wait for a slow store as all else does.
    pub(super) fn send_ping(&mut self, now: u64) {
        let behind = if self.awaits_storage() {
            let mut ping = Vec::new();
            let encoded = PingReq.encode(self.config.version, &mut ping);
            debug_assert!(encoded.is_ok(), "two bytes: {encoded:?}");
            self.outbox.hand(ping.len());
            self.outputs.push_back(Output::Transmit(ping));
            self.outbox.handed()
        } else {
            // What has no room for two bytes is no server.
            let _ = self.put(|version, out| PingReq.encode(version, out));
            self.outbox.handed() + self.unsent_packets() as u64
        };
        self.connection.keep_alive.stands_behind(behind);
        self.connection.keep_alive.sent(now);
    }

    fn begin_closing(&mut self, cause: Cause, properties: Vec<u8>, now: u64) {
        let was_ready = matches!(self.phase, Phase::Active);
        let disconnected = Disconnected::new(cause, was_ready, properties);
        self.phase = Phase::Closing(disconnected);
        self.connection.timers = Default::default();
        self.connection
            .timers
            .set(Timer::Close, now.saturating_add(CLOSE_TIMEOUT));
        self.connection.held = Vec::new();
        self.close = true;
    }

    /// The connection is gone: what dies with it is told so, what survives stays.
    pub(super) fn finish(&mut self, mut disconnected: Box<Disconnected>, now: u64) {
        // The next CONNACK will speak of the session the server began at this one. Where the caller wants to be
        // asked, that is for the next connection; and where the loss is stored, too, or what became of the
        // messages might be stored before anybody was told.
        let later = self.is_durable() || !self.undecided().is_empty();
        if self.connection.unsettled && self.session.lost && !later {
            self.lose(now);
        }
        self.phase = Phase::Ended;
        self.close = false;
        self.reopen = false;
        self.decisions = None;
        let lost = self.drop_parcels();
        self.report_unsent(lost);
        let session_present = self.connection.session_present;
        let limits = self.connection.limits.clone();
        self.connection
            .give_way_to(Connection::new(u32::MAX, u16::MAX, 0));
        self.connection.session_present = session_present;
        self.connection.limits = limits;
        let next = self.plan(&mut disconnected, now);
        disconnected.attempt = self.failures();
        disconnected.next = next;
        let goes_on = next != Next::Never;
        self.wish.wanted = goes_on;
        if self.was_accepted() {
            self.accepted_before_connect = self.session.outbound.next_seq();
        }
        self.keep_requests(goes_on);
        self.reset_outbox(goes_on);
        self.session.disconnected_at.get_or_insert(now);
        self.event(Event::Disconnected(disconnected));
    }

    /// QoS 0 messages that never reached the socket.
    pub(super) fn report_unsent(&mut self, tokens: Vec<Token>) {
        for &token in &tokens {
            self.give_up_passing(token, None, LossCause::ConnectionLost);
        }
    }
}
