//! DISCONNECT (3.14) and AUTH (3.15): a reason and properties, with everything left out that need
//! not be said.

use super::answer::Answer;
use super::wire;
use super::{
    DecodeError, EncodeError, Frame, PacketType, Properties, Property, PropertySet, ReasonCode,
    Version,
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
        let answer = Answer::read(
            version,
            PacketType::Disconnect,
            PropertySet::Disconnect,
            frame,
        )?;
        Ok(Self {
            reason: answer.reason,
            properties: answer.properties,
        })
    }

    /// Appends the packet to `out` in its shortest form; on error `out` is unchanged.
    pub fn encode(&self, version: Version, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        let remaining = self.measure(version)?;
        wire::start_packet(out, PacketType::Disconnect.first_byte(), remaining)?;
        if remaining > 0 {
            out.push(self.reason.0);
        }
        if remaining > 1 {
            self.properties.write(version, out);
        }
        Ok(())
    }

    /// How many bytes [`encode`](Self::encode) will append.
    pub fn encoded_len(&self, version: Version) -> Result<usize, EncodeError> {
        wire::packet_len(self.measure(version)?)
    }

    fn measure(&self, version: Version) -> Result<usize, EncodeError> {
        let properties = self.properties.measure(version, PropertySet::Disconnect)?;
        let sayable = match version {
            Version::V311 => self.reason == ReasonCode::NORMAL_DISCONNECTION,
            Version::V5 => self.reason.is_valid_in(PacketType::Disconnect),
        };
        if !sayable {
            return Err(EncodeError::ReasonCode {
                packet: PacketType::Disconnect,
                code: self.reason,
            });
        }
        Ok(match (self.reason, self.properties.is_empty()) {
            (ReasonCode::NORMAL_DISCONNECTION, true) => 0,
            (_, true) => 1,
            (_, false) => 1 + properties,
        })
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
        frame.expect(PacketType::Auth)?;
        if version == Version::V311 {
            return Err(DecodeError::PacketTypeNotInVersion(PacketType::Auth));
        }
        let answer = Answer::read(version, PacketType::Auth, PropertySet::Auth, frame)?;
        let auth = Self {
            reason: answer.reason,
            properties: answer.properties,
        };
        if auth.lacks_method() {
            return Err(DecodeError::MissingAuthenticationMethod);
        }
        Ok(auth)
    }

    /// Appends the packet to `out` in its shortest form; on error `out` is unchanged.
    pub fn encode(&self, version: Version, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        let remaining = self.measure(version)?;
        wire::start_packet(out, PacketType::Auth.first_byte(), remaining)?;
        if remaining > 0 {
            out.push(self.reason.0);
            self.properties.write(version, out);
        }
        Ok(())
    }

    /// How many bytes [`encode`](Self::encode) will append.
    pub fn encoded_len(&self, version: Version) -> Result<usize, EncodeError> {
        wire::packet_len(self.measure(version)?)
    }

    fn measure(&self, version: Version) -> Result<usize, EncodeError> {
        if version == Version::V311 {
            return Err(EncodeError::PacketTypeNotInVersion(PacketType::Auth));
        }
        let properties = self.properties.measure(version, PropertySet::Auth)?;
        if !self.reason.is_valid_in(PacketType::Auth) {
            return Err(EncodeError::ReasonCode {
                packet: PacketType::Auth,
                code: self.reason,
            });
        }
        if self.lacks_method() {
            return Err(EncodeError::Properties(PropertySet::Auth));
        }
        Ok(if self.is_bare_success() {
            0
        } else {
            1 + properties
        })
    }

    fn is_bare_success(&self) -> bool {
        self.reason == ReasonCode::SUCCESS && self.properties.is_empty()
    }

    fn lacks_method(&self) -> bool {
        let is_method = |property| matches!(property, Property::AuthenticationMethod(_));
        !self.is_bare_success() && !self.properties.iter().any(is_method)
    }
}
