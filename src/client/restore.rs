//! Saving the session and putting a saved one in place.

use super::output::{Event, LossCause};
use super::{Client, Phase};
use crate::codec::Version;
use crate::error::{RestoreError, UsageError};
use crate::session::Session;
use crate::session::snapshot::{self, Saved};

impl Client {
    /// The session as it is now, as one string. Allowed at any time; changes nothing.
    pub fn save(&self, now: u64) -> String {
        snapshot::save(&self.session, now)
    }

    /// Names a session that has no name yet, as `connect` would: a save made before it says whose it is.
    pub fn name_session_early(&mut self, client_id: &str, version: Version) {
        if matches!(self.phase, Phase::Disconnected) && self.session.client_id.is_empty() {
            self.session.client_id = client_id.to_owned();
            self.session.version = version;
        }
    }

    /// What is to be stored in place of `existing`: nothing, where another saved session would give way to
    /// one that no CONNACK and no restore has ever touched. Such a one says nothing of what the server
    /// holds, and a page that was left before it could connect must not take the only copy along.
    pub fn save_in_place_of(&self, existing: Option<&str>, now: u64) -> Option<String> {
        let own = |text| snapshot::restore(text).is_ok_and(|s| s.session.uid == self.session.uid);
        let may = self.session.established || existing.is_none_or(own);
        may.then(|| self.save(now))
    }

    /// Puts a saved session in place of the one at hand; `""` is the empty session. `client_id` (may be
    /// empty) and `version` are what the caller means to connect with, or is connected with.
    ///
    /// Allowed without a connection, and while the `connected` handlers run; but once a session has come into force, it
    /// just goes on with the connections that follow. Everything is checked before anything
    /// changes. What only the replaced session held is reported as lost; messages
    /// accepted since `connect` stay. A handler that runs at every connection and restores the same
    /// old string each time does no harm: an earlier state of the very session at hand is not put back, or
    /// what was finished since would be sent again.
    pub fn restore(
        &mut self,
        text: &str,
        client_id: &str,
        version: Version,
        now: u64,
    ) -> Result<(), RestoreError> {
        let connected = match self.phase {
            Phase::Disconnected => false,
            Phase::Settling { .. } => true,
            _ => return Err(RestoreError::TooLate),
        };
        let client_id = match client_id {
            "" => self.session.client_id.clone(),
            id => id.to_owned(),
        };
        // A server that says it has the session knows better than our clock.
        let unexpired = connected && self.connection.session_present;
        let version = match connected {
            true => self.config.version,
            false => version,
        };
        let mut restored = if text.is_empty() {
            let mut session = Session::new(version, &client_id, self.draw());
            session.established = true;
            session
        } else {
            let saved = snapshot::restore(text).map_err(RestoreError::Snapshot)?;
            let version = match connected {
                true => version,
                false => self.goes_on_in(saved.session.version, version),
            };
            check(&saved, &client_id, version, now, unexpired)?;
            saved.session
        };
        if connected && self.goes_on() {
            // The handlers of `connected` run at every connection. This one goes on with what is at hand, which
            // has lived since whatever was saved.
            self.report_restored();
            return Ok(());
        }
        // Messages accepted since `connect` stay in either case, so they do not count.
        let uncounted = match connected {
            true => self
                .session
                .outbound
                .next_seq()
                .saturating_sub(self.accepted_before_connect),
            false => 0,
        };
        let comparable = self.session.established || !restored.established;
        if comparable && self.session.is_later_than(&restored, uncounted) {
            self.report_restored();
            return Ok(());
        }
        // The string may be older than what the server has seen, and may be restored more than once:
        // a QoS 2 message under an identifier the server still holds would be taken for a repetition,
        // and lost.
        let random = self.draw();
        restored.ids.skip_ahead(random);
        // Of what was accepted since `connect`, an earlier state of this very session has its own.
        let since = match restored.uid == self.session.uid {
            true => restored.outbound.next_seq(),
            false => 0,
        };
        let recent = match connected {
            true => self
                .session
                .outbound
                .take_queued_since(self.accepted_before_connect.max(since)),
            false => Vec::new(),
        };
        let expiry_interval = self.session.expiry_interval;
        let ended = self.session.replace(restored);
        self.follow_session();
        if connected {
            self.session.expiry_interval = expiry_interval;
            self.session.disconnected_at = None;
            self.connection.held_here = self.session.established;
            self.session.lost |= self.session.established && !self.connection.session_present;
            // Where the server begins the session now, we hold its other half whatever was saved.
            self.session.established |= !self.connection.session_present;
        }
        // The numbers of this session are others: what is accepted from here on came after `connect`.
        self.accepted_before_connect = self.session.outbound.next_seq();
        for queued in recent {
            self.session.outbound.accept(queued.message, queued.token);
        }
        self.report_ended(ended, LossCause::Replaced);
        self.report_restored();
        self.settle_early(now);
        Ok(())
    }

    /// Tells how many messages the session at hand holds to the server, and how many from it.
    pub(super) fn report_restored(&mut self) -> (usize, usize) {
        let outgoing = self.in_flight().len() + self.outbox().len();
        let incoming = self.incoming().len();
        self.event(Event::SessionRestored { outgoing, incoming });
        (outgoing, incoming)
    }

    /// Lets go of the session at hand, client identifier included. What takes its place is empty and not
    /// declared: should the server still hold the session, connecting without a clean one is refused
    /// `[MQTT-3.2.2-4]`. Everything let go of is reported as lost; a durable one is so no longer, and its records
    /// are the caller's to remove. Needs a closed connection.
    pub fn discard(&mut self) -> Result<(), UsageError> {
        if !matches!(self.phase, Phase::Disconnected) {
            return Err(UsageError::NotDisconnected);
        }
        let empty = Session::new(self.session.version, "", self.draw());
        let ended = self.session.replace(empty);
        self.condemn_all();
        self.durable = None;
        self.report_ended(ended, LossCause::Replaced);
        Ok(())
    }
}

/// Whether a saved session may be used by `client_id` under `version` at `now`.
fn check(
    saved: &Saved,
    client_id: &str,
    version: Version,
    now: u64,
    unexpired: bool,
) -> Result<(), RestoreError> {
    let session = &saved.session;
    if !client_id.is_empty() && session.client_id != client_id {
        let saved = session.client_id.clone();
        return Err(RestoreError::OtherClient { saved });
    }
    if session.version != version {
        let saved = session.version;
        return Err(RestoreError::OtherVersion { saved });
    }
    if let Some(at) = saved.expires_at()
        && at <= now
        && !unexpired
    {
        return Err(RestoreError::Expired {
            seconds: (now - at) / 1000,
        });
    }
    Ok(())
}
