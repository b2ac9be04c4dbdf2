//! A packet. First byte: the version; second: the first byte of the fixed header; then the body.

use mqtt_mooring::codec::{Frame, Packet, Splitter};

use super::bytes::Bytes;
use super::memory::within;
use crate::support::VERSIONS;

pub fn run(data: &[u8]) {
    let mut bytes = Bytes(data);
    let version = VERSIONS[usize::from(bytes.byte() % 2)];
    let header = bytes.byte();
    let body = bytes.0;
    let frame = Frame { header, body };
    let Ok(packet) = within(32 * body.len() + 256, || Packet::decode(version, frame)) else {
        return;
    };
    let mut first = Vec::new();
    within(2 * body.len() + 64, || packet.encode(version, &mut first)).expect("it was decoded");
    assert!(first.len() <= body.len() + 6, "a longer form: {packet:?}");

    let mut rest = &first[..];
    let mut splitter = Splitter::default();
    let frame = splitter.next(&mut rest).expect("encoded").expect("whole");
    let again = Packet::decode(version, frame).expect("encoded");
    assert_eq!(again, packet);
    let mut second = Vec::new();
    again.encode(version, &mut second).expect("it was encoded");
    assert_eq!(second, first);
    assert!(rest.is_empty(), "more than one packet");
}
