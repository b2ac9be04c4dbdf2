//! A list of properties (2.2.2): validated once, as a whole, and read in place ever after. Which
//! property may stand in which packet, the table in `property` says.

use super::wire::{self, Reader};
use super::{DecodeError, EncodeError, PacketType, Property, PropertyId, Version};
use crate::sentences::sentence;
use core::fmt;

/// Where a property list stands (the last column of table 2-4).
#[repr(u8)]
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum PropertySet {
    /// In a CONNECT (3.1.2.11).
    Connect,
    /// In the will of a CONNECT (3.1.3.2).
    Will,
    /// In a CONNACK (3.2.2.3).
    ConnAck,
    /// In a PUBLISH of either side (3.3.2.3). Only a server may add Subscription Identifiers, and
    /// more than one `[MQTT-3.3.4-6]`; a list does not know who sends it.
    Publish,
    /// In a PUBACK (3.4.2.2).
    PubAck,
    /// In a PUBREC (3.5.2.2).
    PubRec,
    /// In a PUBREL (3.6.2.2).
    PubRel,
    /// In a PUBCOMP (3.7.2.2).
    PubComp,
    /// In a SUBSCRIBE (3.8.2.1).
    Subscribe,
    /// In a SUBACK (3.9.2.1).
    SubAck,
    /// In an UNSUBSCRIBE (3.10.2.1).
    Unsubscribe,
    /// In an UNSUBACK (3.11.2.1).
    UnsubAck,
    /// In a DISCONNECT (3.14.2.2).
    Disconnect,
    /// In an AUTH (3.15.2.2).
    Auth,
}

impl PropertySet {
    /// The name of the packet, or "will".
    pub const fn name(self) -> &'static str {
        match self {
            Self::Connect => "CONNECT",
            Self::Will => "will",
            Self::ConnAck => "CONNACK",
            Self::Publish => "PUBLISH",
            Self::PubAck => "PUBACK",
            Self::PubRec => "PUBREC",
            Self::PubRel => "PUBREL",
            Self::PubComp => "PUBCOMP",
            Self::Subscribe => "SUBSCRIBE",
            Self::SubAck => "SUBACK",
            Self::Unsubscribe => "UNSUBSCRIBE",
            Self::UnsubAck => "UNSUBACK",
            Self::Disconnect => "DISCONNECT",
            Self::Auth => "AUTH",
        }
    }

    /// The same, as a sentence.
    pub(crate) const fn sentence(self) -> u32 {
        match self {
            Self::Will => sentence!("will"),
            Self::Connect => PacketType::Connect.sentence(),
            Self::ConnAck => PacketType::ConnAck.sentence(),
            Self::Publish => PacketType::Publish.sentence(),
            Self::PubAck => PacketType::PubAck.sentence(),
            Self::PubRec => PacketType::PubRec.sentence(),
            Self::PubRel => PacketType::PubRel.sentence(),
            Self::PubComp => PacketType::PubComp.sentence(),
            Self::Subscribe => PacketType::Subscribe.sentence(),
            Self::SubAck => PacketType::SubAck.sentence(),
            Self::Unsubscribe => PacketType::Unsubscribe.sentence(),
            Self::UnsubAck => PacketType::UnsubAck.sentence(),
            Self::Disconnect => PacketType::Disconnect.sentence(),
            Self::Auth => PacketType::Auth.sentence(),
        }
    }

    /// Whether a property may stand here (table 2-4).
    pub const fn allows(self, id: PropertyId) -> bool {
        id.is_allowed_in(self)
    }

    /// Whether a property may stand here more than once (3.1.2.11.8, 3.3.2.3.8).
    const fn allows_many(self, id: PropertyId) -> bool {
        matches!(
            (self, id),
            (_, PropertyId::USER_PROPERTY) | (Self::Publish, PropertyId::SUBSCRIPTION_IDENTIFIER)
        )
    }
}

/// A valid list of properties, borrowed as it was received, without its length. Empty in 3.1.1.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
pub struct Properties<'a>(&'a [u8]);

impl<'a> Properties<'a> {
    /// Validates a list: known identifiers, each where it may stand and as often, with a value it
    /// may have.
    pub fn parse(set: PropertySet, bytes: &'a [u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(bytes);
        let mut seen: u64 = 0; // one bit for each identifier; the highest is 0x2A
        while !reader.is_empty() {
            let property = Property::read(&mut reader)?;
            let id = property.id();
            if !set.allows(id) {
                return Err(DecodeError::MisplacedProperty(id, set));
            }
            if seen & 1 << id.0 != 0 && !set.allows_many(id) {
                return Err(DecodeError::DuplicateProperty(id));
            }
            seen |= 1 << id.0;
            property.check()?;
        }
        let has = |id: PropertyId| seen & 1 << id.0 != 0;
        // Said of CONNECT (3.1.2.11.10); in CONNACK and AUTH data without a method means nothing either.
        if has(PropertyId::AUTHENTICATION_DATA) && !has(PropertyId::AUTHENTICATION_METHOD) {
            return Err(DecodeError::AuthenticationDataWithoutMethod);
        }
        Ok(Self(bytes))
    }

    /// The properties in the order they were sent.
    pub const fn iter(self) -> PropertyIter<'a> {
        PropertyIter(Reader::new(self.0))
    }

    /// The bytes, without the length in front.
    pub const fn as_bytes(self) -> &'a [u8] {
        self.0
    }

    /// Whether there is no property.
    pub const fn is_empty(self) -> bool {
        self.0.is_empty()
    }

    /// The first property with this identifier. For more than one, loop over [`iter`](Self::iter) once instead.
    pub fn find(self, id: PropertyId) -> Option<Property<'a>> {
        self.iter().find(|property| property.id() == id)
    }

    /// The value of the first property with this identifier, if that is a string.
    pub fn text(self, id: PropertyId) -> Option<&'a str> {
        match self.find(id)? {
            Property::ContentType(text)
            | Property::ResponseTopic(text)
            | Property::AssignedClientIdentifier(text)
            | Property::AuthenticationMethod(text)
            | Property::ResponseInformation(text)
            | Property::ServerReference(text)
            | Property::ReasonString(text) => Some(text),
            _ => None,
        }
    }

    /// The Authentication Data of a CONNECT, a CONNACK or an AUTH.
    pub fn authentication_data(self) -> Option<&'a [u8]> {
        match self.find(PropertyId::AUTHENTICATION_DATA)? {
            Property::AuthenticationData(data) => Some(data),
            _ => None,
        }
    }

    /// The Topic Alias of a PUBLISH.
    pub fn topic_alias(self) -> Option<u16> {
        match self.find(PropertyId::TOPIC_ALIAS)? {
            Property::TopicAlias(alias) => Some(alias),
            _ => None,
        }
    }

    /// Whether the payload beside these is said to be UTF-8 (3.3.2.3.2, 3.1.3.2.3).
    pub fn says_utf8(self) -> bool {
        let said = self.find(PropertyId::PAYLOAD_FORMAT_INDICATOR);
        matches!(said, Some(Property::PayloadFormatIndicator(1)))
    }

    /// The Message Expiry Interval of a PUBLISH, in seconds.
    pub fn message_expiry_interval(self) -> Option<u32> {
        match self.find(PropertyId::MESSAGE_EXPIRY_INTERVAL)? {
            Property::MessageExpiryInterval(seconds) => Some(seconds),
            _ => None,
        }
    }

    /// The Reason String of an acknowledgement, a CONNACK, a DISCONNECT or an AUTH.
    pub fn reason_string(self) -> Option<&'a str> {
        self.text(PropertyId::REASON_STRING)
    }

    /// Reads a list with its length; 3.1.1 has none.
    pub(super) fn read(
        version: Version,
        set: PropertySet,
        reader: &mut Reader<'a>,
    ) -> Result<Self, DecodeError> {
        if version == Version::V311 {
            return Ok(Self::default());
        }
        let len = reader.varint("property length")?;
        Self::parse(set, reader.take(len as usize, "properties")?)
    }

    /// The length of the list with its own length in front. A list may have been validated for
    /// another packet, so it is held against this one again.
    pub(super) fn measure(self, version: Version, set: PropertySet) -> Result<usize, EncodeError> {
        if version == Version::V311 {
            return if self.is_empty() {
                Ok(0)
            } else {
                Err(EncodeError::PropertiesNotInVersion(set))
            };
        }
        if Self::parse(set, self.0).is_err() {
            return Err(EncodeError::Properties(set));
        }
        Ok(wire::varint_len(self.0.len()) + self.0.len())
    }

    /// Writes a measured list with its length.
    pub(super) fn write(self, version: Version, out: &mut Vec<u8>) {
        if version == Version::V5 {
            wire::put_varint(out, self.0.len());
            out.extend_from_slice(self.0);
        }
    }
}

impl fmt::Debug for Properties<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

/// Iterates over [`Properties`].
#[derive(Clone)]
pub struct PropertyIter<'a>(Reader<'a>);

impl<'a> Iterator for PropertyIter<'a> {
    type Item = Property<'a>;

    fn next(&mut self) -> Option<Self::Item> {
        // Validated bytes hold no error; the end of them is the end of the list.
        Property::read(&mut self.0).ok()
    }
}

/// A list of properties being built.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct PropertyBuffer(Vec<u8>);

impl PropertyBuffer {
    /// An empty list.
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// Adds a property; on error the list is unchanged.
    pub fn push(&mut self, property: Property<'_>) -> Result<(), EncodeError> {
        property.encode(&mut self.0)
    }

    /// Validates the list for the place it shall stand in.
    pub fn as_properties(&self, set: PropertySet) -> Result<Properties<'_>, DecodeError> {
        Properties::parse(set, &self.0)
    }
}
