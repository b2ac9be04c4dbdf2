//! PUBACK, PUBREC, PUBREL, PUBCOMP (3.4 to 3.7): one shape under four names.

use super::answer::Answer;
use super::wire;
use super::{
    DecodeError, EncodeError, Frame, PacketId, PacketType, Properties, PropertySet, ReasonCode,
    Version,
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
        let unexpected = DecodeError::UnexpectedPacketType {
            expected: PacketType::PubAck,
            found: packet,
        };
        let set = property_set(packet).ok_or(unexpected)?;
        let answer = Answer::read(version, packet, set, frame)?;
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
        let remaining = self.measure(version, packet)?;
        wire::start_packet(out, packet.first_byte(), remaining)?;
        wire::put_u16(out, self.packet_id.get());
        if remaining > 2 {
            out.push(self.reason.0);
        }
        if remaining > 3 {
            self.properties.write(version, out);
        }
        Ok(())
    }

    /// How many bytes [`encode`](Self::encode) will append.
    pub fn encoded_len(&self, version: Version, packet: PacketType) -> Result<usize, EncodeError> {
        wire::packet_len(self.measure(version, packet)?)
    }

    fn measure(&self, version: Version, packet: PacketType) -> Result<usize, EncodeError> {
        let set = property_set(packet).ok_or(EncodeError::NotAnAcknowledgement(packet))?;
        let properties = self.properties.measure(version, set)?;
        let sayable = match version {
            Version::V311 => self.reason == ReasonCode::SUCCESS,
            Version::V5 => self.reason.is_valid_in(packet),
        };
        if !sayable {
            return Err(EncodeError::ReasonCode {
                packet,
                code: self.reason,
            });
        }
        Ok(match (self.reason, self.properties.is_empty()) {
            (ReasonCode::SUCCESS, true) => 2,
            (_, true) => 3,
            (_, false) => 3 + properties,
        })
    }
}

/// Where the properties of an acknowledgement stand; `None` for all other packets.
const fn property_set(packet: PacketType) -> Option<PropertySet> {
    match packet {
        PacketType::PubAck => Some(PropertySet::PubAck),
        PacketType::PubRec => Some(PropertySet::PubRec),
        PacketType::PubRel => Some(PropertySet::PubRel),
        PacketType::PubComp => Some(PropertySet::PubComp),
        _ => None,
    }
}
