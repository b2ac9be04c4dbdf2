//! The exported class: each method reads its arguments, asks the machine, and returns.
//!
//! No method calls a handler; that is the loop's business (see `driver`), so that a handler may do
//! anything with the client, `free()` included.

use std::cell::RefCell;
use std::rc::Rc;

use wasm_bindgen::prelude::*;

use super::driver::Driver;
use super::durable::Needs;
use super::error::Fault;
use super::iterating::extend_once;
use super::options::Options;
use super::saved::Saving;
use super::timer;
use super::values::Deferred;
use crate::codec::QoS;
use crate::sentences::sentence;
use crate::session::message::Message;

#[wasm_bindgen(module = "/src/web/methods.js")]
extern "C" {
    #[wasm_bindgen(js_name = addMethods)]
    pub(super) fn add_methods(prototype: &JsValue);
}

/// An MQTT client whose session survives. Documented where its users look: in `types.d.ts`.
#[wasm_bindgen]
#[derive(Debug)]
pub struct MqttClient {
    /// None once it was freed.
    driver: RefCell<Option<Rc<Driver>>>,
}

#[wasm_bindgen]
impl MqttClient {
    /// Makes a client.
    #[wasm_bindgen(constructor)]
    pub fn new(options: &JsValue) -> Result<MqttClient, JsValue> {
        extend_once();
        let options = Options::read(options)?;
        Ok(Self {
            driver: RefCell::new(Some(Driver::new(options))),
        })
    }

    /// Publishes what asks for nothing but `flags`, QoS and RETAIN (4), if the session is open: the hot path, beneath the
    /// `publish()` of `promises.js`. Returns the token of the message, negative where the session is not stored; 0: nothing
    /// was done, and `Driver::publish` knows what to say or to wait for.
    pub fn post(&self, topic: String, payload: Vec<u8>, flags: u8) -> f64 {
        let posted = self.driver().ok().and_then(|driver| {
            let durable = driver.is_open_for_all()?;
            let message = Message {
                key: None,
                topic: topic.into(),
                payload: payload.into(),
                qos: QoS::from_bits(flags & 3)?,
                retain: flags & 4 != 0,
                properties: Box::default(),
                expires_at: None,
            };
            let posted = driver.machine.borrow_mut().post(message, timer::now());
            driver.touch();
            let token = posted.ok()? as f64;
            Some(if durable { token } else { -token })
        });
        posted.unwrap_or_default()
    }

    /// Does what `methods.js` knows by this number, with what the application has given.
    pub fn ask(&self, what: u8, given: &JsValue) -> Result<JsValue, JsValue> {
        let driver = self.driver()?;
        Ok(match what {
            0 => driver.when_there(|driver, deferred| driver.list_pending(&deferred)),
            1 => driver.discard_session().into(),
            2 => driver.when_there(Driver::export_session),
            3 => driver.save_in_time(Saving::Restore(given.clone())).into(),
            4 => driver.ask_to_connect(given.unchecked_ref()).into(),
            5 => driver.ask_to_reauthenticate()?.into(),
            6 => driver.ask_to_disconnect(given.unchecked_ref())?.into(),
            7 => driver.ask_for("subscribe()", given.unchecked_ref())?.into(),
            8 => driver
                .ask_for("unsubscribe()", given.unchecked_ref())?
                .into(),
            9 => driver.save_at_once(Saving::Save)?,
            10 => driver.save_at_once(Saving::Restore(given.clone()))?,
            11 => driver.handlers.to_js(),
            20 => {
                driver.publish(given.unchecked_ref());
                JsValue::UNDEFINED
            }
            21 => (*driver.operations).clone(),
            22 => driver.options.given().into(),
            23 => {
                driver.apply_options();
                JsValue::UNDEFINED
            }
            24 => driver.is_bound().into(),
            25.. => driver.look(what - 25),
            what => driver.ask_for_readers(what, given)?,
        })
    }

    /// Closes without a word and lets go of everything. This stands in for the `free` that wasm-bindgen
    /// makes: that one throws when it is called from within another method, and leaves an object whose
    /// every method fails with a null pointer. The few bytes left of this object go with the garbage.
    #[wasm_bindgen(js_name = free)]
    pub fn release(&self) {
        if let Some(driver) = self.driver.take() {
            driver.free();
        }
    }

    /// A client that never was one.
    pub(super) fn none() -> Self {
        Self {
            driver: RefCell::default(),
        }
    }

    /// The client, unless it was freed.
    pub(super) fn driver(&self) -> Result<Rc<Driver>, Fault> {
        let driver = self.driver.borrow().clone();
        driver.ok_or_else(freed)
    }
}

impl Driver {
    /// A promise for what `act` does when the session is there.
    fn when_there(
        &self,
        act: impl FnOnce(&Self, Deferred) -> Result<(), Fault> + 'static,
    ) -> JsValue {
        let deferred = Deferred::new();
        let promise = deferred.promise();
        self.do_in_order(Needs::Session, deferred, Box::new(act));
        promise.into()
    }
}

pub(super) fn freed() -> Fault {
    Fault::new(sentence!("this client was freed: make a new one"))
}
