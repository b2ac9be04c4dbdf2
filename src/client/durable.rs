//! The barrier between what the session has become and what the server may learn of it: write before send.
//!
//! Changes of the session are gathered until the turn has nothing else to say; then all of them are one
//! batch to be stored ([`Output::Persist`]), and what was to be sent waits until it is. One batch is out at a
//! time; what happens meanwhile goes into the next. PUBREC is a promise to keep a message, so it is not even
//! made before the message is stored.
//!
//! Must never live here: what is in a record (`session::journal`), what follows from the store's answers
//! (`storing`), and storage.

use std::collections::VecDeque;
use std::ops::Range;

use super::output::{Event, Lost, Output};
use super::parcel::Parcel;
use super::{Client, Phase};
use crate::codec::{PacketId, PacketType, ReasonCode, Version};
use crate::connection::acknowledgements::Verdict;
use crate::error::{RestoreError, SnapshotError};
use crate::session::Session;
use crate::session::journal::{self, Change, Journal, Known, RecordName};
use crate::session::message::Message;
use crate::session::outbound::{OutgoingStage, Token};

/// What there is to a session that is journalled.
#[derive(Debug)]
pub(super) struct Durable {
    pub(super) journal: Journal,
    /// The batch that is being stored.
    pub(super) outstanding: Option<Batch>,
    /// What may leave when the outstanding batch is stored.
    pub(super) held: Parcel,
    /// What may leave now.
    pub(super) ready: Parcel,
    /// PUBRECs to be sent, in the order of the PUBLISHes `[MQTT-4.6.0-3]`.
    pub(super) owed: VecDeque<Owed>,
    /// Records there was no room for, to be tried again with every batch.
    pub(super) lacking: Vec<RecordName>,
    /// New messages whose records were not stored, or perhaps they were: their callers are told when these are
    /// removed for certain.
    pub(super) condemned: Vec<(RecordName, Box<Lost>)>,
    /// Storing failed: nothing is tried until there is reason to.
    pub(super) stalled: bool,
    /// What changed has to be stored before anybody is told.
    pub(super) first: bool,
    /// The callers of the messages that an earlier page left.
    pub(super) inherited: Range<Token>,
}

/// A PUBREC that is to be sent.
#[derive(Debug)]
pub(super) struct Owed {
    id: PacketId,
    at: u64,
    /// What the message is refused for, of which nothing is stored.
    refusal: Option<Verdict>,
}

#[derive(Debug)]
pub(super) struct Batch {
    pub(super) number: u64,
    pub(super) entries: Vec<Entry>,
    /// What it stored may be gone again: the next batch stores everything.
    pub(super) void: bool,
    /// Nothing is told before it is stored.
    pub(super) first: bool,
}

#[derive(Debug)]
pub(super) struct Entry {
    pub(super) name: RecordName,
    pub(super) hint: Option<PacketId>,
    pub(super) before: Option<Known>,
    /// Whether it is written, or removed.
    pub(super) is_put: bool,
}

/// What was found in storage.
#[derive(Debug, Default)]
pub struct Recovered {
    /// Whether there was a session.
    pub found: bool,
    /// How many messages to the server it holds, the outbox included.
    pub outgoing: usize,
    /// How many half-received messages it holds.
    pub incoming: usize,
    /// The records that could not be read, and why. They are in nobody's way any more: the caller may keep
    /// them elsewhere.
    pub bad: Vec<(String, SnapshotError)>,
}

/// A message that an earlier page left unfinished.
#[derive(Clone, Copy, Debug)]
pub struct Inherited<'a> {
    /// By which its outcome will be told.
    pub token: Token,
    /// Its identifier and stage; `None` while it is in the outbox.
    pub in_flight: Option<(PacketId, OutgoingStage)>,
    /// The message.
    pub message: &'a Message,
}

impl Client {
    /// Makes the session durable: takes up what `records` hold (name and bytes of each record in storage), and
    /// says from now on what to store ([`Output::Persist`]). `client_id` (may be empty) and `version` are what
    /// the caller means to connect with. Needs a client without a connection that has accepted nothing.
    pub fn recover(
        &mut self,
        records: &[(String, Vec<u8>)],
        client_id: &str,
        version: Version,
    ) -> Result<Recovered, RestoreError> {
        if !matches!(self.phase, Phase::Disconnected) {
            return Err(RestoreError::TooLate);
        }
        if self.session.holds_messages() {
            return Err(RestoreError::NotDurable);
        }
        let (uid, random) = (self.draw(), self.draw());
        // Taken apart at the end only: every move of a session is a copy of all its fields.
        let mut restored = journal::restore(records, client_id, version, uid, random)
            .map_err(RestoreError::Snapshot)?;
        let (session, found) = (&mut restored.session, restored.found);
        let version = match found {
            true => self.goes_on_in(session.version, version),
            false => version,
        };
        let holds = session.holds_messages();
        if holds && !client_id.is_empty() && session.client_id != client_id {
            let saved = std::mem::take(&mut session.client_id);
            return Err(RestoreError::OtherClient { saved });
        }
        if holds && session.version != version {
            let saved = session.version;
            return Err(RestoreError::OtherVersion { saved });
        }
        let same_id = client_id.is_empty() || session.client_id == client_id;
        if !same_id || session.version != version {
            // Nothing is held of the one that was stored, so it can go. What the server holds of it is out of reach.
            let client_id = match same_id {
                true => &session.client_id,
                false => client_id,
            };
            let next = Session::new(version, client_id, uid);
            let mut earlier = std::mem::replace(session, next);
            if same_id {
                session.succeed(earlier.subscriptions.take());
            } else if earlier.established {
                self.tell_session_lost(&earlier.subscriptions, false);
            }
            // What could not be read may lie where it is for a while, and must not be overwritten.
            session.outbound.reserve_seq(earlier.outbound.next_seq());
            restored.journal.touch_all(session);
        }
        let begin = self.next_token;
        session.outbound.give_callers(|| {
            let token = self.next_token;
            self.next_token += 1;
            token
        });
        if session.client_id.is_empty() {
            session.client_id = self.invent_client_id();
        }
        session.follow();
        self.session.replace(restored.session);
        self.config.version = version;
        self.accepted_before_connect = self.session.outbound.next_seq();
        self.durable = Some(Durable {
            journal: restored.journal,
            outstanding: None,
            held: Parcel::default(),
            ready: Parcel::default(),
            owed: VecDeque::new(),
            lacking: Vec::new(),
            condemned: Vec::new(),
            stalled: false,
            first: false,
            inherited: begin..self.next_token,
        });
        let (outgoing, incoming) = match found {
            true => self.report_restored(),
            false => (0, 0),
        };
        Ok(Recovered {
            found,
            outgoing,
            incoming,
            bad: restored.bad,
        })
    }

    /// Whether the session is journalled.
    pub fn is_durable(&self) -> bool {
        self.durable.is_some()
    }

    /// What an earlier page left and has no outcome yet, in the order of acceptance.
    pub fn inherited(&self) -> Vec<Inherited<'_>> {
        let Some(durable) = &self.durable else {
            return Vec::new();
        };
        let outbound = &self.session.outbound;
        let mut all = Vec::new();
        let mut add = |token: Option<Token>, in_flight, message| {
            if let Some(token) = token.filter(|token| durable.inherited.contains(token)) {
                all.push(Inherited {
                    token,
                    in_flight,
                    message,
                });
            }
        };
        for &id in &outbound.in_flight_order() {
            // The loss of an abandoned one was reported when it was given up.
            if let Some(outgoing) = outbound.get(id)
                && outgoing.stage != OutgoingStage::Abandoned
            {
                add(
                    outgoing.token,
                    Some((id, outgoing.stage)),
                    &outgoing.message,
                );
            }
        }
        for queued in outbound.outbox() {
            add(queued.token, None, &queued.message);
        }
        all
    }

    /// Somebody else removed or changed what was stored: all of it is written again.
    pub fn rewrite(&mut self) {
        if let Some(durable) = &mut self.durable {
            durable.journal.touch_all(&mut self.session);
            durable.stalled = false;
            if let Some(batch) = &mut durable.outstanding {
                batch.void = true;
            }
        }
    }

    /// What changed has to be stored before what the machine says next is heard.
    pub(super) fn store_first(&mut self) {
        if let Some(durable) = &mut self.durable {
            durable.first = true;
        }
    }

    /// Another session has taken the place of the one that was journalled.
    pub(super) fn follow_session(&mut self) {
        if self.durable.is_some() {
            self.session.follow();
            self.begin_epoch();
            self.rewrite();
        }
    }

    /// The server begins a new session: what is in flight from here on is in that one.
    pub(super) fn begin_epoch(&mut self) {
        if let Some(durable) = &mut self.durable {
            durable.journal.begin_epoch();
        }
    }

    /// The next batch that has to be stored before anything else is said.
    pub(super) fn poll_first(&mut self) -> Option<Option<Output>> {
        let durable = self.durable.as_mut()?;
        let is_out = durable
            .outstanding
            .as_ref()
            .is_some_and(|batch| batch.first);
        if !durable.first && !is_out {
            return None;
        }
        if matches!(self.phase, Phase::Closing(_) | Phase::Ended) {
            // Who waits for the end of a connection does not wait for a store, and never hears that it had begun.
            durable.first = false;
            if let Some(batch) = &mut durable.outstanding {
                batch.first = false;
            }
            for _ in 0..self.outputs.len() {
                if let Some(output) = self.outputs.pop_front()
                    && !matches!(output, Output::Event(Event::Connected(_)))
                {
                    self.outputs.push_back(output);
                }
            }
            return None;
        }
        if durable.outstanding.is_some() {
            return Some(None);
        }
        durable.first = false;
        let persist = self.commit()?;
        if let Some(batch) = self.durable.as_mut().and_then(|it| it.outstanding.as_mut()) {
            batch.first = true;
        }
        Some(Some(persist))
    }

    /// What has to be done before anything may be sent: a batch to be stored, something that has waited for
    /// one, or nothing as long as one is out (`Some(None)`).
    pub(super) fn poll_durable(&mut self) -> Option<Option<Output>> {
        let durable = self.durable.as_mut()?;
        if !durable.ready.is_empty() {
            let parcel = std::mem::take(&mut durable.ready);
            return Some(Some(self.send_off(parcel)));
        }
        if let Some(persist) = self.commit() {
            return Some(Some(persist));
        }
        self.durable.as_ref()?.outstanding.as_ref()?;
        Some(None)
    }

    fn commit(&mut self) -> Option<Output> {
        let durable = self.durable.as_mut()?;
        if durable.outstanding.is_some() || durable.stalled {
            return None;
        }
        durable.journal.gather(&mut self.session);
        if !durable.journal.is_behind(&self.session) {
            return None;
        }
        // Something else is written anyway, and may have made room.
        let inbound = &self.session.inbound;
        durable.lacking.retain(|name| match name {
            RecordName::Incoming(id) => inbound.get(*id).is_some(),
            _ => true,
        });
        for name in &durable.lacking {
            durable.journal.touch(*name, None);
        }
        let steps = durable.journal.changes(&mut self.session);
        if steps.is_empty() {
            return None;
        }
        durable.held = std::mem::take(&mut self.transmit);
        self.batches += 1;
        let number = self.batches;
        let mut entries = Vec::with_capacity(steps.len());
        let mut changes = Vec::with_capacity(steps.len());
        for step in steps {
            entries.push(Entry {
                name: step.change.name(),
                hint: step.hint,
                before: step.before,
                is_put: matches!(step.change, Change::Put { .. }),
            });
            changes.push(step.change);
        }
        durable.outstanding = Some(Batch {
            number,
            entries,
            void: false,
            first: false,
        });
        Some(Output::Persist {
            batch: number,
            changes,
        })
    }

    /// PUBREC for a received message: at once, or when it is stored.
    pub(super) fn owe_pubrec(&mut self, id: PacketId, now: u64) {
        match &mut self.durable {
            None => self.send_pubrec(id, now),
            Some(durable) => {
                let name = RecordName::Incoming(id);
                if !durable.journal.is_up_to_date(name) {
                    durable.journal.touch(name, None);
                }
                let is_it = |owed: &Owed| owed.id == id && owed.refusal.is_none();
                if !durable.owed.iter().any(is_it) {
                    durable.owed.push_back(Owed {
                        id,
                        at: now,
                        refusal: None,
                    });
                }
                self.promise();
            }
        }
    }

    /// PUBREC that refuses a received message, in its turn.
    pub(super) fn owe_refusal(&mut self, id: PacketId, refusal: Verdict, now: u64) {
        match &mut self.durable {
            None => self.send_verdict(PacketType::PubRec, id, &refusal, now),
            Some(durable) => {
                durable.owed.push_back(Owed {
                    id,
                    at: now,
                    refusal: Some(refusal),
                });
                self.promise();
            }
        }
    }

    /// The PUBRECs of what is stored, up to the first that is not, may leave. They do not wait for another batch: should
    /// storage be cleared while that is out, they would be promises of what is not there. A message that was
    /// released meanwhile had its PUBREC on account of an earlier PUBLISH.
    pub(super) fn promise(&mut self) {
        // Nothing may follow our DISCONNECT `[MQTT-3.14.4-1]`; on the next connection the message comes again.
        let Some(durable) = &mut self.durable else {
            return;
        };
        if durable.outstanding.is_some() || !matches!(self.phase, Phase::Active) {
            return;
        }
        durable.journal.gather(&mut self.session);
        let mut later = std::mem::replace(&mut self.transmit, std::mem::take(&mut durable.ready));
        let mut promised = self.transmit.bytes.len();
        while matches!(self.phase, Phase::Active)
            && let Some(durable) = &mut self.durable
            && let Some(owed) = durable.owed.front()
            && (durable.journal.is_up_to_date(RecordName::Incoming(owed.id))
                || owed.refusal.is_some()
                || !self.session.inbound.holds(owed.id))
            && let Some(Owed { id, at, refusal }) = durable.owed.pop_front()
        {
            match refusal {
                Some(refusal) => self.send_verdict(PacketType::PubRec, id, &refusal, at),
                None if self.session.inbound.holds(id) => self.send_pubrec(id, at),
                None => {}
            }
            if matches!(self.phase, Phase::Active) {
                promised = self.transmit.bytes.len();
            }
        }
        // One that is too large for the server ends the connection: our DISCONNECT goes last of all.
        let last = self.transmit.bytes.split_off(promised);
        later.bytes.extend_from_slice(&last);
        let ready = std::mem::replace(&mut self.transmit, later);
        if let Some(durable) = &mut self.durable {
            durable.ready = ready;
        }
    }

    fn send_pubrec(&mut self, id: PacketId, now: u64) {
        self.send_ack(PacketType::PubRec, id, ReasonCode::SUCCESS, &[], now);
        self.session.inbound.pubrec_sent(id);
    }

    /// The connection is gone, and with it what was to be sent; the QoS 0 messages in it are returned.
    pub(super) fn drop_parcels(&mut self) -> Vec<Token> {
        let mut lost = Vec::new();
        std::mem::take(&mut self.transmit).unacknowledged(&mut lost);
        if let Some(durable) = &mut self.durable {
            durable.owed = VecDeque::new();
            std::mem::take(&mut durable.held).unacknowledged(&mut lost);
            std::mem::take(&mut durable.ready).unacknowledged(&mut lost);
        }
        lost
    }

    /// Whether a batch is being stored.
    pub(super) fn awaits_storage(&self) -> bool {
        self.durable
            .as_ref()
            .is_some_and(|durable| durable.outstanding.is_some())
    }

    /// How many bytes wait for storage.
    pub(super) fn held_bytes(&self) -> usize {
        let parcels = self.durable.as_ref();
        parcels.map_or(0, |durable| {
            durable.held.bytes.len() + durable.ready.bytes.len()
        })
    }

    /// Whether CONNECT asks for a clean start although the session is not to be one: no server holds anything
    /// of it, so what a server may hold under its name is another one's, whose packet identifiers would be
    /// taken for ours.
    pub(super) fn starts_fresh(&self) -> bool {
        let unknown = !self.session.established && !self.config.resume_without_state;
        self.is_durable() && unknown
    }
}
