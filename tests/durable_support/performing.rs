//! What a page does with each output, and its storage with each batch.

use std::collections::VecDeque;
use std::fmt::Write;

use mqtt_mooring::client::output::{Event, Output};
use mqtt_mooring::session::journal::{Change, RecordName};
use mqtt_mooring::storage::StorageError;

use super::rules::Sender;
use super::view::View;
use super::world::{Crashed, Loss, SLOW, Step, Store, World};
use crate::support::name;

/// The beginning of a text.
#[derive(Default)]
struct Short(String);

impl Write for Short {
    fn write_str(&mut self, text: &str) -> std::fmt::Result {
        self.0.push_str(text);
        match self.0.len() {
            0..30 => Ok(()),
            _ => Err(std::fmt::Error),
        }
    }
}

/// What storage is working on.
pub(super) struct Batch {
    number: u64,
    changes: VecDeque<Change>,
    failed: Vec<(RecordName, StorageError)>,
}

impl World {
    /// Takes all outputs and performs each.
    pub(crate) fn drain(&mut self, chunk: &[u8]) -> Step {
        loop {
            let mut accepted = false;
            while let Some(output) = self.client.poll_output() {
                match output {
                    Output::Persist { batch, changes } => self.persist(batch, changes)?,
                    Output::Deliver(delivery) => {
                        self.tickets.extend(delivery.ticket);
                        self.book.handed(&delivery, chunk);
                        self.tick(|| format!("deliver {:?}", delivery.packet_id))?;
                    }
                    Output::Event(event) => {
                        if let Event::Connected(connack) = &event {
                            accepted = true;
                            self.begun |=
                                !connack.session_present && !self.trouble && self.batch.is_none();
                        }
                        self.event(event)?;
                    }
                    Output::Transmit(bytes) => self.transmit(&bytes)?,
                    Output::Open(_) => self.dialing = self.config.reconnect.is_some(),
                    Output::Close => {
                        self.dialing = false;
                        self.assert_stored("Close");
                        self.closing = true;
                        self.tick(|| "close".into())?;
                    }
                    Output::Reopen => {
                        self.assert_stored("Reopen");
                        self.reopening = true;
                        self.tick(|| "reopen".into())?;
                    }
                }
            }
            if accepted {
                self.client.connected_handlers_returned(self.now);
                self.drain(&[])?;
                self.client.connected_handlers_settled(self.now);
            } else if self.auto_ack && !self.tickets.is_empty() {
                for ticket in std::mem::take(&mut self.tickets) {
                    self.client.handled(ticket, self.now);
                }
            } else if let (Some(republish), Some(seq)) = (self.republish, self.undecided.front()) {
                let topic = self.events.iter().rev().find_map(|e| match e {
                    Event::Undecided {
                        seq: s, message, ..
                    } if s == seq => Some(&*message.topic),
                    _ => None,
                });
                let again = republish(topic.expect("what was asked"));
                self.decide(again)?;
            } else {
                return Ok(());
            }
        }
    }

    fn event(&mut self, event: Event) -> Step {
        self.book.note(&event, &self.disk, !self.damaged);
        if let Event::Undecided { seq, .. } = &event {
            self.undecided.push_back(*seq);
        }
        self.filters.note(&event);
        if matches!(event, Event::Disconnected(_)) {
            match self.linked {
                true => self.unlink(),
                false => self.closing = false,
            }
        }
        let mut short = Short::default();
        // It is full when it fails.
        let _ = write!(short, "{event:?}");
        self.events.push(event);
        self.tick(|| short.0)
    }

    fn transmit(&mut self, bytes: &[u8]) -> Step {
        self.assert_stored("Transmit");
        assert!(!self.closing && !self.reopening, "bytes after Close");
        if !self.linked {
            return Ok(());
        }
        let backlog = self.backlog.unwrap_or_default();
        let backlog = backlog.saturating_sub(self.acknowledgements);
        for packet in self.pieces.split(bytes) {
            let what = name(self.version, &packet);
            let book = &self.book;
            let sender = Sender {
                version: self.version,
                link: self.link,
                may_start_clean: !self.begun,
                own: &|topic| book.own(topic),
            };
            self.story.push(format!(">{what}"));
            assert!(
                backlog < SLOW || !what.starts_with("PUBLISH"),
                "{what} on top of {backlog} bytes"
            );
            self.rules.leaves(&packet, &self.disk, sender);
            if self.backlog.is_some() && what.starts_with("PUBREC") {
                self.acknowledgements += packet.len() as u64;
            }
            self.left.push(what);
            self.to_server.push_back(packet);
        }
        if let Some(backlog) = &mut self.backlog {
            *backlog += bytes.len() as u64;
            self.client.set_backlog(*backlog, self.now);
        }
        self.tick(|| "sent".into())
    }

    fn assert_stored(&self, what: &str) {
        assert!(
            self.batch.is_none(),
            "{what} before storage has answered{}",
            self.story()
        );
    }

    fn persist(&mut self, number: u64, changes: Vec<Change>) -> Step {
        assert!(self.batch.is_none(), "two batches{}", self.story());
        assert!(!changes.is_empty(), "an empty batch{}", self.story());
        self.batches.push(changes.len());
        self.batch = Some(Batch {
            number,
            changes: changes.into(),
            failed: Vec::new(),
        });
        self.tick(|| format!("batch {number}"))?;
        while self.store == Store::AtOnce && self.batch.is_some() {
            self.apply_or_answer()?;
        }
        Ok(())
    }

    pub(super) fn disk_moves(&mut self) -> Step {
        self.apply_or_answer()?;
        self.drain(&[])
    }

    fn apply_or_answer(&mut self) -> Step {
        let Some(batch) = &mut self.batch else {
            return Ok(());
        };
        if let Some(change) = batch.changes.pop_front() {
            if let Err(error) = self.disk.apply(&change) {
                let (Change::Put { name, .. } | Change::Remove { name }) = change;
                self.story.push(format!("{name}: {error:?}"));
                batch.failed.push((name, error));
                let last = batch.changes.back().map(Change::name);
                let is_whole = last == Some(RecordName::Saved);
                if is_whole
                    || name == RecordName::Meta
                    || !matches!(error, StorageError::Full { .. })
                {
                    // A batch is safe as far as it goes, not with a hole in it; and not without its last.
                    let rest = std::mem::take(&mut batch.changes);
                    batch
                        .failed
                        .extend(rest.iter().map(|change| (change.name(), error)));
                }
                self.trouble = true;
                if self.damaged {
                    // What storage then holds of it, nobody may know.
                    self.book.excuse_all_but(&View::default());
                }
                return Ok(());
            }
            let what = self.disk.log.last().cloned().unwrap_or_default();
            if what == "+meta" && self.loss == Loss::Unstored {
                self.loss = Loss::None;
            }
            return self.tick(|| what);
        }
        if let Some(batch) = self.batch.take() {
            match batch.failed.as_slice() {
                [] => {
                    self.trouble = false;
                    self.client.persisted(batch.number, self.now);
                }
                failed => self.client.not_persisted(batch.number, failed, self.now),
            }
        }
        Ok(())
    }

    pub(super) fn tick(&mut self, what: impl FnOnce() -> String) -> Step {
        self.ticks += 1;
        if self.story.len() < 2_000 {
            self.story.push(format!("{}:{}", self.ticks, what()));
        }
        if self.stop == Some(self.ticks) {
            return Err(Crashed);
        }
        Ok(())
    }
}
