//! The exported class: each method reads its arguments, asks the machine, and returns.
//!
//! No method calls a handler; that is the loop's business (see `driver`), so that a handler may do
//! anything with the client, `free()` included.

use std::cell::RefCell;
use std::rc::Rc;

use js_sys::{Function, Promise};
use wasm_bindgen::prelude::*;

use super::driver::Driver;
use super::error::Fault;
use super::events::EventName;
use super::options::Options;
use super::{arguments, timer};
use crate::client::{PublishRequest, State};
use crate::session::outbound::Token;

/// An MQTT client whose session survives. Documented where its users look: in `types.d.ts`.
#[wasm_bindgen(skip_typescript)]
#[derive(Debug)]
pub struct MqttClient {
    /// None once it was freed.
    driver: RefCell<Option<Rc<Driver>>>,
}

#[wasm_bindgen]
impl MqttClient {
    /// Makes a client.
    #[wasm_bindgen(constructor, skip_typescript)]
    pub fn new(options: &JsValue) -> Result<MqttClient, JsValue> {
        let options = Options::read(options)?;
        Ok(Self {
            driver: RefCell::new(Some(Driver::new(options))),
        })
    }

    /// Connects.
    #[wasm_bindgen(skip_typescript)]
    pub fn connect(&self) -> Promise {
        let begun = self.driver().and_then(|driver| {
            driver.open()?;
            Ok(driver.promises.borrow_mut().connect())
        });
        or_rejected(begun)
    }

    /// Disconnects in order.
    #[wasm_bindgen(skip_typescript)]
    pub fn disconnect(&self, options: &JsValue) -> Promise {
        let begun = self.driver().and_then(|driver| {
            let options = arguments::disconnect_options(options)?;
            driver
                .machine
                .borrow_mut()
                .disconnect(&options, timer::now())?;
            if driver.machine.borrow().state() == State::Disconnected {
                return Ok(Promise::resolve(&JsValue::UNDEFINED));
            }
            driver.touch();
            Ok(driver.promises.borrow_mut().disconnect())
        });
        or_rejected(begun)
    }

    /// Publishes.
    #[wasm_bindgen(skip_typescript)]
    pub fn publish(&self, topic: &JsValue, payload: &JsValue, options: &JsValue) -> Promise {
        let accepted = self.driver().and_then(|driver| {
            let name = arguments::text("topic", topic)?;
            let payload = arguments::bytes("payload", payload)?;
            let options = arguments::publish_options(options)?;
            let request = PublishRequest {
                topic: &name,
                payload: &payload,
                qos: options.qos,
                retain: options.retain,
                properties: &options.properties,
                key: None,
            };
            let token = driver.machine.borrow_mut().publish(request, timer::now());
            let token = token.map_err(|error| Fault::from(error).about_topic(&name))?;
            Ok(promise(&driver, token, topic.clone()))
        });
        or_rejected(accepted)
    }

    /// Subscribes.
    #[wasm_bindgen(skip_typescript)]
    pub fn subscribe(&self, filters: &JsValue, options: &JsValue) -> Promise {
        let accepted = self.driver().and_then(|driver| {
            let asked = arguments::subscriptions(filters, options)?;
            let listed: Vec<_> = asked.filters.iter().map(|(f, o)| (&**f, *o)).collect();
            for (filter, _) in &listed {
                check_filter(filter)?;
            }
            let token =
                driver
                    .machine
                    .borrow_mut()
                    .subscribe(&listed, &asked.properties, timer::now())?;
            Ok(promise(&driver, token, JsValue::UNDEFINED))
        });
        or_rejected(accepted)
    }

    /// Unsubscribes.
    #[wasm_bindgen(skip_typescript)]
    pub fn unsubscribe(&self, filters: &JsValue) -> Promise {
        let accepted = self.driver().and_then(|driver| {
            let filters = arguments::filter_list(filters)?;
            let listed: Vec<_> = filters.iter().map(|filter| &**filter).collect();
            for filter in &listed {
                check_filter(filter)?;
            }
            let token = driver
                .machine
                .borrow_mut()
                .unsubscribe(&listed, &[], timer::now())?;
            Ok(promise(&driver, token, JsValue::UNDEFINED))
        });
        or_rejected(accepted)
    }

    /// The session as one string.
    #[wasm_bindgen(js_name = saveSession, skip_typescript)]
    pub fn save_session(&self) -> Result<String, JsValue> {
        Ok(self.driver()?.save_session()?)
    }

    /// Puts a saved session in place.
    #[wasm_bindgen(js_name = restoreSession, skip_typescript)]
    pub fn restore_session(&self, state: &JsValue) -> Result<(), JsValue> {
        Ok(self.driver()?.restore_session(state)?)
    }

    /// Removes the saved session and lets go of the one in memory.
    #[wasm_bindgen(js_name = discardSession, skip_typescript)]
    pub fn discard_session(&self) -> Result<(), JsValue> {
        Ok(self.driver()?.discard_session()?)
    }

    /// Adds a handler.
    #[wasm_bindgen(skip_typescript)]
    pub fn on(&self, event: &JsValue, handler: &JsValue) -> Result<Function, JsValue> {
        self.listen(event, handler, false)
    }

    /// Adds a handler for one time.
    #[wasm_bindgen(skip_typescript)]
    pub fn once(&self, event: &JsValue, handler: &JsValue) -> Result<Function, JsValue> {
        self.listen(event, handler, true)
    }

    /// Removes a handler.
    #[wasm_bindgen(skip_typescript)]
    pub fn off(&self, event: &JsValue, handler: &JsValue) -> Result<(), JsValue> {
        let event = event_name(event)?;
        self.driver()?.handlers.remove(event, handler);
        Ok(())
    }

    /// Closes without a word and lets go of everything. This stands in for the `free` that wasm-bindgen
    /// makes: that one throws when it is called from within another method, and leaves an object whose
    /// every method fails with a null pointer. The few bytes left of this object go with the garbage.
    #[wasm_bindgen(js_name = free, skip_typescript)]
    pub fn release(&self) {
        if let Some(driver) = self.driver.take() {
            driver.free();
        }
    }

    /// The client, unless it was freed.
    pub(super) fn driver(&self) -> Result<Rc<Driver>, Fault> {
        let driver = self.driver.borrow().clone();
        driver.ok_or_else(|| Fault::usage("this client was freed: make a new one"))
    }

    fn listen(&self, event: &JsValue, handler: &JsValue, once: bool) -> Result<Function, JsValue> {
        let event = event_name(event)?;
        if !handler.is_function() {
            return Err(arguments::ill_typed("handler", "a function").into());
        }
        Ok(self.driver()?.handlers.add(event, handler, once))
    }
}

/// The promise for what the machine knows by `token`.
fn promise(driver: &Driver, token: Token, topic: JsValue) -> Promise {
    driver.touch();
    driver.promises.borrow_mut().operation(token, topic)
}

fn check_filter(filter: &str) -> Result<(), Fault> {
    crate::codec::validate_filter(filter).map_err(|e| Fault::from(e).about_topic(filter))
}

fn event_name(event: &JsValue) -> Result<EventName, Fault> {
    let name = arguments::text("event", event)?;
    EventName::parse(&name).ok_or_else(|| Fault::usage(format!("there is no event \"{name}\"")))
}

fn or_rejected(promise: Result<Promise, Fault>) -> Promise {
    promise.unwrap_or_else(|fault| Promise::reject(&fault.to_js()))
}
