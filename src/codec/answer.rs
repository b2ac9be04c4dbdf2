//! What the answers of either side have in common, read and written once for all of them: PUBACK, PUBREC, PUBREL, PUBCOMP
//! (3.4 to 3.7), SUBACK (3.9), UNSUBACK (3.11), DISCONNECT (3.14), AUTH (3.15). What each of them may say is a question to
//! [`ReasonCode::is_valid_in`] and the table of properties.

use super::wire::{self, Reader};
use super::{
    DecodeError, EncodeError, Frame, PacketId, PacketType, Properties, Property, PropertySet,
    ReasonCode, Version,
};

/// An answer, whichever it is.
#[derive(Clone, Copy)]
pub(crate) struct Answer<'a> {
    /// Of DISCONNECT and AUTH, which have none, it says nothing.
    pub(crate) packet_id: PacketId,
    /// Success where it is left out, and of SUBACK and UNSUBACK.
    pub(crate) reason: ReasonCode,
    pub(crate) properties: Properties<'a>,
    /// The reason codes of SUBACK and UNSUBACK; all others have none.
    pub(crate) codes: &'a [u8],
}

impl<'a> Answer<'a> {
    /// One that says nothing but this.
    pub(crate) fn new(packet_id: PacketId, reason: ReasonCode) -> Self {
        Self {
            packet_id,
            reason,
            properties: Properties::default(),
            codes: &[],
        }
    }

    /// Reads a `packet`. In MQTT 5 the reason code may be missing, and so may the property length (3.4.2.1, 3.4.2.2.1,
    /// 3.14.2.1, 3.14.2.2.1); an AUTH that says anything has properties (3.15.2.2.2).
    pub(crate) fn read(
        version: Version,
        packet: PacketType,
        frame: Frame<'a>,
    ) -> Result<Self, DecodeError> {
        frame.expect(packet)?;
        if is_too_new(version, packet) {
            return Err(DecodeError::PacketTypeNotInVersion(packet));
        }
        let mut reader = Reader::new(frame.body);
        let id = match has_id(packet) {
            true => reader.packet_id(packet)?,
            false => PacketId::MIN,
        };
        let mut answer = Self::new(id, ReasonCode::SUCCESS);
        let is_list = is_list(packet);
        let says_more = version == Version::V5 && !reader.is_empty();
        if says_more && !is_list {
            let code = reader.take(1, "reason code")?;
            check_codes(version, packet, code)?;
            answer.reason = ReasonCode(code.first().copied().unwrap_or_default());
        }
        if is_list || says_more && (packet == PacketType::Auth || !reader.is_empty()) {
            answer.properties = Properties::read(version, property_set(packet), &mut reader)?;
        }
        if has_codes(version, packet) {
            answer.codes = reader.rest();
            if answer.codes.is_empty() {
                return Err(DecodeError::EmptyList(packet));
            }
            check_codes(version, packet, answer.codes)?;
        } else {
            reader.finish(packet)?;
        }
        match answer.lacks_method(packet) {
            true => Err(DecodeError::MissingAuthenticationMethod),
            false => Ok(answer),
        }
    }

    /// Appends it as a `packet`, which is no list, to `out`, in its shortest form; on error `out` is unchanged.
    pub(crate) fn encode(
        &self,
        version: Version,
        packet: PacketType,
        out: &mut Vec<u8>,
    ) -> Result<(), EncodeError> {
        let remaining = self.measure(version, packet)?;
        wire::start_packet(out, packet.first_byte(), remaining)?;
        let end = out.len() + remaining;
        if has_id(packet) {
            wire::put_u16(out, self.packet_id.get());
        }
        if out.len() < end {
            out.push(self.reason.0);
        }
        if out.len() < end {
            self.properties.write(version, out);
        }
        Ok(())
    }

    /// How many bytes [`encode`](Self::encode) will append.
    pub(crate) fn encoded_len(
        &self,
        version: Version,
        packet: PacketType,
    ) -> Result<usize, EncodeError> {
        wire::packet_len(self.measure(version, packet)?)
    }

    fn measure(&self, version: Version, packet: PacketType) -> Result<usize, EncodeError> {
        if is_too_new(version, packet) {
            return Err(EncodeError::PacketTypeNotInVersion(packet));
        }
        let set = property_set(packet);
        let properties = self.properties.measure(version, set)?;
        let code = self.reason;
        if !is_sayable(version, packet, code) {
            return Err(EncodeError::ReasonCode { packet, code });
        }
        if self.lacks_method(packet) {
            return Err(EncodeError::Properties(set));
        }
        let id = 2 * usize::from(has_id(packet));
        Ok(match (self.reason, self.properties.is_empty()) {
            (ReasonCode::SUCCESS, true) => id,
            (_, true) => id + 1,
            (_, false) => id + 1 + properties,
        })
    }

    /// Whether it is an AUTH that says something, and not by which method (3.15.2.2.2).
    fn lacks_method(&self, packet: PacketType) -> bool {
        let is_bare_success = self.reason == ReasonCode::SUCCESS && self.properties.is_empty();
        let is_method = |property| matches!(property, Property::AuthenticationMethod(_));
        packet == PacketType::Auth && !is_bare_success && !self.properties.iter().any(is_method)
    }
}

/// Makes sure that all `codes` are such that this version has in a `packet`.
fn check_codes(version: Version, packet: PacketType, codes: &[u8]) -> Result<(), DecodeError> {
    for code in codes.iter().copied() {
        if !is_sayable(version, packet, ReasonCode(code)) {
            return Err(DecodeError::ReasonCode { packet, code });
        }
    }
    Ok(())
}

/// Whether this version has this code in a `packet`.
pub(super) fn is_sayable(version: Version, packet: PacketType, code: ReasonCode) -> bool {
    match (version, packet) {
        (Version::V5, _) => code.is_valid_in(packet),
        // More than there is in the specification: see `SubAck::decode`.
        (Version::V311, PacketType::SubAck) => code.0 <= 2 || code.is_failure(),
        (Version::V311, PacketType::UnsubAck) => false,
        (Version::V311, _) => code == ReasonCode::SUCCESS,
    }
}

/// Whether 3.1.1 has no such packet.
fn is_too_new(version: Version, packet: PacketType) -> bool {
    version == Version::V311 && packet == PacketType::Auth
}

fn has_id(packet: PacketType) -> bool {
    !matches!(packet, PacketType::Disconnect | PacketType::Auth)
}

/// Whether it has a reason code for each filter that was asked about, and none of its own.
fn is_list(packet: PacketType) -> bool {
    matches!(packet, PacketType::SubAck | PacketType::UnsubAck)
}

/// Whether there are codes in such a list: the UNSUBACK of 3.1.1 only says "done".
fn has_codes(version: Version, packet: PacketType) -> bool {
    is_list(packet) && (version == Version::V5 || packet == PacketType::SubAck)
}

/// Where the properties of such a `packet` stand.
pub(crate) const fn property_set(packet: PacketType) -> PropertySet {
    match packet {
        PacketType::PubAck => PropertySet::PubAck,
        PacketType::PubRec => PropertySet::PubRec,
        PacketType::PubRel => PropertySet::PubRel,
        PacketType::PubComp => PropertySet::PubComp,
        PacketType::SubAck => PropertySet::SubAck,
        PacketType::UnsubAck => PropertySet::UnsubAck,
        PacketType::Disconnect => PropertySet::Disconnect,
        _ => PropertySet::Auth,
    }
}
