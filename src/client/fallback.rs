//! Servers that speak MQTT 3.1.1 only, met by a client that would rather speak 5.
//!
//! A session is of one version for all its life. So a session that was begun goes on in its own, and one that nothing is held
//! of begins anew in the other. Must never live here: when the next attempt is made.

use super::output::{Cause, Disconnected};
use super::{Client, Config};
use crate::codec::{ReasonCode, Version};
use crate::error::UsageError;

impl Client {
    /// Whether the next attempt speaks 3.1.1 where the server refuses 5 (MQTT 5 reason 0x84, 3.1.1 return code 1), and a
    /// session of 3.1.1 is gone on with though 5 was asked for.
    pub fn set_protocol_fallback(&mut self, falls_back: bool) {
        self.falls_back = falls_back;
    }

    /// The version that is being spoken, or was spoken last.
    pub fn version(&self) -> Version {
        self.config.version
    }

    /// In which version a session is gone on with that is of `saved`, where `asked` was asked for.
    pub(super) fn goes_on_in(&self, saved: Version, asked: Version) -> Version {
        match self.falls_back && saved == Version::V311 {
            true => saved,
            false => asked,
        }
    }

    /// In which version to connect: that of the session at hand, if there is anything to go on with.
    pub(super) fn connects_in(&self, config: &Config) -> Version {
        let is_begun = self.session.established && !config.clean_session;
        match is_begun || self.session.holds_messages() {
            true => self.goes_on_in(self.session.version, config.version),
            false => config.version,
        }
    }

    /// Speaks 3.1.1 from here on if the server refused 5; whether it does. Not with options that 3.1.1 does not have. Where
    /// the session at hand cannot change its version, that is why the attempt has failed.
    pub(super) fn falls_back(&mut self, end: &mut Disconnected) -> bool {
        let asked = self.falls_back && self.config.version == Version::V5;
        let refused = matches!(
            end.cause,
            Cause::Refused(ReasonCode::UNSUPPORTED_PROTOCOL_VERSION)
        );
        if !asked || !refused {
            return false;
        }
        let mut config = std::mem::take(&mut self.config);
        config.version = Version::V311;
        let named = !self.session.client_id.is_empty();
        let falls_back = config.check(named).is_ok() && {
            if self.is_unbegun() {
                self.session.version = config.version;
            }
            let goes_on = self.name_session(&config);
            if goes_on.is_err() {
                end.cause = Cause::Unsendable(UsageError::OnlyGoesOnInV5);
            }
            goes_on.is_ok()
        };
        if !falls_back {
            config.version = Version::V5;
        }
        self.config = config;
        falls_back
    }

    /// Whether no server knows of the session at hand, and 3.1.1 can carry all that it holds.
    fn is_unbegun(&self) -> bool {
        let outbound = &self.session.outbound;
        let is_plain = outbound.outbox().all(|queued| {
            let message = &queued.message;
            message.properties.is_empty() && message.expires_at.is_none()
        });
        let is_unsent = outbound.in_flight().len() == 0;
        is_plain && is_unsent && !self.session.established && self.session.inbound.held().len() == 0
    }
}
