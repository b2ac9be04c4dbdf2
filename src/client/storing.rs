//! What the store answers: a batch is stored, or some of it could not be.
//!
//! A new message that could not be stored is taken back, and its caller told; a received one is kept in memory
//! and its PUBREC owed until there is room; for anything else the connection is closed, and the next one does
//! not begin before all is stored. Must never live here: what is to be stored, and when; that is `durable`.

use super::durable::Entry;
use super::output::{Cancel, Cause, Certainty, Direction, Event, LossCause, Lost};
use super::{Client, Phase};
use crate::codec::PacketId;
use crate::error::StorageError;
use crate::session::journal::{Known, RecordName};
use crate::session::outbound::Token;

impl Client {
    /// The batch is stored.
    pub fn persisted(&mut self, batch: u64, now: u64) {
        self.not_persisted(batch, &[], now);
    }

    /// Of the batch, `failed` could not be stored, and why; the rest is.
    pub fn not_persisted(&mut self, batch: u64, failed: &[(RecordName, StorageError)], now: u64) {
        let Some(durable) = &mut self.durable else {
            return;
        };
        let Some(batch) = durable.outstanding.take_if(|out| out.number == batch) else {
            return;
        };
        if batch.void {
            durable.first |= batch.first;
            let later = std::mem::replace(&mut self.transmit, std::mem::take(&mut durable.held));
            self.transmit.append(later);
        }
        let mut fatal = None;
        for entry in &batch.entries {
            match failed.iter().find(|(name, _)| *name == entry.name) {
                None => {
                    if !batch.void
                        && let Some(durable) = &mut self.durable
                    {
                        durable.journal.done(entry.name, entry.is_put);
                        durable.lacking.retain(|name| *name != entry.name);
                    }
                    // What was removed stays removed, whoever interfered; of all else nothing is known then. What was
                    // taken back while its record was being written is removed next.
                    if !entry.is_put {
                        self.condemn(entry.name, Certainty::NotDelivered);
                    } else if !batch.void {
                        self.tell_stored(entry);
                    }
                }
                Some((_, error)) if !batch.void => {
                    let fault = self.not_stored(entry, *error);
                    fatal = fatal.or(fault);
                }
                Some(_) => {}
            }
        }
        match fatal {
            _ if batch.void => {}
            Some(error) => self.stall(error, now),
            None => {
                if let Some(durable) = &mut self.durable {
                    let held = std::mem::take(&mut durable.held);
                    durable.ready.append(held);
                }
                self.promise();
                self.pump(now);
            }
        }
    }

    /// One record could not be stored; returns the error if the connection cannot go on without it.
    fn not_stored(&mut self, entry: &Entry, error: StorageError) -> Option<StorageError> {
        let name = entry.name;
        if !entry.is_put && self.condemn(name, Certainty::Indeterminate) {
            let durable = self.durable.as_mut()?;
            durable.journal.failed(name, Some(Known::Perhaps));
            durable.lacking.push(name);
            return None;
        }
        let durable = self.durable.as_mut()?;
        let was_stored = entry.before == Some(Known::Stored);
        let before = match name {
            // What is stored there now is of an earlier message.
            RecordName::Incoming(_) if was_stored => Some(Known::Perhaps),
            // A store that failed in the middle may have done it.
            _ if error == StorageError::Failed && !was_stored => Some(Known::Perhaps),
            _ => entry.before,
        };
        durable.journal.failed(name, before);
        if !entry.is_put && durable.lacking.contains(&name) {
            return None;
        }
        let is_full = matches!(error, StorageError::Full { .. });
        match name {
            RecordName::Outgoing(seq) if entry.is_put => {
                let message = self.session.outbound.stored_mut(seq, entry.hint);
                match message.map(|(stored, _)| *stored) {
                    Some(true) => self.cannot_go_on(entry, error),
                    // It was never said to be stored, so never sent.
                    Some(false) => {
                        let cause = LossCause::NotStored(error);
                        self.withdraw_message(seq, entry.hint, cause);
                        None
                    }
                    // It has gone meanwhile, and so must what is perhaps left of it.
                    None => {
                        durable.journal.touch(name, None);
                        if !durable.journal.may_be_there(name) {
                            self.condemn(name, Certainty::NotDelivered);
                        }
                        None
                    }
                }
            }
            RecordName::Incoming(_) | RecordName::Subscriptions
                if entry.is_put && (is_full || !was_stored) =>
            {
                if !durable.lacking.contains(&name) {
                    durable.lacking.push(name);
                    self.event(Event::StorageTrouble { name, error });
                }
                None
            }
            _ => self.cannot_go_on(entry, error),
        }
    }

    /// What depends on this record must not be said before it is stored.
    fn cannot_go_on(&mut self, entry: &Entry, error: StorageError) -> Option<StorageError> {
        let durable = self.durable.as_mut()?;
        durable.journal.touch(entry.name, entry.hint);
        Some(error)
    }

    /// A record was written: of a new message its caller is told.
    fn tell_stored(&mut self, entry: &Entry) {
        if let RecordName::Outgoing(seq) = entry.name
            && let Some((stored, token)) = self.session.outbound.stored_mut(seq, entry.hint)
            && !std::mem::replace(stored, true)
            && let Some(token) = token
        {
            self.event(Event::Stored(token));
        }
    }

    /// Takes back a message of which no server knows, and says so when no later page can find it either.
    pub(super) fn withdraw_message(
        &mut self,
        seq: u64,
        hint: Option<PacketId>,
        cause: LossCause,
    ) -> bool {
        let taken = match self.session.outbound.in_flight_as(seq, hint) {
            Some(id) => {
                self.session.ids.release(id);
                self.connection.send_quota.give_back(id);
                self.session.outbound.take_unsent(id)
            }
            None => self.session.outbound.take_queued(seq),
        };
        let Some(taken) = taken else {
            return false;
        };
        let name = RecordName::Outgoing(seq);
        self.transmit.withdraw(name);
        if let Some(durable) = &mut self.durable {
            durable.held.withdraw(name);
            durable.ready.withdraw(name);
        }
        let lost = Box::new(Lost {
            token: taken.token,
            direction: Direction::Out,
            packet_id: None,
            certainty: unless_sent(taken.was_sent),
            message: Some(taken.message),
            cause,
        });
        match &mut self.durable {
            // The next page would send it.
            Some(durable) if durable.journal.may_be_there(name) => {
                durable.journal.touch(name, None);
                durable.condemned.push((name, lost));
            }
            _ => self.event(Event::MessageLost(lost)),
        }
        true
    }

    /// Whether the message of this caller was taken back, and its record is still to be removed.
    pub(super) fn is_condemned(&self, token: Token) -> bool {
        let condemned = self.durable.as_ref().map(|it| &it.condemned);
        condemned.is_some_and(|all| all.iter().any(|(_, lost)| lost.token == Some(token)))
    }

    /// The caller of such a message waits no longer, because of `why`, or of what it was taken back for.
    pub(super) fn let_go_of_condemned(&mut self, token: Token, why: Cancel) -> Option<Cancel> {
        let condemned = &mut self.durable.as_mut()?.condemned;
        let is_it = |(_, lost): &&mut (_, Box<Lost>)| lost.token == Some(token);
        let (_, lost) = condemned.iter_mut().find(is_it)?;
        lost.token = None;
        match lost.cause {
            LossCause::Withdrawn(first) => Some(first),
            _ => Some(why),
        }
    }

    /// Nobody knows when more will be known of the messages that were taken back: all their callers are told.
    pub(super) fn condemn_all(&mut self) {
        let condemned = self.durable.as_mut().map(|it| &mut it.condemned);
        for (_, mut lost) in condemned.map(std::mem::take).unwrap_or_default() {
            lost.certainty = Certainty::Indeterminate;
            self.event(Event::MessageLost(lost));
        }
    }

    /// The record of a message that was taken back is gone, or cannot be removed; false if it is none.
    fn condemn(&mut self, name: RecordName, certainty: Certainty) -> bool {
        let condemned = self.durable.as_mut().map(|it| &mut it.condemned);
        let place = condemned.and_then(|all| {
            let place = all.iter().position(|(condemned, _)| *condemned == name)?;
            Some(all.remove(place))
        });
        let found = place.is_some();
        if let Some((_, mut lost)) = place {
            if certainty == Certainty::Indeterminate {
                lost.certainty = certainty;
            }
            self.event(Event::MessageLost(lost));
        }
        found
    }

    /// Nothing that was to be sent may be: the next connection begins with storing.
    fn stall(&mut self, error: StorageError, now: u64) {
        let Some(durable) = &mut self.durable else {
            return;
        };
        durable.stalled = true;
        for (name, _) in &durable.condemned {
            durable.lacking.push(*name);
        }
        let mut unsent = Vec::new();
        std::mem::take(&mut durable.held).unacknowledged(&mut unsent);
        std::mem::take(&mut self.transmit).unacknowledged(&mut unsent);
        self.report_unsent(unsent);
        self.condemn_all();
        match self.phase {
            Phase::Disconnected | Phase::Ended | Phase::Waiting => {
                let name = RecordName::Meta;
                self.event(Event::StorageTrouble { name, error });
            }
            _ => {
                if matches!(self.phase, Phase::AwaitingConnAck) {
                    // CONNECT may be among what was dropped, and nothing may come before it `[MQTT-3.1.0-1]`.
                    self.phase = Phase::Opening;
                }
                self.give_up(Cause::Storage(error), now);
            }
        }
    }

    /// There is reason to believe that what could not be stored now can.
    pub(super) fn try_storing_again(&mut self) {
        let Some(durable) = &mut self.durable else {
            return;
        };
        durable.stalled = false;
        for name in durable.lacking.iter() {
            durable.journal.touch(*name, None);
        }
    }
}

/// What is known of a message that is not in flight, and never will be.
pub(super) fn unless_sent(was_sent: bool) -> Certainty {
    match was_sent {
        true => Certainty::Indeterminate,
        false => Certainty::NotDelivered,
    }
}
