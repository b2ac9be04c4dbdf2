//! Any of the fifteen packets, for those who do not know which one they hold: tests, servers,
//! tools. A client that matches on [`Frame::packet_type`] and reads only what a server may send
//! leaves the rest out of its binary.

use super::{
    Ack, Auth, ConnAck, Connect, DecodeError, Disconnect, EncodeError, Frame, PacketType, PingReq,
    PingResp, Publish, SubAck, Subscribe, UnsubAck, Unsubscribe, Version,
};

/// A control packet (2.1.2).
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Packet<'a> {
    /// Connection request.
    Connect(Connect<'a>),
    /// Connect acknowledgement.
    ConnAck(ConnAck<'a>),
    /// Publish message.
    Publish(Publish<'a>),
    /// Publish acknowledgement, QoS 1.
    PubAck(Ack<'a>),
    /// Publish received, QoS 2 part 1.
    PubRec(Ack<'a>),
    /// Publish release, QoS 2 part 2.
    PubRel(Ack<'a>),
    /// Publish complete, QoS 2 part 3.
    PubComp(Ack<'a>),
    /// Subscribe request.
    Subscribe(Subscribe<'a>),
    /// Subscribe acknowledgement.
    SubAck(SubAck<'a>),
    /// Unsubscribe request.
    Unsubscribe(Unsubscribe<'a>),
    /// Unsubscribe acknowledgement.
    UnsubAck(UnsubAck<'a>),
    /// Ping request.
    PingReq,
    /// Ping response.
    PingResp,
    /// Disconnect notification.
    Disconnect(Disconnect<'a>),
    /// Authentication exchange.
    Auth(Auth<'a>),
}

impl<'a> Packet<'a> {
    /// Reads whatever the frame holds.
    pub fn decode(version: Version, frame: Frame<'a>) -> Result<Self, DecodeError> {
        let packet = frame.packet_type()?;
        Ok(match packet {
            PacketType::Connect => Self::Connect(Connect::decode(version, frame)?),
            PacketType::ConnAck => Self::ConnAck(ConnAck::decode(version, frame)?),
            PacketType::Publish => Self::Publish(Publish::decode(version, frame)?),
            PacketType::PubAck => Self::PubAck(Ack::decode(version, packet, frame)?),
            PacketType::PubRec => Self::PubRec(Ack::decode(version, packet, frame)?),
            PacketType::PubRel => Self::PubRel(Ack::decode(version, packet, frame)?),
            PacketType::PubComp => Self::PubComp(Ack::decode(version, packet, frame)?),
            PacketType::Subscribe => Self::Subscribe(Subscribe::decode(version, frame)?),
            PacketType::SubAck => Self::SubAck(SubAck::decode(version, frame)?),
            PacketType::Unsubscribe => Self::Unsubscribe(Unsubscribe::decode(version, frame)?),
            PacketType::UnsubAck => Self::UnsubAck(UnsubAck::decode(version, frame)?),
            PacketType::PingReq => PingReq::decode(version, frame).map(|PingReq| Self::PingReq)?,
            PacketType::PingResp => {
                PingResp::decode(version, frame).map(|PingResp| Self::PingResp)?
            }
            PacketType::Disconnect => Self::Disconnect(Disconnect::decode(version, frame)?),
            PacketType::Auth => Self::Auth(Auth::decode(version, frame)?),
        })
    }

    /// Appends the packet to `out`; on error `out` is unchanged.
    pub fn encode(&self, version: Version, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        match self {
            Self::Connect(packet) => packet.encode(version, out),
            Self::ConnAck(packet) => packet.encode(version, out),
            Self::Publish(packet) => packet.encode(version, out),
            Self::PubAck(ack) | Self::PubRec(ack) | Self::PubRel(ack) | Self::PubComp(ack) => {
                ack.encode(version, self.packet_type(), out)
            }
            Self::Subscribe(packet) => packet.encode(version, out),
            Self::SubAck(packet) => packet.encode(version, out),
            Self::Unsubscribe(packet) => packet.encode(version, out),
            Self::UnsubAck(packet) => packet.encode(version, out),
            Self::PingReq => PingReq.encode(version, out),
            Self::PingResp => PingResp.encode(version, out),
            Self::Disconnect(packet) => packet.encode(version, out),
            Self::Auth(packet) => packet.encode(version, out),
        }
    }

    /// Which of the fifteen it is.
    pub const fn packet_type(&self) -> PacketType {
        match self {
            Self::Connect(_) => PacketType::Connect,
            Self::ConnAck(_) => PacketType::ConnAck,
            Self::Publish(_) => PacketType::Publish,
            Self::PubAck(_) => PacketType::PubAck,
            Self::PubRec(_) => PacketType::PubRec,
            Self::PubRel(_) => PacketType::PubRel,
            Self::PubComp(_) => PacketType::PubComp,
            Self::Subscribe(_) => PacketType::Subscribe,
            Self::SubAck(_) => PacketType::SubAck,
            Self::Unsubscribe(_) => PacketType::Unsubscribe,
            Self::UnsubAck(_) => PacketType::UnsubAck,
            Self::PingReq => PacketType::PingReq,
            Self::PingResp => PacketType::PingResp,
            Self::Disconnect(_) => PacketType::Disconnect,
            Self::Auth(_) => PacketType::Auth,
        }
    }
}
