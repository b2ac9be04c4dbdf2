//! The options of a client: one table of names, read and written by name, from the constructor's object
//! and through the properties alike.
//!
//! Must never live here: when an option may be changed; the class knows whether there is a connection.

use js_sys::Array;
use wasm_bindgen::JsValue;

use super::arguments as read;
use super::error::Fault;
use crate::client::config::{Config, WhenSessionLost};
use crate::codec::{Properties, Property, PropertyBuffer, PropertySet, Version};

/// How many topic aliases the server may use, unless the application says otherwise.
const TOPIC_ALIASES: u16 = 16;

/// Where `sessionKey` lives.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Place {
    Local,
    Session,
    Memory,
}

/// All options.
#[derive(Clone, Debug)]
pub(super) struct Options {
    pub(super) url: String,
    pub(super) websocket_protocol: String,
    pub(super) session_key: Option<String>,
    pub(super) storage: Place,
    /// What the machine is to connect with.
    pub(super) config: Config,
    /// The will as it was given.
    will: JsValue,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            url: String::new(),
            websocket_protocol: "mqtt".into(),
            session_key: None,
            storage: Place::Local,
            config: Config {
                topic_alias_maximum: TOPIC_ALIASES,
                ..Config::default()
            },
            will: JsValue::UNDEFINED,
        }
    }
}

impl Options {
    /// Reads the constructor's argument.
    pub(super) fn read(object: &JsValue) -> Result<Self, Fault> {
        let mut options = Self::default();
        read::each("the options of MqttClient", object, |name, value| {
            options.set(name, value)
        })?;
        Ok(options)
    }

    /// The option `name`; undefined when it is not set. A password is not shown.
    pub(super) fn get(&self, name: &str) -> JsValue {
        let config = &self.config;
        match name {
            "url" => self.url.as_str().into(),
            "clientId" => config.client_id.as_str().into(),
            "cleanSession" => config.clean_session.into(),
            "protocolVersion" => match config.version {
                Version::V311 => "3.1.1".into(),
                Version::V5 => "5".into(),
            },
            "username" => optional(config.username.as_deref()),
            "keepAlive" => config.keep_alive.into(),
            "will" => self.will.clone(),
            "sessionKey" => optional(self.session_key.as_deref()),
            "storage" => match self.storage {
                Place::Local => "local".into(),
                Place::Session => "session".into(),
                Place::Memory => "memory".into(),
            },
            "sessionExpiryInterval" => optional(config.session_expiry_interval),
            "receiveMaximum" => optional(config.receive_maximum),
            "inflightWindow" => optional(config.inflight_window),
            "maximumPacketSize" => optional(config.maximum_packet_size),
            "topicAliasMaximum" => config.topic_alias_maximum.into(),
            "userProperties" => pairs(&config.user_properties),
            "timeout" => (config.timeout as f64 / 1000.0).into(),
            "republishInterval" => (config.republish_interval as f64 / 1000.0).into(),
            "whenSessionLost" => match config.when_session_lost {
                WhenSessionLost::RepublishQos1 => "default".into(),
                WhenSessionLost::Republish => "republish".into(),
                WhenSessionLost::Discard => "discard".into(),
                WhenSessionLost::Ask => JsValue::UNDEFINED,
            },
            "resumeWithoutState" => config.resume_without_state.into(),
            "websocketProtocol" => self.websocket_protocol.as_str().into(),
            _ => JsValue::UNDEFINED,
        }
    }

    /// Sets the option `name`; undefined takes it back to its default. False if there is no such option.
    pub(super) fn set(&mut self, name: &str, value: &JsValue) -> Result<bool, Fault> {
        let default;
        let value = match value.is_undefined() {
            true => {
                default = Self::default().get(name);
                &default
            }
            false => value,
        };
        let given = !value.is_undefined();
        let config = &mut self.config;
        match name {
            "url" => self.url = read::text(name, value)?,
            "clientId" => config.client_id = read::text(name, value)?,
            "cleanSession" => config.clean_session = read::boolean(name, value)?,
            "protocolVersion" => {
                config.version = match value.as_string().as_deref() {
                    Some("5") => Version::V5,
                    Some("3.1.1") => Version::V311,
                    _ => return Err(read::ill_typed(name, "\"5\" or \"3.1.1\"")),
                };
            }
            "username" => {
                config.username = given.then(|| read::text(name, value)).transpose()?;
            }
            "password" => {
                config.password = given.then(|| read::bytes(name, value)).transpose()?;
            }
            "keepAlive" => config.keep_alive = read::integer16(name, value, 0)?,
            "will" => {
                config.will = given.then(|| read::will(value)).transpose()?;
                self.will = value.clone();
            }
            "sessionKey" => {
                self.session_key = given.then(|| read::text(name, value)).transpose()?;
            }
            "storage" => {
                self.storage = match value.as_string().as_deref() {
                    Some("local") => Place::Local,
                    Some("session") => Place::Session,
                    Some("memory") => Place::Memory,
                    _ => {
                        let expected = "\"local\", \"session\" or \"memory\"";
                        return Err(read::ill_typed(name, expected));
                    }
                };
            }
            "sessionExpiryInterval" => {
                let read = || read::integer(name, value, 0, u32::MAX);
                config.session_expiry_interval = given.then(read).transpose()?;
            }
            "receiveMaximum" => {
                let read = || read::integer16(name, value, 1);
                config.receive_maximum = given.then(read).transpose()?;
            }
            "inflightWindow" => {
                let read = || read::integer16(name, value, 1);
                config.inflight_window = given.then(read).transpose()?;
            }
            "maximumPacketSize" => {
                let read = || read::integer(name, value, 1, u32::MAX);
                config.maximum_packet_size = given.then(read).transpose()?;
            }
            "topicAliasMaximum" => config.topic_alias_maximum = read::integer16(name, value, 0)?,
            "userProperties" => {
                let mut buffer = PropertyBuffer::new();
                read::user_properties(name, value, &mut buffer)?;
                config.user_properties = read::encoded(&buffer, PropertySet::Connect)?;
            }
            "timeout" => config.timeout = read::seconds(name, value)?,
            "republishInterval" => config.republish_interval = read::seconds(name, value)?,
            "whenSessionLost" => {
                config.when_session_lost = match value.as_string().as_deref() {
                    Some("default") => WhenSessionLost::RepublishQos1,
                    Some("republish") => WhenSessionLost::Republish,
                    Some("discard") => WhenSessionLost::Discard,
                    _ => {
                        let expected = "\"default\", \"republish\" or \"discard\"";
                        return Err(read::ill_typed(name, expected));
                    }
                };
            }
            "resumeWithoutState" => config.resume_without_state = read::boolean(name, value)?,
            "websocketProtocol" => self.websocket_protocol = read::text(name, value)?,
            _ => return Ok(false),
        }
        Ok(true)
    }
}

fn optional<T: Into<JsValue>>(value: Option<T>) -> JsValue {
    value.map_or(JsValue::UNDEFINED, Into::into)
}

fn pairs(encoded: &[u8]) -> JsValue {
    let parsed = Properties::parse(PropertySet::Connect, encoded).unwrap_or_default();
    let pairs = parsed.iter().filter_map(|property| match property {
        Property::UserProperty(name, value) => Some(Array::of2(&name.into(), &value.into())),
        _ => None,
    });
    pairs.collect::<Array>().into()
}
