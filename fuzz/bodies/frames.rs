//! The stream of a connection, cut into packets. First byte: how it is cut; second: the largest packet, in units of 4
//! bytes (0: as large as MQTT has them); then the stream.

use mqtt_mooring::codec::{DecodeError, Frame, Packet, Splitter, describe};

use super::bytes::Bytes;
use super::memory::within;
use crate::support::VERSIONS;

/// A frame of one's own.
type Whole = (u8, Vec<u8>);

pub fn run(data: &[u8]) {
    let mut bytes = Bytes(data);
    let (how, limit) = (usize::from(bytes.byte()), u32::from(bytes.byte()));
    let maximum = if limit == 0 { u32::MAX } else { 4 * limit };
    let stream = bytes.0;
    let (frames, end) = split(maximum, stream, &[stream.len()]);
    for sizes in [&[1][..], &[how + 1], &[how % 7 + 1, 1], &[1, 2, 3, 5, 8]] {
        assert_eq!(
            split(maximum, stream, sizes),
            (frames.clone(), end),
            "{sizes:?}"
        );
        // A carried packet, and at the moment it outgrows its place, the next place for it.
        within(4 * stream.len() + 64, || count(maximum, stream, sizes));
    }
    for (header, body) in &frames {
        let frame = Frame {
            header: *header,
            body,
        };
        for version in VERSIONS {
            // Of lists of filters there are lists; all else is borrowed.
            let limit = 32 * body.len() + 256;
            let _ = within(limit, || Packet::decode(version, frame).map(drop));
            let line = within(64 * body.len() + 4096, || {
                describe(version, frame).to_string()
            });
            assert!(!line.contains(['\n', '\r']), "{line}");
        }
    }
}

/// All frames, and the error after which there are no more.
fn split(maximum: u32, stream: &[u8], sizes: &[usize]) -> (Vec<Whole>, Option<DecodeError>) {
    let mut frames = Vec::new();
    let end = each(maximum, stream, sizes, |frame| {
        frames.push((frame.header, frame.body.to_vec()));
    });
    (frames, end)
}

fn count(maximum: u32, stream: &[u8], sizes: &[usize]) -> usize {
    let mut count = 0;
    each(maximum, stream, sizes, |_| count += 1);
    count
}

fn each(
    maximum: u32,
    mut stream: &[u8],
    sizes: &[usize],
    mut see: impl FnMut(Frame<'_>),
) -> Option<DecodeError> {
    let mut splitter = Splitter::new(maximum);
    for size in sizes.iter().cycle() {
        if stream.is_empty() {
            break;
        }
        let (mut chunk, rest) = stream.split_at((*size).min(stream.len()));
        stream = rest;
        loop {
            match splitter.next(&mut chunk) {
                Ok(Some(frame)) => see(frame),
                Ok(None) => break,
                Err(error) => return Some(error),
            }
        }
    }
    None
}
