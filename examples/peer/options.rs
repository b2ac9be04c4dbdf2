//! What a connection is made with: the options of the command line and of `open`, by the same names.

use mqtt_mooring::client::config::{Config, ReconnectPolicy, WillMessage};
use mqtt_mooring::codec::{QoS, Version};

use crate::words::value_bytes;

/// `name`, what it takes, what it means.
pub(crate) const OPTIONS: &[(&str, &str, &str)] = &[
    ("version", "5|3.1.1", "MQTT version; default 5"),
    (
        "clean",
        "true|false",
        "Clean Start, Clean Session; default true",
    ),
    ("client-id", "ID", "client identifier; default \"peer\""),
    ("keep-alive", "SECONDS", "default 60; 0: none"),
    ("username", "TEXT", "user name"),
    ("password", "BYTES", "password"),
    ("will-topic", "TOPIC", "topic of a Will Message"),
    ("will-payload", "BYTES", "its payload; default empty"),
    ("will-qos", "0|1|2", "its QoS; default 0"),
    ("will-retain", "true|false", "default false"),
    (
        "session-expiry-interval",
        "SECONDS",
        "MQTT 5; default 0 with clean, else 7 days",
    ),
    ("receive-maximum", "COUNT", "MQTT 5; default: not sent"),
    (
        "maximum-packet-size",
        "BYTES",
        "the largest packet accepted; default: any",
    ),
    ("topic-alias-maximum", "COUNT", "MQTT 5; default 16"),
    (
        "automatic-topic-aliases",
        "true|false",
        "MQTT 5: give aliases to what is published; default false",
    ),
    (
        "request-response-information",
        "true|false",
        "MQTT 5; default false",
    ),
    (
        "request-problem-information",
        "true|false",
        "MQTT 5; default true",
    ),
    (
        "check-payload-format",
        "true|false",
        "MQTT 5: refuse payloads that are not the UTF-8 they are said to be; default false",
    ),
    (
        "protocol-fallback",
        "true|false",
        "speak 3.1.1 where a server refuses 5; default false",
    ),
    (
        "timeout",
        "SECONDS",
        "for each attempt to connect; default 60",
    ),
    (
        "reconnect",
        "true|false",
        "make a lost connection again; default false",
    ),
    (
        "resume-without-state",
        "true|false",
        "go on with a session that only the server holds; default false",
    ),
];

/// The options of a connection.
#[derive(Clone, Debug)]
pub(crate) struct Options {
    pub(crate) config: Config,
    will_topic: Option<String>,
    will_payload: Vec<u8>,
    will_qos: QoS,
    will_retain: bool,
    pub(crate) checks_payloads: bool,
    pub(crate) falls_back: bool,
}

impl Default for Options {
    fn default() -> Self {
        let config = Config {
            client_id: "peer".into(),
            topic_alias_maximum: 16,
            ..Config::default()
        };
        Self {
            config,
            will_topic: None,
            will_payload: Vec::new(),
            will_qos: QoS::AtMostOnce,
            will_retain: false,
            checks_payloads: false,
            falls_back: false,
        }
    }
}

impl Options {
    /// Whether there is an option of that name.
    pub(crate) fn has(name: &str) -> bool {
        OPTIONS.iter().any(|(known, ..)| *known == name)
    }

    /// Sets one of [`OPTIONS`].
    pub(crate) fn set(&mut self, name: &str, value: &str) -> Result<(), String> {
        let config = &mut self.config;
        match name {
            "version" => {
                config.version = match value {
                    "5" => Version::V5,
                    "3.1.1" => Version::V311,
                    _ => return Err(format!("version is 5 or 3.1.1, not \"{value}\"")),
                }
            }
            "clean" => config.clean_session = flag(name, value)?,
            "client-id" => config.client_id = value.into(),
            "keep-alive" => config.keep_alive = number(name, value)?,
            "username" => config.username = Some(value.into()),
            "password" => config.password = Some(value_bytes(value)?),
            "will-topic" => self.will_topic = Some(value.into()),
            "will-payload" => self.will_payload = value_bytes(value)?,
            "will-qos" => self.will_qos = qos(value)?,
            "will-retain" => self.will_retain = flag(name, value)?,
            "session-expiry-interval" => {
                config.session_expiry_interval = Some(number(name, value)?)
            }
            "receive-maximum" => config.receive_maximum = Some(number(name, value)?),
            "maximum-packet-size" => config.maximum_packet_size = Some(number(name, value)?),
            "topic-alias-maximum" => config.topic_alias_maximum = number(name, value)?,
            "automatic-topic-aliases" => config.automatic_topic_aliases = flag(name, value)?,
            "request-response-information" => {
                config.request_response_information = flag(name, value)?;
            }
            "request-problem-information" => {
                config.request_problem_information = flag(name, value)?;
            }
            "check-payload-format" => self.checks_payloads = flag(name, value)?,
            "protocol-fallback" => self.falls_back = flag(name, value)?,
            "timeout" => config.timeout = number::<u64>(name, value)?.saturating_mul(1000),
            "reconnect" => {
                config.reconnect = flag(name, value)?.then(ReconnectPolicy::default);
            }
            "resume-without-state" => config.resume_without_state = flag(name, value)?,
            _ => return Err(format!("there is no option \"{name}\"")),
        }
        Ok(())
    }

    /// What to connect with.
    pub(crate) fn config(&self) -> Config {
        let will = self.will_topic.as_ref().map(|topic| WillMessage {
            topic: topic.clone(),
            payload: self.will_payload.clone(),
            qos: self.will_qos,
            retain: self.will_retain,
            properties: Vec::new(),
        });
        let config = self.config.clone();
        Config { will, ..config }
    }
}

/// 0, 1 or 2.
pub(crate) fn qos(text: &str) -> Result<QoS, String> {
    match text {
        "0" => Ok(QoS::AtMostOnce),
        "1" => Ok(QoS::AtLeastOnce),
        "2" => Ok(QoS::ExactlyOnce),
        _ => Err(format!("QoS is 0, 1 or 2, not \"{text}\"")),
    }
}

/// `true` or `false`.
pub(crate) fn flag(name: &str, text: &str) -> Result<bool, String> {
    match text {
        "true" => Ok(true),
        "false" => Ok(false),
        _ => Err(format!("{name} is true or false, not \"{text}\"")),
    }
}

/// A whole number that fits.
pub(crate) fn number<T: std::str::FromStr>(name: &str, text: &str) -> Result<T, String> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let number = text.parse().ok().filter(|_| digits);
    number.ok_or_else(|| format!("{name} is a whole number in its range, not \"{text}\""))
}

/// One byte, decimal or hexadecimal with `0x`.
pub(crate) fn byte(name: &str, text: &str) -> Result<u8, String> {
    let byte = match text.strip_prefix("0x") {
        Some(digits) => u8::from_str_radix(digits, 16).ok(),
        None => text.parse().ok(),
    };
    byte.filter(|_| !text.contains('+'))
        .ok_or_else(|| format!("{name} is a byte such as 4 or 0x04, not \"{text}\""))
}
