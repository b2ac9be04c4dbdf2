//! Bytes to single packets and back.

use mqtt_mooring::codec::{Packet, Splitter, Version};

/// Cuts what a peer transmits into whole packets, each still encoded.
#[derive(Default)]
pub(crate) struct Pieces {
    splitter: Splitter,
}

impl Pieces {
    /// The packets that are complete after `bytes`.
    pub(crate) fn split(&mut self, bytes: &[u8]) -> Vec<Vec<u8>> {
        let mut rest = bytes;
        let mut packets = Vec::new();
        while let Some(frame) = self.splitter.next(&mut rest).expect("a client's bytes") {
            let mut packet = vec![frame.header];
            let mut left = frame.body.len();
            loop {
                let group = (left & 0x7F) as u8;
                left >>= 7;
                packet.push(if left > 0 { group | 0x80 } else { group });
                if left == 0 {
                    break;
                }
            }
            packet.extend_from_slice(frame.body);
            packets.push(packet);
        }
        packets
    }
}

/// The bytes of `packet`.
pub(crate) fn encode(version: Version, packet: &Packet<'_>) -> Vec<u8> {
    let mut bytes = Vec::new();
    packet
        .encode(version, &mut bytes)
        .expect("a packet of the test's own");
    bytes
}

/// Reads one encoded packet and hands it to `see`.
pub(crate) fn decode<R>(version: Version, bytes: &[u8], see: impl FnOnce(Packet<'_>) -> R) -> R {
    let mut splitter = Splitter::default();
    let mut rest = bytes;
    let frame = splitter
        .next(&mut rest)
        .expect("well-formed")
        .expect("a whole packet");
    see(Packet::decode(version, frame).expect("a packet that can be read"))
}

/// Says which packet it is, for the names of cases and for traces.
pub(crate) fn name(version: Version, bytes: &[u8]) -> String {
    decode(version, bytes, |packet| match packet {
        Packet::Publish(p) => format!(
            "PUBLISH{}(q{}{})",
            if p.dup { " DUP" } else { "" },
            p.qos as u8,
            p.packet_id.map_or(String::new(), |id| format!(", id {id}")),
        ),
        Packet::PubAck(a) | Packet::PubRec(a) | Packet::PubRel(a) | Packet::PubComp(a) => {
            format!(
                "{}({}, {:#04x})",
                packet.packet_type(),
                a.packet_id,
                a.reason.0
            )
        }
        Packet::Disconnect(d) => format!("DISCONNECT({:#04x})", d.reason.0),
        other => other.packet_type().to_string(),
    })
}
