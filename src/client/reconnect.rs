//! The wish to be connected, which outlives connections: whether another one is made, when, and to whom.
//!
//! Delays double from failure to failure and are drawn at random below that (full jitter), so that neither a
//! server that refuses, nor one that accepts and drops, nor two clients with one client identifier make a
//! storm. What will not heal ends the wish. Must never live here: sockets and addresses, which only the
//! driver knows; here servers are numbers.

use super::config::ReconnectPolicy;
use super::connect::new_connection;
use super::output::{Attempt, Cause, Disconnected, Next, Output};
use super::{Client, Config, Emptying, Phase};
use crate::codec::{Properties, PropertyId, PropertySet, ReasonCode};
use crate::connection::timers::Timer;
use crate::text;

/// What is remembered from one connection to the next.
#[derive(Debug, Default)]
pub(super) struct Wish {
    /// The caller wants a connection: it called `connect`, and nothing has ended that since.
    pub(super) wanted: bool,
    /// No server has accepted a connection since then.
    pub(super) fresh: bool,
    /// A session has come into force since then.
    in_force: bool,
    /// When the next attempt is due; `None` without one, or while there is no network.
    due: Option<u64>,
    /// When the next attempt may be made at the earliest if the caller asks for it again.
    half: u64,
    /// When that was said: from a clock that was set back behind it the delay counts anew.
    since: u64,
    offline: bool,
    /// Attempts and connections that failed since there was a stable one.
    failures: u32,
    /// How often there was a delay since then.
    delays: u32,
    /// How many servers were tried since the last delay.
    tried: u32,
    endpoint: u32,
    reference: Option<Box<str>>,
    /// The server that points elsewhere takes nobody any more.
    moved: Option<Cause>,
    /// A reference was followed since there was a stable connection: a second one may lead back to the first.
    followed: bool,
    begun_at: u64,
    accepted_at: Option<u64>,
}

/// What a caller brings for one attempt.
#[derive(Clone, Debug, Default)]
pub struct Credentials {
    /// User name.
    pub username: Option<String>,
    /// Password.
    pub password: Option<Vec<u8>>,
    /// What the exchange begins with (MQTT 5 Authentication Data, §3.1.2.11.10).
    pub authentication_data: Option<Vec<u8>>,
    /// Encoded User Properties for CONNECT, beside those of [`Config`] (MQTT 5).
    pub user_properties: Vec<u8>,
}

impl Client {
    /// What the attempt that is being made is to use, in place of what [`Config`] says. Without effect once
    /// CONNECT was sent.
    pub fn prepare(&mut self, credentials: Credentials) {
        if matches!(self.phase, Phase::Opening) {
            self.config.username = credentials.username;
            self.config.password = credentials.password;
            self.connection.authentication_data = credentials.authentication_data;
            self.connection.user_properties = credentials.user_properties;
        }
    }

    /// Whether there is a network. Without one no attempt is made, and a connection is left alone.
    pub fn set_online(&mut self, online: bool, now: u64) {
        let was_offline = std::mem::replace(&mut self.wish.offline, !online);
        if !online {
            self.wish.due = None;
        } else if was_offline {
            // What failed, failed for want of a network.
            self.wish.calm();
            self.retry(now);
        }
    }

    /// There is reason to believe that now is the time: the network came back, the user did, or a sleep is
    /// over. Between connections the next attempt begins, unless the last one began less than the shortest
    /// delay ago. On a connection its deadline is looked at first, and then whether the server is still there.
    pub fn retry(&mut self, now: u64) {
        match self.phase {
            // The driver may not have heard of the end yet; what it hears of the network counts already.
            Phase::Waiting | Phase::Ended if !self.wish.offline => {
                let pause = self.config.reconnect.map_or(0, |policy| policy.min_delay);
                let earliest = self.wish.begun_at.saturating_add(pause);
                let earliest = earliest.min(now.saturating_add(pause)).max(now);
                let due = self.wish.due.map_or(earliest, |due| due.min(earliest));
                self.wish.set_due(due, now);
                self.attempt_if_due(now);
            }
            Phase::Settling { .. } | Phase::Active => {
                self.handle_timeout(now);
                self.probe(now);
            }
            _ => {}
        }
    }

    /// The caller asks for a connection that it waits for already: the wait becomes shorter, but no less than half of
    /// what it was. Whoever asks at the end of every connection, as clients without a schedule of their own have to,
    /// makes no storm.
    pub fn hasten(&mut self, now: u64) {
        if !self.wish.offline
            && let Some(due) = self.attempt_due()
        {
            let pause = self.config.reconnect.map_or(0, |policy| policy.min_delay);
            let earliest = self.wish.begun_at.saturating_add(pause);
            let due = due.min(self.wish.half.max(earliest).max(now));
            self.wish.set_due(due, now);
            self.attempt_if_due(now);
        }
    }

    /// The driver does not go where the server pointed: it may not, or the caller does not want it to. The attempt to
    /// which that was said is none. Returns what comes instead.
    pub fn refuse_reference(&mut self, now: u64) -> Next {
        let policy = self.config.reconnect;
        let (Phase::Opening, Some(policy)) = (&self.phase, policy) else {
            return Next::Never;
        };
        self.wish.reference = None;
        self.wish.followed = false;
        if let Some(cause) = self.wish.moved.take() {
            self.wish.failures = self.wish.failures.saturating_sub(1);
            self.finish(Disconnected::new(cause, false, Vec::new()), now);
            return Next::Never;
        }
        self.connection.timers = Default::default();
        self.phase = Phase::Waiting;
        self.pause(&policy, now)
    }

    /// Whether there is no network, and somebody who makes an attempt when there is.
    pub(super) fn awaits_network(&self) -> bool {
        self.wish.offline && self.config.reconnect.is_some()
    }

    /// Begins the attempt that is due.
    pub(super) fn attempt_if_due(&mut self, now: u64) {
        let Some(due) = self.attempt_due() else {
            return;
        };
        if now < self.wish.since {
            let delay = due.saturating_sub(self.wish.since);
            self.wish.set_due(now.saturating_add(delay), now);
        } else if due <= now {
            self.attempt(now);
        }
    }

    /// Begins an attempt.
    pub(super) fn attempt(&mut self, now: u64) {
        self.connection.give_way_to(new_connection(&self.config));
        self.connection
            .timers
            .set(Timer::Connect, now.saturating_add(self.config.timeout));
        self.connections = self.connections.wrapping_add(1);
        // Whoever was at the server since the last attempt may have left a session there.
        self.emptying = Emptying::No;
        self.try_storing_again();
        self.phase = Phase::Opening;
        let wish = &mut self.wish;
        wish.due = None;
        wish.begun_at = now;
        wish.accepted_at = None;
        self.outputs.push_back(Output::Open(Attempt {
            number: wish.failures.saturating_add(1),
            endpoint: wish.endpoint,
            reference: wish.reference.clone(),
        }));
    }

    /// When the next attempt is due.
    pub(super) fn attempt_due(&self) -> Option<u64> {
        self.wish
            .due
            .filter(|_| matches!(self.phase, Phase::Waiting))
    }

    /// Whether a server had accepted the last connection.
    pub(super) fn was_accepted(&self) -> bool {
        self.wish.accepted_at.is_some()
    }

    /// Whether the connection at hand goes on with a session that has been in force since the caller asked for one.
    pub(super) fn goes_on(&self) -> bool {
        self.wish.in_force && self.connection.held_here
    }

    /// The session has come into force.
    pub(super) fn in_force(&mut self) {
        self.wish.in_force = true;
    }

    /// The server has accepted the connection.
    pub(super) fn accepted(&mut self, now: u64) {
        self.wish.fresh = false;
        self.wish.accepted_at = Some(now);
    }

    /// What follows from the end of a connection or an attempt.
    pub(super) fn plan(&mut self, end: &mut Disconnected, now: u64) -> Next {
        if !self.wish.wanted {
            return Next::Never;
        }
        if self.falls_back(end) {
            self.wish.failures = self.wish.failures.saturating_add(1);
            return self.wish.wait(0, now);
        }
        let wish = &mut self.wish;
        let Some(policy) = self.config.reconnect else {
            wish.failures = 1;
            return Next::Never;
        };
        let lived = wish.accepted_at.map(|at| now.saturating_sub(at));
        let stable_after = policy.longest(wish.delays).max(policy.stable_after);
        let was_stable = lived.is_some_and(|lived| lived >= stable_after);
        if was_stable {
            wish.calm();
        }
        wish.failures = wish.failures.saturating_add(1);
        let too_often = policy.attempts.is_some_and(|most| wish.failures > most);
        // Where a server pointed is no address of the caller's, which may be as good as ever.
        let astray = matches!(end.cause, Cause::Unopenable) && wish.reference.is_some();
        if too_often || !(astray || heals(&end.cause, &self.config)) {
            return Next::Never;
        }
        let referred = reference(end).filter(|_| self.config.follow_references);
        let is_moved = moved(&end.cause);
        match referred {
            Some(referred) => {
                wish.reference = Some(referred.into());
                wish.moved = is_moved.then_some(end.cause);
                if !std::mem::replace(&mut wish.followed, true) {
                    return wish.wait(0, now);
                }
            }
            None if is_moved => return Next::Never,
            // The same server again.
            None if was_stable => {}
            None => {
                if wish.turn(self.config.endpoints) {
                    return wish.wait(0, now);
                }
            }
        }
        self.pause(&policy, now)
    }

    /// Waits as long as it is time to.
    fn pause(&mut self, policy: &ReconnectPolicy, now: u64) -> Next {
        let longest = policy.longest(self.wish.delays);
        self.wish.tried = 0;
        self.wish.delays = self.wish.delays.saturating_add(1);
        let delay = match policy.jitter {
            true => self.draw() % longest.saturating_add(1).max(1),
            false => longest,
        };
        self.wish.wait(delay, now)
    }

    /// How many attempts and connections have failed in a row.
    pub(super) fn failures(&self) -> u32 {
        self.wish.failures
    }
}

impl Wish {
    /// The caller wants a connection, from now on.
    pub(super) fn begin(&mut self) {
        *self = Self {
            wanted: true,
            fresh: true,
            offline: self.offline,
            ..Self::default()
        };
    }

    /// What failed so far says nothing of what comes.
    fn calm(&mut self) {
        self.failures = 0;
        self.delays = 0;
        self.tried = 0;
        self.followed = false;
    }

    /// Turns to the next server; whether that may be tried at once, because it has not been since the last delay.
    fn turn(&mut self, endpoints: u32) -> bool {
        if self.reference.take().is_some() {
            // Where a server pointed did not hold; that server has not failed.
            return false;
        }
        self.endpoint = (self.endpoint + 1) % endpoints.max(1);
        self.tried += 1;
        // What accepts and drops is no server that cannot be reached.
        self.accepted_at.is_none() && self.tried < endpoints
    }

    fn wait(&mut self, delay: u64, now: u64) -> Next {
        if self.offline {
            self.due = None;
            return Next::WhenOnline;
        }
        self.set_due(now.saturating_add(delay), now);
        self.half = now.saturating_add(delay / 2);
        Next::After(delay)
    }

    fn set_due(&mut self, due: u64, now: u64) {
        self.due = Some(due);
        self.since = now;
    }
}

impl ReconnectPolicy {
    /// The longest a delay can be when there were `before` others.
    fn longest(&self, before: u32) -> u64 {
        // A product of two u64 that may overflow takes an i128, which the module has no room for (tools/build/mismatches.mjs).
        match self.max_delay.checked_shr(before) {
            Some(most) if self.min_delay <= most => self.min_delay << before,
            _ => self.max_delay,
        }
    }
}

/// Whether another attempt may come to a better end.
fn heals(cause: &Cause, config: &Config) -> bool {
    match cause {
        Cause::Requested
        | Cause::Unsendable(_)
        | Cause::SessionUnknown
        | Cause::Unopenable
        | Cause::AuthenticationFailed => false,
        // The credentials of this attempt were as fresh as they can be.
        Cause::Refused(reason) => !matches!(
            *reason,
            ReasonCode::MALFORMED_PACKET
                | ReasonCode::PROTOCOL_ERROR
                | ReasonCode::UNSUPPORTED_PROTOCOL_VERSION
                | ReasonCode::CLIENT_IDENTIFIER_NOT_VALID
                | ReasonCode::BAD_USER_NAME_OR_PASSWORD
                | ReasonCode::NOT_AUTHORIZED
                | ReasonCode::BANNED
                | ReasonCode::BAD_AUTHENTICATION_METHOD
                | ReasonCode::TOPIC_NAME_INVALID
                | ReasonCode::PACKET_TOO_LARGE
                | ReasonCode::PAYLOAD_FORMAT_INVALID
                | ReasonCode::RETAIN_NOT_SUPPORTED
                | ReasonCode::QOS_NOT_SUPPORTED
        ),
        // A right that ran out comes back with the next credentials.
        Cause::ServerDisconnect(ReasonCode::NOT_AUTHORIZED) => config.fresh_credentials,
        Cause::ServerDisconnect(reason) => !matches!(
            *reason,
            ReasonCode::BAD_AUTHENTICATION_METHOD | ReasonCode::SESSION_TAKEN_OVER
        ),
        Cause::Protocol(_)
        | Cause::KeepAliveTimeout
        | Cause::ConnectTimeout
        | Cause::Transport(_)
        | Cause::Storage(_) => true,
    }
}

/// Whether the server sends its clients elsewhere for good.
fn moved(cause: &Cause) -> bool {
    matches!(
        cause,
        Cause::Refused(ReasonCode::SERVER_MOVED)
            | Cause::ServerDisconnect(ReasonCode::SERVER_MOVED)
    )
}

/// Where the server points, if it does: of the list that a Server Reference is, the first (MQTT 5 §4.11).
fn reference(end: &Disconnected) -> Option<&str> {
    let (reason, set) = match &end.cause {
        Cause::Refused(reason) => (*reason, PropertySet::ConnAck),
        Cause::ServerDisconnect(reason) => (*reason, PropertySet::Disconnect),
        _ => return None,
    };
    if reason != ReasonCode::SERVER_MOVED && reason != ReasonCode::USE_ANOTHER_SERVER {
        return None;
    }
    let properties = Properties::parse(set, &end.properties).ok()?;
    first_reference(properties.text(PropertyId::SERVER_REFERENCE)?)
}

/// The first of the servers that a Server Reference names: they are separated by spaces.
fn first_reference(list: &str) -> Option<&str> {
    text::split(list, b' ').find(|server| !server.is_empty())
}
