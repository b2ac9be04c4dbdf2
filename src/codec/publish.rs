//! PUBLISH (3.3), the one packet on the hot path: nothing is copied and nothing is allocated to
//! read it.

use super::wire::{self, Reader, flag};
use super::{
    DecodeError, EncodeError, Frame, PacketId, PacketType, Properties, PropertySet, QoS,
    TopicError, Version, validate_name,
};

const RETAIN: u8 = 0b0001;
const QOS_SHIFT: u8 = 1;
const DUP: u8 = 0b1000;

/// A message, in either direction.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Publish<'a> {
    /// This may be a redelivery (3.3.1.1).
    pub dup: bool,
    /// How delivery is assured (3.3.1.2).
    pub qos: QoS,
    /// The server keeps, or kept, the message for later subscribers (3.3.1.3).
    pub retain: bool,
    /// The topic name; empty only with a Topic Alias (3.3.2.1).
    pub topic: &'a str,
    /// Present exactly when QoS is above 0 `[MQTT-2.2.1-2]` `[MQTT-2.2.1-3]`.
    pub packet_id: Option<PacketId>,
    /// MQTT 5 properties (3.3.2.3).
    pub properties: Properties<'a>,
    /// The application message, as it lies in the frame.
    pub payload: &'a [u8],
}

impl<'a> Publish<'a> {
    /// Reads a PUBLISH.
    pub fn decode(version: Version, frame: Frame<'a>) -> Result<Self, DecodeError> {
        frame.expect(PacketType::Publish)?;
        let flags = frame.flags();
        let qos = QoS::from_bits(flags >> QOS_SHIFT & 0b11).ok_or(DecodeError::ReservedQos)?;
        let dup = flags & DUP != 0;
        if dup && qos == QoS::AtMostOnce {
            return Err(DecodeError::DupWithQos0);
        }
        let mut reader = Reader::new(frame.body);
        let topic = reader.string("topic name")?;
        let packet_id = match qos {
            QoS::AtMostOnce => None,
            _ => Some(reader.packet_id(PacketType::Publish)?),
        };
        let properties = Properties::read(version, PropertySet::Publish, &mut reader)?;
        match validate_name(topic) {
            Err(TopicError::Empty) if version == Version::V5 => {
                if properties.topic_alias().is_none() {
                    return Err(DecodeError::EmptyTopicWithoutAlias);
                }
            }
            checked => checked.map_err(DecodeError::TopicName)?,
        }
        Ok(Self {
            dup,
            qos,
            retain: flags & RETAIN != 0,
            topic,
            packet_id,
            properties,
            payload: reader.rest(),
        })
    }

    /// Appends the packet to `out`; on error `out` is unchanged.
    pub fn encode(&self, version: Version, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        let flags = flag(self.retain, RETAIN) | (self.qos as u8) << QOS_SHIFT | flag(self.dup, DUP);
        wire::start_packet(
            out,
            PacketType::Publish.first_byte() | flags,
            self.measure(version)?,
        )?;
        wire::put_binary(out, self.topic.as_bytes());
        if let Some(packet_id) = self.packet_id {
            wire::put_u16(out, packet_id.get());
        }
        self.properties.write(version, out);
        out.extend_from_slice(self.payload);
        Ok(())
    }

    /// How many bytes [`encode`](Self::encode) will append: what to hold against the server's
    /// Maximum Packet Size `[MQTT-3.2.2-15]`.
    pub fn encoded_len(&self, version: Version) -> Result<usize, EncodeError> {
        wire::packet_len(self.measure(version)?)
    }

    /// As [`encoded_len`](Self::encoded_len), where what there is to be checked has been: a message is measured when it is
    /// accepted, and again for each connection. `properties` is how many bytes they are.
    pub fn checked_len(
        version: Version,
        qos: QoS,
        topic: &str,
        properties: usize,
        payload: &[u8],
    ) -> Result<usize, EncodeError> {
        let properties = match version {
            Version::V5 => wire::varint_len(properties) + properties,
            Version::V311 if properties > 0 => {
                return Err(EncodeError::PropertiesNotInVersion(PropertySet::Publish));
            }
            Version::V311 => 0,
        };
        let has_id = qos != QoS::AtMostOnce;
        wire::packet_len(contents(topic, has_id, properties, payload))
    }

    fn measure(&self, version: Version) -> Result<usize, EncodeError> {
        match (self.qos, self.packet_id) {
            (QoS::AtMostOnce, Some(_)) => return Err(EncodeError::UnexpectedPacketId),
            (QoS::AtMostOnce, None) if self.dup => return Err(EncodeError::DupWithQos0),
            (QoS::AtMostOnce, None) | (_, Some(_)) => {}
            (_, None) => return Err(EncodeError::MissingPacketId),
        }
        let properties = self.properties.measure(version, PropertySet::Publish)?;
        match validate_name(self.topic) {
            Err(TopicError::Empty) if self.properties.topic_alias().is_some() => {}
            checked => checked.map_err(EncodeError::TopicName)?,
        }
        Ok(contents(
            self.topic,
            self.packet_id.is_some(),
            properties,
            self.payload,
        ))
    }
}

/// How many bytes there are behind the fixed header; `properties` with their length.
fn contents(topic: &str, has_id: bool, properties: usize, payload: &[u8]) -> usize {
    let packet_id = if has_id { 2 } else { 0 };
    2 + topic.len() + packet_id + properties + payload.len()
}
