//! Reading the records of a session: what lies in its store, opened and taken out of its packs.
//!
//! What cannot be read is named here, and stays where it is. Must never live here: what a record says, and what is changed.

use std::rc::Rc;

use js_sys::{Array, Uint8Array};
use wasm_bindgen::JsCast;

use super::{Journal, SAVED};
use crate::error::{RestoreError, SnapshotError};
use crate::sentences::sentence;
use crate::session::journal::{RecordName, check_format, is_whole, unpack};
use crate::storage::bytes_of;
use crate::web::error::Fault;
use crate::web::packs::Packs;
use crate::web::store::{Failure, text_at};
use crate::web::task::when;

/// What was found in the store.
pub(in crate::web) struct Found {
    pub(in crate::web) records: Vec<(String, Vec<u8>)>,
    /// They do not lie as they should: in the clear, or in packs that are none or should be none.
    pub(in crate::web) to_be_rewritten: bool,
    /// Packs that cannot be read in whole, and why.
    pub(in crate::web) bad: Vec<(String, SnapshotError)>,
}

impl Journal {
    /// Reads everything.
    pub(in crate::web) fn read(self: Rc<Self>, then: impl FnOnce(Result<Found, Fault>) + 'static) {
        let read = self.store().read(self.sealer.as_ref(), &self.prefix);
        when(read, move |read| {
            let found = match read {
                Ok(read) => self.find(read.unchecked_ref()),
                Err(error) => Err(Failure::from(error).into()),
            };
            then(found);
        });
    }

    /// Takes in what was read, and counts it. Records that are sealed and do not open, or to something that is no record,
    /// are refused if none does, for then it is the key that is wrong; else they are damaged, as records can be.
    fn find(&self, read: &Array) -> Result<Found, Fault> {
        self.forget();
        self.packs.take();
        self.stale.take();
        let mut found = Found {
            records: Vec::new(),
            to_be_rewritten: false,
            bad: Vec::new(),
        };
        let (mut opened, mut closed) = (false, false);
        let mut saved = None;
        let mut at = 0;
        while at < read.length() {
            let (name, value) = (text_at(read, at), text_at(read, at + 1));
            let record = read.get(at + 2);
            at += 3;
            self.count(&name, Some(&value));
            if let Some(pack) = Packs::parse(&name) {
                // All that lies alone was counted: its names come first.
                self.unpack(pack, name, &value, &mut found)?;
                continue;
            }
            let Some(parsed) = RecordName::parse(&name) else {
                continue;
            };
            if parsed == RecordName::Saved {
                saved = Some(record);
                continue;
            }
            self.packs.borrow_mut().note(parsed);
            let mut bytes = Vec::new();
            if record.is_undefined() {
                found.to_be_rewritten |= self.sealer.is_some();
                bytes = bytes_of(&value).unwrap_or_default();
            } else {
                if !record.is_null() {
                    bytes = record.unchecked_ref::<Uint8Array>().to_vec();
                }
                match is_whole(&bytes) {
                    true => opened = true,
                    false => {
                        closed = true;
                        bytes.clear();
                    }
                }
            }
            found.records.push((name, bytes));
        }
        if closed && !opened {
            return Err(Fault::new(sentence!(
                "the stored session is sealed and cannot be opened: set the option \"sealing\" that it was sealed with, or let go of it with discardSession(). Nothing of it was changed"
            )));
        }
        if let Some(saved) = saved {
            match saved.as_string() {
                Some(text) => found.records.push((SAVED.to_owned(), text.into_bytes())),
                // Where there are records, the string is an older story.
                None if found.records.is_empty() => {
                    return Err(saved.unchecked_into::<Fault>().or_discard());
                }
                None => {}
            }
        }
        Ok(found)
    }

    /// Takes the records out of a pack. One that is not to be changed is written anew in another form; one of a newer format
    /// is refused, as a record is.
    fn unpack(
        &self,
        pack: u64,
        name: String,
        value: &str,
        found: &mut Found,
    ) -> Result<(), RestoreError> {
        let (mut left, mut is_good) = (0, true);
        let bytes = bytes_of(value).unwrap_or_default();
        check_format(&bytes).map_err(RestoreError::Snapshot)?;
        let ended = unpack(&bytes, &mut |seq, record| {
            let name = RecordName::Outgoing(seq).text();
            let bit = Packs::bit(pack, seq);
            if bit == 0 || RecordName::parse(&name).is_none() || !is_whole(record) {
                is_good = false;
            } else if self.sizes.borrow().get(&name).is_none() {
                // What lies alone was written later.
                found.records.push((name, record.to_vec()));
                left |= bit;
            }
        });
        is_good &= ended;
        if is_good && left != 0 && self.may_pack() {
            self.packs.borrow_mut().leave(pack, left);
            return Ok(());
        }
        self.packs.borrow_mut().avoid(pack);
        self.stale.borrow_mut().push(name.clone());
        found.to_be_rewritten = true;
        if !is_good {
            found.bad.push((name, SnapshotError::Checksum));
        }
        Ok(())
    }
}
