//! The text around a saved session: `mooring1:` and base64url of the body with its checksum.
//!
//! The text survives JSON, files, URLs and clipboards. It says by itself what it is (the magic word),
//! how it is to be read (the format number) and whether it is whole (a CRC-32 over format and body).
//! Must never live here: what the body says.

use super::checksum::crc32;
use super::snapshot_error::SnapshotError;

const MAGIC: &str = "mooring";
const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// The text of `body` in format number `format`.
pub(super) fn seal(format: u32, body: &[u8]) -> String {
    let mut text = String::with_capacity(MAGIC.len() + 4 + (body.len() + 4).div_ceil(3) * 4);
    text.push_str(MAGIC);
    push_decimal(format, &mut text);
    text.push(':');
    let sum = checksum(format, body).to_be_bytes();
    let mut pending = 0u32;
    let mut bits = 0;
    for byte in body.iter().chain(&sum) {
        pending = pending << 8 | u32::from(*byte);
        bits += 8;
        while bits >= 6 {
            bits -= 6;
            text.push(digit(pending >> bits));
        }
    }
    if bits > 0 {
        text.push(digit(pending << (6 - bits)));
    }
    text
}

/// The body of `text`, which must be whole and of a format up to `newest`.
pub(super) fn open(text: &str, newest: u32) -> Result<(u32, Vec<u8>), SnapshotError> {
    let (format, encoded) = text
        .trim_ascii()
        .strip_prefix(MAGIC)
        .and_then(|rest| rest.split_once(':'))
        .ok_or(SnapshotError::NotASession)?;
    // As it is written, and in no other way: no sign, no zeros in front.
    if format.starts_with('0') || !format.bytes().all(|b| b.is_ascii_digit()) {
        return Err(SnapshotError::NotASession);
    }
    let format: u32 = format.parse().map_err(|_| SnapshotError::NotASession)?;
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

fn decode(encoded: &[u8]) -> Result<Vec<u8>, SnapshotError> {
    let mut bytes = Vec::with_capacity(encoded.len() / 4 * 3 + 3);
    let mut pending = 0u32;
    let mut bits = 0;
    for character in encoded {
        let value = match character {
            b'A'..=b'Z' => character - b'A',
            b'a'..=b'z' => character - b'a' + 26,
            b'0'..=b'9' => character - b'0' + 52,
            b'-' => 62,
            b'_' => 63,
            _ => return Err(SnapshotError::BadCharacter),
        };
        pending = pending << 6 | u32::from(value);
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            bytes.push((pending >> bits) as u8);
        }
    }
    // What is left over must be padding: fewer than six bits, all zero.
    if bits >= 6 || pending & ((1 << bits) - 1) != 0 {
        return Err(SnapshotError::Checksum);
    }
    Ok(bytes)
}

fn digit(value: u32) -> char {
    ALPHABET
        .get((value & 63) as usize)
        .map_or('A', |digit| char::from(*digit))
}

fn push_decimal(number: u32, text: &mut String) {
    if number > 9 {
        push_decimal(number / 10, text);
    }
    text.push(char::from(b'0' + (number % 10) as u8));
}

/// Over the format number and the body.
fn checksum(format: u32, body: &[u8]) -> u32 {
    crc32(format.to_be_bytes().iter().chain(body))
}

#[cfg(test)]
#[allow(clippy::indexing_slicing)]
mod tests {
    use super::*;

    #[test]
    fn a_body_of_every_length_comes_back_as_it_was() {
        let body: Vec<u8> = (0..=255).collect();
        for length in 0..body.len() {
            let text = seal(1, &body[..length]);
            assert_eq!(open(&text, 1), Ok((1, body[..length].to_vec())));
        }
    }

    #[test]
    fn the_checksum_is_the_well_known_crc_32() {
        // CRC-32 of four zero bytes (format 0) followed by "123456789", by zlib.
        assert_eq!(checksum(0, b"123456789"), 0x2289_6B0A);
    }
}
