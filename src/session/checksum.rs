//! CRC-32 (IEEE 802.3, reflected): whether what was stored is what is read.
//!
//! Half a byte at a time: a table of 16 entries costs nothing to ship, and one of 256 would have to be made for
//! each record or take a kilobyte. Must never live here: what is summed.

/// The remainders of the sixteen half-bytes.
const TABLE: [u32; 16] = table();

const fn table() -> [u32; 16] {
    let mut table = [0; 16];
    let mut index = 0;
    while index < 16 {
        let mut entry = index as u32;
        let mut bit = 0;
        while bit < 4 {
            entry = (entry >> 1) ^ (0xEDB8_8320 & (entry & 1).wrapping_neg());
            bit += 1;
        }
        #[allow(clippy::indexing_slicing, reason = "evaluated by the compiler")]
        {
            table[index] = entry;
        }
        index += 1;
    }
    table
}

/// The checksum of `bytes`, read one after another.
pub(super) fn crc32<'a>(bytes: impl IntoIterator<Item = &'a u8>) -> u32 {
    let half = |crc: u32| {
        let entry = TABLE.get((crc & 0xF) as usize).copied();
        entry.unwrap_or_default() ^ (crc >> 4)
    };
    let sum = bytes.into_iter().fold(u32::MAX, |crc, byte| {
        let mixed = crc ^ u32::from(*byte);
        half(half(mixed))
    });
    !sum
}

#[cfg(test)]
mod tests {
    use super::crc32;

    #[test]
    fn the_checksum_is_the_well_known_crc_32() {
        assert_eq!(crc32(b"123456789"), 0xCBF4_3926);
    }
}
