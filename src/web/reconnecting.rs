//! The options of a connection's life: where to connect, how often to try, what to ask the application before each
//! attempt, and where a server may refer to.
//!
//! Must never live here: when an attempt is made; the machine decides that.

use js_sys::{Array, Function, Object};
use wasm_bindgen::{JsCast, JsValue};

use super::arguments as read;
use super::authentication::Authenticator;
use super::error::{Code, Fault};
use super::values::set;
use crate::client::config::{Config, ReconnectPolicy};

/// How many bytes may wait in the WebSocket, unless the application says otherwise.
const SEND_HIGH_WATER_MARK: u32 = 1024 * 1024;

/// Options that are not in the machine's [`Config`], or not as they were given.
#[derive(Clone, Debug)]
pub(super) struct Reconnecting {
    urls: Vec<String>,
    /// The urls were given as an array.
    listed: bool,
    /// What is asked before each attempt.
    pub(super) prepare: Option<Function>,
    pub(super) authenticator: Option<Authenticator>,
    /// A function, true or false.
    follow: JsValue,
    pub(super) send_high_water_mark: u32,
}

impl Default for Reconnecting {
    fn default() -> Self {
        Self {
            urls: Vec::new(),
            listed: false,
            prepare: None,
            authenticator: None,
            follow: false.into(),
            send_high_water_mark: SEND_HIGH_WATER_MARK,
        }
    }
}

impl Reconnecting {
    /// The option `name`; undefined when it is not set, or not one of these.
    pub(super) fn get(&self, name: &str, config: &Config) -> JsValue {
        match name {
            "url" if self.listed => {
                let urls = self.urls.iter().map(JsValue::from);
                urls.collect::<Array>().into()
            }
            "url" => self.urls.first().map_or("", |url| url).into(),
            "reconnect" => config.reconnect.as_ref().map_or(false.into(), policy_to_js),
            "resubscribe" => config.resubscribe.into(),
            "followServerReference" => self.follow.clone(),
            "prepareConnect" => self.prepare.clone().into(),
            "authenticate" => match &self.authenticator {
                Some(authenticator) => authenticator.given.clone(),
                None => JsValue::UNDEFINED,
            },
            "sendHighWaterMark" => self.send_high_water_mark.into(),
            _ => JsValue::UNDEFINED,
        }
    }

    /// Sets the option `name`; false if it is none of these. `given`: it is not undefined.
    pub(super) fn set(
        &mut self,
        name: &str,
        value: &JsValue,
        given: bool,
        config: &mut Config,
    ) -> Result<bool, Fault> {
        match name {
            "url" => {
                let expected = "a string or an array of at least one";
                self.listed = !value.is_string();
                self.urls = match read::elements(value) {
                    Some(list) if list.length() > 0 => {
                        let urls: Option<Vec<_>> = list.iter().map(|url| url.as_string()).collect();
                        urls.ok_or_else(|| read::ill_typed(name, expected))?
                    }
                    _ => {
                        let url = value.as_string();
                        vec![url.ok_or_else(|| read::ill_typed(name, expected))?]
                    }
                };
                config.endpoints = self.urls.len() as u32;
            }
            "reconnect" => config.reconnect = policy(value)?,
            "resubscribe" => config.resubscribe = read::boolean(name, value)?,
            "followServerReference" => {
                if !value.is_function() && value.as_bool().is_none() {
                    return Err(read::ill_typed(name, "true, false or a function"));
                }
                config.follow_references = value.is_truthy();
                self.follow = value.clone();
            }
            "prepareConnect" => {
                let function = || {
                    let function = value.dyn_ref::<Function>().cloned();
                    function.ok_or_else(|| read::ill_typed(name, "a function"))
                };
                self.prepare = given.then(function).transpose()?;
                config.fresh_credentials = given;
            }
            "authenticate" => {
                let read = || Authenticator::read(name, value);
                let (authenticator, method) = given.then(read).transpose()?.unzip();
                self.authenticator = authenticator;
                config.authentication = method;
            }
            "sendHighWaterMark" => {
                self.send_high_water_mark = read::integer(name, value, 1, u32::MAX)?;
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// Whether all urls are ones that a page can speak MQTT to.
    pub(super) fn check(&self) -> Result<(), Fault> {
        if self.urls.is_empty() || self.urls.iter().any(String::is_empty) {
            return Err(Fault::usage(
                "no url: set it to the ws:// or wss:// address of the MQTT endpoint",
            ));
        }
        self.urls.iter().try_for_each(|url| check_url(url))
    }

    pub(super) fn url(&self, endpoint: u32) -> &str {
        self.urls.get(endpoint as usize).map_or("", |url| url)
    }

    /// What `followServerReference` is: a function, true or false.
    pub(super) fn follow(&self) -> JsValue {
        self.follow.clone()
    }
}

/// Whether a page can speak MQTT to `url`.
pub(super) fn check_url(url: &str) -> Result<(), Fault> {
    if scheme(url).is_some() {
        return Ok(());
    }
    let message = [
        "the url \"",
        &shown(url),
        "\" is none a page can speak MQTT to: it must begin with ws:// or wss://",
    ];
    Err(Fault::usage(message.concat()))
}

/// Whether `url` is one of wss; `None`: it is not even one of ws.
fn scheme(url: &str) -> Option<bool> {
    let (scheme, _) = url.split_once(':')?;
    let secure = scheme.eq_ignore_ascii_case("wss");
    (secure || scheme.eq_ignore_ascii_case("ws")).then_some(secure)
}

/// Where the Server Reference that was given at `url` leads (MQTT 5 §4.11): a list separated by spaces, of which
/// the first one counts. `follow` is what the option `followServerReference` is.
pub(super) fn refer(reference: &str, url: &str, follow: &JsValue) -> Result<String, Fault> {
    let refused = |why: &str| {
        let message = [
            "the server reference \"",
            &shown(reference),
            "\" was not followed: ",
            why,
        ];
        Fault::new(Code::ConnectionRefused, message.concat())
    };
    if let Some(choose) = follow.dyn_ref::<Function>() {
        let chosen = choose.call2(&JsValue::UNDEFINED, &reference.into(), &url.into());
        let chosen =
            chosen.map_err(|thrown| refused("followServerReference failed").quoting(&thrown))?;
        let chosen = chosen
            .as_string()
            .ok_or_else(|| refused("followServerReference returned no url"))?;
        check_url(&chosen)?;
        return Ok(chosen);
    }
    let first = reference.split_whitespace().next();
    let first = first.ok_or_else(|| refused("it is empty"))?;
    if first.contains("://") {
        return match (scheme(url), scheme(first)) {
            (_, None) => Err(refused("a page can connect to ws:// and wss:// only")),
            (Some(true), Some(false)) => Err(refused("it leads from wss:// to ws://")),
            _ => Ok(first.to_owned()),
        };
    }
    let (scheme, rest) = url.split_once("://").unwrap_or_default();
    let path = rest
        .find(['/', '?', '#'])
        .and_then(|at| rest.get(at..))
        .unwrap_or_default();
    Ok([scheme, "://", first, path].concat())
}

/// `url` without what may be a secret in it: for messages, which end up in logs.
pub(super) fn shown(url: &str) -> String {
    let url = url.split(['?', '#']).next().unwrap_or_default();
    match url.split_once("://") {
        Some((scheme, rest)) => {
            let rest = rest.rsplit_once('@').map_or(rest, |(_, rest)| rest);
            [scheme, "://", rest].concat()
        }
        None => url.to_owned(),
    }
}

fn policy(value: &JsValue) -> Result<Option<ReconnectPolicy>, Fault> {
    let mut policy = ReconnectPolicy::default();
    if let Some(wanted) = value.as_bool() {
        return Ok(wanted.then_some(policy));
    }
    if !value.is_object() {
        return Err(read::ill_typed("reconnect", "true, false or an object"));
    }
    read::each("reconnect", value, |name, value| {
        match name {
            "minDelay" => policy.min_delay = delay("reconnect.minDelay", value)?,
            "maxDelay" => policy.max_delay = delay("reconnect.maxDelay", value)?,
            "jitter" => policy.jitter = read::boolean("reconnect.jitter", value)?,
            "stableAfter" => policy.stable_after = read::seconds("reconnect.stableAfter", value)?,
            "attempts" => {
                let endless = value.as_f64() == Some(f64::INFINITY);
                let read = || read::integer("reconnect.attempts", value, 0, u32::MAX);
                policy.attempts = (!endless).then(read).transpose()?;
            }
            _ => return Ok(false),
        }
        Ok(true)
    })?;
    if policy.max_delay < policy.min_delay {
        let expected = "at least reconnect.minDelay";
        return Err(read::ill_typed("reconnect.maxDelay", expected));
    }
    Ok(Some(policy))
}

/// Seconds, in milliseconds. None at all would be a storm.
fn delay(what: &str, value: &JsValue) -> Result<u64, Fault> {
    match read::seconds(what, value) {
        Ok(milliseconds) if milliseconds > 0 => Ok(milliseconds),
        _ => Err(read::ill_typed(what, "a number of seconds, 0.001 or more")),
    }
}

fn policy_to_js(policy: &ReconnectPolicy) -> JsValue {
    let object = Object::new().into();
    let seconds = |milliseconds: u64| JsValue::from(milliseconds as f64 / 1000.0);
    let attempts = policy.attempts.map_or(f64::INFINITY, f64::from);
    set(&object, "minDelay", &seconds(policy.min_delay));
    set(&object, "maxDelay", &seconds(policy.max_delay));
    set(&object, "jitter", &policy.jitter.into());
    set(&object, "attempts", &attempts.into());
    set(&object, "stableAfter", &seconds(policy.stable_after));
    object
}
