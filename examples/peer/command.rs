//! What can be asked of the driver: a line becomes a command, or one sentence that says what is wrong with it.

use mqtt_mooring::codec::{Property, QoS, RetainHandling, SubscriptionOptions};

use crate::lines::EVENTS;
use crate::link::Address;
use crate::options::{Options, byte, flag, number, qos};
use crate::words::{Word, bytes, split, value_bytes};

/// A command, ready to be carried out.
#[derive(Debug)]
pub(crate) enum Command {
    /// Makes a connection, with the same session; `ADDRESS` and options stay as they were unless given.
    Connect(Option<Address>, Vec<(String, String)>),
    /// Forgets everything, and makes a connection with a new client.
    Open(Address, Vec<(String, String)>),
    Publish {
        topic: String,
        payload: Vec<u8>,
        qos: QoS,
        retain: bool,
        properties: Vec<u8>,
    },
    Subscribe {
        filters: Vec<(String, SubscriptionOptions)>,
        properties: Vec<u8>,
    },
    Unsubscribe {
        filters: Vec<String>,
        properties: Vec<u8>,
    },
    Disconnect {
        reason: Option<u8>,
        session_expiry_interval: Option<u32>,
        properties: Vec<u8>,
    },
    Save,
    Restore(Option<String>),
    Wait(String),
    Quit,
}

/// Reads a line; `None` where there is nothing on it but a comment.
pub(crate) fn parse(line: &str) -> Result<Option<Command>, String> {
    if line.trim_start().starts_with('#') {
        return Ok(None);
    }
    let mut words = split(line)?;
    let Some(first) = words.first() else {
        return Ok(None);
    };
    let name = first.text.clone();
    words.remove(0);
    let command = match &*name {
        "connect" => {
            let (address, options) = connection(words)?;
            Command::Connect(address, options)
        }
        "open" => {
            let (address, options) = connection(words)?;
            Command::Open(address.ok_or("open ADDRESS [NAME=VALUE …]")?, options)
        }
        "publish" => publish(words)?,
        "subscribe" => subscribe(words)?,
        "unsubscribe" => {
            let (filters, options) = take_options(words, &[]);
            if filters.is_empty() {
                return Err("unsubscribe FILTER […]".into());
            }
            Command::Unsubscribe {
                filters: filters.into_iter().map(|word| word.text).collect(),
                properties: properties(&options)?,
            }
        }
        "disconnect" => disconnect(words)?,
        "restore" => match &words[..] {
            [] => Command::Restore(None),
            [state] => Command::Restore(Some(state.text.clone())),
            _ => return Err("restore [STATE]".into()),
        },
        "wait" => match &words[..] {
            [event] if EVENTS.contains(&&*event.text) => Command::Wait(event.text.clone()),
            [event] => {
                let events = EVENTS.join(", ");
                return Err(format!("there is no event \"{}\": {events}", event.text));
            }
            _ => return Err("wait EVENT".into()),
        },
        "save" if words.is_empty() => Command::Save,
        "quit" if words.is_empty() => Command::Quit,
        "save" | "quit" => return Err(format!("{name} stands alone")),
        _ => {
            return Err(format!(
                "there is no command \"{name}\": connect, open, publish, subscribe, unsubscribe, disconnect, save, restore, wait, quit"
            ));
        }
    };
    Ok(Some(command))
}

type Connection = (Option<Address>, Vec<(String, String)>);

fn connection(words: Vec<Word>) -> Result<Connection, String> {
    let mut address = None;
    let mut options = Vec::new();
    for (place, word) in words.into_iter().enumerate() {
        match word.text.split_once('=') {
            Some((name, value)) if Options::has(name) => {
                options.push((name.into(), value.into()));
            }
            _ if place == 0 => address = Some(Address::parse(&word.text)?),
            _ => return Err(format!("there is no option \"{}\"", word.text)),
        }
    }
    Ok((address, options))
}

fn publish(words: Vec<Word>) -> Result<Command, String> {
    let (given, options) = take_options(words, PUBLISH_OPTIONS);
    let usage = "publish TOPIC QOS PAYLOAD [retain]; a payload with spaces is a JSON string";
    let (topic, level, payload, retain) = match &given[..] {
        [topic, level, payload] => (topic, level, payload, false),
        [topic, level, payload, retain] if retain.text == "retain" => (topic, level, payload, true),
        [_, _, _, more @ ..] => return Err(stray(more, PUBLISH_OPTIONS, usage)),
        _ => return Err(usage.into()),
    };
    Ok(Command::Publish {
        topic: topic.text.clone(),
        payload: bytes(payload)?,
        qos: qos(&level.text)?,
        retain,
        properties: properties(&options)?,
    })
}

fn subscribe(words: Vec<Word>) -> Result<Command, String> {
    let (given, mut options) = take_options(words, SUBSCRIBE_OPTIONS);
    let mut base = SubscriptionOptions::qos(QoS::AtMostOnce);
    let mut kept = Vec::new();
    for (name, value) in options.drain(..) {
        match &*name {
            "no-local" => base.no_local = flag(&name, &value)?,
            "retain-as-published" => base.retain_as_published = flag(&name, &value)?,
            "retain-handling" => {
                base.retain_handling = match &*value {
                    "0" => RetainHandling::SendAtSubscribe,
                    "1" => RetainHandling::SendIfNew,
                    "2" => RetainHandling::DoNotSend,
                    _ => return Err(format!("retain-handling is 0, 1 or 2, not \"{value}\"")),
                }
            }
            _ => kept.push((name, value)),
        }
    }
    if given.is_empty() || !given.len().is_multiple_of(2) {
        let usage = "subscribe FILTER QOS [FILTER QOS …] [NAME=VALUE …]";
        let more = given.get(2..).unwrap_or_default();
        return Err(stray(more, SUBSCRIBE_OPTIONS, usage));
    }
    let mut filters = Vec::new();
    for pair in given.chunks(2) {
        let options = SubscriptionOptions {
            qos: qos(&pair[1].text)?,
            ..base
        };
        filters.push((pair[0].text.clone(), options));
    }
    Ok(Command::Subscribe {
        filters,
        properties: properties(&kept)?,
    })
}

fn disconnect(words: Vec<Word>) -> Result<Command, String> {
    let (given, options) = take_options(words, DISCONNECT_OPTIONS);
    let reason = match &given[..] {
        [] => None,
        [code] if !code.text.contains('=') => Some(byte("a reason code", &code.text)?),
        _ => {
            let usage = "disconnect [REASONCODE] [NAME=VALUE …]";
            return Err(stray(&given, DISCONNECT_OPTIONS, usage));
        }
    };
    let mut session_expiry_interval = None;
    let mut kept = Vec::new();
    for (name, value) in options {
        match &*name {
            "session-expiry-interval" => session_expiry_interval = Some(number(&name, &value)?),
            _ => kept.push((name, value)),
        }
    }
    Ok(Command::Disconnect {
        reason,
        session_expiry_interval,
        properties: properties(&kept)?,
    })
}

const PUBLISH_OPTIONS: &[&str] = &[
    "topic-alias",
    "payload-format-indicator",
    "message-expiry-interval",
    "content-type",
    "response-topic",
    "correlation-data",
];

const SUBSCRIBE_OPTIONS: &[&str] = &[
    "no-local",
    "retain-as-published",
    "retain-handling",
    "subscription-identifier",
];

const DISCONNECT_OPTIONS: &[&str] = &["session-expiry-interval", "reason-string"];

/// Parts the words that are options, and come last, from those before them. User properties may stand anywhere.
fn take_options(words: Vec<Word>, known: &[&str]) -> (Vec<Word>, Vec<(String, String)>) {
    let option = |word: &Word| {
        let (name, value) = word.text.split_once('=')?;
        let is_known = known.contains(&name) || matches!(name, "user-name" | "user-value");
        (is_known && !word.quoted).then(|| (name.to_owned(), value.to_owned()))
    };
    let count = words.iter().rev().take_while(|word| option(word).is_some());
    let (given, options) = words.split_at(words.len() - count.count());
    (given.to_vec(), options.iter().filter_map(option).collect())
}

/// What is wrong with words that have no place: one of them may be meant for an option. Else how it should have been.
fn stray(words: &[Word], known: &[&str], usage: &str) -> String {
    let mut options = words.iter().filter(|word| !word.quoted);
    match options.find_map(|word| word.text.split_once('=')) {
        Some((name, _)) => {
            let known = known.join(", ");
            format!("there is no property \"{name}\" here: {known}, user-name and user-value")
        }
        None => usage.into(),
    }
}

/// Options that are MQTT 5 properties, encoded.
fn properties(options: &[(String, String)]) -> Result<Vec<u8>, String> {
    let mut encoded = Vec::new();
    let mut user_name: Option<&str> = None;
    let pairs = || String::from("user-name=… and user-value=… come in pairs");
    for (name, value) in options {
        let data;
        let property = match &**name {
            "payload-format-indicator" => Property::PayloadFormatIndicator(number(name, value)?),
            "message-expiry-interval" => Property::MessageExpiryInterval(number(name, value)?),
            "topic-alias" => Property::TopicAlias(number(name, value)?),
            "reason-string" => Property::ReasonString(value),
            "content-type" => Property::ContentType(value),
            "response-topic" => Property::ResponseTopic(value),
            "correlation-data" => {
                data = value_bytes(value)?;
                Property::CorrelationData(&data)
            }
            "subscription-identifier" => Property::SubscriptionIdentifier(number(name, value)?),
            "user-value" => Property::UserProperty(user_name.take().ok_or_else(pairs)?, value),
            _ if user_name.is_some() => return Err(pairs()),
            _ => {
                user_name = Some(value);
                continue;
            }
        };
        property
            .encode(&mut encoded)
            .map_err(|error| error.to_string())?;
    }
    match user_name {
        None => Ok(encoded),
        Some(_) => Err(pairs()),
    }
}
