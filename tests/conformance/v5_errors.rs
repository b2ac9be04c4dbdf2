//! MQTT 5, chapter 4.13, held against table 2-4: every property in every packet of a server.

use mqtt_mooring::client::Credentials;
use mqtt_mooring::client::output::Cause;
use mqtt_mooring::codec::{QoS, ReasonCode, Version};

use super::bytes::*;
use super::line::Line;
use super::v5_properties::*;

const V: Version = Version::V5;
const METHOD: &str = "m";
const DISCONNECTS: u8 = DISCONNECT[0];

/// The packets of a server that have properties.
const PACKETS: [u8; 10] = [
    CONNACK,
    PUBLISH,
    PUBACK,
    PUBREC,
    PUBREL,
    PUBCOMP,
    SUBACK,
    UNSUBACK,
    DISCONNECTS,
    AUTH,
];

/// Table 2-4: every property with a value it may have, and the packets of a server it may stand in.
fn table() -> Vec<(Vec<u8>, &'static [u8])> {
    const ACKS: [u8; 9] = [
        CONNACK,
        PUBACK,
        PUBREC,
        PUBREL,
        PUBCOMP,
        SUBACK,
        UNSUBACK,
        DISCONNECTS,
        AUTH,
    ];
    vec![
        (flag(PAYLOAD_FORMAT_INDICATOR, 1), &[PUBLISH]),
        (long(MESSAGE_EXPIRY_INTERVAL, 9), &[PUBLISH]),
        (word(CONTENT_TYPE, "c"), &[PUBLISH]),
        (word(RESPONSE_TOPIC, "r"), &[PUBLISH]),
        (word(CORRELATION_DATA, "d"), &[PUBLISH]),
        (subscription_identifier(200), &[PUBLISH]),
        // In a server's DISCONNECT it is no property out of place, but still not the server's to send [MQTT-3.14.2-2].
        (long(SESSION_EXPIRY_INTERVAL, 9), &[CONNACK, DISCONNECTS]),
        (word(ASSIGNED_CLIENT_IDENTIFIER, "id"), &[CONNACK]),
        (short(SERVER_KEEP_ALIVE, 9), &[CONNACK]),
        (word(AUTHENTICATION_METHOD, METHOD), &[CONNACK, AUTH]),
        (word(AUTHENTICATION_DATA, "d"), &[CONNACK, AUTH]),
        (flag(REQUEST_PROBLEM_INFORMATION, 1), &[]),
        (long(WILL_DELAY_INTERVAL, 9), &[]),
        (flag(REQUEST_RESPONSE_INFORMATION, 1), &[]),
        (word(RESPONSE_INFORMATION, "r"), &[CONNACK]),
        (word(SERVER_REFERENCE, "s"), &[CONNACK, DISCONNECTS]),
        (word(REASON_STRING, "r"), &ACKS),
        (short(RECEIVE_MAXIMUM, 9), &[CONNACK]),
        (short(TOPIC_ALIAS_MAXIMUM, 9), &[CONNACK]),
        (short(TOPIC_ALIAS, 9), &[PUBLISH]),
        (flag(MAXIMUM_QOS, 1), &[CONNACK]),
        (flag(RETAIN_AVAILABLE, 1), &[CONNACK]),
        (user("n", "v"), &PACKETS),
        (long(MAXIMUM_PACKET_SIZE, 900), &[CONNACK]),
        (flag(WILDCARD_SUBSCRIPTION_AVAILABLE, 1), &[CONNACK]),
        (flag(SUBSCRIPTION_IDENTIFIER_AVAILABLE, 1), &[CONNACK]),
        (flag(SHARED_SUBSCRIPTION_AVAILABLE, 1), &[CONNACK]),
    ]
}

/// A client that authenticates, has said CONNECT, and waits for everything there is an answer to, but for CONNACK if
/// that is `first`.
fn waiting_for(first: u8) -> Line {
    let mut line = Line::new(V);
    line.config.authentication = Some(METHOD.into());
    line.config.topic_alias_maximum = 10;
    let (config, now) = (line.config.clone(), line.now);
    line.client.connect(config, now).expect("begun");
    line.drain(&[]);
    line.client.prepare(Credentials::default());
    line.open();
    if first != CONNACK {
        line.hears(connack_with(
            V,
            false,
            0,
            &word(AUTHENTICATION_METHOD, METHOD),
        ));
        line.send("x", QoS::AtLeastOnce);
        line.send("x", QoS::ExactlyOnce);
        line.subscribes("t", QoS::AtMostOnce);
        line.unsubscribes("t");
        line.hears(publish(V, QOS_2, "t", 5, "x"));
        line.send("x", QoS::ExactlyOnce);
        line.hears(ack(PUBREC, 5));
        line.client.reauthenticate(None, &[], now).expect("begun");
        line.drain(&[]);
    }
    line.all();
    line
}

/// The packet that begins with `first`, with these properties; where they need a method, with that, too.
fn with_properties(first: u8, list: &[u8]) -> Vec<u8> {
    let method = word(AUTHENTICATION_METHOD, METHOD);
    let needs_method =
        matches!(first, CONNACK | AUTH) && list.first() != Some(&AUTHENTICATION_METHOD);
    let list = [if needs_method { &method[..] } else { &[] }, list].concat();
    match first {
        CONNACK => connack_with(V, false, 0, &list),
        PUBLISH => publish_with(V, 0, "t", 0, &list, "x"),
        PUBACK => ack_with(first, 1, 0, &list),
        PUBREC => ack_with(first, 2, 0, &list),
        PUBREL => ack_with(first, 5, 0, &list),
        PUBCOMP => ack_with(first, 5, 0, &list),
        SUBACK => packet(first, &[&two(3), &properties(V, &list), &[0]]),
        UNSUBACK => packet(first, &[&two(4), &properties(V, &list), &[0]]),
        DISCONNECTS => disconnect(0x8B, &list),
        _ => auth(0x18, &list),
    }
}

#[test]
fn v5_4_13_1_1_a_property_in_a_packet_it_does_not_belong_to_is_malformed() {
    for (property, places) in table() {
        for first in PACKETS {
            let mut line = waiting_for(first);
            line.hears(with_properties(first, &property));
            let case = format!("property {:#04x} in {first:#04x}", property[0]);
            if !places.contains(&first) {
                line.ended_in_protest(ReasonCode::MALFORMED_PACKET);
            } else if first == DISCONNECTS {
                let cause = Cause::ServerDisconnect(ReasonCode::SERVER_SHUTTING_DOWN);
                assert_eq!(*line.ledger.last_cause(), cause, "{case}");
            } else {
                assert!(line.ledger.ends().is_empty(), "{case}: {}", line.story());
            }
        }
    }
}

#[test]
fn v5_4_13_1_1_a_property_that_comes_twice_is_a_protocol_error_unless_it_may() {
    for (property, places) in table() {
        for first in places {
            let twice = [property.clone(), property.clone()].concat();
            let mut line = waiting_for(*first);
            line.hears(with_properties(*first, &twice));
            let may = property[0] == USER_PROPERTY
                || (property[0] == SUBSCRIPTION_IDENTIFIER && *first == PUBLISH);
            match may {
                true if *first == DISCONNECTS => {
                    assert!(matches!(
                        line.ledger.last_cause(),
                        Cause::ServerDisconnect(_)
                    ));
                }
                true => assert!(line.ledger.ends().is_empty()),
                false => drop(line.ended_in_protest(ReasonCode::PROTOCOL_ERROR)),
            }
        }
    }
}

#[test]
fn v5_4_13_1_1_a_value_that_a_property_must_not_have_is_a_protocol_error() {
    for property in [
        short(RECEIVE_MAXIMUM, 0),
        long(MAXIMUM_PACKET_SIZE, 0),
        flag(MAXIMUM_QOS, 2),
        flag(RETAIN_AVAILABLE, 2),
        flag(WILDCARD_SUBSCRIPTION_AVAILABLE, 2),
        flag(SUBSCRIPTION_IDENTIFIER_AVAILABLE, 0xFF),
        flag(SHARED_SUBSCRIPTION_AVAILABLE, 2),
    ] {
        let mut line = waiting_for(CONNACK);
        line.hears(with_properties(CONNACK, &property));
        line.ended_in_protest(ReasonCode::PROTOCOL_ERROR);
    }
    for (property, reason) in [
        (
            flag(PAYLOAD_FORMAT_INDICATOR, 2),
            ReasonCode::PROTOCOL_ERROR,
        ),
        (subscription_identifier(0), ReasonCode::PROTOCOL_ERROR),
        (short(TOPIC_ALIAS, 0), ReasonCode::TOPIC_ALIAS_INVALID),
    ] {
        let mut line = waiting_for(PUBLISH);
        line.hears(with_properties(PUBLISH, &property));
        line.ended_in_protest(reason);
    }
    // Authentication Data of no method.
    let mut line = waiting_for(CONNACK);
    line.hears(connack_with(V, false, 0, &word(AUTHENTICATION_DATA, "d")));
    line.ended_in_protest(ReasonCode::PROTOCOL_ERROR);
}

#[test]
fn v5_4_13_1_1_a_packet_that_ends_inside_a_property_or_goes_on_behind_it_is_malformed() {
    for (property, places) in table() {
        for first in places {
            let whole = with_properties(*first, &property);
            // Where the properties end, in a packet that has nothing behind them but what is its own.
            for cut in 1..property.len() {
                let mut line = waiting_for(*first);
                line.hears(with_properties(*first, &property[..cut]));
                line.ended_in_protest(ReasonCode::MALFORMED_PACKET);
            }
            if !matches!(*first, PUBLISH | SUBACK | UNSUBACK) {
                let longer = [&[whole[0], whole[1] + 1][..], &whole[2..], &[0]].concat();
                let mut line = waiting_for(*first);
                line.hears(longer);
                line.ended_in_protest(ReasonCode::MALFORMED_PACKET);
            }
        }
    }
}
