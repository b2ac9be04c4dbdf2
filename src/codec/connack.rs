//! CONNACK (3.2), and the one place where the return codes of 3.1.1 meet the reason codes of 5.

use super::wire::{self, Reader};
use super::{
    DecodeError, EncodeError, Frame, PacketType, Properties, PropertySet, ReasonCode, Version,
};

const SESSION_PRESENT: u8 = 0b1;

/// The return codes of 3.1.1 (table 3.1 there), by number.
const RETURN_CODES: [ReasonCode; 6] = [
    ReasonCode::SUCCESS,
    ReasonCode::UNSUPPORTED_PROTOCOL_VERSION,
    ReasonCode::CLIENT_IDENTIFIER_NOT_VALID,
    ReasonCode::SERVER_UNAVAILABLE,
    ReasonCode::BAD_USER_NAME_OR_PASSWORD,
    ReasonCode::NOT_AUTHORIZED,
];

/// What a server that knows only 3.1.1 answers to a CONNECT of another level (`[MQTT-3.1.2-2]` of
/// 3.1.1): its own CONNACK, which is two bytes where MQTT 5 has three.
const REFUSAL_OF_V5: [u8; 2] = [0, 1];

/// The server's answer to a CONNECT.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ConnAck<'a> {
    /// The server goes on with a session it had (3.2.2.1.1).
    pub session_present: bool,
    /// Success or why not; a return code of 3.1.1 is given as the reason code that means the same.
    pub reason: ReasonCode,
    /// MQTT 5 properties (3.2.2.3).
    pub properties: Properties<'a>,
}

impl<'a> ConnAck<'a> {
    /// Reads a CONNACK. A 3.1.1 server's refusal of MQTT 5 is understood too, as Unsupported
    /// Protocol Version: it is what such a server must send, and the only way to tell it from a
    /// broken one.
    pub fn decode(version: Version, frame: Frame<'a>) -> Result<Self, DecodeError> {
        frame.expect(PacketType::ConnAck)?;
        let version = if frame.body == REFUSAL_OF_V5 {
            Version::V311
        } else {
            version
        };
        let mut reader = Reader::new(frame.body);
        let flags = reader.u8("connect acknowledge flags")?;
        if flags & !SESSION_PRESENT != 0 {
            return Err(DecodeError::ConnAckFlags(flags));
        }
        let code = reader.u8("reason code")?;
        let known = match version {
            Version::V311 => RETURN_CODES.get(usize::from(code)).copied(),
            Version::V5 => {
                Some(ReasonCode(code)).filter(|reason| reason.is_valid_in(PacketType::ConnAck))
            }
        };
        let reason = known.ok_or(DecodeError::ReasonCode {
            packet: PacketType::ConnAck,
            code,
        })?;
        let session_present = flags == SESSION_PRESENT;
        if session_present && reason != ReasonCode::SUCCESS {
            return Err(DecodeError::SessionPresentWithRefusal);
        }
        let properties = Properties::read(version, PropertySet::ConnAck, &mut reader)?;
        reader.finish(PacketType::ConnAck)?;
        Ok(Self {
            session_present,
            reason,
            properties,
        })
    }

    /// Appends the packet to `out`; on error `out` is unchanged.
    pub fn encode(&self, version: Version, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        let code = self.code(version)?;
        wire::start_packet(
            out,
            PacketType::ConnAck.first_byte(),
            self.measure(version)?,
        )?;
        out.extend_from_slice(&[u8::from(self.session_present), code]);
        self.properties.write(version, out);
        Ok(())
    }

    /// How many bytes [`encode`](Self::encode) will append.
    pub fn encoded_len(&self, version: Version) -> Result<usize, EncodeError> {
        self.code(version)?;
        wire::packet_len(self.measure(version)?)
    }

    fn measure(&self, version: Version) -> Result<usize, EncodeError> {
        if self.session_present && self.reason != ReasonCode::SUCCESS {
            return Err(EncodeError::SessionPresentWithRefusal);
        }
        Ok(2 + self.properties.measure(version, PropertySet::ConnAck)?)
    }

    /// The number this version says the reason by.
    fn code(&self, version: Version) -> Result<u8, EncodeError> {
        let code = match version {
            Version::V311 => (0..)
                .zip(RETURN_CODES)
                .find(|(_, reason)| *reason == self.reason)
                .map(|(code, _)| code),
            Version::V5 => {
                Some(self.reason.0).filter(|_| self.reason.is_valid_in(PacketType::ConnAck))
            }
        };
        code.ok_or(EncodeError::ReasonCode {
            packet: PacketType::ConnAck,
            code: self.reason,
        })
    }
}
