//! Messages the application is asked or told about as a whole: those an earlier page left, and those of a
//! session that the server has lost.

use js_sys::Array;
use wasm_bindgen::JsValue;

use super::driver::Driver;
use super::error::Fault;
use super::events::EventName;
use super::properties::stage_name;
use super::timer;
use super::values::{self, Deferred, Value, of_message};
use crate::codec::QoS;
use crate::sentences::sentence;
use crate::session::message::Message;

impl Driver {
    /// What `pending()` resolves with.
    pub(super) fn list_pending(&self, deferred: &Deferred) -> Result<(), Fault> {
        if !self.options.durable() {
            return Err(Fault::new(sentence!(
                "pending() is for durable sessions: set the options durable and sessionKey"
            )));
        }
        deferred.resolve(&self.pending());
        Ok(())
    }

    /// `PendingMessage`s of the messages that an earlier page left and that have no outcome yet.
    fn pending(&self) -> JsValue {
        let machine = self.machine.borrow();
        let listed = Array::new();
        for inherited in &machine.inherited() {
            let message = inherited.message;
            let (packet_id, state) = match inherited.in_flight {
                Some((id, stage)) => (Some(id), stage_name(stage)),
                None => (None, "queued"),
            };
            let outcome = self
                .operations
                .inherited(inherited.token as f64, &message.topic);
            let outcome = Value::Js(&outcome);
            listed.push(&of_message(
                message,
                packet_id,
                Some(state),
                Value::None,
                [outcome, Value::None],
            ));
        }
        listed.into()
    }

    /// Asks the function given as `whenSessionLost` about a message.
    pub(super) fn ask(&self, seq: u64, message: &Message) {
        let properties = values::properties(&message.properties);
        let properties = Value::Js(&properties);
        let candidate = of_message(message, None, None, Value::None, [Value::None, properties]);
        let decide = self.options.decide();
        let answer = decide.map(|decide| decide.call1(&JsValue::UNDEFINED, &candidate));
        let republish = match answer {
            Some(Ok(answer)) => match answer.as_string().as_deref() {
                Some("republish") => Some(true),
                Some("discard") => Some(false),
                _ => {
                    let fault = Fault::new(sentence!(
                        "the function given as whenSessionLost must return \"republish\" or \"discard\": the default rule was followed"
                    ));
                    self.notice(EventName::Error, fault.into());
                    None
                }
            },
            Some(Err(thrown)) => {
                self.notice(EventName::Error, thrown);
                None
            }
            None => None,
        };
        // By default QoS 1 is published anew, QoS 2 is not.
        let republish = republish.unwrap_or(message.qos == QoS::AtLeastOnce);
        self.machine
            .borrow_mut()
            .decide(seq, republish, timer::now());
    }
}
