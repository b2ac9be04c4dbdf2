//! DISCONNECT (3.14) and AUTH (3.15): a reason and properties, with everything left out that need
//! not be said.

use super::answer::Answer;
use super::{
    DecodeError, EncodeError, Frame, PacketId, PacketType, Properties, ReasonCode, Version,
};

/// The last packet of a connection. In 3.1.1 only a client sends it, and it says nothing.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Disconnect<'a> {
    /// Why; Normal disconnection in 3.1.1, which cannot say anything else.
    pub reason: ReasonCode,
    /// MQTT 5 properties (3.14.2.2).
    pub properties: Properties<'a>,
}

impl<'a> Disconnect<'a> {
    /// A DISCONNECT with nothing to add to its reason.
    pub fn new(reason: ReasonCode) -> Self {
        Self {
            reason,
            properties: Properties::default(),
        }
    }

    /// Reads a DISCONNECT. In MQTT 5 the reason code may be missing, and so may the property length
    /// (3.14.2.1, 3.14.2.2.1).
    pub fn decode(version: Version, frame: Frame<'a>) -> Result<Self, DecodeError> {
        let answer = Answer::read(version, PacketType::Disconnect, frame)?;
        Ok(Self {
            reason: answer.reason,
            properties: answer.properties,
        })
    }

    /// Appends the packet to `out` in its shortest form; on error `out` is unchanged.
    pub fn encode(&self, version: Version, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        let answer = as_answer(self.reason, self.properties);
        answer.encode(version, PacketType::Disconnect, out)
    }

    /// How many bytes [`encode`](Self::encode) will append.
    pub fn encoded_len(&self, version: Version) -> Result<usize, EncodeError> {
        let answer = as_answer(self.reason, self.properties);
        answer.encoded_len(version, PacketType::Disconnect)
    }
}

/// A step of an authentication exchange, MQTT 5 only.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Auth<'a> {
    /// Success, Continue authentication or Re-authenticate (3.15.2.1).
    pub reason: ReasonCode,
    /// The method, which must be there, and its data (3.15.2.2).
    pub properties: Properties<'a>,
}

impl<'a> Auth<'a> {
    /// Reads an AUTH. It may be empty for a bare Success (3.15.2.1), although leaving out the
    /// method is a Protocol Error (3.15.2.2.2): the two sentences contradict each other in this one
    /// case, and the explicit one is followed.
    pub fn decode(version: Version, frame: Frame<'a>) -> Result<Self, DecodeError> {
        let answer = Answer::read(version, PacketType::Auth, frame)?;
        Ok(Self {
            reason: answer.reason,
            properties: answer.properties,
        })
    }

    /// Appends the packet to `out` in its shortest form; on error `out` is unchanged.
    pub fn encode(&self, version: Version, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        let answer = as_answer(self.reason, self.properties);
        answer.encode(version, PacketType::Auth, out)
    }

    /// How many bytes [`encode`](Self::encode) will append.
    pub fn encoded_len(&self, version: Version) -> Result<usize, EncodeError> {
        let answer = as_answer(self.reason, self.properties);
        answer.encoded_len(version, PacketType::Auth)
    }
}

fn as_answer(reason: ReasonCode, properties: Properties<'_>) -> Answer<'_> {
    Answer {
        properties,
        ..Answer::new(PacketId::MIN, reason)
    }
}
