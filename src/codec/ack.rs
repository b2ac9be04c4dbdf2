//! PUBACK, PUBREC, PUBREL, PUBCOMP (3.4 to 3.7): one shape under four names.

use super::answer::Answer;
use super::{
    DecodeError, EncodeError, Frame, PacketId, PacketType, Properties, ReasonCode, Version,
};

/// One step in the acknowledgement of a PUBLISH; which one, the packet type says.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Ack<'a> {
    /// The packet identifier of the PUBLISH `[MQTT-2.2.1-5]`.
    pub packet_id: PacketId,
    /// How it went; always success in 3.1.1, which cannot say anything else.
    pub reason: ReasonCode,
    /// MQTT 5 properties.
    pub properties: Properties<'a>,
}

impl<'a> Ack<'a> {
    /// An acknowledgement with nothing to add.
    pub fn new(packet_id: PacketId, reason: ReasonCode) -> Self {
        Self {
            packet_id,
            reason,
            properties: Properties::default(),
        }
    }

    /// Reads a `packet`, one of PUBACK, PUBREC, PUBREL, PUBCOMP. In MQTT 5 the reason code may be
    /// missing, and so may the property length (3.4.2.1, 3.4.2.2.1).
    pub fn decode(
        version: Version,
        packet: PacketType,
        frame: Frame<'a>,
    ) -> Result<Self, DecodeError> {
        if !is_acknowledgement(packet) {
            return Err(DecodeError::UnexpectedPacketType {
                expected: PacketType::PubAck,
                found: packet,
            });
        }
        let answer = Answer::read(version, packet, frame)?;
        Ok(Self {
            packet_id: answer.packet_id,
            reason: answer.reason,
            properties: answer.properties,
        })
    }

    /// Appends the `packet` to `out` in its shortest form; on error `out` is unchanged.
    pub fn encode(
        &self,
        version: Version,
        packet: PacketType,
        out: &mut Vec<u8>,
    ) -> Result<(), EncodeError> {
        self.checked(packet)?.encode(version, packet, out)
    }

    /// How many bytes [`encode`](Self::encode) will append.
    pub fn encoded_len(&self, version: Version, packet: PacketType) -> Result<usize, EncodeError> {
        self.checked(packet)?.encoded_len(version, packet)
    }

    /// The same as an answer, unless a `packet` is no acknowledgement.
    fn checked(&self, packet: PacketType) -> Result<Answer<'a>, EncodeError> {
        match is_acknowledgement(packet) {
            true => Ok(Answer {
                properties: self.properties,
                ..Answer::new(self.packet_id, self.reason)
            }),
            false => Err(EncodeError::NotAnAcknowledgement(packet)),
        }
    }
}

const fn is_acknowledgement(packet: PacketType) -> bool {
    matches!(
        packet,
        PacketType::PubAck | PacketType::PubRec | PacketType::PubRel | PacketType::PubComp
    )
}
