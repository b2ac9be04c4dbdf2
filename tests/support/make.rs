//! Short ways to say what a test needs.

use mqtt_mooring::client::PublishRequest;
use mqtt_mooring::client::config::Config;
use mqtt_mooring::codec::{
    PacketId, Properties, Property, PropertyBuffer, PropertySet, QoS, Version,
};

use mqtt_mooring::session::message::Message;

use super::broker::ToClient;

/// Both versions, for tests that hold in both.
pub(crate) const VERSIONS: [Version; 2] = [Version::V311, Version::V5];

/// All three.
pub(crate) const QOS: [QoS; 3] = [QoS::AtMostOnce, QoS::AtLeastOnce, QoS::ExactlyOnce];

/// The client identifier of all tests.
pub(crate) const ID: &str = "tablet-17";

/// When virtual time begins: some day in 2026, in milliseconds.
pub(crate) const START: u64 = 1_790_000_000_000;

/// A session to keep, without keep alive.
pub(crate) fn config(version: Version) -> Config {
    Config {
        version,
        client_id: ID.into(),
        clean_session: false,
        keep_alive: 0,
        ..Config::default()
    }
}

/// A message to publish.
pub(crate) fn message<'a>(payload: &'a str, qos: QoS) -> PublishRequest<'a> {
    PublishRequest {
        topic: "meters/7",
        payload: payload.as_bytes(),
        qos,
        retain: false,
        properties: &[],
        key: None,
    }
}

/// A message as a session holds it.
pub(crate) fn stored_message(topic: &str, payload: &[u8], qos: QoS) -> Box<Message> {
    Box::new(Message {
        key: None,
        topic: topic.into(),
        payload: payload.into(),
        qos,
        retain: false,
        properties: Box::default(),
        expires_at: None,
    })
}

/// A message for the client.
pub(crate) fn to_client(payload: &str, qos: QoS) -> ToClient {
    ToClient {
        topic: "commands/7".into(),
        payload: payload.into(),
        qos,
        retain: false,
        properties: Vec::new(),
    }
}

/// An identifier.
pub(crate) fn id(number: u16) -> PacketId {
    PacketId::new(number).expect("not 0")
}

/// Encoded properties.
pub(crate) fn encoded(list: &[Property<'_>]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for property in list {
        property
            .encode(&mut bytes)
            .expect("the test's own property");
    }
    bytes
}

/// Reads encoded properties.
pub(crate) fn properties(set: PropertySet, bytes: &[u8]) -> Properties<'_> {
    Properties::parse(set, bytes).expect("the test's own properties")
}
