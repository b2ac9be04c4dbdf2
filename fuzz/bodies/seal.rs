//! Checksums that fit, so that what is behind them is reached. Written from the formats' description, not from the code.

const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// CRC-32 (IEEE 802.3), by the definition.
pub fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
            (crc >> 1) ^ (0xEDB8_8320 & (crc & 1).wrapping_neg())
        })
    })
}

/// The string of a saved session with this body.
pub fn session(format: u32, body: &[u8]) -> String {
    let sum = crc32(&[&format.to_be_bytes(), body].concat());
    let whole = [body, &sum.to_be_bytes()].concat();
    let mut text = format!("mooring{format}:");
    for group in whole.chunks(3) {
        let bits = group
            .iter()
            .fold(0u32, |bits, byte| bits << 8 | u32::from(*byte));
        let bits = bits << (8 * (3 - group.len()));
        for digit in 0..=group.len() {
            text.push(char::from(DIGITS[(bits >> (18 - 6 * digit)) as usize & 63]));
        }
    }
    text
}

/// A record of format 1 with this body.
pub fn record(body: &[u8]) -> Vec<u8> {
    let mut record = [&[1], body].concat();
    record.extend_from_slice(&crc32(&record).to_be_bytes());
    record
}
