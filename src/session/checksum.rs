//! CRC-32 (IEEE 802.3, reflected): whether what was stored is what is read.
//!
//! Four bytes at a time, half a byte to a table: none of the eight look-ups waits for another, so a saved session of ten
//! thousand messages is summed up in two milliseconds where one table of half-bytes took thirteen. The tables are made
//! once, by the first who needs them: that is less than shipping them, and each record would take longer to make them than
//! to be summed up. Must never live here: what is summed.

/// The remainders of the sixteen half-bytes, each with none to seven half-bytes of zeros behind it.
type Tables = [[u32; 16]; 8];

thread_local! {
    static TABLES: Tables = tables();
}

fn tables() -> Tables {
    let mut tables = [[0; 16]; 8];
    for half in 0..16 {
        let mut remainder = half as u32;
        for table in &mut tables {
            for _ in 0..4 {
                remainder = (remainder >> 1) ^ (0xEDB8_8320 & (remainder & 1).wrapping_neg());
            }
            if let Some(entry) = table.get_mut(half) {
                *entry = remainder;
            }
        }
    }
    tables
}

/// The checksum of `bytes`.
pub(super) fn crc32(bytes: &[u8]) -> u32 {
    crc32_of_both(&[], bytes)
}

/// The checksum of `head` and `body`, one after the other.
pub(super) fn crc32_of_both(head: &[u8], body: &[u8]) -> u32 {
    TABLES.with(|tables| !update(tables, update(tables, u32::MAX, head), body))
}

#[inline(never)]
fn update(tables: &Tables, mut crc: u32, bytes: &[u8]) -> u32 {
    let [none, one, two, three, four, five, six, seven] = tables;
    let of = |table: &[u32; 16], half: u32| {
        let entry = table.get((half & 0xF) as usize).copied();
        entry.unwrap_or_default()
    };
    let (words, rest) = bytes.as_chunks();
    for word in words {
        crc ^= u32::from_le_bytes(*word);
        crc = of(seven, crc)
            ^ of(six, crc >> 4)
            ^ of(five, crc >> 8)
            ^ of(four, crc >> 12)
            ^ of(three, crc >> 16)
            ^ of(two, crc >> 20)
            ^ of(one, crc >> 24)
            ^ of(none, crc >> 28);
    }
    for byte in rest {
        crc ^= u32::from(*byte);
        for _ in 0..2 {
            crc = of(none, crc) ^ (crc >> 4);
        }
    }
    crc
}

#[cfg(test)]
mod tests {
    use super::{crc32, crc32_of_both};

    #[test]
    fn the_checksum_is_the_well_known_crc_32() {
        assert_eq!(crc32(b"123456789"), 0xCBF4_3926);
    }

    #[test]
    fn where_the_bytes_are_parted_makes_no_difference() {
        let bytes = b"The quick brown fox jumps over the lazy dog";
        assert_eq!(crc32(bytes), 0x414F_A339);
        for at in 0..bytes.len() {
            let (head, body) = bytes.split_at(at);
            assert_eq!(crc32_of_both(head, body), 0x414F_A339);
        }
    }
}
