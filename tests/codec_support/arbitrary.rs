//! Arbitrary packets of all types, in both versions, all of which can be put on the wire.

use mqtt_mooring::codec::*;
use proptest::prelude::*;

/// The owned parts a packet borrows from.
#[derive(Debug, Clone)]
pub(crate) struct Sketch {
    pub(crate) version: Version,
    kind: u8,
    flags: [bool; 4],
    qos: QoS,
    id: PacketId,
    number: u16,
    client_id: String,
    topic: String,
    text: Option<String>,
    payload: Vec<u8>,
    secret: Option<Vec<u8>>,
    filters: Vec<(String, u8)>,
    codes: Vec<prop::sample::Index>,
    properties: PropertyBuffer,
    will_properties: PropertyBuffer,
}

/// Where the properties of the fifteen packet types stand; PINGREQ and PINGRESP have none.
const SETS: [Option<PropertySet>; 16] = [
    None,
    Some(PropertySet::Connect),
    Some(PropertySet::ConnAck),
    Some(PropertySet::Publish),
    Some(PropertySet::PubAck),
    Some(PropertySet::PubRec),
    Some(PropertySet::PubRel),
    Some(PropertySet::PubComp),
    Some(PropertySet::Subscribe),
    Some(PropertySet::SubAck),
    Some(PropertySet::Unsubscribe),
    Some(PropertySet::UnsubAck),
    None,
    None,
    Some(PropertySet::Disconnect),
    Some(PropertySet::Auth),
];

/// Any packet that can be put on the wire, of any type, in either version.
pub(crate) fn sketch() -> impl Strategy<Value = Sketch> {
    let kind = prop_oneof![
        (Just(Version::V311), 1..=14u8), // 3.1.1 has no AUTH
        (Just(Version::V5), 1..=15u8),
    ];
    kind.prop_flat_map(|(version, kind)| {
        let head = (any::<[bool; 4]>(), 0..3u8, 1u16.., any::<u16>());
        let texts = (
            "[a-z0-9é✓𪛔\u{feff}]{0,8}",
            name(),
            prop::option::of(text()),
        );
        let blobs = (
            prop::collection::vec(any::<u8>(), 0..300),
            prop::option::of(blob()),
        );
        let lists = (
            prop::collection::vec((filter(), 0..48u8), 1..4),
            prop::collection::vec(any::<prop::sample::Index>(), 1..5),
        );
        let properties = (
            list(version, SETS[usize::from(kind)]),
            list(version, Some(PropertySet::Will)),
        );
        (head, texts, blobs, lists, properties).prop_map(
            move |(head, texts, blobs, lists, properties)| Sketch {
                version,
                kind,
                flags: head.0,
                qos: QoS::from_bits(head.1).unwrap(),
                id: PacketId::new(head.2).unwrap(),
                number: head.3,
                client_id: texts.0,
                topic: texts.1,
                text: texts.2,
                payload: blobs.0,
                secret: blobs.1,
                filters: lists.0,
                codes: lists.1,
                properties: properties.0,
                will_properties: properties.1,
            },
        )
    })
}

impl Sketch {
    /// Calls `use_it` with the packet.
    pub(crate) fn with<R>(&self, use_it: impl FnOnce(Packet<'_>) -> R) -> R {
        let packet_type = PacketType::from_bits(self.kind).unwrap();
        let properties = SETS[usize::from(self.kind)].map_or(Properties::default(), |set| {
            self.properties.as_properties(set).unwrap()
        });
        let codes = self.codes(packet_type);
        let reason = ReasonCode(codes[0]);
        let ack = Ack {
            packet_id: self.id,
            reason,
            properties,
        };
        let [flag, retain, dup, other] = self.flags;
        let filters = self
            .filters
            .iter()
            .map(|(filter, bits)| (filter.as_str(), self.options(filter, *bits)));
        use_it(match packet_type {
            PacketType::Connect => Packet::Connect(self.connect(properties)),
            PacketType::ConnAck => Packet::ConnAck(ConnAck {
                session_present: flag && reason == ReasonCode::SUCCESS,
                reason,
                properties,
            }),
            PacketType::Publish => Packet::Publish(Publish {
                dup: dup && self.qos > QoS::AtMostOnce,
                qos: self.qos,
                retain,
                topic: if other && properties.topic_alias().is_some() {
                    ""
                } else {
                    &self.topic
                },
                packet_id: (self.qos > QoS::AtMostOnce).then_some(self.id),
                properties,
                payload: &self.payload,
            }),
            PacketType::PubAck => Packet::PubAck(ack),
            PacketType::PubRec => Packet::PubRec(ack),
            PacketType::PubRel => Packet::PubRel(ack),
            PacketType::PubComp => Packet::PubComp(ack),
            PacketType::Subscribe => Packet::Subscribe(Subscribe {
                packet_id: self.id,
                properties,
                filters: filters.collect(),
            }),
            PacketType::SubAck => Packet::SubAck(SubAck {
                packet_id: self.id,
                properties,
                codes: &codes,
            }),
            PacketType::Unsubscribe => Packet::Unsubscribe(Unsubscribe {
                packet_id: self.id,
                properties,
                filters: filters.map(|(filter, _)| filter).collect(),
            }),
            PacketType::UnsubAck => Packet::UnsubAck(UnsubAck {
                packet_id: self.id,
                properties,
                codes: if self.version == Version::V5 {
                    &codes
                } else {
                    &[]
                },
            }),
            PacketType::PingReq => Packet::PingReq,
            PacketType::PingResp => Packet::PingResp,
            PacketType::Disconnect => Packet::Disconnect(Disconnect { reason, properties }),
            PacketType::Auth => Packet::Auth(Auth {
                reason: if properties.is_empty() {
                    ReasonCode::SUCCESS
                } else {
                    reason
                },
                properties,
            }),
        })
    }

    fn connect<'a>(&'a self, properties: Properties<'a>) -> Connect<'a> {
        let v5 = self.version == Version::V5;
        let [clean_start, retain, with_will, _] = self.flags;
        let will = Will {
            topic: &self.topic,
            payload: &self.payload,
            qos: self.qos,
            retain,
            properties: self
                .will_properties
                .as_properties(PropertySet::Will)
                .unwrap(),
        };
        Connect {
            version: self.version,
            clean_start: clean_start || (!v5 && self.client_id.is_empty()),
            keep_alive: self.number,
            client_id: &self.client_id,
            username: self.text.as_deref(),
            password: self.secret.as_deref().filter(|_| v5 || self.text.is_some()),
            will: with_will.then_some(will),
            properties,
        }
    }

    fn options(&self, filter: &str, bits: u8) -> SubscriptionOptions {
        let options = SubscriptionOptions::from_bits(bits).unwrap_or_default();
        match self.version {
            Version::V311 => SubscriptionOptions::qos(options.qos),
            Version::V5 => SubscriptionOptions {
                no_local: options.no_local && !is_shared(filter),
                ..options
            },
        }
    }

    /// Codes that may stand in this packet, at least one.
    fn codes(&self, packet: PacketType) -> Vec<u8> {
        let may_stand = |&code: &u8| match (self.version, packet) {
            (Version::V5, _) => ReasonCode(code).is_valid_in(packet),
            (Version::V311, PacketType::ConnAck) => matches!(code, 0 | 0x84..=0x88),
            (Version::V311, PacketType::SubAck) => matches!(code, 0..=2 | 0x80),
            (Version::V311, _) => code == 0,
        };
        let all: Vec<u8> = (0..=255).filter(may_stand).collect();
        self.codes
            .iter()
            .map(|index| {
                if all.is_empty() {
                    0
                } else {
                    all[index.index(all.len())]
                }
            })
            .collect()
    }
}

fn text() -> impl Strategy<Value = String> {
    "[ -~é✓𪛔\u{feff}\u{ffff}]{0,12}"
}

fn blob() -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(any::<u8>(), 0..20)
}

fn name() -> impl Strategy<Value = String> {
    "[a-z é/$]{1,12}"
}

fn filter() -> impl Strategy<Value = String> {
    let level = prop_oneof![3 => "[a-z é]{0,4}", 1 => Just("+".to_owned())];
    let levels = prop::collection::vec(level, 1..4).prop_map(|levels| levels.join("/"));
    let shared = prop_oneof![3 => Just(""), 1 => Just("$share/group/")];
    (shared, levels, prop_oneof![Just(""), Just("/#")])
        .prop_map(|(shared, levels, tail)| format!("{shared}{levels}{tail}"))
        .prop_filter("empty", |filter| validate_filter(filter).is_ok())
}

/// A property list that may stand in `set`; empty in 3.1.1 and half of the time.
fn list(version: Version, set: Option<PropertySet>) -> impl Strategy<Value = PropertyBuffer> {
    let most = if version == Version::V5 { 6 } else { 0 };
    let parts = (
        any::<prop::sample::Index>(),
        text(),
        text(),
        blob(),
        1..268_435_456u32,
    );
    prop::collection::vec(parts, 0..=most).prop_map(move |parts| {
        let mut list = PropertyBuffer::new();
        let Some(set) = set.filter(|_| version == Version::V5) else {
            return list;
        };
        if set == PropertySet::Auth && !parts.is_empty() {
            list.push(Property::AuthenticationMethod("m")).unwrap();
        }
        let ids: Vec<u8> = (0..=u8::MAX)
            .filter(|&id| set.allows(PropertyId(id)))
            .collect();
        for (index, text, value, blob, number) in &parts {
            let mut longer = list.clone();
            let id = PropertyId(ids[index.index(ids.len())]);
            longer
                .push(property(id, text, value, blob, *number))
                .unwrap();
            // A second one of a kind, or data without its method, is left out again. What else is written is read.
            match longer.as_properties(set) {
                Ok(_) => list = longer,
                Err(DecodeError::DuplicateProperty(_))
                | Err(DecodeError::AuthenticationDataWithoutMethod) => {}
                Err(error) => panic!("{id}: {error}"),
            }
        }
        list
    })
}

fn property<'a>(
    id: PropertyId,
    text: &'a str,
    value: &'a str,
    blob: &'a [u8],
    number: u32,
) -> Property<'a> {
    let flag = (number & 1) as u8;
    let short = (number as u16).max(1);
    match id {
        PropertyId::PAYLOAD_FORMAT_INDICATOR => Property::PayloadFormatIndicator(flag),
        PropertyId::MESSAGE_EXPIRY_INTERVAL => Property::MessageExpiryInterval(number),
        PropertyId::CONTENT_TYPE => Property::ContentType(text),
        PropertyId::RESPONSE_TOPIC => Property::ResponseTopic(text),
        PropertyId::CORRELATION_DATA => Property::CorrelationData(blob),
        PropertyId::SUBSCRIPTION_IDENTIFIER => Property::SubscriptionIdentifier(number),
        PropertyId::SESSION_EXPIRY_INTERVAL => Property::SessionExpiryInterval(number),
        PropertyId::ASSIGNED_CLIENT_IDENTIFIER => Property::AssignedClientIdentifier(text),
        PropertyId::SERVER_KEEP_ALIVE => Property::ServerKeepAlive(short),
        PropertyId::AUTHENTICATION_METHOD => Property::AuthenticationMethod(text),
        PropertyId::AUTHENTICATION_DATA => Property::AuthenticationData(blob),
        PropertyId::REQUEST_PROBLEM_INFORMATION => Property::RequestProblemInformation(flag),
        PropertyId::WILL_DELAY_INTERVAL => Property::WillDelayInterval(number),
        PropertyId::REQUEST_RESPONSE_INFORMATION => Property::RequestResponseInformation(flag),
        PropertyId::RESPONSE_INFORMATION => Property::ResponseInformation(text),
        PropertyId::SERVER_REFERENCE => Property::ServerReference(text),
        PropertyId::REASON_STRING => Property::ReasonString(text),
        PropertyId::RECEIVE_MAXIMUM => Property::ReceiveMaximum(short),
        PropertyId::TOPIC_ALIAS_MAXIMUM => Property::TopicAliasMaximum(short),
        PropertyId::TOPIC_ALIAS => Property::TopicAlias(short),
        PropertyId::MAXIMUM_QOS => Property::MaximumQos(flag),
        PropertyId::RETAIN_AVAILABLE => Property::RetainAvailable(flag),
        PropertyId::USER_PROPERTY => Property::UserProperty(text, value),
        PropertyId::MAXIMUM_PACKET_SIZE => Property::MaximumPacketSize(number),
        PropertyId::WILDCARD_SUBSCRIPTION_AVAILABLE => {
            Property::WildcardSubscriptionAvailable(flag)
        }
        PropertyId::SUBSCRIPTION_IDENTIFIER_AVAILABLE => {
            Property::SubscriptionIdentifierAvailable(flag)
        }
        PropertyId::SHARED_SUBSCRIPTION_AVAILABLE => Property::SharedSubscriptionAvailable(flag),
        PropertyId(other) => panic!("no property {other}"),
    }
}
