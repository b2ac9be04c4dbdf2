//! Enhanced authentication (MQTT 5 §4.12): the exchange that CONNECT begins, and the same again on a live
//! connection.
//!
//! Must never live here: what a method's data means; that is the caller's.

use super::output::{Cause, Event, Handled};
use super::{Client, Phase};
use crate::codec::{Answer, PacketId, PacketType, Properties, Property, PropertyId, ReasonCode};
use crate::error::{ProtocolError, UsageError};

impl Client {
    /// Answers [`Event::Challenge`], with Authentication Data, and with encoded Reason String and User Properties as far
    /// as the server has room for them. Without effect once the exchange is over.
    pub fn authenticate(&mut self, data: Option<&[u8]>, properties: &[u8], now: u64) {
        let runs = match self.phase {
            Phase::AwaitingConnAck => self.config.authentication.is_some(),
            Phase::Active => self.connection.reauthenticating,
            _ => false,
        };
        let reason = ReasonCode::CONTINUE_AUTHENTICATION;
        if runs && let Err(error) = self.send_auth(reason, data, properties, now) {
            self.give_up(Cause::Unsendable(error), now);
        }
    }

    /// Begins another exchange on the live connection, by the method the first one went by
    /// `[MQTT-4.12.1-1]`; with what [`Self::authenticate`] takes. It ends with [`Event::Reauthenticated`], or with the
    /// connection.
    pub fn reauthenticate(
        &mut self,
        data: Option<&[u8]>,
        properties: &[u8],
        now: u64,
    ) -> Result<(), UsageError> {
        if !matches!(self.phase, Phase::Active) {
            return Err(UsageError::NotConnected);
        }
        if self.config.authentication.is_none() {
            return Err(UsageError::NoAuthentication);
        }
        if self.connection.reauthenticating {
            return Err(UsageError::Reauthenticating);
        }
        self.send_auth(ReasonCode::RE_AUTHENTICATE, data, properties, now)?;
        self.connection.reauthenticating = true;
        Ok(())
    }

    /// The caller cannot go on with the exchange, or does not take the server for whom it says it is: ends the
    /// connection `[MQTT-4.12.1-2]`.
    pub fn authentication_failed(&mut self, now: u64) {
        self.give_up(Cause::AuthenticationFailed, now);
    }

    /// AUTH is legal only where the client began an exchange in its CONNECT `[MQTT-4.12.0-6]`.
    pub(super) fn receive_auth(&mut self, auth: Answer<'_>) -> Handled {
        let begins = matches!(self.phase, Phase::AwaitingConnAck);
        let runs =
            self.config.authentication.is_some() && (begins || self.connection.reauthenticating);
        // Success is said by CONNACK where CONNECT began; to begin is never the server's.
        let expected = match auth.reason {
            ReasonCode::CONTINUE_AUTHENTICATION => runs,
            ReasonCode::SUCCESS => runs && !begins,
            _ => false,
        };
        if !expected {
            return Err(ProtocolError::Unexpected(PacketType::Auth).into());
        }
        // Success may be as short as its reason, and then goes without its method (3.15.2.1).
        if !auth.properties.is_empty() {
            self.check_method(auth.properties)?;
        }
        let data = auth.properties.authentication_data();
        let data = data.unwrap_or_default().to_vec();
        let properties = auth.properties.as_bytes().to_vec();
        let event = if auth.reason == ReasonCode::SUCCESS {
            self.connection.reauthenticating = false;
            Event::Reauthenticated { data, properties }
        } else {
            Event::Challenge { data, properties }
        };
        self.event(event);
        Ok(())
    }

    /// Holds the method the server names against the one that CONNECT named `[MQTT-4.12.0-5]`. A server that names
    /// none in CONNACK has not let anybody in by it.
    pub(super) fn check_method(&self, properties: Properties<'_>) -> Handled {
        let named = properties.text(PropertyId::AUTHENTICATION_METHOD);
        match named == self.config.authentication.as_deref() {
            true => Ok(()),
            false => Err(ProtocolError::AuthenticationMethod.into()),
        }
    }

    fn send_auth(
        &mut self,
        reason: ReasonCode,
        data: Option<&[u8]>,
        diagnostics: &[u8],
        now: u64,
    ) -> Result<(), UsageError> {
        let mut properties = Vec::new();
        let method = self.config.authentication.as_deref().unwrap_or_default();
        let method = Property::AuthenticationMethod(method);
        method.encode(&mut properties).map_err(UsageError::Encode)?;
        if let Some(data) = data {
            let data = Property::AuthenticationData(data);
            data.encode(&mut properties).map_err(UsageError::Encode)?;
        }
        properties.extend_from_slice(diagnostics);
        self.put_answer(PacketType::Auth, PacketId::MIN, reason, &properties)?;
        self.connection.keep_alive.sent(now);
        Ok(())
    }
}
