//! What the codec tests share: hex, one-frame decoding, and arbitrary packets.
#![allow(dead_code)] // every test file is a crate of its own and uses its own part of this

pub(crate) mod arbitrary;
pub(crate) mod peers;

use mqtt_mooring::codec::{
    DecodeError, Frame, Packet, PacketId, Properties, Property, PropertyBuffer, Splitter, Version,
};

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

/// The bytes mean the packet, and the packet is written as these bytes.
pub(crate) fn both_ways(version: Version, bytes: &str, packet: Packet<'_>) {
    let bytes = hex(bytes);
    assert_eq!(decode(version, &bytes).as_ref(), Ok(&packet));
    assert_eq!(encode(version, &packet), bytes, "{packet:?}");
}

/// A longer form of a packet is understood too; it is written as `shortest`.
pub(crate) fn longer_form(version: Version, bytes: &str, shortest: &str) {
    let bytes = hex(bytes);
    assert_eq!(
        encode(version, &decode(version, &bytes).unwrap()),
        hex(shortest)
    );
}

/// A list of one or more properties.
pub(crate) fn list(properties: &[Property<'_>]) -> PropertyBuffer {
    let mut list = PropertyBuffer::new();
    for property in properties {
        list.push(*property).unwrap();
    }
    list
}

/// The properties of a packet that has none.
pub(crate) fn no_properties() -> Properties<'static> {
    Properties::default()
}

/// Names the variants of an error. A new one does not compile until it is listed, and then fails
/// until it is reached.
#[allow(unused_macros)] // as above
macro_rules! variants {
    ($error:ident, $name:ident, $all:ident: $($variant:ident)*) => {
        const $all: &[&str] = &[$(stringify!($variant)),*];

        fn $name(error: &$error) -> &'static str {
            match error {
                $($error::$variant { .. } => stringify!($variant),)*
            }
        }
    };
}
#[allow(unused_imports)] // as above
pub(crate) use variants;
