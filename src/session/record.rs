//! Fields of a stored record: written one after another, read back strictly.
//!
//! Lives here: the binary vocabulary (numbers, byte strings, text) shared by everything that is
//! stored. Every read says which field it was for, so that a bad record is reported by what is wrong
//! in it. Must never live here: what the fields mean.

use super::snapshot_error::SnapshotError;
use crate::codec::PacketId;

/// The largest number that is counted on from.
pub(super) const COUNTER_MAX: u64 = u64::MAX / 2;

/// Appends fields to a byte string.
#[derive(Default)]
pub(super) struct Writer(pub(super) Vec<u8>);

impl Writer {
    pub(super) fn byte(&mut self, value: u8) {
        self.0.push(value);
    }

    /// A number in seven-bit groups, least significant first; the high bit says that more follow.
    pub(super) fn number(&mut self, mut value: u64) {
        while value > 0x7F {
            self.0.push((value & 0x7F) as u8 | 0x80);
            value >>= 7;
        }
        self.0.push(value as u8);
    }

    pub(super) fn bytes(&mut self, value: &[u8]) {
        self.number(value.len() as u64);
        self.0.extend_from_slice(value);
    }

    /// A number that takes the same room whatever it is.
    pub(super) fn fixed16(&mut self, value: u16) {
        self.0.extend_from_slice(&value.to_be_bytes());
    }

    /// A number that takes the same room whatever it is.
    pub(super) fn fixed64(&mut self, value: u64) {
        self.0.extend_from_slice(&value.to_be_bytes());
    }

    /// An optional number: 0 stands for none, so values move up by one.
    pub(super) fn optional(&mut self, value: Option<u64>) {
        self.number(value.map_or(0, |n| n.saturating_add(1)));
    }
}

/// Takes fields off a byte string.
///
/// The first fault is kept, and what is read after it is nothing: zeros and empty strings. So whoever reads asks once, at
/// the [end](Self::end), and takes nothing over before.
pub(super) struct Reader<'a> {
    rest: &'a [u8],
    fault: Option<SnapshotError>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self {
            rest: bytes,
            fault: None,
        }
    }

    /// Whether there is anything left to be read.
    pub(super) fn has_more(&self) -> bool {
        !self.rest.is_empty()
    }

    fn refuse(&mut self, error: SnapshotError) {
        self.rest = &[];
        self.fault.get_or_insert(error);
    }

    /// `field` has a value that no session has, unless this one `is_right`. A call, and not inlined: there are some forty.
    #[inline(never)]
    pub(super) fn check(&mut self, is_right: bool, field: &'static str) {
        if !is_right {
            self.refuse(SnapshotError::Invalid { field });
        }
    }

    #[inline(never)]
    fn take(&mut self, length: usize, field: &'static str) -> &'a [u8] {
        match self.rest.split_at_checked(length) {
            Some((value, rest)) => {
                self.rest = rest;
                value
            }
            None => {
                self.refuse(SnapshotError::Truncated { field });
                &[]
            }
        }
    }

    fn fixed(&mut self, length: usize, field: &'static str) -> u64 {
        let bytes = self.take(length, field).iter();
        bytes.fold(0, |number, byte| number << 8 | u64::from(*byte))
    }

    pub(super) fn byte(&mut self, field: &'static str) -> u8 {
        self.fixed(1, field) as u8
    }

    pub(super) fn fixed16(&mut self, field: &'static str) -> u16 {
        self.fixed(2, field) as u16
    }

    pub(super) fn fixed64(&mut self, field: &'static str) -> u64 {
        self.fixed(8, field)
    }

    pub(super) fn number(&mut self, field: &'static str) -> u64 {
        let mut value = 0u64;
        for shift in (0..64).step_by(7) {
            let byte = self.byte(field);
            let group = u64::from(byte & 0x7F);
            if group << shift >> shift != group {
                break;
            }
            value |= group << shift;
            if byte & 0x80 == 0 {
                return value;
            }
        }
        self.check(false, field);
        0
    }

    pub(super) fn number_up_to(&mut self, most: u64, field: &'static str) -> u64 {
        let number = self.number(field);
        self.check(number <= most, field);
        number
    }

    /// A number that is counted on from: no session lives long enough for half of all there are.
    pub(super) fn counter(&mut self, field: &'static str) -> u64 {
        self.number_up_to(COUNTER_MAX, field)
    }

    pub(super) fn packet_id(&mut self, field: &'static str) -> PacketId {
        let id = PacketId::new(self.number_up_to(u16::MAX.into(), field) as u16);
        self.check(id.is_some(), field);
        id.unwrap_or(PacketId::MIN)
    }

    pub(super) fn bytes(&mut self, field: &'static str) -> &'a [u8] {
        let length = usize::try_from(self.number(field));
        self.take(length.unwrap_or(usize::MAX), field)
    }

    pub(super) fn text(&mut self, field: &'static str) -> &'a str {
        let text = std::str::from_utf8(self.bytes(field));
        self.check(text.is_ok(), field);
        text.unwrap_or_default()
    }

    pub(super) fn optional(&mut self, field: &'static str) -> Option<u64> {
        self.number(field).checked_sub(1)
    }

    /// How many entries of at least one byte follow: never more than there are bytes left, so a
    /// forged count cannot make the reader run or allocate beyond its input.
    pub(super) fn count(&mut self, field: &'static str) -> usize {
        match usize::try_from(self.number(field)) {
            Ok(count) if count <= self.rest.len() => count,
            _ => {
                self.refuse(SnapshotError::Truncated { field });
                0
            }
        }
    }

    /// Counts down how many entries are `left`; false when there is none, or none that can be read.
    pub(super) fn another(&self, left: &mut usize) -> bool {
        match left.checked_sub(1) {
            Some(fewer) if self.fault.is_none() => {
                *left = fewer;
                true
            }
            _ => false,
        }
    }

    /// What was wrong until here, if anything was.
    pub(super) fn so_far(&self) -> Result<(), SnapshotError> {
        self.fault.map_or(Ok(()), Err)
    }

    /// What was wrong, if anything was.
    pub(super) fn end(mut self) -> Result<(), SnapshotError> {
        self.check(self.rest.is_empty(), "end of session");
        self.so_far()
    }
}
