//! The packets that carry messages, acknowledge them and subscribe to them, against bytes written
//! by hand from the specification, in both versions.
#![cfg(not(target_arch = "wasm32"))]

mod codec_support;

use codec_support::{both_ways, decode, frame, hex, id, list, longer_form, no_properties};
use mqtt_mooring::codec::Version::{V5, V311};
use mqtt_mooring::codec::*;

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
