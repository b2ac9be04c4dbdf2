//! What the answers of a server have in common, read once for all of them: PUBACK, PUBREC, PUBREL, PUBCOMP (3.4 to 3.7),
//! SUBACK (3.9), UNSUBACK (3.11), DISCONNECT (3.14), AUTH (3.15). Must never live here: what only one of them may say.

use super::wire::Reader;
use super::{
    DecodeError, Frame, PacketId, PacketType, Properties, PropertySet, ReasonCode, Version,
};

/// An answer, whichever it is.
pub(crate) struct Answer<'a> {
    /// Of DISCONNECT and AUTH, which have none, it says nothing.
    pub(crate) packet_id: PacketId,
    /// Success where it is left out, and of SUBACK and UNSUBACK.
    pub(crate) reason: ReasonCode,
    pub(crate) properties: Properties<'a>,
    /// The reason codes of SUBACK and UNSUBACK; all others end before.
    pub(crate) codes: &'a [u8],
}

impl<'a> Answer<'a> {
    /// Reads a `packet`. In MQTT 5 the reason code may be missing, and so may the property length (3.4.2.1, 3.4.2.2.1,
    /// 3.14.2.1, 3.14.2.2.1); an AUTH that says anything has properties (3.15.2.2.2).
    pub(super) fn read(
        version: Version,
        packet: PacketType,
        set: PropertySet,
        frame: Frame<'a>,
    ) -> Result<Self, DecodeError> {
        frame.expect(packet)?;
        let mut reader = Reader::new(frame.body);
        let mut answer = Self {
            packet_id: match packet {
                PacketType::Disconnect | PacketType::Auth => PacketId::MIN,
                _ => reader.packet_id(packet)?,
            },
            reason: ReasonCode::SUCCESS,
            properties: Properties::default(),
            codes: &[],
        };
        let is_list = matches!(packet, PacketType::SubAck | PacketType::UnsubAck);
        let says_more = version == Version::V5 && !reader.is_empty();
        if says_more && !is_list {
            answer.reason = ReasonCode(reader.u8("reason code")?);
            check(packet, answer.reason)?;
        }
        if is_list || says_more && (packet == PacketType::Auth || !reader.is_empty()) {
            answer.properties = Properties::read(version, set, &mut reader)?;
        }
        if is_list {
            answer.codes = reader.rest();
        } else {
            reader.finish(packet)?;
        }
        Ok(answer)
    }
}

/// Whether MQTT 5 has this code in a `packet`.
fn check(packet: PacketType, reason: ReasonCode) -> Result<(), DecodeError> {
    match reason.is_valid_in(packet) {
        true => Ok(()),
        false => Err(DecodeError::ReasonCode {
            packet,
            code: reason.0,
        }),
    }
}
