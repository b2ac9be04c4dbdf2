//! SUBACK (3.9) and UNSUBACK (3.11): one reason code for each filter asked about.

use super::answer::Answer;
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
        let answer = read_codes(version, PacketType::SubAck, frame)?;
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
        let answer = read_codes(version, PacketType::UnsubAck, frame)?;
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

/// Reads a `packet`, SUBACK or UNSUBACK, with codes that it may have.
pub(crate) fn read_codes<'a>(
    version: Version,
    packet: PacketType,
    frame: Frame<'a>,
) -> Result<Answer<'a>, DecodeError> {
    let answer = Answer::read(version, packet, property_set(packet), frame)?;
    match (has_codes(version, packet), answer.codes.is_empty()) {
        (false, false) => return Err(DecodeError::TrailingBytes(packet)),
        (true, true) => return Err(DecodeError::EmptyList(packet)),
        _ => {}
    }
    match unsayable(version, packet, answer.codes) {
        Some(reason) => Err(DecodeError::ReasonCode {
            packet,
            code: reason.0,
        }),
        None => Ok(answer),
    }
}

fn measure(
    version: Version,
    packet: PacketType,
    properties: Properties<'_>,
    codes: &[u8],
) -> Result<usize, EncodeError> {
    if has_codes(version, packet) && codes.is_empty() {
        return Err(EncodeError::EmptyList(packet));
    }
    if let Some(code) = unsayable(version, packet, codes) {
        return Err(EncodeError::ReasonCode { packet, code });
    }
    Ok(2 + properties.measure(version, property_set(packet))? + codes.len())
}

const fn property_set(packet: PacketType) -> PropertySet {
    match packet {
        PacketType::SubAck => PropertySet::SubAck,
        _ => PropertySet::UnsubAck,
    }
}

/// Whether there are codes in it: the UNSUBACK of 3.1.1 only says "done".
fn has_codes(version: Version, packet: PacketType) -> bool {
    version == Version::V5 || packet == PacketType::SubAck
}

/// The first code that this version does not have here.
fn unsayable(version: Version, packet: PacketType, codes: &[u8]) -> Option<ReasonCode> {
    let mut reasons = codes.iter().copied().map(ReasonCode);
    reasons.find(|reason| match (version, packet) {
        (Version::V5, _) => !reason.is_valid_in(packet),
        (Version::V311, PacketType::SubAck) => reason.0 > 2 && !reason.is_failure(),
        (Version::V311, _) => true,
    })
}
