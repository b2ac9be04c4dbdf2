//! Operations whose callers wait no longer: because a deadline has passed, or because they say so.
//!
//! What was never sent is taken back and never will be. What may be on its way cannot be called back: a message stays in
//! the session and is seen to its end there, a request is answered to nobody. Must never live here: how a message leaves
//! the session and its journal; that is `storing`.

use super::Client;
use super::output::{Cancel, Event, LossCause};
use crate::session::outbound::Token;
use crate::sorted::SortedMap;

/// How long the caller of a message that was taken back waits for its record to be gone, in milliseconds.
const STORE_PATIENCE: u64 = 1_000;

/// When operations are to be given up.
#[derive(Debug, Default)]
pub(super) struct Deadlines {
    by_token: SortedMap<Token, u64>,
    by_time: SortedMap<(u64, Token), ()>,
}

impl Deadlines {
    /// The earliest.
    pub(super) fn next(&self) -> Option<u64> {
        self.by_time.iter().next().map(|((at, _), ())| *at)
    }

    /// An operation has its outcome: it has no deadline any more. Returns which.
    pub(super) fn settled(&mut self, event: &Event) -> Option<Token> {
        let token = match event {
            Event::Sent(token)
            | Event::RequestFailed { token, .. }
            | Event::Cancelled { token, .. } => Some(*token),
            Event::Subscribed { token, .. } | Event::Unsubscribed { token, .. } => *token,
            Event::MessageOut(outcome) => outcome.token,
            Event::MessageLost(lost) => lost.token,
            _ => None,
        };
        if let Some(token) = token {
            self.forget(token);
        }
        token
    }

    fn forget(&mut self, token: Token) {
        if let Some(at) = self.by_token.remove(&token) {
            self.by_time.remove(&(at, token));
        }
    }

    fn take_overdue(&mut self, now: u64) -> Option<Token> {
        let (at, token) = *self.by_time.iter().next()?.0;
        if at > now {
            return None;
        }
        self.forget(token);
        Some(token)
    }
}

impl Client {
    /// The caller of the operation `token` waits until `at`, in milliseconds since the Unix epoch, and no longer.
    pub fn set_deadline(&mut self, token: Token, at: u64) {
        self.deadlines.forget(token);
        self.deadlines.by_token.insert(token, at);
        self.deadlines.by_time.insert((at, token), ());
    }

    /// The caller of the operation `token` waits no longer. Says [`Event::Cancelled`] or, of a message that was
    /// never sent, [`Event::MessageLost`]; nothing where the operation has its outcome.
    pub fn cancel(&mut self, token: Token, now: u64) {
        self.give_up_on(token, Cancel::Caller, now);
    }

    pub(super) fn cancel_overdue(&mut self, now: u64) {
        while let Some(token) = self.deadlines.take_overdue(now) {
            self.give_up_on(token, Cancel::Timeout, now);
        }
    }

    fn give_up_on(&mut self, token: Token, mut why: Cancel, now: u64) {
        let mut withdrawn = false;
        if let Some(never_sent) = self.let_go_of_request(token) {
            withdrawn = never_sent;
        } else if self.withdraw_passing(token, why) {
            return;
        } else if let Some((seq, id, unsent)) = self.session.outbound.find_caller(token) {
            if unsent && self.withdraw_message(seq, id, LossCause::Withdrawn(why)) {
                // It may have taken another one's place in the window.
                self.pump(now);
                if self.is_condemned(token) {
                    // Until its record is gone a later page may send it; but a store may never answer.
                    self.set_deadline(token, now.saturating_add(STORE_PATIENCE));
                }
                return;
            }
            self.session.outbound.forget_caller(token);
        } else if let Some(first) = self.let_go_of_condemned(token, why) {
            why = first;
        } else {
            return;
        }
        self.event(Event::Cancelled {
            token,
            why,
            withdrawn,
        });
    }
}
