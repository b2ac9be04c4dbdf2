//! The text around a saved session: `mooring1:` and base64url of the body with its checksum.
//!
//! The text survives JSON, files, URLs and clipboards. It says by itself what it is (the magic word),
//! how it is to be read (the format number) and whether it is whole (a CRC-32 over format and body).
//! Must never live here: what the body says.

use super::checksum::crc32_of_both;
use super::snapshot_error::SnapshotError;
use crate::decimal;
use crate::text;

const MAGIC: &str = "mooring";
const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// The text of `body` in format number `format`.
pub(super) fn seal(format: u32, mut body: Vec<u8>) -> String {
    let sum = checksum(format, &body).to_be_bytes();
    body.extend_from_slice(&sum);
    let mut text = MAGIC.to_owned();
    decimal::push(format.into(), &mut text);
    text.push(':');
    // All of the alphabet is ASCII.
    text += &String::from_utf8(encode(&body)).unwrap_or_default();
    text
}

/// The body of `text`, which must be whole and of a format up to `newest`.
pub(super) fn open(text: &str, newest: u32) -> Result<(u32, Vec<u8>), SnapshotError> {
    let (format, encoded) = text
        .trim_ascii()
        .strip_prefix(MAGIC)
        .and_then(|rest| text::split_once(rest, b':'))
        .ok_or(SnapshotError::NotASession)?;
    // As it is written, and in no other way: no sign, no zeros in front.
    let format = decimal::parse(format).filter(|format| *format > 0);
    let format = format.and_then(|format| u32::try_from(format).ok());
    let format = format.ok_or(SnapshotError::NotASession)?;
    if format > newest {
        return Err(SnapshotError::NewerFormat { format, newest });
    }
    let mut body = decode(encoded.as_bytes())?;
    let split = body.len().checked_sub(4).ok_or(SnapshotError::Checksum)?;
    let sum = body.split_off(split);
    if sum != checksum(format, &body).to_be_bytes() {
        return Err(SnapshotError::Checksum);
    }
    Ok((format, body))
}

/// The characters of three bytes.
fn characters([a, b, c]: [u8; 3]) -> [u8; 4] {
    let character = |value: u8| {
        let character = ALPHABET.get(usize::from(value & 63)).copied();
        character.unwrap_or_default()
    };
    [
        character(a >> 2),
        character(a << 4 | b >> 4),
        character(b << 2 | c >> 6),
        character(c),
    ]
}

/// A megabyte is nothing unusual here, so it goes by whole groups: nothing is asked or grown for each character.
fn encode(bytes: &[u8]) -> Vec<u8> {
    let (groups, rest) = bytes.as_chunks();
    let mut text = vec![0; groups.len() * 4];
    let (places, _) = text.as_chunks_mut();
    for (place, group) in places.iter_mut().zip(groups) {
        *place = characters(*group);
    }
    let (last, count) = match *rest {
        [a, b] => (characters([a, b, 0]), 3),
        [a] => (characters([a, 0, 0]), 2),
        _ => ([0; 4], 0),
    };
    text.extend_from_slice(last.get(..count).unwrap_or_default());
    text
}

/// In place of the value of a character that has none. No value has the high bit.
const NO_VALUE: u8 = 0xFF;

fn values() -> [u8; 256] {
    let mut values = [NO_VALUE; 256];
    for (value, character) in (0..).zip(ALPHABET) {
        if let Some(place) = values.get_mut(usize::from(*character)) {
            *place = value;
        }
    }
    values
}

/// The bytes of these characters go to `places`; returns all their values, laid over each other.
///
/// No arrays, and no array's methods: what is small enough to be shipped keeps those in memory, and takes twice as long.
#[inline(never)]
fn decode_groups(groups: &[[u8; 4]], places: &mut [[u8; 3]]) -> u8 {
    let values = values();
    let value = |character: &u8| {
        let value = values.get(usize::from(*character)).copied();
        value.unwrap_or(NO_VALUE)
    };
    let mut seen = 0;
    for (place, [a, b, c, d]) in places.iter_mut().zip(groups) {
        let (a, b, c, d) = (value(a), value(b), value(c), value(d));
        seen |= a | b | c | d;
        *place = [a << 2 | b >> 4, b << 4 | c >> 2, c << 6 | d];
    }
    seen
}

/// As [`encode`], back; that a character was none of the alphabet is noticed at the end.
fn decode(encoded: &[u8]) -> Result<Vec<u8>, SnapshotError> {
    let (groups, rest) = encoded.as_chunks();
    let mut bytes = vec![0; groups.len() * 3];
    let (places, _) = bytes.as_chunks_mut();
    let seen = decode_groups(groups, places);
    let mut characters = [b'A'; 4];
    for (place, character) in characters.iter_mut().zip(rest) {
        *place = *character;
    }
    let mut last = [[0; 3]];
    if (seen | decode_groups(&[characters], &mut last)) & 0x80 != 0 {
        return Err(SnapshotError::BadCharacter);
    }
    let [last] = last;
    // What is left over must be padding: fewer than six bits, all zero.
    let (used, padding) = last.split_at(rest.len().saturating_sub(1));
    if rest.len() == 1 || padding.iter().any(|byte| *byte != 0) {
        return Err(SnapshotError::Checksum);
    }
    bytes.extend_from_slice(used);
    Ok(bytes)
}

/// Over the format number and the body.
fn checksum(format: u32, body: &[u8]) -> u32 {
    crc32_of_both(&format.to_be_bytes(), body)
}

#[cfg(test)]
#[allow(clippy::indexing_slicing)]
mod tests {
    use super::*;

    #[test]
    fn a_body_of_every_length_comes_back_as_it_was() {
        let body: Vec<u8> = (0..=255).collect();
        for length in 0..body.len() {
            let text = seal(1, body[..length].to_vec());
            assert_eq!(open(&text, 1), Ok((1, body[..length].to_vec())));
        }
    }

    #[test]
    fn the_checksum_is_the_well_known_crc_32() {
        // CRC-32 of four zero bytes (format 0) followed by "123456789", by zlib.
        assert_eq!(checksum(0, b"123456789"), 0x2289_6B0A);
    }
}
