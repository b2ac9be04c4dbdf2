//! Fields of a stored record: written one after another, read back strictly.
//!
//! Lives here: the binary vocabulary (numbers, byte strings, text) shared by everything that is
//! stored. Every read says which field it was for, so that a bad record is reported by what is wrong
//! in it. Must never live here: what the fields mean.

use super::snapshot_error::SnapshotError;

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
pub(super) struct Reader<'a>(pub(super) &'a [u8]);

impl<'a> Reader<'a> {
    pub(super) fn byte(&mut self, field: &'static str) -> Result<u8, SnapshotError> {
        let (first, rest) = self
            .0
            .split_first()
            .ok_or(SnapshotError::Truncated { field })?;
        self.0 = rest;
        Ok(*first)
    }

    pub(super) fn number(&mut self, field: &'static str) -> Result<u64, SnapshotError> {
        let mut value = 0u64;
        for shift in (0..64).step_by(7) {
            let byte = self.byte(field)?;
            let group = u64::from(byte & 0x7F);
            if group << shift >> shift != group {
                break;
            }
            value |= group << shift;
            if byte & 0x80 == 0 {
                return Ok(value);
            }
        }
        Err(SnapshotError::Invalid { field })
    }

    pub(super) fn fixed16(&mut self, field: &'static str) -> Result<u16, SnapshotError> {
        Ok(u16::from_be_bytes(self.array(field)?))
    }

    pub(super) fn fixed64(&mut self, field: &'static str) -> Result<u64, SnapshotError> {
        Ok(u64::from_be_bytes(self.array(field)?))
    }

    fn array<const N: usize>(&mut self, field: &'static str) -> Result<[u8; N], SnapshotError> {
        let (value, rest) = self
            .0
            .split_first_chunk()
            .ok_or(SnapshotError::Truncated { field })?;
        self.0 = rest;
        Ok(*value)
    }

    pub(super) fn number_as<T: TryFrom<u64>>(
        &mut self,
        field: &'static str,
    ) -> Result<T, SnapshotError> {
        T::try_from(self.number(field)?).map_err(|_| SnapshotError::Invalid { field })
    }

    pub(super) fn bytes(&mut self, field: &'static str) -> Result<&'a [u8], SnapshotError> {
        let length: usize = self.number_as(field)?;
        let (value, rest) = self
            .0
            .split_at_checked(length)
            .ok_or(SnapshotError::Truncated { field })?;
        self.0 = rest;
        Ok(value)
    }

    pub(super) fn text(&mut self, field: &'static str) -> Result<&'a str, SnapshotError> {
        std::str::from_utf8(self.bytes(field)?).map_err(|_| SnapshotError::Invalid { field })
    }

    pub(super) fn optional(&mut self, field: &'static str) -> Result<Option<u64>, SnapshotError> {
        Ok(self.number(field)?.checked_sub(1))
    }

    /// How many records of at least one byte follow: never more than there are bytes left, so a
    /// forged count cannot make the reader run or allocate beyond its input.
    pub(super) fn count(&mut self, field: &'static str) -> Result<usize, SnapshotError> {
        let count: usize = self.number_as(field)?;
        if count > self.0.len() {
            return Err(SnapshotError::Truncated { field });
        }
        Ok(count)
    }

    pub(super) fn end(&self) -> Result<(), SnapshotError> {
        if self.0.is_empty() {
            Ok(())
        } else {
            Err(SnapshotError::Invalid {
                field: "end of session",
            })
        }
    }
}
