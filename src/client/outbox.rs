//! What waits to be sent: how much may, what goes first, and when nothing more may be given to the socket.
//!
//! Messages of QoS 1 and 2 wait in the session, which outlives the page; those of QoS 0 wait here, for as long as the
//! client does. Must never live here: the window of unacknowledged messages, which is the server's to set
//! (`connection::quota`).

use super::output::{Cancel, Certainty, Direction, LossCause, Lost};
use super::{Client, Phase};
use crate::error::UsageError;
use crate::session::message::Message;
use crate::session::outbound::Token;
use crate::sorted::SortedMap;

/// How many bytes may be in the socket before nothing more is given to it, unless the caller says otherwise.
const SEND_LIMIT: u64 = 1024 * 1024;

/// How soon a socket that has too much in it is looked at again, in milliseconds: it does not say when it has less.
const LOOK_AGAIN: u64 = 20;

/// The same where only the answer to a PINGREQ is waited for that stands behind what is in there.
const LOOK_AFTER_ASKING: u64 = 1_000;

/// How much may wait to be sent, and what becomes of more.
#[derive(Clone, Copy, Debug)]
pub struct OutboxLimits {
    /// How many messages.
    pub messages: usize,
    /// How many bytes of topics, payloads and properties.
    pub bytes: usize,
    /// What becomes of a message there is no room for.
    pub when_full: WhenFull,
    /// Whether messages of QoS 0 wait for a connection, too.
    pub queue_qos0: bool,
}

/// What becomes of a message there is no room for.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum WhenFull {
    /// It is not accepted.
    #[default]
    Reject,
    /// Those that have waited longest, and were never sent, are given up for it. Where all were, it is not accepted.
    DropOldest,
}

impl Default for OutboxLimits {
    /// 100,000 messages, 64 MiB.
    fn default() -> Self {
        Self {
            messages: 100_000,
            bytes: 64 * 1024 * 1024,
            when_full: WhenFull::default(),
            queue_qos0: false,
        }
    }
}

/// A message of QoS 0 that waits.
#[derive(Debug)]
struct Passing {
    /// The number that the next message of QoS 1 or 2 was to get: it goes before that one.
    before: u64,
    message: Box<Message>,
}

/// What waits beside the session, and the state of the socket.
#[derive(Debug)]
pub(super) struct Outbox {
    pub(super) limits: OutboxLimits,
    /// By their callers, which is the order of acceptance.
    passing: SortedMap<Token, Passing>,
    passing_bytes: usize,
    send_limit: u64,
    /// What was in the socket when it was looked at last, in bytes.
    backlog: u64,
    /// How many bytes were given to the socket of this connection, and how many of them had left it by then.
    handed: u64,
    left: u64,
    looked_at: u64,
    /// When sending stopped because enough was about to leave.
    stopped: Option<u64>,
}

impl Default for Outbox {
    fn default() -> Self {
        Self {
            limits: OutboxLimits::default(),
            passing: SortedMap::new(),
            passing_bytes: 0,
            send_limit: SEND_LIMIT,
            backlog: 0,
            handed: 0,
            left: 0,
            looked_at: 0,
            stopped: None,
        }
    }
}

impl Outbox {
    /// When the socket is to be looked at again: while it has too much in it, and while there is something before a
    /// question that was put to the server.
    pub(super) fn look_at(&self, asked: bool) -> Option<u64> {
        let after = match self.backlog {
            0 => return None,
            _ if self.is_congested() => LOOK_AGAIN,
            _ if asked => LOOK_AFTER_ASKING,
            _ => return None,
        };
        Some(self.looked_at.saturating_add(after))
    }

    /// Whether there is so much in the socket that nothing more is given to it.
    fn is_congested(&self) -> bool {
        self.backlog >= self.send_limit
    }

    /// So many bytes are given to the socket.
    pub(super) fn hand(&mut self, bytes: usize) {
        self.handed += bytes as u64;
    }

    /// How many have been.
    pub(super) fn handed(&self) -> u64 {
        self.handed
    }

    /// There was an occasion to look at the socket, whatever came of it.
    pub(super) fn looked(&mut self, now: u64) {
        self.looked_at = now;
    }

    fn pop(&mut self) -> Option<(Token, Box<Message>)> {
        let (token, _) = self.passing.iter().next()?;
        self.take(*token)
    }

    fn take(&mut self, token: Token) -> Option<(Token, Box<Message>)> {
        let Passing { message, .. } = self.passing.remove(&token)?;
        self.passing_bytes -= message.size();
        Some((token, message))
    }
}

impl Client {
    /// Changes how much may wait to be sent.
    pub fn set_outbox_limits(&mut self, limits: OutboxLimits) {
        self.outbox.limits = limits;
    }

    /// Changes how many bytes may be in the socket before nothing more is given to it; at first 1 MiB.
    pub fn set_send_limit(&mut self, bytes: u64) {
        self.outbox.send_limit = bytes.max(1);
    }

    /// How many bytes are in the socket, given to it and not sent yet. To be said after every
    /// [`super::output::Output::Transmit`] and, as long as there are any, at every deadline. As long as they
    /// become fewer, a PINGREQ among them is not overdue.
    pub fn set_backlog(&mut self, bytes: u64, now: u64) {
        let before = self.outbox.left;
        let left = self.outbox.handed.saturating_sub(bytes);
        if left > before {
            self.outbox.left = left;
            self.connection.keep_alive.progress(before, now);
        }
        self.outbox.backlog = bytes;
        self.outbox.looked(now);
        if self.has_room() {
            self.pump(now);
        }
    }

    /// Whether there is so much in the socket that nothing more is given to it, acknowledgements excepted.
    pub fn is_congested(&self) -> bool {
        self.outbox.is_congested()
    }

    /// Messages of QoS 0 that wait to be sent.
    pub fn passing(&self) -> impl ExactSizeIterator<Item = &Message> {
        let passing = self.outbox.passing.iter();
        passing.map(|(_, passing)| &*passing.message)
    }

    /// Whether more may be given to the socket, what is about to leave counted in.
    pub(super) fn has_room(&self) -> bool {
        self.outbox.backlog + (self.unsent_packets() as u64) < self.outbox.send_limit
    }

    /// The bytes of packets that are encoded and not yet taken by the driver.
    pub(super) fn unsent_packets(&self) -> usize {
        self.transmit.bytes.len() + self.held_bytes()
    }

    /// How many messages wait to be sent.
    pub(super) fn waiting_messages(&self) -> usize {
        self.session.outbound.outbox().len() + self.passing().len()
    }

    /// Their bytes.
    pub(super) fn waiting_bytes(&self) -> usize {
        self.session.outbound.outbox_bytes() + self.outbox.passing_bytes
    }

    /// Sees to it that `message` may wait.
    pub(super) fn make_room(&mut self, message: &Message) -> Result<(), UsageError> {
        let limits = self.outbox.limits;
        let size = message.size();
        let full = UsageError::OutboxFull {
            messages: self.waiting_messages(),
        };
        let (kept, kept_bytes) = self.kept();
        if limits.messages <= kept || kept_bytes + size > limits.bytes {
            // Whatever else were given up for it, there would be no room.
            return Err(full);
        }
        while self.waiting_messages() >= limits.messages
            || self.waiting_bytes() + size > limits.bytes
        {
            if limits.when_full == WhenFull::Reject || !self.drop_oldest() {
                return Err(full);
            }
        }
        Ok(())
    }

    /// How many of those that wait may have arrived, and their bytes: they were accepted first, and stand first.
    fn kept(&self) -> (usize, usize) {
        let (mut count, mut bytes) = (0, 0);
        for queued in self.session.outbound.outbox() {
            if !queued.was_sent {
                break;
            }
            count += 1;
            bytes += queued.message.size();
        }
        (count, bytes)
    }

    /// Gives up the message that has waited longest, of those that were never sent: one that is sent anew, because the
    /// server lost the session, may have arrived.
    fn drop_oldest(&mut self) -> bool {
        let oldest = {
            let mut outbox = self.session.outbound.outbox();
            let never_sent = outbox.find(|queued| !queued.was_sent);
            never_sent.map(|queued| queued.seq)
        };
        if self.passing_is_next(oldest)
            && let Some((token, message)) = self.outbox.pop()
        {
            self.give_up_passing(token, Some(message), LossCause::OutboxFull);
            return true;
        }
        oldest.is_some_and(|seq| self.withdraw_message(seq, None, LossCause::OutboxFull))
    }

    /// Whether a message of QoS 0 was accepted before the one numbered `seq`.
    fn passing_is_next(&self, seq: Option<u64>) -> bool {
        let first = self.outbox.passing.iter().next();
        first.is_some_and(|(_, passing)| seq.is_none_or(|seq| passing.before <= seq))
    }

    /// A message of QoS 0 waits.
    pub(super) fn wait_in_passing(&mut self, message: Box<Message>, token: Token) {
        self.outbox.passing_bytes += message.size();
        let before = self.session.outbound.next_seq();
        let passing = Passing { before, message };
        self.outbox.passing.insert(token, passing);
    }

    /// Takes a message of QoS 0 back.
    pub(super) fn withdraw_passing(&mut self, token: Token, why: Cancel) -> bool {
        let Some((_, message)) = self.outbox.take(token) else {
            return false;
        };
        self.give_up_passing(token, Some(message), LossCause::Withdrawn(why));
        true
    }

    /// A message of QoS 0 is not sent; without its body where that is in the parcel that is dropped.
    pub(super) fn give_up_passing(
        &mut self,
        token: Token,
        message: Option<Box<Message>>,
        cause: LossCause,
    ) {
        self.tell_lost(Lost {
            token: Some(token),
            direction: Direction::Out,
            packet_id: None,
            message,
            certainty: Certainty::NotDelivered,
            cause,
        });
    }

    /// Sends what may be sent: first what a resumed session still owes, then what waits, in its order; but QoS 0
    /// does not wait for the server's acknowledgements of others.
    pub(super) fn pump(&mut self, now: u64) {
        if !matches!(self.phase, Phase::Active) {
            return;
        }
        self.outbox.stopped = None;
        self.send_replay(now);
        while self.connection.replay.is_empty() {
            if !self.has_room() {
                self.outbox.stopped = Some(now);
                return;
            }
            let open = self.connection.send_quota.is_open();
            let head = self.session.outbound.head().map(|queued| queued.seq);
            let head = head.filter(|_| open);
            if self.passing_is_next(head)
                && let Some((token, message)) = self.outbox.pop()
            {
                match self.unsendable(&message, now) {
                    Some(cause) => self.give_up_passing(token, Some(message), cause),
                    None => self.send_at_once(&message, token, now),
                }
            } else if head.is_none() || !self.send_head(now) {
                return;
            }
        }
        if !self.has_room() {
            self.outbox.stopped = Some(now);
        }
    }

    /// What was about to leave has left: goes on where sending had stopped for it. Whether that has come to
    /// anything.
    pub(super) fn pump_on(&mut self) -> bool {
        if self.outbox.stopped.is_none() || !self.has_room() {
            return false;
        }
        if let Some(now) = self.outbox.stopped.take() {
            self.pump(now);
        }
        !self.transmit.is_empty() || !self.outputs.is_empty()
    }

    /// The connection has ended: what was in the socket is no longer, and QoS 0 waits for another one, or does not.
    pub(super) fn reset_outbox(&mut self, goes_on: bool) {
        self.outbox.backlog = 0;
        self.outbox.handed = 0;
        self.outbox.left = 0;
        self.outbox.stopped = None;
        if goes_on && self.outbox.limits.queue_qos0 {
            return;
        }
        while let Some((token, message)) = self.outbox.pop() {
            self.give_up_passing(token, Some(message), LossCause::ConnectionLost);
        }
    }
}
