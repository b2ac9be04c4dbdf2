//! SUBACK (3.9) and UNSUBACK (3.11): one reason code for each filter asked about.

use super::answer::{Answer, is_sayable};
use super::wire;
use super::{
    DecodeError, EncodeError, Frame, PacketId, PacketType, Properties, PropertySet, ReasonCode,
    Version,
};

/// The answer to a SUBSCRIBE.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SubAck<'a> {
    /// The packet identifier of the SUBSCRIBE `[MQTT-2.2.1-6]`.
    pub packet_id: PacketId,
    /// MQTT 5 properties (3.9.2.1).
    pub properties: Properties<'a>,
    /// One code for each filter, in its order `[MQTT-3.9.3-1]`.
    pub codes: &'a [u8],
}

impl<'a> SubAck<'a> {
    /// The codes, with their names.
    pub fn reasons(&self) -> impl Iterator<Item = ReasonCode> + 'a {
        self.codes.iter().copied().map(ReasonCode)
    }

    /// Reads a SUBACK. 3.1.1 reserves all failures but 0x80 `[MQTT-3.9.3-2]`; they are let through
    /// as the failures they are, since servers that speak both versions send them (ejabberd: 0x8F)
    /// and the rest of the packet is sound.
    pub fn decode(version: Version, frame: Frame<'a>) -> Result<Self, DecodeError> {
        let answer = Answer::read(version, PacketType::SubAck, frame)?;
        Ok(Self {
            packet_id: answer.packet_id,
            properties: answer.properties,
            codes: answer.codes,
        })
    }

    /// Appends the packet to `out`; on error `out` is unchanged.
    pub fn encode(&self, version: Version, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        wire::start_packet(out, PacketType::SubAck.first_byte(), self.measure(version)?)?;
        wire::put_u16(out, self.packet_id.get());
        self.properties.write(version, out);
        out.extend_from_slice(self.codes);
        Ok(())
    }

    /// How many bytes [`encode`](Self::encode) will append.
    pub fn encoded_len(&self, version: Version) -> Result<usize, EncodeError> {
        wire::packet_len(self.measure(version)?)
    }

    fn measure(&self, version: Version) -> Result<usize, EncodeError> {
        measure(version, PacketType::SubAck, self.properties, self.codes)
    }
}

/// The answer to an UNSUBSCRIBE.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct UnsubAck<'a> {
    /// The packet identifier of the UNSUBSCRIBE `[MQTT-2.2.1-6]`.
    pub packet_id: PacketId,
    /// MQTT 5 properties (3.11.2.1).
    pub properties: Properties<'a>,
    /// One code for each filter, in its order `[MQTT-3.11.3-1]`; none in 3.1.1, which only says
    /// "done".
    pub codes: &'a [u8],
}

impl<'a> UnsubAck<'a> {
    /// The codes, with their names.
    pub fn reasons(&self) -> impl Iterator<Item = ReasonCode> + 'a {
        self.codes.iter().copied().map(ReasonCode)
    }

    /// Reads an UNSUBACK.
    pub fn decode(version: Version, frame: Frame<'a>) -> Result<Self, DecodeError> {
        let answer = Answer::read(version, PacketType::UnsubAck, frame)?;
        Ok(Self {
            packet_id: answer.packet_id,
            properties: answer.properties,
            codes: answer.codes,
        })
    }

    /// Appends the packet to `out`; on error `out` is unchanged.
    pub fn encode(&self, version: Version, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        wire::start_packet(
            out,
            PacketType::UnsubAck.first_byte(),
            self.measure(version)?,
        )?;
        wire::put_u16(out, self.packet_id.get());
        self.properties.write(version, out);
        out.extend_from_slice(self.codes);
        Ok(())
    }

    /// How many bytes [`encode`](Self::encode) will append.
    pub fn encoded_len(&self, version: Version) -> Result<usize, EncodeError> {
        wire::packet_len(self.measure(version)?)
    }

    fn measure(&self, version: Version) -> Result<usize, EncodeError> {
        measure(version, PacketType::UnsubAck, self.properties, self.codes)
    }
}

fn measure(
    version: Version,
    packet: PacketType,
    properties: Properties<'_>,
    codes: &[u8],
) -> Result<usize, EncodeError> {
    let (set, has_codes) = match packet {
        PacketType::SubAck => (PropertySet::SubAck, true),
        _ => (PropertySet::UnsubAck, version == Version::V5),
    };
    if has_codes && codes.is_empty() {
        return Err(EncodeError::EmptyList(packet));
    }
    let mut reasons = codes.iter().copied().map(ReasonCode);
    if let Some(code) = reasons.find(|code| !is_sayable(version, packet, *code)) {
        return Err(EncodeError::ReasonCode { packet, code });
    }
    Ok(2 + properties.measure(version, set)? + codes.len())
}
