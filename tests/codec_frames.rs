//! A stream of chunks becomes a sequence of frames, with bounded memory and without needless
//! copies.
#![cfg(not(target_arch = "wasm32"))]

mod codec_support;

use codec_support::hex;
use mqtt_mooring::codec::{DecodeError, Frame, PacketType, Publish, ReasonCode, Splitter, Version};

/// Feeds the chunks and collects what comes out, as first byte and body.
fn split(splitter: &mut Splitter, chunks: &[&[u8]]) -> Result<Vec<(u8, Vec<u8>)>, DecodeError> {
    let mut frames = Vec::new();
    for chunk in chunks {
        let mut chunk = *chunk;
        while let Some(frame) = splitter.next(&mut chunk)? {
            frames.push((frame.header, frame.body.to_vec()));
        }
        assert!(chunk.is_empty(), "None means that the chunk is used up");
    }
    Ok(frames)
}

/// A PUBLISH at QoS 0 to "t" with that many bytes of payload.
fn publish(payload: usize) -> Vec<u8> {
    let mut out = Vec::new();
    let payload = vec![0x55; payload];
    let packet = Publish {
        dup: false,
        qos: Default::default(),
        retain: false,
        topic: "t",
        packet_id: None,
        properties: Default::default(),
        payload: &payload,
    };
    packet.encode(Version::V311, &mut out).unwrap();
    out
}

#[test]
fn many_packets_in_one_chunk_come_out_one_by_one() {
    let chunk = hex("d0 00  40 02 00 01  d0 00");
    let frames = split(&mut Splitter::default(), &[&chunk]).unwrap();
    assert_eq!(frames, [(0xD0, vec![]), (0x40, vec![0, 1]), (0xD0, vec![])]);
}

#[test]
fn packets_survive_any_single_cut() {
    let stream = [
        hex("d0 00"),
        publish(200),
        hex("40 02 00 01"),
        publish(20_000),
        hex("d0 00"),
    ]
    .concat();
    let whole = split(&mut Splitter::default(), &[&stream]).unwrap();
    assert_eq!(whole.len(), 5);
    for cut in (0..300).chain(stream.len() - 10..stream.len()) {
        let (before, after) = stream.split_at(cut);
        assert_eq!(
            split(&mut Splitter::default(), &[before, after]).unwrap(),
            whole,
            "cut at {cut}"
        );
    }
}

#[test]
fn packets_survive_one_byte_at_a_time() {
    let stream = [
        hex("d0 00"),
        publish(200),
        publish(20_000),
        hex("40 02 00 01"),
    ]
    .concat();
    let bytes: Vec<&[u8]> = stream.chunks(1).collect();
    let whole = split(&mut Splitter::default(), &[&stream]).unwrap();
    assert_eq!(split(&mut Splitter::default(), &bytes).unwrap(), whole);
}

#[test]
fn a_packet_wholly_in_a_chunk_is_not_copied() {
    // The first packet ends in this chunk, the second lies wholly in it.
    let (first, second) = (publish(5), publish(7));
    let stream = [first.clone(), second].concat();
    let (mut begun, mut chunk) = stream.split_at(3);
    let mut splitter = Splitter::default();
    assert_eq!(splitter.next(&mut begun), Ok(None));
    let carried = splitter.next(&mut chunk).unwrap().unwrap();
    assert_eq!(carried.body, &first[2..]);

    let frame = splitter.next(&mut chunk).unwrap().unwrap();
    let packet = Publish::decode(Version::V311, frame).unwrap();
    assert_eq!(
        packet.payload.as_ptr(),
        stream[stream.len() - 7..].as_ptr(),
        "payload is not borrowed"
    );
    assert_eq!(
        packet.topic.as_ptr(),
        stream[first.len() + 4..].as_ptr(),
        "topic is not borrowed"
    );
}

#[test]
fn a_packet_of_exactly_the_maximum_passes_and_one_byte_more_does_not() {
    let packet = publish(100);
    let size = packet.len() as u32;
    assert_eq!(
        split(&mut Splitter::new(size), &[&packet]).unwrap().len(),
        1
    );
    let refused = DecodeError::PacketTooLarge {
        size,
        maximum: size - 1,
    };
    assert_eq!(
        split(&mut Splitter::new(size - 1), &[&packet]),
        Err(refused)
    );
    assert_eq!(refused.reason_code(), ReasonCode::PACKET_TOO_LARGE);
}

#[test]
fn a_packet_too_large_is_refused_by_its_header_alone() {
    let mut splitter = Splitter::default();
    splitter.set_maximum_packet_size(1000);
    let header: [&[u8]; 4] = [&[0x30], &[0xFF], &[0xFF], &[0x7F]];
    let refused = DecodeError::PacketTooLarge {
        size: 2_097_151 + 4,
        maximum: 1000,
    };
    assert_eq!(split(&mut splitter, &header), Err(refused));
}

#[test]
fn a_remaining_length_of_five_bytes_is_refused() {
    // [MQTT-1.5.5-1]: at most four, whether they arrive together or not.
    let refused = Err(DecodeError::VariableByteInteger("remaining length"));
    assert_eq!(
        split(&mut Splitter::default(), &[&hex("30 80 80 80 80 01")]),
        refused
    );
    assert_eq!(
        split(&mut Splitter::default(), &[&hex("30 80 80"), &hex("80 80")]),
        refused
    );
}

#[test]
fn a_remaining_length_longer_than_it_must_be_is_refused() {
    let refused = Err(DecodeError::VariableByteInteger("remaining length"));
    for stream in ["30 80 00", "30 ff 00", "30 80 80 00", "30 ff ff 80 00"] {
        assert_eq!(
            split(&mut Splitter::default(), &[&hex(stream)]),
            refused,
            "{stream}"
        );
    }
}

#[test]
fn after_a_reset_the_next_chunk_begins_a_packet() {
    let mut splitter = Splitter::default();
    split(&mut splitter, &[&hex("30 50 00 01")]).unwrap();
    splitter.reset();
    assert_eq!(
        split(&mut splitter, &[&hex("d0 00")]).unwrap(),
        [(0xD0, vec![])]
    );
}

#[test]
fn an_empty_chunk_changes_nothing() {
    let mut splitter = Splitter::default();
    assert_eq!(
        split(&mut splitter, &[&[], &[0xD0], &[], &[0x00], &[]]).unwrap(),
        [(0xD0, vec![])]
    );
}

#[test]
fn a_frame_knows_its_type_and_flags() {
    let frame = Frame {
        header: 0x3B,
        body: &[],
    };
    assert_eq!(
        (frame.packet_type(), frame.flags()),
        (Ok(PacketType::Publish), 0x0B)
    );
    assert_eq!(
        Frame {
            header: 0x0F,
            body: &[]
        }
        .packet_type(),
        Err(DecodeError::ReservedPacketType)
    );
}
