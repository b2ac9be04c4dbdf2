//! CONNECT (3.1), with the will inside it.

use super::wire::{self, Reader, flag};
use super::{
    DecodeError, EncodeError, Frame, PacketType, Properties, PropertySet, QoS, Version,
    validate_name,
};
use core::fmt;

const PROTOCOL_NAME: &[u8] = b"MQTT";

const RESERVED: u8 = 0b0000_0001;
const CLEAN_START: u8 = 0b0000_0010;
const WILL: u8 = 0b0000_0100;
const WILL_QOS_SHIFT: u8 = 3;
const WILL_QOS: u8 = 0b11 << WILL_QOS_SHIFT;
const WILL_RETAIN: u8 = 0b0010_0000;
const PASSWORD: u8 = 0b0100_0000;
const USERNAME: u8 = 0b1000_0000;

/// The first packet of a connection, from the client.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Connect<'a> {
    /// The version it asks for (3.1.2.2).
    pub version: Version,
    /// Clean Start (3.1.2.4), or the Clean Session of 3.1.1.
    pub clean_start: bool,
    /// Seconds the client may be silent; 0 turns it off (3.1.2.10).
    pub keep_alive: u16,
    /// The client identifier; empty asks the server to choose one (3.1.3.1).
    pub client_id: &'a str,
    /// The user name (3.1.3.5).
    pub username: Option<&'a str>,
    /// The password, or any other credential (3.1.3.6).
    pub password: Option<&'a [u8]>,
    /// What the server publishes if the connection ends without a word (3.1.2.5).
    pub will: Option<Will<'a>>,
    /// MQTT 5 properties (3.1.2.11).
    pub properties: Properties<'a>,
}

/// The message a server publishes for a client that went away (3.1.2.5).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Will<'a> {
    /// Where to publish it (3.1.3.3).
    pub topic: &'a str,
    /// What to publish, at most 65,535 bytes (3.1.3.4).
    pub payload: &'a [u8],
    /// How to publish it (3.1.2.6).
    pub qos: QoS,
    /// Whether to retain it (3.1.2.7).
    pub retain: bool,
    /// MQTT 5 properties (3.1.3.2).
    pub properties: Properties<'a>,
}

impl<'a> Connect<'a> {
    /// Reads a CONNECT that asks for `version`.
    pub fn decode(version: Version, frame: Frame<'a>) -> Result<Self, DecodeError> {
        frame.expect(PacketType::Connect)?;
        let mut reader = Reader::new(frame.body);
        if reader.binary("protocol name")? != PROTOCOL_NAME {
            return Err(DecodeError::ProtocolName);
        }
        let level = reader.u8("protocol version")?;
        if level != version.level() {
            return Err(DecodeError::ProtocolLevel(level));
        }
        let flags = reader.u8("connect flags")?;
        if flags & RESERVED != 0 {
            return Err(DecodeError::ReservedConnectFlag);
        }
        if flags & (USERNAME | PASSWORD) == PASSWORD && version == Version::V311 {
            return Err(DecodeError::PasswordWithoutUsername);
        }
        let keep_alive = reader.u16("keep alive")?;
        let properties = Properties::read(version, PropertySet::Connect, &mut reader)?;
        // The fields of the payload, in the order of [MQTT-3.1.3-1].
        let clean_start = flags & CLEAN_START != 0;
        let client_id = reader.string("client identifier")?;
        if client_id.is_empty() && !clean_start && version == Version::V311 {
            return Err(DecodeError::EmptyClientId);
        }
        let will = Will::read(version, flags, &mut reader)?;
        let username = if flags & USERNAME != 0 {
            Some(reader.string("user name")?)
        } else {
            None
        };
        let password = if flags & PASSWORD != 0 {
            Some(reader.binary("password")?)
        } else {
            None
        };
        reader.finish(PacketType::Connect)?;
        Ok(Self {
            version,
            clean_start,
            keep_alive,
            client_id,
            username,
            password,
            will,
            properties,
        })
    }

    /// Appends the packet to `out`; on error `out` is unchanged. `version` must be the packet's
    /// own.
    pub fn encode(&self, version: Version, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        wire::start_packet(
            out,
            PacketType::Connect.first_byte(),
            self.measure(version)?,
        )?;
        wire::put_binary(out, PROTOCOL_NAME);
        out.extend_from_slice(&[version.level(), self.flags()]);
        wire::put_u16(out, self.keep_alive);
        self.properties.write(version, out);
        wire::put_binary(out, self.client_id.as_bytes());
        if let Some(will) = &self.will {
            will.properties.write(version, out);
            wire::put_binary(out, will.topic.as_bytes());
            wire::put_binary(out, will.payload);
        }
        if let Some(username) = self.username {
            wire::put_binary(out, username.as_bytes());
        }
        if let Some(password) = self.password {
            wire::put_binary(out, password);
        }
        Ok(())
    }

    /// How many bytes [`encode`](Self::encode) will append.
    pub fn encoded_len(&self, version: Version) -> Result<usize, EncodeError> {
        wire::packet_len(self.measure(version)?)
    }

    fn flags(&self) -> u8 {
        flag(self.clean_start, CLEAN_START)
            | self.will.map_or(0, |will| will.flags())
            | flag(self.password.is_some(), PASSWORD)
            | flag(self.username.is_some(), USERNAME)
    }

    fn measure(&self, version: Version) -> Result<usize, EncodeError> {
        if self.version != version {
            return Err(EncodeError::VersionMismatch);
        }
        if version == Version::V311 {
            if self.password.is_some() && self.username.is_none() {
                return Err(EncodeError::PasswordWithoutUsername);
            }
            if self.client_id.is_empty() && !self.clean_start {
                return Err(EncodeError::EmptyClientId);
            }
        }
        // Name with its length, version, flags, keep alive.
        let mut len = 2 + PROTOCOL_NAME.len() + 1 + 1 + 2;
        len += self.properties.measure(version, PropertySet::Connect)?;
        len += wire::measure_string(self.client_id, "client identifier")?;
        if let Some(will) = &self.will {
            len += will.measure(version)?;
        }
        if let Some(username) = self.username {
            len += wire::measure_string(username, "user name")?;
        }
        if let Some(password) = self.password {
            len += wire::measure_binary(password, "password")?;
        }
        Ok(len)
    }
}

impl<'a> Will<'a> {
    /// Reads the will the connect flags announce.
    fn read(
        version: Version,
        flags: u8,
        reader: &mut Reader<'a>,
    ) -> Result<Option<Self>, DecodeError> {
        if flags & WILL == 0 {
            return if flags & (WILL_QOS | WILL_RETAIN) == 0 {
                Ok(None)
            } else {
                Err(DecodeError::WillFlags)
            };
        }
        let qos =
            QoS::from_bits((flags & WILL_QOS) >> WILL_QOS_SHIFT).ok_or(DecodeError::WillFlags)?;
        let properties = Properties::read(version, PropertySet::Will, reader)?;
        let topic = reader.string("will topic")?;
        validate_name(topic).map_err(DecodeError::TopicName)?;
        let payload = reader.binary("will payload")?;
        Ok(Some(Self {
            topic,
            payload,
            qos,
            retain: flags & WILL_RETAIN != 0,
            properties,
        }))
    }

    const fn flags(&self) -> u8 {
        WILL | (self.qos as u8) << WILL_QOS_SHIFT | flag(self.retain, WILL_RETAIN)
    }

    fn measure(&self, version: Version) -> Result<usize, EncodeError> {
        validate_name(self.topic).map_err(EncodeError::TopicName)?;
        Ok(self.properties.measure(version, PropertySet::Will)?
            + wire::measure_string(self.topic, "will topic")?
            + wire::measure_binary(self.payload, "will payload")?)
    }
}

/// Shows everything but the credentials: a packet may end up in a log, a password must not.
impl fmt::Debug for Connect<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connect")
            .field("version", &self.version)
            .field("clean_start", &self.clean_start)
            .field("keep_alive", &self.keep_alive)
            .field("client_id", &self.client_id)
            .field("username", &self.username)
            .field("password", &self.password.map(|_| "(hidden)"))
            .field("will", &self.will)
            .finish_non_exhaustive()
    }
}
