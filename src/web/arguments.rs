//! Reading what JavaScript passes in: numbers in their range, bytes in their forms, objects whose every
//! name is known.
//!
//! Everything is checked, and each complaint names the argument and what it should be. Must never live
//! here: what the values are for.

use js_sys::{Array, ArrayBuffer, Reflect, Uint8Array};
use wasm_bindgen::prelude::*;

use super::cancelling::Patience;
use super::error::Fault;
use crate::client::{DisconnectOptions, Verdict};
use crate::codec::{
    Property, PropertyBuffer, PropertySet, QoS, ReasonCode, RetainHandling, SubscriptionOptions,
    validate_name,
};

// Those of js-sys do not catch, and a proxy, a revoked one for instance, may throw at any of them: that
// would pass right through the caller, past its promise.
#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(catch, js_namespace = Object, js_name = keys)]
    fn object_keys(object: &JsValue) -> Result<Array, JsValue>;
    #[wasm_bindgen(catch, js_namespace = Array, js_name = from)]
    pub(super) fn array_from(array: &JsValue) -> Result<Array, JsValue>;
    #[wasm_bindgen(catch, js_namespace = Array, js_name = isArray)]
    fn array_is_array(value: &JsValue) -> Result<bool, JsValue>;
    #[wasm_bindgen(extends = Uint8Array, js_name = Uint8Array)]
    type View;
    #[wasm_bindgen(catch, constructor, js_class = "Uint8Array")]
    fn new(buffer: &JsValue) -> Result<View, JsValue>;
}

/// Whether `value` is an array; a revoked proxy is none.
fn is_array(value: &JsValue) -> bool {
    array_is_array(value).unwrap_or(false)
}

/// The elements of an array; `None` if it is none, or does not let itself be read.
pub(super) fn elements(value: &JsValue) -> Option<Array> {
    is_array(value).then(|| array_from(value).ok()).flatten()
}

/// `what` must be `expected`, and is not.
pub(super) fn ill_typed(what: &str, expected: &str) -> Fault {
    Fault::usage([what, " must be ", expected].concat())
}

pub(super) fn text(what: &str, value: &JsValue) -> Result<String, Fault> {
    value.as_string().ok_or_else(|| ill_typed(what, "a string"))
}

pub(super) fn boolean(what: &str, value: &JsValue) -> Result<bool, Fault> {
    value
        .as_bool()
        .ok_or_else(|| ill_typed(what, "true or false"))
}

pub(super) fn integer(what: &str, value: &JsValue, min: u32, max: u32) -> Result<u32, Fault> {
    let number = value.as_f64().unwrap_or(f64::NAN);
    if number >= f64::from(min) && number <= f64::from(max) && f64::from(number as u32) == number {
        return Ok(number as u32);
    }
    Err(ill_typed(
        what,
        &format!("a whole number from {min} to {max}"),
    ))
}

/// A 16-bit number; `max` 65535.
pub(super) fn integer16(what: &str, value: &JsValue, min: u32) -> Result<u16, Fault> {
    // `integer` has bounded it.
    Ok(integer(what, value, min, u32::from(u16::MAX))? as u16)
}

/// Seconds, with a fraction if need be, in milliseconds.
pub(super) fn seconds(what: &str, value: &JsValue) -> Result<u64, Fault> {
    match value.as_f64() {
        // A century is for ever, and far from what the arithmetic of times could overflow on.
        Some(number) if (0.0..=3.2e9).contains(&number) => Ok((number * 1000.0) as u64),
        _ => Err(ill_typed(what, "a number of seconds, 0 or more")),
    }
}

pub(super) fn qos(what: &str, value: &JsValue) -> Result<QoS, Fault> {
    match value.as_f64() {
        Some(0.0) => Ok(QoS::AtMostOnce),
        Some(1.0) => Ok(QoS::AtLeastOnce),
        Some(2.0) => Ok(QoS::ExactlyOnce),
        _ => Err(ill_typed(what, "0, 1 or 2")),
    }
}

pub(super) fn bytes(what: &str, value: &JsValue) -> Result<Vec<u8>, Fault> {
    if let Some(text) = value.as_string() {
        return Ok(text.into_bytes());
    }
    // What only inherits from `Uint8Array`, a proxy for instance, throws when its length is asked for.
    if let Some(array) = value.dyn_ref::<Uint8Array>()
        && ArrayBuffer::is_view(value)
    {
        return Ok(array.to_vec());
    }
    if let Some(view) = value.dyn_ref::<ArrayBuffer>().and_then(view_of) {
        return Ok(view.to_vec());
    }
    Err(ill_typed(what, "a string, a Uint8Array or an ArrayBuffer"))
}

/// All of `buffer`; `None` if it only inherits from `ArrayBuffer`.
fn view_of(buffer: &ArrayBuffer) -> Option<Uint8Array> {
    // Of anything else a typed array would be made as of a list, with a buffer of its own.
    let view = Uint8Array::from(View::new(buffer).ok()?);
    (view.buffer() == *buffer).then_some(view)
}

/// Name-value pairs, encoded as User Properties.
pub(super) fn user_properties(
    what: &str,
    value: &JsValue,
    buffer: &mut PropertyBuffer,
) -> Result<(), Fault> {
    let expected = "an array of [name, value] pairs of strings";
    let pairs = elements(value).ok_or_else(|| ill_typed(what, expected))?;
    for pair in pairs.iter() {
        let pair = elements(&pair).ok_or_else(|| ill_typed(what, expected))?;
        let (2, Some(name), Some(value)) = (
            pair.length(),
            pair.get(0).as_string(),
            pair.get(1).as_string(),
        ) else {
            return Err(ill_typed(what, expected));
        };
        push(what, Property::UserProperty(&name, &value), buffer)?;
    }
    Ok(())
}

/// Calls `read` for each own property that is not undefined; `read` says whether it knows the name.
/// Undefined stands for no object at all.
pub(super) fn each(
    what: &str,
    value: &JsValue,
    mut read: impl FnMut(&str, &JsValue) -> Result<bool, Fault>,
) -> Result<(), Fault> {
    each_of(what, value, &mut read)
}

/// [`each`], whose code need not be there for every object that is read.
fn each_of(
    what: &str,
    value: &JsValue,
    read: &mut dyn FnMut(&str, &JsValue) -> Result<bool, Fault>,
) -> Result<(), Fault> {
    if value.is_undefined() {
        return Ok(());
    }
    if !value.is_object() || is_array(value) {
        return Err(ill_typed(what, "an object"));
    }
    let keys = object_keys(value).map_err(|_| Fault::usage([what, ": cannot be read"].concat()))?;
    for key in keys.iter() {
        let name = key.as_string().unwrap_or_default();
        let property = Reflect::get(value, &key)
            .map_err(|_| Fault::usage(format!("{what}: \"{name}\" cannot be read")))?;
        if !property.is_undefined() && !read(&name, &property)? {
            return Err(Fault::usage(format!("{what}: there is no \"{name}\"")));
        }
    }
    Ok(())
}

fn push(what: &str, property: Property<'_>, buffer: &mut PropertyBuffer) -> Result<(), Fault> {
    buffer
        .push(property)
        .map_err(|error| Fault::usage(format!("{what}: {error}")))
}

/// A property of `MessageProperties`; false if `name` is none.
fn message_property(
    name: &str,
    value: &JsValue,
    buffer: &mut PropertyBuffer,
) -> Result<bool, Fault> {
    match name {
        "messageExpiryInterval" => {
            let seconds = integer(name, value, 0, u32::MAX)?;
            push(name, Property::MessageExpiryInterval(seconds), buffer)?;
        }
        "responseTopic" => {
            let topic = text(name, value)?;
            validate_name(&topic).map_err(|e| Fault::from(e).about_topic(&topic))?;
            push(name, Property::ResponseTopic(&topic), buffer)?;
        }
        "correlationData" => {
            push(
                name,
                Property::CorrelationData(&bytes(name, value)?),
                buffer,
            )?;
        }
        "contentType" => push(name, Property::ContentType(&text(name, value)?), buffer)?,
        "payloadFormat" => {
            let format = match value.as_string().as_deref() {
                Some("bytes") => 0,
                Some("utf-8") => 1,
                _ => return Err(ill_typed(name, "\"bytes\" or \"utf-8\"")),
            };
            push(name, Property::PayloadFormatIndicator(format), buffer)?;
        }
        "userProperties" => user_properties(name, value, buffer)?,
        _ => return Ok(false),
    }
    Ok(true)
}

/// `reason` or `userProperties` of a packet that has both; false if `name` is neither.
fn diagnostic(name: &str, value: &JsValue, buffer: &mut PropertyBuffer) -> Result<bool, Fault> {
    match name {
        "reason" => push(name, Property::ReasonString(&text(name, value)?), buffer)?,
        "userProperties" => user_properties(name, value, buffer)?,
        _ => return Ok(false),
    }
    Ok(true)
}

fn reason_code(name: &str, value: &JsValue) -> Result<ReasonCode, Fault> {
    Ok(ReasonCode(integer(name, value, 0, 255)? as u8))
}

/// The bytes of properties as they were pushed.
pub(super) fn encoded(buffer: &PropertyBuffer, set: PropertySet) -> Result<Vec<u8>, Fault> {
    match buffer.as_properties(set) {
        Ok(properties) => Ok(properties.as_bytes().to_vec()),
        Err(error) => Err(Fault::usage(error.to_string())),
    }
}

/// The options of `publish`.
#[derive(Default)]
pub(super) struct PublishOptions {
    pub(super) qos: QoS,
    pub(super) retain: bool,
    pub(super) key: Option<String>,
    pub(super) properties: Vec<u8>,
    pub(super) patience: Patience,
}

pub(super) fn publish_options(value: &JsValue) -> Result<PublishOptions, Fault> {
    let mut options = PublishOptions::default();
    if value.is_undefined() {
        return Ok(options);
    }
    let mut buffer = PropertyBuffer::new();
    each("the options of publish()", value, |name, value| {
        match name {
            "qos" => options.qos = qos(name, value)?,
            "retain" => options.retain = boolean(name, value)?,
            "key" => options.key = Some(text(name, value)?),
            "topicAlias" => {
                let alias = integer16(name, value, 1)?;
                push(name, Property::TopicAlias(alias), &mut buffer)?;
            }
            _ if options.patience.read(name, value)? => {}
            _ => return message_property(name, value, &mut buffer),
        }
        Ok(true)
    })?;
    options.properties = encoded(&buffer, PropertySet::Publish)?;
    Ok(options)
}

/// One option of a topic filter; false if `name` is none.
fn filter_option(
    name: &str,
    value: &JsValue,
    options: &mut SubscriptionOptions,
) -> Result<bool, Fault> {
    match name {
        "qos" => options.qos = qos(name, value)?,
        "noLocal" => options.no_local = boolean(name, value)?,
        "retainAsPublished" => options.retain_as_published = boolean(name, value)?,
        "retainHandling" => {
            options.retain_handling = match value.as_f64() {
                Some(0.0) => RetainHandling::SendAtSubscribe,
                Some(1.0) => RetainHandling::SendIfNew,
                Some(2.0) => RetainHandling::DoNotSend,
                _ => return Err(ill_typed(name, "0, 1 or 2")),
            };
        }
        _ => return Ok(false),
    }
    Ok(true)
}

/// What `subscribe` and `unsubscribe` ask for.
pub(super) struct Asked<F> {
    pub(super) filters: Vec<F>,
    pub(super) properties: Vec<u8>,
    pub(super) patience: Patience,
}

pub(super) fn subscriptions(
    filters: &JsValue,
    value: &JsValue,
) -> Result<Asked<(String, SubscriptionOptions)>, Fault> {
    let mut all = SubscriptionOptions::default();
    let mut patience = Patience::default();
    let mut buffer = PropertyBuffer::new();
    each("the options of subscribe()", value, |name, value| {
        match name {
            "subscriptionIdentifier" => {
                let id = integer(name, value, 1, 268_435_455)?;
                push(name, Property::SubscriptionIdentifier(id), &mut buffer)?;
            }
            "userProperties" => user_properties(name, value, &mut buffer)?,
            _ if patience.read(name, value)? => {}
            _ => return filter_option(name, value, &mut all),
        }
        Ok(true)
    })?;
    let mut listed = Vec::new();
    if filters.is_string() || is_array(filters) {
        listed.extend(
            filter_list(filters)?
                .into_iter()
                .map(|filter| (filter, all)),
        );
    } else if filters.is_object() {
        each("filters", filters, |filter, value| {
            let mut options = all;
            if value.is_object() {
                let what = ["the options of the filter \"", filter, "\""].concat();
                each(&what, value, |name, value| {
                    filter_option(name, value, &mut options)
                })?;
            } else {
                options.qos = qos(&["the QoS of the filter \"", filter, "\""].concat(), value)?;
            }
            listed.push((filter.to_owned(), options));
            Ok(true)
        })?;
    } else {
        return Err(ill_typed(
            "filters",
            "a topic filter, an array of them, or an object of filters with their QoS or options",
        ));
    }
    Ok(Asked {
        filters: listed,
        properties: encoded(&buffer, PropertySet::Subscribe)?,
        patience,
    })
}

/// One topic filter or an array of them.
pub(super) fn filter_list(value: &JsValue) -> Result<Vec<String>, Fault> {
    let expected = || ill_typed("filters", "a topic filter or an array of them");
    if let Some(filter) = value.as_string() {
        return Ok(vec![filter]);
    }
    elements(value)
        .ok_or_else(expected)?
        .iter()
        .map(|filter| filter.as_string().ok_or_else(expected))
        .collect()
}

pub(super) fn unsubscriptions(filters: &JsValue, value: &JsValue) -> Result<Asked<String>, Fault> {
    let mut patience = Patience::default();
    let mut buffer = PropertyBuffer::new();
    each("the options of unsubscribe()", value, |name, value| {
        if name == "userProperties" {
            user_properties(name, value, &mut buffer)?;
            return Ok(true);
        }
        patience.read(name, value)
    })?;
    Ok(Asked {
        filters: filter_list(filters)?,
        properties: encoded(&buffer, PropertySet::Unsubscribe)?,
        patience,
    })
}

/// The options of `ack`.
pub(super) fn verdict(value: &JsValue) -> Result<Verdict, Fault> {
    let mut verdict = Verdict::default();
    let mut buffer = PropertyBuffer::new();
    each("the options of ack()", value, |name, value| {
        if name == "reasonCode" {
            verdict.reason = reason_code(name, value)?;
            return Ok(true);
        }
        diagnostic(name, value, &mut buffer)
    })?;
    verdict.properties = encoded(&buffer, PropertySet::PubAck)?;
    Ok(verdict)
}

/// What a step of an authentication answers.
#[derive(Default)]
pub(super) struct Proof {
    pub(super) data: Option<Vec<u8>>,
    /// Reason String and User Properties, encoded.
    pub(super) properties: Vec<u8>,
}

pub(super) fn proof(value: &JsValue) -> Result<Proof, Fault> {
    let mut proof = Proof::default();
    let what = "what it returns";
    let is_bytes = value.is_instance_of::<Uint8Array>() || value.is_instance_of::<ArrayBuffer>();
    if !value.is_object() || is_bytes {
        let given = !value.is_undefined();
        proof.data = given.then(|| bytes(what, value)).transpose()?;
        return Ok(proof);
    }
    let mut buffer = PropertyBuffer::new();
    each(what, value, |name, value| {
        if name == "data" {
            proof.data = Some(bytes(name, value)?);
            return Ok(true);
        }
        diagnostic(name, value, &mut buffer)
    })?;
    proof.properties = encoded(&buffer, PropertySet::Auth)?;
    Ok(proof)
}

/// The options of `connect`.
pub(super) fn connect_options(value: &JsValue) -> Result<Patience, Fault> {
    let mut patience = Patience::default();
    each("the options of connect()", value, |name, value| {
        patience.read_signal(name, value)
    })?;
    Ok(patience)
}

pub(super) fn disconnect_options(value: &JsValue) -> Result<DisconnectOptions, Fault> {
    let mut options = DisconnectOptions::default();
    let mut publish_will = false;
    let mut buffer = PropertyBuffer::new();
    each("the options of disconnect()", value, |name, value| {
        match name {
            "reasonCode" => options.reason = Some(reason_code(name, value)?),
            "sessionExpiryInterval" => {
                options.session_expiry_interval = Some(integer(name, value, 0, u32::MAX)?);
            }
            "publishWill" => publish_will = boolean(name, value)?,
            _ => return diagnostic(name, value, &mut buffer),
        }
        Ok(true)
    })?;
    options.properties = encoded(&buffer, PropertySet::Disconnect)?;
    if publish_will {
        let will = ReasonCode::DISCONNECT_WITH_WILL_MESSAGE;
        if options.reason.is_some_and(|reason| reason != will) {
            return Err(Fault::usage(
                "publishWill and another reasonCode exclude each other: leave one of them out",
            ));
        }
        options.reason = Some(will);
    }
    Ok(options)
}
