//! Data as it lies in the bytes (1.5): integers, strings, binary data, variable byte integers.
//!
//! Every read is checked and names the field it was reading, so that no other room touches an
//! index. Writes come in two halves: `measure_*` refuses what cannot be sent, `put_*` writes what
//! was measured.

use super::{DecodeError, EncodeError, PacketId, PacketType};
use crate::text::has;

/// The largest variable byte integer, and so the largest Remaining Length (table 1-1).
pub(super) const VARINT_MAX: u32 = 268_435_455;

/// A position in a packet's bytes, moving forward.
#[derive(Clone, Copy)]
pub(super) struct Reader<'a> {
    bytes: &'a [u8],
}

impl<'a> Reader<'a> {
    pub(super) const fn new(bytes: &'a [u8]) -> Self {
        Self { bytes }
    }

    pub(super) const fn is_empty(self) -> bool {
        self.bytes.is_empty()
    }

    /// All that is left.
    pub(super) const fn rest(self) -> &'a [u8] {
        self.bytes
    }

    /// Says that the packet ends here.
    pub(super) const fn finish(self, packet: PacketType) -> Result<(), DecodeError> {
        if self.bytes.is_empty() {
            Ok(())
        } else {
            Err(DecodeError::TrailingBytes(packet))
        }
    }

    pub(super) fn take(
        &mut self,
        len: usize,
        field: &'static str,
    ) -> Result<&'a [u8], DecodeError> {
        let (taken, rest) = self
            .bytes
            .split_at_checked(len)
            .ok_or(DecodeError::Truncated(field))?;
        self.bytes = rest;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self, field: &'static str) -> Result<[u8; N], DecodeError> {
        let (taken, rest) = self
            .bytes
            .split_first_chunk()
            .ok_or(DecodeError::Truncated(field))?;
        self.bytes = rest;
        Ok(*taken)
    }

    pub(super) fn u8(&mut self, field: &'static str) -> Result<u8, DecodeError> {
        self.array::<1>(field).map(|[byte]| byte)
    }

    /// Two Byte Integer (1.5.2).
    pub(super) fn u16(&mut self, field: &'static str) -> Result<u16, DecodeError> {
        self.array(field).map(u16::from_be_bytes)
    }

    /// Four Byte Integer (1.5.3).
    pub(super) fn u32(&mut self, field: &'static str) -> Result<u32, DecodeError> {
        self.array(field).map(u32::from_be_bytes)
    }

    /// Variable Byte Integer (1.5.5).
    pub(super) fn varint(&mut self, field: &'static str) -> Result<u32, DecodeError> {
        let (value, len) = parse_varint(self.bytes, field)?.ok_or(DecodeError::Truncated(field))?;
        self.take(len, field)?;
        Ok(value)
    }

    /// Binary Data (1.5.6).
    pub(super) fn binary(&mut self, field: &'static str) -> Result<&'a [u8], DecodeError> {
        let len = self.u16(field)?;
        self.take(usize::from(len), field)
    }

    /// UTF-8 Encoded String (1.5.4). Non-characters and control codes are let through: they are
    /// SHOULD NOT for the sender, and closing the connection over another client's taste in topics
    /// would punish the wrong one.
    pub(super) fn string(&mut self, field: &'static str) -> Result<&'a str, DecodeError> {
        // `from_utf8` refuses surrogates [MQTT-1.5.4-1] and leaves a byte order mark in place
        // [MQTT-1.5.4-3].
        let text = core::str::from_utf8(self.binary(field)?)
            .map_err(|_| DecodeError::InvalidUtf8(field))?;
        if has(text, 0) {
            return Err(DecodeError::NullCharacter(field)); // [MQTT-1.5.4-2]
        }
        Ok(text)
    }

    /// A packet identifier, never zero `[MQTT-2.2.1-3]`.
    pub(super) fn packet_id(&mut self, packet: PacketType) -> Result<PacketId, DecodeError> {
        PacketId::new(self.u16("packet identifier")?).ok_or(DecodeError::PacketIdZero(packet))
    }
}

/// Reads a variable byte integer and its length; `None` if it goes on past the end of `bytes`.
///
/// It must be as short as its value allows `[MQTT-1.5.5-1]`, and no longer than four bytes.
pub(super) fn parse_varint(
    bytes: &[u8],
    field: &'static str,
) -> Result<Option<(u32, usize)>, DecodeError> {
    let mut value = 0;
    for (index, &byte) in bytes.iter().take(4).enumerate() {
        value |= u32::from(byte & 0x7F) << (7 * index);
        if byte & 0x80 == 0 {
            return if byte == 0 && index > 0 {
                Err(DecodeError::VariableByteInteger(field))
            } else {
                Ok(Some((value, index + 1)))
            };
        }
    }
    if bytes.len() < 4 {
        Ok(None)
    } else {
        Err(DecodeError::VariableByteInteger(field))
    }
}

/// How many bytes a variable byte integer takes (table 1-1).
pub(super) const fn varint_len(value: usize) -> usize {
    match value {
        0..=0x7F => 1,
        0x80..=0x3FFF => 2,
        0x4000..=0x1F_FFFF => 3,
        _ => 4,
    }
}

/// A flag, as its bit.
pub(super) const fn flag(set: bool, bit: u8) -> u8 {
    if set { bit } else { 0 }
}

pub(super) fn put_varint(out: &mut Vec<u8>, mut value: usize) {
    while value > 0x7F {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// The length of binary data with its prefix.
pub(super) fn measure_binary(data: &[u8], field: &'static str) -> Result<usize, EncodeError> {
    if data.len() > usize::from(u16::MAX) {
        return Err(EncodeError::TooLong(field));
    }
    Ok(2 + data.len())
}

/// The length of a string with its prefix. That it is UTF-8 the type says; U+0000 is left to refuse
/// `[MQTT-1.5.4-2]`.
pub(super) fn measure_string(text: &str, field: &'static str) -> Result<usize, EncodeError> {
    if has(text, 0) {
        return Err(EncodeError::NullCharacter(field));
    }
    measure_binary(text.as_bytes(), field)
}

pub(super) fn put_u16(out: &mut Vec<u8>, value: u16) {
    out.extend_from_slice(&value.to_be_bytes());
}

/// Writes measured binary data, or the bytes of a measured string.
pub(super) fn put_binary(out: &mut Vec<u8>, data: &[u8]) {
    put_u16(out, data.len() as u16);
    out.extend_from_slice(data);
}

/// The length of a whole packet around `remaining` bytes, if there can be one.
pub(super) fn packet_len(remaining: usize) -> Result<usize, EncodeError> {
    if remaining > VARINT_MAX as usize {
        return Err(EncodeError::PacketTooLarge);
    }
    Ok(1 + varint_len(remaining) + remaining)
}

/// Makes room for a whole packet and writes its fixed header: the last step of encoding that can
/// fail.
pub(super) fn start_packet(
    out: &mut Vec<u8>,
    first_byte: u8,
    remaining: usize,
) -> Result<(), EncodeError> {
    out.reserve(packet_len(remaining)?);
    out.push(first_byte);
    put_varint(out, remaining);
    Ok(())
}
