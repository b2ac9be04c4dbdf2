//! The option `outbox`: how much may wait to be sent, and what becomes of more.
//!
//! Must never live here: what waits; that is the machine's.

use wasm_bindgen::JsValue;

use super::arguments as read;
use super::error::Fault;
use super::values::{Value, count, named};
use crate::client::{OutboxLimits, WhenFull};

/// The option as it is read.
pub(super) fn shown(limits: &OutboxLimits) -> JsValue {
    let when_full = match limits.when_full {
        WhenFull::Reject => "reject",
        WhenFull::DropOldest => "dropOldest",
    };
    named(
        "maxMessages maxBytes whenFull queueQos0",
        &[
            count(limits.messages),
            count(limits.bytes),
            Value::Text(when_full),
            Value::Flag(limits.queue_qos0),
        ],
    )
}

/// Reads the option; what is left out keeps its default.
pub(super) fn limits(value: &JsValue) -> Result<OutboxLimits, Fault> {
    let mut limits = OutboxLimits::default();
    read::each("outbox", value, |name, value| {
        match name {
            "maxMessages" => {
                limits.messages = read::integer("outbox.maxMessages", value, 1, u32::MAX)? as usize;
            }
            "maxBytes" => {
                limits.bytes = read::integer("outbox.maxBytes", value, 1, u32::MAX)? as usize;
            }
            "whenFull" => {
                limits.when_full = match value.as_string().as_deref() {
                    Some("reject") => WhenFull::Reject,
                    Some("dropOldest") => WhenFull::DropOldest,
                    _ => {
                        let expected = "\"reject\" or \"dropOldest\"";
                        return Err(read::ill_typed("outbox.whenFull", expected));
                    }
                };
            }
            "queueQos0" => limits.queue_qos0 = read::boolean("outbox.queueQos0", value)?,
            _ => return Ok(false),
        }
        Ok(true)
    })?;
    Ok(limits)
}
