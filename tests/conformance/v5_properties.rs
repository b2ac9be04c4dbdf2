//! MQTT 5 properties byte by byte (table 2-4), and what a CONNECT says.

// Each chapter takes what it needs.
#![allow(dead_code)]

use mqtt_mooring::client::PublishRequest;
use mqtt_mooring::codec::QoS;

use super::bytes::{CONNECT, Reader, packet, text, two, varint};
use crate::support::message;

/// A property of one byte.
pub(crate) fn flag(id: u8, value: u8) -> Vec<u8> {
    vec![id, value]
}

/// A property of two bytes.
pub(crate) fn short(id: u8, value: u16) -> Vec<u8> {
    [&[id][..], &two(value)].concat()
}

/// A property of four bytes.
pub(crate) fn long(id: u8, value: u32) -> Vec<u8> {
    [&[id][..], &value.to_be_bytes()].concat()
}

/// A property that is a string, or binary data.
pub(crate) fn word(id: u8, value: impl AsRef<[u8]>) -> Vec<u8> {
    [&[id][..], &text(value)].concat()
}

/// A User Property.
pub(crate) fn user(name: impl AsRef<[u8]>, value: impl AsRef<[u8]>) -> Vec<u8> {
    [&[USER_PROPERTY][..], &text(name), &text(value)].concat()
}

/// A Subscription Identifier.
pub(crate) fn subscription_identifier(number: usize) -> Vec<u8> {
    [&[SUBSCRIPTION_IDENTIFIER][..], &varint(number)].concat()
}

/// Identifiers of properties.
pub(crate) const PAYLOAD_FORMAT_INDICATOR: u8 = 0x01;
pub(crate) const MESSAGE_EXPIRY_INTERVAL: u8 = 0x02;
pub(crate) const CONTENT_TYPE: u8 = 0x03;
pub(crate) const RESPONSE_TOPIC: u8 = 0x08;
pub(crate) const CORRELATION_DATA: u8 = 0x09;
pub(crate) const SUBSCRIPTION_IDENTIFIER: u8 = 0x0B;
pub(crate) const SESSION_EXPIRY_INTERVAL: u8 = 0x11;
pub(crate) const ASSIGNED_CLIENT_IDENTIFIER: u8 = 0x12;
pub(crate) const SERVER_KEEP_ALIVE: u8 = 0x13;
pub(crate) const AUTHENTICATION_METHOD: u8 = 0x15;
pub(crate) const AUTHENTICATION_DATA: u8 = 0x16;
pub(crate) const REQUEST_PROBLEM_INFORMATION: u8 = 0x17;
pub(crate) const WILL_DELAY_INTERVAL: u8 = 0x18;
pub(crate) const REQUEST_RESPONSE_INFORMATION: u8 = 0x19;
pub(crate) const RESPONSE_INFORMATION: u8 = 0x1A;
pub(crate) const SERVER_REFERENCE: u8 = 0x1C;
pub(crate) const REASON_STRING: u8 = 0x1F;
pub(crate) const RECEIVE_MAXIMUM: u8 = 0x21;
pub(crate) const TOPIC_ALIAS_MAXIMUM: u8 = 0x22;
pub(crate) const TOPIC_ALIAS: u8 = 0x23;
pub(crate) const MAXIMUM_QOS: u8 = 0x24;
pub(crate) const RETAIN_AVAILABLE: u8 = 0x25;
pub(crate) const USER_PROPERTY: u8 = 0x26;
pub(crate) const MAXIMUM_PACKET_SIZE: u8 = 0x27;
pub(crate) const WILDCARD_SUBSCRIPTION_AVAILABLE: u8 = 0x28;
pub(crate) const SUBSCRIPTION_IDENTIFIER_AVAILABLE: u8 = 0x29;
pub(crate) const SHARED_SUBSCRIPTION_AVAILABLE: u8 = 0x2A;

/// An acknowledgement with a reason code and no properties, as short as it can be (3.4.2.2.1).
pub(crate) fn ack_saying(first: u8, id: u16, reason: u8) -> Vec<u8> {
    packet(first, &[&two(id), &[reason]])
}

/// A DISCONNECT with a reason code and no properties, as short as it can be (3.14.2.2.1).
pub(crate) fn disconnect_saying(reason: u8) -> Vec<u8> {
    packet(0xE0, &[&[reason]])
}

/// A message to `topic`.
pub(crate) fn to(topic: &str, qos: QoS) -> PublishRequest<'_> {
    PublishRequest {
        topic,
        ..message("x", qos)
    }
}

/// A message with these properties.
pub(crate) fn with(properties: &[u8], qos: QoS) -> PublishRequest<'_> {
    PublishRequest {
        properties,
        ..message("x", qos)
    }
}

/// A CONNECT, field by field.
pub(crate) struct Opening<'a> {
    pub(crate) flags: u8,
    pub(crate) keep_alive: u16,
    pub(crate) properties: &'a [u8],
    /// What follows the properties.
    pub(crate) payload: &'a [u8],
}

impl<'a> Opening<'a> {
    pub(crate) fn read(connect: &'a [u8]) -> Self {
        let mut reader = Reader::of(CONNECT, connect);
        assert_eq!(reader.text(), "MQTT");
        assert_eq!(reader.byte(), 5);
        Self {
            flags: reader.byte(),
            keep_alive: reader.two(),
            properties: reader.properties(),
            payload: reader.rest(),
        }
    }
}

/// Connect flags.
pub(crate) const CLEAN_START: u8 = 0x02;
pub(crate) const WILL: u8 = 0x04;
pub(crate) const WILL_RETAIN: u8 = 0x20;
pub(crate) const PASSWORD: u8 = 0x40;
pub(crate) const USER_NAME: u8 = 0x80;
