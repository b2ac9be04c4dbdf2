//! Every packet, in both versions, against bytes written by hand from the specification.
#![cfg(not(target_arch = "wasm32"))]

mod codec_support;

use codec_support::{decode, encode, frame, hex, id};
use mqtt_mooring::codec::Version::{V5, V311};
use mqtt_mooring::codec::*;

/// The bytes mean the packet, and the packet is written as these bytes.
fn both_ways(version: Version, bytes: &str, packet: Packet<'_>) {
    let bytes = hex(bytes);
    assert_eq!(decode(version, &bytes).as_ref(), Ok(&packet));
    assert_eq!(encode(version, &packet), bytes, "{packet:?}");
}

/// A longer form of a packet is understood too; it is written as `shortest`.
fn longer_form(version: Version, bytes: &str, shortest: &str) {
    let bytes = hex(bytes);
    assert_eq!(
        encode(version, &decode(version, &bytes).unwrap()),
        hex(shortest)
    );
}

/// A list of one or more properties.
fn list(properties: &[Property<'_>]) -> PropertyBuffer {
    let mut list = PropertyBuffer::new();
    for property in properties {
        list.push(*property).unwrap();
    }
    list
}

fn no_properties() -> Properties<'static> {
    Properties::default()
}

fn minimal_connect(version: Version) -> Connect<'static> {
    Connect {
        version,
        clean_start: true,
        keep_alive: 60,
        client_id: "a",
        username: None,
        password: None,
        will: None,
        properties: no_properties(),
    }
}

#[test]
fn connect_with_nothing_optional() {
    both_ways(
        V311,
        "10 0d  00 04 4d 51 54 54  04  02  00 3c  00 01 61",
        Packet::Connect(minimal_connect(V311)),
    );
    both_ways(
        V5,
        "10 0e  00 04 4d 51 54 54  05  02  00 3c  00  00 01 61",
        Packet::Connect(minimal_connect(V5)),
    );
}

#[test]
fn connect_with_everything_in_3_1_1() {
    let will = Will {
        topic: "w",
        payload: b"bye",
        qos: QoS::AtLeastOnce,
        retain: true,
        properties: no_properties(),
    };
    let connect = Connect {
        clean_start: false,
        username: Some("u"),
        password: Some(b"\xFF"),
        will: Some(will),
        ..minimal_connect(V311)
    };
    both_ways(
        V311,
        "10 1b  00 04 4d 51 54 54  04
         ec ; user name, password, will retain, will QoS 1, will, no clean session
         00 3c  00 01 61  00 01 77  00 03 62 79 65  00 01 75  00 01 ff",
        Packet::Connect(connect),
    );
}

#[test]
fn connect_with_everything_in_5() {
    let own = list(&[
        Property::SessionExpiryInterval(10),
        Property::ReceiveMaximum(20),
    ]);
    let wills = list(&[Property::WillDelayInterval(5)]);
    let will = Will {
        topic: "w",
        payload: b"",
        qos: QoS::ExactlyOnce,
        retain: false,
        properties: wills.as_properties(PropertySet::Will).unwrap(),
    };
    let connect = Connect {
        username: Some("u"),
        password: Some(b"p"),
        will: Some(will),
        properties: own.as_properties(PropertySet::Connect).unwrap(),
        ..minimal_connect(V5)
    };
    both_ways(
        V5,
        "10 27  00 04 4d 51 54 54  05
         d6 ; user name, password, will QoS 2, will, clean start
         00 3c
         08  11 00 00 00 0a  21 00 14 ; session expiry, receive maximum
         00 01 61
         05  18 00 00 00 05 ; will delay
         00 01 77  00 00  00 01 75  00 01 70",
        Packet::Connect(connect),
    );
}

#[test]
fn connect_may_have_a_password_alone_in_5() {
    let connect = Connect {
        password: Some(b"token"),
        ..minimal_connect(V5)
    };
    both_ways(
        V5,
        "10 15  00 04 4d 51 54 54  05  42  00 3c  00  00 01 61  00 05 74 6f 6b 65 6e",
        Packet::Connect(connect),
    );
}

#[test]
fn a_connect_in_a_log_hides_its_password() {
    let connect = Connect {
        username: Some("alice"),
        password: Some(b"secret"),
        ..minimal_connect(V5)
    };
    let log = format!("{connect:?}");
    assert!(log.contains("alice") && log.contains("(hidden)"));
    assert!(
        !log.contains("secret") && !log.contains("115, 101"),
        "{log}"
    );
}

#[test]
fn connack_that_accepts() {
    let accepted = ConnAck {
        session_present: true,
        reason: ReasonCode::SUCCESS,
        properties: no_properties(),
    };
    both_ways(V311, "20 02  01 00", Packet::ConnAck(accepted));
    both_ways(V5, "20 03  01 00 00", Packet::ConnAck(accepted));
}

#[test]
fn connack_return_codes_of_3_1_1_become_reason_codes() {
    // Table 3.1 of 3.1.1: unacceptable version, identifier rejected, server unavailable, bad user name or password,
    // not authorized.
    for (code, reason) in [(1, 0x84), (2, 0x85), (3, 0x88), (4, 0x86), (5, 0x87)] {
        let refused = ConnAck {
            session_present: false,
            reason: ReasonCode(reason),
            properties: no_properties(),
        };
        both_ways(
            V311,
            &format!("20 02  00 {code:02x}"),
            Packet::ConnAck(refused),
        );
    }
}

#[test]
fn a_3_1_1_server_refusing_5_is_understood() {
    let bytes = hex("20 02  00 01");
    let Packet::ConnAck(refused) = decode(V5, &bytes).unwrap() else {
        panic!()
    };
    assert_eq!(refused.reason, ReasonCode::UNSUPPORTED_PROTOCOL_VERSION);
}

#[test]
fn connack_with_every_property() {
    let all = [
        Property::SessionExpiryInterval(u32::MAX),
        Property::ReceiveMaximum(10),
        Property::MaximumQos(1),
        Property::RetainAvailable(0),
        Property::MaximumPacketSize(1 << 20),
        Property::AssignedClientIdentifier("id"),
        Property::TopicAliasMaximum(3),
        Property::ReasonString("why"),
        Property::UserProperty("k", "v"),
        Property::WildcardSubscriptionAvailable(0),
        Property::SubscriptionIdentifierAvailable(1),
        Property::SharedSubscriptionAvailable(0),
        Property::ServerKeepAlive(30),
        Property::ResponseInformation("r"),
        Property::ServerReference("s"),
        Property::AuthenticationMethod("m"),
        Property::AuthenticationData(&[1]),
    ];
    let properties = list(&all);
    let properties = properties.as_properties(PropertySet::ConnAck).unwrap();
    let accepted = ConnAck {
        session_present: false,
        reason: ReasonCode::SUCCESS,
        properties,
    };
    both_ways(
        V5,
        "20 42  00 00  3f
         11 ff ff ff ff  21 00 0a  24 01  25 00  27 00 10 00 00  12 00 02 69 64  22 00 03  1f 00 03 77 68 79
         26 00 01 6b 00 01 76  28 00  29 01  2a 00  13 00 1e  1a 00 01 72  1c 00 01 73  15 00 01 6d  16 00 01 01",
        Packet::ConnAck(accepted),
    );
    assert!(properties.iter().eq(all), "in the order they were sent");
    assert_eq!(properties.reason_string(), Some("why"));
}

#[test]
fn publish_at_every_qos() {
    let publish = Publish {
        dup: false,
        qos: QoS::AtMostOnce,
        retain: false,
        topic: "a/b",
        packet_id: None,
        properties: no_properties(),
        payload: b"hi",
    };
    both_ways(
        V311,
        "30 07  00 03 61 2f 62  68 69",
        Packet::Publish(publish),
    );
    both_ways(
        V5,
        "30 08  00 03 61 2f 62  00  68 69",
        Packet::Publish(publish),
    );
    let publish = Publish {
        qos: QoS::AtLeastOnce,
        retain: true,
        packet_id: Some(id(10)),
        ..publish
    };
    both_ways(
        V311,
        "33 09  00 03 61 2f 62  00 0a  68 69",
        Packet::Publish(publish),
    );
    let publish = Publish {
        qos: QoS::ExactlyOnce,
        retain: false,
        dup: true,
        payload: b"",
        ..publish
    };
    both_ways(
        V5,
        "3c 08  00 03 61 2f 62  00 0a  00",
        Packet::Publish(publish),
    );
}

#[test]
fn publish_with_properties_and_a_topic_alias_for_a_topic() {
    let all = [
        Property::PayloadFormatIndicator(1),
        Property::MessageExpiryInterval(60),
        Property::TopicAlias(2),
        Property::ResponseTopic("r"),
        Property::CorrelationData(&[0xFF]),
        Property::UserProperty("k", ""),
        Property::UserProperty("k", ""),
        Property::SubscriptionIdentifier(1),
        Property::SubscriptionIdentifier(268_435_455),
        Property::ContentType("c"),
    ];
    let properties = list(&all);
    let properties = properties.as_properties(PropertySet::Publish).unwrap();
    let publish = Publish {
        dup: false,
        qos: QoS::AtMostOnce,
        retain: false,
        topic: "",
        packet_id: None,
        properties,
        payload: b"",
    };
    both_ways(
        V5,
        "30 2c  00 00  29
         01 01  02 00 00 00 3c  23 00 02  08 00 01 72  09 00 01 ff  26 00 01 6b 00 00  26 00 01 6b 00 00
         0b 01  0b ff ff ff 7f  03 00 01 63",
        Packet::Publish(publish),
    );
    assert_eq!(properties.topic_alias(), Some(2));
    assert_eq!(properties.message_expiry_interval(), Some(60));
    assert!(properties.iter().eq(all));
}

#[test]
fn a_response_topic_with_a_wildcard_does_not_cut_the_subscriber_off() {
    // [MQTT-3.3.2-14] binds the publisher, whom a server need not have checked.
    let bytes = hex("30 09  00 01 74  05  08 00 02 2f 23");
    assert!(decode(V5, &bytes).is_ok());
}

#[test]
fn a_string_may_hold_a_byte_order_mark_and_non_characters() {
    // [MQTT-1.5.4-3] and 1.5.4, which leaves non-characters to taste.
    let bytes = hex("30 08  00 06 ef bb bf ef bf bf");
    let Packet::Publish(publish) = decode(V311, &bytes).unwrap() else {
        panic!()
    };
    assert_eq!(publish.topic, "\u{feff}\u{ffff}");
}

#[test]
fn acknowledgements_in_their_shortest_form() {
    let ack = Ack::new(id(0x1234), ReasonCode::SUCCESS);
    for version in [V311, V5] {
        both_ways(version, "40 02  12 34", Packet::PubAck(ack));
        both_ways(version, "50 02  12 34", Packet::PubRec(ack));
        both_ways(version, "62 02  12 34", Packet::PubRel(ack));
        both_ways(version, "70 02  12 34", Packet::PubComp(ack));
    }
}

#[test]
fn acknowledgements_with_a_reason_and_with_properties() {
    let ack = Ack::new(id(1), ReasonCode::NO_MATCHING_SUBSCRIBERS);
    both_ways(V5, "40 03  00 01  10", Packet::PubAck(ack));
    both_ways(V5, "50 03  00 01  10", Packet::PubRec(ack));
    let ack = Ack::new(id(1), ReasonCode::PACKET_IDENTIFIER_NOT_FOUND);
    both_ways(V5, "62 03  00 01  92", Packet::PubRel(ack));
    both_ways(V5, "70 03  00 01  92", Packet::PubComp(ack));

    let why = list(&[Property::ReasonString("no")]);
    let properties = why.as_properties(PropertySet::PubAck).unwrap();
    let ack = Ack {
        packet_id: id(1),
        reason: ReasonCode::QUOTA_EXCEEDED,
        properties,
    };
    both_ways(
        V5,
        "40 09  00 01  97  05 1f 00 02 6e 6f",
        Packet::PubAck(ack),
    );
    let ack = Ack {
        reason: ReasonCode::SUCCESS,
        ..ack
    };
    both_ways(
        V5,
        "40 09  00 01  00  05 1f 00 02 6e 6f",
        Packet::PubAck(ack),
    );
}

#[test]
fn acknowledgements_in_longer_forms_than_needed() {
    longer_form(V5, "40 03  00 01  00", "40 02  00 01");
    longer_form(V5, "62 04  00 01  00 00", "62 02  00 01");
    longer_form(V5, "70 04  00 01  92 00", "70 03  00 01  92");
}

#[test]
fn subscribe_with_options() {
    let plain = SubscriptionOptions::qos(QoS::ExactlyOnce);
    let subscribe = Subscribe {
        packet_id: id(10),
        properties: no_properties(),
        filters: vec![
            ("a/b", SubscriptionOptions::qos(QoS::AtLeastOnce)),
            ("c/#", plain),
        ],
    };
    both_ways(
        V311,
        "82 0e  00 0a  00 03 61 2f 62 01  00 03 63 2f 23 02",
        Packet::Subscribe(subscribe.clone()),
    );
    both_ways(
        V5,
        "82 0f  00 0a  00  00 03 61 2f 62 01  00 03 63 2f 23 02",
        Packet::Subscribe(subscribe),
    );

    let named = list(&[Property::SubscriptionIdentifier(128)]);
    let all = SubscriptionOptions {
        no_local: true,
        retain_as_published: true,
        retain_handling: RetainHandling::DoNotSend,
        ..plain
    };
    let subscribe = Subscribe {
        packet_id: id(1),
        properties: named.as_properties(PropertySet::Subscribe).unwrap(),
        filters: vec![("+", all)],
    };
    both_ways(
        V5,
        "82 0a  00 01  03 0b 80 01  00 01 2b 2e",
        Packet::Subscribe(subscribe),
    );
}

#[test]
fn subscription_options_fit_their_byte() {
    let valid = (0..=255).filter(|&bits| SubscriptionOptions::from_bits(bits).is_some());
    assert_eq!(valid.clone().count(), 3 * 2 * 2 * 3);
    for bits in valid {
        assert_eq!(
            SubscriptionOptions::from_bits(bits).unwrap().to_bits(),
            bits
        );
    }
}

#[test]
fn suback_with_grants_and_failures() {
    let codes = [0, 1, 2, 0x80];
    let suback = SubAck {
        packet_id: id(10),
        properties: no_properties(),
        codes: &codes,
    };
    both_ways(V311, "90 06  00 0a  00 01 02 80", Packet::SubAck(suback));
    both_ways(V5, "90 07  00 0a  00  00 01 02 80", Packet::SubAck(suback));
    assert!(
        suback
            .reasons()
            .map(ReasonCode::is_failure)
            .eq([false, false, false, true])
    );
}

#[test]
fn a_failure_of_5_in_a_3_1_1_suback_is_a_failure() {
    // ejabberd 23.01 answers a filter it does not like with 0x8F.
    let suback = SubAck {
        packet_id: id(10),
        properties: no_properties(),
        codes: &[0x8F],
    };
    both_ways(V311, "90 03  00 0a  8f", Packet::SubAck(suback));
}

#[test]
fn unsubscribe_and_unsuback() {
    let unsubscribe = Unsubscribe {
        packet_id: id(10),
        properties: no_properties(),
        filters: vec!["a/b", "c"],
    };
    both_ways(
        V311,
        "a2 0a  00 0a  00 03 61 2f 62  00 01 63",
        Packet::Unsubscribe(unsubscribe.clone()),
    );
    both_ways(
        V5,
        "a2 0b  00 0a  00  00 03 61 2f 62  00 01 63",
        Packet::Unsubscribe(unsubscribe),
    );
    let unsuback = UnsubAck {
        packet_id: id(10),
        properties: no_properties(),
        codes: &[],
    };
    both_ways(V311, "b0 02  00 0a", Packet::UnsubAck(unsuback));
    let unsuback = UnsubAck {
        codes: &[0x00, 0x11],
        ..unsuback
    };
    both_ways(V5, "b0 05  00 0a  00  00 11", Packet::UnsubAck(unsuback));
    assert!(
        unsuback
            .reasons()
            .eq([ReasonCode::SUCCESS, ReasonCode::NO_SUBSCRIPTION_EXISTED])
    );
}

#[test]
fn pings() {
    for version in [V311, V5] {
        both_ways(version, "c0 00", Packet::PingReq);
        both_ways(version, "d0 00", Packet::PingResp);
    }
}

#[test]
fn disconnect_from_nothing_to_everything() {
    let normal = Disconnect::new(ReasonCode::NORMAL_DISCONNECTION);
    both_ways(V311, "e0 00", Packet::Disconnect(normal));
    both_ways(V5, "e0 00", Packet::Disconnect(normal));
    both_ways(
        V5,
        "e0 01  8e",
        Packet::Disconnect(Disconnect::new(ReasonCode::SESSION_TAKEN_OVER)),
    );
    // Figure 3-24 of the specification.
    let expiry = list(&[Property::SessionExpiryInterval(0)]);
    let properties = expiry.as_properties(PropertySet::Disconnect).unwrap();
    both_ways(
        V5,
        "e0 07  00  05 11 00 00 00 00",
        Packet::Disconnect(Disconnect {
            properties,
            ..normal
        }),
    );
    longer_form(V5, "e0 01  00", "e0 00");
    longer_form(V5, "e0 02  8e 00", "e0 01  8e");
}

#[test]
fn auth_with_its_method_and_without() {
    let method = list(&[
        Property::AuthenticationMethod("m"),
        Property::AuthenticationData(&[1, 2]),
    ]);
    let properties = method.as_properties(PropertySet::Auth).unwrap();
    let auth = Auth {
        reason: ReasonCode::CONTINUE_AUTHENTICATION,
        properties,
    };
    both_ways(
        V5,
        "f0 0b  18  09 15 00 01 6d  16 00 02 01 02",
        Packet::Auth(auth),
    );
    let bare = Auth {
        reason: ReasonCode::SUCCESS,
        properties: no_properties(),
    };
    both_ways(V5, "f0 00", Packet::Auth(bare));
    longer_form(V5, "f0 02  00 00", "f0 00");
}

#[test]
fn each_packet_can_be_read_without_the_others() {
    let bytes = hex("40 02 00 01");
    let ack = Ack::decode(V5, PacketType::PubAck, frame(&bytes)).unwrap();
    assert_eq!(ack.packet_id, id(1));
    let mut out = vec![0xAA];
    PingReq.encode(V5, &mut out).unwrap();
    PingResp.encode(V5, &mut out).unwrap();
    assert_eq!(out, hex("aa  c0 00  d0 00"), "encoding appends");
    assert_eq!(PingResp::decode(V5, frame(&out[3..])), Ok(PingResp));
}

#[test]
fn reason_codes_are_the_43_of_the_specification() {
    let known = (0..=255)
        .map(ReasonCode)
        .filter(|code| code.name() != "Unknown reason code");
    assert_eq!(known.clone().count(), 43);
    assert_eq!(
        ReasonCode::WILDCARD_SUBSCRIPTIONS_NOT_SUPPORTED,
        ReasonCode(0xA2)
    );
    assert_eq!(
        format!("{}, {:?}", ReasonCode::BANNED, ReasonCode(0x8A)),
        "Banned, 0x8a Banned"
    );
    let answers = [
        PacketType::ConnAck,
        PacketType::PubAck,
        PacketType::PubRel,
        PacketType::SubAck,
        PacketType::UnsubAck,
        PacketType::Disconnect,
        PacketType::Auth,
    ];
    for code in known {
        assert!(
            answers.iter().any(|packet| code.is_valid_in(*packet)),
            "{code} stands nowhere"
        );
        assert!(
            !code.is_valid_in(PacketType::Publish),
            "PUBLISH has no reason code"
        );
    }
}

#[test]
fn packet_types_and_qos_have_their_numbers() {
    for bits in 0..=255 {
        assert_eq!(
            PacketType::from_bits(bits).map(|packet| packet as u8),
            (1..=15).contains(&bits).then_some(bits)
        );
        assert_eq!(
            QoS::from_bits(bits).map(|qos| qos as u8),
            (bits < 3).then_some(bits)
        );
    }
    assert_eq!((V311.level(), V5.level()), (4, 5));
}
