//! The options of a client: one table of names, read and written by name, from the constructor's object
//! and through the properties alike.
//!
//! Must never live here: when an option may be changed; the class knows whether there is a connection.

use js_sys::{Array, Function, Reflect};
use wasm_bindgen::{JsCast, JsValue};

use super::arguments as read;
use super::error::Fault;
use super::outbox;
use super::reconnecting::Reconnecting;
use super::sealing::Sealer;
use super::store::Store;
use super::values::version_name;
use super::words::pairs;
use crate::client::OutboxLimits;
use crate::client::config::{Config, ReconnectPolicy, WhenSessionLost};
use crate::codec::{Properties, PropertyBuffer, PropertySet, Version};
use crate::error::UsageError;
use crate::storage::browser::Browser;

/// How many topic aliases the server may use, unless the application says otherwise.
const TOPIC_ALIASES: u16 = 16;

/// What `connect()` does about a session that another client holds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum SessionInUse {
    Fail,
    Wait,
}

/// When a QoS 1 or 2 message counts as received; numbered as in `reading.js`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub(super) enum Acknowledging {
    /// On delivery.
    Automatic = 0,
    /// When what its handlers promised is fulfilled.
    Promised = 1,
    /// When the application says so.
    Manual = 2,
}

/// What a store of the application must have.
const STORE: &[&str] = &["get", "set", "remove", "keys"];

/// All options.
#[derive(Clone, Debug)]
pub(super) struct Options {
    pub(super) life: Reconnecting,
    pub(super) websocket_protocol: String,
    pub(super) session_key: Option<String>,
    pub(super) storage: Store,
    pub(super) durable: bool,
    pub(super) session_in_use: SessionInUse,
    pub(super) sealer: Option<Sealer>,
    /// `cleanSession`, unless it is left to its default.
    pub(super) clean_session: Option<bool>,
    /// Who decides what becomes of the messages of a lost session, if that is a function.
    pub(super) decide: Option<Function>,
    pub(super) acknowledging: Acknowledging,
    pub(super) outbox: OutboxLimits,
    pub(super) check_payload_format: bool,
    pub(super) log_level: u8,
    pub(super) protocol_fallback: bool,
    /// What the machine is to connect with, but for what follows from the above: [`Self::connecting`].
    pub(super) config: Config,
    /// `sealing` as it was given.
    sealing: JsValue,
    /// The will as it was given.
    will: JsValue,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            life: Reconnecting::default(),
            websocket_protocol: "mqtt".into(),
            session_key: None,
            storage: Store::Browser(Browser::Local),
            durable: false,
            session_in_use: SessionInUse::Fail,
            sealer: None,
            clean_session: None,
            decide: None,
            acknowledging: Acknowledging::Automatic,
            outbox: OutboxLimits::default(),
            check_payload_format: false,
            log_level: 0,
            protocol_fallback: false,
            config: Config {
                topic_alias_maximum: TOPIC_ALIASES,
                reconnect: Some(ReconnectPolicy::default()),
                ..Config::default()
            },
            sealing: JsValue::UNDEFINED,
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

    /// What the machine is to connect with.
    pub(super) fn connecting(&self) -> Config {
        Config {
            clean_session: self.is_clean(),
            when_session_lost: match self.decide {
                Some(_) => WhenSessionLost::Ask,
                None => self.config.when_session_lost,
            },
            ..self.config.clone()
        }
    }

    /// Under which key a durable session is stored.
    pub(super) fn durable_key(&self) -> Result<String, Fault> {
        if self.is_clean() {
            // Before anything is opened, which would keep others out.
            return Err(UsageError::CleanDurable.into());
        }
        let named = self.session_key.clone().filter(|key| !key.is_empty());
        named.ok_or_else(|| {
            Fault::usage("durable needs a sessionKey: the name the session is stored under")
        })
    }

    fn is_clean(&self) -> bool {
        self.clean_session.unwrap_or(!self.durable)
    }

    /// The option `name`; undefined when it is not set. A password is not shown.
    pub(super) fn get(&self, name: &str) -> JsValue {
        let config = &self.config;
        match name {
            "clientId" => config.client_id.as_str().into(),
            "cleanSession" => self.is_clean().into(),
            "protocolVersion" => version_name(config.version).into(),
            "username" => optional(config.username.as_deref()),
            "keepAlive" => config.keep_alive.into(),
            "will" => self.will.clone(),
            "sessionKey" => optional(self.session_key.as_deref()),
            "storage" => match &self.storage {
                Store::Browser(Browser::Local) => "local".into(),
                Store::Browser(Browser::Session) => "session".into(),
                Store::Memory => "memory".into(),
                Store::Custom(custom) => custom.into(),
            },
            "durable" => self.durable.into(),
            "sessionInUse" => match self.session_in_use {
                SessionInUse::Fail => "fail".into(),
                SessionInUse::Wait => "wait".into(),
            },
            "sealing" => self.sealing.clone(),
            "manualAck" => match self.acknowledging {
                Acknowledging::Automatic => false.into(),
                Acknowledging::Manual => true.into(),
                Acknowledging::Promised => "promise".into(),
            },
            "outbox" => outbox::shown(&self.outbox),
            "checkPayloadFormat" => self.check_payload_format.into(),
            "logLevel" => self.log_level.into(),
            "sessionExpiryInterval" => optional(config.session_expiry_interval),
            "receiveMaximum" => optional(config.receive_maximum),
            "inflightWindow" => optional(config.inflight_window),
            "maximumPacketSize" => optional(config.maximum_packet_size),
            "topicAliasMaximum" => config.topic_alias_maximum.into(),
            "automaticTopicAliases" => config.automatic_topic_aliases.into(),
            "userProperties" => {
                let encoded = &config.user_properties;
                let pairs =
                    pairs(Properties::parse(PropertySet::Connect, encoded).unwrap_or_default());
                match pairs.is_undefined() {
                    true => Array::new().into(),
                    false => pairs,
                }
            }
            "protocolFallback" => self.protocol_fallback.into(),
            "requestResponseInformation" => config.request_response_information.into(),
            "requestProblemInformation" => config.request_problem_information.into(),
            "timeout" => (config.timeout as f64 / 1000.0).into(),
            "republishInterval" => (config.republish_interval as f64 / 1000.0).into(),
            "whenSessionLost" => match (&self.decide, config.when_session_lost) {
                (Some(decide), _) => decide.into(),
                (None, WhenSessionLost::Republish) => "republish".into(),
                (None, WhenSessionLost::Discard) => "discard".into(),
                (None, _) => "default".into(),
            },
            "resumeWithoutState" => config.resume_without_state.into(),
            "websocketProtocol" => self.websocket_protocol.as_str().into(),
            _ => self.life.get(name, config),
        }
    }

    /// Sets the option `name`; undefined takes it back to its default. False if there is no such option.
    pub(super) fn set(&mut self, name: &str, value: &JsValue) -> Result<bool, Fault> {
        if name == "cleanSession" {
            let given = !value.is_undefined();
            self.clean_session = given.then(|| read::boolean(name, value)).transpose()?;
            return Ok(true);
        }
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
            "clientId" => config.client_id = read::text(name, value)?,
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
                    Some("local") => Store::Browser(Browser::Local),
                    Some("session") => Store::Browser(Browser::Session),
                    Some("memory") => Store::Memory,
                    None if has_functions(value, STORE) => {
                        Store::Custom(value.clone().unchecked_into())
                    }
                    _ => {
                        let expected = "\"local\", \"session\", \"memory\" or an object with the functions get, set, remove and keys";
                        return Err(read::ill_typed(name, expected));
                    }
                };
            }
            "durable" => self.durable = read::boolean(name, value)?,
            "sessionInUse" => {
                self.session_in_use = match value.as_string().as_deref() {
                    Some("fail") => SessionInUse::Fail,
                    Some("wait") => SessionInUse::Wait,
                    _ => return Err(read::ill_typed(name, "\"fail\" or \"wait\"")),
                };
            }
            "sealing" => {
                let expected = "an object with the functions seal and open, or with an AES-GCM key";
                let read = || Sealer::read(value).ok_or_else(|| read::ill_typed(name, expected));
                self.sealer = given.then(read).transpose()?;
                self.sealing = value.clone();
            }
            "manualAck" => {
                self.acknowledging = match (value.as_bool(), value.as_string().as_deref()) {
                    (Some(false), _) => Acknowledging::Automatic,
                    (Some(true), _) => Acknowledging::Manual,
                    (None, Some("promise")) => Acknowledging::Promised,
                    _ => return Err(read::ill_typed(name, "true, false or \"promise\"")),
                };
                config.manual_ack = self.acknowledging != Acknowledging::Automatic;
            }
            "outbox" => self.outbox = outbox::limits(value)?,
            "checkPayloadFormat" => self.check_payload_format = read::boolean(name, value)?,
            "logLevel" => self.log_level = read::integer(name, value, 0, 3)? as u8,
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
            "automaticTopicAliases" => {
                config.automatic_topic_aliases = read::boolean(name, value)?;
            }
            "userProperties" => {
                let mut buffer = PropertyBuffer::new();
                read::user_properties(name, value, &mut buffer)?;
                config.user_properties = read::encoded(&buffer, PropertySet::Connect)?;
            }
            "protocolFallback" => self.protocol_fallback = read::boolean(name, value)?,
            "requestResponseInformation" => {
                config.request_response_information = read::boolean(name, value)?;
            }
            "requestProblemInformation" => {
                config.request_problem_information = read::boolean(name, value)?;
            }
            "timeout" => config.timeout = read::seconds(name, value)?,
            "republishInterval" => config.republish_interval = read::seconds(name, value)?,
            "whenSessionLost" => {
                let decide = value.dyn_ref::<Function>().cloned();
                config.when_session_lost = match value.as_string().as_deref() {
                    Some("republish") => WhenSessionLost::Republish,
                    Some("discard") => WhenSessionLost::Discard,
                    Some("default") => WhenSessionLost::RepublishQos1,
                    _ if decide.is_some() => WhenSessionLost::RepublishQos1,
                    _ => {
                        let expected = "\"default\", \"republish\", \"discard\" or a function";
                        return Err(read::ill_typed(name, expected));
                    }
                };
                self.decide = decide;
            }
            "resumeWithoutState" => config.resume_without_state = read::boolean(name, value)?,
            "websocketProtocol" => self.websocket_protocol = read::text(name, value)?,
            _ => return self.life.set(name, value, given, config),
        }
        Ok(true)
    }
}

fn has_functions(object: &JsValue, names: &[&str]) -> bool {
    let is_function = |name: &&str| {
        let found = Reflect::get(object, &JsValue::from_str(name));
        found.is_ok_and(|found| found.is_function())
    };
    object.is_object() && names.iter().all(is_function)
}

fn optional<T: Into<JsValue>>(value: Option<T>) -> JsValue {
    value.map_or(JsValue::UNDEFINED, Into::into)
}
