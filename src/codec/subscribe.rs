//! SUBSCRIBE (3.8) and UNSUBSCRIBE (3.10): lists of topic filters. The only packets whose reading
//! allocates.

use super::wire::{self, Reader};
use super::{
    DecodeError, EncodeError, Frame, PacketId, PacketType, Properties, PropertySet, QoS, Version,
    is_shared, validate_filter,
};

/// When the server sends retained messages for a new subscription (3.8.3.1).
#[repr(u8)]
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum RetainHandling {
    /// At every subscribe.
    #[default]
    SendAtSubscribe = 0,
    /// Only if the subscription did not exist.
    SendIfNew = 1,
    /// Never.
    DoNotSend = 2,
}

/// How a filter is subscribed to (3.8.3.1). 3.1.1 has the QoS only; the other defaults behave as
/// 3.1.1 does.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct SubscriptionOptions {
    /// The highest QoS to receive.
    pub qos: QoS,
    /// Do not send back what this client publishes.
    pub no_local: bool,
    /// Keep the RETAIN flag as it was published.
    pub retain_as_published: bool,
    /// When to send retained messages.
    pub retain_handling: RetainHandling,
}

impl SubscriptionOptions {
    /// Nothing but a QoS: all that 3.1.1 can say.
    pub const fn qos(qos: QoS) -> Self {
        Self {
            qos,
            no_local: false,
            retain_as_published: false,
            retain_handling: RetainHandling::SendAtSubscribe,
        }
    }

    /// The options byte.
    pub const fn to_bits(self) -> u8 {
        self.qos as u8
            | (self.no_local as u8) << 2
            | (self.retain_as_published as u8) << 3
            | (self.retain_handling as u8) << 4
    }

    /// Reads the options byte; `None` for a reserved bit `[MQTT-3.8.3-5]`, QoS 3 or retain handling
    /// 3.
    pub const fn from_bits(bits: u8) -> Option<Self> {
        let Some(qos) = QoS::from_bits(bits & 0b11) else {
            return None;
        };
        // Taking the reserved bits along makes them an unknown retain handling.
        let retain_handling = match bits >> 4 {
            0 => RetainHandling::SendAtSubscribe,
            1 => RetainHandling::SendIfNew,
            2 => RetainHandling::DoNotSend,
            _ => return None,
        };
        Some(Self {
            qos,
            no_local: bits & 0b100 != 0,
            retain_as_published: bits & 0b1000 != 0,
            retain_handling,
        })
    }
}

/// A request for subscriptions.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Subscribe<'a> {
    /// The packet identifier the SUBACK will have `[MQTT-3.8.4-2]`.
    pub packet_id: PacketId,
    /// MQTT 5 properties (3.8.2.1).
    pub properties: Properties<'a>,
    /// At least one filter, each with its options `[MQTT-3.8.3-2]`.
    pub filters: Vec<(&'a str, SubscriptionOptions)>,
}

impl<'a> Subscribe<'a> {
    /// Reads a SUBSCRIBE.
    pub fn decode(version: Version, frame: Frame<'a>) -> Result<Self, DecodeError> {
        frame.expect(PacketType::Subscribe)?;
        let mut reader = Reader::new(frame.body);
        let packet_id = reader.packet_id(PacketType::Subscribe)?;
        let properties = Properties::read(version, PropertySet::Subscribe, &mut reader)?;
        let mut filters = Vec::new();
        while !reader.is_empty() {
            let filter = read_filter(&mut reader)?;
            let bits = reader.u8("subscription options")?;
            let options = SubscriptionOptions::from_bits(bits)
                .filter(|options| {
                    version == Version::V5 || *options == SubscriptionOptions::qos(options.qos)
                })
                .ok_or(DecodeError::SubscriptionOptions(bits))?;
            if options.no_local && is_shared(filter) {
                return Err(DecodeError::NoLocalOnShared);
            }
            filters.push((filter, options));
        }
        if filters.is_empty() {
            return Err(DecodeError::EmptyList(PacketType::Subscribe));
        }
        Ok(Self {
            packet_id,
            properties,
            filters,
        })
    }

    /// Appends the packet to `out`; on error `out` is unchanged.
    pub fn encode(&self, version: Version, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        let (id, properties) = (self.packet_id, self.properties);
        encode_filters(
            version,
            PacketType::Subscribe,
            id,
            properties,
            self.all(),
            out,
        )
    }

    /// How many bytes [`encode`](Self::encode) will append.
    pub fn encoded_len(&self, version: Version) -> Result<usize, EncodeError> {
        let packet = PacketType::Subscribe;
        wire::packet_len(measure(version, packet, self.properties, self.all())?)
    }

    fn all(&self) -> impl Iterator<Item = (&str, Option<SubscriptionOptions>)> + Clone {
        let filters = self.filters.iter();
        filters.map(|(filter, options)| (*filter, Some(*options)))
    }
}

/// A request to end subscriptions.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Unsubscribe<'a> {
    /// The packet identifier the UNSUBACK will have (3.10.4).
    pub packet_id: PacketId,
    /// MQTT 5 properties (3.10.2.1).
    pub properties: Properties<'a>,
    /// At least one filter `[MQTT-3.10.3-2]`.
    pub filters: Vec<&'a str>,
}

impl<'a> Unsubscribe<'a> {
    /// Reads an UNSUBSCRIBE.
    pub fn decode(version: Version, frame: Frame<'a>) -> Result<Self, DecodeError> {
        frame.expect(PacketType::Unsubscribe)?;
        let mut reader = Reader::new(frame.body);
        let packet_id = reader.packet_id(PacketType::Unsubscribe)?;
        let properties = Properties::read(version, PropertySet::Unsubscribe, &mut reader)?;
        let mut filters = Vec::new();
        while !reader.is_empty() {
            filters.push(read_filter(&mut reader)?);
        }
        if filters.is_empty() {
            return Err(DecodeError::EmptyList(PacketType::Unsubscribe));
        }
        Ok(Self {
            packet_id,
            properties,
            filters,
        })
    }

    /// Appends the packet to `out`; on error `out` is unchanged.
    pub fn encode(&self, version: Version, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        let (id, properties) = (self.packet_id, self.properties);
        encode_filters(
            version,
            PacketType::Unsubscribe,
            id,
            properties,
            self.all(),
            out,
        )
    }

    /// How many bytes [`encode`](Self::encode) will append.
    pub fn encoded_len(&self, version: Version) -> Result<usize, EncodeError> {
        let packet = PacketType::Unsubscribe;
        wire::packet_len(measure(version, packet, self.properties, self.all())?)
    }

    fn all(&self) -> impl Iterator<Item = (&str, Option<SubscriptionOptions>)> + Clone {
        self.filters.iter().map(|filter| (*filter, None))
    }
}

/// Appends a `packet`, SUBSCRIBE with its options or UNSUBSCRIBE without, to `out`; on error `out` is unchanged.
pub(crate) fn encode_filters<'f>(
    version: Version,
    packet: PacketType,
    packet_id: PacketId,
    properties: Properties<'_>,
    filters: impl Iterator<Item = (&'f str, Option<SubscriptionOptions>)> + Clone,
    out: &mut Vec<u8>,
) -> Result<(), EncodeError> {
    let remaining = measure(version, packet, properties, filters.clone())?;
    wire::start_packet(out, packet.first_byte(), remaining)?;
    wire::put_u16(out, packet_id.get());
    properties.write(version, out);
    for (filter, options) in filters {
        wire::put_binary(out, filter.as_bytes());
        if let Some(options) = options {
            out.push(options.to_bits());
        }
    }
    Ok(())
}

fn measure<'f>(
    version: Version,
    packet: PacketType,
    properties: Properties<'_>,
    filters: impl Iterator<Item = (&'f str, Option<SubscriptionOptions>)> + Clone,
) -> Result<usize, EncodeError> {
    if filters.clone().next().is_none() {
        return Err(EncodeError::EmptyList(packet));
    }
    let set = match packet {
        PacketType::Subscribe => PropertySet::Subscribe,
        _ => PropertySet::Unsubscribe,
    };
    let mut len = 2 + properties.measure(version, set)?;
    for (filter, options) in filters {
        if let Some(options) = options {
            if version == Version::V311 && options != SubscriptionOptions::qos(options.qos) {
                return Err(EncodeError::SubscriptionOptions);
            }
            if options.no_local && is_shared(filter) {
                return Err(EncodeError::NoLocalOnShared);
            }
            len = len.saturating_add(1);
        }
        len = len.saturating_add(measure_filter(filter)?);
    }
    Ok(len)
}

fn read_filter<'a>(reader: &mut Reader<'a>) -> Result<&'a str, DecodeError> {
    let filter = reader.string("topic filter")?;
    validate_filter(filter).map_err(DecodeError::TopicFilter)?;
    Ok(filter)
}

/// The length of a filter with its prefix. Lists saturate as they add these up: a 32-bit machine
/// can hold more filters, all the same one, than it can count the bytes of, and the sum is refused
/// as too large anyway.
fn measure_filter(filter: &str) -> Result<usize, EncodeError> {
    validate_filter(filter).map_err(EncodeError::TopicFilter)?;
    wire::measure_string(filter, "topic filter")
}
