//! Several records in one: what a store keeps of messages that were accepted together.
//!
//! A store is slow by the call, not by the byte: a thousand messages of one turn, each under its own name, take it a
//! hundred times as long as the same bytes under forty names. A pack begins with the format's number and its kind, like
//! a record; then come the records, each with the number of its message and checked by itself, as it would be if it
//! lay alone. Must never live here: which messages lie in a pack, and when one is written.

use super::FORMAT;
use crate::session::record::{Reader, Writer};
use crate::session::snapshot_error::SnapshotError;

const KIND: u8 = b'p';
const BEGINNING: [u8; 2] = [FORMAT, KIND];

/// A pack that is being made.
pub struct Pack(Writer);

impl Default for Pack {
    fn default() -> Self {
        Self(Writer(BEGINNING.into()))
    }
}

impl std::fmt::Debug for Pack {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Pack")
    }
}

impl Pack {
    /// Adds the record of the message with this number.
    pub fn push(&mut self, seq: u64, record: &[u8]) {
        self.0.fixed64(seq);
        self.0.bytes(record);
    }

    /// What is to be stored.
    pub fn bytes(&self) -> &[u8] {
        &self.0.0
    }
}

/// Refuses a pack of a newer format: what lies in there is somebody's.
pub fn check_format(bytes: &[u8]) -> Result<(), SnapshotError> {
    match *bytes {
        [format, KIND, ..] if format > FORMAT => Err(SnapshotError::NewerFormat {
            format: format.into(),
            newest: FORMAT.into(),
        }),
        _ => Ok(()),
    }
}

/// Calls `found` with every record of a pack; false if it cannot be told apart to its end.
pub fn unpack(bytes: &[u8], found: &mut dyn FnMut(u64, &[u8])) -> bool {
    let Some(rest) = bytes.strip_prefix(&BEGINNING) else {
        return false;
    };
    let mut r = Reader::new(rest);
    while r.has_more() {
        let (seq, record) = (r.fixed64("message number"), r.bytes("record"));
        if r.so_far().is_err() {
            return false;
        }
        found(seq, record);
    }
    true
}

#[cfg(test)]
mod tests {
    use super::{FORMAT, KIND, Pack, SnapshotError, check_format, unpack};

    const RECORDS: [(u64, &[u8]); 3] = [(7, b"seven"), (8, b""), (u64::MAX, &[0xFF; 300])];

    fn read(bytes: &[u8]) -> (Vec<(u64, Vec<u8>)>, bool) {
        let mut records = Vec::new();
        let whole = unpack(bytes, &mut |seq, record| {
            records.push((seq, record.to_vec()))
        });
        (records, whole)
    }

    fn packed() -> Vec<u8> {
        let mut pack = Pack::default();
        RECORDS
            .iter()
            .for_each(|(seq, record)| pack.push(*seq, record));
        pack.bytes().to_vec()
    }

    #[test]
    fn what_was_packed_is_unpacked() {
        let records = RECORDS.map(|(seq, record)| (seq, record.to_vec()));
        assert_eq!(read(&packed()), (records.to_vec(), true));
    }

    #[test]
    fn what_is_cut_off_is_noticed_and_takes_no_other_record_with_it() {
        let packed = packed();
        let ends = [2, 16, 25];
        for length in 0..packed.len() {
            let (records, whole) = read(packed.get(..length).unwrap_or_default());
            assert_eq!(whole, ends.contains(&length), "at {length}");
            let expected = ends.iter().skip(1).filter(|end| **end <= length).count();
            assert_eq!(records.len(), expected, "at {length}");
        }
    }

    #[test]
    fn a_newer_pack_is_refused() {
        assert_eq!(check_format(&packed()), Ok(()));
        assert_eq!(check_format(b""), Ok(()));
        let error = SnapshotError::NewerFormat {
            format: u32::from(FORMAT) + 1,
            newest: FORMAT.into(),
        };
        assert_eq!(check_format(&[FORMAT + 1, KIND, 0]), Err(error));
    }

    #[test]
    fn what_is_no_pack_holds_nothing() {
        assert_eq!(read(b"\x02p and so on"), (vec![], false));
        assert_eq!(read(b""), (vec![], false));
    }
}
