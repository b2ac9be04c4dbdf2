//! Where records lie. It counts room as localStorage does, one unit a byte of name and value.

use std::cell::RefCell;
use std::collections::BTreeMap;

use mqtt_mooring::client::Client;
use mqtt_mooring::codec::Version;
use mqtt_mooring::session::journal::{Change, RecordName};
use mqtt_mooring::storage::StorageError;

use super::view::View;
use crate::support::ID;

/// By name.
type Records = BTreeMap<String, Vec<u8>>;

/// A store of records.
#[derive(Clone, Debug, Default)]
pub(crate) struct Disk {
    pub(crate) records: Records,
    /// How much goes in, names and values together.
    pub(crate) quota: Option<usize>,
    /// Every change fails with this.
    pub(crate) broken: Option<StorageError>,
    /// What was put aside because it could not be read.
    pub(crate) quarantined: BTreeMap<String, Vec<u8>>,
    /// Every change that was made, by name: `+` put, `-` removed.
    pub(crate) log: Vec<String>,
    /// What was last looked at, and how that looked: it is looked at more often than it changes.
    seen: RefCell<Option<(Records, View)>>,
}

impl Disk {
    /// Makes one change, whole or not at all.
    pub(crate) fn apply(&mut self, change: &Change) -> Result<(), StorageError> {
        if let Some(error) = self.broken {
            return Err(error);
        }
        match change {
            Change::Put { name, record } => {
                let name = name.to_string();
                let before = self.records.get(&name).map_or(0, |r| r.len() + name.len());
                let needed = name.len() + record.len();
                if let Some(quota) = self.quota
                    && self.used() - before + needed > quota
                {
                    return Err(StorageError::Full { needed });
                }
                // Under `i/<id>` another message of the server may come after one it has forgotten.
                if before > 0 && name.starts_with("o/") {
                    assert!(needed <= before, "{name} grew from {before} to {needed}");
                }
                self.log.push(format!("+{name}"));
                self.records.insert(name, record.clone());
            }
            Change::Remove { name } => {
                let name = name.to_string();
                self.log.push(format!("-{name}"));
                self.records.remove(&name);
            }
        }
        Ok(())
    }

    /// How much of the room is taken.
    pub(crate) fn used(&self) -> usize {
        self.records.iter().map(|(k, v)| k.len() + v.len()).sum()
    }

    /// Nothing more goes in than what is there.
    pub(crate) fn fill(&mut self) {
        self.quota = Some(self.used());
    }

    /// There is room, and nothing fails.
    pub(crate) fn heal(&mut self) {
        self.quota = None;
        self.broken = None;
    }

    /// All records, as a driver reads them.
    pub(crate) fn read(&self) -> Vec<(String, Vec<u8>)> {
        let known = self.records.iter();
        known
            .filter(|(name, _)| RecordName::parse(name).is_some())
            .map(|(name, record)| (name.clone(), record.clone()))
            .collect()
    }

    /// Puts a record aside.
    pub(crate) fn quarantine(&mut self, name: &str) {
        let record = self.records.remove(name).expect("a record to put aside");
        self.quarantined.insert(name.into(), record);
    }

    /// The names of the records of messages.
    pub(crate) fn messages(&self) -> Vec<&str> {
        let names = self.records.keys().map(String::as_str);
        names
            .filter(|name| name.starts_with("o/") || name.starts_with("i/"))
            .collect()
    }

    /// The records of messages to the server that hold `part`.
    pub(crate) fn outgoing_with(&self, part: &[u8]) -> usize {
        let outgoing = self.records.iter().filter(|(n, _)| n.starts_with("o/"));
        outgoing
            .filter(|(_, record)| record.windows(part.len()).any(|window| window == part))
            .count()
    }

    /// Changes one byte of a record.
    pub(crate) fn corrupt(&mut self, name: &str, at: usize) {
        let record = self.records.get_mut(name).expect("a record to corrupt");
        let at = at % record.len();
        record[at] ^= 0x41;
    }

    /// What a successor would find here.
    pub(crate) fn view(&self, version: Version) -> View {
        let mut seen = self.seen.borrow_mut();
        match &*seen {
            Some((records, view)) if *records == self.records => view.clone(),
            _ => {
                let mut successor = Client::new(0x5EED);
                successor
                    .recover(&self.read(), ID, version)
                    .expect("records that can be read");
                let view = View::of(&successor);
                *seen = Some((self.records.clone(), view.clone()));
                view
            }
        }
    }
}

/// CRC-32 (IEEE 802.3), by the definition: what a record ends with.
pub(crate) fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
            (crc >> 1) ^ (0xEDB8_8320 & (crc & 1).wrapping_neg())
        })
    })
}
