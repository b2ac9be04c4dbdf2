//! Every way for a packet not to fit the wire has its own error, and nothing is written of it.
#![cfg(not(target_arch = "wasm32"))]

mod codec_support;

use codec_support::{id, variants};
use mqtt_mooring::codec::EncodeError as E;
use mqtt_mooring::codec::Version::{V5, V311};
use mqtt_mooring::codec::*;

variants! { E, encode_variant, ENCODE_VARIANTS:
    TooLong NullCharacter PacketTooLarge PacketTypeNotInVersion NotAnAcknowledgement
    VersionMismatch PropertiesNotInVersion Properties PropertyValue ReasonCode
    SessionPresentWithRefusal PasswordWithoutUsername EmptyClientId MissingPacketId
    UnexpectedPacketId DupWithQos0 EmptyList SubscriptionOptions NoLocalOnShared TopicName
    TopicFilter
}

/// A QoS 1 PUBLISH that can be written.
fn publish() -> Publish<'static> {
    Publish {
        dup: false,
        qos: QoS::AtLeastOnce,
        retain: false,
        topic: "t",
        packet_id: Some(id(1)),
        properties: Properties::default(),
        payload: b"",
    }
}

fn connect(version: Version) -> Connect<'static> {
    Connect {
        version,
        clean_start: true,
        keep_alive: 0,
        client_id: "c",
        username: None,
        password: None,
        will: None,
        properties: Properties::default(),
    }
}

#[test]
fn what_cannot_be_written_is_refused_and_nothing_is_written() {
    let long = "x".repeat(65_536);
    let mut buffer = PropertyBuffer::new();
    buffer.push(Property::TopicAlias(1)).unwrap();
    let alias = buffer.as_properties(PropertySet::Publish).unwrap();
    let none = Properties::default();
    let share = SubscriptionOptions {
        no_local: true,
        ..Default::default()
    };
    let subscribe = |filters| {
        Packet::Subscribe(Subscribe {
            packet_id: id(1),
            properties: none,
            filters,
        })
    };
    let suback = |codes| {
        Packet::SubAck(SubAck {
            packet_id: id(1),
            properties: none,
            codes,
        })
    };
    let unsuback = |codes| {
        Packet::UnsubAck(UnsubAck {
            packet_id: id(1),
            properties: none,
            codes,
        })
    };
    let connack = |session_present, reason| {
        Packet::ConnAck(ConnAck {
            session_present,
            reason,
            properties: none,
        })
    };
    let will = Will {
        topic: "w",
        payload: &[0; 65_536],
        qos: QoS::AtMostOnce,
        retain: false,
        properties: none,
    };
    let huge = vec![0; 268_435_455];
    let refused_code = |packet, code| E::ReasonCode { packet, code };
    let refused = [
        (
            V5,
            Packet::Publish(Publish {
                packet_id: None,
                ..publish()
            }),
            E::MissingPacketId,
        ),
        (
            V5,
            Packet::Publish(Publish {
                qos: QoS::AtMostOnce,
                ..publish()
            }),
            E::UnexpectedPacketId,
        ),
        (
            V5,
            Packet::Publish(Publish {
                qos: QoS::AtMostOnce,
                packet_id: None,
                dup: true,
                ..publish()
            }),
            E::DupWithQos0,
        ),
        (
            V5,
            Packet::Publish(Publish {
                topic: "",
                ..publish()
            }),
            E::TopicName(TopicError::Empty),
        ),
        (
            V5,
            Packet::Publish(Publish {
                topic: "a/#",
                ..publish()
            }),
            E::TopicName(TopicError::WildcardInName),
        ),
        (
            V5,
            Packet::Publish(Publish {
                topic: &long,
                ..publish()
            }),
            E::TopicName(TopicError::TooLong),
        ),
        (
            V311,
            Packet::Publish(Publish {
                payload: &huge,
                ..publish()
            }),
            E::PacketTooLarge,
        ),
        (
            V311,
            Packet::Publish(Publish {
                properties: alias,
                ..publish()
            }),
            E::PropertiesNotInVersion(PropertySet::Publish),
        ),
        (
            V5,
            Packet::Connect(Connect {
                properties: alias,
                ..connect(V5)
            }),
            E::Properties(PropertySet::Connect),
        ),
        (V5, Packet::Connect(connect(V311)), E::VersionMismatch),
        (
            V311,
            Packet::Connect(Connect {
                password: Some(b""),
                ..connect(V311)
            }),
            E::PasswordWithoutUsername,
        ),
        (
            V311,
            Packet::Connect(Connect {
                client_id: "",
                clean_start: false,
                ..connect(V311)
            }),
            E::EmptyClientId,
        ),
        (
            V5,
            Packet::Connect(Connect {
                client_id: "a\0",
                ..connect(V5)
            }),
            E::NullCharacter("client identifier"),
        ),
        (
            V5,
            Packet::Connect(Connect {
                username: Some(&long),
                ..connect(V5)
            }),
            E::TooLong("user name"),
        ),
        (
            V5,
            Packet::Connect(Connect {
                will: Some(will),
                ..connect(V5)
            }),
            E::TooLong("will payload"),
        ),
        (
            V5,
            connack(true, ReasonCode::BANNED),
            E::SessionPresentWithRefusal,
        ),
        (
            V311,
            connack(false, ReasonCode::BANNED),
            refused_code(PacketType::ConnAck, ReasonCode::BANNED),
        ),
        (
            V5,
            connack(false, ReasonCode(1)),
            refused_code(PacketType::ConnAck, ReasonCode(1)),
        ),
        (
            V311,
            Packet::PubAck(Ack::new(id(1), ReasonCode::QUOTA_EXCEEDED)),
            refused_code(PacketType::PubAck, ReasonCode::QUOTA_EXCEEDED),
        ),
        (
            V5,
            Packet::PubComp(Ack::new(id(1), ReasonCode::QUOTA_EXCEEDED)),
            refused_code(PacketType::PubComp, ReasonCode::QUOTA_EXCEEDED),
        ),
        (V5, subscribe(vec![]), E::EmptyList(PacketType::Subscribe)),
        (
            V5,
            subscribe(vec![("a+", share)]),
            E::TopicFilter(TopicError::SingleLevelWildcard),
        ),
        (
            V5,
            subscribe(vec![("$share/g/a", share)]),
            E::NoLocalOnShared,
        ),
        (V311, subscribe(vec![("a", share)]), E::SubscriptionOptions),
        (
            V5,
            subscribe(vec![(&long[..65_535], share); 4_100]),
            E::PacketTooLarge,
        ),
        (
            V5,
            Packet::Unsubscribe(Unsubscribe {
                packet_id: id(1),
                properties: none,
                filters: vec![],
            }),
            E::EmptyList(PacketType::Unsubscribe),
        ),
        (V311, suback(&[]), E::EmptyList(PacketType::SubAck)),
        (
            V5,
            suback(&[0, 3]),
            refused_code(PacketType::SubAck, ReasonCode(3)),
        ),
        (V5, unsuback(&[]), E::EmptyList(PacketType::UnsubAck)),
        (
            V311,
            unsuback(&[0]),
            refused_code(PacketType::UnsubAck, ReasonCode(0)),
        ),
        (
            V311,
            Packet::Disconnect(Disconnect::new(ReasonCode::DISCONNECT_WITH_WILL_MESSAGE)),
            refused_code(
                PacketType::Disconnect,
                ReasonCode::DISCONNECT_WITH_WILL_MESSAGE,
            ),
        ),
        (
            V311,
            Packet::Auth(Auth {
                reason: ReasonCode::SUCCESS,
                properties: none,
            }),
            E::PacketTypeNotInVersion(PacketType::Auth),
        ),
        (
            V5,
            Packet::Auth(Auth {
                reason: ReasonCode::RE_AUTHENTICATE,
                properties: none,
            }),
            E::Properties(PropertySet::Auth),
        ),
        (
            V5,
            Packet::Auth(Auth {
                reason: ReasonCode::BANNED,
                properties: none,
            }),
            refused_code(PacketType::Auth, ReasonCode::BANNED),
        ),
    ];
    let mut reached = vec!["NotAnAcknowledgement", "PropertyValue"]; // below
    for (version, packet, error) in &refused {
        let mut out = vec![0xAA];
        assert_eq!(packet.encode(*version, &mut out), Err(*error));
        assert_eq!(out, [0xAA], "{error}: something was written");
        assert!(error.to_string().len() > 10);
        reached.push(encode_variant(error));
    }
    for variant in ENCODE_VARIANTS {
        assert!(reached.contains(variant), "{variant} is not reached");
    }
}

#[test]
fn only_acknowledgements_are_written_as_such() {
    let mut out = Vec::new();
    let ack = Ack::new(id(1), ReasonCode::SUCCESS);
    let error = ack.encode(V5, PacketType::Auth, &mut out);
    assert_eq!(
        (error, out),
        (Err(E::NotAnAcknowledgement(PacketType::Auth)), vec![])
    );
}

#[test]
fn a_property_that_cannot_be_written_leaves_the_list_as_it_was() {
    let mut list = PropertyBuffer::new();
    let long = "x".repeat(65_536);
    let id = PropertyId::SUBSCRIPTION_IDENTIFIER;
    assert_eq!(
        list.push(Property::SubscriptionIdentifier(268_435_456)),
        Err(E::PropertyValue(id))
    );
    assert_eq!(
        list.push(Property::ReasonString(&long)),
        Err(E::TooLong("Reason String"))
    );
    assert_eq!(
        list.push(Property::UserProperty("k", "\0")),
        Err(E::NullCharacter("User Property"))
    );
    assert_eq!(
        list.push(Property::CorrelationData(long.as_bytes())),
        Err(E::TooLong("Correlation Data"))
    );
    assert!(list.as_properties(PropertySet::Publish).unwrap().is_empty());
}
