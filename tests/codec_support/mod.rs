//! What the codec tests share: hex, one-frame decoding, and arbitrary packets.
#![allow(dead_code)] // every test file is a crate of its own and uses its own part of this

pub(crate) mod arbitrary;
pub(crate) mod peers;

use mqtt_mooring::codec::{DecodeError, Frame, Packet, PacketId, Splitter, Version};

/// Bytes from hex with spaces; what follows `;` on a line is a comment.
pub(crate) fn hex(text: &str) -> Vec<u8> {
    let code = text.lines().map(|line| line.split(';').next().unwrap());
    let digits: Vec<u8> = code
        .flat_map(str::bytes)
        .filter(|byte| !byte.is_ascii_whitespace())
        .collect();
    let pairs = digits
        .chunks(2)
        .map(|pair| std::str::from_utf8(pair).unwrap());
    pairs
        .map(|pair| u8::from_str_radix(pair, 16).unwrap())
        .collect()
}

/// The one frame that `bytes` are.
pub(crate) fn frame(bytes: &[u8]) -> Frame<'_> {
    let header = 1 + bytes[1..].iter().position(|byte| byte & 0x80 == 0).unwrap() + 1;
    Frame {
        header: bytes[0],
        body: &bytes[header..],
    }
}

/// Splits and decodes the one packet that `bytes` are.
pub(crate) fn decode(version: Version, bytes: &[u8]) -> Result<Packet<'_>, DecodeError> {
    let mut rest = bytes;
    Splitter::default()
        .next(&mut rest)?
        .expect("a whole packet");
    assert!(rest.is_empty(), "more than one packet");
    Packet::decode(version, frame(bytes))
}

/// Encodes a packet that can be.
pub(crate) fn encode(version: Version, packet: &Packet<'_>) -> Vec<u8> {
    let mut out = Vec::new();
    packet
        .encode(version, &mut out)
        .unwrap_or_else(|error| panic!("{packet:?} in {version:?}: {error}"));
    out
}

/// A packet id.
pub(crate) fn id(number: u16) -> PacketId {
    PacketId::new(number).unwrap()
}
