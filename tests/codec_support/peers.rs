//! Two other codecs, each reduced to one function: bytes in, the bytes it would write for what it
//! understood out.

use super::frame;
use mqtt_mooring::codec::{PacketType, Version};
use std::panic::catch_unwind;

/// Another implementation of the wire format.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Peer {
    /// mqttbytes 0.6: typed structs, takes whole packets.
    Mqttbytes,
    /// mqtt-protocol-core 0.7.9: takes bodies; its connection reads the fixed header, so the flags
    /// are not its concern.
    Core,
}

/// What a peer makes of one packet.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Verdict {
    /// It was understood, and would be written like this.
    Accepted(Vec<u8>),
    /// It was refused.
    Refused,
    /// The peer panicked, or understood something it could not write.
    Crashed,
}

impl Peer {
    /// Lets the peer read one packet and write it again.
    pub(crate) fn rewrite(self, version: Version, bytes: &[u8]) -> Verdict {
        let attempt = catch_unwind(|| match (self, version) {
            (Self::Mqttbytes, Version::V311) => mqttbytes_v4(bytes),
            (Self::Mqttbytes, Version::V5) => mqttbytes_v5(bytes),
            (Self::Core, _) => core(version, bytes).map_or(Verdict::Refused, Verdict::Accepted),
        });
        attempt.unwrap_or(Verdict::Crashed)
    }
}

const NO_LIMIT: usize = 1 << 30;

/// Reads with one version of mqttbytes and writes every packet that is not just a fixed header.
macro_rules! mqttbytes {
    ($name:ident, $version:ident, $out:ident, $($disconnect:tt)*) => {
        fn $name(bytes: &[u8]) -> Verdict {
            use mqttbytes::$version::{Packet, read};
            let mut stream = From::from(bytes);
            let Ok(packet) = read(&mut stream, NO_LIMIT) else {
                return Verdict::Refused;
            };
            let mut $out = From::from(&b""[..]);
            let written = match packet {
                Packet::Connect(packet) => packet.write(&mut $out),
                Packet::ConnAck(packet) => packet.write(&mut $out),
                Packet::Publish(packet) => packet.write(&mut $out),
                Packet::PubAck(packet) => packet.write(&mut $out),
                Packet::PubRec(packet) => packet.write(&mut $out),
                Packet::PubRel(packet) => packet.write(&mut $out),
                Packet::PubComp(packet) => packet.write(&mut $out),
                Packet::Subscribe(packet) => packet.write(&mut $out),
                Packet::SubAck(packet) => packet.write(&mut $out),
                Packet::Unsubscribe(packet) => packet.write(&mut $out),
                Packet::UnsubAck(packet) => packet.write(&mut $out),
                Packet::PingReq => return Verdict::Accepted(vec![0xC0, 0]),
                Packet::PingResp => return Verdict::Accepted(vec![0xD0, 0]),
                $($disconnect)*
            };
            written.map_or(Verdict::Crashed, |_| Verdict::Accepted($out.to_vec()))
        }
    };
}

mqttbytes!(mqttbytes_v4, v4, out, Packet::Disconnect => return Verdict::Accepted(vec![0xE0, 0]),);
mqttbytes!(mqttbytes_v5, v5, out, Packet::Disconnect(packet) => packet.write(&mut out),);

fn core(version: Version, bytes: &[u8]) -> Option<Vec<u8>> {
    use mqtt_protocol_core::mqtt::packet::{v3_1_1, v5_0};
    let frame = frame(bytes);
    let packet_type = frame.packet_type().ok()?;
    macro_rules! by_type {
        ($module:ident: $($packet:ident => $type:ident),*) => {
            match packet_type {
                PacketType::Publish => {
                    $module::Publish::parse(frame.flags(), frame.body.into()).ok().map(|(it, _)| it.to_continuous_buffer())
                }
                $(PacketType::$packet => $module::$type::parse(frame.body).ok().map(|(it, _)| it.to_continuous_buffer()),)*
                #[allow(unreachable_patterns)] // 3.1.1 has no AUTH
                _ => None,
            }
        };
    }
    match version {
        Version::V311 => {
            by_type!(v3_1_1: Connect => Connect, ConnAck => Connack, PubAck => Puback, PubRec => Pubrec,
            PubRel => Pubrel, PubComp => Pubcomp, Subscribe => Subscribe, SubAck => Suback,
            Unsubscribe => Unsubscribe, UnsubAck => Unsuback, PingReq => Pingreq, PingResp => Pingresp,
            Disconnect => Disconnect)
        }
        Version::V5 => {
            by_type!(v5_0: Connect => Connect, ConnAck => Connack, PubAck => Puback, PubRec => Pubrec,
            PubRel => Pubrel, PubComp => Pubcomp, Subscribe => Subscribe, SubAck => Suback,
            Unsubscribe => Unsubscribe, UnsubAck => Unsuback, PingReq => Pingreq, PingResp => Pingresp,
            Disconnect => Disconnect, Auth => Auth)
        }
    }
}
