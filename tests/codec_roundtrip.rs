//! What is encoded is decoded to the same, however the bytes are cut; what is decoded is encoded to
//! the same, whatever the bytes were.
#![cfg(not(target_arch = "wasm32"))]

mod codec_support;

use codec_support::arbitrary::sketch;
use codec_support::{encode, frame};
use mqtt_mooring::codec::{Packet, Publish, Splitter, Version};
use proptest::prelude::*;

/// Cuts the bytes into chunks of these lengths, again and again.
fn cut<'a>(mut bytes: &'a [u8], lengths: &[usize]) -> Vec<&'a [u8]> {
    let mut chunks = Vec::new();
    for &length in lengths.iter().cycle() {
        if bytes.is_empty() {
            break;
        }
        let (chunk, rest) = bytes.split_at(length.min(bytes.len()));
        chunks.push(chunk);
        bytes = rest;
    }
    chunks
}

/// Decodes whatever frames there are; those that are packets must come out the same from their own
/// encoding.
fn decode_all(version: Version, stream: &[u8]) {
    let mut splitter = Splitter::new(100_000);
    let mut chunk = stream;
    while let Ok(Some(frame_of_stream)) = splitter.next(&mut chunk) {
        if let Ok(packet) = Packet::decode(version, frame_of_stream) {
            let bytes = encode(version, &packet);
            assert_eq!(Packet::decode(version, frame(&bytes)).as_ref(), Ok(&packet));
            assert!(
                bytes.len() <= stream.len() + 1,
                "the encoder found a longer form"
            );
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn packets_come_back_from_any_fragmentation(
        sketches in prop::collection::vec(sketch(), 1..5),
        lengths in prop::collection::vec(1..40usize, 1..6),
    ) {
        let version = sketches[0].version;
        let sketches: Vec<_> = sketches.iter().filter(|sketch| sketch.version == version).collect();
        let mut stream = Vec::new();
        for sketch in &sketches {
            sketch.with(|packet| packet.encode(version, &mut stream)).unwrap();
        }
        let mut splitter = Splitter::default();
        let mut expected = sketches.iter();
        for mut chunk in cut(&stream, &lengths) {
            while let Some(frame) = splitter.next(&mut chunk).unwrap() {
                let decoded = Packet::decode(version, frame).unwrap();
                expected.next().unwrap().with(|packet| assert_eq!(decoded, packet));
            }
        }
        prop_assert!(expected.next().is_none(), "a packet is missing");
    }

    #[test]
    fn the_announced_length_is_the_length(sketch in sketch()) {
        let version = sketch.version;
        let (announced, written) = sketch.with(|packet| {
            let announced = match &packet {
                Packet::Connect(packet) => packet.encoded_len(version),
                Packet::ConnAck(packet) => packet.encoded_len(version),
                Packet::Publish(packet) => {
                    let properties = packet.properties.as_bytes().len();
                    let checked = Publish::checked_len(version, packet.qos, packet.topic, properties, packet.payload);
                    assert_eq!(checked, packet.encoded_len(version));
                    checked
                }
                Packet::PubAck(ack) | Packet::PubRec(ack) | Packet::PubRel(ack) | Packet::PubComp(ack) => {
                    ack.encoded_len(version, packet.packet_type())
                }
                Packet::Subscribe(packet) => packet.encoded_len(version),
                Packet::SubAck(packet) => packet.encoded_len(version),
                Packet::Unsubscribe(packet) => packet.encoded_len(version),
                Packet::UnsubAck(packet) => packet.encoded_len(version),
                Packet::Disconnect(packet) => packet.encoded_len(version),
                Packet::Auth(packet) => packet.encoded_len(version),
                Packet::PingReq | Packet::PingResp => Ok(2),
            };
            (announced, encode(version, &packet))
        });
        prop_assert_eq!(announced, Ok(written.len()));
        prop_assert_eq!(frame(&written).body.len() + 5 >= written.len(), true);
    }

    #[test]
    fn mutated_packets_are_refused_or_stable(
        sketch in sketch(),
        mutations in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
        keep in any::<prop::sample::Index>(),
        truncate in any::<bool>(),
    ) {
        let mut bytes = sketch.with(|packet| encode(sketch.version, &packet));
        for (index, byte) in mutations {
            let at = index.index(bytes.len());
            bytes[at] = byte;
        }
        if truncate {
            bytes.truncate(keep.index(bytes.len()) + 1);
        }
        decode_all(Version::V311, &bytes);
        decode_all(Version::V5, &bytes);
    }

    #[test]
    fn arbitrary_bodies_are_refused_or_stable(
        header in any::<u8>(),
        body in prop::collection::vec(prop_oneof![Just(0u8), 0..6u8, any::<u8>()], 0..100),
    ) {
        let bytes = [&[header, body.len() as u8], &body[..]].concat();
        decode_all(Version::V311, &bytes);
        decode_all(Version::V5, &bytes);
    }
}
