//! Packets as lines of a trace: what they say, and what they never do.
#![cfg(not(target_arch = "wasm32"))]

mod codec_support;

use codec_support::{encode, frame, hex, id, list, no_properties};
use mqtt_mooring::codec::Version::{V5, V311};
use mqtt_mooring::codec::*;
use proptest::prelude::*;

fn line(version: Version, packet: &Packet<'_>) -> String {
    of_bytes(version, &encode(version, packet))
}

fn of_bytes(version: Version, bytes: &[u8]) -> String {
    describe(version, frame(bytes)).to_string()
}

#[test]
fn a_connect_shows_whether_there_are_credentials_and_not_which() {
    let connect = Connect {
        version: V5,
        clean_start: true,
        keep_alive: 60,
        client_id: "tablet-17",
        username: Some("anna"),
        password: Some(b"secret"),
        will: Some(Will {
            topic: "gone",
            payload: b"hidden",
            qos: QoS::AtLeastOnce,
            retain: true,
            properties: no_properties(),
        }),
        properties: no_properties(),
    };
    assert_eq!(
        line(V5, &Packet::Connect(connect)),
        "CONNECT, client identifier \"tablet-17\", clean start, keep alive 60, with user name, with password, \
         will \"gone\" QoS 1, RETAIN, remaining length 51"
    );
}

#[test]
fn a_publish_shows_its_topic_its_flags_and_the_size_of_its_payload() {
    let publish = Publish {
        dup: true,
        qos: QoS::ExactlyOnce,
        retain: true,
        topic: "a/b",
        packet_id: Some(id(7)),
        properties: no_properties(),
        payload: b"secret",
    };
    assert_eq!(
        line(V311, &Packet::Publish(publish)),
        "PUBLISH, \"a/b\" QoS 2, DUP, RETAIN, packet identifier 7, payload 6 bytes, remaining length 13"
    );
    assert_eq!(
        of_bytes(V5, &hex("30 06  00 00  03 23 00 05")),
        "PUBLISH, \"\" alias 5 QoS 0, payload 0 bytes, remaining length 6"
    );
}

#[test]
fn what_the_server_wrote_cannot_break_the_line() {
    let publish = Publish {
        dup: false,
        qos: QoS::AtMostOnce,
        retain: false,
        topic: "a\nlogLevel\u{9B}1\r",
        packet_id: None,
        properties: no_properties(),
        payload: b"",
    };
    assert_eq!(
        line(V311, &Packet::Publish(publish)),
        "PUBLISH, \"a\u{FFFD}logLevel\u{FFFD}1\u{FFFD}\" QoS 0, payload 0 bytes, remaining length 16"
    );
}

#[test]
fn acknowledgements_show_their_reason_in_mqtt_5() {
    let ack = Ack::new(id(9), ReasonCode::QUOTA_EXCEEDED);
    assert_eq!(
        line(V5, &Packet::PubRec(ack)),
        "PUBREC, packet identifier 9, Quota exceeded (151), remaining length 3"
    );
    let ack = Ack::new(id(9), ReasonCode::SUCCESS);
    assert_eq!(
        line(V5, &Packet::PubComp(ack)),
        "PUBCOMP, packet identifier 9, Success, remaining length 2"
    );
    assert_eq!(
        line(V311, &Packet::PubAck(ack)),
        "PUBACK, packet identifier 9, remaining length 2"
    );
}

#[test]
fn requests_show_every_filter_and_their_answers_every_code() {
    let subscribe = Subscribe {
        packet_id: id(1),
        properties: no_properties(),
        filters: vec![
            ("a/+", SubscriptionOptions::qos(QoS::ExactlyOnce)),
            ("#", SubscriptionOptions::qos(QoS::AtMostOnce)),
        ],
    };
    assert_eq!(
        line(V311, &Packet::Subscribe(subscribe)),
        "SUBSCRIBE, packet identifier 1, \"a/+\" QoS 2, \"#\" QoS 0, remaining length 12"
    );
    assert_eq!(
        of_bytes(V5, &hex("90 06  00 01  00  00 02 87")),
        "SUBACK, packet identifier 1, Granted QoS 0, Granted QoS 2 (2), Not authorized (135), remaining length 6"
    );
    let unsubscribe = Unsubscribe {
        packet_id: id(2),
        properties: no_properties(),
        filters: vec!["a/+"],
    };
    assert_eq!(
        line(V5, &Packet::Unsubscribe(unsubscribe)),
        "UNSUBSCRIBE, packet identifier 2, \"a/+\", remaining length 8"
    );
    assert_eq!(
        of_bytes(V5, &hex("b0 04  00 02  00  11")),
        "UNSUBACK, packet identifier 2, No subscription existed (17), remaining length 4"
    );
}

#[test]
fn the_packets_of_a_connection_show_what_became_of_it() {
    assert_eq!(
        of_bytes(V311, &hex("20 02  01 00")),
        "CONNACK, Success, session present, remaining length 2"
    );
    assert_eq!(
        of_bytes(V5, &hex("20 03  00 86 00")),
        "CONNACK, Bad User Name or Password (134), remaining length 3"
    );
    assert_eq!(of_bytes(V5, &hex("c0 00")), "PINGREQ, remaining length 0");
    assert_eq!(
        of_bytes(V5, &hex("e0 01 8e")),
        "DISCONNECT, Session taken over (142), remaining length 1"
    );
    // The method's data is a credential.
    assert_eq!(
        of_bytes(V5, &hex("f0 0b  18 09  15 00 01 6d  16 00 02 73 65")),
        "AUTH, Continue authentication (24), remaining length 11"
    );
}

#[test]
fn what_cannot_be_read_is_said_to_be_so() {
    let line = of_bytes(V5, &hex("40 01 00"));
    assert!(line.starts_with("PUBACK, malformed: "), "{line}");
    let reserved = Frame {
        header: 0,
        body: &[],
    };
    let line = describe(V5, reserved).to_string();
    assert!(line.starts_with("packet, malformed: "), "{line}");
}

#[test]
fn no_payload_and_no_credential_is_shown() {
    const SECRET: &str = "s3cr3t";
    let connect = Connect {
        version: V5,
        clean_start: true,
        keep_alive: 1,
        client_id: "c",
        username: Some(SECRET),
        password: Some(SECRET.as_bytes()),
        will: Some(Will {
            topic: "w",
            payload: SECRET.as_bytes(),
            qos: QoS::AtMostOnce,
            retain: false,
            properties: no_properties(),
        }),
        properties: no_properties(),
    };
    let publish = Publish {
        dup: false,
        qos: QoS::AtMostOnce,
        retain: false,
        topic: "t",
        packet_id: None,
        properties: no_properties(),
        payload: SECRET.as_bytes(),
    };
    let properties = list(&[
        Property::AuthenticationMethod("m"),
        Property::AuthenticationData(SECRET.as_bytes()),
    ]);
    let auth = Auth {
        reason: ReasonCode::CONTINUE_AUTHENTICATION,
        properties: properties.as_properties(PropertySet::Auth).unwrap(),
    };
    for packet in [
        Packet::Connect(connect),
        Packet::Publish(publish),
        Packet::Auth(auth),
    ] {
        let line = line(V5, &packet);
        assert!(!line.contains(SECRET), "{line}");
    }
}

proptest! {
    #[test]
    fn whatever_the_bytes_are_there_is_one_line(
        header in any::<u8>(),
        body in proptest::collection::vec(any::<u8>(), 0..64),
    ) {
        for version in [V311, V5] {
            let line = describe(version, Frame { header, body: &body }).to_string();
            prop_assert!(!line.contains(['\n', '\r']), "{line}");
        }
    }
}
